from datetime import date, timedelta

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import COUNSELOR, DEPUTY, PRESIDENT, STUDENT, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD
from domain.conduct import (
    DefenceRecorded,
    DisciplineAgreed,
    DisciplineDecided,
    DisciplineDelivered,
    EscalateSlip,
    SanctionDismissed,
    SanctionNoticeRecorded,
    SanctionProposed,
    SlipEscalated,
)
from tests.college import ARTS, CHEN, LI, MATHS, TEACHER_LI, at
from tests.rolls import revised
from tests.scenario import given
from tests.test_conduct.cases import (
    AGREE,
    CASE,
    DECIDED,
    DECIDED_AT,
    DEFENCE,
    DELIVER,
    DELIVERED,
    DELIVERED_AT,
    DISMISS,
    ESCALATE,
    ESCALATED_AT,
    EXPELLED,
    HEARD,
    HEARD_AT,
    NOTICE,
    PROPOSED,
    WAIVER,
    decided,
    heard,
    proposed,
)
from tests.test_conduct.slips import (
    AFFAIRS,
    AFFAIRS_HEAD,
    APPEAL,
    COLLEGE,
    CONFIRM,
    COUNTED,
    DEPUTY_MATHS,
    DISPUTED,
    HEAD_MATHS,
    ISSUE,
    OPEN,
    PRESIDENT_LU,
    QIAN,
    REVOKE,
    SLIP,
    STUDENT_BO,
    UPHOLD,
    issued,
    said,
)

SECOND = "slip:2"


def test_confirmed_penalties_are_escalated_into_a_proposed_sanction():
    slip, case = PROPOSED[-2:]
    assert isinstance(slip, SlipEscalated)
    assert (slip.case_id, slip.counted_hundredths) == (CASE, -200)
    assert isinstance(case, SanctionProposed)
    assert (case.measure, case.slip_ids, case.concerned, case.proposed_by) == (
        "demerit",
        (SLIP,),
        (LI,),
        QIAN.person_id,
    )
    assert [s.role for s in case.route.steps] == [STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD]
    assert {CASE, slip.student_id, SLIP, MATHS} == set(case.tags())
    given(*PROPOSED).when(ESCALATE, by=QIAN, now=ESCALATED_AT).then()
    graver = ESCALATE.model_copy(update={"measure": "probation"})
    given(*PROPOSED).when(graver, by=QIAN, now=ESCALATED_AT).rejected(Conflict, "sanction_already_proposed")


def test_several_slips_of_one_student_carry_a_sanction():
    second = issued(slip_id=SECOND, occurred_on=date(2026, 9, 8), now=at(8, "15:00"))
    past = (*COUNTED, second)
    past = (*past, said(past, CONFIRM.model_copy(update={"slip_id": SECOND}), QIAN, at(9, "11:00")))
    both = ESCALATE.model_copy(update={"slip_ids": (SLIP, SECOND)})
    *slips, case = given(*past).when(both, by=DEPUTY_MATHS, now=ESCALATED_AT).happens()
    assert [s.slip_id for s in slips] == [SLIP, SECOND]
    assert isinstance(case, SanctionProposed)
    assert case.day == date(2026, 9, 8)
    chens = (*OPEN, issued(slip_id=SECOND, student_id=CHEN))
    given(*chens).when(both, by=AFFAIRS, now=ESCALATED_AT).rejected(Conflict, "slip_of_another_student")
    given(*COUNTED).when(both, by=AFFAIRS, now=ESCALATED_AT).rejected(Unknown, "slip_unknown")


def test_what_is_no_ground_for_a_sanction():
    praise = ISSUE.model_copy(update={"code": "J02", "points_hundredths": 50})
    praised = given(*COLLEGE).when(praise, by=TEACHER_LI, now=at(8, "12:00")).happens()
    upheld = (*DISPUTED, said(DISPUTED, UPHOLD, DEPUTY_MATHS, at(10, "09:30")))
    revoked = (*COUNTED, said(COUNTED, REVOKE, AFFAIRS, at(10, "09:30")))
    for past, code in (
        ((*COLLEGE, *praised), "reward_not_sanctionable"),
        (OPEN, "slip_not_confirmed"),
        (DISPUTED, "appeal_open"),
        (upheld, "slip_closed"),
        (revoked, "slip_closed"),
    ):
        given(*past).when(ESCALATE, by=AFFAIRS, now=ESCALATED_AT).rejected(Conflict, code)
    again = EscalateSlip(case_id="sanction:2", slip_ids=(SLIP,), measure="warning", grounds="再次上报同一罚单")
    given(*PROPOSED).when(again, by=QIAN, now=ESCALATED_AT).rejected(Conflict, "slip_already_escalated")


