"""Grade sheets: opened, filled, submitted in time or not, returned, confirmed, published.  Seed: D13, D39."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, Final

from domain import Command
from domain.access import ACADEMIC, SECRETARY
from domain.exams import RecordExamHeld
from domain.grades import (
    Component,
    ConfirmGradeSheet,
    OpenGradeSheet,
    PublishGrades,
    RecordMark,
    ReturnGradeSheet,
    SetGradeScheme,
    SubmitGradeSheet,
)
from infra.demo.acts import Act
from infra.demo.acts.exams import Exams
from infra.demo.acts.remedies import Remedies
from infra.demo.acts.scores import FINAL, MIDTERM, REGULAR, Course, Scores
from infra.demo.scene import Scene

SHORT: Final = 14  # a course whose last week is no later is over, and graded, within the semester
EXAMINED_EARLY: Final = 0.04  # of the long courses, in the last week but one
WITH_MIDTERM: Final = 0.15
MIDTERM_WEEKS: Final = (9, 11)
ENTRY_DAYS: Final = 7
LATE, NEVER, RETURNED, CONFIRMED, PUBLISHED = 0.06, 0.02, 0.05, 0.95, 0.95
AT_ONCE: Final = 16
WHOLE: Final[tuple[Component, ...]] = (
    Component(key=REGULAR, title="平时", kind="regular", weight_hundredths=4_000),
    Component(key=FINAL, title="期末", kind="final", weight_hundredths=6_000),
)
LONG: Final[tuple[Component, ...]] = (
    Component(key=REGULAR, title="平时", kind="regular", weight_hundredths=3_000),
    Component(key=MIDTERM, title="期中", kind="midterm", weight_hundredths=2_000),
    Component(key=FINAL, title="期末", kind="final", weight_hundredths=5_000),
)


class Sheets:
    """The grade sheets of the courses that end within the semester, and the mid-term marks of some that do not."""

    title = "成绩 · grades"

    def __init__(self, scene: Scene) -> None:
        self._scene, self._chances = scene, scene.chances
        self._scores = Scores(scene)
        self._exams, self._remedies = Exams(scene, self._scores), Remedies(scene, self._scores)

    def acts(self) -> Iterator[Act]:
        for number in range(len(self._scene.sections)):
            if course := self._scores.course(number):
                yield from self._of(course)

    def _of(self, course: Course) -> Iterator[Act]:
        dice, weeks = self._chances.dice("sheet", course.class_id), self._scene.weeks
        if course.last_week <= min(SHORT, weeks - 2):
            day = self._scene.on(course.last_week + 1, dice.randint(1, 5))
        elif dice.random() < EXAMINED_EARLY:
            day = self._scene.on(weeks - 1, dice.randint(1, 3))
        elif dice.random() < WITH_MIDTERM and weeks > MIDTERM_WEEKS[1]:
            yield from self._midterm(course, dice)
            return
        else:
            return
        held = self._scene.moment(day, dice.choice((11.5, 16, 17)))
        yield from self._opened(course, held - timedelta(days=6), WHOLE)
        yield from self._exams.acts(course, held)
        yield Act(held, (course.class_id,), partial(self._hold, course))
        yield from self._graded(course, held, dice)

    def _opened(self, course: Course, at: datetime, components: tuple[Component, ...]) -> Iterator[Act]:
        yield Act(at, (course.class_id,), partial(self._open, course))
        yield Act(at + timedelta(hours=1), (course.class_id,), partial(self._set_scheme, course, components))

    def _midterm(self, course: Course, dice: Random) -> Iterator[Act]:
        """Marks of the mid-term exam; the sheet stays open."""
        day = self._scene.on(dice.randint(*MIDTERM_WEEKS), dice.randint(1, 5))
        at = self._scene.moment(day, dice.uniform(13, 19))
        yield from self._opened(course, at - timedelta(days=4), LONG)
        yield Act(at, (course.class_id,), partial(self._enter, course, (MIDTERM,)))

    def _graded(self, course: Course, held: datetime, dice: Random) -> Iterator[Act]:
        """What becomes of the sheet after the exam."""
        scene, day = self._scene, self._scene.day(held)
        slack = self._chances.slack(course.department_id, "grades", scene.week(day))
        fell = dice.random() / slack
        if fell < NEVER:
            return
        days = ENTRY_DAYS + 1 + dice.randrange(6) if fell < NEVER + LATE else dice.choice((2, 3, 4, 5, 6, 7))
        submitted = scene.moment(day + timedelta(days=days), dice.uniform(9, 21))
        concerns = (course.class_id,)
        yield Act(submitted, concerns, partial(self._enter, course, (REGULAR, FINAL)))
        yield Act(submitted + timedelta(minutes=20), concerns, partial(self._submit, course))
        if dice.random() < RETURNED:
            back = scene.moment(scene.workday(scene.day(submitted), 1), 9.5)
            yield Act(back, concerns, partial(self._return, course))
            submitted = back + timedelta(hours=26)
            yield Act(submitted, concerns, partial(self._change, course))
            yield Act(submitted + timedelta(minutes=20), concerns, partial(self._submit, course))
        if dice.random() < CONFIRMED:
            confirmed = scene.moment(scene.workday(scene.day(submitted), dice.choice((1, 1, 2))), dice.uniform(13, 16))
            yield Act(confirmed, concerns, partial(self._confirm, course))
            published = None
            if dice.random() < PUBLISHED:
                published = scene.moment(scene.workday(scene.day(confirmed), dice.choice((1, 2, 3))), 15)
                yield Act(published, concerns, partial(self._publish, course))
            yield from self._remedies.acts(course, confirmed, published)

    async def _said(self, command: Command[Any], at: datetime, by: str, what: str, course: Course) -> None:
        await self._scene.said(command, at, by, what, course.class_id)

    def _secretary(self, course: Course) -> str:
        return self._scene.holder(SECRETARY, course.department_id)

    async def _open(self, course: Course, at: datetime) -> None:
        command = OpenGradeSheet(teaching_class_id=course.class_id)
        await self._said(command, at, self._secretary(course), "sheet open", course)

    async def _set_scheme(self, course: Course, components: tuple[Component, ...], at: datetime) -> None:
        command = SetGradeScheme(teaching_class_id=course.class_id, components=components)
        await self._said(command, at, course.teacher_id, "scheme", course)

    async def _hold(self, course: Course, at: datetime) -> None:
        command = RecordExamHeld(teaching_class_id=course.class_id, held_on=self._scene.day(at))
        await self._said(command, at, self._secretary(course), "exam held", course)

    async def _enter(self, course: Course, components: tuple[str, ...], at: datetime) -> None:
        """One teacher enters a whole sheet, a few seconds a mark."""
        marks = list(self._scores.marks(course, components, self._scene.week(self._scene.day(at))))

        async def enter(number: int, student: str, component: str, score: int) -> None:
            command = RecordMark(
                teaching_class_id=course.class_id,
                student_id=student,
                component=component,
                score_hundredths=score,
            )
            moment = at + timedelta(seconds=2 * number)
            await self._scene.said(command, moment, course.teacher_id, "mark", course.class_id, student, component)

        for start in range(0, len(marks), AT_ONCE):
            some = enumerate(marks[start : start + AT_ONCE], start)
            await asyncio.gather(*(enter(number, *mark) for number, mark in some))

    async def _submit(self, course: Course, at: datetime) -> None:
        command = SubmitGradeSheet(teaching_class_id=course.class_id)
        await self._scene.said(command, at, course.teacher_id, "sheet submit", course.class_id, at.isoformat())

    async def _return(self, course: Course, at: datetime) -> None:
        command = ReturnGradeSheet(teaching_class_id=course.class_id, reason="平时成绩与记录不一致,请核对")
        await self._said(command, at, self._secretary(course), "sheet return", course)

    async def _change(self, course: Course, at: datetime) -> None:
        """One mark is raised, which is what the sheet was returned for."""
        student, component, score = next(self._scores.marks(course, (REGULAR,), self._scene.weeks))
        command = RecordMark(
            teaching_class_id=course.class_id,
            student_id=student,
            component=component,
            score_hundredths=min(score + 300, 10_000),
        )
        await self._said(command, at, course.teacher_id, "mark change", course)

    async def _confirm(self, course: Course, at: datetime) -> None:
        command = ConfirmGradeSheet(teaching_class_id=course.class_id)
        await self._said(command, at, self._secretary(course), "sheet confirm", course)

    async def _publish(self, course: Course, at: datetime) -> None:
        command = PublishGrades(teaching_class_id=course.class_id)
        await self._said(command, at, self._scene.holder(ACADEMIC), "sheet publish", course)
