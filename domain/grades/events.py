"""What happens to a grade sheet 成绩单: opened, filled, submitted, confirmed, published; and to the marks on it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain import (
    Day,
    DepartmentId,
    Event,
    Fact,
    Line,
    Moment,
    Personal,
    PersonId,
    Reason,
    StudentId,
    TeachingClassId,
    TermId,
    Text,
    derived,
    named,
)
from domain.approval import Route
from domain.duties import Duty
from domain.policies import PolicyUse
from domain.timetable.events import WeekNumber

Mode = Literal["hundred", "five_level", "pass_fail"]
ComponentKind = Literal["regular", "midterm", "final", "practical"]
Special = Literal["none", "absent_exam", "deferred", "cheating", "exempt", "violation", "no_score"]
Outcome = Literal["graded", "absent_exam", "deferred", "cheating", "violation", "barred", "exempt"]
Level = Literal["excellent", "good", "fair", "passed", "failed"]
Attempt = Literal["regular", "makeup", "deferred"]
Anomaly = Literal["all_same_score", "many_failed"]
Stage = Literal["closed", "open", "submitted", "returned", "confirmed", "published"]
Weight = Annotated[int, Field(ge=0, le=1_000_000)]
Hundredths = Annotated[int, Field(ge=0, le=10_000)]
Count = Annotated[int, Field(ge=0)]
AboutStudent = Annotated[Text, Personal("student_id")]


class Component(Fact):
    """A part of a course grade; `weight_hundredths` in hundredths of a percent: 10,000 is the whole."""

    key: Line
    title: Line
    kind: ComponentKind
    weight_hundredths: Weight
    due_on: Day | None = None


class Score(Fact):
    """What a student has in a component: hundredths of a point out of 100, or why there is none."""

    hundredths: Hundredths | None = None
    special: Special = "none"


class CourseGrade(Fact):
    """A student's grade in a course; `total_hundredths` and `passed` are None while the exam is deferred or exempt."""

    total_hundredths: Hundredths | None
    level: Level | None
    passed: bool | None
    outcome: Outcome = "graded"
    attempt: Attempt = "regular"


class OfClass(Fact):
    """What every event about a grade says of the teaching class."""

    teaching_class_id: TeachingClassId
    term_id: TermId
    department_id: DepartmentId
    teacher_ids: tuple[PersonId, ...]


class OfSheet(OfClass):
    """A grade sheet, whole, as every event about it states it; `state` is what it has come to with the event.

    `week` and `day` are those of the exam; what concerns the submission is None before the first one.
    """

    course_name: Line
    state: Stage
    week: WeekNumber | None = None
    day: Day | None = None
    due_at: Moment | None = None
    submitted_at: Moment | None = None
    on_time: bool | None = None
    members: Count | None = None
    marks: Count | None = None
    duty: Duty | None = None

    def tags(self) -> tuple[str, ...]:
        told = (self.teaching_class_id, *self.teacher_ids, self.department_id, named(self.teaching_class_id))
        return tuple(dict.fromkeys(told))


class GradeSheetOpened(OfSheet, Event):
    """Marks may be entered; the teacher's window ends with `closes_on` (None: it does not)."""

    NAME: ClassVar[str] = "grades.sheet_opened"
    TITLE: ClassVar[str] = "开放成绩录入"
    closes_on: Day | None


class GradeSchemeSet(OfSheet, Event):
    """What a course grade is made of."""

    NAME: ClassVar[str] = "grades.scheme_set"
    TITLE: ClassVar[str] = "设定成绩构成"
    mode: Mode
    components: tuple[Component, ...]
    override_reason: Reason | None
    set_by: PersonId
    policies: tuple[PolicyUse, ...] = ()


class Bands(Fact):
    """How many students reached each level; `pending` have no grade yet."""

    excellent: Count = 0
    good: Count = 0
    fair: Count = 0
    passed: Count = 0
    failed: Count = 0
    pending: Count = 0


