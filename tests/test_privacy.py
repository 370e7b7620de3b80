"""Erasing and restricting a person, told as stories.  Seed: A30."""

from __future__ import annotations

from datetime import date

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import CLOCK, HR, PRESIDENT, REACTION, STUDENT_AFFAIRS, SYSTEM
from domain.privacy import (
    ApproveErasure,
    ApproveLifting,
    ApproveRestriction,
    DeclineErasure,
    DeclineLifting,
    DeclineRestriction,
    ErasureDeclined,
    ErasureReapplied,
    ErasureRequested,
    LegalHoldLifted,
    LegalHoldPlaced,
    LiftingDeclined,
    LiftingRequested,
    LiftLegalHold,
    LooksSealed,
    PersonErased,
    PersonRestricted,
    PlaceLegalHold,
    ReapplyErasure,
    RequestErasure,
    RequestLifting,
    RequestRestriction,
    RestrictionDeclined,
    RestrictionLifted,
    RestrictionRequested,
    SealLooks,
)
from tests.scenario import NOON, given
from tests.test_organisation import HIRED
from tests.test_students import ADMITTED

SUN, TANG = Actor("person:sun", STUDENT_AFFAIRS), Actor("person:tang", STUDENT_AFFAIRS)
OFFICE, HEAD_OFFICE = Actor("person:hr", HR), Actor("person:president", PRESIDENT)
ASK = {
    "request_id": "erasure:1",
    "person_id": "person:wu",
    "grounds": "retention_expired",
    "document_no": "2026-40",
}
ASKED = ErasureRequested(**ASK, requested_by="person:sun", requested_for=None)
ERASED = PersonErased(**ASK, requested_by="person:sun", approved_by="person:tang")
DECLINED = ErasureDeclined(**ASK, requested_by="person:sun", declined_by="person:tang", reason="仍在保存期内")
HOLD = {"hold_id": "hold:1", "person_id": "person:wu", "document_no": "court-7"}
HELD = LegalHoldPlaced(**HOLD, placed_by="person:sun")
LIFTED = LegalHoldLifted(**HOLD | {"document_no": "court-8"}, lifted_by="person:president")
APPROVE, DECLINE = ApproveErasure(request_id="erasure:1"), DeclineErasure(request_id="erasure:1", reason="仍在保存期内")


def test_erasure_is_asked_for_once_by_the_office_of_the_person():
    given(ADMITTED).when(RequestErasure(**ASK), by=SUN).then(ASKED)
    given(ADMITTED, ASKED).when(RequestErasure(**ASK), by=SUN).then()
    given(ADMITTED, ASKED).when(RequestErasure(**ASK), by=TANG).rejected(Conflict, "erasure_already_requested")
    given(ADMITTED).when(RequestErasure(**ASK), by=OFFICE).rejected(NotAllowed, "out_of_scope")
    given().when(RequestErasure(**ASK), by=SUN).rejected(Unknown, "person_unknown")
    staff = RequestErasure(**ASK | {"person_id": "person:li"})
    given(HIRED).when(staff, by=SUN).rejected(NotAllowed, "out_of_scope")
    assert len(given(HIRED).when(staff, by=OFFICE).happens()) == 1


def test_another_person_approves_and_it_is_done_once():
    given(ADMITTED, ASKED).when(APPROVE, by=TANG).then(ERASED)
    given(ADMITTED, ASKED, ERASED).when(APPROVE, by=HEAD_OFFICE).then()
    given(ADMITTED).when(APPROVE, by=TANG).rejected(Unknown, "erasure_unknown")
    again = RequestErasure(**ASK | {"request_id": "erasure:2"})
    given(ADMITTED, ASKED, ERASED).when(again, by=SUN).rejected(Conflict, "person_erased")


LENT = ASKED.model_copy(update={"requested_by": "person:clerk", "requested_for": "person:sun"})


