"""One grade sheet as its facts tell it, and what the commands on it share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from domain import (
    Actor,
    Command,
    Conflict,
    Context,
    Event,
    NotAllowed,
    Reads,
    TeachingClassId,
    Unknown,
    named,
    person_of,
)
from domain.duties import Duty
from domain.exams import (
    BarredFromExam,
    DeferralApproved,
    ExamAbsenceRecorded,
    ExamHeld,
    ExamRecordRevoked,
    ExamViolationRecorded,
    Members,
)
from domain.grades.events import (
    SHEET_FACTS,
    Component,
    CourseGrade,
    CourseGradesReckoned,
    GradeCorrected,
    GradeSchemeSet,
    GradeSheetOpened,
    GradeSheetSubmitted,
    GradesPublished,
    MakeupMarkRecorded,
    MarkChangedBeforeSubmission,
    MarkRecorded,
    MarkTransferred,
    OfClass,
    OfSheet,
    Score,
    Stage,
)
from domain.timetable import OfferingOpened

ENTERABLE = ("open", "returned")
SHEET = (OfferingOpened, ExamHeld, *SHEET_FACTS)


def own_class(command: Any, state: Any, actor: Actor) -> bool:
    """c: a teacher of the class, or who acts for one."""
    return state.offering is not None and bool({actor.person_id, actor.on_behalf_of} & set(state.offering.teacher_ids))


def the_student(command: Any, state: Any, actor: Actor) -> bool:
    """o: the student concerned."""
    return actor.person_id == person_of(command.student_id)


@dataclass(frozen=True)
class Sheet:
    """A grade sheet, its students and their marks, as far as they were read.

    The dictionaries grow in place, since a class of thousands has tens of thousands of marks: a fold must begin with
    a blank of its own (see AboutSheet.blank).
    """

    offering: OfferingOpened | None = None
    held: ExamHeld | None = None
    stage: Stage = "closed"
    opened: GradeSheetOpened | None = None
    scheme: GradeSchemeSet | None = None
    submitted: GradeSheetSubmitted | None = None
    published: GradesPublished | None = None
    duty: Duty | None = None
    on_time: bool | None = None
    members: Members = field(default_factory=Members)
    records: dict[str, frozenset[str]] = field(default_factory=dict)
    marks: dict[str, dict[str, MarkRecorded | MarkChangedBeforeSubmission | MarkTransferred | GradeCorrected]] = field(
        default_factory=dict
    )
    grades: dict[str, CourseGrade] = field(default_factory=dict)
    makeups: dict[str, tuple[MakeupMarkRecorded, ...]] = field(default_factory=dict)
    reckoned: int = 0

    @property
    def department_id(self) -> str | None:
        return self.offering.department_id if self.offering else None

    def after(self, event: Event) -> Self:
        match event:
            case MarkRecorded() | MarkChangedBeforeSubmission() | MarkTransferred():
                self.marks.setdefault(event.student_id, {})[event.component] = event
            case GradeCorrected():
                self.marks.setdefault(event.student_id, {})[event.component] = event
                self.grades[event.student_id] = event.grade
            case OfferingOpened():
                return replace(self, offering=event)
            case ExamHeld():
                return replace(self, held=event, duty=self.duty or event.duty)
            case OfSheet():
                return self._walked(event)
            case _:
                return self._told(event)
        return self

    def _walked(self, event: OfSheet) -> Self:
        duty = event.duty or self.duty
        known = self if duty is self.duty and event.on_time is None else replace(self, duty=duty, on_time=event.on_time)
        match event:
            case GradeSheetOpened():
                return replace(known, opened=event, stage=event.state)
            case GradeSchemeSet():
                return replace(known, scheme=event, stage=event.state)
            case GradeSheetSubmitted():
                return replace(known, submitted=event, stage=event.state)
            case GradesPublished():
                return replace(known, published=event, stage=event.state)
        return replace(known, stage=event.state)

    def _told(self, event: Event) -> Self:
        match event:
            case CourseGradesReckoned():
                return self._reckoned(event)
            case MakeupMarkRecorded():
                self.makeups[event.student_id] = (*self.makeups.get(event.student_id, ()), event)
                self.grades[event.student_id] = event.grade
            case DeferralApproved():
                self._record(event.student_id, "deferral")
            case ExamAbsenceRecorded():
                self._record(event.student_id, "absence")
            case ExamViolationRecorded():
                self.records[event.student_id] = self.recorded(event.student_id) | {"violation", event.kind}
            case BarredFromExam():
                self._record(event.student_id, "bar")
            case ExamRecordRevoked():
                self._revoke(event)
            case _:
                return replace(self, members=self.members.after(event))
        return self

    def _reckoned(self, event: CourseGradesReckoned) -> Self:
        if event.submission != self.reckoned:
            self.grades.clear()
        self.grades.update(event.grades)
        return replace(self, reckoned=event.submission)

    def _record(self, student_id: str, record: str) -> None:
        self.records[student_id] = self.recorded(student_id) | {record}

    def _revoke(self, event: ExamRecordRevoked) -> None:
        fallen = {"violation", "cheating"} if event.record == "violation" else {event.record}
        self.records[event.student_id] = self.recorded(event.student_id) - fallen

    def recorded(self, student_id: str) -> frozenset[str]:
        """What the exam has on record of a student: deferral, absence, violation, cheating, bar."""
        return self.records.get(student_id, frozenset())

    def component(self, key: str) -> Component | None:
        """The component of that key."""
        return next((c for c in self.scheme.components if c.key == key), None) if self.scheme else None

    def scores(self, student_id: str) -> dict[str, Score]:
        """A student's scores by component."""
        return {key: mark.score for key, mark in self.marks.get(student_id, {}).items()}

    @property
    def lapsed(self) -> bool:
        return self.duty is not None and self.duty.state == "lapsed"


