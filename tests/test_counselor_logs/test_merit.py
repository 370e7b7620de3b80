"""Merit: what a third miss costs, and who may give or keep an award.  Seed: D19."""

from __future__ import annotations

from typing import Any

import pytest

from domain import Actor, Conflict, Event, NotAllowed, Unknown
from domain.access import REACTION, STUDENT_AFFAIRS_HEAD, SYSTEM
from domain.counselor_logs import (
    REACTIONS,
    AwardMerit,
    DecideMeritAward,
    ExemptWeek,
    JudgeMerit,
    MeritAwarded,
    MeritAwardQuestioned,
    MeritAwardRevoked,
    MeritAwardUpheld,
    MeritEligibilityRestored,
    MeritIneligible,
    MeritNominated,
    NominateForMerit,
    RestoreMeritEligibility,
    WeekExempted,
    WeeklyLogMissed,
)
from domain.counselor_logs.rules import MAX_MISSED
from domain.policies import PolicyRevised
from tests.college import LI, MATHS, TERM
from tests.scenario import given
from tests.test_counselor_logs.corps import (
    AFFAIRS,
    AFFAIRS_HEAD,
    CORPS,
    DEPUTY_ARTS,
    DEPUTY_MATHS,
    MEI,
    QIN,
    SPRING,
    due,
    missed,
    monday,
)

JUDGE = JudgeMerit(person_id=MEI, year=2026)
NOMINATE = NominateForMerit(
    nomination_id="merit-1", person_id=MEI, year=2026, title="优秀辅导员", reason="班风学风全系第一"
)
AWARD = AwardMerit(nomination_id="merit-1", document_no="学〔2027〕3号")
RESTORE = RestoreMeritEligibility(
    person_id=MEI, year=2026, document_no="学〔2027〕9号", reason="系统故障期间三次未能提交"
)


def misses(*weeks: int, term_id: str = TERM) -> list[Event]:
    """So many misses of one semester (the spring's are made from the autumn's)."""
    told = [e for week in weeks for e in missed(week) if isinstance(e, WeeklyLogMissed)]
    return [e.model_copy(update={"term_id": term_id}) for e in told]


def judged(*past: Event) -> tuple[Event, ...]:
    return tuple(given(*past).when(JUDGE, by=SYSTEM[REACTION], now=due(16)).happens())


def nominated() -> tuple[Event, ...]:
    return tuple(given(*CORPS).when(NOMINATE, by=DEPUTY_MATHS).happens())


def awarded() -> tuple[Event, ...]:
    past = nominated()
    return *past, *given(*past).when(AWARD, by=AFFAIRS_HEAD).happens()


def test_the_third_miss_of_a_semester_costs_the_year():
    assert judged(*misses(3, 9)) == ()
    (lost,) = judged(*misses(3, 9, 14))
    assert isinstance(lost, MeritIneligible)
    assert (lost.year, lost.term_id, lost.missed_weeks, lost.department_id) == (2026, TERM, (3, 9, 14), MATHS)
    assert (lost.eligible, lost.policies[0].key) == (False, MAX_MISSED.key)
    assert judged(*misses(3, 9, 14), lost) == ()
    assert judged(*misses(3, 9, 14, 15), lost) == ()


def test_two_in_one_semester_and_one_in_the_other_cost_nothing():
    assert judged(*misses(3, 9), *misses(14, term_id=SPRING)) == ()
    given(*CORPS, *misses(3, 9), *misses(14, term_id=SPRING)).when(NOMINATE, by=DEPUTY_MATHS).then(*nominated())


def test_the_number_is_the_rulebooks():
    told = {"proposal_id": "p1", "document_no": "学〔2026〕1号", "proposed_by": MEI, "approved_by": QIN}
    stricter = PolicyRevised(policy=MAX_MISSED.key, value=2, effective_from=monday(2), **told)
    (lost,) = judged(stricter, *misses(3, 9))
    assert lost.policies[0].version == 1
    later = PolicyRevised(policy=MAX_MISSED.key, value=2, effective_from=monday(16), **told)
    assert judged(later, *misses(3, 9)) == ()


def test_a_miss_and_an_exemption_after_it_are_judged_at_once():
    (miss,) = misses(3)
    assert list(REACTIONS[WeeklyLogMissed](miss)) == [JUDGE]
    for after_miss in (True, False):
        told = exempted(3).model_copy(update={"after_miss": after_miss})
        assert list(REACTIONS[WeekExempted](told)) == ([JUDGE] if after_miss else [])


def exempted(week: int) -> WeekExempted:
    command = ExemptWeek(person_id=MEI, term_id=TERM, week=week, grounds="leave", reason="病假五个工作日")
    (told,) = given(*CORPS, *missed(week)).when(command, by=AFFAIRS).happens()
    assert isinstance(told, WeekExempted)
    return told


def test_an_exemption_granted_after_the_third_miss_gives_the_year_back():
    past = misses(3, 9, 14)
    lost = judged(*past)
    (back,) = judged(*past, *lost, exempted(9))
    assert isinstance(back, MeritEligibilityRestored)
    assert (back.ground, back.eligible, back.missed_weeks, back.document_no) == ("miss_exempted", True, (3, 14), None)
    (again,) = judged(*past, *lost, exempted(9), back, *misses(15))
    assert again.missed_weeks == (3, 14, 15)


def test_a_loss_by_the_other_semester_takes_the_place_of_the_first():
    past = (*misses(3, 9, 14), *misses(4, 5, 6, term_id=SPRING))
    lost = judged(*misses(3, 9, 14))
    (moved,) = judged(*past, *lost, exempted(9))
    assert (moved.term_id, moved.missed_weeks) == (SPRING, (4, 5, 6))


