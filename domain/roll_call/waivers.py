"""Waivers 补认定: hours recognised in spite of a missed deadline, along a route frozen when asked."""

from __future__ import annotations

from collections.abc import Iterator

from domain import Conflict, Context, Event, Line, NotAllowed, Reason, Unknown
from domain.access import ACADEMIC, ACADEMIC_HEAD, HEAD, TEACHER, anywhere, own_department
from domain.approval import route
from domain.roll_call.events import (
    RollCallWaiverAdvanced,
    RollCallWaiverGranted,
    RollCallWaiverRefused,
    RollCallWaiverRequested,
)
from domain.roll_call.roll import AboutRoll, Roll, Waiver, WithHolidays, of_session, own_session
from domain.roll_call.rules import WAIVER, WAIVER_DAYS, WAIVER_ROUTE, working_days_later


class RequestRollCallWaiver(WithHolidays):
    """申请补认定.  Asks that the hours of a session count though its deadline was missed.  Seed: D10, D11."""

    may = {TEACHER: own_session}
    waiver_id: Line
    reason: Reason
    evidence: Line

    def decide(self, state: Roll, given: Context) -> Iterator[Event]:
        session = state.session
        assert session
        if self._repeated(state):
            return
        rules = given.rules.at(given.now)
        if rules(WAIVER) == "never":
            raise Conflict("waiver_not_allowed", session=self.session_id)
        self._check_missed(state, given, rules(WAIVER_DAYS))
        yield RollCallWaiverRequested(
            **of_session(session),
            waiver_id=self.waiver_id,
            requested_by=given.actor.on_behalf_of or given.actor.person_id,
            filed_by=given.actor.person_id if given.actor.on_behalf_of else None,
            reason=self.reason,
            evidence=self.evidence,
            route=route(rules(WAIVER_ROUTE), session.department_id),
            policies=rules.used(WAIVER, WAIVER_DAYS, WAIVER_ROUTE),
        )

    def _repeated(self, state: Roll) -> bool:
        """Whether exactly this was asked before; raises if another request stands in the way."""
        if known := state.waivers.get(self.waiver_id):
            asked = known.requested
            if (asked.reason, asked.evidence) == (self.reason, self.evidence):
                return True
            raise Conflict("waiver_already_requested", waiver=self.waiver_id)
        for waiver_id, waiver in state.waivers.items():
            if waiver.granted or not waiver.decided:
                raise Conflict("waiver_already_requested", waiver=waiver_id)
        return False

    def _check_missed(self, state: Roll, given: Context, days: int) -> None:
        duty = state.duty()
        if duty is None or given.second <= duty.due_at or (state.taken and state.taken.on_time):
            raise Conflict("nothing_to_waive", session=self.session_id)
        last = working_days_later(duty.due_at.astimezone(given.zone).date(), days, state.holidays)
        if given.today > last:
            raise Conflict("waiver_window_over", session=self.session_id, last_day=last)


class DecideWaiver(AboutRoll):
    """补认定.  What agreeing to and refusing a waiver share."""

    waiver_id: Line

    def find(self, state: Roll) -> None:
        super().find(state)
        if self.waiver_id not in state.waivers:
            raise Unknown("waiver_unknown", waiver=self.waiver_id)

    def step(self, state: Roll, given: Context) -> tuple[Waiver, bool]:
        """The waiver, and whether its current step is the last; raises if it is not this actor's to decide."""
        waiver, session = state.waivers[self.waiver_id], state.session
        assert session
        if waiver.decided:
            raise Conflict("waiver_already_decided", waiver=self.waiver_id)
        acting = {given.actor.person_id, given.actor.on_behalf_of} - {None}
        if acting & {*session.teacher_ids, waiver.requested.filed_by}:
            raise NotAllowed("self_approval_forbidden", waiver=self.waiver_id)
        if acting & waiver.behind:
            raise NotAllowed("approved_a_step_already")
        last = waiver.requested.route.check(waiver.passed, waiver.requested.requested_by, given.actor)
        return waiver, last


class GrantRollCallWaiver(DecideWaiver):
    """批准补认定.  Agrees to the current step of a waiver; the last one recognises the hours.  Seed: D10, D11."""

    may = {HEAD: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere}

    def decide(self, state: Roll, given: Context) -> Iterator[Event]:
        waiver, last = self.step(state, given)
        session, duty = state.session, state.duty()
        assert session
        assert duty
        said = {
            **of_session(session),
            "waiver_id": self.waiver_id,
            "requested_by": waiver.requested.requested_by,
            "approved_by": given.actor.person_id,
        }
        if last:
            yield RollCallWaiverGranted(**said, duty=duty.waived(given.now))
        else:
            yield RollCallWaiverAdvanced(**said, approved_for=given.actor.on_behalf_of)


class RefuseRollCallWaiver(DecideWaiver):
    """驳回补认定.  Says no at the current step of a waiver.  Seed: D10, D11."""

    may = {HEAD: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere}
    reason: Reason

    def decide(self, state: Roll, given: Context) -> Iterator[Event]:
        waiver, _ = self.step(state, given)
        session = state.session
        assert session
        yield RollCallWaiverRefused(
            **of_session(session),
            waiver_id=self.waiver_id,
            requested_by=waiver.requested.requested_by,
            refused_by=given.actor.person_id,
            reason=self.reason,
        )
