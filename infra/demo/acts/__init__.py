"""What people do in the demo's semester, one file a kind of action."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Act:
    """Something somebody does at a moment; acts that share one of `concerns` happen in the order of their moments."""

    at: datetime
    concerns: tuple[str, ...]
    do: Callable[[datetime], Awaitable[object]]


class Part(Protocol):
    """One kind of action; `title` in Chinese and English."""

    title: str

    def acts(self) -> Iterator[Act]:
        """Everything that is done in the semester, from the dice alone, in any order."""
        ...
