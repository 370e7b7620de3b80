"""Many callers, one statement: whatever was asked for while a statement ran goes into the next one together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, TypeVar

from infra.log import LogUnavailable

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")


class Group(Generic[Asked, Answered]):
    """Runs `work` on groups of what was put in.  No timer: a group is what gathered during the one before.

    `choose` takes the members of the next group out of the queue.  `work` answers each member, with an exception
    for one that failed alone; what it raises fails the whole group.
    """

    def __init__(
        self,
        choose: Callable[[deque[Asked]], list[Asked]],
        work: Callable[[list[Asked]], Awaitable[Sequence[Answered | Exception]]],
    ) -> None:
        self._choose = choose
        self._work = work
        self._queue: deque[Asked] = deque()
        self._waiting: dict[int, asyncio.Future[Answered]] = {}
        self._runner: asyncio.Task[None] | None = None
        self._closed = False

    def put(self, asked: Asked) -> asyncio.Future[Answered]:
        """The answer to come.  A caller that gives up leaves its question in the group."""
        if self._closed:
            raise LogUnavailable("the log is closed")
        future: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._queue.append(asked)
        self._waiting[id(asked)] = future
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        return future

    async def _run(self) -> None:
        while self._queue:
            futures = list(self._waiting.values())
            try:
                group = self._choose(self._queue)
                futures = [self._waiting.pop(id(asked)) for asked in group]
                answers = await self._work(group)
            except asyncio.CancelledError:
                _fail(futures, LogUnavailable("the log is closed"))
                raise
            except Exception as error:  # noqa: BLE001 - whatever it was, it goes to whoever waits
                _fail(futures, error)
            else:
                _answer(futures, answers)
            # Whoever was answered may ask again before the next group is chosen.
            await asyncio.sleep(0)

    async def close(self) -> None:
        """Fail what still waits; let no more in."""
        self._closed = True
        if self._runner is not None and not self._runner.done():
            self._runner.cancel()
            await asyncio.wait({self._runner})
        _fail(self._waiting.values(), LogUnavailable("the log is closed"))
        self._waiting.clear()
        self._queue.clear()


def _fail(futures: Iterable[asyncio.Future[Answered]], reason: Exception) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(reason)


def _answer(futures: Sequence[asyncio.Future[Answered]], answers: Sequence[Answered | Exception]) -> None:
    for future, answer in zip(futures, answers, strict=True):
        if future.done():
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
