"""The rulebook 规则: every number the college may change, as a timeline of versions.  Seed: D02 规则唯一性."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import cache
from typing import Annotated, ClassVar, Generic, Self, TypeVar

from pydantic import Field

from domain import (
    Command,
    Conflict,
    Context,
    Event,
    Line,
    Moment,
    NotAllowed,
    PersonId,
    PolicyUse as PolicyUse,
    Reads,
    Unknown,
)
from domain.access import (
    ACADEMIC,
    ACADEMIC_HEAD,
    FINANCE,
    HR,
    IT,
    PRESIDENT,
    STUDENT_AFFAIRS,
    STUDENT_AFFAIRS_HEAD,
    anywhere,
)

T = TypeVar("T", bool, int, str)
Value = bool | int | str
Number = Annotated[int, Field(ge=-(2**53), le=2**53)]

RULEBOOK = "rulebook:all"  # every revision carries it, so that one narrow look finds the whole timeline

REFUSALS = {
    "policy_unknown": ("没有这一规则", "There is no such policy"),
    "policy_value_invalid": ("规则取值不在允许范围内", "The value is outside what the policy allows"),
    "proposal_unknown": ("没有这一规则提案", "There is no such policy proposal"),
    "proposal_already_made": ("该提案编号已用于别的提案", "This proposal id is already used by another proposal"),
    "proposal_already_decided": ("该提案已有结论", "The proposal has already been decided"),
    "self_approval_forbidden": ("本人提出的事项不得由本人审批", "Nobody approves their own request"),
}


@dataclass(frozen=True)
class Policy(Generic[T]):
    """One number or choice of the rulebook.

    `origin` is "seed" (the college's plan says so), "practice" or "ours" (a proposal: never shown as the
    college's rule).  `least`/`most` bound integers; `choices` bound texts.
    """

    key: str
    kind: type[T]
    default: T
    origin: str
    zh: str
    en: str
    unit: str = ""
    least: int | None = None
    most: int | None = None
    choices: tuple[str, ...] = ()
    by_key: ClassVar[dict[str, Policy[bool] | Policy[int] | Policy[str]]] = {}

    def __post_init__(self) -> None:
        if Policy.by_key.setdefault(self.key, self) is not self:
            raise TypeError(f"two policies have the key {self.key!r}")

    def allows(self, value: Value) -> bool:
        """Whether a value is of this policy's kind and within its bounds."""
        if type(value) is not self.kind:
            return False
        if isinstance(value, int) and not isinstance(value, bool):
            return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)
        return not self.choices or value in self.choices


class PolicyProposed(Event):
    """Somebody entitled asked for another value of a policy."""

    NAME: ClassVar[str] = "policies.proposed"
    TITLE: ClassVar[str] = "提议修订规则"
    TAGS: ClassVar[tuple[str, ...]] = ("proposal_id", "proposed_by")
    proposal_id: Line
    policy: Line
    value: Value
    effective_from: Moment
    document_no: Line
    proposed_by: PersonId
    proposed_for: PersonId | None = None


class PolicyRevised(Event):
    """A new value, in force from `effective_from`, approved by somebody other than its proposer."""

    NAME: ClassVar[str] = "policies.revised"
    TITLE: ClassVar[str] = "修订规则"
    TAGS: ClassVar[tuple[str, ...]] = ("proposal_id", "approved_by")
    proposal_id: Line
    policy: Line
    value: Value
    effective_from: Moment
    document_no: Line
    proposed_by: PersonId
    approved_by: PersonId

    def tags(self) -> tuple[str, ...]:
        return (*super().tags(), RULEBOOK)


class PolicyDeclined(Event):
    """A proposal was turned down."""

    NAME: ClassVar[str] = "policies.declined"
    TITLE: ClassVar[str] = "否决规则修订"
    TAGS: ClassVar[tuple[str, ...]] = ("proposal_id",)
    proposal_id: Line
    policy: Line
    value: Value
    effective_from: Moment
    document_no: Line
    proposed_by: PersonId
    declined_by: PersonId
    reason: Line


@dataclass(frozen=True)
class Rulebook:
    """Every version of every policy.  `at(moment)` is the rulebook in force then."""

    versions: Mapping[str, tuple[PolicyRevised, ...]] = field(default_factory=dict)

    READS: ClassVar[tuple[Reads, ...]] = (Reads((PolicyRevised,), (RULEBOOK,)),)

    def after(self, event: Event) -> Self:
        if isinstance(event, PolicyRevised):
            told = (*self.versions.get(event.policy, ()), event)
            return replace(self, versions={**self.versions, event.policy: told})
        return self

    def at(self, moment: datetime) -> Edition:
        return Edition(self, moment)

    def in_force(self, key: str, moment: datetime) -> tuple[Value, int]:
        """The value of a policy at a moment and the number of its version (0: the default).

        Of two versions that have begun, the one recorded later stands.
        """
        told = self.versions.get(key, ())
        for number in range(len(told), 0, -1):
            if told[number - 1].effective_from <= moment:
                return told[number - 1].value, number
        return Policy.by_key[key].default, 0