@pytest.mark.parametrize(
    ("asked", "by"),
    [
        (ASKED, SUN),
        (ASKED, Actor("person:clerk", STUDENT_AFFAIRS, on_behalf_of="person:sun")),
        (LENT, SUN),
        (LENT, Actor("person:clerk", HR)),
        (ASKED, Actor("person:wu", HR)),
    ],
    ids=["requester", "requester's delegate", "for whom it was asked", "who asked for another", "person concerned"],
)
@pytest.mark.parametrize("command", [APPROVE, DECLINE], ids=["approve", "decline"])
def test_nobody_decides_their_own_request(asked, by, command):
    given(ADMITTED, asked).when(command, by=by).rejected(NotAllowed, "self_approval_forbidden")


def test_a_declined_request_is_over():
    given(ADMITTED, ASKED).when(DECLINE, by=TANG).then(DECLINED)
    given(ADMITTED, ASKED, DECLINED).when(DECLINE, by=TANG).then()
    given(ADMITTED, ASKED, DECLINED).when(APPROVE, by=TANG).rejected(Conflict, "erasure_declined")
    given(ADMITTED, ASKED, ERASED).when(DECLINE, by=TANG).rejected(Conflict, "person_erased")


def test_the_law_holds_what_it_needs():
    given(ADMITTED, HELD).when(RequestErasure(**ASK), by=SUN).rejected(Conflict, "legal_hold")
    given(ADMITTED, ASKED, HELD).when(APPROVE, by=TANG).rejected(Conflict, "legal_hold")
    second = HELD.model_copy(update={"hold_id": "hold:2"})
    given(ADMITTED, ASKED, HELD, second, LIFTED).when(APPROVE, by=TANG).rejected(Conflict, "legal_hold")
    given(ADMITTED, ASKED, HELD, LIFTED).when(APPROVE, by=TANG).then(ERASED)


def test_a_hold_is_placed_and_lifted_once():
    given(ADMITTED).when(PlaceLegalHold(**HOLD), by=SUN).then(HELD)
    given(ADMITTED, HELD).when(PlaceLegalHold(**HOLD), by=TANG).then()
    given(ADMITTED, HELD).when(PlaceLegalHold(**HOLD | {"document_no": "court-9"}), by=SUN).rejected(
        Conflict, "hold_already_placed"
    )
    given(ADMITTED, ERASED).when(PlaceLegalHold(**HOLD), by=SUN).rejected(Conflict, "person_erased")
    given(ADMITTED).when(PlaceLegalHold(**HOLD), by=OFFICE).rejected(NotAllowed, "out_of_scope")
    lift = LiftLegalHold(hold_id="hold:1", document_no="court-8")
    given(HELD).when(lift, by=HEAD_OFFICE).then(LIFTED)
    given(HELD, LIFTED).when(lift, by=HEAD_OFFICE).then()
    given().when(lift, by=HEAD_OFFICE).rejected(Unknown, "hold_unknown")


def test_who_approved_the_erasure_of_another_is_not_erased():
    of_tang = ADMITTED.model_copy(update={"student_id": "student:tang", "person_id": "person:tang"})
    ask = RequestErasure(**ASK | {"request_id": "erasure:2", "person_id": "person:tang"})
    assert len(given(of_tang, ERASED).when(ask, by=SUN).happens()) == 1


RESTRICT = {
    "restriction_id": "restriction:1",
    "person_id": "person:wu",
    "grounds": "retention_runs",
    "document_no": "2026-41",
}
WISHED = RestrictionRequested(**RESTRICT, requested_by="person:sun", requested_for=None)
RESTRICTED = PersonRestricted(**RESTRICT, requested_by="person:sun", approved_by="person:tang")
REFUSED = RestrictionDeclined(**RESTRICT, requested_by="person:sun", declined_by="person:tang", reason="应当删除")
OVER = {"restriction_id": "restriction:1", "person_id": "person:wu", "document_no": "2026-50"}
LIFTING = LiftingRequested(**OVER, requested_by="person:tang", requested_for=None)
LEFT = LiftingDeclined(
    restriction_id="restriction:1",
    person_id="person:wu",
    requested_by="person:tang",
    declined_by="person:sun",
    reason="保存期未满",
)
SHOWN_AGAIN = RestrictionLifted(**OVER, requested_by="person:tang", approved_by="person:sun")
IMPOSE, REFUSE = (
    ApproveRestriction(restriction_id="restriction:1"),
    DeclineRestriction(restriction_id="restriction:1", reason="应当删除"),
)
LIFT = RequestLifting(restriction_id="restriction:1", document_no="2026-50")
SHOW_AGAIN = ApproveLifting(restriction_id="restriction:1")
LEAVE = DeclineLifting(restriction_id="restriction:1", reason="保存期未满")
FORCED = (ADMITTED, WISHED, RESTRICTED)


