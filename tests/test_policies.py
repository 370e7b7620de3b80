"""The rulebook: proposing, approving, and which version is in force when.  Seed: D02."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import ACADEMIC, IT, PRESIDENT, TEACHER
from domain.policies import (
    RULEBOOK,
    ApprovePolicy,
    DeclinePolicy,
    Policy,
    PolicyDeclined,
    PolicyProposed,
    PolicyRevised,
    PolicyUse,
    ProposePolicy,
    Rulebook,
)
from tests.scenario import SHANGHAI, given

ACADEMIC_OFFICE, PRESIDENT_OFFICE = Actor("person:jiao", ACADEMIC), Actor("person:president", PRESIDENT)
BELL = "tests.bell_seconds"
ASK = {
    "proposal_id": "proposal:1",
    "policy": BELL,
    "value": 20,
    "effective_from": datetime(2026, 9, 1, tzinfo=UTC),
    "document_no": "2026-3",
}
ASKED = PolicyProposed(**ASK, proposed_by="person:jiao")
NEXT_MIDNIGHT = datetime(2026, 9, 8, tzinfo=SHANGHAI)
REVISED = PolicyRevised(
    **ASK | {"effective_from": NEXT_MIDNIGHT}, proposed_by="person:jiao", approved_by="person:president"
)
APPROVE, DECLINE = ApprovePolicy(proposal_id="proposal:1"), DeclinePolicy(proposal_id="proposal:1", reason="暂不调整")
DECLINED = PolicyDeclined(**ASK, proposed_by="person:jiao", declined_by="person:president", reason="暂不调整")


@pytest.fixture(autouse=True)
def bell() -> Iterator[Policy[int]]:
    """A policy that only these tests know."""
    yield Policy(BELL, int, 10, "ours", "铃声时长", "How long the bell rings", "seconds", least=1, most=60)
    del Policy.by_key[BELL]


def revised(value, effective_from):
    return REVISED.model_copy(update={"value": value, "effective_from": effective_from})


def test_a_value_is_proposed_once():
    given().when(ProposePolicy(**ASK), by=ACADEMIC_OFFICE).then(ASKED)
    given(ASKED).when(ProposePolicy(**ASK), by=ACADEMIC_OFFICE).then()
    given(ASKED).when(ProposePolicy(**ASK | {"value": 30}), by=ACADEMIC_OFFICE).rejected(
        Conflict, "proposal_already_made"
    )
    given().when(ProposePolicy(**ASK | {"policy": "tests.none"}), by=ACADEMIC_OFFICE).rejected(
        Unknown, "policy_unknown"
    )


@pytest.mark.parametrize("value", [0, 61, True, "20"], ids=str)
def test_a_value_outside_what_the_policy_allows_is_refused(value):
    given().when(ProposePolicy(**ASK | {"value": value}), by=ACADEMIC_OFFICE).rejected(Conflict, "policy_value_invalid")


def test_an_approved_value_is_in_force_from_the_next_local_midnight():
    given(ASKED).when(APPROVE, by=PRESIDENT_OFFICE).then(REVISED)
    given(ASKED, REVISED).when(APPROVE, by=PRESIDENT_OFFICE).then()
    late = datetime(2026, 9, 7, 16, tzinfo=UTC)  # 00:00 of the 8th in Shanghai
    (event,) = given(ASKED).when(APPROVE, by=PRESIDENT_OFFICE, now=late).happens()
    assert event.effective_from == datetime(2026, 9, 9, tzinfo=SHANGHAI)
    later = ASKED.model_copy(update={"effective_from": datetime(2026, 12, 1, tzinfo=UTC)})
    (event,) = given(later).when(APPROVE, by=PRESIDENT_OFFICE).happens()
    assert event.effective_from == later.effective_from


def test_a_proposal_is_decided_once():
    given(ASKED).when(DECLINE, by=PRESIDENT_OFFICE).then(DECLINED)
    given(ASKED, DECLINED).when(DECLINE, by=PRESIDENT_OFFICE).then()
    given(ASKED, DECLINED).when(APPROVE, by=PRESIDENT_OFFICE).rejected(Conflict, "proposal_already_decided")
    given(ASKED, REVISED).when(DECLINE, by=PRESIDENT_OFFICE).rejected(Conflict, "proposal_already_decided")
    given().when(APPROVE, by=PRESIDENT_OFFICE).rejected(Unknown, "proposal_unknown")


@pytest.mark.parametrize(
    "by",
    [
        Actor("person:jiao", PRESIDENT),
        Actor("person:deputy", PRESIDENT, on_behalf_of="person:jiao"),
        Actor("person:boss", PRESIDENT),
    ],
    ids=["proposer", "proposer's delegate", "for whom it was proposed"],
)
@pytest.mark.parametrize("command", [APPROVE, DECLINE], ids=["approve", "decline"])
def test_nobody_decides_their_own_proposal(by, command):
    asked = ASKED.model_copy(update={"proposed_for": "person:boss"})
    given(asked).when(command, by=by).rejected(NotAllowed, "self_approval_forbidden")


def test_a_proposal_says_for_whom_it_was_made():
    by = Actor("person:clerk", ACADEMIC, on_behalf_of="person:jiao")
    (event,) = given().when(ProposePolicy(**ASK), by=by).happens()
    assert (event.proposed_by, event.proposed_for) == ("person:clerk", "person:jiao")


def test_only_the_presidents_office_approves_and_a_teacher_proposes_nothing():
    assert set(ApprovePolicy.may) == set(DeclinePolicy.may) == {PRESIDENT}
    assert TEACHER not in ProposePolicy.may
    assert IT in ProposePolicy.may


def test_the_rulebook_is_a_timeline(bell):
    first, second = datetime(2026, 9, 8, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)
    book = Rulebook().after(revised(20, first)).after(revised(30, second))
    assert [book.at(m)(bell) for m in (datetime(2026, 9, 7, 23, 59, 59, tzinfo=UTC), first, second)] == [10, 20, 30]
    assert book.at(second).used(bell) == (PolicyUse(key=BELL, version=2),)
    assert Rulebook().at(first).used(bell) == (PolicyUse(key=BELL, version=0),)


def test_of_two_versions_that_have_begun_the_one_recorded_later_stands(bell):
    book = Rulebook().after(revised(20, datetime(2026, 10, 1, tzinfo=UTC)))
    book = book.after(revised(30, datetime(2026, 9, 8, tzinfo=UTC)))
    assert book.at(datetime(2026, 9, 9, tzinfo=UTC))(bell) == 30
    assert book.at(datetime(2026, 10, 2, tzinfo=UTC))(bell) == 30


def test_one_narrow_look_finds_every_revision():
    assert RULEBOOK in REVISED.tags()
    assert all(r.covers(REVISED) and not r.covers(ASKED) for r in Rulebook.READS)


def test_two_policies_never_share_a_key():
    with pytest.raises(TypeError):
        Policy(BELL, int, 11, "ours", "铃声", "Bell")
