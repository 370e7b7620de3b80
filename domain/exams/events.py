"""What happens around an exam: held, deferred, missed, disturbed; and who was barred from it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from domain import (
    Day,
    DepartmentId,
    Event,
    Fact,
    Line,
    Personal,
    PersonId,
    StudentId,
    TeachingClassId,
    TermId,
    Text,
    named,
)
from domain.approval import Route
from domain.duties import Duty
from domain.policies import PolicyUse
from domain.timetable.events import WeekNumber

Record = Literal["absence", "violation", "bar"]
ViolationKind = Literal["violation", "cheating"]
AboutStudent = Annotated[Text, Personal("student_id")]


class ExamHeld(Event):
    """The final exam of a teaching class took place on `day`; from then on its grades are owed."""

    NAME: ClassVar[str] = "exams.exam_held"
    TITLE: ClassVar[str] = "期末考试举行"
    TAGS: ClassVar[tuple[str, ...]] = ("teaching_class_id", "teacher_ids", "department_id")
    teaching_class_id: TeachingClassId
    term_id: TermId
    week: WeekNumber | None
    day: Day
    department_id: DepartmentId
    teacher_ids: tuple[PersonId, ...]
    course_name: Line
    duty: Duty
    policies: tuple[PolicyUse, ...] = ()

    def tags(self) -> tuple[str, ...]:
        return (*super().tags(), named(self.teaching_class_id))


class OfSitting(Fact):
    """One student and one exam, as every event about them states it.

    `department_id` is the student's (A-student), `offering_department_id` offers the course (A-teach).
    """

    teaching_class_id: TeachingClassId
    student_id: StudentId
    term_id: TermId
    department_id: DepartmentId
    offering_department_id: DepartmentId
    teacher_ids: tuple[PersonId, ...]
    course_name: Line

    def tags(self) -> tuple[str, ...]:
        told = (self.student_id, self.teaching_class_id, self.department_id, self.offering_department_id)
        return tuple(dict.fromkeys((*told, *self.teacher_ids)))


class OfDeferral(OfSitting):
    """A request to sit an exam later, as every event about it states it."""

    deferral_id: Line
    requested_by: PersonId

    def tags(self) -> tuple[str, ...]:
        return (self.deferral_id, *super().tags())


class DeferralRequested(OfDeferral, Event):
    """A student asked to sit an exam later; the route of approval is frozen here."""

    NAME: ClassVar[str] = "exams.deferral_requested"
    TITLE: ClassVar[str] = "申请缓考"
    requested_for: PersonId | None = None
    reason: AboutStudent
    evidence: Line
    route: Route
    policies: tuple[PolicyUse, ...] = ()


class DeferralAdvanced(OfDeferral, Event):
    """A step of a deferral's route that is not the last agreed."""

    NAME: ClassVar[str] = "exams.deferral_advanced"
    TITLE: ClassVar[str] = "缓考审批通过一级"
    approved_by: PersonId
    approved_for: PersonId | None = None


class DeferralApproved(OfDeferral, Event):
    """The last step agreed: the student has no mark in the final exam yet, and sits it later."""

    NAME: ClassVar[str] = "exams.deferral_approved"
    TITLE: ClassVar[str] = "缓考获批"
    approved_by: PersonId
    approved_for: PersonId | None = None


class DeferralRefused(OfDeferral, Event):
    """A step of a deferral's route said no."""

    NAME: ClassVar[str] = "exams.deferral_refused"
    TITLE: ClassVar[str] = "缓考未获批准"
    refused_by: PersonId
    reason: AboutStudent


class ExamAbsenceRecorded(OfSitting, Event):
    """A student did not come to the exam and had no leave to."""

    NAME: ClassVar[str] = "exams.absence_recorded"
    TITLE: ClassVar[str] = "记录缺考"
    day: Day
    recorded_by: PersonId


class ExamViolationRecorded(OfSitting, Event):
    """A student broke the rules of the exam, or cheated in it."""

    NAME: ClassVar[str] = "exams.violation_recorded"
    TITLE: ClassVar[str] = "记录考试违纪"
    day: Day
    kind: ViolationKind
    description: AboutStudent
    evidence: Line | None
    recorded_by: PersonId


class BarredFromExam(OfSitting, Event):
    """Academic affairs decided that a student may not sit the exam, by a document."""

    NAME: ClassVar[str] = "exams.barred"
    TITLE: ClassVar[str] = "取消考试资格"
    day: Day
    reason: AboutStudent
    document_no: Line
    decided_by: PersonId


class ExamRecordRevoked(OfSitting, Event):
    """An absence, a violation or a bar was recorded wrongly and no longer stands."""

    NAME: ClassVar[str] = "exams.record_revoked"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "撤销考试记录"
    day: Day
    record: Record
    reason: AboutStudent
    revoked_by: PersonId


DEFERRAL_FACTS = (DeferralRequested, DeferralAdvanced, DeferralApproved, DeferralRefused)
# What an exam says of a mark in the final component.
EXAM_RECORDS = (DeferralApproved, ExamAbsenceRecorded, ExamViolationRecorded, BarredFromExam, ExamRecordRevoked)
