from hypothesis import given as any_of, settings, strategies as some

from domain import Conflict
from domain.timetable import (
    Attended,
    Guest,
    GuestsExpected,
    GuestsReleased,
    RemoveSession,
    SessionRemoved,
    SessionScheduled,
)
from tests.college import (
    A1,
    ALGEBRA,
    ANN,
    ARTS,
    DENG,
    DRAWING,
    FANG,
    HALL,
    LI,
    LOGIC,
    M1,
    M2,
    MONDAY,
    OFFICE,
    R101,
    SCHEDULING,
    WU,
    offering,
)
from tests.scenario import given
from tests.test_timetable.wishes import OFFER, WHY, clashes, once, place, placed

GUEST = Guest(student_id=DENG, squad_id=M2)


def expected(*sessions, guests=(GUEST,), kind=GuestsExpected):
    attended = tuple(
        Attended(session_id=s.session_id, day=s.day, starts_at=s.starts_at, ends_at=s.ends_at) for s in sessions
    )
    return kind(teaching_class_id=sessions[0].teaching_class_id, from_day=MONDAY, guests=guests, sessions=attended)


def test_placing_sees_the_guests_of_the_class_placed():
    logic = offering(LOGIC, teacher_ids=(WU,), squad_ids=(M2,), capacity=10)
    [lesson] = placed(*SCHEDULING, logic, command=place(LOGIC))
    joined = GuestsExpected(teaching_class_id=ALGEBRA, from_day=MONDAY, guests=(GUEST,), sessions=())
    there = place(ALGEBRA, once(room_id=HALL))
    code, facts = clashes(*SCHEDULING, OFFER, logic, lesson, joined, command=there)
    assert (code, facts["clashes"][0]["students"]) == ("conflict_student", [DENG])
    released = GuestsReleased(**joined.model_dump(exclude={"override_reason", "overrides"}))
    assert placed(*SCHEDULING, OFFER, logic, lesson, joined, released, command=there)
    [session] = placed(*SCHEDULING, OFFER, joined, command=there)
    assert session.guests == (GUEST,)
    assert f"{DENG}@{MONDAY}" in session.tags()


def test_placing_a_class_sees_its_students_who_are_guests_elsewhere():
    [session] = placed(*SCHEDULING, OFFER, command=place())
    logic = offering(LOGIC, teacher_ids=(WU,), squad_ids=(M2,))
    lesson = place(LOGIC, once(room_id=HALL))
    past = (*SCHEDULING, OFFER, session, expected(session), logic)
    assert clashes(*past, command=lesson)[0] == "conflict_student"
    assert placed(*past, expected(session, kind=GuestsReleased), command=lesson)
    removed = SessionRemoved(**{**session.model_dump(), "guests": (GUEST,)}, reason="任课教师出差")
    assert placed(*past, removed, command=lesson)


def test_a_guest_of_two_classes_is_not_at_both():
    [session] = placed(*SCHEDULING, OFFER, command=place())
    fang = Guest(student_id=FANG, squad_id=A1)
    drawing = offering(DRAWING, teacher_ids=(ANN,), squad_ids=(), department_id=ARTS)
    other = GuestsExpected(teaching_class_id=DRAWING, from_day=MONDAY, guests=(fang,), sessions=())
    past = (*SCHEDULING, OFFER, drawing, session, expected(session, guests=(fang,)), other)
    lesson = place(DRAWING, once(room_id=HALL))
    assert clashes(*past, command=lesson)[0] == "conflict_student"
    [second] = placed(*past, command=lesson.model_copy(update={"override_reason": WHY}))
    assert [(o.code, o.teaching_class_id) for o in second.overrides] == [("conflict_student", ALGEBRA)]


def test_a_removed_session_names_the_guests_it_had():
    [session] = placed(*SCHEDULING, OFFER, command=place())
    remove = RemoveSession(teaching_class_id=ALGEBRA, session_id=session.session_id, reason="任课教师出差")
    [gone] = given(*SCHEDULING, OFFER, session, expected(session)).when(remove, by=OFFICE).happens()
    assert f"{DENG}@{MONDAY}" in gone.tags()


CLASSES = {
    f"teaching_class:c{n}": offering(f"teaching_class:c{n}", teacher_ids=(teacher,), squad_ids=(squad,), capacity=None)
    for n, (teacher, squad) in enumerate([(LI, M1), (LI, M2), (WU, M1), (WU, A1), (ANN, M2)])
}
WISHES = some.lists(
    some.tuples(
        some.sampled_from(sorted(CLASSES)),
        some.integers(1, 2),
        some.integers(1, 5),
        some.integers(0, 2),
        some.sampled_from([R101, HALL, None]),
    ),
    min_size=2,
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@any_of(WISHES)
def test_whatever_is_wished_nothing_is_booked_twice_without_an_override(wishes):
    past: list = [*SCHEDULING, *CLASSES.values()]
    for class_id, weekday, begin, more, room_id in wishes:
        wish = place(class_id, once(weekday, begin, min(begin + more, 5), room_id))
        try:
            past += given(*past).when(wish, by=OFFICE).happens()
        except Conflict as no:
            assert no.code.startswith("conflict_")  # noqa: PT017  the refusal itself is not what is proven here
    sessions = [e for e in past if isinstance(e, SessionScheduled)]
    for n, one in enumerate(sessions):
        for other in sessions[:n]:
            if one.starts_at < other.ends_at and other.starts_at < one.ends_at:
                held = set(one.holds()) & set(other.holds())
                assert not held, (one, other)
