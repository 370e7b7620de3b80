"""The longest part of several rebuilds, done for all of them at once: the log is read and opened once, in two lanes.

A step is a range of the log, folded into every table under construction.  The lanes take turns; a step commits after
those before it, so that a position still says all of how far a generation has come, whatever becomes of the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace

from infra.projector.books import Books, Connection, Generation, Superseded
from infra.projector.fold import stage
from infra.projector.rebuild import STEP, Progress

LANES = 2
LEAST = 2_000


def ranges(after: int, target: int, most: int = STEP) -> list[tuple[int, int]]:
    """The steps that are left, long enough to be worth one and short enough that every lane has its share."""
    size = max(LEAST, min(most, -(-(target - after) // LANES)))
    return [(start, min(start + size, target)) for start in range(after, target, size)]


def grouped(made: Sequence[Generation]) -> Iterator[tuple[tuple[int, int], list[Generation]]]:
    """The generations that have the same steps before them, by (position, target)."""
    groups: dict[tuple[int, int], list[Generation]] = {}
    for one in made:
        if one.phase == "stage":
            groups.setdefault((one.position or 0, one.target), []).append(one)
    yield from groups.items()


class Staging:
    """The steps of generations that stand at the same position and have the same target."""

    def __init__(
        self,
        books: Books,
        connected: Callable[[], Awaitable[Connection]],
        made: Sequence[Generation],
        watch: Callable[[Progress], None],
    ) -> None:
        self._books, self._connected, self._made, self._watch = books, connected, made, watch

    async def run(self, steps: Sequence[tuple[int, int]]) -> None:
        """Take every step.  Raises Superseded if another process moved or took away one of the generations."""
        committed = [asyncio.Event() for _ in range(len(steps) + 1)]
        committed[0].set()

        async def lane(first: int) -> None:
            async with await self._connected() as db:
                for number in range(first, len(steps), LANES):
                    await self._step(db, *steps[number], committed[number])
                    committed[number + 1].set()

        try:
            async with asyncio.TaskGroup() as lanes:
                for first in range(min(LANES, len(steps))):
                    lanes.create_task(lane(first))
        except ExceptionGroup as trouble:
            raise trouble.exceptions[0] from None

    async def _step(self, db: Connection, after: int, upto: int, turn: asyncio.Event) -> None:
        parts = [(one.shape, self._books.relation(one.relation)) for one in self._made]
        async with db.transaction():
            await db.execute(stage(parts, self._books.log, after, upto), prepare=False)
            await turn.wait()
            for one in self._made:
                now = await self._books.hold(db, one)
                if (now.phase, now.position) != ("stage", after):
                    raise Superseded(one.name)
                await self._books.move(db, replace(now, position=upto))
        for one in self._made:
            self._watch(Progress(one.name, "stage", upto, one.target))
