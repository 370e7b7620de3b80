"""Escalating slips 上报处分: confirmed penalties become the grounds of a proposed sanction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Self

from pydantic import Field

from domain import Command, Conflict, Context, Event, Reads, Reason, Unknown
from domain.access import COUNSELOR, DEPUTY, HEAD, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD, anywhere
from domain.approval import route
from domain.conduct.case import Measure, SanctionProposed
from domain.conduct.events import SLIP_FACTS, CaseId, OfSlip, OfStudent, SlipEscalated, SlipId
from domain.conduct.rules import ROUTE_DEMERIT, ROUTE_EXPULSION, ROUTE_WARNING
from domain.conduct.whereabouts import Whereabouts, cared_for, check_counselor, own_department, own_squad
from domain.policies import Policy

ROUTES: Mapping[Measure, Policy[str]] = {
    "warning": ROUTE_WARNING,
    "serious_warning": ROUTE_WARNING,
    "demerit": ROUTE_DEMERIT,
    "probation": ROUTE_DEMERIT,
    "expulsion": ROUTE_EXPULSION,
}


@dataclass(frozen=True)
class Grounds:
    """The slips a sanction is to rest on, and the sanction if it was proposed already."""

    slips: Mapping[str, OfSlip] = field(default_factory=dict)
    case: SanctionProposed | None = None
    homes: Whereabouts = field(default_factory=Whereabouts)

    def after(self, event: Event) -> Self:
        if isinstance(event, OfSlip):
            return replace(self, slips={**self.slips, event.slip_id: event})
        if isinstance(event, SanctionProposed):
            return replace(self, case=event)
        return replace(self, homes=self.homes.after(event))

    @property
    def last(self) -> OfSlip:
        """The slip of the latest day, which says where the student belonged."""
        return max(self.slips.values(), key=lambda s: (s.day, s.slip_id))


class EscalateSlip(Command[Grounds]):
    """上报处分.  Proposes a sanction because of one or more confirmed penalties of one student.  Seed: D16."""

    may = {
        COUNSELOR: own_squad,
        HEAD: own_department,
        DEPUTY: own_department,
        STUDENT_AFFAIRS: anywhere,
        STUDENT_AFFAIRS_HEAD: anywhere,
    }
    case_id: CaseId
    slip_ids: Annotated[tuple[SlipId, ...], Field(min_length=1, max_length=20)]
    measure: Measure
    grounds: Reason

    def reads(self) -> list[Reads]:
        slips = [Reads(SLIP_FACTS, (slip_id,)) for slip_id in dict.fromkeys(self.slip_ids)]
        return [Reads((SanctionProposed,), (self.case_id,)), *slips]

    def more(self, state: Grounds) -> Sequence[Reads]:
        return [cared_for(state.last.squad_id)] if state.slips else []

    def home(self, state: Grounds) -> OfStudent:
        """Whom the slips are about, as of the latest of them."""
        return state.last

    def find(self, state: Grounds) -> None:
        if missing := [s for s in self.slip_ids if s not in state.slips]:
            raise Unknown("slip_unknown", slips=missing)

    def decide(self, state: Grounds, given: Context) -> Iterator[Event]:
        last, slips = state.last, [state.slips[s] for s in dict.fromkeys(self.slip_ids)]
        check_counselor(self, state, given)
        if known := state.case:
            if (known.slip_ids, known.measure) != (tuple(s.slip_id for s in slips), self.measure):
                raise Conflict("sanction_already_proposed", sanction=self.case_id)
            return
        _check(slips)
        for slip in slips:
            row = {name: getattr(slip, name) for name in OfSlip.model_fields}
            yield SlipEscalated(**row | {"case_id": self.case_id})
        actor, rules, policy = given.actor, given.rules.at(given.now), ROUTES[self.measure]
        yield SanctionProposed(
            **{name: getattr(last, name) for name in OfStudent.model_fields},
            case_id=self.case_id,
            slip_ids=tuple(s.slip_id for s in slips),
            measure=self.measure,
            concerned=tuple(dict.fromkeys(p for s in slips for p in (s.issued_by, s.issued_for) if p)),
            proposed_by=actor.person_id,
            proposed_for=actor.on_behalf_of,
            proposed_on=given.today,
            route=route(rules(policy), last.department_id),
            grounds=self.grounds,
            policies=rules.used(policy),
        )


def _check(slips: Sequence[OfSlip]) -> None:
    """Raise unless these are confirmed penalties of one student, none of them disputed or escalated before."""
    if len({s.student_id for s in slips}) > 1:
        raise Conflict("slip_of_another_student", slips=[s.slip_id for s in slips])
    for slip in slips:
        if slip.kind == "reward":
            raise Conflict("reward_not_sanctionable", slip=slip.slip_id)
        if slip.state in ("returned", "revoked", "overturned"):
            raise Conflict("slip_closed", slip=slip.slip_id, state=slip.state)
        if slip.state != "confirmed":
            raise Conflict("slip_not_confirmed", slip=slip.slip_id)
        if slip.appeal == "open":
            raise Conflict("appeal_open", slip=slip.slip_id)
        if slip.case_id:
            raise Conflict("slip_already_escalated", slip=slip.slip_id, sanction=slip.case_id)
