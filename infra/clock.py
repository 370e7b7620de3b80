"""The institution's clock: the real one, or an offset one that resumes where the log left off."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection, OperationalError, sql
from psycopg_pool import AsyncConnectionPool

log = logging.getLogger(__name__)
FOLLOW_SECONDS = 0.5


@dataclass(frozen=True)
class Setting:
    """An offset clock stood at `at` when the real clock stood at `real_at`; frozen, it stands there still."""

    at: datetime
    real_at: datetime
    frozen: bool = False

    def now(self) -> datetime:
        return self.at if self.frozen else self.at + (datetime.now(UTC) - self.real_at)


class Clock:
    """Tells the moment.  Without a setting it is the real clock.  Never runs backwards within a process."""

    def __init__(self, setting: Setting | None = None) -> None:
        self._setting = setting
        self._last = datetime.min.replace(tzinfo=UTC)

    @property
    def offset(self) -> bool:
        """Whether this clock may be set."""
        return self._setting is not None

    @property
    def frozen(self) -> bool:
        return self._setting is not None and self._setting.frozen

    def now(self) -> datetime:
        """The moment, in UTC."""
        told = self._setting.now() if self._setting else datetime.now(UTC)
        self._last = max(self._last, told)
        return self._last

    async def set(self, at: datetime, frozen: bool) -> None:
        """Put an offset clock to a later moment (an earlier one is ignored), still or running on."""
        if not self.offset:
            raise TypeError("a real clock cannot be set")
        # Told at once: a look at the shared setting that began before it was kept must not turn this clock back.
        self._last = max(at.astimezone(UTC), self._last)
        self._setting = Setting(self._last, datetime.now(UTC), frozen)

    async def follow(self) -> None:
        """Keep up with settings made by other processes; runs until cancelled."""


class SharedClock(Clock):
    """An offset or real clock whose setting stands in the institution's schema, shared by every process."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Any]], schema: str) -> None:
        super().__init__()
        self._pool, self._table = pool, sql.Identifier(schema, "clock")
        self._begun = self._kept = 0  # settings of our own: begun to be written, and written

    async def load(self) -> None:
        """Read the setting; no row is the real clock."""
        query = sql.SQL("select at, real_at, frozen from {} where kind = 'offset'").format(self._table)
        kept = self._kept
        async with self._pool.connection() as db:
            row = await (await db.execute(query)).fetchone()
        if self._begun == kept:  # else it was being set while we looked
            self._setting = Setting(*row) if row else None

    async def set(self, at: datetime, frozen: bool) -> None:
        await super().set(at, frozen)
        await self._keep()

    async def resume(self, last: datetime) -> None:
        """Make this an offset clock that runs on from `last`, the head's recorded_at, whatever it told before."""
        self._last = last.astimezone(UTC)
        self._setting = Setting(last, datetime.now(UTC))
        await self._keep()

    async def _keep(self) -> None:
        assert self._setting
        made = self._setting
        self._begun += 1
        # One statement: between two, another process would take the clock for a real one, and never turn back.
        query = sql.SQL(
            """insert into {} (kind, at, real_at, frozen) values ('offset', %s, %s, %s)
               on conflict (single) do update
               set kind = excluded.kind, at = excluded.at, real_at = excluded.real_at, frozen = excluded.frozen"""
        ).format(self._table)
        try:
            async with self._pool.connection() as db:
                await db.execute(query, (made.at, made.real_at, made.frozen))
        finally:
            self._kept += 1

    async def follow(self) -> None:
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            try:
                await self.load()
            except OperationalError as trouble:
                log.warning("clock setting not readable: %s", type(trouble).__name__)
