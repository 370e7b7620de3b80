"""What happens to a slip 奖罚单, and talks 教育谈话 with students.

Every event about a slip carries the slip as it is after it, so that each is a whole row.  Texts about the student
are the student's personal data: they go when the student is erased.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from domain import (
    Day,
    DepartmentId,
    Event,
    Fact,
    Line,
    Moment,
    Personal,
    PersonId,
    SquadId,
    StudentId,
    TeachingClassId,
    TermId,
    Text,
)
from domain.conduct.catalogue import Code, Kind, Points, Version
from domain.duties import Duty
from domain.policies import PolicyUse
from domain.timetable.events import WeekNumber

SlipId = Annotated[str, StringConstraints(pattern=r"^slip:[0-9a-z][0-9a-z-]{0,62}$")]
TalkId = Annotated[str, StringConstraints(pattern=r"^talk:[0-9a-z][0-9a-z-]{0,62}$")]
CaseId = Annotated[str, StringConstraints(pattern=r"^sanction:[0-9a-z][0-9a-z-]{0,62}$")]
SlipState = Literal["issued", "confirmed", "returned", "revoked", "overturned"]
# An appeal is moot when its slip was revoked before it was decided.
Appeal = Literal["open", "upheld", "dismissed", "moot"]
Subject = Literal["reward", "penalty", "attendance", "study", "wellbeing", "other"]


class OfStudent(Fact):
    """Whom something concerns, where they belonged on the day it is about (A-student), and when that was."""

    student_id: StudentId
    squad_id: SquadId
    department_id: DepartmentId
    term_id: TermId | None
    week: WeekNumber | None
    day: Day


class OfSlip(OfStudent):
    """A slip, whole: `points_hundredths` count only while the state is "confirmed"; `issued_as` is the role used."""

    slip_id: SlipId
    code: Code
    category_version: Version
    kind: Kind
    points_hundredths: Points
    teaching_class_id: TeachingClassId | None = None
    issued_by: PersonId
    issued_for: PersonId | None = None
    issued_as: Line
    issuer_department_id: DepartmentId | None = None
    issued_at: Moment
    state: SlipState = "issued"
    acknowledged_at: Moment | None = None
    confirmed_by: PersonId | None = None
    confirmed_for: PersonId | None = None
    confirmed_as: Line | None = None
    confirmed_at: Moment | None = None
    appeal: Appeal | None = None
    case_id: CaseId | None = None

    @property
    def counted_hundredths(self) -> int:
        """What the slip adds to the student's conduct points."""
        if self.state != "confirmed":
            return 0
        return self.points_hundredths if self.kind == "reward" else -self.points_hundredths

    def tags(self) -> tuple[str, ...]:
        confirmer = (self.confirmed_by,) if self.confirmed_by else ()
        return tuple(dict.fromkeys((self.slip_id, self.student_id, self.issued_by, *confirmer, self.department_id)))


class SlipIssued(OfSlip, Event):
    """Somebody of the college noted what a student did well or badly, under a code of the catalogue."""

    NAME: ClassVar[str] = "conduct.slip_issued"
    TITLE: ClassVar[str] = "开具奖罚单"
    place: Annotated[Line | None, Personal("student_id")] = None
    description: Annotated[Text, Personal("student_id")]
    evidence: Annotated[Line | None, Personal("student_id")] = None
    occurred_at: Moment | None = None
    duty: Duty | None = None
    policies: tuple[PolicyUse, ...] = ()


class SlipAcknowledged(OfSlip, Event):
    """The student has seen the slip."""

    NAME: ClassVar[str] = "conduct.slip_acknowledged"
    TITLE: ClassVar[str] = "学生签收奖罚单"


class SlipConfirmed(OfSlip, Event):
    """The slip is true and its points count; `confirmed_by` None: its category needs nobody's approval."""

    NAME: ClassVar[str] = "conduct.slip_confirmed"
    TITLE: ClassVar[str] = "奖罚单核实生效"
    duty: Duty | None = None


class SlipReturned(OfSlip, Event):
    """The slip goes back to its issuer and never counts."""

    NAME: ClassVar[str] = "conduct.slip_returned"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "退回奖罚单"
    returned_by: PersonId
    reason: Annotated[Text, Personal("student_id")]
    duty: Duty | None = None


class SlipConfirmationLapsed(OfSlip, Event):
    """Nobody said within the days given whether the slip is true; it still may be said."""

    NAME: ClassVar[str] = "conduct.slip_confirmation_lapsed"
    TITLE: ClassVar[str] = "奖罚单逾期未核实"
    duty: Duty


class SlipAppealed(OfSlip, Event):
    """The student says that a penalty is wrong; the department owes a decision."""

    NAME: ClassVar[str] = "conduct.slip_appealed"
    TITLE: ClassVar[str] = "学生对罚单提出申诉"
    grounds: Annotated[Text, Personal("student_id")]
    duty: Duty
    policies: tuple[PolicyUse, ...] = ()


class SlipAppealDecided(OfSlip, Event):
    """The appeal was upheld, and the points are out again, or it was dismissed."""

    NAME: ClassVar[str] = "conduct.slip_appeal_decided"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "奖罚单申诉作出结论"
    decided_by: PersonId
    reason: Annotated[Text, Personal("student_id")]
    duty: Duty


class SlipAppealLapsed(OfSlip, Event):
    """No decision on an appeal within the days given; it still is to be decided."""

    NAME: ClassVar[str] = "conduct.slip_appeal_lapsed"
    TITLE: ClassVar[str] = "奖罚单申诉逾期未决"
    duty: Duty


class SlipRevoked(OfSlip, Event):
    """The slip is withdrawn with a reason; it stays to be read, and its points are out again.

    `duty` is the one that falls away with it: a confirmation or a decision still owed.
    """

    NAME: ClassVar[str] = "conduct.slip_revoked"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "撤销奖罚单"
    revoked_by: PersonId
    reason: Annotated[Text, Personal("student_id")]
    duty: Duty | None = None


class SlipEscalated(OfSlip, Event):
    """The slip became a ground for proposing a sanction, `case_id`."""

    NAME: ClassVar[str] = "conduct.slip_escalated"
    TITLE: ClassVar[str] = "罚单转为处分依据"


class EducationTalkRecorded(OfStudent, Event):
    """Somebody spoke with a student; `day` is when, and the place is that of the student on that day."""

    NAME: ClassVar[str] = "conduct.education_talk_recorded"
    TITLE: ClassVar[str] = "记录谈话教育"
    TAGS: ClassVar[tuple[str, ...]] = ("talk_id", "student_id", "slip_id", "held_by", "department_id")
    talk_id: TalkId
    slip_id: SlipId | None
    held_by: PersonId
    subject: Subject
    notes: Annotated[Text, Personal("student_id")]


SLIP_FACTS = (
    SlipIssued,
    SlipAcknowledged,
    SlipConfirmed,
    SlipReturned,
    SlipConfirmationLapsed,
    SlipAppealed,
    SlipAppealDecided,
    SlipAppealLapsed,
    SlipRevoked,
    SlipEscalated,
)
