"""What happens to a roll call: taken, lapsed, corrected, waived, disputed."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field

from domain import (
    Day,
    DepartmentId,
    Event,
    Fact,
    Line,
    Moment,
    PersonId,
    Reason,
    SessionId,
    StudentId,
    TeachingClassId,
    TermId,
)
from domain.approval import Route
from domain.duties import Duty
from domain.policies import PolicyUse
from domain.time_grid import PeriodNumber
from domain.timetable.events import WeekNumber

Mark = Literal["present", "absent", "leave", "late", "left_early"]
MARKS: tuple[Mark, ...] = get_args(Mark)
Count = Annotated[int, Field(ge=0)]
Taught = Annotated[int, Field(ge=0, le=30)]


class Counts(Fact):
    """How the students of one department were marked in one session; `roster` is how many of them had a mark."""

    department_id: DepartmentId
    roster: Count
    present: Count = 0
    absent: Count = 0
    leave: Count = 0
    late: Count = 0
    left_early: Count = 0


class RosterDifference(Fact):
    """Where the roll differs from the roster since that changed on the day of the session or later.

    `departed` are marked but no longer on it (their marks are not counted); `joined` are on it without a mark.
    """

    departed: tuple[StudentId, ...] = ()
    joined: tuple[StudentId, ...] = ()


class OfSession(Fact):
    """What every event about a session's roll says of the session."""

    session_id: SessionId
    teaching_class_id: TeachingClassId
    term_id: TermId
    week: WeekNumber
    day: Day
    department_id: DepartmentId
    teacher_ids: tuple[PersonId, ...]


class RollCallTaken(OfSession, Event):
    """A teacher marked the whole roster, once.

    `department_id` offers the course; `counts` are by department of the students, and `departments` names those
    of the students who are not of the first one counted.
    """

    NAME: ClassVar[str] = "roll_call.taken"
    TITLE: ClassVar[str] = "完成点名"
    teacher_id: PersonId
    marks: dict[StudentId, Mark]
    counts: tuple[Counts, ...]
    departments: dict[StudentId, DepartmentId]
    roster_difference: RosterDifference
    periods_taught: Taught
    planned_periods: PeriodNumber
    ended_at: Moment
    taken_at: Moment
    elapsed_minutes: int
    on_time: bool
    duty: Duty
    policies: tuple[PolicyUse, ...] = ()

    def tags(self) -> tuple[str, ...]:
        noted = (student for student, mark in self.marks.items() if mark != "present")
        # Whoever answers for a count can open the roll under it.
        departments = (counted.department_id for counted in self.counts)
        told = (self.session_id, *self.teacher_ids, self.teaching_class_id, self.department_id, *noted, *departments)
        return tuple(dict.fromkeys(told))


class RollCallMarkCorrected(OfSession, Event):
    """One mark was changed after the roll was taken; `counts` are those of the student's department after it."""

    NAME: ClassVar[str] = "roll_call.mark_corrected"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "更正考勤"
    TAGS: ClassVar[tuple[str, ...]] = ("session_id", "student_id", "teacher_ids", "teaching_class_id", "department_id")
    student_id: StudentId
    old: Mark | None
    new: Mark
    reason: Reason
    evidence: Line | None
    dispute_id: Line | None = None
    corrected_by: PersonId
    counts: Counts

    def tags(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*super().tags(), self.counts.department_id)))


class PeriodsTaughtCorrected(OfSession, Event):
    """The teacher changed how many periods were taught, before the deadline; the rest is as the roll said."""

    NAME: ClassVar[str] = "roll_call.periods_corrected"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "更正授课课时"
    TAGS: ClassVar[tuple[str, ...]] = ("session_id", "teacher_ids", "teaching_class_id", "department_id")
    teacher_id: PersonId
    old_periods_taught: Taught
    periods_taught: Taught
    planned_periods: PeriodNumber
    taken_at: Moment
    elapsed_minutes: int
    on_time: bool
    reason: Reason
    corrected_by: PersonId