def test_an_ineligible_counselor_is_not_nominated_in_that_year():
    lost = judged(*misses(3, 9, 14))
    given(*CORPS, *lost).when(NOMINATE, by=DEPUTY_MATHS).rejected(Conflict, "merit_ineligible")
    next_year = NOMINATE.model_copy(update={"year": 2027})
    assert len(given(*CORPS, *lost).when(next_year, by=DEPUTY_MATHS).happens()) == 1


def test_a_counselor_is_nominated_by_somebody_else_of_the_department_or_student_affairs():
    (told,) = nominated()
    assert isinstance(told, MeritNominated)
    assert (told.department_id, told.nominated_by) == (MATHS, "person:deputy")
    given(*CORPS, told).when(NOMINATE, by=DEPUTY_MATHS).then()
    given(*CORPS).when(NOMINATE, by=DEPUTY_ARTS).rejected(NotAllowed, "out_of_scope")
    given(*CORPS).when(NOMINATE, by=Actor(MEI, STUDENT_AFFAIRS_HEAD)).rejected(NotAllowed, "self_nomination_forbidden")
    teacher = NOMINATE.model_copy(update={"person_id": LI})
    given(*CORPS).when(teacher, by=AFFAIRS).rejected(Unknown, "counselor_unknown")
    other = NOMINATE.model_copy(update={"person_id": QIN})
    given(*CORPS, told).when(other, by=AFFAIRS).rejected(Conflict, "nomination_already_made")


@pytest.mark.parametrize("who", ["person:deputy", MEI])
@pytest.mark.parametrize("behalf", [False, True])
def test_an_award_takes_a_second_person(who, behalf):
    role = STUDENT_AFFAIRS_HEAD
    actor = Actor("person:friend", role, on_behalf_of=who) if behalf else Actor(who, role)
    given(*nominated()).when(AWARD, by=actor).rejected(NotAllowed, "self_approval_forbidden")


def test_whom_the_nominator_acted_for_does_not_award_either():
    lent = Actor("person:friend", STUDENT_AFFAIRS_HEAD, on_behalf_of="person:dean")
    past = given(*CORPS).when(NOMINATE, by=lent).happens()
    given(*past).when(AWARD, by=AFFAIRS_HEAD).rejected(NotAllowed, "self_approval_forbidden")


def test_an_award_is_given_once_and_to_the_eligible():
    told = awarded()
    assert isinstance(told[-1], MeritAwarded)
    given(*told).when(AWARD, by=AFFAIRS_HEAD).then()
    other = AWARD.model_copy(update={"document_no": "学〔2027〕4号"})
    given(*told).when(other, by=AFFAIRS_HEAD).rejected(Conflict, "merit_already_decided")
    given().when(AWARD, by=AFFAIRS_HEAD).rejected(Unknown, "nomination_unknown")
    lost = judged(*misses(3, 9, 14))
    given(*nominated(), *lost).when(AWARD, by=AFFAIRS_HEAD).rejected(Conflict, "merit_ineligible")


def decided(upheld: bool, *past: Event, by: Actor = AFFAIRS_HEAD) -> Any:
    said = {"document_no": "学〔2027〕8号", "reason": "第二学期三次缺交"}
    return given(*past).when(DecideMeritAward(nomination_id="merit-1", upheld=upheld, **said), by=by)


def test_an_award_given_before_the_third_miss_stays_and_is_put_up_for_decision():
    past = (*awarded(), *misses(13, 14, 15, term_id=SPRING))
    lost, questioned = judged(*past)
    assert isinstance(lost, MeritIneligible)
    assert isinstance(questioned, MeritAwardQuestioned)
    assert (questioned.nomination_id, questioned.document_no) == ("merit-1", AWARD.document_no)
    (kept,) = decided(True, *past, lost, questioned).happens()
    assert isinstance(kept, MeritAwardUpheld)
    (gone,) = decided(False, *past, lost, questioned).happens()
    assert isinstance(gone, MeritAwardRevoked)
    decided(True, *past).rejected(Conflict, "award_not_questioned")
    oneself = Actor(MEI, STUDENT_AFFAIRS_HEAD)
    decided(True, *past, lost, questioned, by=oneself).rejected(NotAllowed, "self_approval_forbidden")


def test_the_head_of_student_affairs_restores_by_a_document_and_the_misses_are_pardoned():
    past = misses(3, 9, 14)
    lost = judged(*past)
    (back,) = given(*past, *lost).when(RESTORE, by=AFFAIRS_HEAD).happens()
    assert isinstance(back, MeritEligibilityRestored)
    assert (back.ground, back.missed_weeks, back.restored_by) == ("document", (3, 9, 14), "person:dean")
    given(*past, *lost, back).when(RESTORE, by=AFFAIRS_HEAD).then()
    assert judged(*past, *lost, back, *misses(15)) == ()
    assert len(given(*CORPS, *past, *lost, back).when(NOMINATE, by=DEPUTY_MATHS).happens()) == 1
    (again,) = judged(*past, *lost, back, *misses(10, 15, 16))
    assert again.missed_weeks == (10, 15, 16)
    given(*past).when(RESTORE, by=AFFAIRS_HEAD).rejected(Conflict, "merit_not_lost")
    oneself = Actor(MEI, STUDENT_AFFAIRS_HEAD)
    given(*past, *lost).when(RESTORE, by=oneself).rejected(NotAllowed, "self_approval_forbidden")
    assert set(RestoreMeritEligibility.may) == {STUDENT_AFFAIRS_HEAD}
