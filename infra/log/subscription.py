"""Following the log: LISTEN before the first read, a look every 100 ms besides, a new connection when one breaks."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress

import psycopg
from psycopg import sql

from infra.log import LogUnavailable, Row
from infra.log.reading import Paging
from infra.log.wire import Connection, Wire, sever

_log = logging.getLogger(__name__)
LOOK_EVERY = 0.1
SILENCE = 0.25
GATHER = 0.005
PATIENCE = 10.0


class Bell:
    """Rings the institution's channel after commits: on a wire of its own, never inside the transaction."""

    def __init__(self, wire: Wire, channel: str) -> None:
        self._wire = wire
        self._ring = sql.SQL("notify {}").format(sql.Identifier(channel))
        self._due = False
        self._task: asyncio.Task[None] | None = None

    def ring(self) -> None:
        """Soon, once for all commits of the moment."""
        self._due = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        async def notify(connection: Connection, tries: int) -> None:
            await connection.execute(self._ring)

        while self._due:
            self._due = False
            try:
                await self._wire.run(notify)
            except LogUnavailable as error:
                # Followers look for themselves; a bell that does not ring costs them 100 ms.
                _log.warning("commits could not be announced: %s", error)
            await asyncio.sleep(GATHER)

    async def close(self) -> None:
        """Ring no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._wire.close()


class Follower:
    """One reader that follows the log from a position, over a connection of its own."""

    def __init__(self, dial: Callable[[], Awaitable[Connection]], channel: str, paging: Paging, page: int) -> None:
        self._dial = dial
        self._listen = sql.SQL("listen {}").format(sql.Identifier(channel))
        self._paging = paging
        self._page = page
        self.breaks = 0

    async def pages(self, after: int) -> AsyncGenerator[list[Row]]:
        """Pages for ever; empty ones when nothing came for a while, or while the server is away."""
        pause = 0.05
        while True:
            try:
                connection = await self._dial()
                try:
                    await connection.execute(self._listen)
                    async with aclosing(self._follow(connection, after)) as followed:
                        async for rows in followed:
                            pause = 0.05
                            after = rows[-1].position if rows else after
                            yield rows
                finally:
                    with suppress(psycopg.Error):
                        await connection.close()
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                self.breaks += 1
                _log.warning("a follower of the log lost its connection: %s", type(error).__name__)
                yield []
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    async def _follow(self, connection: Connection, after: int) -> AsyncGenerator[list[Row]]:
        quiet_since = time.monotonic()
        while True:
            alarm = asyncio.get_running_loop().call_later(PATIENCE, sever, connection)
            rows = await self._paging.page(connection, after, None, (), self._page)
            alarm.cancel()
            if rows:
                after = rows[-1].position
                yield rows
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since >= SILENCE:
                yield []
                quiet_since = time.monotonic()
            if len(rows) < self._page:
                async for _ in connection.notifies(timeout=LOOK_EVERY, stop_after=1):
                    pass