def test_those_who_answer_for_the_student_propose():
    for by in (QIAN, HEAD_MATHS, DEPUTY_MATHS, AFFAIRS, AFFAIRS_HEAD):
        assert proposed(by=by)[-1].proposed_by == by.person_id
    for by in (Actor("person:zhao", COUNSELOR, MATHS), Actor("person:dsa3", DEPUTY, ARTS)):
        given(*COUNTED).when(ESCALATE, by=by, now=ESCALATED_AT).rejected(NotAllowed, "out_of_scope")


def test_notice_comes_before_the_defence_and_both_before_the_decision():
    given(*PROPOSED).when(DEFENCE, by=STUDENT_BO, now=HEARD_AT).rejected(Conflict, "notice_missing")
    given(*PROPOSED).when(AGREE, by=AFFAIRS, now=DECIDED_AT).rejected(Conflict, "notice_missing")
    noticed = said(PROPOSED, NOTICE, QIAN, HEARD_AT)
    assert isinstance(noticed, SanctionNoticeRecorded)
    past = (*PROPOSED, noticed)
    given(*past).when(NOTICE, by=QIAN, now=HEARD_AT).then()
    other = NOTICE.model_copy(update={"notice_on": date(2026, 9, 12)})
    given(*past).when(other, by=QIAN, now=HEARD_AT).rejected(Conflict, "notice_already_recorded")
    given(*past).when(AGREE, by=AFFAIRS, now=DECIDED_AT).rejected(Conflict, "defence_missing")
    early = NOTICE.model_copy(update={"notice_on": date(2026, 9, 9)})
    given(*PROPOSED).when(early, by=QIAN, now=HEARD_AT).rejected(Conflict, "day_before_the_step_before")
    future = NOTICE.model_copy(update={"notice_on": date(2026, 9, 15)})
    given(*PROPOSED).when(future, by=QIAN, now=HEARD_AT).rejected(Conflict, "day_in_the_future")


def test_the_student_is_heard_or_waives_it():
    past = (*PROPOSED, said(PROPOSED, NOTICE, QIAN, at(11, "10:00")))
    event = said(past, DEFENCE, STUDENT_BO, HEARD_AT)
    assert isinstance(event, DefenceRecorded)
    assert (event.state, event.waived, event.recorded_by) == ("heard", False, STUDENT_BO.person_id)
    given(*past, event).when(DEFENCE, by=QIAN, now=HEARD_AT).rejected(Conflict, "defence_already_recorded")
    for wrong in ({"statement": None}, {"waived": True}):
        wish = DEFENCE.model_copy(update=wrong)
        given(*past).when(wish, by=AFFAIRS, now=HEARD_AT).rejected(Conflict, "statement_or_waiver")
    assert said(past, WAIVER, STUDENT_BO, HEARD_AT).waived
    given(*past).when(WAIVER, by=AFFAIRS, now=HEARD_AT).rejected(Conflict, "defence_period_running")
    assert said(past, WAIVER, AFFAIRS, at(15, "08:00")).waived
    assert said((*past, revised("sanction.defence_days", 2)), WAIVER, AFFAIRS, HEARD_AT).waived
    given(*past).when(DEFENCE, by=Actor("person:chen", STUDENT), now=HEARD_AT).rejected(NotAllowed, "out_of_scope")


