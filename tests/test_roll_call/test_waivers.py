from datetime import timedelta

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import ACADEMIC, ACADEMIC_HEAD, HEAD
from domain.calendar import HolidayDeclared
from domain.roll_call import (
    GrantRollCallWaiver,
    RefuseRollCallWaiver,
    RequestRollCallWaiver,
    RollCallWaiverAdvanced,
    RollCallWaiverGranted,
    RollCallWaiverRefused,
    RollCallWaiverRequested,
)
from tests.college import ARTS, LI, MATHS, OFFICE, SECRETARY_MATHS, TEACHER_LI, TEACHER_WU, TERM, WU
from tests.rolls import DEAN, DUE, ENDED, HEAD_MATHS, IN_TIME, LATE, PAST, SESSION, revised, taken
from tests.scenario import given

ROLLED = (*PAST, ENDED, LATE)
AFTER = DUE + timedelta(days=1)
ASK = RequestRollCallWaiver(session_id=SESSION, waiver_id="w1", reason="机房断网两天", evidence="网络中心证明 12 号")
GRANT = GrantRollCallWaiver(session_id=SESSION, waiver_id="w1")
REFUSE = RefuseRollCallWaiver(session_id=SESSION, waiver_id="w1", reason="证明材料不足")


def asked(*past, command=ASK, by=TEACHER_LI, now=AFTER):
    [event] = given(*(past or ROLLED)).when(command, by=by, now=now).happens()
    return event


ASKED = asked()


def test_a_teacher_asks_for_hours_lost_to_the_deadline():
    assert isinstance(ASKED, RollCallWaiverRequested)
    assert [s.role for s in ASKED.route.steps] == ["academic_head"]
    given(*ROLLED, ASKED).when(ASK, by=TEACHER_LI, now=AFTER).then()
    assert asked(*PAST, ENDED)


@pytest.mark.parametrize(
    ("past", "change", "now", "code"),
    [
        ((*PAST, ENDED, IN_TIME), {}, AFTER, "nothing_to_waive"),
        ((*PAST, ENDED), {}, DUE, "nothing_to_waive"),
        (PAST, {}, AFTER, "nothing_to_waive"),
        ((*ROLLED, ASKED), {"waiver_id": "w2"}, AFTER, "waiver_already_requested"),
        ((*ROLLED, ASKED), {"evidence": "另一份证明"}, AFTER, "waiver_already_requested"),
        ((*ROLLED, revised("rollcall.waiver", "never")), {}, AFTER, "waiver_not_allowed"),
    ],
)
def test_when_nothing_may_be_asked(past, change, now, code):
    given(*past).when(ASK.model_copy(update=change), by=TEACHER_LI, now=now).rejected(Conflict, code)


def test_it_is_asked_within_working_days():
    last = DUE + timedelta(days=14)  # ten working days after Wednesday the 9th
    assert asked(now=last)
    given(*ROLLED).when(ASK, by=TEACHER_LI, now=last + timedelta(days=1)).rejected(Conflict, "waiver_window_over")
    feast = HolidayDeclared(term_id=TERM, day=(DUE + timedelta(days=1)).date(), name="校庆")
    assert asked(*ROLLED, feast, now=last + timedelta(days=1))
    short = revised("rollcall.waiver_days", 1)
    given(*ROLLED, short).when(ASK, by=TEACHER_LI, now=AFTER + timedelta(days=1)).rejected(
        Conflict, "waiver_window_over"
    )


def test_the_last_step_grants_it():
    [event] = given(*ROLLED, ASKED).when(GRANT, by=DEAN, now=AFTER).happens()
    assert isinstance(event, RollCallWaiverGranted)
    assert (event.duty.state, event.duty.due_at, event.approved_by) == ("waived", DUE, DEAN.person_id)
    given(*ROLLED, ASKED, event).when(GRANT, by=DEAN, now=AFTER).rejected(Conflict, "waiver_already_decided")
    given(*ROLLED, ASKED, event).when(REFUSE, by=DEAN, now=AFTER).rejected(Conflict, "waiver_already_decided")
    given(*ROLLED, ASKED, event).when(ASK.model_copy(update={"waiver_id": "w2"}), by=TEACHER_LI, now=AFTER).rejected(
        Conflict, "waiver_already_requested"
    )