@dataclass(frozen=True)
class Edition:
    """The rulebook in force at one moment."""

    book: Rulebook
    moment: datetime

    def __call__(self, policy: Policy[T]) -> T:
        value, _ = self.book.in_force(policy.key, self.moment)
        return value  # type: ignore[return-value]  # Policy.allows checked the kind when it was revised

    def used(self, *policies: Policy[bool] | Policy[int] | Policy[str]) -> tuple[PolicyUse, ...]:
        """What an event says of the versions its decision used."""
        return tuple(_use(p.key, self.book.in_force(p.key, self.moment)[1]) for p in policies)


@cache
def _use(key: str, version: int) -> PolicyUse:
    return PolicyUse(key=key, version=version)


@dataclass(frozen=True)
class Proposal:
    """One proposal and its outcome."""

    made: PolicyProposed | None = None
    outcome: type[Event] | None = None

    def after(self, event: Event) -> Self:
        if isinstance(event, PolicyProposed):
            return replace(self, made=event)
        return replace(self, outcome=type(event))


class AboutProposal(Command[Proposal]):
    """提案.  What the commands on one proposal share."""

    proposal_id: Line

    def reads(self) -> list[Reads]:
        return [Reads((PolicyProposed, PolicyRevised, PolicyDeclined), (self.proposal_id,))]


class ProposePolicy(AboutProposal):
    """提议修订规则.  Asks for another value of a policy, citing a document.  Seed: D02."""

    may = {r: anywhere for r in (ACADEMIC, ACADEMIC_HEAD, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD, HR, FINANCE, IT)}
    policy: Line
    value: bool | Number | Line
    effective_from: Moment
    document_no: Line

    def find(self, state: Proposal) -> None:
        if self.policy not in Policy.by_key:
            raise Unknown("policy_unknown", policy=self.policy)

    def decide(self, state: Proposal, given: Context) -> Iterator[Event]:
        if not Policy.by_key[self.policy].allows(self.value):
            raise Conflict("policy_value_invalid", policy=self.policy)
        by = given.actor
        said = PolicyProposed(**self.model_dump(), proposed_by=by.person_id, proposed_for=by.on_behalf_of)
        if state.made and state.made != said:
            raise Conflict("proposal_already_made", proposal=self.proposal_id)
        if not state.made:
            yield said


class DecideProposal(AboutProposal):
    """审议提案.  What approving and declining share."""

    def find(self, state: Proposal) -> None:
        if state.made is None:
            raise Unknown("proposal_unknown", proposal=self.proposal_id)

    def open(self, state: Proposal, given: Context, wanted: type[Event]) -> PolicyProposed | None:
        """The proposal, if it is this person's to decide; None if it was decided so already."""
        made = state.made
        assert made
        if ({made.proposed_by, made.proposed_for} - {None}) & {given.actor.person_id, given.actor.on_behalf_of}:
            raise NotAllowed("self_approval_forbidden", proposal=self.proposal_id)
        if state.outcome not in (None, wanted):
            raise Conflict("proposal_already_decided", proposal=self.proposal_id)
        return None if state.outcome else made


class ApprovePolicy(DecideProposal):
    """批准规则.  Puts a proposal in force, no earlier than the next local midnight.  Seed: D02."""

    may = {PRESIDENT: anywhere}

    def decide(self, state: Proposal, given: Context) -> Iterable[Event]:
        if made := self.open(state, given, PolicyRevised):
            midnight = datetime.combine(given.today + timedelta(days=1), time(), given.zone)
            yield PolicyRevised(
                **made.model_dump(exclude={"effective_from", "proposed_for"}),
                effective_from=max(made.effective_from, midnight),
                approved_by=given.actor.person_id,
            )


class DeclinePolicy(DecideProposal):
    """否决规则提案.  Turns a proposal down with a reason.  Seed: D02."""

    may = {PRESIDENT: anywhere}
    reason: Line

    def decide(self, state: Proposal, given: Context) -> Iterable[Event]:
        if made := self.open(state, given, PolicyDeclined):
            asked = made.model_dump(exclude={"proposed_for"})
            yield PolicyDeclined(**asked, declined_by=given.actor.person_id, reason=self.reason)
