"""Announcements 通报: what has just been recorded, told to every stream of this process."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from infra.log import Log, Row

PAGE: Final = 500
WHILE_SECONDS: Final = 2.0


class Announcements:
    """One follower of the log for all streams of the process: it wakes them, and hands them what has just come."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._came = asyncio.Event()
        self._newest: list[Row] = []
        self._following: asyncio.Task[None] | None = None

    async def later_than(self, position: int) -> list[Row]:
        """The next rows, as soon as there are any; none when nothing came for a while."""
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._follow())
        came = self._came
        if self._newest and self._newest[0].position == position + 1:
            return self._newest
        if rows := await self._log.page(position, limit=PAGE):
            return rows
        with suppress(TimeoutError):
            await asyncio.wait_for(came.wait(), WHILE_SECONDS)
        return []

    async def _follow(self) -> None:
        head, _ = await self._log.head()
        async for rows in self._log.subscribe(head):
            if rows:
                self._newest = rows
                self._came.set()
                self._came = asyncio.Event()

    async def close(self) -> None:
        """Follow no longer."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait({self._following})