def of_class(state: Sheet) -> dict[str, Any]:
    """What an event about a grade says of the teaching class."""
    offering = state.offering
    assert offering
    return {name: getattr(offering, name) for name in OfClass.model_fields}


def of_sheet(state: Sheet, stage: Stage | None = None) -> dict[str, Any]:
    """What an event about the sheet says of it, come to `stage`; `duty` is told by those that settle it."""
    offering, held, sent = state.offering, state.held, state.submitted
    assert offering
    return {
        **of_class(state),
        "course_name": offering.course_name,
        "state": stage or state.stage,
        "week": held.week if held else None,
        "day": held.day if held else None,
        "due_at": state.duty.due_at if state.duty else None,
        "submitted_at": sent.submitted_at if sent else None,
        "on_time": state.on_time,
        "members": sent.members if sent else None,
        "marks": sent.marks if sent else None,
    }


class AboutSheet(Command[Sheet]):
    """成绩单.  What the commands on one grade sheet share."""

    teaching_class_id: TeachingClassId
    TYPES: ClassVar[tuple[type[Event], ...]] = SHEET

    def reads(self) -> list[Reads]:
        # A class of thousands has tens of thousands of marks; what concerns the sheet itself has a tag of its own.
        return [Reads(self.TYPES, (named(self.teaching_class_id),))]

    def more(self, state: Sheet) -> Sequence[Reads]:
        # Offerings opened before they carried that tag are looked for among all that mentions the class.
        return [] if state.offering else [Reads((OfferingOpened,), (self.teaching_class_id,))]

    def find(self, state: Sheet) -> None:
        if state.offering is None:
            raise Unknown("offering_unknown", teaching_class=self.teaching_class_id)

    def check_stage(self, state: Sheet, *wanted: Stage) -> None:
        """Raise unless the sheet has come as far as one of `wanted` and no farther."""
        if state.stage in wanted:
            return
        said = {"teaching_class": self.teaching_class_id, "state": state.stage}
        if state.stage == "closed":
            raise Conflict("sheet_not_open", **said)
        if wanted == ("published",):
            raise Conflict("grades_not_published", **said)
        if state.stage in ENTERABLE:
            raise Conflict("sheet_not_submitted", **said)
        if wanted == ("confirmed",) and state.stage == "submitted":
            raise Conflict("sheet_not_confirmed", **said)
        raise Conflict("sheet_locked", **said)

    def check_disinterested(self, state: Sheet, given: Context, *others: str | None) -> None:
        """Raise when a teacher of the class, or one of `others`, decides about it, or somebody on their behalf."""
        offering = state.offering
        assert offering
        if ({given.actor.person_id, given.actor.on_behalf_of} - {None}) & {*offering.teacher_ids, *others}:
            raise NotAllowed("self_approval_forbidden", teaching_class=self.teaching_class_id)
