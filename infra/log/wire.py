"""A connection that is replaced when it breaks, and work that is tried again on the new one."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from infra.log import LogUnavailable

_log = logging.getLogger(__name__)
Done = TypeVar("Done")
Connection = AsyncConnection[TupleRow]

# Indexes and nested loops whatever the tables held when the plan was made; see append.sql.
INDEXED = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}


class Wire:
    """Work runs on it one at a time.

    A reply that does not come within `silence` seconds counts as a broken connection; work is tried again, on a
    new connection if need be, until `patience` seconds are over.
    """

    def __init__(self, dial: Callable[[], Awaitable[Connection]], *, silence: float = 5.0, patience: float = 8.0):
        self._dial = dial
        self._silence = silence
        self._patience = patience
        self._connection: Connection | None = None
        self._turn = asyncio.Lock()
        self.breaks = 0

    async def run(self, work: Callable[[Connection, int], Awaitable[Done]], asked_at: float | None = None) -> Done:
        """`work` gets the connection and how many times it was tried before.  Raises LogUnavailable.

        Patience counts from `asked_at` (of time.monotonic), else from now.  Only what says that the server or the way
        to it failed is tried again; any other error leaves.
        """
        deadline = (asked_at or time.monotonic()) + self._patience
        pause = 0.02
        tries = 0
        async with self._turn:
            while True:
                try:
                    if self._connection is None:
                        self._connection = await self._dial()
                    alarm = asyncio.get_running_loop().call_later(self._silence, sever, self._connection)
                    try:
                        return await work(self._connection, tries)
                    finally:
                        alarm.cancel()
                except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                    tries += 1
                    self.breaks += 1
                    await self._drop()
                    if time.monotonic() + pause > deadline:
                        raise LogUnavailable(f"the log does not answer: {type(error).__name__}") from error
                    _log.warning("the log's connection failed, trying again: %s", type(error).__name__)
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 1.0)

    async def _drop(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):
                await self._connection.close()
            self._connection = None

    async def close(self) -> None:
        """Hang up."""
        await self._drop()


def sever(connection: Connection) -> None:
    """Cut a connection whose reply does not come; whoever waits on it meets an OperationalError at once."""
    if not connection.closed:
        with socket.socket(fileno=os.dup(connection.fileno())) as line, suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