class GradeSheetSubmitted(OfSheet, Event):
    """Every member has a mark or a reason for none: from now on nothing is changed but by an approved correction."""

    NAME: ClassVar[str] = "grades.sheet_submitted"
    TITLE: ClassVar[str] = "提交成绩单"
    submission: Count
    submitted_by: PersonId
    bands: Bands
    anomalies: tuple[Anomaly, ...]
    policies: tuple[PolicyUse, ...] = ()


class CourseGradesReckoned(OfClass, Event):
    """The grades of some of the students, as worked out at a submission; numbered parts of at most 500."""

    NAME: ClassVar[str] = "grades.course_grades_reckoned"
    TITLE: ClassVar[str] = "核算课程成绩"
    WITHHELD: ClassVar[bool] = True
    submission: Count
    part: Count
    grades: dict[StudentId, CourseGrade]

    def tags(self) -> tuple[str, ...]:
        return (named(self.teaching_class_id), self.teaching_class_id, *self.grades)


class GradeSheetReturned(OfSheet, Event):
    """The department or the office sent the sheet back; marks may be changed again."""

    NAME: ClassVar[str] = "grades.sheet_returned"
    TITLE: ClassVar[str] = "退回成绩单"
    reason: Reason
    returned_by: PersonId


class GradeSheetConfirmed(OfSheet, Event):
    """The department checked the sheet."""

    NAME: ClassVar[str] = "grades.sheet_confirmed"
    TITLE: ClassVar[str] = "系部审核成绩单"
    confirmed_by: PersonId


class GradesPublished(OfSheet, Event):
    """The grades stand and the students see them."""

    NAME: ClassVar[str] = "grades.published"
    TITLE: ClassVar[str] = "公布成绩单"
    published_at: Moment
    published_by: PersonId


class CourseGradesPublished(OfClass, Event):
    """The grades of some of the students, published; parts of at most 500, numbered from 1.

    Part 0 is the grade of one student, published anew after a correction.
    """

    NAME: ClassVar[str] = "grades.course_grades_published"
    TITLE: ClassVar[str] = "公布课程成绩"
    course_name: Line
    part: Count
    grades: dict[StudentId, CourseGrade]

    def tags(self) -> tuple[str, ...]:
        return (self.teaching_class_id, self.department_id, *self.grades)


class GradeEntryLapsed(OfSheet, Event):
    """No grade sheet was submitted by the due moment; for ever so."""

    NAME: ClassVar[str] = "grades.entry_lapsed"
    TITLE: ClassVar[str] = "成绩录入逾期"


class GradeEntryFulfilled(OfSheet, Event):
    """The exam was put on record after its grades had been submitted: nothing is owed."""

    NAME: ClassVar[str] = "grades.entry_fulfilled"
    TITLE: ClassVar[str] = "成绩已提前提交"


def mark_of(teaching_class_id: str, student_id: str, component: str) -> str:
    """The tag of everything said about one student's mark in one component."""
    return derived("mark", teaching_class_id, student_id, component)


class OfMark(OfClass):
    """A student's mark in a component, whole, as every event about it states it; `late`: handed in after its day.

    Withheld from the student, who sees what is published.
    """

    WITHHELD: ClassVar[bool] = True
    student_id: StudentId
    component: Line
    score_hundredths: Hundredths | None
    special: Special = "none"
    submitted_on: Day | None = None
    late: bool = False
    banked: bool = False

    def tags(self) -> tuple[str, ...]:
        one = mark_of(self.teaching_class_id, self.student_id, self.component)
        return (one, self.student_id, self.teaching_class_id, self.department_id)

    @property
    def score(self) -> Score:
        return Score(hundredths=self.score_hundredths, special=self.special)


class MarkRecorded(OfMark, Event):
    """A mark was entered."""

    NAME: ClassVar[str] = "grades.mark_recorded"
    TITLE: ClassVar[str] = "录入成绩"
    recorded_by: PersonId


