from datetime import timedelta

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import CLOCK, COUNSELOR, DEPUTY, STUDENT, SYSTEM, TEACHER
from domain.conduct import (
    AGENDA,
    AcknowledgeSlip,
    LapseSlipConfirmation,
    SlipAcknowledged,
    SlipConfirmationLapsed,
    SlipConfirmed,
    SlipReturned,
    SlipRevoked,
)
from domain.duties import Done, Due
from tests.college import ARTS, FANG, LI, MATHS, TEACHER_LI, at
from tests.scenario import given
from tests.test_conduct.slips import (
    AFFAIRS,
    APPEALED,
    COLLEGE,
    CONFIRM,
    CONFIRMED,
    COUNTED,
    DEPUTY_MATHS,
    DISPUTED,
    ISSUE,
    ISSUED,
    OPEN,
    QIAN,
    RETURN,
    REVOKE,
    SLIP,
    STUDENT_BO,
    issued,
    said,
)

NEXT_DAY = at(9, "10:00")
DUE = ISSUED.duty.due_at
SEEN = AcknowledgeSlip(slip_id=SLIP)
LAPSE = LapseSlipConfirmation(slip_id=SLIP)
THE_CLOCK = SYSTEM[CLOCK]
NOBODY = Actor("person:zhao", COUNSELOR, MATHS)
LAPSED = said(OPEN, LAPSE, THE_CLOCK, DUE + timedelta(seconds=60))


def test_the_counselor_confirms_and_the_points_count():
    assert isinstance(CONFIRMED, SlipConfirmed)
    assert (CONFIRMED.state, CONFIRMED.counted_hundredths) == ("confirmed", -200)
    assert (CONFIRMED.confirmed_by, CONFIRMED.confirmed_as) == (QIAN.person_id, COUNSELOR)
    assert (CONFIRMED.duty.state, CONFIRMED.duty.settled_at) == ("done", NEXT_DAY)
    given(*COUNTED).when(CONFIRM, by=QIAN, now=NEXT_DAY).then()


def test_the_counselor_returns_what_is_not_right():
    event = said(OPEN, RETURN, QIAN, NEXT_DAY)
    assert isinstance(event, SlipReturned)
    assert (event.state, event.counted_hundredths, event.duty.state) == ("returned", 0, "done")
    past = (*OPEN, event)
    given(*past).when(RETURN, by=QIAN, now=NEXT_DAY).then()
    for wish, by in ((CONFIRM, QIAN), (SEEN, STUDENT_BO), (REVOKE, AFFAIRS)):
        given(*past).when(wish, by=by, now=NEXT_DAY).rejected(Conflict, "slip_closed")
    given(*COUNTED).when(RETURN, by=QIAN, now=NEXT_DAY).rejected(Conflict, "slip_already_confirmed")


def test_nobody_verifies_their_own_slip():
    own = (*COLLEGE, issued(by=QIAN, teaching_class_id=None))
    for wish in (CONFIRM, RETURN):
        given(*own).when(wish, by=QIAN, now=NEXT_DAY).rejected(NotAllowed, "self_approval_forbidden")
    teacher_too = Actor(LI, COUNSELOR, MATHS, on_behalf_of=QIAN.person_id)
    given(*OPEN).when(CONFIRM, by=teacher_too, now=NEXT_DAY).rejected(NotAllowed, "self_approval_forbidden")
    for_the_teacher = (*COLLEGE, issued(by=Actor(QIAN.person_id, TEACHER, MATHS, on_behalf_of=LI)))
    given(*for_the_teacher).when(CONFIRM, by=QIAN, now=NEXT_DAY).rejected(NotAllowed, "self_approval_forbidden")


def test_the_deputy_verifies_where_no_other_counselor_can():
    own = (*COLLEGE, issued(by=QIAN, teaching_class_id=None))
    assert said(own, CONFIRM, DEPUTY_MATHS, NEXT_DAY).confirmed_as == DEPUTY
    orphan = (*COLLEGE, issued(student_id=FANG))
    assert said(orphan, CONFIRM, Actor("person:dsa3", DEPUTY, ARTS), NEXT_DAY).department_id == ARTS
    given(*orphan).when(CONFIRM, by=DEPUTY_MATHS, now=NEXT_DAY).rejected(NotAllowed, "out_of_scope")
    given(*OPEN).when(CONFIRM, by=DEPUTY_MATHS, now=NEXT_DAY).rejected(NotAllowed, "counselor_confirms")
    given(*OPEN).when(CONFIRM, by=NOBODY, now=NEXT_DAY).rejected(NotAllowed, "out_of_scope")
    assert TEACHER not in CONFIRM.may
    assert STUDENT not in CONFIRM.may


