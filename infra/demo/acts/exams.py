"""Exams: deferred on request, missed, disturbed; and who is barred from one.  Seed: D39."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from domain import Command, derived
from domain.access import ACADEMIC, ACADEMIC_HEAD, HEAD
from domain.exams import (
    ApproveDeferral,
    BarFromExam,
    RecordAbsence,
    RecordViolation,
    RefuseDeferral,
    RequestDeferral,
)
from infra.demo.acts import Act
from infra.demo.acts.scores import Course, Scores
from infra.demo.acts.texts import DEFERRED_FOR
from infra.demo.scene import Scene


class Exams:
    """What happens around the exams."""

    def __init__(self, scene: Scene, scores: Scores) -> None:
        self._scene, self._scores = scene, scores

    def acts(self, course: Course, held: datetime) -> Iterator[Act]:
        """Of everybody who does not simply sit it."""
        for student in self._scores.students(course, self._scene.week(self._scene.day(held))):
            exam, concerns = self._scores.exam(course, student), (course.class_id, student)
            if exam in ("deferred", "refused"):
                yield Act(held - timedelta(days=4), concerns, partial(self._ask, course, student))
                yield Act(held - timedelta(days=3), concerns, partial(self._agree, HEAD, course, student))
                final = self._agree if exam == "deferred" else self._refuse
                yield Act(held - timedelta(days=2), concerns, partial(final, ACADEMIC, course, student))
            elif exam == "absent":
                yield Act(held + timedelta(hours=1), concerns, partial(self._absent, course, student))
            elif exam == "violated":
                yield Act(held + timedelta(hours=1), concerns, partial(self._violated, course, student))
            elif exam == "barred":
                yield Act(held - timedelta(days=3), concerns, partial(self._bar, course, student))

    async def _said(self, command: Command[Any], at: datetime, by: str, what: str, course: Course, who: str) -> None:
        await self._scene.said(command, at, by, what, course.class_id, who)

    def _deferral(self, course: Course, student: str) -> dict[str, Any]:
        deferral = derived("deferral", "demo", course.class_id, student)
        return {"teaching_class_id": course.class_id, "student_id": student, "deferral_id": deferral}

    async def _ask(self, course: Course, student: str, at: datetime) -> None:
        reason, evidence = self._scene.chances.dice("deferral", course.class_id, student).choice(DEFERRED_FOR)
        command = RequestDeferral(**self._deferral(course, student), reason=reason, evidence=evidence)
        by = await self._scene.as_student(student, at)
        await self._said(command, at, by, "deferral", course, student)

    async def _agree(self, role: str, course: Course, student: str, at: datetime) -> None:
        by = self._scene.holder(role, self._scene.home[student] if role == HEAD else None)
        command = ApproveDeferral(**self._deferral(course, student))
        await self._said(command, at, by, f"deferral {role}", course, student)

    async def _refuse(self, role: str, course: Course, student: str, at: datetime) -> None:
        command = RefuseDeferral(**self._deferral(course, student), reason="证明材料不符合要求")
        await self._said(command, at, self._scene.holder(role), f"deferral {role}", course, student)

    async def _absent(self, course: Course, student: str, at: datetime) -> None:
        command = RecordAbsence(teaching_class_id=course.class_id, student_id=student)
        await self._said(command, at, course.teacher_id, "exam absence", course, student)

    async def _violated(self, course: Course, student: str, at: datetime) -> None:
        kind = self._scene.chances.dice("violation", course.class_id, student).choice(("violation", "cheating"))
        command = RecordViolation.model_validate(
            {
                "teaching_class_id": course.class_id,
                "student_id": student,
                "kind": kind,
                "description": "夹带与考试有关的材料" if kind == "cheating" else "手机未按要求关机存放",
                "evidence": "考场记录单",
            }
        )
        await self._said(command, at, course.teacher_id, "exam violation", course, student)

    async def _bar(self, course: Course, student: str, at: datetime) -> None:
        command = BarFromExam(
            teaching_class_id=course.class_id,
            student_id=student,
            reason="缺课累计达到总学时三分之一",
            document_no="教考〔2026〕7号",
        )
        await self._said(command, at, self._scene.holder(ACADEMIC_HEAD), "exam bar", course, student)