def test_restriction_is_asked_for_once_by_the_office_of_the_person():
    ask = RequestRestriction(**RESTRICT)
    given(ADMITTED).when(ask, by=SUN).then(WISHED)
    given(ADMITTED, WISHED).when(ask, by=SUN).then()
    given(ADMITTED, WISHED).when(ask, by=TANG).rejected(Conflict, "restriction_already_requested")
    given(ADMITTED).when(ask, by=OFFICE).rejected(NotAllowed, "out_of_scope")
    given().when(ask, by=SUN).rejected(Unknown, "person_unknown")
    given(ADMITTED, ERASED).when(ask, by=SUN).rejected(Conflict, "person_erased")
    second = RequestRestriction(**RESTRICT | {"restriction_id": "restriction:2"})
    given(*FORCED).when(second, by=SUN).rejected(Conflict, "person_restricted")
    given(*FORCED, LIFTING, SHOWN_AGAIN).when(second, by=SUN).then(
        WISHED.model_copy(update={"restriction_id": "restriction:2"})
    )
    given(ADMITTED, HELD).when(ask, by=SUN).then(WISHED)


def test_another_person_imposes_it_and_it_is_done_once():
    given(ADMITTED, WISHED).when(IMPOSE, by=TANG).then(RESTRICTED)
    given(ADMITTED, WISHED, HELD).when(IMPOSE, by=TANG).then(RESTRICTED)
    given(*FORCED).when(IMPOSE, by=HEAD_OFFICE).then()
    given(ADMITTED).when(IMPOSE, by=TANG).rejected(Unknown, "restriction_unknown")
    given(ADMITTED, WISHED, ERASED).when(IMPOSE, by=TANG).rejected(Conflict, "person_erased")
    given(ADMITTED, WISHED).when(REFUSE, by=TANG).then(REFUSED)
    given(ADMITTED, WISHED, REFUSED).when(REFUSE, by=TANG).then()
    given(ADMITTED, WISHED, REFUSED).when(IMPOSE, by=TANG).rejected(Conflict, "restriction_declined")
    given(*FORCED).when(REFUSE, by=TANG).rejected(Conflict, "person_restricted")
    other = WISHED.model_copy(update={"restriction_id": "restriction:2"})
    twice = ApproveRestriction(restriction_id="restriction:2")
    given(*FORCED, other).when(twice, by=TANG).rejected(Conflict, "person_restricted")


def test_lifting_takes_two_people_as_well():
    given(*FORCED).when(LIFT, by=TANG).then(LIFTING)
    given(*FORCED, LIFTING).when(LIFT, by=TANG).then()
    given(*FORCED, LIFTING).when(LIFT, by=SUN).rejected(Conflict, "lifting_already_requested")
    given(*FORCED).when(LIFT, by=OFFICE).rejected(NotAllowed, "out_of_scope")
    given(ADMITTED, WISHED).when(LIFT, by=TANG).rejected(Conflict, "restriction_not_in_force")
    given(*FORCED).when(SHOW_AGAIN, by=SUN).rejected(Conflict, "lifting_not_requested")
    given(*FORCED, LIFTING).when(SHOW_AGAIN, by=SUN).then(SHOWN_AGAIN)
    given(*FORCED, LIFTING, SHOWN_AGAIN).when(SHOW_AGAIN, by=SUN).then()
    given(*FORCED, LIFTING, SHOWN_AGAIN).when(LIFT, by=TANG).rejected(Conflict, "restriction_lifted")
    given(*FORCED, LIFTING, SHOWN_AGAIN).when(LEAVE, by=SUN).rejected(Conflict, "restriction_lifted")
    given(*FORCED, LIFTING).when(LEAVE, by=SUN).then(LEFT)
    given(*FORCED, LIFTING, LEFT).when(SHOW_AGAIN, by=SUN).rejected(Conflict, "lifting_not_requested")
    given(*FORCED, LIFTING, LEFT).when(LIFT, by=SUN).then(LIFTING.model_copy(update={"requested_by": "person:sun"}))
    given(*FORCED, LIFTING, ERASED).when(SHOW_AGAIN, by=SUN).rejected(Conflict, "person_erased")


