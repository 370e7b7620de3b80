"""What if 假如: the figures of a term as they would be under other rules, worked out aside; nothing live is touched."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, Protocol

from domain import NotAllowed
from domain.retelling import Retelling
from infra.desk import Busy
from infra.postgres import Institution, connect
from infra.projector import Table
from infra.readings import Now, Viewer
from infra.readings.memory import Memory
from infra.readings.query import Figure
from infra.what_if.answer import Answer as Answer, Compared as Compared, Pair as Pair, Sums as Sums
from infra.what_if.question import Askable as Askable, Question as Question, askable, supposed as supposed
from infra.what_if.working import Progress as Progress, Working

REMEMBERED: Final = 16
STILL_FRESH: Final = timedelta(minutes=5)
SECONDS: Final = 90.0
SETTINGS: Final[Mapping[str, object]] = {
    "jit": "off",
    "work_mem": "64MB",
    "temp_buffers": "64MB",
    "statement_timeout": f"{int(SECONDS)}s",
}


class TooLong(Exception):
    """It was not worked out within the time allowed."""


class Said(Protocol):
    """What the composition root gathered; see infra.campus.Declared."""

    @property
    def retellings(self) -> Sequence[Retelling]: ...
    @property
    def figures(self) -> Mapping[str, Figure]: ...
    @property
    def tables(self) -> Sequence[Table]: ...


def silent(_: Progress) -> None:
    """Nobody watches."""


class WhatIf:
    """Answers one question at a time, and remembers the last ones."""

    def __init__(self, institution: Institution, said: Said, clock: Now, seconds: float = SECONDS) -> None:
        self._institution, self._said, self._clock, self._seconds = institution, said, clock, seconds
        self._turn = asyncio.Lock()
        self._memory: Memory[Answer] = Memory(REMEMBERED)

    @cached_property
    def askable(self) -> dict[str, Askable]:
        """Every policy of the rulebook by key, and what supposing another value would touch."""
        tables = {table.name: tuple(table.types) for table in self._said.tables}
        return askable(self._said.retellings, self._said.figures, tables)

    def question(
        self, values: Iterable[str], term: str | None = None, as_of: int | None = None, at: datetime | None = None
    ) -> Question:
        """A question from texts as "key:value"; raises as `supposed` does."""
        return Question(supposed(list(values), self.askable), term, as_of, at)

    async def ask(
        self,
        question: Question,
        viewer: Viewer,
        watch: Callable[[Progress], None] = silent,
        *,
        whole: bool = False,
        patience: float = 0.0,
    ) -> Answer:
        """The answer, of what the viewer sees.

        `whole` folds every story anew, also those that read the same.  `patience`: seconds to wait for one's turn.
        Raises NotAllowed("beyond_supposing"), Unknown("term_unknown", "position_unknown"), Busy, TooLong.
        """
        if not (viewer.college or viewer.departments):
            raise NotAllowed("beyond_supposing")
        try:
            async with asyncio.timeout(max(patience, 0.01)):
                await self._turn.acquire()
        except TimeoutError:
            raise Busy("what if") from None
        try:
            async with asyncio.timeout(self._seconds):
                return (await self._worked_out(question, watch, whole)).within(viewer)
        except TimeoutError:
            raise TooLong from None
        finally:
            self._turn.release()

    async def _worked_out(self, question: Question, watch: Callable[[Progress], None], whole: bool) -> Answer:
        async with AsyncExitStack() as stack:
            db = await stack.enter_async_context(await connect(self._institution, "reader", **SETTINGS))
            working = Working(db, self._institution, self._said, self._clock, question, watch)
            place = await working.begin()
            # While a table is stopped or being rebuilt, another answer is given than afterwards.
            standing = place.standing
            books = (standing.edition, *sorted(standing.stopped.items()), *sorted(standing.rebuilding))
            key = (place.position, books, question, place.term)
            kept = None if whole else self._memory.recall(key)
            if kept is not None and abs(place.moment - kept.moment) < STILL_FRESH:
                return kept if kept.head == standing.position else replace(kept, head=standing.position)
            began = time.perf_counter()
            answer = await working.answer(place, whole, lambda: time.perf_counter() - began)
            self._memory.keep(key, answer)
        return answer
