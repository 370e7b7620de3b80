"""How far a follower of the log has come, kept beside the log: each follower has a row of its own."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection, sql
from psycopg_pool import AsyncConnectionPool


class Place:
    """One follower's place; without a row it stands at the beginning."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Any]], schema: str, follower: str) -> None:
        self._pool, self._table, self._follower = pool, sql.Identifier(schema, "reactor"), follower

    async def position(self) -> int:
        """The last event that was dealt with."""
        query = sql.SQL("select position from {} where name = %s").format(self._table)
        async with self._pool.connection() as db:
            row = await (await db.execute(query, (self._follower,))).fetchone()
        return row[0] if row else 0

    async def keep(self, position: int) -> None:
        """Everything up to here is dealt with; a place never goes back."""
        query = sql.SQL(
            """insert into {} as kept (name, position) values (%s, %s)
               on conflict (name) do update set position = greatest(kept.position, excluded.position)"""
        ).format(self._table)
        async with self._pool.connection() as db:
            await db.execute(query, (self._follower, position))
