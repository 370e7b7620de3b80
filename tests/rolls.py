"""One session, its roster and its roll, for the stories of roll calls and hours.

Algebra meets on Monday 7 September, 08:00 to 09:40, with Bo and Chen of mathematics and Fang of arts.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from domain import Actor, Event
from domain.access import ACADEMIC_HEAD, CLOCK, HEAD, STUDENT, SYSTEM
from domain.policies import PolicyRevised
from domain.roll_call import EndSession, TakeRollCall
from domain.rosters import Member, RosterSet
from domain.timetable import Placement, PlaceOffering, SessionEnded, SessionScheduled
from tests.college import (
    A1,
    ALGEBRA,
    ARTS,
    BO,
    CHEN,
    FANG,
    LI,
    M1,
    MATHS,
    MONDAY,
    OFFICE,
    R101,
    SCHEDULING,
    TEACHER_LI,
    WU,
    at,
    offering,
)
from tests.scenario import given

THE_CLOCK = SYSTEM[CLOCK]
DEAN = Actor("person:dean", ACADEMIC_HEAD)
HEAD_MATHS = Actor("person:head", HEAD, MATHS)
STUDENT_BO = Actor("person:bo", STUDENT, MATHS)

OFFER = offering(ALGEBRA, teacher_ids=(LI, WU))
SLOT = Placement(weeks=(1,), weekday=1, begin_period=1, end_period=2, room_id=R101)
WISH = PlaceOffering(teaching_class_id=ALGEBRA, placements=(SLOT,))


def scheduled() -> SessionScheduled:
    [event] = given(*SCHEDULING, OFFER).when(WISH, by=OFFICE).happens()
    assert isinstance(event, SessionScheduled)
    return event


def member(some_id: str, squad_id: str = M1, department_id: str = MATHS, **other: Any) -> Member:
    told = {"student_id": some_id, "squad_id": squad_id, "department_id": department_id, "from_day": MONDAY}
    return Member.model_validate({**told, **other})


SCHEDULED = scheduled()
SESSION = SCHEDULED.session_id
ENDS, DUE = at(7, "09:40"), at(9, "09:40")
ROSTER = RosterSet(
    teaching_class_id=ALGEBRA,
    members=(member(BO), member(CHEN), member(FANG, A1, ARTS, guest=True)),
    effective_on=MONDAY,
    set_at=at(1, "09:00"),
)
END = EndSession(session_id=SESSION, teaching_class_id=ALGEBRA)
TAKE = TakeRollCall(
    session_id=SESSION,
    teaching_class_id=ALGEBRA,
    marks={BO: "present", CHEN: "absent", FANG: "late"},
    periods_taught=2,
)
PAST = (SCHEDULED, ROSTER)


def ended(*past: Event) -> SessionEnded:
    [event] = given(*PAST, *past).when(END, by=THE_CLOCK, now=ENDS).happens()
    assert isinstance(event, SessionEnded)
    return event


ENDED = ended()


def taken(*past: Event, now: datetime = DUE, by: Actor = TEACHER_LI, command: TakeRollCall = TAKE) -> Any:
    """What taking the roll yields."""
    [event] = given(*PAST, *past).when(command, by=by, now=now).happens()
    return event


IN_TIME = taken(ENDED)
LATE = taken(ENDED, now=DUE + timedelta(seconds=1))


def revised(policy: str, value: bool | int | str, since: datetime | None = None) -> PolicyRevised:
    return PolicyRevised(
        proposal_id=f"p-{policy}",
        policy=policy,
        value=value,
        effective_from=since or at(1, "09:00"),
        document_no="教〔2026〕1号",
        proposed_by="person:a",
        approved_by="person:b",
    )
