"""What an exam leaves on record 考试记录: that it was held, who did not come, who broke its rules, who was barred."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Self

from domain import (
    Command,
    Conflict,
    Context,
    Day,
    Event,
    Line,
    Personal,
    Reads,
    Reason,
    TeachingClassId,
    Text,
    Unknown,
    named,
)
from domain.access import ACADEMIC, ACADEMIC_HEAD, IMPORT, SECRETARY, TEACHER, anywhere, own_department
from domain.calendar import TermOpened
from domain.duties import Duty
from domain.exams.events import (
    BarredFromExam,
    ExamAbsenceRecorded,
    ExamHeld,
    ExamRecordRevoked,
    ExamViolationRecorded,
    Record,
    ViolationKind,
)
from domain.exams.rules import ENTRY_DAYS, entry_due
from domain.exams.sitting import AboutSitting, Sitting, offering_department, own_class
from domain.timetable import OfferingOpened


@dataclass(frozen=True)
class Exam:
    """One teaching class's exam."""

    offering: OfferingOpened | None = None
    term: TermOpened | None = None
    held: ExamHeld | None = None

    @property
    def department_id(self) -> str | None:
        return self.offering.department_id if self.offering else None

    def after(self, event: Event) -> Self:
        match event:
            case OfferingOpened():
                return replace(self, offering=event)
            case TermOpened():
                return replace(self, term=event)
            case ExamHeld():
                return replace(self, held=event)
        return self


class RecordExamHeld(Command[Exam]):
    """登记考试结束.  Says on which day a class's exam was held; from then on its grades are owed.  Seed: D39, D13."""

    may = {SECRETARY: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    teaching_class_id: TeachingClassId
    held_on: Day

    def reads(self) -> list[Reads]:
        return [Reads((OfferingOpened, ExamHeld), (named(self.teaching_class_id),))]

    def more(self, state: Exam) -> Sequence[Reads]:
        if state.offering is None:
            return [Reads((OfferingOpened,), (self.teaching_class_id,))]
        return [Reads((TermOpened,), (state.offering.term_id,))]

    def find(self, state: Exam) -> None:
        if state.offering is None:
            raise Unknown("offering_unknown", teaching_class=self.teaching_class_id)

    def decide(self, state: Exam, given: Context) -> Iterator[Event]:
        offering = state.offering
        assert offering
        if state.held:
            if state.held.day != self.held_on:
                raise Conflict("exam_already_held", teaching_class=self.teaching_class_id, held_on=state.held.day)
            return
        if self.held_on > given.today:
            raise Conflict("exam_in_future", teaching_class=self.teaching_class_id, held_on=self.held_on)
        rules = given.rules.at(given.now)
        yield ExamHeld(
            teaching_class_id=self.teaching_class_id,
            term_id=offering.term_id,
            week=state.term.week(self.held_on) if state.term else None,
            day=self.held_on,
            department_id=offering.department_id,
            teacher_ids=offering.teacher_ids,
            course_name=offering.course_name,
            duty=Duty(
                key=f"grade_entry/{self.teaching_class_id}",
                kind="grade_entry",
                about=self.teaching_class_id,
                person_id=offering.teacher_ids[0] if offering.teacher_ids else None,
                department_id=offering.department_id,
                opened_at=given.now,
                due_at=entry_due(self.held_on, rules(ENTRY_DAYS), given.zone),
            ),
            policies=rules.used(ENTRY_DAYS),
        )


class RecordAbsence(AboutSitting):
    """登记缺考.  A student did not come to the exam.  Seed: D39."""

    may = {TEACHER: own_class, SECRETARY: offering_department, ACADEMIC: anywhere, IMPORT: anywhere}

    def decide(self, state: Sitting, given: Context) -> Iterator[Event]:
        if "absence" in state.records:
            return
        self.check_member(state, given)
        if state.deferred:
            raise Conflict("student_deferred", student=self.student_id)
        yield ExamAbsenceRecorded(**self.told(state, given), day=given.today, recorded_by=given.actor.person_id)


class RecordViolation(AboutSitting):
    """登记违纪.  A student broke the rules of the exam, or cheated in it.  Seed: D39, D16.

    The same kind once more says nothing new; what is sealed is not compared.
    """

    may = {TEACHER: own_class, SECRETARY: offering_department, ACADEMIC: anywhere, IMPORT: anywhere}
    kind: ViolationKind
    description: Annotated[Text, Personal("student_id")]
    evidence: Line | None = None

    def decide(self, state: Sitting, given: Context) -> Iterator[Event]:
        known = state.records.get("violation")
        if isinstance(known, ExamViolationRecorded):
            if known.kind != self.kind:
                raise Conflict("violation_already_recorded", student=self.student_id, kind=known.kind)
            return
        self.check_member(state, given)
        yield ExamViolationRecorded(
            **self.told(state, given),
            day=given.today,
            kind=self.kind,
            description=self.description,
            evidence=self.evidence,
            recorded_by=given.actor.person_id,
        )


class BarFromExam(AboutSitting):
    """取消考试资格.  A student may not sit the exam, mostly for a third of the hours missed.  Seed: D13."""

    may = {ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere}
    reason: Annotated[Reason, Personal("student_id")]
    document_no: Line

    def decide(self, state: Sitting, given: Context) -> Iterator[Event]:
        known = state.records.get("bar")
        if isinstance(known, BarredFromExam):
            if known.document_no != self.document_no:
                raise Conflict("barred_from_exam", student=self.student_id)
            return
        self.check_member(state, given)
        yield BarredFromExam(
            **self.told(state, given),
            day=given.today,
            reason=self.reason,
            document_no=self.document_no,
            decided_by=given.actor.person_id,
        )


class RevokeExamRecord(AboutSitting):
    """撤销考试记录.  An absence, a violation or a bar was wrong and no longer stands.  Seed: D39."""

    may = {ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere}
    record: Record
    reason: Annotated[Reason, Personal("student_id")]

    def find(self, state: Sitting) -> None:
        super().find(state)
        if self.record not in state.records:
            raise Unknown("exam_record_unknown", student=self.student_id, record=self.record)

    def decide(self, state: Sitting, given: Context) -> Iterator[Event]:
        yield ExamRecordRevoked(
            **self.told(state, given),
            day=given.today,
            record=self.record,
            reason=self.reason,
            revoked_by=given.actor.person_id,
        )
