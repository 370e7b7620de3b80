from datetime import date, timedelta

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import ACADEMIC, COUNSELOR, DEPUTY, HEAD, TEACHER
from domain.calendar import HolidayDeclared
from domain.conduct import RetireSlipCategory, SlipConfirmed, SlipIssued
from domain.organisation import CounselorAssigned
from domain.rosters import StudentLeft
from domain.students import StudentPlaced
from tests.college import ALGEBRA, ARTS, BO, CHEN, DENG, FANG, LI, M1, MATHS, MONDAY, TEACHER_LI, TERM, WU, at
from tests.rolls import revised
from tests.scenario import given
from tests.test_conduct.slips import (
    AFFAIRS,
    AFFAIRS_HEAD,
    COLLEGE,
    DEPUTY_MATHS,
    HEAD_MATHS,
    HELP,
    ISSUE,
    ISSUED,
    ISSUED_AT,
    QIAN,
    SLIP,
    TRUANCY,
    issued,
)

ANYWHERE = {"teaching_class_id": None}
OFFICE = Actor("person:office", ACADEMIC)


def refused(refusal, kind=Conflict, past=COLLEGE, by=TEACHER_LI, now=ISSUED_AT, **change):
    given(*past).when(ISSUE.model_copy(update=change), by=by, now=now).rejected(kind, refusal)


def test_a_teacher_notes_what_a_student_of_their_class_did():
    assert isinstance(ISSUED, SlipIssued)
    assert (ISSUED.student_id, ISSUED.squad_id, ISSUED.department_id) == (BO, M1, MATHS)
    assert (ISSUED.term_id, ISSUED.week, ISSUED.day, ISSUED.occurred_at) == (TERM, 1, MONDAY, at(7, "08:30"))
    assert (ISSUED.kind, ISSUED.state, ISSUED.counted_hundredths) == ("penalty", "issued", 0)
    assert (ISSUED.issued_by, ISSUED.issued_as, ISSUED.issuer_department_id) == (LI, TEACHER, MATHS)
    assert {SLIP, BO, LI, MATHS} == set(ISSUED.tags())
    assert {p.key for p in ISSUED.policies} == {"slip.confirm_workdays", "slip.penalty_days"}


def test_its_confirmation_is_owed_by_the_counselor_within_working_days():
    duty = ISSUED.duty
    assert (duty.kind, duty.about, duty.person_id, duty.department_id) == (
        "slip_confirmation",
        SLIP,
        QIAN.person_id,
        MATHS,
    )
    assert duty.due_at == at(11, "23:59", 59)
    assert issued(now=at(11, "10:00")).duty.due_at == at(16, "23:59", 59)
    feast = HolidayDeclared(term_id=TERM, day=date(2026, 9, 10), name="教师节")
    assert issued((*COLLEGE, feast)).duty.due_at == at(14, "23:59", 59)
    assert issued((*COLLEGE, revised("slip.confirm_workdays", 1))).duty.due_at == at(9, "23:59", 59)


def test_the_same_slip_again_is_no_news_and_another_is_refused():
    past = (*COLLEGE, ISSUED)
    given(*past).when(ISSUE, by=TEACHER_LI, now=ISSUED_AT).then()
    for change in ({"points_hundredths": 300}, {"student_id": CHEN}, {"occurred_on": date(2026, 9, 8)}):
        refused("slip_already_issued", past=past, **change)


def test_a_category_without_approval_counts_at_once():
    wish = ISSUE.model_copy(update={"code": "J02", "points_hundredths": 50})
    first, second = given(*COLLEGE).when(wish, by=TEACHER_LI, now=ISSUED_AT).happens()
    assert isinstance(first, SlipIssued)
    assert isinstance(second, SlipConfirmed)
    assert (first.duty, second.duty, second.confirmed_by) == (None, None, None)
    assert (second.state, second.counted_hundredths, second.confirmed_at) == ("confirmed", 50, ISSUED_AT)


@pytest.mark.parametrize("by", [HEAD_MATHS, DEPUTY_MATHS, OFFICE, AFFAIRS, AFFAIRS_HEAD, QIAN])
def test_those_who_answer_for_the_student_issue_slips_without_a_class(by):
    assert issued(by=by, **ANYWHERE).issued_as == by.role


