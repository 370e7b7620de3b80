from datetime import timedelta

import pytest

from domain import Conflict, NotAllowed, Unknown, derived
from domain.time_grid import OffGridSlotGranted
from domain.timetable import (
    AssignRoom,
    LockTimetable,
    OpenOffering,
    Placement,
    PublishTimetable,
    RemoveSession,
    SessionEnded,
    SessionRemoved,
)
from tests.college import (
    ALGEBRA,
    ANN,
    COLLEGE,
    GRID,
    HALL,
    LI,
    LOGIC,
    M1,
    M2,
    MATHS,
    MONDAY,
    OFFICE,
    OFFICE_HEAD,
    R101,
    R102,
    SCHEDULING,
    SECRETARY_ARTS,
    SECRETARY_MATHS,
    TERM,
    WU,
    at,
    offering,
)
from tests.scenario import given
from tests.test_timetable.wishes import (
    LOCKED,
    MONDAYS,
    OFFER,
    PLACE,
    PUBLISHED,
    WEEKS,
    WHY,
    clashes,
    once,
    place,
    placed,
)


def test_an_offering_is_opened_once():
    opening = OpenOffering(
        teaching_class_id=ALGEBRA,
        term_id=TERM,
        department_id=MATHS,
        course_code="algebra",
        course_name="algebra",
        teacher_ids=(LI,),
        capacity=30,
        squad_ids=(M1,),
    )
    given(*COLLEGE).when(opening, by=SECRETARY_MATHS).then(OFFER)
    given(*COLLEGE, OFFER).when(opening).then()
    given(*COLLEGE, OFFER).when(opening.model_copy(update={"capacity": 31})).rejected(
        Conflict, "offering_already_opened"
    )
    given(*COLLEGE).when(opening, by=SECRETARY_ARTS).rejected(NotAllowed, "out_of_scope")
    for field, ids, code in (
        ("term_id", "term:none", "term_unknown"),
        ("department_id", "department:none", "department_unknown"),
        ("teacher_ids", (LI, "person:none"), "staff_unknown"),
        ("squad_ids", ("squad:none",), "squad_unknown"),
    ):
        given(*COLLEGE).when(opening.model_copy(update={field: ids})).rejected(Unknown, code)
    for field, told in (("teacher_ids", (LI, LI)), ("squad_ids", (M1, M1)), ("teacher_parts", (1, 2))):
        given(*COLLEGE).when(opening.model_copy(update={field: told})).rejected(Conflict, "offering_invalid")


def test_an_offering_is_placed_as_dated_sessions():
    sessions = placed(*SCHEDULING, OFFER)
    assert [s.day for s in sessions] == [MONDAY + timedelta(weeks=n) for n in range(16)]
    first = sessions[0]
    assert first.session_id == derived("session", ALGEBRA, MONDAY, 1, 2, R101)
    assert (first.starts_at, first.ends_at) == (at(7, "08:00"), at(7, "09:40"))
    assert (first.week, first.planned_periods, first.teacher_ids, first.squad_ids) == (1, 2, (LI,), (M1,))
    assert first.tags()[:4] == (first.session_id, f"{R101}@{MONDAY}", f"{LI}@{MONDAY}", f"{M1}@{MONDAY}")


def test_placing_the_same_again_changes_nothing():
    sessions = placed(*SCHEDULING, OFFER)
    given(*SCHEDULING, OFFER, *sessions).when(PLACE).then()
    twice = PLACE.model_copy(update={"placements": (MONDAYS, MONDAYS)})
    given(*SCHEDULING, OFFER).when(twice).then(*sessions)
    given(*SCHEDULING, OFFER, *sessions[:7]).when(PLACE).then(*sessions[7:])


def test_a_meeting_listed_once_per_teacher_is_taught_together():
    offered = offering(ALGEBRA, teacher_ids=(LI, WU), teacher_parts=(2, 1))
    [session] = placed(*SCHEDULING, offered, command=place(ALGEBRA, once(teacher_ids=(WU,)), once(teacher_ids=(LI,))))
    assert (session.teacher_ids, session.teacher_parts) == ((WU, LI), (1, 2))
    other = place(ALGEBRA, once(teacher_ids=(WU,)))
    given(*SCHEDULING, offered, session).when(other).rejected(Conflict, "session_already_placed")
    strange = place(ALGEBRA, once(teacher_ids=(ANN,)))
    given(*SCHEDULING, offered).when(strange).rejected(Conflict, "teacher_not_of_offering")


