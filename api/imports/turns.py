"""Many at once, but in turn where they meet: what shares a key happens in the order given, and so ends the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


async def in_turn(
    items: Iterable[T],
    keys: Callable[[T], Iterable[Hashable]],
    act: Callable[[T], Awaitable[R]],
    at_most: int = 32,
    ahead: int = 2_000,
) -> AsyncIterator[tuple[T, R]]:
    """Act on every item, `at_most` at a time, and yield (item, answer) in the order given.

    An item waits for the earlier ones that share a key with it.  `ahead` bounds how many are held waiting.
    """
    gate = asyncio.Semaphore(at_most)
    last: dict[Hashable, asyncio.Task[R]] = {}

    async def one(item: T, before: set[asyncio.Task[R]]) -> R:
        if before:
            await asyncio.wait(before)
        async with gate:
            return await act(item)

    waiting: list[tuple[T, asyncio.Task[R]]] = []
    try:
        for item in items:
            mine = set(keys(item))
            before = {last[key] for key in mine if key in last and not last[key].done()}
            task = asyncio.create_task(one(item, before))
            last.update(dict.fromkeys(mine, task))
            waiting.append((item, task))
            if len(waiting) >= ahead:
                for told, earlier in waiting[: ahead // 2]:
                    yield told, await earlier
                del waiting[: ahead // 2]
                last = {key: task for key, task in last.items() if not task.done()}
        for told, earlier in waiting:
            yield told, await earlier
    finally:
        for _, task in waiting:
            task.cancel()
