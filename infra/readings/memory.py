"""Answers kept under everything they depend on, position included: what was said once is said again, never guessed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Memory(Generic[T]):
    """The answers used last, up to a number of them."""

    def __init__(self, most: int) -> None:
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._most = most

    def recall(self, key: Hashable) -> T | None:
        """The answer kept under a key."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: Hashable, answer: T) -> None:
        """Keep an answer; the one not asked for longest is forgotten."""
        self._kept[key] = answer
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