def test_from_a_demerit_on_two_people_decide():
    agreed, last = DECIDED[-2:]
    assert isinstance(agreed, DisciplineAgreed)
    assert agreed.state == "heard"
    assert isinstance(last, DisciplineDecided)
    assert [a.by for a in last.approvals] == [AFFAIRS.person_id, AFFAIRS_HEAD.person_id]
    assert (last.state, last.measure, last.months, last.decided_at) == ("decided", "demerit", 6, DECIDED_AT)
    assert {p.key for p in last.policies} == {"sanction.months_least", "sanction.months_most"}
    given(*HEARD).when(AGREE, by=AFFAIRS_HEAD, now=DECIDED_AT).rejected(NotAllowed, "out_of_scope")
    both = Actor(AFFAIRS.person_id, STUDENT_AFFAIRS_HEAD)
    past = decided(HEARD, AFFAIRS)
    given(*past).when(AGREE, by=both, now=DECIDED_AT).rejected(NotAllowed, "approved_a_step_already")
    for_her = Actor("person:x", STUDENT_AFFAIRS_HEAD, on_behalf_of=AFFAIRS.person_id)
    given(*past).when(AGREE, by=for_her, now=DECIDED_AT).rejected(NotAllowed, "approved_a_step_already")
    lent = decided(HEARD, Actor("person:x", STUDENT_AFFAIRS, on_behalf_of=AFFAIRS_HEAD.person_id))
    given(*lent).when(AGREE, by=AFFAIRS_HEAD, now=DECIDED_AT).rejected(NotAllowed, "approved_a_step_already")
    given(*DECIDED).when(AGREE, by=AFFAIRS_HEAD, now=DECIDED_AT).rejected(Conflict, "sanction_already_decided")


def test_a_warning_is_the_heads_alone_and_an_expulsion_the_presidents():
    past = decided(heard(proposed(measure="warning")), AFFAIRS_HEAD, measure="warning")
    assert isinstance(past[-1], DisciplineDecided)
    expelled = [e for e in EXPELLED if isinstance(e, DisciplineDecided)]
    assert [a.by for a in expelled[0].approvals] == [AFFAIRS_HEAD.person_id, PRESIDENT_LU.person_id]
    assert expelled[0].months is None


@pytest.mark.parametrize(
    ("policy", "measure", "steps"),
    [
        ("sanction.route_warning", "warning", [DEPUTY, STUDENT_AFFAIRS_HEAD]),
        ("sanction.route_demerit", "probation", [DEPUTY, STUDENT_AFFAIRS_HEAD]),
        ("sanction.route_expulsion", "expulsion", [DEPUTY, STUDENT_AFFAIRS_HEAD, PRESIDENT]),
    ],
)
def test_the_route_is_the_rulebooks_when_proposed(policy, measure, steps):
    text = "deputy@>" + ">".join(steps[1:])
    case = proposed((*COUNTED, revised(policy, text)), measure=measure)[-1]
    assert [s.role for s in case.route.steps] == steps
    assert case.route.steps[0].department_id == MATHS
    assert [p.key for p in case.policies] == [policy]
    past = heard((*COUNTED, *proposed((*COUNTED, revised(policy, text)), measure=measure)[-2:]))
    wish = AGREE.model_copy(update={"measure": "warning"})
    strange = Actor("person:dsa3", DEPUTY, ARTS)
    given(*past).when(wish, by=strange, now=DECIDED_AT).rejected(NotAllowed, "out_of_scope")
    assert said(past, wish, DEPUTY_MATHS, DECIDED_AT)


def test_nobody_decides_who_asked_for_it_or_issued_a_slip():
    by_head = heard(proposed(by=AFFAIRS_HEAD, measure="warning"))
    wish = AGREE.model_copy(update={"measure": "warning"})
    given(*by_head).when(wish, by=AFFAIRS_HEAD, now=DECIDED_AT).rejected(NotAllowed, "self_approval_forbidden")
    for concerned in (Actor(LI, STUDENT_AFFAIRS), Actor("person:x", STUDENT_AFFAIRS, on_behalf_of=QIAN.person_id)):
        given(*HEARD).when(AGREE, by=concerned, now=DECIDED_AT).rejected(NotAllowed, "self_approval_forbidden")
    given(*HEARD).when(DISMISS, by=Actor(LI, STUDENT_AFFAIRS), now=DECIDED_AT).rejected(
        NotAllowed, "self_approval_forbidden"
    )


