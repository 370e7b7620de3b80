from datetime import date

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import PRESIDENT, STUDENT, STUDENT_AFFAIRS_HEAD
from domain.conduct import (
    AppealDiscipline,
    DecideDisciplineAppeal,
    DisciplineAppealDecided,
    DisciplineAppealed,
    DisciplineLifted,
    LiftDiscipline,
)
from domain.conduct.rules import months_later
from tests.college import LI, at
from tests.rolls import revised
from tests.scenario import given
from tests.test_conduct.cases import CASE, DECIDED, DELIVERED, EXPELLED, HEARD
from tests.test_conduct.slips import AFFAIRS, AFFAIRS_HEAD, COUNTED, PRESIDENT_LU, QIAN, STUDENT_BO, said

APPEAL = AppealDiscipline(case_id=CASE, grounds="处分过重且程序有误")
UPHOLD = DecideDisciplineAppeal(case_id=CASE, uphold=True, reason="申诉委员会认定程序有误")
DISMISS = DecideDisciplineAppeal(case_id=CASE, uphold=False, reason="申诉委员会维持原决定")
LIFT = LiftDiscipline(case_id=CASE, document_no="学〔2027〕2号")
SOON = at(20, "10:00")
ENDS = at(16, "10:00").replace(year=2027, month=3)
APPEALED = said(DELIVERED, APPEAL, STUDENT_BO, SOON)
DISPUTED = (*DELIVERED, APPEALED)
CHAIR = Actor("person:chair", PRESIDENT)


def test_the_student_appeals_within_ten_days_of_delivery():
    assert isinstance(APPEALED, DisciplineAppealed)
    assert (APPEALED.state, APPEALED.appeal) == ("delivered", "open")
    assert said(DELIVERED, APPEAL, STUDENT_BO, at(26, "23:59"))
    given(*DELIVERED).when(APPEAL, by=STUDENT_BO, now=at(27, "00:00")).rejected(Conflict, "appeal_too_late")
    short = (*DELIVERED, revised("sanction.appeal_days", 3))
    given(*short).when(APPEAL, by=STUDENT_BO, now=SOON).rejected(Conflict, "appeal_too_late")
    given(*DECIDED).when(APPEAL, by=STUDENT_BO, now=SOON).rejected(Conflict, "discipline_not_delivered")
    given(*DISPUTED).when(APPEAL, by=STUDENT_BO, now=SOON).rejected(Conflict, "discipline_already_appealed")
    given(*DELIVERED).when(APPEAL, by=Actor("person:chen", STUDENT), now=SOON).rejected(NotAllowed, "out_of_scope")


def test_the_committee_annuls_or_dismisses():
    event = said(DISPUTED, UPHOLD, CHAIR, SOON)
    assert isinstance(event, DisciplineAppealDecided)
    assert (event.state, event.appeal) == ("annulled", "upheld")
    kept = said(DISPUTED, DISMISS, CHAIR, SOON)
    assert (kept.state, kept.appeal) == ("delivered", "dismissed")
    given(*DISPUTED, kept).when(UPHOLD, by=CHAIR, now=SOON).rejected(Conflict, "appeal_already_decided")
    given(*DELIVERED).when(UPHOLD, by=CHAIR, now=SOON).rejected(Conflict, "discipline_not_appealed")
    given(*DISPUTED, event).when(LIFT, by=AFFAIRS_HEAD, now=ENDS).rejected(Conflict, "discipline_not_in_force")


def test_whoever_took_part_does_not_decide_the_appeal():
    past = (*EXPELLED, said(EXPELLED, APPEAL, STUDENT_BO, SOON))
    given(*past).when(UPHOLD, by=PRESIDENT_LU, now=SOON).rejected(NotAllowed, "appeal_not_independent")
    assert said(past, UPHOLD, CHAIR, SOON)
    for person in (LI, QIAN.person_id, AFFAIRS.person_id):
        for concerned in (Actor(person, PRESIDENT), Actor("person:x", PRESIDENT, on_behalf_of=person)):
            given(*DISPUTED).when(UPHOLD, by=concerned, now=SOON).rejected(NotAllowed, "appeal_not_independent")


def test_a_sanction_is_lifted_once_its_period_is_over():
    event = said(DELIVERED, LIFT, AFFAIRS_HEAD, ENDS)
    assert isinstance(event, DisciplineLifted)
    assert (event.state, event.lifted_on, event.document_no) == ("lifted", date(2027, 3, 16), "学〔2026〕5号")
    given(*DELIVERED, event).when(LIFT, by=AFFAIRS_HEAD, now=ENDS).then()
    early = at(15, "10:00").replace(year=2027, month=3)
    given(*DELIVERED).when(LIFT, by=AFFAIRS_HEAD, now=early).rejected(Conflict, "period_not_over")
    given(*DISPUTED).when(LIFT, by=AFFAIRS_HEAD, now=ENDS).rejected(Conflict, "appeal_open")
    given(*HEARD).when(LIFT, by=AFFAIRS_HEAD, now=ENDS).rejected(Conflict, "discipline_not_in_force")
    assert set(LIFT.may) == {STUDENT_AFFAIRS_HEAD}


def test_an_expulsion_is_never_lifted():
    given(*EXPELLED).when(LIFT, by=AFFAIRS_HEAD, now=ENDS).rejected(Conflict, "expulsion_not_lifted")


@pytest.mark.parametrize("wish", [APPEAL, UPHOLD, LIFT])
def test_only_a_sanction_that_was_proposed(wish):
    given(*COUNTED).when(wish, by=AFFAIRS_HEAD, now=SOON).rejected(Unknown, "sanction_unknown")


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 6, 15), 6, date(2026, 12, 15)),
    ],
)
def test_months_end_with_the_month_at_the_latest(day, months, then):
    assert months_later(day, months) == then
