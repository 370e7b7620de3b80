"""One sanction 处分 as its facts tell it: what happens to it, and what the commands on it share.

A slip is not a sanction.  A sanction takes a proposal, a notice, the student's defence or a recorded waiver of it,
a decision along a route, delivery; it may be appealed, and its period ends, except that of expulsion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import Field

from domain import (
    Command,
    Conflict,
    Context,
    Day,
    Event,
    Fact,
    Line,
    Moment,
    NotAllowed,
    Personal,
    PersonId,
    Reads,
    Text,
    Unknown,
)
from domain.approval import Route
from domain.conduct.events import CaseId, OfSlip, OfStudent, SlipId
from domain.conduct.whereabouts import Whereabouts, acting
from domain.policies import PolicyUse

Measure = Literal["warning", "serious_warning", "demerit", "probation", "expulsion"]  # from light to grave
MEASURES: tuple[Measure, ...] = get_args(Measure)
CaseState = Literal["proposed", "noticed", "heard", "decided", "delivered", "dismissed", "annulled", "lifted"]
Months = Annotated[int, Field(ge=1, le=36)]


class Approval(Fact):
    """Who agreed to a step of the decision, and for whom."""

    by: PersonId
    on_behalf_of: PersonId | None = None


class OfCase(OfStudent):
    """A sanction, whole.  `day` is that of the last slip; `measure` the one proposed, or last agreed to.

    `concerned` issued the slips it rests on; `months` is the length of its period, which begins with delivery.
    """

    case_id: CaseId
    slip_ids: tuple[SlipId, ...]
    measure: Measure
    months: Months | None = None
    concerned: tuple[PersonId, ...]
    proposed_by: PersonId
    proposed_for: PersonId | None = None
    proposed_on: Day
    route: Route
    approvals: tuple[Approval, ...] = ()
    state: CaseState = "proposed"
    notice_on: Day | None = None
    heard_on: Day | None = None
    waived: bool = False
    decided_at: Moment | None = None
    document_no: Line | None = None
    delivered_on: Day | None = None
    ends_on: Day | None = None
    appeal: Literal["open", "upheld", "dismissed"] | None = None
    lifted_on: Day | None = None

    def tags(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.case_id, self.student_id, *self.slip_ids, self.department_id)))


class SanctionProposed(OfCase, Event):
    """Somebody asked for a sanction because of confirmed penalty slips; who decides is frozen here."""

    NAME: ClassVar[str] = "conduct.sanction_proposed"
    TITLE: ClassVar[str] = "提请处分"
    grounds: Annotated[Text, Personal("student_id")]
    policies: tuple[PolicyUse, ...] = ()


class SanctionNoticeRecorded(OfCase, Event):
    """The student was told what is intended, on what grounds, and that they may defend themselves."""

    NAME: ClassVar[str] = "conduct.sanction_notice_recorded"
    TITLE: ClassVar[str] = "告知拟作处分"
    evidence: Annotated[Line, Personal("student_id")]


class DefenceRecorded(OfCase, Event):
    """What the student said in their defence, or that they waived it."""

    NAME: ClassVar[str] = "conduct.defence_recorded"
    TITLE: ClassVar[str] = "记录学生陈述申辩"
    statement: Annotated[Text | None, Personal("student_id")]
    recorded_by: PersonId
    policies: tuple[PolicyUse, ...] = ()


class DisciplineAgreed(OfCase, Event):
    """A step of the decision that is not the last agreed, perhaps to a lighter measure than proposed."""

    NAME: ClassVar[str] = "conduct.discipline_agreed"
    TITLE: ClassVar[str] = "处分审批通过一级"
    reason: Annotated[Text, Personal("student_id")]
    policies: tuple[PolicyUse, ...] = ()


class DisciplineDecided(OfCase, Event):
    """The last step agreed: the sanction is decided, and takes effect when it is delivered."""

    NAME: ClassVar[str] = "conduct.discipline_decided"
    TITLE: ClassVar[str] = "作出处分决定"
    reason: Annotated[Text, Personal("student_id")]
    policies: tuple[PolicyUse, ...] = ()


class SanctionDismissed(OfCase, Event):
    """A step of the decision said that there is to be no sanction."""

    NAME: ClassVar[str] = "conduct.sanction_dismissed"
    TITLE: ClassVar[str] = "处分建议未予通过"
    dismissed_by: PersonId
    reason: Annotated[Text, Personal("student_id")]


class DisciplineDelivered(OfCase, Event):
    """The written decision reached the student; its period begins."""

    NAME: ClassVar[str] = "conduct.discipline_delivered"
    TITLE: ClassVar[str] = "处分决定送达"
    evidence: Annotated[Line, Personal("student_id")]


class DisciplineAppealed(OfCase, Event):
    """The student appealed to the committee; the sanction stands until that has decided."""

    NAME: ClassVar[str] = "conduct.discipline_appealed"
    TITLE: ClassVar[str] = "学生对处分提出申诉"
    grounds: Annotated[Text, Personal("student_id")]
    policies: tuple[PolicyUse, ...] = ()


class DisciplineAppealDecided(OfCase, Event):
    """The committee annulled the sanction, or dismissed the appeal."""

    NAME: ClassVar[str] = "conduct.discipline_appeal_decided"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "处分申诉作出结论"
    decided_by: PersonId
    reason: Annotated[Text, Personal("student_id")]


class DisciplineLifted(OfCase, Event):
    """The period is over and the sanction is lifted; that it was there stays on record."""

    NAME: ClassVar[str] = "conduct.discipline_lifted"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "解除处分"
    lifted_by: PersonId
    lifting_document_no: Line


CASE_FACTS = (
    SanctionProposed,
    SanctionNoticeRecorded,
    DefenceRecorded,
    DisciplineAgreed,
    DisciplineDecided,
    SanctionDismissed,
    DisciplineDelivered,
    DisciplineAppealed,
    DisciplineAppealDecided,
    DisciplineLifted,
)


@dataclass(frozen=True)
class Case:
    """A sanction after all that happened to it."""

    told: OfCase | None = None
    slips: Mapping[str, OfSlip] = field(default_factory=dict)
    homes: Whereabouts = field(default_factory=Whereabouts)

    def after(self, event: Event) -> Self:
        if isinstance(event, OfCase):
            return replace(self, told=event)
        if isinstance(event, OfSlip):
            return replace(self, slips={**self.slips, event.slip_id: event})
        return replace(self, homes=self.homes.after(event))

    @property
    def case(self) -> OfCase:
        """The sanction, once `find` has seen that it is there."""
        assert self.told
        return self.told

    @property
    def proposers(self) -> set[str]:
        """Who asked for the sanction, for whom, and who issued the slips it rests on."""
        case = self.case
        return {case.proposed_by, case.proposed_for or case.proposed_by, *case.concerned}

    @property
    def deciders(self) -> set[str]:
        """Who agreed to a step, and for whom."""
        return {p for a in self.case.approvals for p in (a.by, a.on_behalf_of) if p}

    def row(self, **changed: Any) -> dict[str, Any]:
        """The fields of the next event about the sanction."""
        return {name: getattr(self.told, name) for name in OfCase.model_fields} | changed


class AboutCase(Command[Case]):
    """处分.  What the commands on one sanction share."""

    case_id: CaseId

    def reads(self) -> list[Reads]:
        return [Reads(CASE_FACTS, (self.case_id,))]

    def find(self, state: Case) -> None:
        if state.told is None:
            raise Unknown("sanction_unknown", sanction=self.case_id)

    def home(self, state: Case) -> OfStudent:
        """Whom the sanction is about."""
        return state.case


def check_day(day: Any, since: Any, given: Context) -> None:
    """Raise unless a day lies between the step before and today."""
    if day > given.today:
        raise Conflict("day_in_the_future", day=day)
    if day < since:
        raise Conflict("day_before_the_step_before", day=day, earliest=since)


def check_independent(state: Case, given: Context, case_id: str) -> None:
    """Raise for whoever asked for the sanction, issued a slip it rests on, or agreed to a step before."""
    if state.proposers & acting(given.actor):
        raise NotAllowed("self_approval_forbidden", sanction=case_id)
    if state.deciders & acting(given.actor):
        raise NotAllowed("approved_a_step_already", sanction=case_id)
