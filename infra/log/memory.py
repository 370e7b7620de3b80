"""The log in memory: the same promises as on PostgreSQL, for tests and for trying things out."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from itertools import islice

from infra.log import Answer, Attempt, Clashed, Outcome, Recorded, Repeated, Row, Scan, checked, covers


def _position(row: Row) -> int:
    return row.position


class MemoryLog:
    """A `Log` that forgets everything when the process ends."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._tagged: dict[str, list[Row]] = {}
        self._typed: dict[tuple[str, str | None], list[Row]] = {}  # by type, and by type and tag
        self._grown = asyncio.Condition()

    async def append(self, attempts: Sequence[Attempt]) -> list[Outcome]:
        """One outcome per attempt, in order; each attempt stands or falls alone."""
        for attempt in attempts:
            checked(attempt)
        async with self._grown:
            outcomes = [self._one(attempt) for attempt in attempts]
            self._grown.notify_all()
        return outcomes

    def _one(self, attempt: Attempt) -> Outcome:
        if attempt.command in self._tagged:
            return Repeated()
        if any(True for scan in attempt.boundary for _ in self._of(scan)):
            return Clashed()
        head, at = self._end()
        stamp = attempt.now if at is None else max(at, attempt.now)
        for position, draft in enumerate(attempt.drafts, head + 1):
            row = Row(position, draft.id, draft.type, draft.tags, draft.body, stamp)
            self._rows.append(row)
            self._typed.setdefault((row.type, None), []).append(row)
            for tag in draft.tags:
                self._tagged.setdefault(tag, []).append(row)
                self._typed.setdefault((row.type, tag), []).append(row)
        return Recorded(head + 1, head + len(attempt.drafts), stamp)

    def _of(self, scan: Scan) -> list[Row]:
        first = scan.tags[0] if scan.tags else None
        if scan.types:
            among = [rows for kind in scan.types if (rows := self._typed.get((kind, first)))]
        else:
            among = [self._rows if first is None else self._tagged.get(first, [])]
        later = (islice(rows, bisect_right(rows, scan.after, key=_position), None) for rows in among)
        return [row for rows in later for row in rows if covers(scan, row.type, row.tags)]

    def _end(self) -> tuple[int, datetime | None]:
        return (len(self._rows), self._rows[-1].recorded_at) if self._rows else (0, None)

    async def read(self, scans: Sequence[Scan]) -> Answer:
        """Every row that any of the scans covers."""
        found = {row.position: row for scan in scans for row in self._of(scan)}
        return Answer(tuple(found[position] for position in sorted(found)), len(self._rows))

    async def page(self, after: int, upto: int | None = None, types: Sequence[str] = (), limit: int = 500) -> list[Row]:
        """The next rows later than `after`, in order, none beyond `upto`."""
        rows = islice(self._rows, after, upto)
        return list(islice((row for row in rows if not types or row.type in types), limit))

    async def head(self) -> tuple[int, datetime | None]:
        """The last position and its recorded_at; (0, None) when empty."""
        return self._end()

    async def subscribe(self, after: int) -> AsyncIterator[list[Row]]:
        """Pages of rows later than `after`, for ever, in order, none skipped; empty when nothing came for a while."""
        while True:
            if not (rows := await self.page(after)):
                try:
                    async with asyncio.timeout(0.25), self._grown:
                        await self._grown.wait()
                except TimeoutError:
                    yield []
                continue
            after = rows[-1].position
            yield rows

    async def close(self) -> None:
        """Nothing is held open."""