@pytest.mark.parametrize(
    ("by", "change"),
    [
        (TEACHER_LI, ANYWHERE),
        (TEACHER_LI, {"student_id": DENG}),
        (Actor("person:ann", TEACHER, ARTS), {}),
        (Actor("person:head2", HEAD, ARTS), ANYWHERE),
        (Actor("person:dsa3", DEPUTY, ARTS), ANYWHERE),
        (Actor("person:zhao", COUNSELOR, MATHS), ANYWHERE),
        (QIAN, {**ANYWHERE, "student_id": DENG}),
        (QIAN, {**ANYWHERE, "student_id": FANG}),
    ],
)
def test_nobody_issues_slips_to_students_they_have_nothing_to_do_with(by, change):
    refused("out_of_scope", NotAllowed, by=by, **change)


def test_a_teacher_of_the_class_may_and_who_acts_for_one():
    assert issued(by=Actor(WU, TEACHER, MATHS))
    assert issued(by=Actor("person:x", TEACHER, MATHS, on_behalf_of=LI)).issued_for == LI
    assert issued(student_id=FANG).department_id == ARTS
    left = StudentLeft(
        teaching_class_id=ALGEBRA,
        student_id=BO,
        squad_id=M1,
        department_id=MATHS,
        guest=False,
        from_day=MONDAY,
        effective_on=date(2026, 9, 8),
        left_at=at(7, "12:00"),
    )
    assert issued((*COLLEGE, left))
    refused("out_of_scope", NotAllowed, past=(*COLLEGE, left), occurred_on=date(2026, 9, 8))


def test_only_the_counselor_of_today():
    assigned = {"squad_id": M1, "person_id": "person:sun", "department_id": MATHS}
    later = CounselorAssigned(**assigned, from_day=date(2026, 9, 20))
    now = CounselorAssigned(**assigned, from_day=date(2026, 9, 8))
    sun = Actor("person:sun", COUNSELOR, MATHS)
    assert issued((*COLLEGE, later), by=QIAN, **ANYWHERE)
    refused("out_of_scope", NotAllowed, past=(*COLLEGE, later), by=sun, **ANYWHERE)
    assert issued((*COLLEGE, now), by=sun, **ANYWHERE)
    refused("out_of_scope", NotAllowed, past=(*COLLEGE, now), by=QIAN, **ANYWHERE)
    assert issued((*COLLEGE, now)).duty.person_id == "person:sun"


def test_the_counselors_own_slip_and_a_class_without_one_are_owed_by_the_department():
    assert issued(by=QIAN, **ANYWHERE).duty.person_id is None
    duty = issued(by=AFFAIRS, student_id=FANG, **ANYWHERE).duty
    assert (duty.person_id, duty.department_id) == (None, ARTS)


def test_the_students_department_is_that_of_the_day():
    moved = StudentPlaced(
        student_id=BO,
        person_id="person:bo",
        squad_id="squad:a1",
        department_id=ARTS,
        former_squad_id=M1,
        former_department_id=MATHS,
        from_day=date(2026, 9, 8),
    )
    past = (*COLLEGE, moved)
    assert issued(past).department_id == MATHS
    assert issued(past, by=AFFAIRS, occurred_on=date(2026, 9, 8), **ANYWHERE).department_id == ARTS
    refused("out_of_scope", NotAllowed, past=past, by=HEAD_MATHS, occurred_on=date(2026, 9, 8), **ANYWHERE)


def test_no_slip_without_its_line_of_the_catalogue():
    refused("slip_category_unknown", Unknown, code="F99")
    [retired] = given(TRUANCY).when(RetireSlipCategory(code="F12", reason="并入别的条目"), by=AFFAIRS).happens()
    refused("slip_category_retired", past=(*COLLEGE, retired))


@pytest.mark.parametrize("points", [0, 99, 501])
def test_the_points_keep_to_the_range(points):
    refused("points_out_of_range", points_hundredths=points)
    for within in (100, 500):
        assert issued(points_hundredths=within)


def test_a_penalty_is_issued_within_thirty_days():
    last = ISSUED_AT + timedelta(days=29)  # 7 October, thirty days after Monday the 7th
    assert issued(now=last)
    refused("penalty_too_old", now=last + timedelta(days=1))
    assert issued((*COLLEGE, HELP), code="J01", now=last + timedelta(days=1))
    refused("penalty_too_old", past=(*COLLEGE, revised("slip.penalty_days", 1)), now=at(9, "08:00"))


def test_only_an_enrolled_student_and_a_day_that_has_come():
    refused("student_unknown", Unknown, student_id="student:nobody")
    refused("student_not_active", by=AFFAIRS, occurred_on=date(2026, 8, 31), **ANYWHERE)
    assert issued(by=AFFAIRS, occurred_on=date(2026, 9, 1), **ANYWHERE).term_id is None
    refused("day_in_the_future", by=AFFAIRS, occurred_on=date(2026, 9, 9), **ANYWHERE)
    refused("offering_unknown", Unknown, teaching_class_id="teaching_class:none")
