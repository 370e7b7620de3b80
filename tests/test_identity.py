"""Granting, lending and taking back authority, told as stories.  Seed: D01."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import (
    HEAD,
    HR,
    IMPORT,
    IT,
    SYSTEM,
    TEACHER,
    AccountRestored,
    AccountSuspended,
    AuthorityDelegated,
    DelegationEnded,
    RoleGranted,
    RoleRevoked,
)
from domain.identity import (
    GRANT_MAX_DAYS,
    AccountOpened,
    DelegateAuthority,
    EndDelegation,
    GrantRole,
    OpenAccount,
    RestoreAccount,
    RevokeRole,
    SuspendAccount,
)
from domain.organisation import StaffRegistered
from domain.policies import PolicyRevised, PolicyUse
from tests.scenario import given
from tests.test_organisation import HIRED, LI, SOFTWARE
from tests.test_students import ADMITTED

IT_OFFICE, HR_OFFICE, LI_HEAD = (
    Actor("person:it", IT),
    Actor("person:hr", HR),
    Actor("person:li", HEAD, "department:code"),
)
DEPUTY = StaffRegistered(**LI | {"person_id": "person:zhao", "staff_number": "T002"})
GRANT = {
    "grant_id": "grant:1",
    "person_id": "person:li",
    "role": HEAD,
    "department_id": "department:code",
    "valid_from": date(2026, 9, 1),
    "valid_until": date(2027, 8, 31),
}
DEFAULT = (PolicyUse(key=GRANT_MAX_DAYS.key, version=0),)
GRANTED = RoleGranted(**GRANT, granted_by="person:it", policies=DEFAULT)
REVOKED = RoleRevoked(
    grant_id="grant:1", person_id="person:li", role=HEAD, department_id="department:code", reason="职务调整"
)
LEND = {
    "delegation_id": "delegation:1",
    "delegate_id": "person:zhao",
    "grant_id": "grant:1",
    "commands": ("end-delegation",),
    "from_": datetime(2026, 9, 7, tzinfo=UTC),
    "until": datetime(2026, 9, 14, tzinfo=UTC),
}
LENT = AuthorityDelegated(**LEND, person_id="person:li", role=HEAD, department_id="department:code")
ENDED = DelegationEnded(delegation_id="delegation:1", person_id="person:li", delegate_id="person:zhao")


def test_a_role_is_granted_once():
    known = (SOFTWARE, HIRED)
    given(*known).when(GrantRole(**GRANT), by=IT_OFFICE).then(GRANTED)
    given(*known, GRANTED).when(GrantRole(**GRANT), by=HR_OFFICE).then()
    given(*known, GRANTED).when(GrantRole(**GRANT | {"role": TEACHER}), by=IT_OFFICE).rejected(
        Conflict, "role_grant_already_made"
    )
    given(*known, GRANTED, REVOKED).when(GrantRole(**GRANT), by=IT_OFFICE).rejected(Conflict, "grant_ended")


@pytest.mark.parametrize(
    ("change", "kind", "code"),
    [
        ({"role": "rector"}, Unknown, "role_unknown"),
        ({"role": IMPORT}, NotAllowed, "role_not_grantable"),
        ({"person_id": "person:nobody"}, Unknown, "person_unknown"),
        ({"department_id": "department:none"}, Unknown, "department_unknown"),
        ({"valid_until": date(2026, 8, 31)}, Conflict, "grant_days_reversed"),
        ({"valid_until": date(2027, 9, 2)}, Conflict, "grant_too_long"),
    ],
)
def test_a_grant_names_things_that_are_there_and_ends_within_a_year(change, kind, code):
    given(SOFTWARE, HIRED).when(GrantRole(**GRANT | change), by=IT_OFFICE).rejected(kind, code)


def test_the_longest_grant_is_the_colleges_to_say():
    longest = GrantRole(**GRANT | {"valid_until": date(2027, 9, 1)})
    assert len(given(SOFTWARE, HIRED).when(longest, by=IT_OFFICE).happens()) == 1
    shorter = PolicyRevised(
        proposal_id="proposal:1",
        policy=GRANT_MAX_DAYS.key,
        value=180,
        effective_from=datetime(2026, 9, 1, tzinfo=UTC),
        document_no="2026-3",
        proposed_by="person:it",
        approved_by="person:president",
    )
    given(shorter, SOFTWARE, HIRED).when(longest, by=IT_OFFICE).rejected(Conflict, "grant_too_long")


@pytest.mark.parametrize("by", [Actor("person:li", IT), Actor("person:zhao", IT, on_behalf_of="person:li")])
def test_nobody_grants_a_role_to_themselves(by):
    given(SOFTWARE, HIRED).when(GrantRole(**GRANT), by=by).rejected(NotAllowed, "self_grant_forbidden")


@pytest.mark.parametrize(
    ("days", "outcome"),
    [
        ((date(2026, 10, 1), date(2027, 1, 31)), "nothing"),
        ((date(2027, 8, 31), date(2028, 7, 1)), "refused"),
        ((date(2027, 9, 1), date(2028, 7, 1)), "granted"),
    ],
)
def test_a_grant_within_another_changes_nothing_and_one_across_it_is_refused(days, outcome):
    again = GrantRole(**GRANT | {"grant_id": "grant:2", "valid_from": days[0], "valid_until": days[1]})
    asked = given(SOFTWARE, HIRED, GRANTED).when(again, by=IT_OFFICE)
    if outcome == "refused":
        asked.rejected(Conflict, "grant_overlaps")
    else:
        assert len(asked.happens()) == (outcome == "granted")


def test_the_same_role_for_another_department_or_after_revocation_is_another_grant():
    college = GrantRole(**GRANT | {"grant_id": "grant:2", "department_id": None})
    assert len(given(SOFTWARE, HIRED, GRANTED).when(college, by=IT_OFFICE).happens()) == 1
    anew = GrantRole(**GRANT | {"grant_id": "grant:2"})
    assert len(given(SOFTWARE, HIRED, GRANTED, REVOKED).when(anew, by=IT_OFFICE).happens()) == 1


def test_human_resources_grant_to_those_they_appoint():
    given(SOFTWARE, HIRED).when(GrantRole(**GRANT), by=HR_OFFICE).then(
        GRANTED.model_copy(update={"granted_by": "person:hr"})
    )
    student = GrantRole(**GRANT | {"person_id": "person:wu"})
    given(SOFTWARE, ADMITTED).when(student, by=HR_OFFICE).rejected(NotAllowed, "out_of_scope")
    assert len(given(SOFTWARE, ADMITTED).when(student, by=IT_OFFICE).happens()) == 1


def test_an_installation_appoints_before_anybody_is_registered():
    first = GrantRole(**GRANT | {"department_id": None, "role": IT})
    assert len(given().when(first, by=SYSTEM[IMPORT]).happens()) == 1
    assert len(given().when(OpenAccount(person_id="person:li", login="li"), by=SYSTEM[IMPORT]).happens()) == 1


def test_revoking_a_role_ends_what_was_lent_from_it():
    revoke = RevokeRole(grant_id="grant:1", reason="职务调整")
    given(GRANTED).when(revoke, by=IT_OFFICE).then(REVOKED)
    given(GRANTED, LENT).when(revoke, by=IT_OFFICE).then(REVOKED, ENDED)
    given(GRANTED, LENT, ENDED).when(revoke, by=IT_OFFICE).then(REVOKED)
    given(GRANTED, REVOKED).when(revoke, by=IT_OFFICE).then()
    given().when(revoke, by=IT_OFFICE).rejected(Unknown, "grant_unknown")


def test_revoking_one_role_leaves_what_was_lent_from_another():
    other = LENT.model_copy(update={"delegation_id": "delegation:2", "grant_id": "grant:2"})
    revoke = RevokeRole(grant_id="grant:1", reason="职务调整")
    given(GRANTED, other).when(revoke, by=IT_OFFICE).then(REVOKED)


def test_a_holder_lends_their_role_for_named_commands():
    given(GRANTED, DEPUTY).when(DelegateAuthority(**LEND), by=LI_HEAD).then(LENT)
    given(GRANTED, DEPUTY, LENT).when(DelegateAuthority(**LEND), by=LI_HEAD).then()


@pytest.mark.parametrize(
    "by",
    [
        Actor("person:zhao", HEAD, "department:code"),
        Actor("person:li", TEACHER, "department:code"),
        Actor("person:li", HEAD, "department:art"),
    ],
    ids=["another person", "another role", "another department"],
)
def test_nobody_lends_what_they_do_not_hold(by):
    given(GRANTED, DEPUTY).when(DelegateAuthority(**LEND), by=by).rejected(NotAllowed, "out_of_scope")


@pytest.mark.parametrize(
    ("change", "kind", "code"),
    [
        ({"grant_id": "grant:9"}, Unknown, "grant_unknown"),
        ({"delegate_id": "person:nobody"}, Unknown, "person_unknown"),
        ({"commands": ("make-coffee",)}, Unknown, "command_unknown"),
        ({"commands": ("end-delegation", "grant-role")}, Conflict, "command_not_of_role"),
        ({"until": LEND["from_"]}, Conflict, "delegation_span_reversed"),
        ({"from_": datetime(2026, 8, 31, 15, 59, tzinfo=UTC)}, Conflict, "delegation_outside_grant"),
        ({"until": datetime(2027, 8, 31, 16, 0, tzinfo=UTC)}, Conflict, "delegation_outside_grant"),
    ],
)
def test_a_delegation_stays_within_the_grant(change, kind, code):
    given(GRANTED, DEPUTY).when(DelegateAuthority(**LEND | change), by=LI_HEAD).rejected(kind, code)


def test_a_delegation_may_last_to_the_last_second_of_the_grant():
    longest = DelegateAuthority(**LEND | {"until": datetime(2027, 8, 31, 15, 59, 59, tzinfo=UTC)})
    assert len(given(GRANTED, DEPUTY).when(longest, by=LI_HEAD).happens()) == 1


def test_authority_is_lent_to_another_and_not_lent_on():
    given(GRANTED, HIRED).when(DelegateAuthority(**LEND | {"delegate_id": "person:li"}), by=LI_HEAD).rejected(
        NotAllowed, "self_delegation_forbidden"
    )
    borrower = Actor("person:zhao", HEAD, "department:code", on_behalf_of="person:li")
    given(GRANTED, DEPUTY).when(DelegateAuthority(**LEND), by=borrower).rejected(NotAllowed, "delegation_not_passed_on")


def test_nothing_is_lent_from_a_grant_that_ended_or_under_a_used_id():
    given(GRANTED, REVOKED, DEPUTY).when(DelegateAuthority(**LEND), by=LI_HEAD).rejected(Conflict, "grant_ended")
    other = DelegateAuthority(**LEND | {"until": LEND["until"] + timedelta(days=1)})
    given(GRANTED, DEPUTY, LENT).when(other, by=LI_HEAD).rejected(Conflict, "delegation_already_made")
    given(GRANTED, DEPUTY, LENT, ENDED).when(DelegateAuthority(**LEND), by=LI_HEAD).rejected(
        Conflict, "delegation_already_made"
    )


def test_either_side_ends_a_delegation():
    end = EndDelegation(delegation_id="delegation:1")
    for by in (LI_HEAD, Actor("person:zhao", TEACHER), IT_OFFICE):
        given(LENT).when(end, by=by).then(ENDED)
    given(LENT, ENDED).when(end, by=LI_HEAD).then()
    given().when(end, by=LI_HEAD).rejected(Unknown, "delegation_unknown")
    given(LENT).when(end, by=Actor("person:wu", TEACHER)).rejected(NotAllowed, "out_of_scope")


def test_a_suspended_person_and_their_delegates_stop():
    suspend = SuspendAccount(person_id="person:li", reason="离岗审查")
    suspended = AccountSuspended(person_id="person:li", reason="离岗审查")
    given(HIRED).when(suspend, by=IT_OFFICE).then(suspended)
    given(HIRED, LENT).when(suspend, by=IT_OFFICE).then(suspended, ENDED)
    given(HIRED, suspended).when(suspend, by=IT_OFFICE).then()
    given().when(suspend, by=IT_OFFICE).rejected(Unknown, "person_unknown")
    restore = RestoreAccount(person_id="person:li")
    given(HIRED, suspended).when(restore, by=IT_OFFICE).then(AccountRestored(person_id="person:li"))
    given(HIRED).when(restore, by=IT_OFFICE).then()


def test_suspending_a_borrower_leaves_the_lender_alone():
    suspend = SuspendAccount(person_id="person:zhao", reason="离岗审查")
    given(DEPUTY, LENT).when(suspend, by=IT_OFFICE).then(AccountSuspended(person_id="person:zhao", reason="离岗审查"))


def test_a_login_name_is_one_persons():
    opened = AccountOpened(person_id="person:li", login="li")
    given(HIRED).when(OpenAccount(person_id="person:li", login="li"), by=IT_OFFICE).then(opened)
    given(HIRED, opened).when(OpenAccount(person_id="person:li", login="li"), by=IT_OFFICE).then()
    given(HIRED, DEPUTY, opened).when(OpenAccount(person_id="person:zhao", login="li"), by=IT_OFFICE).rejected(
        Conflict, "login_taken"
    )
    given().when(OpenAccount(person_id="person:li", login="li"), by=IT_OFFICE).rejected(Unknown, "person_unknown")
