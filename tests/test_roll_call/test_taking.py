from datetime import timedelta

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import TEACHER
from domain.calendar import HolidayDeclared
from domain.duties import Done, Due
from domain.roll_call import AGENDA, Counts, EndSession, RollCallDeadlineLapsed, RosterDifference
from domain.roll_call.rules import deadline, working_days_later
from domain.rosters import RosterSet, StudentJoined, StudentLeft
from domain.timetable import RoomAssigned, SessionEnded, SessionRemoved, SessionScheduled
from tests.college import (
    A1,
    ALGEBRA,
    ANN,
    ARTS,
    BO,
    CHEN,
    DENG,
    FANG,
    HALL,
    LI,
    M1,
    M2,
    MATHS,
    MONDAY,
    R101,
    TEACHER_LI,
    TEACHER_WU,
    TERM,
    at,
)
from tests.rolls import (
    DUE,
    END,
    ENDED,
    ENDS,
    IN_TIME,
    LATE,
    PAST,
    ROSTER,
    SCHEDULED,
    SESSION,
    TAKE,
    THE_CLOCK,
    ended,
    revised,
    taken,
)
from tests.scenario import SHANGHAI, given

REMOVED = SessionRemoved(**SCHEDULED.model_dump(), reason="任课教师出差")


def test_the_end_of_a_session_makes_its_roll_call_owed():
    duty = ENDED.duty
    assert ENDED.ended_at == ENDED.occurred_at == ENDS
    assert (duty.key, duty.person_id, duty.department_id) == (f"roll_call/{SESSION}", LI, MATHS)
    assert (duty.opened_at, duty.due_at, duty.state) == (ENDS, DUE, "open")
    assert {(u.key, u.version) for u in ENDED.policies} >= {("rollcall.deadline_hours", 0)}
    given(*PAST, ENDED).when(END, by=THE_CLOCK, now=ENDS).then()


def test_the_agenda_ends_sessions_at_their_end():
    assert list(AGENDA[SessionScheduled](SCHEDULED)) == [Due(f"session/{SESSION}", ENDS, END)]
    assert list(AGENDA[SessionRemoved](REMOVED)) == [Done(f"session/{SESSION}")]


def test_nobody_owes_a_roll_call_of_an_empty_room():
    for roster in ((), (ROSTER.model_copy(update={"effective_on": MONDAY + timedelta(days=1), "members": ()}),)):
        [event] = given(SCHEDULED, *roster).when(END, by=THE_CLOCK, now=ENDS).happens()
        assert event.duty is None
    given(SCHEDULED).when(TAKE.model_copy(update={"marks": {}}), by=TEACHER_LI, now=DUE).rejected(
        Conflict, "roster_empty"
    )


def test_a_session_does_not_end_early_and_a_removed_one_never():
    given(*PAST).when(END, by=THE_CLOCK, now=ENDS - timedelta(seconds=1)).rejected(Conflict, "session_not_over")
    given(*PAST, REMOVED).when(END, by=THE_CLOCK, now=ENDS).then()
    strange = EndSession(session_id="session:none", teaching_class_id=ALGEBRA)
    given(*PAST).when(strange, by=THE_CLOCK, now=ENDS).rejected(Unknown, "session_unknown")


@pytest.mark.parametrize(
    ("seconds", "on_time", "state"),
    [(-1, True, "done"), (0, True, "done"), (0.9, True, "done"), (1, False, "done_late")],
)
def test_forty_eight_hours_to_the_second(seconds, on_time, state):
    event = taken(ENDED, now=DUE + timedelta(seconds=seconds))
    assert (event.on_time, event.duty.state, event.duty.due_at) == (on_time, state, DUE)
    assert event.elapsed_minutes == (2879 if seconds < 0 else 2880)


def test_the_roll_says_everything():
    assert IN_TIME.marks == TAKE.marks
    assert IN_TIME.counts == (
        Counts(department_id=MATHS, roster=2, present=1, absent=1),
        Counts(department_id=ARTS, roster=1, late=1),
    )
    assert IN_TIME.departments == {FANG: ARTS}
    assert IN_TIME.roster_difference == RosterDifference()
    assert IN_TIME.tags() == (SESSION, LI, "person:wu", ALGEBRA, MATHS, CHEN, FANG, ARTS)
    assert BO not in IN_TIME.tags()


def test_the_deadline_is_the_rulebooks_when_the_session_ended():
    before = revised("rollcall.deadline_hours", 24, ENDS)
    after = revised("rollcall.deadline_hours", 24, ENDS + timedelta(seconds=1))
    assert ended(before).duty.due_at == ENDS + timedelta(hours=24)
    assert ended(after).duty.due_at == DUE
    assert not taken(before, now=DUE).on_time
    assert taken(after, now=DUE).on_time