@pytest.mark.parametrize(
    ("past", "command"),
    [
        ((ADMITTED, WISHED), IMPOSE),
        ((ADMITTED, WISHED), REFUSE),
        ((*FORCED, LIFTING.model_copy(update={"requested_by": "person:sun"})), SHOW_AGAIN),
        ((*FORCED, LIFTING.model_copy(update={"requested_by": "person:sun"})), LEAVE),
    ],
    ids=["approve", "decline", "lift", "leave"],
)
@pytest.mark.parametrize(
    "by",
    [SUN, Actor("person:clerk", STUDENT_AFFAIRS, on_behalf_of="person:sun"), Actor("person:wu", HR)],
    ids=["requester", "requester's delegate", "person concerned"],
)
def test_nobody_decides_on_their_own_restriction(past, command, by):
    given(*past).when(command, by=by).rejected(NotAllowed, "self_approval_forbidden")
    lent = [
        e.model_copy(update={"requested_by": "person:clerk", "requested_for": "person:sun"})
        if isinstance(e, RestrictionRequested | LiftingRequested)
        else e
        for e in past
    ]
    given(*lent).when(command, by=by).rejected(NotAllowed, "self_approval_forbidden")


def test_a_restricted_person_may_be_erased():
    given(*FORCED).when(RequestErasure(**ASK), by=SUN).then(ASKED)
    given(*FORCED, ASKED).when(APPROVE, by=TANG).then(ERASED)


KNOWN = {"request_id": "erasure:1", "person_id": "person:wu", "lost_event": "0198f0c2", "erased_at": NOON}
REAPPLIED = ErasureReapplied(**KNOWN)


def test_what_a_restored_log_forgot_is_recorded_again_once():
    again = ReapplyErasure(**KNOWN)
    given().when(again, by=SYSTEM[REACTION]).then(REAPPLIED)
    given(ADMITTED, ASKED).when(again, by=SYSTEM[REACTION]).then(REAPPLIED)
    given(ADMITTED, ASKED, ERASED).when(again, by=SYSTEM[REACTION]).then()
    given(REAPPLIED).when(again, by=SYSTEM[REACTION]).then()
    given(ADMITTED, REAPPLIED).when(RequestErasure(**ASK), by=SUN).rejected(Conflict, "person_erased")
    given(ADMITTED, ASKED, REAPPLIED).when(APPROVE, by=TANG).then()
    given(ADMITTED, REAPPLIED).when(RequestRestriction(**RESTRICT), by=SUN).rejected(Conflict, "person_erased")


def test_looks_are_sealed_one_day_after_another():
    def day(number: int, before: str, digest: str = "a") -> dict[str, object]:
        return {"day": date(2026, 9, number), "looks": 3, "digest": digest * 64, "before": before}

    first, second = LooksSealed(**day(7, "")), LooksSealed(**day(9, "a" * 64, "b"))
    clock = SYSTEM[CLOCK]
    given().when(SealLooks(**day(7, "")), by=clock).then(first)
    given(first).when(SealLooks(**day(7, "")), by=clock).then()
    given(first).when(SealLooks(**day(7, "", "c")), by=clock).rejected(Conflict, "looks_already_sealed")
    given(first).when(SealLooks(**day(9, "a" * 64, "b")), by=clock).then(second)
    given(first, second).when(SealLooks(**day(8, "b" * 64)), by=clock).rejected(Conflict, "looks_out_of_order")
    given(first).when(SealLooks(**day(9, "")), by=clock).rejected(Conflict, "looks_out_of_order")
    given().when(SealLooks(**day(9, "a" * 64)), by=clock).rejected(Conflict, "looks_out_of_order")