def test_a_confirmation_owed_lapses_by_the_clock_and_is_late_ever_after():
    assert isinstance(LAPSED, SlipConfirmationLapsed)
    assert (LAPSED.duty.state, LAPSED.state) == ("lapsed", "issued")
    given(*OPEN).when(LAPSE, by=THE_CLOCK, now=DUE).rejected(Conflict, "confirmation_not_due")
    late = said((*OPEN, LAPSED), CONFIRM, QIAN, DUE + timedelta(days=1))
    assert (late.duty.state, late.counted_hundredths) == ("done_late", -200)
    given(*OPEN, LAPSED).when(LAPSE, by=THE_CLOCK, now=DUE + timedelta(days=1)).then()
    given(*COUNTED).when(LAPSE, by=THE_CLOCK, now=DUE + timedelta(days=1)).then()
    assert said(OPEN, CONFIRM, QIAN, DUE).duty.state == "done"
    assert said(OPEN, CONFIRM, QIAN, DUE + timedelta(seconds=1)).duty.state == "done_late"


def test_the_clock_knows_what_is_owed():
    [due] = AGENDA[type(ISSUED)](ISSUED)
    assert due == Due(f"slip/{SLIP}", DUE + timedelta(seconds=60), LAPSE)
    for event in (CONFIRMED, LAPSED):
        assert list(AGENDA[type(event)](event)) == [Done(f"slip/{SLIP}")]
    small = ISSUE.model_copy(update={"code": "J02", "points_hundredths": 50})
    first, _ = given(*COLLEGE).when(small, by=TEACHER_LI, now=at(8, "12:00")).happens()
    assert list(AGENDA[type(first)](first)) == []


def test_the_student_has_seen_it():
    event = said(OPEN, SEEN, STUDENT_BO, NEXT_DAY)
    assert isinstance(event, SlipAcknowledged)
    assert (event.acknowledged_at, event.state) == (NEXT_DAY, "issued")
    given(*OPEN, event).when(SEEN, by=STUDENT_BO, now=at(10, "08:00")).then()
    given(*OPEN).when(SEEN, by=Actor("person:chen", STUDENT), now=NEXT_DAY).rejected(NotAllowed, "out_of_scope")


def test_the_issuer_revokes_what_nobody_confirmed_yet():
    event = said(OPEN, REVOKE, TEACHER_LI, NEXT_DAY)
    assert isinstance(event, SlipRevoked)
    assert (event.state, event.duty.state) == ("revoked", "cancelled")
    given(*OPEN, event).when(REVOKE, by=AFFAIRS, now=NEXT_DAY).then()
    given(*OPEN, event).when(CONFIRM, by=QIAN, now=NEXT_DAY).rejected(Conflict, "slip_closed")
    stranger = Actor("person:wu", TEACHER, MATHS)
    given(*OPEN).when(REVOKE, by=stranger, now=NEXT_DAY).rejected(NotAllowed, "out_of_scope")


def test_a_confirmed_slip_is_revoked_by_the_deputy_or_student_affairs_and_its_points_go_out():
    given(*COUNTED).when(REVOKE, by=TEACHER_LI, now=NEXT_DAY).rejected(NotAllowed, "out_of_scope")
    for by in (DEPUTY_MATHS, AFFAIRS):
        event = said(COUNTED, REVOKE, by, NEXT_DAY)
        assert (event.counted_hundredths, event.duty) == (0, None)


def test_revoking_hides_no_lateness_and_makes_an_appeal_moot():
    assert said(OPEN, REVOKE, AFFAIRS, DUE + timedelta(seconds=1)).duty.state == "lapsed"
    assert said((*OPEN, LAPSED), REVOKE, AFFAIRS, DUE + timedelta(days=1)).duty is None
    event = said(DISPUTED, REVOKE, AFFAIRS, at(10, "12:00"))
    assert (event.appeal, event.duty.key, event.duty.state) == ("moot", APPEALED.duty.key, "cancelled")


@pytest.mark.parametrize("wish", [CONFIRM, RETURN, REVOKE, SEEN])
def test_only_a_slip_that_was_issued(wish):
    given(*COLLEGE).when(wish, by=QIAN, now=NEXT_DAY).rejected(Unknown, "slip_unknown")
