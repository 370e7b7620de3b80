"""Erasing a person, told as stories.  Seed: A30."""

from __future__ import annotations

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import HR, PRESIDENT, STUDENT_AFFAIRS
from domain.privacy import (
    ApproveErasure,
    DeclineErasure,
    ErasureDeclined,
    ErasureRequested,
    LegalHoldLifted,
    LegalHoldPlaced,
    LiftLegalHold,
    PersonErased,
    PlaceLegalHold,
    RequestErasure,
)
from tests.scenario import given
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
