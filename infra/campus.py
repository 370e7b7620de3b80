"""One institution opened by one process: its log, desk, keys, clock and readings, held together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection, sql
from psycopg_pool import AsyncConnectionPool

from domain.retelling import Retelling
from infra.agenda import REACTOR, Agenda, Entries, Reactions, Reactor, Unsettled
from infra.clock import SharedClock
from infra.desk import Desk
from infra.disclosure import Disclosure
from infra.envelope import Codec
from infra.erasures import Erasure, ErasureList, erasure_list, take_down
from infra.forgetting import ERASURES, FORGETTING, Forgetting, waiting
from infra.key_store import KEYS_DATABASE as KEYS_DATABASE, install_keys as install_keys, keys_pool
from infra.keys import PostgresKeys, Secrets, subject_of
from infra.log import Log, Row
from infra.log.recorder import PostgresLog
from infra.looks import Looks
from infra.place import Place
from infra.postgres import Institution, pool
from infra.projector import Table
from infra.readings import Readings
from infra.readings.query import Figure
from infra.settings import Settings
from infra.what_if import WhatIf

Pool = AsyncConnectionPool[AsyncConnection[Any]]
SETTLE_SECONDS = 30.0


@dataclass(frozen=True)
class Declared:
    """What the areas declare, gathered by the composition root: agenda, reactions, tables, figures, retellings."""

    entries: Entries
    reactions: Sequence[Reactions]
    tables: Sequence[Table]
    figures: Mapping[str, Figure]
    retellings: Sequence[Retelling] = ()


@dataclass
class Campus:
    """What the shells (api, dashboards, command line) and the workers are given."""

    settings: Settings
    institution: Institution
    log: Log
    codec: Codec
    secret: Secrets
    keys: PostgresKeys
    erasures: ErasureList
    looks: Looks
    disclosure: Disclosure
    desk: Desk
    clock: SharedClock
    readings: Readings
    pool: Pool
    declared: Declared
    _agenda: Agenda | None = None

    async def reactor_position(self) -> int:
        """How far reactions have been given."""
        return await self._place(REACTOR).position()

    def _place(self, follower: str) -> Place:
        return Place(self.pool, self.institution.schema, follower)

    async def settled(self, position: int) -> None:
        """Wait until reactions and tables have come to the head that the wait itself may move; raises Unsettled."""
        deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
        while True:
            head, _ = await self.log.head()
            if await self.reactor_position() >= head and await self.readings.wait_for(head, timeout=1.0):
                return
            if asyncio.get_running_loop().time() > deadline:
                raise Unsettled(f"reactor or projector has not come to event {position} in {SETTLE_SECONDS:.0f} s")
            await asyncio.sleep(0.01)

    @property
    def agenda(self) -> Agenda:
        """What falls due, kept between calls."""
        if self._agenda is None:
            self._agenda = Agenda(self.log, self.codec, self.desk, self.clock, self.declared.entries)
        return self._agenda

    @cached_property
    def what_if(self) -> WhatIf:
        """Figures under other rules, worked out one question at a time."""
        return WhatIf(self.institution, self.declared, self.clock)

    async def advance(self, to: datetime, frozen: bool) -> None:
        """Set the offset clock, passing through every due moment on the way; see Agenda.advance."""
        await self.agenda.advance(to, frozen, self.settled)

    def reactor(self) -> Reactor:
        """Reactions to every event; it wakes the forgetting, which has to be run beside it."""
        waking = dict.fromkeys(ERASURES, self.forgetting.wake)
        return Reactor(self.log, self.codec, self.desk, self.declared.reactions, self._place(REACTOR), waking)

    @cached_property
    def forgetting(self) -> Forgetting:
        """What erasures do outside the log."""
        return Forgetting(self.log, self._place(FORGETTING), self.forget)

    async def keep_time(self) -> None:
        """Clock, reactions and forgetting, until cancelled; the first two stand and fall together."""
        async with asyncio.TaskGroup() as together:
            for follower in (self.agenda, self.reactor(), self.forgetting):
                together.create_task(follower.run())

    async def to_forget(self) -> list[str]:
        """The persons whose erasure is recorded and not carried out by the forgetting."""
        return await waiting(self.pool, self.institution.schema)

    async def forget(self, row: Row) -> None:
        """What a recorded erasure does outside the log; doing it twice is no error.

        The person is put on the list first, so that no restored backup brings them back; then the key and the
        credentials are destroyed.
        """
        known = self.codec.event(row)
        person_id = getattr(known, "person_id", None)
        if not isinstance(person_id, str):
            return
        subject = subject_of(person_id)
        event = getattr(known, "lost_event", str(row.id))
        at = row.recorded_at.astimezone(UTC).isoformat()
        await take_down(self.erasures, [Erasure(subject, getattr(known, "request_id", ""), event, at)])
        await self.keys.erase(subject)
        async with self.pool.connection() as db, db.transaction():
            for table in ("credential", "web_session", "token"):
                query = sql.SQL("delete from {} where person_id = %s")
                await db.execute(query.format(sql.Identifier(self.institution.schema, table)), (person_id,))


@asynccontextmanager
async def opened(
    institution: Institution, settings: Settings, declared: Declared, *, readers: int = 4
) -> AsyncIterator[Campus]:
    """The institution, opened until the block ends."""
    secret = Secrets.kept_in(settings.secret_file)
    async with AsyncExitStack() as stack:
        writers: Pool = await stack.enter_async_context(pool(institution, "writer", smallest=1, largest=4))
        looking: Pool = await stack.enter_async_context(pool(institution, "reader", smallest=1, largest=readers))
        kept: Pool = await stack.enter_async_context(keys_pool(institution, settings))
        keys = PostgresKeys(kept, institution.key, secret)
        clock = SharedClock(writers, institution.schema)
        await clock.load()
        following = asyncio.create_task(clock.follow())
        stack.push_async_callback(_cancelled, following)
        log = PostgresLog(institution)
        stack.push_async_callback(log.close)
        codec = Codec(keys, secret)
        desk = Desk(log, codec, clock, ZoneInfo(institution.zone))
        readings = Readings(looking, institution, declared.figures, clock)
        stack.push_async_callback(readings.close)
        looks = Looks(writers, institution)
        disclosure = Disclosure(keys, log, looks)
        yield Campus(
            settings,
            institution,
            log,
            codec,
            secret,
            keys,
            erasure_list(institution, settings, secret),
            looks,
            disclosure,
            desk,
            clock,
            readings,
            writers,
            declared,
        )


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
