"""Students, their numbers and their administrative classes, told as stories.  Seed: D40."""

from __future__ import annotations

from datetime import date

import pytest

from domain import Conflict, Event, Unknown
from domain.access import ACADEMIC, STUDENT_AFFAIRS
from domain.organisation import COUNSELORS, CounselorAssigned, StaffRegistered
from domain.students import (
    AdmitStudent,
    AssignCounselor,
    CorrectStudent,
    FormSquad,
    PlaceStudent,
    SquadFormed,
    StudentAdmitted,
    StudentCorrected,
    StudentPlaced,
)
from tests.scenario import given
from tests.test_organisation import ARTS, HIRED, SOFTWARE

ONE = {"squad_id": "squad:rj1", "name": "软件1班", "department_id": "department:code", "cohort": 2026}
TWO = {"squad_id": "squad:ys1", "name": "艺术1班", "department_id": "department:art", "cohort": 2026}
RJ1, YS1 = SquadFormed(**ONE), SquadFormed(**TWO)
WU = {
    "student_id": "student:wu",
    "student_number": "26010101",
    "name": "吴同学",
    "squad_id": "squad:rj1",
    "from_day": date(2026, 9, 1),
}
ADMITTED = StudentAdmitted(**WU, person_id="person:wu", department_id="department:code")
TRANSFER = {"student_id": "student:wu", "squad_id": "squad:ys1", "from_day": date(2026, 10, 12)}
PLACED = StudentPlaced(
    **TRANSFER,
    person_id="person:wu",
    department_id="department:art",
    former_squad_id="squad:rj1",
    former_department_id="department:code",
)


def test_an_administrative_class_belongs_to_a_department():
    given(SOFTWARE).when(FormSquad(**ONE)).then(RJ1)
    given(SOFTWARE, RJ1).when(FormSquad(**ONE)).then()
    given(SOFTWARE, RJ1).when(FormSquad(**ONE | {"cohort": 2025})).rejected(Conflict, "squad_already_formed")
    given(ARTS).when(FormSquad(**ONE)).rejected(Unknown, "department_unknown")


def test_a_student_is_admitted_once_into_the_department_of_the_class():
    given(RJ1).when(AdmitStudent(**WU)).then(ADMITTED)
    given(RJ1, ADMITTED).when(AdmitStudent(**WU)).then()
    given(RJ1, ADMITTED, PLACED).when(AdmitStudent(**WU)).then()
    given(YS1).when(AdmitStudent(**WU)).rejected(Unknown, "squad_unknown")


def test_a_class_formed_before_classes_had_a_tag_of_their_own_is_still_found(monkeypatch):
    monkeypatch.setattr(SquadFormed, "tags", Event.tags)
    given(RJ1).when(AdmitStudent(**WU)).then(ADMITTED)


def test_a_student_number_is_one_students_for_ever():
    given(RJ1, ADMITTED).when(AdmitStudent(**WU | {"student_id": "student:li"})).rejected(
        Conflict, "student_number_taken"
    )
    given(RJ1, YS1, ADMITTED).when(AdmitStudent(**WU | {"squad_id": "squad:ys1"})).rejected(
        Conflict, "student_already_admitted"
    )


def test_an_admission_never_looks_at_names():
    given(RJ1, ADMITTED).when(AdmitStudent(**WU | {"name": "另一写法"})).then()


CORRECT = {"student_id": "student:wu", "student_number": "26010102", "name": "伍同学", "reason": "姓名与学号录入有误"}
CORRECTED = StudentCorrected(**CORRECT, person_id="person:wu", department_id="department:code")


def test_a_wrong_name_or_number_is_said_right_by_its_owner():
    given(ADMITTED).when(CorrectStudent(**CORRECT)).then(CORRECTED)
    given().when(CorrectStudent(**CORRECT)).rejected(Unknown, "student_unknown")
    li = ADMITTED.model_copy(update={"student_id": "student:li", "student_number": "26010102"})
    given(ADMITTED, li).when(CorrectStudent(**CORRECT)).rejected(Conflict, "student_number_taken")
    assert set(CorrectStudent.may) == {STUDENT_AFFAIRS}


@pytest.mark.parametrize("number", ["26010101", "26010102"], ids=["before", "after"])
def test_a_corrected_number_and_the_wrong_one_both_stay_taken(number):
    li = AdmitStudent(**WU | {"student_id": "student:li", "student_number": number})
    given(RJ1, ADMITTED, CORRECTED).when(li).rejected(Conflict, "student_number_taken")


def test_a_transfer_carries_the_old_class_and_the_new():
    given(RJ1, YS1, ADMITTED).when(PlaceStudent(**TRANSFER)).then(PLACED)
    given(RJ1, YS1, ADMITTED, PLACED).when(PlaceStudent(**TRANSFER)).then()
    given(RJ1, YS1).when(PlaceStudent(**TRANSFER)).rejected(Unknown, "student_unknown")
    given(RJ1, ADMITTED).when(PlaceStudent(**TRANSFER)).rejected(Unknown, "squad_unknown")


@pytest.mark.parametrize(
    ("past", "day"), [((ADMITTED,), date(2026, 8, 31)), ((ADMITTED, PLACED), date(2026, 10, 11))], ids=["in", "moved"]
)
def test_a_transfer_is_never_dated_before_the_last_one(past, day):
    move = PlaceStudent(student_id="student:wu", squad_id="squad:rj1" if len(past) > 1 else "squad:ys1", from_day=day)
    given(RJ1, YS1, *past).when(move).rejected(Conflict, "later_placement_recorded")


def test_a_transfer_may_be_put_right_on_its_own_day():
    back = PlaceStudent(student_id="student:wu", squad_id="squad:rj1", from_day=date(2026, 10, 12))
    (event,) = given(RJ1, YS1, ADMITTED, PLACED).when(back).happens()
    assert (event.squad_id, event.former_squad_id) == ("squad:rj1", "squad:ys1")


def test_academic_affairs_move_students_but_never_make_them():
    assert ACADEMIC not in AdmitStudent.may
    assert STUDENT_AFFAIRS in AdmitStudent.may
    assert ACADEMIC in PlaceStudent.may


CARE = {"squad_id": "squad:rj1", "person_id": "person:li", "from_day": date(2026, 9, 1)}
CARED = CounselorAssigned(**CARE, department_id="department:code")
NEXT = StaffRegistered(**HIRED.model_dump() | {"person_id": "person:wan", "staff_number": "T002"})


def test_a_class_has_the_counselor_set_last_from_a_day_on():
    given(RJ1, HIRED).when(AssignCounselor(**CARE)).then(CARED)
    given(RJ1, HIRED, CARED).when(AssignCounselor(**CARE)).then()
    other = CARE | {"person_id": "person:wan", "from_day": date(2026, 10, 1)}
    (changed,) = given(RJ1, NEXT, CARED).when(AssignCounselor(**other)).happens()
    assert (changed.person_id, changed.department_id) == ("person:wan", "department:code")
    early = other | {"from_day": date(2026, 8, 31)}
    given(RJ1, NEXT, CARED).when(AssignCounselor(**early)).rejected(Conflict, "later_counselor_recorded")
    assert COUNSELORS in CARED.tags()


def test_a_counselor_is_of_the_staff_and_of_a_class_that_exists():
    given(HIRED).when(AssignCounselor(**CARE)).rejected(Unknown, "squad_unknown")
    given(RJ1).when(AssignCounselor(**CARE)).rejected(Unknown, "staff_unknown")
