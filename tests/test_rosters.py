from datetime import date, timedelta

import pytest

from domain import Conflict, NotAllowed, Unknown
from domain.access import REACTION, SYSTEM
from domain.rosters import (
    REACTIONS,
    JoinTeachingClass,
    LeaveTeachingClass,
    Member,
    RosterSet,
    SetRoster,
    StudentJoined,
    StudentLeft,
    TransferRosters,
)
from domain.rosters.roster import Roster
from domain.students import StudentPlaced
from domain.timetable import Attended, Guest, GuestsExpected, GuestsReleased, Placement, PlaceOffering, SessionRemoved
from tests.college import (
    A1,
    ALGEBRA,
    ARTS,
    BO,
    CHEN,
    DENG,
    DRAWING,
    FANG,
    HALL,
    LOGIC,
    M1,
    M2,
    MATHS,
    MONDAY,
    OFFICE,
    SCHEDULING,
    SECRETARY_ARTS,
    SECRETARY_MATHS,
    WU,
    offering,
)
from tests.scenario import NOON, given

OFFER = offering(ALGEBRA)
PAST = (*SCHEDULING, OFFER)
SET = SetRoster(teaching_class_id=ALGEBRA, student_ids=(BO, CHEN), effective_on=MONDAY)
NEXT_WEEK = MONDAY + timedelta(days=7)


def member(some_id, squad_id=M1, department_id=MATHS, guest=False, from_day=MONDAY):
    return Member(student_id=some_id, squad_id=squad_id, department_id=department_id, guest=guest, from_day=from_day)


def roster(*members, class_id=ALGEBRA, day=MONDAY, departed=()):
    return RosterSet(teaching_class_id=class_id, members=members, departed=departed, effective_on=day, set_at=NOON)


def joined(some_id, squad_id=M1, department_id=MATHS, guest=False, day=NEXT_WEEK, class_id=ALGEBRA):
    return StudentJoined(
        teaching_class_id=class_id,
        student_id=some_id,
        squad_id=squad_id,
        department_id=department_id,
        guest=guest,
        effective_on=day,
        joined_at=NOON,
    )


def left(some_id, squad_id=M1, department_id=MATHS, guest=False, day=NEXT_WEEK, class_id=ALGEBRA, from_day=MONDAY):
    return StudentLeft(
        teaching_class_id=class_id,
        student_id=some_id,
        squad_id=squad_id,
        department_id=department_id,
        guest=guest,
        from_day=from_day,
        effective_on=day,
        left_at=NOON,
    )


SAID = roster(member(BO), member(CHEN))


def lessons(class_id=ALGEBRA, room_id=HALL, *, past=PAST, weekday=1):
    slot = Placement(weeks=(1, 2), weekday=weekday, begin_period=1, end_period=2, room_id=room_id)
    return given(*past).when(PlaceOffering(teaching_class_id=class_id, placements=(slot,)), by=OFFICE).happens()


def attended(*sessions):
    return tuple(
        Attended(session_id=s.session_id, day=s.day, starts_at=s.starts_at, ends_at=s.ends_at) for s in sessions
    )


def test_a_roster_is_set_from_the_register_and_the_same_again_changes_nothing():
    given(*PAST).when(SET, by=SECRETARY_MATHS).then(SAID)
    given(*PAST, SAID).when(SET).then()
    later = SET.model_copy(update={"effective_on": NEXT_WEEK})
    given(*PAST, SAID).when(later).then()
    assert SAID.tags() == (ALGEBRA, BO, CHEN, MATHS)


def test_an_empty_roster_is_a_roster():
    given(*PAST).when(SET.model_copy(update={"student_ids": ()})).then(roster())


def test_whoever_a_new_roster_does_not_name_has_departed():
    wish = SetRoster(teaching_class_id=ALGEBRA, student_ids=(BO,), effective_on=NEXT_WEEK)
    said = roster(member(BO), day=NEXT_WEEK, departed=(member(CHEN),))
    given(*PAST, SAID).when(wish).then(said)
    folded = Roster().after(SAID).after(said)
    assert set(folded.on(MONDAY)) == {BO, CHEN}
    assert set(folded.on(NEXT_WEEK)) == {BO}


