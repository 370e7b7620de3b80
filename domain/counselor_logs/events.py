"""The facts of weekly logs and of merit: what a counselor owed, handed in or missed, and what came of it."""

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
    PolicyUse,
    Reason,
    TermId,
    Text,
    derived,
)
from domain.duties import Duty

Week = Annotated[int, Field(ge=1, le=30)]
Year = Annotated[int, Field(ge=1900, le=2200)]
State = Literal["due", "submitted", "missed", "submitted_late", "exempt"]
Review = Literal["none", "reviewed", "returned"]
Grounds = Literal["leave", "assignment", "other"]
# What a counselor writes speaks of many students: it is sealed with the counselor's key, in the tables as in the log.
Section = Annotated[Text | None, Personal("person_id")]


def log_of(person_id: str, term_id: str, week: int) -> str:
    """The id of one counselor's log of one week."""
    return derived("weekly_log", person_id, term_id, week)


def merit_of(person_id: str, year: int) -> str:
    """The id of one counselor's standing for merit in one academic year."""
    return derived("merit", person_id, year)


class OfLog(Fact):
    """What every event of a weekly log says of it: the whole row.  `department_id` is the counselor's own (A-staff).

    `day` is the Monday of the week; `year` the academic year the term belongs to.
    """

    log_id: Line
    merit_id: Line
    person_id: PersonId
    department_id: DepartmentId
    term_id: TermId
    year: Year
    week: Week
    day: Day
    due_at: Moment
    state: State
    submitted_at: Moment | None = None
    review: Review = "none"
    reviewed_by: PersonId | None = None


LOG_TAGS = ("log_id", "person_id", "merit_id", "department_id")


class WeeklyLogDue(OfLog, Event):
    """A teaching week began, and its log is owed by a counselor."""

    NAME: ClassVar[str] = "counselor_logs.due"
    TITLE: ClassVar[str] = "周志开始应交"
    TAGS: ClassVar[tuple[str, ...]] = LOG_TAGS
    duty: Duty
    policies: tuple[PolicyUse, ...] = ()


class Sections(Fact):
    """The parts of a weekly log 班级情况, 出勤处理, 谈心谈话, 宿舍走访, 听课, 突发事件, 建议, 下周计划."""

    class_situation: Annotated[Text, Personal("person_id")]
    attendance_handling: Annotated[Text, Personal("person_id")]
    talks: Section = None
    dormitory_visits: Section = None
    lessons_observed: Section = None
    incidents: Section = None
    suggestions: Section = None
    next_week_plan: Annotated[Text, Personal("person_id")]


class WeeklyLogSubmitted(OfLog, Sections, Event):
    """A log was handed in by its deadline."""

    NAME: ClassVar[str] = "counselor_logs.submitted"
    TITLE: ClassVar[str] = "按时提交周志"
    TAGS: ClassVar[tuple[str, ...]] = LOG_TAGS
    on_time: Literal[True] = True
    duty: Duty


class WeeklyLogSubmittedLate(OfLog, Sections, Event):
    """A log was handed in after its deadline: it is kept, and is still 未按时."""

    NAME: ClassVar[str] = "counselor_logs.submitted_late"
    TITLE: ClassVar[str] = "迟交周志"
    TAGS: ClassVar[tuple[str, ...]] = LOG_TAGS
    on_time: Literal[False] = False
    duty: Duty


class WeeklyLogMissed(OfLog, Event):
    """The deadline passed without a log: one miss of the semester."""

    NAME: ClassVar[str] = "counselor_logs.missed"
    TITLE: ClassVar[str] = "周志缺交"
    TAGS: ClassVar[tuple[str, ...]] = LOG_TAGS
    duty: Duty


class WeekExempted(OfLog, Event):
    """A counselor need not hand in a week's log; granted `after_miss`, the miss no longer counts.

    Without a duty the week had not begun when it was exempted, and is never due.
    """

    NAME: ClassVar[str] = "counselor_logs.week_exempted"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "免交某周周志"
    TAGS: ClassVar[tuple[str, ...]] = (*LOG_TAGS, "term_id")
    grounds: Grounds
    reason: Reason
    after_miss: bool
    exempted_by: PersonId
    duty: Duty | None = None


class WeeklyLogAmended(OfLog, Event):
    """A counselor added to a log handed in; what it said before stands."""

    NAME: ClassVar[str] = "counselor_logs.amended"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "补充周志"
    TAGS: ClassVar[tuple[str, ...]] = LOG_TAGS
    text: Annotated[Text, Personal("person_id")]


