"""Departments, rooms and staff, told as stories.  Seed: D33, D34."""

from __future__ import annotations

from datetime import date

import pytest

from domain import Actor, Conflict, Unknown
from domain.access import ACADEMIC, ASSETS, HR, IT
from domain.organisation import (
    CloseRoom,
    CorrectStaff,
    DepartmentRegistered,
    DepartmentRenamed,
    PlaceStaff,
    RegisterDepartment,
    RegisterRoom,
    RegisterStaff,
    RenameDepartment,
    RoomClosed,
    RoomRegistered,
    RoomUpdated,
    StaffCorrected,
    StaffPlaced,
    StaffRegistered,
    UpdateRoom,
)
from tests.scenario import given

CODE = {"department_id": "department:code", "code": "01", "name": "软件系", "name_en": "Software", "kind": "academic"}
ART = {"department_id": "department:art", "code": "02", "name": "艺术系", "name_en": "Arts", "kind": "academic"}
SOFTWARE, ARTS = DepartmentRegistered(**CODE), DepartmentRegistered(**ART)
RENAMED = DepartmentRenamed(**CODE | {"name": "信息系", "name_en": "Computing"}, document_no="2026-7")
ROOM = {"room_id": "room:a101", "campus": "主校区", "building": "A", "name": "A101", "seats": 60}
A101 = RoomRegistered(**ROOM)
CLOSED = RoomClosed(**ROOM, from_day=date(2026, 10, 1), reason="屋面漏水,停用检修")
LI = {
    "person_id": "person:li",
    "staff_number": "T001",
    "name": "李老师",
    "department_id": "department:code",
    "kind": "staff",
    "from_day": date(2026, 9, 1),
}
HIRED = StaffRegistered(**LI)
MOVED = StaffPlaced(
    person_id="person:li",
    department_id="department:art",
    former_department_id="department:code",
    kind="staff",
    from_day=date(2026, 10, 1),
)
MOVE = {"person_id": "person:li", "department_id": "department:art", "from_day": date(2026, 10, 1)}


def test_a_department_is_registered_once():
    given().when(RegisterDepartment(**CODE)).then(SOFTWARE)
    given(SOFTWARE).when(RegisterDepartment(**CODE)).then()
    given(SOFTWARE, RENAMED).when(RegisterDepartment(**CODE)).then()


def test_a_department_id_or_code_means_one_department():
    given(SOFTWARE).when(RegisterDepartment(**CODE | {"code": "09"})).rejected(
        Conflict, "department_already_registered"
    )
    given(SOFTWARE).when(RegisterDepartment(**ART | {"code": "01"})).rejected(Conflict, "department_code_taken")
    given(SOFTWARE).when(RegisterDepartment(**ART)).then(ARTS)


def test_a_renamed_department_keeps_its_code_and_its_past():
    rename = RenameDepartment(department_id="department:code", name="信息系", name_en="Computing", document_no="2026-7")
    given(SOFTWARE).when(rename).then(RENAMED)
    given(SOFTWARE, RENAMED).when(rename).then()
    given().when(rename).rejected(Unknown, "department_unknown")
    back = RenameDepartment(department_id="department:code", name="软件系", name_en="Software", document_no="2026-8")
    assert len(given(SOFTWARE, RENAMED).when(back).happens()) == 1


def test_a_room_is_registered_once_and_may_have_no_seats():
    given().when(RegisterRoom(**ROOM)).then(A101)
    given(A101).when(RegisterRoom(**ROOM)).then()
    given(A101).when(RegisterRoom(**ROOM | {"seats": 61})).rejected(Conflict, "room_already_registered")
    (bare,) = given().when(RegisterRoom(room_id="room:gym", campus="主校区", name="体育馆")).happens()
    assert (bare.seats, bare.building) == (None, None)


def test_a_room_is_kept_up_to_date_until_it_closes():
    counted = UpdateRoom(**ROOM | {"seats": 48})
    update = RoomUpdated(**ROOM | {"seats": 48})
    given(A101).when(counted).then(update)
    given(A101, update).when(counted).then()
    given(A101).when(UpdateRoom(**ROOM)).then()
    given().when(counted).rejected(Unknown, "room_unknown")
    given(A101, CLOSED).when(counted).rejected(Conflict, "room_closed")