class RollCallDeadlineLapsed(OfSession, Event):
    """No roll call was recorded by the deadline."""

    NAME: ClassVar[str] = "roll_call.deadline_lapsed"
    TITLE: ClassVar[str] = "点名逾期"
    TAGS: ClassVar[tuple[str, ...]] = ("session_id", "teacher_ids", "teaching_class_id", "department_id")
    planned_periods: PeriodNumber
    duty: Duty
    policies: tuple[PolicyUse, ...] = ()


class RollCallWaiverRequested(OfSession, Event):
    """A teacher asked that hours be recognised though the roll call was late or missing; the route is frozen here.

    `filed_by` is who handed it in on the teacher's behalf.
    """

    NAME: ClassVar[str] = "roll_call.waiver_requested"
    TITLE: ClassVar[str] = "申请点名豁免"
    TAGS: ClassVar[tuple[str, ...]] = ("waiver_id", "session_id", "requested_by", "teacher_ids", "department_id")
    waiver_id: Line
    requested_by: PersonId
    filed_by: PersonId | None = None
    reason: Reason
    evidence: Line
    route: Route
    policies: tuple[PolicyUse, ...] = ()


class RollCallWaiverAdvanced(OfSession, Event):
    """A step of a waiver's route that is not the last agreed."""

    NAME: ClassVar[str] = "roll_call.waiver_advanced"
    TITLE: ClassVar[str] = "点名豁免审批通过一级"
    TAGS: ClassVar[tuple[str, ...]] = ("waiver_id", "session_id", "requested_by", "teacher_ids", "department_id")
    waiver_id: Line
    requested_by: PersonId
    approved_by: PersonId
    approved_for: PersonId | None = None


class RollCallWaiverGranted(OfSession, Event):
    """The last step agreed: the hours of the session are recognised in spite of the deadline."""

    NAME: ClassVar[str] = "roll_call.waiver_granted"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "点名豁免获批"
    TAGS: ClassVar[tuple[str, ...]] = ("waiver_id", "session_id", "requested_by", "teacher_ids", "department_id")
    waiver_id: Line
    requested_by: PersonId
    approved_by: PersonId
    duty: Duty


class RollCallWaiverRefused(OfSession, Event):
    """A step of a waiver's route said no."""

    NAME: ClassVar[str] = "roll_call.waiver_refused"
    TITLE: ClassVar[str] = "点名豁免未获批准"
    TAGS: ClassVar[tuple[str, ...]] = ("waiver_id", "session_id", "requested_by", "teacher_ids", "department_id")
    waiver_id: Line
    requested_by: PersonId
    refused_by: PersonId
    reason: Reason


class MarkDisputed(OfSession, Event):
    """A student says that their mark is wrong, and what it should be."""

    NAME: ClassVar[str] = "roll_call.mark_disputed"
    TITLE: ClassVar[str] = "学生对考勤提出申诉"
    TAGS: ClassVar[tuple[str, ...]] = ("dispute_id", "session_id", "student_id", "teacher_ids", "department_id")
    dispute_id: Line
    student_id: StudentId
    marked: Mark
    claimed: Mark
    reason: Reason


class DisputeUpheld(OfSession, Event):
    """The student was right; the mark is corrected with it."""

    NAME: ClassVar[str] = "roll_call.dispute_upheld"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "考勤申诉成立"
    TAGS: ClassVar[tuple[str, ...]] = ("dispute_id", "session_id", "student_id", "teacher_ids", "department_id")
    dispute_id: Line
    student_id: StudentId
    decided_by: PersonId
    reason: Reason


class DisputeDismissed(OfSession, Event):
    """The mark stands."""

    NAME: ClassVar[str] = "roll_call.dispute_dismissed"
    TITLE: ClassVar[str] = "考勤申诉未予支持"
    TAGS: ClassVar[tuple[str, ...]] = ("dispute_id", "session_id", "student_id", "teacher_ids", "department_id")
    dispute_id: Line
    student_id: StudentId
    decided_by: PersonId
    reason: Reason
