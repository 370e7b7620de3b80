"""Deferrals 缓考: an exam sat later, along a route frozen when asked.  The teacher has no say in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from domain import Conflict, Context, Event, Line, NotAllowed, Personal, Reason, Unknown
from domain.access import ACADEMIC, HEAD, SECRETARY, STUDENT, anywhere, own_department
from domain.approval import route
from domain.exams.events import DeferralAdvanced, DeferralApproved, DeferralRefused, DeferralRequested
from domain.exams.rules import DEFERRAL_DAYS, DEFERRAL_ROUTE
from domain.exams.sitting import AboutSitting, Deferral, Sitting, the_student


class RequestDeferral(AboutSitting):
    """缓考申请.  A student asks to sit an exam later, with a reason and evidence.  Seed: D39."""

    may = {STUDENT: the_student}
    deferral_id: Line
    reason: Annotated[Reason, Personal("student_id")]
    evidence: Line

    def decide(self, state: Sitting, given: Context) -> Iterator[Event]:
        if self._repeated(state):
            return
        self.check_member(state, given)
        if "bar" in state.records:
            raise Conflict("barred_from_exam", student=self.student_id)
        rules = given.rules.at(given.now)
        if state.held and given.today > (last := state.held.day + timedelta(days=rules(DEFERRAL_DAYS))):
            raise Conflict("deferral_window_over", teaching_class=self.teaching_class_id, last_day=last)
        told = self.told(state, given)
        yield DeferralRequested(
            **told,
            deferral_id=self.deferral_id,
            requested_by=given.actor.person_id,
            requested_for=given.actor.on_behalf_of,
            reason=self.reason,
            evidence=self.evidence,
            route=route(rules(DEFERRAL_ROUTE), told["department_id"]),
            policies=rules.used(DEFERRAL_ROUTE, DEFERRAL_DAYS),
        )

    def _repeated(self, state: Sitting) -> bool:
        """Whether this was asked before, sealed texts aside; raises if another request stands in the way."""
        if known := state.deferrals.get(self.deferral_id):
            if known.requested.evidence == self.evidence:
                return True
            raise Conflict("deferral_already_requested", deferral=self.deferral_id)
        for deferral_id, deferral in state.deferrals.items():
            if deferral.approved or not deferral.decided:
                raise Conflict("deferral_already_requested", deferral=deferral_id)
        return False


class DecideDeferral(AboutSitting):
    """缓考审批.  What agreeing to and refusing a deferral share."""

    deferral_id: Line

    def find(self, state: Sitting) -> None:
        super().find(state)
        if self.deferral_id not in state.deferrals:
            raise Unknown("deferral_unknown", deferral=self.deferral_id)

    def step(self, state: Sitting, given: Context) -> tuple[Deferral, bool]:
        """The deferral, and whether its current step is the last; raises if it is not this actor's to decide."""
        deferral, offering = state.deferrals[self.deferral_id], state.offering
        assert offering
        asked = deferral.requested
        if deferral.decided:
            raise Conflict("deferral_already_decided", deferral=self.deferral_id)
        acting = {given.actor.person_id, given.actor.on_behalf_of} - {None}
        if acting & {*offering.teacher_ids, asked.requested_by, asked.requested_for}:
            raise NotAllowed("self_approval_forbidden", deferral=self.deferral_id)
        if acting & deferral.behind:
            raise NotAllowed("approved_a_step_already")
        return deferral, asked.route.check(deferral.passed, asked.requested_by, given.actor)


DECIDERS = {HEAD: own_department, SECRETARY: own_department, ACADEMIC: anywhere}


class ApproveDeferral(DecideDeferral):
    """批准缓考.  Agrees to the current step of a deferral; the last one defers the exam.  Seed: D39, D13."""

    may = DECIDERS

    def decide(self, state: Sitting, given: Context) -> Iterator[Event]:
        deferral, last = self.step(state, given)
        kind = DeferralApproved if last else DeferralAdvanced
        yield kind(
            **self.told(state, given),
            deferral_id=self.deferral_id,
            requested_by=deferral.requested.requested_by,
            approved_by=given.actor.person_id,
            approved_for=given.actor.on_behalf_of,
        )


class RefuseDeferral(DecideDeferral):
    """驳回缓考.  Says no at the current step of a deferral.  Seed: D39."""

    may = DECIDERS
    reason: Annotated[Reason, Personal("student_id")]

    def decide(self, state: Sitting, given: Context) -> Iterator[Event]:
        deferral, _ = self.step(state, given)
        yield DeferralRefused(
            **self.told(state, given),
            deferral_id=self.deferral_id,
            requested_by=deferral.requested.requested_by,
            refused_by=given.actor.person_id,
            reason=self.reason,
        )