def test_a_roll_taken_after_its_waiver_leaves_the_duty_waived():
    asked_first = asked(*PAST, ENDED)
    [granted] = given(*PAST, ENDED, asked_first).when(GRANT, by=DEAN, now=AFTER).happens()
    event = taken(ENDED, granted, now=AFTER)
    assert (event.on_time, event.duty.state) == (False, "waived")


def test_a_refused_waiver_may_be_asked_for_again():
    [event] = given(*ROLLED, ASKED).when(REFUSE, by=DEAN, now=AFTER).happens()
    assert isinstance(event, RollCallWaiverRefused)
    again = ASK.model_copy(update={"waiver_id": "w2"})
    assert asked(*ROLLED, ASKED, event, command=again)


def test_nobody_approves_their_own_request():
    himself = Actor(LI, ACADEMIC_HEAD)
    given(*ROLLED, ASKED).when(GRANT, by=himself, now=AFTER).rejected(NotAllowed, "self_approval_forbidden")
    colleague = Actor(WU, ACADEMIC_HEAD)
    given(*ROLLED, ASKED).when(GRANT, by=colleague, now=AFTER).rejected(NotAllowed, "self_approval_forbidden")
    for_him = Actor("person:x", ACADEMIC_HEAD, on_behalf_of=LI)
    given(*ROLLED, ASKED).when(GRANT, by=for_him, now=AFTER).rejected(NotAllowed, "self_approval_forbidden")


def test_neither_does_whoever_handed_it_in_for_them():
    filed = asked(by=Actor("person:x", TEACHER_LI.role, MATHS, on_behalf_of=LI))
    assert (filed.requested_by, filed.filed_by) == (LI, "person:x")
    given(*ROLLED, filed).when(GRANT, by=Actor("person:x", ACADEMIC_HEAD), now=AFTER).rejected(
        NotAllowed, "self_approval_forbidden"
    )


def test_nobody_agrees_to_two_steps_once_in_person_and_once_by_another():
    past = (*ROLLED, asked(*ROLLED, revised("rollcall.waiver_route", "head@>academic_head")))
    lent = Actor("person:x", HEAD, MATHS, on_behalf_of=HEAD_MATHS.person_id)
    [first] = given(*past).when(GRANT, by=lent, now=AFTER).happens()
    lender = Actor(HEAD_MATHS.person_id, ACADEMIC_HEAD)
    given(*past, first).when(GRANT, by=lender, now=AFTER).rejected(NotAllowed, "approved_a_step_already")


def test_the_route_is_the_rulebooks_when_asked_and_walked_in_order():
    longer = revised("rollcall.waiver_route", "head@>academic_head")
    past = (*ROLLED, asked(*ROLLED, longer))
    given(*past).when(GRANT, by=DEAN, now=AFTER).rejected(NotAllowed, "not_your_step")
    strange = Actor("person:h2", HEAD, ARTS)
    given(*past).when(GRANT, by=strange, now=AFTER).rejected(NotAllowed, "out_of_scope")
    [first] = given(*past).when(GRANT, by=HEAD_MATHS, now=AFTER).happens()
    assert isinstance(first, RollCallWaiverAdvanced)
    both = Actor(HEAD_MATHS.person_id, ACADEMIC_HEAD)
    given(*past, first).when(GRANT, by=both, now=AFTER).rejected(NotAllowed, "approved_a_step_already")
    [second] = given(*past, first).when(GRANT, by=DEAN, now=AFTER).happens()
    assert isinstance(second, RollCallWaiverGranted)
    given(*ROLLED, ASKED).when(GRANT, by=Actor("person:o", ACADEMIC), now=AFTER).rejected(NotAllowed, "not_your_step")


def test_only_a_waiver_that_was_asked_for():
    given(*ROLLED).when(GRANT, by=DEAN, now=AFTER).rejected(Unknown, "waiver_unknown")
    given(*ROLLED).when(ASK, by=Actor("person:z", TEACHER_WU.role, MATHS), now=AFTER).rejected(
        NotAllowed, "out_of_scope"
    )
    assert OFFICE.role not in ASK.may
    assert SECRETARY_MATHS.role not in GRANT.may