def test_what_must_be_there_before_placing():
    given(*SCHEDULING).when(PLACE).rejected(Unknown, "offering_unknown")
    given(*COLLEGE, OFFER).when(PLACE).rejected(Conflict, "scheduling_not_started")
    without_grid = [e for e in COLLEGE if e is not GRID]
    given(*without_grid, OFFER).when(PLACE).rejected(Conflict, "grid_unset")
    given(*SCHEDULING, OFFER).when(place(ALGEBRA, once(room_id="room:none"))).rejected(Unknown, "room_unknown")
    given(*SCHEDULING, OFFER).when(PLACE, by=SECRETARY_ARTS).rejected(NotAllowed, "out_of_scope")
    given(*SCHEDULING, OFFER).when(place(ALGEBRA, once(begin=2, end=1))).rejected(Conflict, "slot_invalid")
    late = MONDAYS.model_copy(update={"weeks": (16, 17)})
    given(*SCHEDULING, OFFER).when(place(ALGEBRA, late)).rejected(Conflict, "week_outside_term")


@pytest.mark.parametrize("slot", [once(weekday=6), once(begin=5, end=6), once(weekday=7, begin=1, end=1)])
def test_regular_courses_stay_within_the_grid(slot):
    given(*SCHEDULING, OFFER).when(place(ALGEBRA, slot)).rejected(Conflict, "outside_grid")


def test_other_courses_leave_the_grid_by_grant():
    grant = OffGridSlotGranted(
        grant_id="g1",
        term_id=TERM,
        teaching_class_id=ALGEBRA,
        weekday=6,
        begin_period=1,
        end_period=2,
        starts="09:00",
        ends="10:30",
        reason="周末讲座,平时无教室",
        granted_by=OFFICE.person_id,
    )
    saturday = place(ALGEBRA, once(weekday=6))
    lecture = offering(ALGEBRA, kind="other")
    given(*SCHEDULING, lecture).when(saturday).rejected(Conflict, "outside_grid")
    given(*SCHEDULING, OFFER, grant).when(saturday).rejected(Conflict, "outside_grid")
    [session] = placed(*SCHEDULING, lecture, grant, command=saturday)
    assert (session.off_grid_grant, session.starts_at, session.planned_periods) == ("g1", at(12, "09:00"), 2)


def test_departments_draft_until_the_lock_and_nobody_after_publication():
    given(*SCHEDULING, OFFER, LOCKED).when(PLACE, by=SECRETARY_MATHS).rejected(Conflict, "timetable_locked")
    assert placed(*SCHEDULING, OFFER, LOCKED)
    sessions = placed(*SCHEDULING, OFFER)
    past = (*SCHEDULING, OFFER, *sessions, LOCKED, PUBLISHED)
    mine = {"teaching_class_id": ALGEBRA}
    one = sessions[0].session_id
    for command in (
        PLACE,
        RemoveSession(**mine, session_id=one, reason="任课教师出差"),
        AssignRoom(**mine, session_ids=(one,), room_id=HALL),
    ):
        given(*past).when(command, by=OFFICE).rejected(Conflict, "timetable_published")


def test_a_timetable_is_locked_and_then_published_once():
    lock, publish = LockTimetable(term_id=TERM), PublishTimetable(term_id=TERM)
    given(*COLLEGE).when(lock).rejected(Conflict, "scheduling_not_started")
    given(*SCHEDULING).when(lock, by=OFFICE).then(LOCKED)
    given(*SCHEDULING, LOCKED).when(lock).then()
    given(*SCHEDULING).when(publish).rejected(Conflict, "timetable_not_locked")
    given(*SCHEDULING, LOCKED).when(publish, by=OFFICE_HEAD).then(PUBLISHED)
    given(*SCHEDULING, LOCKED, PUBLISHED).when(publish).then()
    given().when(lock).rejected(Unknown, "term_unknown")


