"""Audit 审计: refused commands, kept beside the log and never changed.  Seed: D01.

A refusal says who, which command, which code; never the body.  It is written in the background, so that saying
no costs the one who is refused nothing, and what is still unwritten at shutdown is written then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from psycopg import AsyncConnection, OperationalError, sql
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from infra.envelope import uuid7
from infra.postgres import Institution

log = logging.getLogger(__name__)
Pool = AsyncConnectionPool[AsyncConnection[Any]]
PAUSE_SECONDS: Final = 0.25
KEPT_AT_MOST: Final = 50_000


@dataclass(frozen=True, slots=True)
class Refused:
    """One refusal."""

    person_id: str
    command: str
    command_id: UUID
    code: str
    facts: Mapping[str, object]
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Refusals:
    """Refusals on their way to the table."""

    def __init__(self, pool: Pool, institution: Institution) -> None:
        self._pool = pool
        self._table = sql.Identifier(institution.schema, "refusal")
        self._waiting: list[Refused] = []
        self._writing = asyncio.Lock()

    def note(self, refused: Refused) -> None:
        """Remember a refusal; never waits.  Past 50,000 unwritten ones it goes to the error log instead."""
        if len(self._waiting) >= KEPT_AT_MOST:
            log.error("refusal not kept: %s %s %s", refused.command, refused.code, refused.command_id)
            return
        self._waiting.append(refused)

    async def flush(self) -> None:
        """Write what waits; raises what the database raises, and then nothing is lost."""
        async with self._writing:
            if not (batch := self._waiting[:]):
                return
            insert = sql.SQL(
                """insert into {} (id, at, person_id, role, command_name, command, code, facts)
                   values (%s, %s, %s, '', %s, %s, %s, %s)"""
            ).format(self._table)
            rows = [
                (
                    uuid7(),
                    r.at,
                    r.person_id,
                    r.command,
                    r.command_id,
                    r.code,
                    orjson.dumps(r.facts, default=str).decode(),
                )
                for r in batch
            ]
            async with self._pool.connection() as db, db.transaction(), db.cursor() as cursor:
                await cursor.executemany(insert, rows)
            del self._waiting[: len(batch)]

    async def run(self) -> None:
        """Keep writing until cancelled."""
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            try:
                await self.flush()
            except (OperationalError, PoolTimeout) as trouble:
                log.warning("%d refusals wait to be written: %s", len(self._waiting), type(trouble).__name__)

    async def listed(self, limit: int, before: UUID | None) -> list[dict[str, Any]]:
        """The newest refusals, for auditors; ids are in order of time."""
        query = sql.SQL(
            """select id, at, person_id, command_name, command as command_id, code, facts from {}
               where (%(before)s::uuid is null or id < %(before)s) order by id desc limit %(limit)s"""
        ).format(self._table)
        async with self._pool.connection() as db:
            found = await db.execute(query, {"before": before, "limit": limit})
            names = [c.name for c in found.description or ()]
            return [dict(zip(names, row, strict=True)) async for row in found]

    async def counted(self, since: datetime) -> list[dict[str, Any]]:
        """How often which command met which code since a moment, for leaders."""
        query = sql.SQL(
            """select command_name, code, count(*) from {} where at >= %s group by command_name, code
               order by count(*) desc, command_name, code limit 500"""
        ).format(self._table)
        async with self._pool.connection() as db:
            found = await db.execute(query, (since,))
            return [{"command_name": c, "code": k, "count": n} async for c, k, n in found]