class WeeklyLogReviewed(OfLog, Event):
    """Somebody answerable read a log and found it sufficient."""

    NAME: ClassVar[str] = "counselor_logs.reviewed"
    TITLE: ClassVar[str] = "审阅周志"
    TAGS: ClassVar[tuple[str, ...]] = LOG_TAGS
    comment: Section = None


class WeeklyLogReturned(OfLog, Event):
    """Somebody answerable read a log and asks for more; that it was in time stands."""

    NAME: ClassVar[str] = "counselor_logs.returned"
    TITLE: ClassVar[str] = "退回周志"
    TAGS: ClassVar[tuple[str, ...]] = LOG_TAGS
    returned_at: Moment
    comment: Annotated[Text, Personal("person_id")]


class OfMerit(Fact):
    """What every event of a counselor's eligibility for merit in an academic year says of it: the whole row.

    `missed_weeks` are those of the semester `term_id` that cost it.
    """

    merit_id: Line
    person_id: PersonId
    department_id: DepartmentId
    year: Year
    eligible: bool
    term_id: TermId
    missed_weeks: tuple[Week, ...]


MERIT_TAGS = ("merit_id", "person_id", "department_id")


class MeritIneligible(OfMerit, Event):
    """Too many misses in one semester: no merit award for the whole academic year."""

    NAME: ClassVar[str] = "counselor_logs.merit_ineligible"
    TITLE: ClassVar[str] = "取消评优资格"
    TAGS: ClassVar[tuple[str, ...]] = MERIT_TAGS
    eligible: Literal[False] = False
    policies: tuple[PolicyUse, ...] = ()


class MeritEligibilityRestored(OfMerit, Event):
    """Merit may be awarded after all: by a document, which pardons `missed_weeks`, or since a miss was exempted."""

    NAME: ClassVar[str] = "counselor_logs.merit_restored"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "恢复评优资格"
    TAGS: ClassVar[tuple[str, ...]] = MERIT_TAGS
    eligible: Literal[True] = True
    ground: Literal["document", "miss_exempted"]
    document_no: Line | None = None
    reason: Reason | None = None
    restored_by: PersonId | None = None


class OfNomination(Fact):
    """What every event of a nomination says of it: the whole row."""

    nomination_id: Line
    merit_id: Line
    person_id: PersonId
    department_id: DepartmentId
    year: Year
    title: Line
    nominated_by: PersonId
    nominated_for: PersonId | None = None


NOMINATION_TAGS = ("nomination_id", *MERIT_TAGS)


class MeritNominated(OfNomination, Event):
    """A counselor was put forward for a merit award of an academic year."""

    NAME: ClassVar[str] = "counselor_logs.merit_nominated"
    TITLE: ClassVar[str] = "提名评优"
    TAGS: ClassVar[tuple[str, ...]] = NOMINATION_TAGS
    reason: Reason


class MeritAwarded(OfNomination, Event):
    """A counselor was given a merit award, by somebody other than the nominator."""

    NAME: ClassVar[str] = "counselor_logs.merit_awarded"
    TITLE: ClassVar[str] = "授予评优"
    TAGS: ClassVar[tuple[str, ...]] = NOMINATION_TAGS
    document_no: Line
    awarded_by: PersonId


class MeritAwardQuestioned(OfNomination, Event):
    """The counselor lost the year's eligibility after the award was given: it stands until somebody decides."""

    NAME: ClassVar[str] = "counselor_logs.merit_questioned"
    TITLE: ClassVar[str] = "评优待复核"
    TAGS: ClassVar[tuple[str, ...]] = NOMINATION_TAGS
    document_no: Line


class MeritAwardUpheld(OfNomination, Event):
    """A questioned award stays."""

    NAME: ClassVar[str] = "counselor_logs.merit_upheld"
    TITLE: ClassVar[str] = "维持评优"
    TAGS: ClassVar[tuple[str, ...]] = NOMINATION_TAGS
    document_no: Line
    reason: Reason
    decided_by: PersonId


class MeritAwardRevoked(OfNomination, Event):
    """A questioned award was taken back."""

    NAME: ClassVar[str] = "counselor_logs.merit_revoked"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "撤回评优"
    TAGS: ClassVar[tuple[str, ...]] = NOMINATION_TAGS
    document_no: Line
    reason: Reason
    decided_by: PersonId
