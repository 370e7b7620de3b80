"""Waiting for the tables to show a position: woken by the projector's word, and by a look of its own now and then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.sql import SQL, Composed, Identifier

_log = logging.getLogger(__name__)
LOOK_SECONDS = 0.1
BACK_OFF_SECONDS = 1.0


class Listener:
    """One listening connection for all waiters of a process; it also looks at the checkpoint when no word comes."""

    def __init__(self, channel: str, connect: Callable[[], Awaitable[AsyncConnection[Any]]], look: Composed) -> None:
        self._listening = SQL("listen {}").format(Identifier(channel))
        self._connect, self._look = connect, look
        self._seen = 0
        self._moved = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def wait_for(self, position: int, timeout: float) -> bool:  # noqa: ASYNC109 - it answers False
        """True as soon as `position` is shown; False after `timeout` seconds."""
        if self._seen < position:
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._listen())
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout), self._moved:
                    await self._moved.wait_for(lambda: self._seen >= position)
        return self._seen >= position

    async def _say(self, position: int) -> None:
        if position > self._seen:
            async with self._moved:
                self._seen = max(position, self._seen)
                self._moved.notify_all()

    async def _listen(self) -> None:
        while True:
            try:
                async with await self._connect() as db:
                    await db.execute(self._listening)
                    while True:
                        row = await (await db.execute(self._look)).fetchone()
                        await self._say(row[0] if row else 0)
                        await self._hear(db)
            except (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.UndefinedTable) as lost:
                # The line was cut, or no projector has been here yet.
                _log.warning("listening for readings was interrupted: %s", lost)
                await asyncio.sleep(BACK_OFF_SECONDS)

    async def _hear(self, db: AsyncConnection[Any]) -> None:
        """Pass on what the projectors say, until they are silent for a while."""
        heard = True
        while heard:
            heard = False
            async for word in db.notifies(timeout=LOOK_SECONDS, stop_after=1):
                said, _, number = word.payload.partition(":")
                if said == "read" and number.isdigit():
                    await self._say(int(number))
                heard = True

    async def close(self) -> None:
        """Stop listening."""
        # Before Python 3.12 a cancellation that meets an answer of the server is lost: say it until it is heard.
        while self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=0.5)