def test_a_removed_session_frees_its_room_and_may_be_placed_again():
    sessions = placed(*SCHEDULING, OFFER)
    remove = RemoveSession(teaching_class_id=ALGEBRA, session_id=sessions[0].session_id, reason="任课教师出差")
    gone = SessionRemoved(**sessions[0].model_dump(), reason="任课教师出差")
    past = (*SCHEDULING, OFFER, *sessions)
    given(*past).when(remove, by=OFFICE).then(gone)
    given(*past, gone).when(remove, by=OFFICE).then()
    logic = offering(LOGIC)
    assert placed(*past, gone, logic, command=place(LOGIC))
    given(*past, gone).when(PLACE, by=OFFICE).then(sessions[0])
    strange = remove.model_copy(update={"session_id": "session:none"})
    given(*past).when(strange).rejected(Unknown, "session_unknown")
    ended = SessionEnded(**sessions[0].model_dump(), ended_at=sessions[0].ends_at, duty=None)
    given(*past, ended).when(remove).rejected(Conflict, "session_ended")


def test_a_room_is_assigned_later_if_it_is_free():
    nowhere = MONDAYS.model_copy(update={"room_id": None})
    sessions = placed(*SCHEDULING, OFFER, command=place(ALGEBRA, nowhere))
    past = (*SCHEDULING, OFFER, *sessions)
    assign = AssignRoom(teaching_class_id=ALGEBRA, session_ids=tuple(s.session_id for s in sessions[:2]), room_id=R101)
    assigned = given(*past).when(assign, by=SECRETARY_MATHS).happens()
    assert [(e.session_id, e.room_id, e.former_room_id) for e in assigned] == [
        (s.session_id, R101, None) for s in sessions[:2]
    ]
    given(*past, *assigned).when(assign).then()
    logic = offering(LOGIC, teacher_ids=(WU,), squad_ids=(M2,), capacity=10)
    taken = place(LOGIC, once(begin=2, end=2))
    assert clashes(*past, *assigned, logic, command=taken)[0] == "conflict_room"
    [rival] = placed(*past, logic, command=taken)
    assert clashes(*past, logic, rival, command=assign)[0] == "conflict_room"
    [kept, _] = placed(*past, logic, rival, command=assign.model_copy(update={"override_reason": WHY}))
    assert [o.session_id for o in kept.overrides] == [rival.session_id]
    assert clashes(*past, command=assign.model_copy(update={"room_id": R102}))[0] == "seats_insufficient"
    given(*past).when(assign.model_copy(update={"room_id": "room:none"})).rejected(Unknown, "room_unknown")
    given(*past).when(assign.model_copy(update={"session_ids": ("session:none",)})).rejected(Unknown, "session_unknown")
    given(*past, *assigned).when(place(ALGEBRA, once())).then()


def test_a_session_that_is_over_keeps_its_room():
    sessions = placed(*SCHEDULING, OFFER)
    ended = SessionEnded(**sessions[0].model_dump(), ended_at=sessions[0].ends_at, duty=None)
    move = AssignRoom(teaching_class_id=ALGEBRA, session_ids=(sessions[0].session_id,), room_id=HALL)
    given(*SCHEDULING, OFFER, *sessions, ended).when(move, by=OFFICE).rejected(Conflict, "session_ended")


def test_a_session_that_leaves_a_room_frees_it():
    sessions = placed(*SCHEDULING, OFFER)
    move = AssignRoom(teaching_class_id=ALGEBRA, session_ids=(sessions[0].session_id,), room_id=HALL)
    moved = given(*SCHEDULING, OFFER, *sessions).when(move, by=OFFICE).happens()
    logic = offering(LOGIC, teacher_ids=(WU,), squad_ids=(M2,))
    assert placed(*SCHEDULING, OFFER, *sessions, *moved, logic, command=place(LOGIC))


def test_eighty_sessions_are_decided_at_once():
    five = tuple(Placement(weeks=WEEKS, weekday=d, begin_period=1, end_period=2, room_id=R101) for d in range(1, 6))
    assert len(placed(*SCHEDULING, OFFER, command=place(ALGEBRA, *five))) == 80
