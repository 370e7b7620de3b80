"""The Open University's data set into the log: registrations, withdrawals, scores and results, one command a row.

Every id is derived from what the rows say and every key from the command itself, so that a second run records
nothing.  What the data's oddities become is told in README.md.  Seed: D13, D41.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from rich.progress import Progress

from api.imports.keys_ahead import KeysAhead
from api.imports.oulad_college import (
    HalfYear,
    Starts,
    admission,
    class_of,
    conclusion,
    department,
    mark,
    offering,
    registration,
    scheme,
    squad,
    student_of,
    teacher,
    withdrawal,
)
from api.imports.oulad_report import OuladReport, Pace
from api.imports.oulad_rows import Course, Outcome, Presentation, Score
from api.imports.oulad_tables import Tables, gathered
from api.imports.refusals import write
from api.imports.turns import in_turn
from api.imports.words import words
from domain import Command, Rejected
from domain.access import IMPORT, SYSTEM
from domain.grades import OpenGradeSheet
from infra.desk import Busy, Desk, Receipt
from infra.keys import subject_of

AT_ONCE: Final = 128  # two of the log's batches: one is decided while the other is written
PATIENCE: Final = 20
_TITLES: Final = {"courses": "开课", "registrations": "注册", "scores": "成绩", "results": "结论"}
Registering = tuple[Course, int]


class Import:
    """One folder on its way into the log."""

    def __init__(
        self,
        desk: Desk,
        tables: Tables,
        starts: Starts,
        *,
        keys: KeysAhead | None = None,
        progress: Progress | None = None,
        received_at: datetime | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self._desk, self._tables, self._keys, self._progress = desk, tables, keys, progress
        self._received_at, self._at_once = received_at, at_once
        self._days: dict[Course, date] = {c: starts.day(c[1]) for c in tables.presentations}
        self._admitted: set[int] = set()
        self._turned_away: set[Registering] = set()
        self._recorded: Counter[str] = Counter()
        self._pace = Pace()
        self._scores = Pace()
        self.report = OuladReport(starts={" ".join(c): str(day) for c, day in sorted(self._days.items())})

    async def run(self) -> OuladReport:
        """Everything, in order."""
        tables = self._tables
        with self._timed("courses"):
            for presentation in sorted(tables.presentations.values(), key=lambda p: (self._days[p.course], p.course)):
                await self._present(presentation)
        registering = self._registering()
        with self._timed("registrations"):
            if self._keys:
                students = dict.fromkeys(student for _, student in tables.outcomes)
                await self._keys.ahead([subject_of(student_of(s)) for s in students])
            keyed = in_turn(registering, lambda r: (r[1],), self._register, self._at_once)
            await self._shown("registrations", keyed, len(registering))
            if self._keys:
                self._keys.forget()
        self._scores.begun = time.monotonic()
        with self._timed("scores"):
            scores = in_turn(tables.scores, self._of_student, self._mark, self._at_once)
            await self._shown("scores", scores, len(tables.scores))
        with self._timed("results"):
            results = in_turn(tables.outcomes.values(), lambda o: (o.student,), self._conclude, self._at_once)
            await self._shown("results", results, len(tables.outcomes))
        self.report.recorded = dict(sorted(self._recorded.items()))
        self.report.rates = {**self._pace.rates(), "scores": self._scores.rates()}
        self.report.reckon(tables)
        return self.report

    def _of_student(self, score: Score) -> tuple[tuple[Course, int]]:
        return ((self._tables.assessments[score.assessment].course, score.student),)

    def _registering(self) -> list[Registering]:
        """Every student of every presentation, those of the earliest first."""
        both = {**self._tables.outcomes, **self._tables.enrolled}
        return sorted(both, key=lambda key: (self._days[key[0]], key))

    async def _present(self, presentation: Presentation) -> None:
        """A presentation with all that it needs, and its assessments."""
        tables, course = self._tables, presentation.course
        day = self._days[course]
        code = await self._refused(
            HalfYear.of(day).opening(), department(course[0]), squad(course), teacher(course, day)
        ) or await self._refused(offering(presentation, day))
        if code:
            tables.refuse(presentation.at, code)
        else:
            tables.accept(presentation)
        self._pace()
        if assessments := tables.components[course]:
            sheet = OpenGradeSheet(teaching_class_id=class_of(course))
            code = await self._refused(sheet, scheme(course, assessments, day))
            for assessment in assessments:
                if code:
                    tables.refuse(assessment.at, code)
                else:
                    tables.accept(assessment)
                self._pace()

    async def _register(self, key: Registering) -> None:
        """Admit a student not seen before, register them, and withdraw them where they gave up."""
        tables, day = self._tables, self._days[key[0]]
        outcome, enrolled = tables.outcomes.get(key), tables.enrolled.get(key)
        if outcome and key[1] not in self._admitted:
            code = await self._refused(admission(outcome, enrolled.registered if enrolled else None, day))
            if code and code != "student_already_admitted":
                self._turned_away.add(key)
                tables.refuse(outcome.at, code)
            else:
                self._admitted.add(key[1])
        if enrolled:
            wanted: list[Command[Any]] = [registration(enrolled, outcome.attempts if outcome else 0, day)]
            if enrolled.withdrawn is not None:
                wanted.append(withdrawal(enrolled, enrolled.withdrawn, day))
            if code := await self._refused(*wanted):
                tables.refuse(enrolled.at, code)
            else:
                tables.accept(enrolled)
            self._pace()

    async def _mark(self, score: Score) -> None:
        course = self._tables.assessments[score.assessment].course
        if code := await self._refused(mark(score, course, self._days[course])):
            self._tables.refuse(score.at, code)
        else:
            self._tables.accept(score)
        self._pace()
        self._scores()

    async def _conclude(self, outcome: Outcome) -> None:
        if outcome.key not in self._turned_away:
            code = await self._refused(conclusion(outcome, outcome.result)) if outcome.result else ""
            if code:
                self._tables.refuse(outcome.at, code)
            else:
                self._tables.accept(outcome)
        self._pace()

    async def _refused(self, *commands: Command[Any]) -> str:
        """Give commands one after the other; the code of the first refusal, which ends it, or nothing."""
        for command in commands:
            try:
                await self._give(command)
            except Rejected as no:
                return no.code
        return ""

    async def _give(self, command: Command[Any]) -> Receipt:
        for again in range(PATIENCE):
            try:
                receipt = await self._desk.submit(
                    command,
                    person_id=SYSTEM[IMPORT].person_id,
                    key=f"oulad:{command.NAME}:{command.model_dump_json()}",
                    source=IMPORT,
                    received_at=self._received_at,
                    correlation="oulad",
                )
                break
            except Busy:
                await asyncio.sleep(0.01 * 2 ** min(again, 7))
        else:
            raise Busy(command.NAME)
        self.report.commands += 1
        if receipt.repeated:
            self.report.repeated_commands += 1
        else:
            self.report.events += len(receipt.events)
            self._recorded.update(told.type for told in receipt.events)
        return receipt

    async def _shown(self, title: str, done: AsyncIterator[tuple[Any, None]], total: int) -> None:
        """Go through everything, telling the progress bar."""
        bar = self._progress.add_task(_TITLES[title], total=total) if self._progress else None
        async for _ in done:
            if self._progress and bar is not None:
                self._progress.advance(bar)

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.report.seconds[part] = round(time.monotonic() - begun, 2)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Keep the collector from what was read, which stays to the end: walking it is a sixth of the work."""
    kept = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*kept)
        gc.unfreeze()


async def import_oulad(
    desk: Desk,
    folder: Path,
    starts: Starts | None = None,
    *,
    keys: KeysAhead | None = None,
    refusals: Path | None = None,
    progress: Progress | None = None,
    received_at: datetime | None = None,
    at_once: int = AT_ONCE,
) -> OuladReport:
    """Import a folder of the data set: the whole of it or some presentations.

    `keys` lets the students' keys be made many at a time; `refusals` is the CSV file that refused rows are written to.
    Raises Unknown("table_missing").
    """
    begun = time.monotonic()
    tables = await asyncio.to_thread(gathered, folder)
    reading = round(time.monotonic() - begun, 2)
    importing = Import(
        desk, tables, starts or Starts(), keys=keys, progress=progress, received_at=received_at, at_once=at_once
    )
    importing.report.seconds["reading"] = reading
    with _seldom_collected():
        report = await importing.run()
    if refusals and tables.refused:
        in_order = sorted(tables.refused, key=lambda row: (row.file, row.number))
        await asyncio.to_thread(write, refusals, in_order, words())
    return report
