"""The log on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime

from infra.log import Answer, Attempt, Outcome, Recorded, Row, Scan
from infra.log.appending import Appending, Counts, Packed, next_batch
from infra.log.arrays import register
from infra.log.group import Group
from infra.log.reading import Asked, Paging, Reading, next_group
from infra.log.subscription import Bell, Follower
from infra.log.wire import INDEXED, Connection, Wire
from infra.postgres.institution import Institution, Role, connect


class PostgresLog:
    """A `Log` in the institution's schema; any number of processes may hold one.

    It connects when first used.  One wire appends, one reads boundaries, one reads whole types and pages, one rings.
    """

    def __init__(
        self, institution: Institution, *, patience: float = 8.0, silence: float = 5.0, page: int = 500
    ) -> None:
        self._institution = institution
        self._channel = f"{institution.schema}_event"
        self._page = page
        schema = institution.schema
        self._writing = Wire(self._write_dial, patience=patience, silence=silence)
        self._reading = Wire(self._read_dial, patience=patience, silence=silence)
        self._paging = Wire(self._read_dial, patience=patience, silence=60.0)
        self._pages = Paging(schema)
        self._sender = Appending(self._writing, schema)
        self._appends: Group[Packed, Outcome] = Group(next_batch, self._send)
        self._reads: Group[Asked, Answer] = Group(next_group, Reading(self._reading, schema).answer)
        self._wide_reads: Group[Asked, Answer] = Group(next_group, Reading(self._paging, schema).answer)
        self._bell = Bell(Wire(self._write_dial, patience=1.0), self._channel)

    @property
    def counts(self) -> Counts:
        """What was appended and how."""
        return self._sender.counts

    @property
    def breaks(self) -> int:
        """How often a connection was lost or refused."""
        return self._writing.breaks + self._reading.breaks + self._paging.breaks

    async def _dial(self, role: Role) -> Connection:
        connection = await connect(self._institution, role, **INDEXED)
        register(connection)
        return connection

    async def _write_dial(self) -> Connection:
        return await self._dial("writer")

    async def _read_dial(self) -> Connection:
        return await self._dial("reader")

    async def append(self, attempts: Sequence[Attempt]) -> list[Outcome]:
        """One outcome per attempt, in order; each attempt stands or falls alone.  Raises LogUnavailable.

        ValueError for an attempt that no log could keep: then none of the call is recorded.
        """
        call = object()
        packed = [Packed(attempt, call) for attempt in attempts]
        futures = [self._appends.put(one) for one in packed]
        if len(futures) == 1:
            return [await futures[0]]
        # All are waited for before a failure leaves: nothing of the call goes on behind the caller's back.
        answers = await asyncio.gather(*futures, return_exceptions=True)
        if failures := [answer for answer in answers if isinstance(answer, BaseException)]:
            raise failures[0]
        return [answer for answer in answers if not isinstance(answer, BaseException)]

    async def _send(self, batch: list[Packed]) -> Sequence[Outcome | Exception]:
        outcomes = await self._sender.send(batch)
        if any(isinstance(outcome, Recorded) for outcome in outcomes):
            self._bell.ring()
        return outcomes

    async def read(self, scans: Sequence[Scan]) -> Answer:
        """Every row that any of the scans covers.  Raises LogUnavailable."""
        group = self._reads if all(scan.tags for scan in scans) else self._wide_reads
        return await group.put(Asked(scans))

    async def page(self, after: int, upto: int | None = None, types: Sequence[str] = (), limit: int = 500) -> list[Row]:
        """The next rows later than `after`, in order, none beyond `upto`.  Raises LogUnavailable."""
        return await self._paging.run(lambda line, tries: self._pages.page(line, after, upto, types, limit))

    async def head(self) -> tuple[int, datetime | None]:
        """The last position and its recorded_at; (0, None) when empty.  Raises LogUnavailable."""
        return await self._paging.run(lambda line, tries: self._pages.head(line))

    async def subscribe(self, after: int) -> AsyncIterator[list[Row]]:
        """Pages of rows later than `after`, for ever, in order, none skipped; empty when nothing came for a while."""
        follower = Follower(self._read_dial, self._channel, self._pages, self._page)
        async with aclosing(follower.pages(after)) as pages:
            async for rows in pages:
                yield rows

    async def close(self) -> None:
        """Fail what still waits, and hang up."""
        for group in (self._appends, self._reads, self._wide_reads):
            await group.close()
        await self._bell.close()
        for wire in (self._writing, self._reading, self._paging):
            await wire.close()
