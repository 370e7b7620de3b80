"""Answers kept under everything they depend on, position included: what was said once is said again, never guessed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Memory(Generic[T]):
    """The answers used last, up to a weight of them all together; by default each weighs 1."""

    def __init__(self, most: int, weight: Callable[[T], int] = lambda _: 1) -> None:
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._most, self._weight, self._weighs = most, weight, 0

    def recall(self, key: Hashable) -> T | None:
        """The answer kept under a key."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: Hashable, answer: T) -> None:
        """Keep an answer, unless it alone is too heavy; those not asked for longest are forgotten."""
        if key in self._kept:
            self._weighs -= self._weight(self._kept.pop(key))
        if (weight := self._weight(answer)) > self._most:
            return
        self._kept[key] = answer
        self._weighs += weight
        while self._weighs > self._most:
            self._weighs -= self._weight(self._kept.popitem(last=False)[1])