def test_it_may_be_lighter_than_announced_and_never_heavier():
    heavier = AGREE.model_copy(update={"measure": "probation"})
    given(*HEARD).when(heavier, by=AFFAIRS, now=DECIDED_AT).rejected(Conflict, "heavier_than_proposed")
    past = decided(HEARD, AFFAIRS, measure="warning")
    given(*past).when(AGREE, by=AFFAIRS_HEAD, now=DECIDED_AT).rejected(Conflict, "heavier_than_proposed")
    assert decided(past, AFFAIRS_HEAD, measure="warning")[-1].measure == "warning"


def test_every_measure_but_expulsion_has_a_period():
    for months in (None, 5, 13):
        wish = AGREE.model_copy(update={"months": months})
        given(*HEARD).when(wish, by=AFFAIRS, now=DECIDED_AT).rejected(Conflict, "months_out_of_range")
    longer, shorter = revised("sanction.months_most", 18), revised("sanction.months_least", 3)
    assert said((*HEARD, longer), AGREE.model_copy(update={"months": 18}), AFFAIRS, DECIDED_AT)
    assert said((*HEARD, shorter), AGREE.model_copy(update={"months": 3}), AFFAIRS, DECIDED_AT)
    wish = AGREE.model_copy(update={"measure": "expulsion"})
    past = heard(proposed(measure="expulsion"))
    given(*past).when(wish, by=AFFAIRS_HEAD, now=DECIDED_AT).rejected(Conflict, "expulsion_has_no_period")


def test_no_sanction_rests_on_a_slip_that_fell_away():
    revoked = (*HEARD, said(HEARD, REVOKE, AFFAIRS, HEARD_AT))
    given(*revoked).when(AGREE, by=AFFAIRS, now=DECIDED_AT).rejected(Conflict, "grounds_fell_away")
    disputed = (*HEARD, said(HEARD, APPEAL, STUDENT_BO, HEARD_AT))
    given(*disputed).when(AGREE, by=AFFAIRS, now=DECIDED_AT).rejected(Conflict, "appeal_open")
    assert said(revoked, DISMISS, AFFAIRS, DECIDED_AT).state == "dismissed"


def test_whoever_decides_may_see_no_need_of_a_sanction():
    event = said(HEARD, DISMISS, AFFAIRS, DECIDED_AT)
    assert isinstance(event, SanctionDismissed)
    assert said(PROPOSED, DISMISS, AFFAIRS, DECIDED_AT).dismissed_by == AFFAIRS.person_id
    past = (*HEARD, event)
    given(*past).when(DISMISS, by=AFFAIRS, now=DECIDED_AT).then()
    given(*past).when(AGREE, by=AFFAIRS, now=DECIDED_AT).rejected(Conflict, "sanction_already_decided")
    given(*DECIDED).when(DISMISS, by=AFFAIRS_HEAD, now=DECIDED_AT).rejected(Conflict, "sanction_already_decided")


def test_the_period_begins_with_delivery():
    event = DELIVERED[-1]
    assert isinstance(event, DisciplineDelivered)
    assert (event.state, event.ends_on) == ("delivered", date(2027, 3, 16))
    assert EXPELLED[-1].ends_on is None
    given(*HEARD).when(DELIVER, by=QIAN, now=DELIVERED_AT).rejected(Conflict, "sanction_not_decided")
    given(*DELIVERED).when(DELIVER, by=QIAN, now=DELIVERED_AT).then()
    later = DELIVER.model_copy(update={"delivered_on": date(2026, 9, 17)})
    now = DELIVERED_AT + timedelta(days=2)
    given(*DELIVERED).when(later, by=QIAN, now=now).rejected(Conflict, "discipline_already_delivered")
    early = DELIVER.model_copy(update={"delivered_on": date(2026, 9, 14)})
    given(*DECIDED).when(early, by=QIAN, now=DELIVERED_AT).rejected(Conflict, "day_before_the_step_before")
    given(*DECIDED).when(later, by=QIAN, now=DELIVERED_AT).rejected(Conflict, "day_in_the_future")


@pytest.mark.parametrize("wish", [NOTICE, DEFENCE, AGREE, DISMISS, DELIVER])
def test_only_a_sanction_that_was_proposed(wish):
    given(*COUNTED).when(wish, by=AFFAIRS, now=DECIDED_AT).rejected(Unknown, "sanction_unknown")
