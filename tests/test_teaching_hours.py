from datetime import timedelta

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import ACADEMIC_HEAD, REACTION, SYSTEM
from domain.duties import Done, Due
from domain.organisation import StaffPlaced
from domain.roll_call import (
    CorrectPeriodsTaught,
    GrantRollCallWaiver,
    RequestRollCallWaiver,
    RollCallDeadlineLapsed,
    RollCallTaken,
    RollCallWaiverGranted,
)
from domain.teaching_hours import (
    AGENDA,
    REACTIONS,
    HoursNotRecognised,
    HoursRecognised,
    HoursRecognitionOverridden,
    OverrideRecognition,
    RecogniseWaivedHours,
    SettleSession,
    divided,
)
from domain.timetable import SessionEnded
from tests.college import ALGEBRA, ARTS, LI, MATHS, MONDAY, TEACHER_LI, WU, at, offering, staff
from tests.rolls import (
    DEAN,
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
    revised,
    taken,
)
from tests.scenario import given

SETTLE = SettleSession(session_id=SESSION)
SETTLED_AT = DUE + timedelta(seconds=60)
TEACHERS = staff(LI), staff(WU, ARTS)


def settled(*past, now=SETTLED_AT):
    return given(*PAST, *TEACHERS, *past).when(SETTLE, by=THE_CLOCK, now=now).happens()


def hours(event):
    return {s.teacher_id: (s.department_id, s.planned_hundredths, s.recognised_hundredths) for s in event.shares}


def test_a_session_rolled_in_time_is_recognised_and_shared():
    [event] = settled(ENDED, IN_TIME)
    assert isinstance(event, HoursRecognised)
    assert event.outcome == "recognised"
    assert hours(event) == {LI: (MATHS, 100, 100), WU: (ARTS, 100, 100)}
    assert settled(ENDED, IN_TIME, event) == ()


def test_a_session_never_rolled_lapses_and_is_not_recognised():
    lapsed, event = settled(ENDED)
    assert isinstance(lapsed, RollCallDeadlineLapsed)
    assert (lapsed.duty.state, lapsed.duty.settled_at) == ("lapsed", DUE)
    assert isinstance(event, HoursNotRecognised)
    assert (event.reason, hours(event)[LI]) == ("no_roll_call", (MATHS, 100, 0))
    assert settled(ENDED, lapsed, event) == ()


def test_a_late_roll_keeps_the_attendance_and_loses_the_hours():
    [event] = settled(ENDED, LATE)
    assert isinstance(event, HoursNotRecognised)
    assert event.reason == "late_roll_call"


def test_monday_nine_forty_to_wednesday_nine_forty():
    """A session ends Monday 09:40: rolled Wednesday 09:40:00 it counts, at 09:40:01 only the attendance does."""
    assert at(9, "09:40") == DUE
    [counts] = settled(ENDED, taken(ENDED, now=at(9, "09:40")))
    assert isinstance(counts, HoursRecognised)
    late = taken(ENDED, now=at(9, "09:40", 1))
    assert isinstance(late, RollCallTaken)
    [lost] = settled(ENDED, late)
    assert isinstance(lost, HoursNotRecognised)
    ask = RequestRollCallWaiver(session_id=SESSION, waiver_id="w1", reason="机房断网两天", evidence="证明 12 号")
    past = (*PAST, *TEACHERS, ENDED, late, lost)
    [asked] = given(*past).when(ask, by=TEACHER_LI, now=at(10, "09:00")).happens()
    grant = GrantRollCallWaiver(session_id=SESSION, waiver_id="w1")
    [granted] = given(*past, asked).when(grant, by=DEAN, now=at(11, "09:00")).happens()
    [order] = REACTIONS[RollCallWaiverGranted](granted)
    [event] = given(*past, asked, granted).when(order, by=SYSTEM[REACTION], now=at(11, "09:00")).happens()
    assert (event.outcome, hours(event)[WU]) == ("waived", (ARTS, 100, 100))
    assert given(*past, asked, granted, event).when(order, by=SYSTEM[REACTION]).happens() == ()
    assert granted.duty.state == "waived"


def test_the_deadline_must_be_over():
    given(*PAST, *TEACHERS, ENDED, IN_TIME).when(SETTLE, by=THE_CLOCK, now=DUE).rejected(Conflict, "deadline_not_over")
    strange = SettleSession(session_id="session:none")
    given(*PAST).when(strange, by=THE_CLOCK).rejected(Unknown, "session_unknown")


def test_a_shorter_deadline_settles_sooner_and_recognises_less():
    short = revised("rollcall.deadline_hours", 24, ENDS)
    [ended] = given(*PAST, short).when(END, by=THE_CLOCK, now=ENDS).happens()
    roll = taken(short, ended, now=ENDS + timedelta(hours=30))
    [event] = settled(short, ended, roll)
    assert isinstance(event, HoursNotRecognised)
    [event] = settled(ENDED, taken(ENDED, now=ENDS + timedelta(hours=30)))
    assert isinstance(event, HoursRecognised)


def test_periods_taught_count_as_corrected():
    less = CorrectPeriodsTaught(session_id=SESSION, periods_taught=1, reason="第二节停电未上")
    [fewer] = given(*PAST, ENDED, IN_TIME).when(less, by=TEACHER_LI, now=DUE).happens()
    [event] = settled(ENDED, IN_TIME, fewer)
    assert hours(event) == {LI: (MATHS, 100, 50), WU: (ARTS, 100, 50)}
    one = taken(ENDED, command=TAKE.model_copy(update={"periods_taught": 1}))
    assert hours(settled(ENDED, one)[0])[LI] == (MATHS, 100, 50)