def test_a_roster_does_not_reach_behind_a_later_one():
    wish = SetRoster(teaching_class_id=ALGEBRA, student_ids=(BO,), effective_on=MONDAY)
    given(*PAST, SAID, joined(DENG, M2, guest=True)).when(wish).rejected(Conflict, "later_roster_recorded")


def test_department_and_class_are_those_of_the_day():
    moved = StudentPlaced(
        student_id=BO,
        person_id="person:bo",
        squad_id=M2,
        department_id=MATHS,
        former_squad_id=M1,
        former_department_id=MATHS,
        from_day=NEXT_WEEK,
    )
    [said] = given(*PAST, moved).when(SET.model_copy(update={"student_ids": (BO,)})).happens()
    assert said.members == (member(BO),)
    wish = SetRoster(teaching_class_id=ALGEBRA, student_ids=(BO,), effective_on=NEXT_WEEK)
    said, expected = given(*PAST, said, moved).when(wish).happens()
    assert said.members == (member(BO, M2, guest=True, from_day=NEXT_WEEK),)
    assert said.departed == (member(BO),)
    assert expected.guests == (Guest(student_id=BO, squad_id=M2),)


@pytest.mark.parametrize(
    ("change", "kind", "code"),
    [
        ({"teaching_class_id": "teaching_class:none"}, Unknown, "offering_unknown"),
        ({"student_ids": (BO, "student:none")}, Unknown, "student_unknown"),
        ({"effective_on": date(2026, 8, 31)}, Unknown, "student_unknown"),
    ],
)
def test_what_a_roster_needs(change, kind, code):
    given(*PAST).when(SET.model_copy(update=change)).rejected(kind, code)


def test_a_roster_belongs_to_the_department_and_holds_no_more_than_the_class():
    given(*PAST).when(SET, by=SECRETARY_ARTS).rejected(NotAllowed, "out_of_scope")
    small = offering(ALGEBRA, capacity=1)
    given(*SCHEDULING, small).when(SET).rejected(Conflict, "capacity_exceeded")
    one = roster(member(BO))
    join = JoinTeachingClass(teaching_class_id=ALGEBRA, student_id=CHEN, effective_on=NEXT_WEEK)
    given(*SCHEDULING, small, one).when(join).rejected(Conflict, "capacity_exceeded")
    unknown = offering(ALGEBRA, capacity=0)
    given(*SCHEDULING, unknown).when(SET).then(SAID)


def test_joining_and_leaving_take_effect_on_their_day():
    join = JoinTeachingClass(teaching_class_id=ALGEBRA, student_id=CHEN, effective_on=NEXT_WEEK)
    leave = LeaveTeachingClass(teaching_class_id=ALGEBRA, student_id=BO, effective_on=NEXT_WEEK)
    one = roster(member(BO))
    given(*PAST, one).when(join, by=SECRETARY_MATHS).then(joined(CHEN))
    given(*PAST, one, joined(CHEN)).when(join).then()
    given(*PAST, one).when(leave, by=SECRETARY_MATHS).then(left(BO))
    given(*PAST, one, left(BO)).when(leave).then()
    folded = Roster().after(one).after(joined(CHEN)).after(left(BO))
    assert set(folded.on(NEXT_WEEK - timedelta(days=1))) == {BO}
    assert set(folded.on(NEXT_WEEK)) == {CHEN}
    back = JoinTeachingClass(teaching_class_id=ALGEBRA, student_id=BO, effective_on=NEXT_WEEK)
    given(*PAST, one, left(BO)).when(back).then(joined(BO))