class MarkChangedBeforeSubmission(OfMark, Event):
    """A mark was entered otherwise, before the sheet was submitted."""

    NAME: ClassVar[str] = "grades.mark_changed"
    TITLE: ClassVar[str] = "修改成绩"
    before: Score
    recorded_by: PersonId


class MarkTransferred(OfMark, Event):
    """A mark was carried over from an earlier attempt; nothing was handed in for it."""

    NAME: ClassVar[str] = "grades.mark_transferred"
    TITLE: ClassVar[str] = "沿用以往成绩"
    from_teaching_class_id: TeachingClassId | None
    recorded_by: PersonId


MARKS = (MarkRecorded, MarkChangedBeforeSubmission, MarkTransferred)


class OfCorrection(OfClass):
    """A request to change a mark after submission, as every event about it states it."""

    WITHHELD: ClassVar[bool] = True
    correction_id: Line
    student_id: StudentId
    component: Line
    before: Score
    after: Score
    requested_by: PersonId

    def tags(self) -> tuple[str, ...]:
        told = (self.correction_id, self.student_id, self.teaching_class_id, *self.teacher_ids, self.department_id)
        return tuple(dict.fromkeys(told))


class GradeCorrectionRequested(OfCorrection, Event):
    """A teacher asked that a mark be changed after submission; the route of approval is frozen here."""

    NAME: ClassVar[str] = "grades.correction_requested"
    TITLE: ClassVar[str] = "申请更正成绩"
    requested_for: PersonId | None = None
    review_id: Line | None = None
    reason: AboutStudent
    evidence: Line
    route: Route
    policies: tuple[PolicyUse, ...] = ()


class GradeCorrectionAdvanced(OfCorrection, Event):
    """A step of a correction's route that is not the last agreed."""

    NAME: ClassVar[str] = "grades.correction_advanced"
    TITLE: ClassVar[str] = "成绩更正审批通过一级"
    approved_by: PersonId
    approved_for: PersonId | None = None


class GradeCorrectionApproved(OfCorrection, Event):
    """The last step agreed."""

    NAME: ClassVar[str] = "grades.correction_approved"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "成绩更正获批"
    approved_by: PersonId
    approved_for: PersonId | None = None


class GradeCorrectionRefused(OfCorrection, Event):
    """A step of a correction's route said no."""

    NAME: ClassVar[str] = "grades.correction_refused"
    TITLE: ClassVar[str] = "成绩更正未获批准"
    refused_by: PersonId
    reason: AboutStudent


class GradeCorrected(OfMark, Event):
    """A mark was changed by an approved correction; `grade` is the course grade after it."""

    NAME: ClassVar[str] = "grades.corrected"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "成绩已更正"
    correction_id: Line
    course_name: Line
    before: Score
    grade_before: CourseGrade
    grade: CourseGrade
    published: bool
    policies: tuple[PolicyUse, ...] = ()


# What a student's marks are told by.
STANDING = (*MARKS, GradeCorrected)


class MakeupMarkRecorded(OfClass, Event):
    """A student sat the exam again, or later; `grade` is the course grade after it."""

    NAME: ClassVar[str] = "grades.makeup_recorded"
    TITLE: ClassVar[str] = "登记补考成绩"
    course_name: Line
    student_id: StudentId
    score: Score
    taken_on: Day
    grade_before: CourseGrade
    grade: CourseGrade
    recorded_by: PersonId
    policies: tuple[PolicyUse, ...] = ()

    def tags(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.student_id, self.teaching_class_id, *self.teacher_ids, self.department_id)))


SHEET_FACTS = (
    GradeSheetOpened,
    GradeSchemeSet,
    GradeSheetSubmitted,
    GradeSheetReturned,
    GradeSheetConfirmed,
    GradesPublished,
    GradeEntryLapsed,
    GradeEntryFulfilled,
)