def test_a_room_closes_from_one_day_with_what_is_known_of_it():
    close = CloseRoom(room_id="room:a101", from_day=date(2026, 10, 1), reason="屋面漏水,停用检修")
    given(A101).when(close).then(CLOSED)
    given(A101, CLOSED).when(close).then()
    given().when(close).rejected(Unknown, "room_unknown")
    later = CloseRoom(room_id="room:a101", from_day=date(2026, 11, 1), reason="屋面漏水,停用检修")
    given(A101, CLOSED).when(later).rejected(Conflict, "room_closed")


def test_staff_are_registered_once_under_a_number_of_their_own():
    given(SOFTWARE).when(RegisterStaff(**LI)).then(HIRED)
    given(SOFTWARE, HIRED).when(RegisterStaff(**LI)).then()
    given(SOFTWARE, HIRED).when(RegisterStaff(**LI | {"person_id": "person:wu"})).rejected(
        Conflict, "staff_number_taken"
    )
    given(SOFTWARE, HIRED).when(RegisterStaff(**LI | {"kind": "external"})).rejected(
        Conflict, "staff_already_registered"
    )
    given().when(RegisterStaff(**LI)).rejected(Unknown, "department_unknown")


def test_a_registration_never_looks_at_names():
    given(SOFTWARE, HIRED).when(RegisterStaff(**LI | {"name": "另一写法"})).then()


CORRECT = {"person_id": "person:li", "staff_number": "T010", "name": "黎老师", "reason": "姓名与工号登记有误"}
CORRECTED = StaffCorrected(**CORRECT, department_id="department:code", kind="staff")


def test_a_wrong_name_or_number_is_said_right_by_its_owner():
    given(HIRED).when(CorrectStaff(**CORRECT), by=Actor("person:hr", HR)).then(CORRECTED)
    given().when(CorrectStaff(**CORRECT)).rejected(Unknown, "staff_unknown")
    wu = StaffRegistered(**LI | {"person_id": "person:wu", "staff_number": "T010"})
    given(HIRED, wu).when(CorrectStaff(**CORRECT)).rejected(Conflict, "staff_number_taken")
    assert set(CorrectStaff.may) == {HR}


@pytest.mark.parametrize("number", ["T001", "T010"], ids=["before", "after"])
def test_a_corrected_number_and_the_wrong_one_both_stay_taken(number):
    wu = RegisterStaff(**LI | {"person_id": "person:wu", "staff_number": number})
    given(SOFTWARE, HIRED, CORRECTED).when(wu).rejected(Conflict, "staff_number_taken")
    again = CorrectStaff(**CORRECT | {"staff_number": number})
    assert len(given(HIRED, CORRECTED).when(again).happens()) == 1


def test_staff_move_from_a_day_on():
    given(SOFTWARE, ARTS, HIRED).when(PlaceStaff(**MOVE)).then(MOVED)
    given(SOFTWARE, ARTS, HIRED, MOVED).when(PlaceStaff(**MOVE)).then()
    given(SOFTWARE, ARTS).when(PlaceStaff(**MOVE)).rejected(Unknown, "staff_unknown")
    given(SOFTWARE, HIRED).when(PlaceStaff(**MOVE)).rejected(Unknown, "department_unknown")


@pytest.mark.parametrize(
    ("past", "day"), [((HIRED,), date(2026, 8, 31)), ((HIRED, MOVED), date(2026, 9, 30))], ids=["hired", "moved"]
)
def test_a_move_is_never_dated_before_the_last_one(past, day):
    move = PlaceStaff(person_id="person:li", department_id="department:code", from_day=day)
    given(SOFTWARE, ARTS, *past).when(move).rejected(Conflict, "later_placement_recorded")


def test_only_the_owner_of_the_data_writes_them():
    for command in (RegisterDepartment, RenameDepartment, RegisterStaff, PlaceStaff):
        assert HR in command.may
        assert not {ACADEMIC, IT, ASSETS} & set(command.may)
    for command in (RegisterRoom, UpdateRoom, CloseRoom):
        assert ASSETS in command.may
        assert not {ACADEMIC, IT, HR} & set(command.may)


def test_a_number_stands_in_no_tag_in_the_clear():
    assert {t for t in HIRED.tags() if "T001" in t} == {"?staff_number:T001"}
    given(SOFTWARE).when(RegisterStaff(**LI), by=Actor("person:hr", HR)).then(HIRED)
