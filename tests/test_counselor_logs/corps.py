"""Two counselors, of a class of maths and of one of arts, and their weeks in the autumn term."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from domain import Actor, Event
from domain.access import CLOCK, COUNSELOR, DEPUTY, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD, SYSTEM
from domain.counselor_logs import OpenLogWeek, SettleWeeklyLog, SubmitWeeklyLog, WeeklyLogDue
from domain.organisation import CounselorAssigned
from tests.college import A1, ARTS, COLLEGE, M1, M2, MATHS, MONDAY, TERM, at, staff
from tests.scenario import given

MEI, QIN = "person:mei", "person:qin"
SPRING = "term:2026-2"
MEI_ACTS, QIN_ACTS = Actor(MEI, COUNSELOR, MATHS), Actor(QIN, COUNSELOR, ARTS)
DEPUTY_MATHS, DEPUTY_ARTS = Actor("person:deputy", DEPUTY, MATHS), Actor("person:deputy2", DEPUTY, ARTS)
AFFAIRS, AFFAIRS_HEAD = Actor("person:affairs", STUDENT_AFFAIRS), Actor("person:dean", STUDENT_AFFAIRS_HEAD)
PARTS = {"class_situation": "班级情况平稳", "attendance_handling": "迟到学生已谈话", "next_week_plan": "走访宿舍"}


def assigned(squad_id: str, person_id: str, department_id: str, from_day: date = MONDAY) -> CounselorAssigned:
    return CounselorAssigned(squad_id=squad_id, person_id=person_id, department_id=department_id, from_day=from_day)


CORPS: tuple[Event, ...] = (
    *COLLEGE,
    staff(MEI),
    staff(QIN, ARTS),
    assigned(M1, MEI, MATHS),
    assigned(M2, MEI, MATHS),
    assigned(A1, QIN, ARTS),
)


def monday(week: int) -> datetime:
    """The moment a week begins."""
    return at(7, "00:00") + timedelta(weeks=week - 1)


def due(week: int) -> datetime:
    """Sunday 23:59:59."""
    return monday(week) + timedelta(days=7, seconds=-1)


def opened(week: int, *past: Event, term_id: str = TERM, now: datetime | None = None) -> tuple[WeeklyLogDue, ...]:
    """What falls due when a week begins."""
    open_week = OpenLogWeek(term_id=term_id, week=week)
    told = given(*CORPS, *past).when(open_week, by=SYSTEM[CLOCK], now=now or monday(week)).happens()
    return tuple(e for e in told if isinstance(e, WeeklyLogDue))


def owed(week: int, person_id: str = MEI) -> WeeklyLogDue:
    (found,) = (e for e in opened(week) if e.person_id == person_id)
    return found


def missed(week: int, person_id: str = MEI) -> tuple[Event, ...]:
    """A week's log fell due and was never handed in."""
    log = owed(week, person_id)
    settle = SettleWeeklyLog(person_id=person_id, term_id=TERM, week=week)
    told = given(log).when(settle, by=SYSTEM[CLOCK], now=due(week) + timedelta(seconds=60)).happens()
    return log, *told


def submit(week: int, person_id: str = MEI, **other: Any) -> SubmitWeeklyLog:
    return SubmitWeeklyLog(**{"person_id": person_id, "term_id": TERM, "week": week, **PARTS, **other})
