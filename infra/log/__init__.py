"""The event log: one gapless, append-only sequence of events, as a small async port.

`infra.log.memory` is the in-memory twin, `infra.log.recorder` the PostgreSQL log, `infra.log.dcb` the
synchronous face that speaks the eventsourcing library's DCB vocabulary.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Draft:
    """An event ready to be stored.  `body` is JSON text, kept to the byte; `tags` hold no duplicate."""

    id: UUID
    type: str
    tags: tuple[str, ...]
    body: str


@dataclass(frozen=True, slots=True)
class Row:
    """An event as stored."""

    position: int
    id: UUID
    type: str
    tags: tuple[str, ...]
    body: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Scan:
    """Events of any of `types` (empty: any type) carrying all of `tags` (empty: any), later than `after`."""

    types: tuple[str, ...]
    tags: tuple[str, ...]
    after: int = 0


def covers(scan: Scan, type: str, tags: Collection[str]) -> bool:
    """Whether the scan asks for an event of this type with these tags, its `after` left aside."""
    return (not scan.types or type in scan.types) and all(tag in tags for tag in scan.tags)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one command wants recorded, if nothing of its boundary has been recorded meanwhile.

    `command` is the command's own tag, carried by every draft; an attempt whose command is already in
    the log is `Repeated` and records nothing.  `now` is the institution's clock: `recorded_at` is the
    later of it and of the head's.
    """

    command: str
    drafts: tuple[Draft, ...]
    boundary: tuple[Scan, ...]
    now: datetime


def checked(attempt: Attempt) -> None:
    """ValueError for an attempt that no log could keep: it would be a bug of ours, not somebody's wish."""
    if not attempt.drafts:
        raise ValueError("an attempt records at least one event")
    if attempt.now.tzinfo is None:
        raise ValueError("the moment of an attempt needs its zone")
    for draft in attempt.drafts:
        tags = draft.tags
        if attempt.command not in tags:
            raise ValueError("every draft carries its command's tag")
        if len(set(tags)) != len(tags):
            raise ValueError(f"a tag stands twice: {tags}")
        together = "\x1f".join(tags)
        if not draft.type or "" in tags or together.count("\x1f") >= len(tags):
            raise ValueError("a type or a tag is empty, or a tag holds the separator of tags")
        if "\x00" in together or "\x00" in draft.body or "\x00" in draft.type:
            raise ValueError("a text holds NUL")


@dataclass(frozen=True, slots=True)
class Recorded:
    """The drafts stand at `first` … `last`, without gap."""

    first: int
    last: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Clashed:
    """Something of the boundary was recorded meanwhile; nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """The command is in the log already; nothing was recorded."""


Outcome = Recorded | Clashed | Repeated


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows in position order, each once, and the head position they were read at."""

    rows: tuple[Row, ...]
    head: int


class LogUnavailable(Exception):
    """The log cannot be reached now, or the outcome of an append could not be learned; safe to try again."""


class Log(Protocol):
    """The port."""

    async def append(self, attempts: Sequence[Attempt]) -> list[Outcome]:
        """One outcome per attempt, in order; each attempt stands or falls alone.  Raises LogUnavailable."""
        ...

    async def read(self, scans: Sequence[Scan]) -> Answer:
        """Every row that any of the scans covers.  Raises LogUnavailable."""
        ...

    async def page(self, after: int, upto: int | None = None, types: Sequence[str] = (), limit: int = 500) -> list[Row]:
        """The next rows later than `after`, in order, none beyond `upto`."""
        ...

    async def head(self) -> tuple[int, datetime | None]:
        """The last position and its recorded_at; (0, None) when empty."""
        ...

    def subscribe(self, after: int) -> AsyncIterator[list[Row]]:
        """Pages of rows later than `after`, for ever, in order, none skipped; empty when nothing came for a while."""
        ...

    async def close(self) -> None: ...