def test_holidays_stop_the_clock_only_where_the_rulebook_says_so():
    feast = HolidayDeclared(term_id=TERM, day=MONDAY + timedelta(days=1), name="校庆")
    extended = revised("rollcall.holiday_extension", True)
    assert ended(feast).duty.due_at == DUE
    assert ended(feast, extended).duty.due_at == DUE + timedelta(hours=24)
    assert taken(feast, extended, now=DUE + timedelta(hours=24)).on_time


def test_holidays_stop_the_clock_of_a_roll_that_nobody_was_expected_to_owe_too():
    feast = HolidayDeclared(term_id=TERM, day=MONDAY + timedelta(days=1), name="校庆")
    extended = revised("rollcall.holiday_extension", True)
    [empty] = given(SCHEDULED).when(END, by=THE_CLOCK, now=ENDS).happens()
    assert empty.duty is None
    past = (SCHEDULED, empty, ROSTER, feast, extended)
    [roll] = given(*past).when(TAKE, by=TEACHER_LI, now=DUE + timedelta(hours=24)).happens()
    assert (roll.on_time, roll.duty.due_at) == (True, DUE + timedelta(hours=24))


def test_deadlines_and_working_days():
    days = {MONDAY, MONDAY + timedelta(days=1)}
    assert deadline(at(7, "09:40"), 2, days, SHANGHAI) == at(9, "02:00")
    assert deadline(at(6, "23:30"), 1, days, SHANGHAI) == at(9, "00:30")
    friday = MONDAY + timedelta(days=4)
    assert working_days_later(friday, 1, ()) == MONDAY + timedelta(days=7)
    assert working_days_later(friday, 1, {MONDAY + timedelta(days=7)}) == MONDAY + timedelta(days=8)


def test_a_roll_may_be_taken_from_the_start_of_the_session():
    early = at(7, "08:00")
    given(*PAST).when(TAKE, by=TEACHER_LI, now=early - timedelta(seconds=1)).rejected(Conflict, "too_early")
    event = taken(now=early)
    assert (event.on_time, event.elapsed_minutes, event.duty.due_at) == (True, -100, DUE)
    [end] = given(*PAST, event).when(END, by=THE_CLOCK, now=ENDS).happens()
    assert end.duty == event.duty
    at_end = revised("rollcall.earliest", "session_end")
    given(*PAST, at_end).when(TAKE, by=TEACHER_LI, now=early).rejected(Conflict, "too_early")
    assert taken(at_end, now=ENDS)


def test_only_a_teacher_of_the_session():
    assert taken(ENDED, by=TEACHER_WU).teacher_id == TEACHER_WU.person_id
    given(*PAST, ENDED).when(TAKE, by=Actor(ANN, TEACHER, ARTS), now=DUE).rejected(NotAllowed, "out_of_scope")
    substitute = Actor(ANN, TEACHER, MATHS, on_behalf_of=LI)
    assert taken(ENDED, by=substitute).teacher_id == ANN


def test_the_session_must_be_the_one_of_the_class():
    given(*PAST).when(TAKE.model_copy(update={"session_id": "session:none"}), by=TEACHER_LI, now=DUE).rejected(
        Unknown, "session_unknown"
    )
    elsewhere = TAKE.model_copy(update={"teaching_class_id": "teaching_class:none"})
    given(*PAST).when(elsewhere, by=TEACHER_LI, now=DUE).rejected(Unknown, "session_unknown")
    given(*PAST, REMOVED).when(TAKE, by=TEACHER_LI, now=DUE).rejected(Conflict, "session_removed")
    moved = RoomAssigned(**{**SCHEDULED.model_dump(), "room_id": HALL}, former_room_id=R101)
    assert taken(moved)


def test_a_roll_is_taken_once():
    given(*PAST, ENDED, IN_TIME).when(TAKE, by=TEACHER_LI, now=DUE).rejected(Conflict, "roll_already_taken")


def test_whichever_is_recorded_first_stands():
    lapsed = RollCallDeadlineLapsed(
        **{k: getattr(IN_TIME, k) for k in ("session_id", "teaching_class_id", "term_id", "week", "day")},
        department_id=MATHS,
        teacher_ids=IN_TIME.teacher_ids,
        planned_periods=2,
        duty=ENDED.duty.lapsed(),
    )
    given(*PAST, ENDED, lapsed).when(TAKE, by=TEACHER_LI, now=DUE).rejected(Conflict, "deadline_lapsed")
    assert taken(ENDED, lapsed, now=DUE + timedelta(seconds=1)).duty.state == "done_late"


def test_how_long_a_late_roll_is_kept_is_a_policy():
    last = at(30, "12:00") + timedelta(days=88)  # Sunday 27 December, the last day of the term
    assert not taken(ENDED, now=last).on_time
    beyond = last + timedelta(days=1)
    given(*PAST, ENDED).when(TAKE, by=TEACHER_LI, now=beyond).rejected(Conflict, "roll_call_closed")
    assert taken(ENDED, revised("rollcall.late_accept", "always"), now=beyond)
    strict = revised("rollcall.late_accept", "deadline")
    given(*PAST, ENDED, strict).when(TAKE, by=TEACHER_LI, now=DUE + timedelta(seconds=1)).rejected(
        Conflict, "roll_call_closed"
    )
    assert taken(ENDED, strict, now=DUE)