def test_a_teachers_department_is_that_of_the_day():
    moved = [
        StaffPlaced(person_id=LI, department_id=ARTS, former_department_id=MATHS, kind="staff", from_day=MONDAY + delta)
        for delta in (timedelta(0), timedelta(days=1))
    ]
    assert hours(settled(ENDED, IN_TIME, moved[0])[0])[LI][0] == ARTS
    assert hours(settled(ENDED, IN_TIME, moved[1])[0])[LI][0] == MATHS
    [event] = given(*PAST, ENDED, IN_TIME).when(SETTLE, by=THE_CLOCK, now=SETTLED_AT).happens()
    assert {share.department_id for share in event.shares} == {MATHS}


@pytest.mark.parametrize(
    ("whole", "parts", "shares"),
    [
        (200, (1, 1), [100, 100]),
        (200, (1, 1, 1), [68, 66, 66]),
        (300, (2, 1), [200, 100]),
        (100, (1, 2), [34, 66]),
        (200, (1,), [200]),
        (0, (1, 1), [0, 0]),
        (200, (), []),
    ],
)
def test_hours_are_shared_in_hundredths_the_remainder_to_the_first(whole, parts, shares):
    assert divided(whole, parts) == shares
    assert sum(shares) == (whole if parts else 0)


OVERRIDE = OverrideRecognition(
    session_id=SESSION, recognised_periods=1, reason="教务会议认定其中一节", document_no="教〔2026〕30号"
)


def test_the_head_of_academic_affairs_decides_otherwise_by_a_document():
    lapsed, lost = settled(ENDED)
    past = (*PAST, *TEACHERS, ENDED, lapsed, lost)
    [event] = given(*past).when(OVERRIDE, by=DEAN).happens()
    assert isinstance(event, HoursRecognitionOverridden)
    assert (event.outcome, hours(event)[LI]) == ("overridden", (MATHS, 100, 50))
    given(*past, event).when(OVERRIDE, by=DEAN).then()
    more = OVERRIDE.model_copy(update={"recognised_periods": 3})
    given(*past).when(more, by=DEAN).rejected(Conflict, "periods_exceed_planned")
    given(*PAST, ENDED).when(OVERRIDE, by=DEAN).rejected(Conflict, "hours_not_settled")
    himself = Actor(LI, ACADEMIC_HEAD)
    given(*past).when(OVERRIDE, by=himself).rejected(NotAllowed, "self_approval_forbidden")
    waived = RecogniseWaivedHours(session_id=SESSION, waiver_id="w1")
    given(*past, event).when(waived, by=SYSTEM[REACTION]).then()


def test_hours_waived_without_any_roll_are_those_planned():
    lapsed, lost = settled(ENDED)
    waived = RecogniseWaivedHours(session_id=SESSION, waiver_id="w1")
    [event] = given(*PAST, *TEACHERS, ENDED, lapsed, lost).when(waived, by=SYSTEM[REACTION]).happens()
    assert hours(event) == {LI: (MATHS, 100, 100), WU: (ARTS, 100, 100)}


def test_the_agenda_settles_sixty_seconds_after_the_deadline():
    key = f"session/{SESSION}"
    assert list(AGENDA[SessionEnded](ENDED)) == [Due(key, SETTLED_AT, SETTLE)]
    assert list(AGENDA[RollCallTaken](IN_TIME)) == []
    [event] = settled(ENDED, IN_TIME)
    assert Done(key) in list(AGENDA[HoursRecognised](event))
    nobody = ENDED.model_copy(update={"duty": None})
    assert list(AGENDA[SessionEnded](nobody)) == [Done(key)]


def test_a_roll_nobody_expected_is_settled_too():
    [empty] = given(SCHEDULED).when(END, by=THE_CLOCK, now=ENDS).happens()
    assert given(SCHEDULED, empty).when(SETTLE, by=THE_CLOCK, now=SETTLED_AT).happens() == ()
    enrolled = ROSTER.model_copy(update={"set_at": at(8, "09:00")})
    [roll] = given(SCHEDULED, empty, enrolled).when(TAKE, by=TEACHER_LI, now=at(8, "10:00")).happens()
    assert (roll.on_time, roll.duty.opened_at, roll.duty.due_at) == (True, at(8, "10:00"), DUE)
    assert list(AGENDA[RollCallTaken](roll)) == [Due(f"unforeseen/{SESSION}", SETTLED_AT, SETTLE)]
    [event] = given(SCHEDULED, empty, enrolled, roll).when(SETTLE, by=THE_CLOCK, now=SETTLED_AT).happens()
    assert isinstance(event, HoursRecognised)


def test_teachers_share_as_the_offering_says():
    split = SCHEDULED.model_copy(update={"teacher_parts": (3, 1)})
    assert offering(ALGEBRA).teacher_parts == (1,)
    past = (split, ROSTER, *TEACHERS, ENDED.model_copy(update={"teacher_parts": (3, 1)}), IN_TIME)
    [event] = given(*past).when(SETTLE, by=THE_CLOCK, now=SETTLED_AT).happens()
    assert hours(event) == {LI: (MATHS, 150, 150), WU: (ARTS, 50, 50)}