def test_changes_are_not_made_behind_later_ones():
    one = roster(member(BO))
    early = JoinTeachingClass(teaching_class_id=ALGEBRA, student_id=CHEN, effective_on=MONDAY)
    given(*PAST, one, joined(CHEN)).when(early).rejected(Conflict, "later_roster_recorded")
    before = LeaveTeachingClass(teaching_class_id=ALGEBRA, student_id=CHEN, effective_on=MONDAY)
    given(*PAST, one, joined(CHEN)).when(before).rejected(Conflict, "later_roster_recorded")
    sooner = LeaveTeachingClass(teaching_class_id=ALGEBRA, student_id=BO, effective_on=MONDAY)
    given(*PAST, one, left(BO)).when(sooner).rejected(Conflict, "later_roster_recorded")
    again = JoinTeachingClass(teaching_class_id=ALGEBRA, student_id=BO, effective_on=MONDAY)
    given(*PAST, one, left(BO)).when(again).rejected(Conflict, "later_roster_recorded")
    never = LeaveTeachingClass(teaching_class_id=ALGEBRA, student_id=DENG, effective_on=MONDAY)
    given(*PAST, one).when(never).rejected(Conflict, "student_not_on_roster")


def test_a_guest_holds_the_days_of_the_sessions_and_lets_them_go():
    sessions = lessons()
    join = JoinTeachingClass(teaching_class_id=ALGEBRA, student_id=DENG, effective_on=NEXT_WEEK)
    deng = Guest(student_id=DENG, squad_id=M2)
    came = joined(DENG, M2, guest=True)
    expected = GuestsExpected(
        teaching_class_id=ALGEBRA, from_day=NEXT_WEEK, guests=(deng,), sessions=attended(sessions[1])
    )
    given(*PAST, *sessions).when(join).then(came, expected)
    assert expected.tags() == ("guest:algebra", f"{DENG}@{NEXT_WEEK}", f"{M2}@{NEXT_WEEK}")
    leave = LeaveTeachingClass(teaching_class_id=ALGEBRA, student_id=DENG, effective_on=NEXT_WEEK)
    went, released = given(*PAST, *sessions, came, expected).when(leave).happens()
    assert isinstance(released, GuestsReleased)
    assert (went.guest, released.sessions) == (True, expected.sessions)


def test_guests_of_a_whole_roster_are_expected_and_released():
    sessions = lessons()
    wish = SET.model_copy(update={"student_ids": (BO, DENG, FANG)})
    said, expected = given(*PAST, *sessions).when(wish).happens()
    assert [m.student_id for m in said.members if m.guest] == [DENG, FANG]
    assert expected.guests == (Guest(student_id=DENG, squad_id=M2), Guest(student_id=FANG, squad_id=A1))
    fewer = SetRoster(teaching_class_id=ALGEBRA, student_ids=(BO, FANG), effective_on=NEXT_WEEK)
    again, released = given(*PAST, *sessions, said, expected).when(fewer).happens()
    assert released == GuestsReleased(
        teaching_class_id=ALGEBRA,
        from_day=NEXT_WEEK,
        guests=(Guest(student_id=DENG, squad_id=M2),),
        sessions=attended(sessions[1]),
    )
    assert [m.student_id for m in again.departed] == [DENG]


def test_a_guest_is_not_in_two_places():
    mine = lessons()
    logic = offering(LOGIC, teacher_ids=(WU,), squad_ids=(M2,))
    theirs = lessons(LOGIC, None, past=(*SCHEDULING, logic))
    past = (*PAST, logic, *mine, *theirs)
    join = JoinTeachingClass(teaching_class_id=ALGEBRA, student_id=DENG, effective_on=NEXT_WEEK)
    given(*past).when(join).rejected(Conflict, "conflict_student")
    given(*past).when(SET.model_copy(update={"student_ids": (BO, DENG)})).rejected(Conflict, "conflict_student")
    why = {"override_reason": "重修学生,已获批准"}
    given(*past).when(join.model_copy(update=why), by=SECRETARY_MATHS).rejected(NotAllowed, "override_not_allowed")
    _, expected = given(*past).when(join.model_copy(update=why), by=OFFICE).happens()
    assert [(o.code, o.teaching_class_id) for o in expected.overrides] == [("conflict_student", LOGIC)]
    removed = [SessionRemoved(**s.model_dump(), reason="任课教师出差") for s in theirs]
    assert given(*past, *removed).when(join, by=OFFICE).happens()


