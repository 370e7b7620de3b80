"""A way to the server that loses things: replies cut off, replies swallowed, everything slow."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from pathlib import Path
from typing import Literal

from psycopg.conninfo import conninfo_to_dict, make_conninfo

Loss = Literal["cut", "swallow"]


class Proxy:
    """Stands between clients and the unix socket of a PostgreSQL server.

    Of the server's replies a share `loss` is lost after the server sent it: the connection is `cut`, or stays open
    while nothing more arrives (`swallow`).  `delay` seconds are added to every reply;
    with `next_is_lost` the next reply is lost for certain.
    """

    def __init__(self, dsn: str, place: Path, *, loss: float = 0.0, kind: Loss = "cut", delay: float = 0.0) -> None:
        self._server = str(Path(str(conninfo_to_dict(dsn)["host"])) / ".s.PGSQL.5432")
        self._place = place
        self.loss = loss
        self.kind = kind
        self.delay = delay
        self.lost = 0
        self.next_is_lost = False
        self._random = random.Random(7)  # noqa: S311 - a workload, not a secret
        self._tasks: set[asyncio.Task[None]] = set()
        self.dsn = make_conninfo(dsn, host=str(place))

    async def __aenter__(self) -> Proxy:
        self._place.mkdir(parents=True, exist_ok=True)
        self._listening = await asyncio.start_unix_server(self._serve, str(self._place / ".s.PGSQL.5432"))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _serve(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        ways: list[asyncio.Task[None]] = []
        server = None
        with suppress(OSError):
            try:
                replies, server = await asyncio.open_unix_connection(self._server)
                ways = [
                    asyncio.create_task(self._forward(client, server)),
                    asyncio.create_task(self._answer(replies, answer)),
                ]
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
                for end in (answer, server):
                    if end is not None:
                        end.close()

    async def _forward(self, client: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        while asked := await client.read(1 << 16):
            server.write(asked)
            await server.drain()

    async def _answer(self, replies: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        while reply := await replies.read(1 << 16):
            if self.delay:
                await asyncio.sleep(self.delay)
            if self.next_is_lost or self._random.random() < self.loss:
                self.next_is_lost = False
                self.lost += 1
                if self.kind == "cut":
                    return
                await asyncio.Event().wait()
            answer.write(reply)
            await answer.drain()
