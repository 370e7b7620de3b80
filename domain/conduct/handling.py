"""What is done with a slip: seen by the student, confirmed or returned by the counselor, revoked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain import Actor, Conflict, Context, Event, NotAllowed, Reason
from domain.access import (
    ACADEMIC,
    ACADEMIC_HEAD,
    CLOCK,
    COUNSELOR,
    DEPUTY,
    HEAD,
    STUDENT,
    STUDENT_AFFAIRS,
    STUDENT_AFFAIRS_HEAD,
    TEACHER,
    anywhere,
)
from domain.conduct.events import (
    SlipAcknowledged,
    SlipConfirmationLapsed,
    SlipConfirmed,
    SlipReturned,
    SlipRevoked,
)
from domain.conduct.slip import AboutSlip, Slip, WithCounselor, dropped
from domain.conduct.whereabouts import acting, check_counselor, own_department, own_squad, the_student


class AcknowledgeSlip(AboutSlip):
    """确认奖罚单.  The student has seen the slip, which says nothing of whether they agree.  Seed: D16."""

    may = {STUDENT: the_student}

    def decide(self, state: Slip, given: Context) -> Iterator[Event]:
        if state.slip.acknowledged_at is None:
            self.check_standing(state)
            yield SlipAcknowledged(**state.row(acknowledged_at=given.now))


class VerifySlip(WithCounselor):
    """核实奖罚单.  What confirming and returning a slip share.

    The counselor of the student's class decides; the deputy where there is none, or the counselor issued the slip.
    """

    def check_verifier(self, state: Slip, given: Context) -> None:
        """Raise if the slip is not this person's to verify."""
        if state.issuers & acting(given.actor):
            raise NotAllowed("self_approval_forbidden", slip=self.slip_id)
        check_counselor(self, state, given)
        counselor = state.homes.counselor(state.slip.squad_id, given.today)
        if given.actor.role == DEPUTY and counselor and counselor not in state.issuers:
            raise NotAllowed("counselor_confirms", slip=self.slip_id)


class ConfirmSlip(VerifySlip):
    """核实奖罚单.  The slip is true: from now on its points count.  Late is late, yet accepted.  Seed: D16."""

    may = {COUNSELOR: own_squad, DEPUTY: own_department}

    def decide(self, state: Slip, given: Context) -> Iterator[Event]:
        self.check_verifier(state, given)
        self.check_standing(state)
        if state.slip.state == "confirmed":
            return
        actor, duty = given.actor, state.confirmation
        told = {
            "state": "confirmed",
            "confirmed_by": actor.person_id,
            "confirmed_for": actor.on_behalf_of,
            "confirmed_as": actor.role,
            "confirmed_at": given.now,
        }
        yield SlipConfirmed(**state.row(**told), duty=duty.done(given.now) if duty else None)


class ReturnSlip(VerifySlip):
    """退回奖罚单.  The slip is not right; it never counts, and the issuer may issue another.  Seed: D16."""

    may = {COUNSELOR: own_squad, DEPUTY: own_department}
    reason: Reason

    def decide(self, state: Slip, given: Context) -> Iterator[Event]:
        self.check_verifier(state, given)
        if state.slip.state == "returned":
            return
        self.check_standing(state)
        if state.slip.state == "confirmed":
            raise Conflict("slip_already_confirmed", slip=self.slip_id)
        duty = state.confirmation
        yield SlipReturned(
            **state.row(state="returned"),
            returned_by=given.actor.person_id,
            reason=self.reason,
            duty=duty.done(given.now) if duty else None,
        )


class LapseSlipConfirmation(AboutSlip):
    """核实逾期.  Once the days are over: nobody said whether the slip is true.  Seed: D16."""

    may = {CLOCK: anywhere}

    def decide(self, state: Slip, given: Context) -> Iterator[Event]:
        duty = state.confirmation
        if duty is None or duty.state != "open":
            return
        if given.second <= duty.due_at:
            raise Conflict("confirmation_not_due", slip=self.slip_id, due_at=duty.due_at)
        yield SlipConfirmationLapsed(**state.row(), duty=duty.lapsed())


def own_open_slip(command: Any, state: Any, actor: Actor) -> bool:
    """o: their own slip, as long as nobody has confirmed it."""
    return state.slip.state == "issued" and bool(acting(actor) & state.issuers)


class RevokeSlip(AboutSlip):
    """撤销奖罚单.  Withdraws a slip with a reason, and its points with it; what it said stays.  Seed: D16.

    The issuer may until it is confirmed; afterwards the deputy of the department and student affairs.
    """

    may = {
        TEACHER: own_open_slip,
        COUNSELOR: own_open_slip,
        HEAD: own_open_slip,
        ACADEMIC: own_open_slip,
        ACADEMIC_HEAD: own_open_slip,
        DEPUTY: own_department,
        STUDENT_AFFAIRS: anywhere,
        STUDENT_AFFAIRS_HEAD: anywhere,
    }
    reason: Reason

    def decide(self, state: Slip, given: Context) -> Iterator[Event]:
        if state.slip.state == "revoked":
            return
        self.check_standing(state)
        owed = state.answer if state.slip.appeal == "open" else state.confirmation
        changed = {"state": "revoked"} | ({"appeal": "moot"} if state.slip.appeal == "open" else {})
        yield SlipRevoked(
            **state.row(**changed),
            revoked_by=given.actor.person_id,
            reason=self.reason,
            duty=dropped(owed, given),
        )