def test_periods_are_bounded_by_the_plan():
    more = TAKE.model_copy(update={"periods_taught": 3})
    given(*PAST, ENDED).when(more, by=TEACHER_LI, now=DUE).rejected(Conflict, "periods_exceed_planned")
    assert taken(ENDED, command=TAKE.model_copy(update={"periods_taught": 0})).periods_taught == 0
    with pytest.raises(ValueError, match="periods_taught"):
        type(TAKE)(**{**TAKE.model_dump(), "periods_taught": -1})


def marks(**other):
    return TAKE.model_copy(update={"marks": {**TAKE.marks, **other.pop("plus", {})}, **other})


def test_the_whole_roster_and_nobody_else():
    partial = TAKE.model_copy(update={"marks": {BO: "present", FANG: "late"}})
    given(*PAST, ENDED).when(partial, by=TEACHER_LI, now=DUE).rejected(Conflict, "marks_incomplete")
    stranger = marks(plus={DENG: "present"})
    given(*PAST, ENDED).when(stranger, by=TEACHER_LI, now=DUE).rejected(Conflict, "student_not_on_roster")


def joined(some_id, when, day=MONDAY, squad_id=M2, department_id=MATHS):
    return StudentJoined(
        teaching_class_id=ALGEBRA,
        student_id=some_id,
        squad_id=squad_id,
        department_id=department_id,
        guest=True,
        effective_on=day,
        joined_at=when,
    )


def gone(some_id, when, squad_id=M1, department_id=MATHS, day=MONDAY):
    return StudentLeft(
        teaching_class_id=ALGEBRA,
        student_id=some_id,
        squad_id=squad_id,
        department_id=department_id,
        guest=False,
        from_day=MONDAY,
        effective_on=day,
        left_at=when,
    )


def test_a_roster_changed_after_the_form_was_loaded_is_recorded_never_refused():
    since = at(7, "08:30")
    event = taken(ENDED, joined(DENG, since), gone(CHEN, since))
    assert event.roster_difference == RosterDifference(departed=(CHEN,), joined=(DENG,))
    assert event.marks == TAKE.marks
    assert {c.department_id: c.roster for c in event.counts} == {MATHS: 1, ARTS: 1}
    moved = RosterSet(
        teaching_class_id=ALGEBRA,
        members=(*ROSTER.members[:1], *ROSTER.members[2:]),
        departed=ROSTER.members[1:2],
        effective_on=MONDAY,
        set_at=since,
    )
    assert taken(ENDED, moved).roster_difference == RosterDifference(departed=(CHEN,))


def test_a_roster_changed_before_the_day_explains_nothing():
    before = at(6, "23:59")
    given(*PAST, ENDED, joined(DENG, before)).when(TAKE, by=TEACHER_LI, now=DUE).rejected(Conflict, "marks_incomplete")
    given(*PAST, ENDED, gone(CHEN, before)).when(TAKE, by=TEACHER_LI, now=DUE).rejected(
        Conflict, "student_not_on_roster"
    )
    set_late = ROSTER.model_copy(update={"set_at": at(8, "09:00")})
    partial = TAKE.model_copy(update={"marks": {BO: "present"}})
    given(SCHEDULED, set_late).when(partial, by=TEACHER_LI, now=DUE).rejected(Conflict, "marks_incomplete")


def test_a_student_who_leaves_later_was_there_on_the_day():
    later = gone(CHEN, at(8, "09:00"), day=MONDAY + timedelta(days=1))
    event = taken(ENDED, later)
    assert event.roster_difference == RosterDifference()
    assert event.counts[0].roster == 2


def test_a_transfer_between_session_and_roll_call_keeps_the_department_of_the_day():
    tuesday = MONDAY + timedelta(days=1)
    moved = gone(CHEN, at(8, "09:00"), day=tuesday), joined(CHEN, at(8, "09:00"), tuesday, A1, ARTS)
    assert taken(ENDED, *moved).counts == IN_TIME.counts


def test_a_late_roll_is_kept_as_attendance():
    assert (LATE.counts, LATE.on_time, LATE.duty.state) == (IN_TIME.counts, False, "done_late")


def test_the_end_of_a_session_tells_again_what_its_placing_told():
    """Who hears that a session ended need not have heard how it was placed."""
    whole, short = TAKE.blank(), TAKE.blank()
    for event in (SCHEDULED, ENDED):
        whole = whole.after(event)
    assert short.after(ENDED) == whole
    assert TAKE.retold == {SessionEnded: (SessionScheduled, RoomAssigned)}
