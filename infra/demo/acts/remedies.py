"""After the grades: corrections along their route, reviews students ask for, exams sat again.  Seed: D13."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from domain import Command, derived
from domain.access import ACADEMIC, HEAD
from domain.grades import (
    ApproveGradeCorrection,
    ConcludeGradeReview,
    RecordMakeupMark,
    RefuseGradeCorrection,
    RequestGradeCorrection,
    RequestGradeReview,
)
from infra.demo.acts import Act
from infra.demo.acts.scores import FINAL, Course, Scores
from infra.demo.acts.texts import CORRECTED_FOR
from infra.demo.scene import Scene

CORRECTED, GRANTED, REVIEWED, TO_BE_CORRECTED = 0.008, 0.75, 0.006, 0.3
RESAT_AFTER: Final = timedelta(days=21)
RESAT_SHARE: Final = 0.85


class Remedies:
    """What is done about grades once they are submitted."""

    def __init__(self, scene: Scene, scores: Scores) -> None:
        self._scene, self._scores, self._chances = scene, scores, scene.chances

    def acts(self, course: Course, confirmed: datetime, published: datetime | None) -> Iterator[Act]:
        keen = 1 + 0.7 * self._chances.keenness(course.department_id, "corrections")
        # The first one's marks may have changed when the sheet was returned.
        for student in self._scores.students(course, self._scene.weeks)[1:]:
            if student in self._scene.moved or self._scores.exam(course, student) != "sat":
                continue
            dice = self._chances.dice("remedy", course.class_id, student)
            if dice.random() < CORRECTED * keen:
                yield from self._correction(course, student, confirmed + timedelta(days=1), dice.random() < GRANTED)
            elif published and dice.random() < REVIEWED:
                yield from self._review(course, student, published + timedelta(days=1))
            elif published and self._scores.failed(course, student) and dice.random() < RESAT_SHARE:
                again = published + RESAT_AFTER
                yield Act(again, (course.class_id, student), partial(self._resit, course, student))

    def _correction(self, course: Course, student: str, asked: datetime, granted: bool) -> Iterator[Act]:
        """Asked by the teacher, decided by the head, then by academic affairs."""
        concerns = (course.class_id, student)
        yield Act(asked, concerns, partial(self._ask, course, student))
        yield Act(asked + timedelta(days=1), concerns, partial(self._decide, HEAD, True, course, student))
        yield Act(asked + timedelta(days=3), concerns, partial(self._decide, ACADEMIC, granted, course, student))

    def _review(self, course: Course, student: str, asked: datetime) -> Iterator[Act]:
        concerns = (course.class_id, student)
        yield Act(asked, concerns, partial(self._request, course, student))
        yield Act(asked + timedelta(days=4), concerns, partial(self._conclude, course, student))

    def _named(self, course: Course, student: str, what: str) -> dict[str, Any]:
        named = {"teaching_class_id": course.class_id, "student_id": student}
        return {**named, f"{what}_id": derived(what, "demo", course.class_id, student)}

    async def _said(self, command: Command[Any], at: datetime, by: str, what: str, course: Course, who: str) -> None:
        await self._scene.said(command, at, by, what, course.class_id, who)

    async def _ask(self, course: Course, student: str, at: datetime) -> None:
        dice, known = self._chances.dice("correction", course.class_id, student), self._score(course, student)
        command = RequestGradeCorrection(
            **self._named(course, student, "correction"),
            component=FINAL,
            score_hundredths=known + 500 if known <= 9_500 else known - 500,
            reason=dice.choice(CORRECTED_FOR),
            evidence="试卷复印件",
        )
        await self._said(command, at, course.teacher_id, "correction", course, student)

    def _score(self, course: Course, student: str) -> int:
        return self._scores.score(course, student, FINAL)

    async def _decide(self, role: str, granted: bool, course: Course, student: str, at: datetime) -> None:
        named = self._named(course, student, "correction")
        command: Command[Any] = ApproveGradeCorrection(**named)
        if not granted:
            command = RefuseGradeCorrection(**named, reason="材料不足以说明登分有误")
        by = self._scene.holder(role, course.department_id if role == HEAD else None)
        await self._said(command, at, by, f"correction {role}", course, student)

    async def _request(self, course: Course, student: str, at: datetime) -> None:
        command = RequestGradeReview(**self._named(course, student, "review"), reason="与本人估分相差较大")
        by = await self._scene.as_student(student, at)
        await self._said(command, at, by, "review", course, student)

    async def _conclude(self, course: Course, student: str, at: datetime) -> None:
        wrong = self._chances.dice("review", course.class_id, student).random() < TO_BE_CORRECTED
        command = ConcludeGradeReview(
            **self._named(course, student, "review"),
            outcome="to_be_corrected" if wrong else "stands",
            findings="漏加一题得分,由任课教师申请更正" if wrong else "复核试卷,分数无误",
        )
        by = self._scene.holder(HEAD, course.department_id)
        await self._said(command, at, by, "review conclude", course, student)

    async def _resit(self, course: Course, student: str, at: datetime) -> None:
        score = min(self._score(course, student) + 1_200, 8_500)
        command = RecordMakeupMark(
            teaching_class_id=course.class_id,
            student_id=student,
            score_hundredths=score,
            taken_on=self._scene.day(at) - timedelta(days=1),
        )
        await self._said(command, at, course.teacher_id, "makeup", course, student)
