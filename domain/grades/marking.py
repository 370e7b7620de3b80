"""Entering marks 录入: one at a time, each only with what the sheet, the student and the exam say of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar

from domain import Conflict, Context, Day, Event, Line, Reads, StudentId, TeachingClassId, Unknown
from domain.access import ACADEMIC, ACADEMIC_HEAD, IMPORT, TEACHER, anywhere
from domain.exams import EXAM_RECORDS, MEMBER_FACTS
from domain.grades.events import (
    STANDING,
    Component,
    Hundredths,
    MarkChangedBeforeSubmission,
    MarkRecorded,
    MarkTransferred,
    Special,
    mark_of,
)
from domain.grades.rules import AFTER_WITHDRAWAL
from domain.grades.sheet import AboutSheet, Sheet, of_class, own_class


class AboutMark(AboutSheet):
    """成绩.  What entering a mark and carrying one over share: the sheet, and what is said of this one student."""

    student_id: StudentId
    component: Line
    score_hundredths: Hundredths | None = None
    special: Special = "none"
    OF_STUDENT: ClassVar[tuple[type[Event], ...]] = (*MEMBER_FACTS, *EXAM_RECORDS)

    def reads(self) -> list[Reads]:
        return [
            *super().reads(),
            Reads(self.OF_STUDENT, (self.student_id, self.teaching_class_id)),
            Reads(STANDING, (mark_of(self.teaching_class_id, self.student_id, self.component),)),
        ]

    def find(self, state: Sheet) -> None:
        super().find(state)
        if state.scheme and state.component(self.component) is None:
            raise Unknown("component_unknown", teaching_class=self.teaching_class_id)

    def check_score(self) -> None:
        """Raise unless there is either a score or a reason for none."""
        if (self.score_hundredths is None) == (self.special == "none"):
            raise Conflict("score_or_special", student=self.student_id)

    def open_component(self, state: Sheet) -> Component:
        """The component, if marks may be entered in it now."""
        self.check_stage(state, "open", "returned")
        component = state.component(self.component)
        if component is None:
            raise Conflict("scheme_not_set", teaching_class=self.teaching_class_id)
        if not state.members.ever(self.student_id):
            raise Conflict("student_not_on_roster", students=[self.student_id])
        return component


class RecordMark(AboutMark):
    """录入成绩.  A student's mark in a component, or why there is none; after submission nobody enters one.  Seed: D13.

    `no_score`: handed in and not graded.  Whoever gave the course up gets a mark for what was handed in before.
    """

    may = {TEACHER: own_class, IMPORT: anywhere}
    submitted_on: Day | None = None

    def decide(self, state: Sheet, given: Context) -> Iterator[Event]:
        component = self.open_component(state)
        self.check_score()
        if given.actor.role == TEACHER:
            self._check_teacher(state, given.today)
        self._check_taking(state, given)
        if component.kind == "final":
            self._check_exam(state)
        due, handed_in = component.due_on, self.submitted_on
        said: dict[str, Any] = {
            **of_class(state),
            "student_id": self.student_id,
            "component": self.component,
            "score_hundredths": self.score_hundredths,
            "special": self.special,
            "submitted_on": handed_in,
            "late": due is not None and handed_in is not None and handed_in > due,
            "recorded_by": given.actor.person_id,
        }
        known = state.marks.get(self.student_id, {}).get(self.component)
        if known is None:
            yield MarkRecorded(**said)
        elif known.banked or (known.score_hundredths, known.special, known.submitted_on) != (
            self.score_hundredths,
            self.special,
            handed_in,
        ):
            yield MarkChangedBeforeSubmission(**said, before=known.score)

    def _check_teacher(self, state: Sheet, today: date) -> None:
        assert state.opened
        if state.opened.closes_on and today > state.opened.closes_on:
            raise Conflict(
                "entry_window_closed", teaching_class=self.teaching_class_id, last_day=state.opened.closes_on
            )
        if self.special == "deferred":
            raise Conflict("deferral_by_office_only", student=self.student_id)

    def _check_taking(self, state: Sheet, given: Context) -> None:
        left = state.members.left(self.student_id, self.submitted_on or given.today)
        if left and given.rules.at(given.now)(AFTER_WITHDRAWAL) == "refuse":
            raise Conflict("student_withdrawn", student=self.student_id, withdrawn_on=left)

    def _check_exam(self, state: Sheet) -> None:
        """What the exam has on record of the student stands above what the teacher enters."""
        recorded = state.recorded(self.student_id)
        if "deferral" in recorded:
            raise Conflict("student_deferred", student=self.student_id)
        if self.special != "none":
            return
        if "bar" in recorded:
            raise Conflict("barred_from_exam", student=self.student_id)
        if "violation" in recorded:
            raise Conflict("exam_violation_on_record", student=self.student_id)
        if "absence" in recorded:
            raise Conflict("exam_absence_on_record", student=self.student_id)


class TransferMark(AboutMark):
    """转入成绩.  A mark carried over from an earlier attempt; nothing was handed in for it.  Seed: D13."""

    may = {ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    from_teaching_class_id: TeachingClassId | None = None

    def decide(self, state: Sheet, given: Context) -> Iterator[Event]:
        self.open_component(state)
        self.check_score()
        known = state.marks.get(self.student_id, {}).get(self.component)
        if known is not None and not isinstance(known, MarkTransferred):
            raise Conflict("mark_already_recorded", student=self.student_id)
        said = MarkTransferred(
            **of_class(state),
            student_id=self.student_id,
            component=self.component,
            score_hundredths=self.score_hundredths,
            special=self.special,
            banked=True,
            from_teaching_class_id=self.from_teaching_class_id,
            recorded_by=given.actor.person_id,
        )
        if known is None or (known.score, known.from_teaching_class_id) != (said.score, said.from_teaching_class_id):
            yield said
