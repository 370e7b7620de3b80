"""Approval routes, step by step.  Seed: D14, D17, D42."""

from __future__ import annotations

import pytest

from domain import Actor, Conflict, NotAllowed
from domain.access import ACADEMIC, HEAD
from domain.approval import Route, Step, route

ROUTE = route("head@>academic", "department:code")
LI_HEAD = Actor("person:li", HEAD, "department:code")
JIAO = Actor("person:jiao", ACADEMIC)


def test_a_route_is_read_from_its_policy_text():
    assert Route(steps=(Step(role="head", department_id="department:code"), Step(role="academic"))) == ROUTE
    assert route(" head@ > academic ", "department:code") == ROUTE
    assert route("", "department:code").steps == ()


def test_the_last_step_finishes_the_route():
    assert ROUTE.check((), "person:wu", LI_HEAD) is False
    assert ROUTE.check(("person:li",), "person:wu", JIAO) is True


def test_a_head_of_the_whole_college_stands_for_every_department():
    assert ROUTE.check((), "person:wu", Actor("person:li", HEAD)) is False


@pytest.mark.parametrize(
    ("passed", "requester", "actor", "kind", "code"),
    [
        ((), "person:wu", JIAO, NotAllowed, "not_your_step"),
        ((), "person:wu", Actor("person:xu", HEAD, "department:art"), NotAllowed, "not_your_step"),
        (("person:li",), "person:wu", LI_HEAD, NotAllowed, "approved_a_step_already"),
        (("person:li",), "person:wu", Actor("person:li", ACADEMIC), NotAllowed, "approved_a_step_already"),
        (
            ("person:li",),
            "person:wu",
            Actor("person:zhao", ACADEMIC, on_behalf_of="person:li"),
            NotAllowed,
            "approved_a_step_already",
        ),
        ((), "person:li", LI_HEAD, NotAllowed, "self_approval_forbidden"),
        (
            (),
            "person:li",
            Actor("person:zhao", HEAD, "department:code", "person:li"),
            NotAllowed,
            "self_approval_forbidden",
        ),
        (("person:li", "person:jiao"), "person:wu", JIAO, Conflict, "route_finished"),
    ],
)
def test_a_step_is_decided_by_another_person_of_its_role_and_department(passed, requester, actor, kind, code):
    with pytest.raises(kind) as no:
        ROUTE.check(passed, requester, actor)
    assert no.value.code == code
