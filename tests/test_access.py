"""Grants, delegations and the one check.  Seed: D01."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from domain import Actor, NotAllowed
from domain.access import (
    ACADEMIC,
    HEAD,
    TEACHER,
    AccountRestored,
    AccountSuspended,
    AuthorityDelegated,
    DelegationEnded,
    Grants,
    RoleGranted,
    RoleRevoked,
    anywhere,
    oneself,
    own_department,
    standing,
    within_scope,
)
from tests.scenario import SHANGHAI


class MoveDesk:
    """搬桌子.  A wish that heads have in their department and academic affairs anywhere."""

    NAME: ClassVar[str] = "move-desk"
    may: ClassVar[dict[str, Any]] = {HEAD: own_department, ACADEMIC: anywhere}
    department_id = "department:code"


GRANTED = RoleGranted(
    grant_id="grant:1",
    person_id="person:li",
    role=HEAD,
    department_id="department:code",
    valid_from=date(2026, 9, 1),
    valid_until=date(2026, 9, 7),
    granted_by="person:it",
)
LENT = AuthorityDelegated(
    delegation_id="delegation:1",
    person_id="person:li",
    delegate_id="person:zhao",
    grant_id="grant:1",
    role=HEAD,
    department_id="department:code",
    commands=("move-desk",),
    from_=datetime(2026, 9, 2, tzinfo=UTC),
    until=datetime(2026, 9, 5, tzinfo=UTC),
)
AS_HEAD = Actor("person:li", HEAD, "department:code")
AS_DEPUTY = Actor("person:zhao", HEAD, "department:code", on_behalf_of="person:li")


def grants(*past):
    known = Grants()
    for event in past:
        known = known.after(event)
    return known


def local(day, hour=12, minute=0, second=0):
    return datetime(2026, 9, day, hour, minute, second, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "held"),
    [
        (local(1, 0), True),
        (local(1, 0) - timedelta(seconds=1), False),
        (local(7, 23, 59, 59), True),
        (local(8, 0), False),
    ],
    ids=["first midnight", "the second before", "last second", "next midnight"],
)
def test_a_role_holds_from_the_first_local_midnight_to_the_last(now, held):
    assert grants(GRANTED).actors("person:li", MoveDesk, now, SHANGHAI) == ([AS_HEAD] if held else [])


def test_a_revoked_role_is_gone():
    gone = RoleRevoked(
        grant_id="grant:1", person_id="person:li", role=HEAD, department_id="department:code", reason="职务调整"
    )
    assert grants(GRANTED, gone).actors("person:li", MoveDesk, local(3), SHANGHAI) == []
    another = GRANTED.model_copy(update={"grant_id": "grant:2"})
    assert grants(GRANTED, another, gone).actors("person:li", MoveDesk, local(3), SHANGHAI) == [AS_HEAD]


@pytest.mark.parametrize(
    ("now", "lent"),
    [
        (LENT.from_ - timedelta(seconds=1), False),
        (LENT.from_, True),
        (LENT.until, True),
        (LENT.until + timedelta(seconds=1), False),
    ],
)
def test_authority_is_lent_from_a_moment_to_a_moment(now, lent):
    assert grants(LENT).actors("person:zhao", MoveDesk, now, SHANGHAI) == ([AS_DEPUTY] if lent else [])


def test_lent_authority_is_for_the_named_commands_and_the_borrower():
    other = SimpleNamespace(NAME="move-chair")
    assert grants(LENT).actors("person:zhao", other, local(3), SHANGHAI) == []
    assert grants(LENT).actors("person:zhao", None, local(3), SHANGHAI) == []
    assert grants(LENT).actors("person:li", MoveDesk, local(3), SHANGHAI) == []


def test_an_ended_delegation_is_gone_and_own_roles_come_first():
    ended = DelegationEnded(delegation_id="delegation:1", person_id="person:li", delegate_id="person:zhao")
    own = GRANTED.model_copy(update={"grant_id": "grant:2", "person_id": "person:zhao", "role": ACADEMIC})
    assert grants(LENT, ended).actors("person:zhao", MoveDesk, local(3), SHANGHAI) == []
    found = grants(LENT, own).actors("person:zhao", MoveDesk, local(3), SHANGHAI)
    assert [a.on_behalf_of for a in found] == [None, "person:li"]


def test_a_suspended_account_may_nothing_until_restored():
    out = AccountSuspended(person_id="person:li", reason="离岗审查")
    with pytest.raises(NotAllowed) as no:
        grants(GRANTED, out).actors("person:li", MoveDesk, local(3), SHANGHAI)
    assert no.value.code == "account_suspended"
    back = AccountRestored(person_id="person:li")
    assert grants(GRANTED, out, back).actors("person:li", MoveDesk, local(3), SHANGHAI) == [AS_HEAD]


def test_the_role_comes_before_the_scope():
    with pytest.raises(NotAllowed) as no:
        standing(MoveDesk, [Actor("person:li", TEACHER, "department:code")])
    assert no.value.code == "role_lacking"
    assert standing(MoveDesk, [Actor("person:li", TEACHER), AS_HEAD]) == [AS_HEAD]
    stranger = Actor("person:wu", HEAD, "department:art")
    with pytest.raises(NotAllowed) as no:
        within_scope(MoveDesk(), None, [stranger])
    assert no.value.code == "out_of_scope"
    college = Actor("person:wu", ACADEMIC)
    assert within_scope(MoveDesk(), None, [stranger, college]) == college


def test_a_head_of_no_department_heads_none():
    command, nothing = SimpleNamespace(department_id=None), SimpleNamespace(department_id=None)
    assert not own_department(command, nothing, Actor("person:li", HEAD, None))


def test_what_is_known_of_the_department_stands_before_what_the_command_says():
    known = SimpleNamespace(department_id="department:art")
    assert not own_department(MoveDesk(), known, AS_HEAD)
    assert own_department(MoveDesk(), SimpleNamespace(), AS_HEAD)


def test_oneself_is_the_person_acting_or_acted_for():
    about = SimpleNamespace(person_id="person:li")
    assert oneself(about, None, AS_HEAD)
    assert oneself(about, None, AS_DEPUTY)
    assert not oneself(about, None, Actor("person:wu", HEAD))
    assert not oneself(SimpleNamespace(), None, AS_HEAD)
