"""Registering for an offering, withdrawing, beginning again, and how it ends, told as stories.  Seed: D41."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from domain import Conflict, Event, Unknown
from domain.policies import PolicyRevised
from domain.registrations import (
    RESULT_AGREES,
    ConcludeRegistration,
    RegisterStudent,
    RegistrationConcluded,
    StudentRegistered,
    StudentReregistered,
    StudentWithdrawn,
    WithdrawStudent,
)
from domain.timetable import OfferingOpened
from tests.college import ALGEBRA, BO, CHEN, COLLEGE, MATHS, MONDAY, TERM, offering
from tests.scenario import given

ONE = {"student_id": BO, "teaching_class_id": ALGEBRA}
EARLY, LATER = MONDAY - timedelta(days=30), MONDAY + timedelta(days=20)
PAST = (*COLLEGE, offering(ALGEBRA))
REGISTER = RegisterStudent(**ONE, registered_on=EARLY)
SAID = {**ONE, "term_id": TERM, "department_id": MATHS, "registered_on": EARLY, "attempt": 1}
REGISTERED = StudentRegistered(**SAID)
GONE = StudentWithdrawn(**SAID, withdrawn_on=LATER, before_start=False)
NEVER_BEGAN = StudentWithdrawn(**SAID, withdrawn_on=MONDAY, before_start=True)
AGAIN = StudentReregistered(**SAID | {"registered_on": LATER, "attempt": 2})
NOTED = RESULT_AGREES.key


def concluded(result, agrees=True, gone=None):
    told = {"withdrawn_on": gone and gone.withdrawn_on, "before_start": gone and gone.before_start}
    used = ({"key": NOTED, "version": 0},)
    return RegistrationConcluded.model_validate({**SAID, **told, "result": result, "agrees": agrees, "policies": used})


PASSED = concluded("pass")


def test_a_student_registers_for_an_offering_once():
    given(*PAST).when(REGISTER).then(REGISTERED)
    given(*PAST, REGISTERED).when(REGISTER).then()
    for other in ({"registered_on": None}, {"previous_attempts": 1}):
        changed = REGISTER.model_copy(update=other)
        given(*PAST, REGISTERED).when(changed).rejected(Conflict, "student_already_registered")


def test_the_day_of_a_registration_may_be_unknown_and_earlier_attempts_are_counted():
    (event,) = given(*PAST).when(RegisterStudent(**ONE, registered_on=None, previous_attempts=6)).happens()
    assert (event.registered_on, event.attempt) == (None, 7)


def test_only_a_student_registers_and_only_for_what_is_offered():
    given(*COLLEGE).when(REGISTER).rejected(Unknown, "offering_unknown")
    stranger = RegisterStudent(student_id="student:nobody", teaching_class_id=ALGEBRA, registered_on=None)
    given(*PAST).when(stranger).rejected(Unknown, "student_unknown")


@pytest.mark.parametrize(("days", "before"), [(-1, True), (0, True), (1, False)])
def test_withdrawing_no_later_than_the_first_day_is_withdrawing_before_the_start(days, before):
    leave = WithdrawStudent(**ONE, withdrawn_on=MONDAY + timedelta(days=days))
    (event,) = given(*PAST, REGISTERED).when(leave).happens()
    assert event.before_start is before


def test_an_offering_that_begins_apart_from_its_term_has_its_own_first_day():
    other = offering(ALGEBRA, starts_on=LATER)
    leave = WithdrawStudent(**ONE, withdrawn_on=LATER)
    given(*COLLEGE, other, REGISTERED).when(leave).then(GONE.model_copy(update={"before_start": True}))
    given(*PAST, REGISTERED).when(leave).then(GONE)


def test_a_student_withdraws_once_and_from_what_they_registered_for():
    leave = WithdrawStudent(**ONE, withdrawn_on=LATER)
    given(*PAST, REGISTERED, GONE).when(leave).then()
    given(*PAST, REGISTERED, NEVER_BEGAN).when(leave).rejected(Conflict, "student_already_withdrawn")
    given(*PAST).when(leave).rejected(Conflict, "student_not_registered")
    given(*PAST, REGISTERED.model_copy(update={"student_id": CHEN})).when(leave).rejected(
        Conflict, "student_not_registered"
    )
    sooner = WithdrawStudent(**ONE, withdrawn_on=EARLY - timedelta(days=1))
    given(*PAST, REGISTERED).when(sooner).rejected(Conflict, "withdrawn_before_registered")


def test_beginning_again_is_another_attempt_only_where_teaching_had_begun():
    again = RegisterStudent(**ONE, registered_on=LATER)
    given(*PAST, REGISTERED, GONE).when(again).then(AGAIN)
    given(*PAST, REGISTERED, NEVER_BEGAN).when(again).then(AGAIN.model_copy(update={"attempt": 1}))
    given(*PAST, REGISTERED, GONE, AGAIN).when(again.model_copy(update={"previous_attempts": 1})).then()
    given(*PAST, REGISTERED, GONE).when(REGISTER).rejected(Conflict, "registered_before_withdrawal")


def test_who_began_again_may_withdraw_again():
    leave = WithdrawStudent(**ONE, withdrawn_on=LATER + timedelta(days=1))
    (event,) = given(*PAST, REGISTERED, GONE, AGAIN).when(leave).happens()
    assert (event.attempt, event.registered_on) == (2, LATER)


def test_a_registration_is_concluded_once_and_for_all():
    passed = ConcludeRegistration(**ONE, result="pass")
    given(*PAST, REGISTERED).when(passed).then(PASSED)
    given(*PAST, REGISTERED, PASSED).when(passed).then()
    given(*PAST).when(passed).rejected(Conflict, "student_not_registered")
    failed = ConcludeRegistration(**ONE, result="fail")
    given(*PAST, REGISTERED, PASSED).when(failed).rejected(Conflict, "registration_already_concluded")
    for late in (WithdrawStudent(**ONE, withdrawn_on=LATER), RegisterStudent(**ONE, registered_on=LATER)):
        given(*PAST, REGISTERED, PASSED).when(late).rejected(Conflict, "registration_concluded")


def test_a_result_that_disagrees_with_the_withdrawal_is_kept_and_noted_unless_the_rulebook_refuses():
    withdrawn, passed = (ConcludeRegistration(**ONE, result=r) for r in ("withdrawn", "pass"))
    given(*PAST, REGISTERED, GONE).when(withdrawn).then(concluded("withdrawn", gone=GONE))
    given(*PAST, REGISTERED).when(withdrawn).then(concluded("withdrawn", agrees=False))
    given(*PAST, REGISTERED, GONE).when(passed).then(concluded("pass", agrees=False, gone=GONE))
    strict = PolicyRevised(
        proposal_id="proposal:1",
        policy=NOTED,
        value="refuse",
        effective_from=datetime(2026, 1, 1, tzinfo=UTC),
        document_no="教务〔2026〕1号",
        proposed_by="person:office",
        approved_by="person:president",
    )
    given(*PAST, strict, REGISTERED).when(withdrawn).rejected(Conflict, "result_disagrees")
    given(*PAST, strict, REGISTERED, GONE).when(passed).rejected(Conflict, "result_disagrees")
    (event,) = given(*PAST, strict, REGISTERED, GONE).when(withdrawn).happens()
    assert event.policies[0].version == 1


def test_an_earliest_day_is_any_day():
    (event,) = given(*PAST).when(RegisterStudent(**ONE, registered_on=date(2025, 10, 20))).happens()
    assert event.registered_on == date(2025, 10, 20)


def test_an_offering_opened_before_offerings_had_a_tag_of_their_own_is_still_found(monkeypatch):
    monkeypatch.setattr(OfferingOpened, "tags", Event.tags)
    given(*PAST).when(REGISTER).then(REGISTERED)
    given(*PAST, REGISTERED).when(WithdrawStudent(**ONE, withdrawn_on=LATER)).then(GONE)