def test_a_guest_elsewhere_is_no_guest_here_at_the_same_time():
    mine = lessons()
    drawing = offering(DRAWING, teacher_ids=(WU,), squad_ids=(), department_id=ARTS)
    theirs = lessons(DRAWING, None, past=(*SCHEDULING, drawing))
    elsewhere = GuestsExpected(
        teaching_class_id=DRAWING,
        from_day=MONDAY,
        guests=(Guest(student_id=DENG, squad_id=M2),),
        sessions=attended(*theirs),
    )
    join = JoinTeachingClass(teaching_class_id=ALGEBRA, student_id=DENG, effective_on=NEXT_WEEK)
    given(*PAST, drawing, *mine, *theirs, elsewhere).when(join).rejected(Conflict, "conflict_student")


MOVED = StudentPlaced(
    student_id=BO,
    person_id="person:bo",
    squad_id=M2,
    department_id=ARTS,
    former_squad_id=M1,
    former_department_id=MATHS,
    from_day=NEXT_WEEK,
)
[FOLLOW] = REACTIONS[StudentPlaced](MOVED)


def transfer(*past):
    return given(*PAST, *past).when(FOLLOW, by=SYSTEM[REACTION]).happens()


def test_a_transferred_student_changes_the_rosters_of_both_classes():
    logic = offering(LOGIC, squad_ids=(M2,))
    other = roster(member(DENG, M2), class_id=LOGIC)
    assert isinstance(FOLLOW, TransferRosters)
    events = transfer(SAID, logic, other)
    assert set(events) == {left(BO), joined(BO, M2, ARTS, class_id=LOGIC)}
    assert transfer(SAID, logic, other, *events) == ()


def test_a_transfer_leaves_rosters_not_set_and_terms_over_alone():
    logic = offering(LOGIC, squad_ids=(M2,))
    assert transfer(logic) == ()
    over = offering(ALGEBRA, term_ends_on=NEXT_WEEK - timedelta(days=1))
    assert given(*SCHEDULING, over, SAID).when(FOLLOW, by=SYSTEM[REACTION]).happens() == ()


def test_a_transfer_within_a_class_taken_together_keeps_the_student():
    both = offering(ALGEBRA, squad_ids=(M1, M2))
    events = given(*SCHEDULING, both, SAID).when(FOLLOW, by=SYSTEM[REACTION]).happens()
    assert events == (left(BO), joined(BO, M2, ARTS))


def test_a_guest_stays_a_guest_under_the_new_class():
    sessions = lessons()
    alone = offering(ALGEBRA, squad_ids=(A1,))
    said = roster(member(BO, guest=True))
    events = given(*SCHEDULING, alone, *sessions, said).when(FOLLOW, by=SYSTEM[REACTION]).happens()
    went, released, came, expected = events
    assert (went.effective_on, came.effective_on, came.guest) == (NEXT_WEEK, NEXT_WEEK, True)
    assert released.guests == (Guest(student_id=BO, squad_id=M1),)
    assert expected.guests == (Guest(student_id=BO, squad_id=M2),)
    assert expected.sessions == released.sessions == attended(sessions[1])


def test_a_guest_who_comes_with_the_class_is_none_any_more():
    alone = offering(ALGEBRA, squad_ids=(M2,))
    said = roster(member(BO, guest=True))
    went, released, came = given(*SCHEDULING, alone, said).when(FOLLOW, by=SYSTEM[REACTION]).happens()
    assert (went.guest, came.guest) == (True, False)
    assert isinstance(released, GuestsReleased)
