"""Where a student belongs on a day, who looks after that class, and which term and week the day lies in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self

from domain import Actor, Context, Event, NotAllowed, Reads, StudentId, person_of
from domain.access import COUNSELOR
from domain.calendar import HolidayDeclared, HolidayWithdrawn, TermOpened
from domain.organisation import CounselorAssigned
from domain.students import StudentAdmitted, StudentPlaced

Place = StudentAdmitted | StudentPlaced
CALENDAR = Reads((TermOpened, HolidayDeclared, HolidayWithdrawn))  # every term and holiday: some twenty a year


def placed(student_id: StudentId) -> Reads:
    """What says where a student belongs."""
    return Reads((StudentAdmitted, StudentPlaced), (student_id,))


def cared_for(squad_id: str) -> Reads:
    """What says who is the counselor of a class."""
    return Reads((CounselorAssigned,), (squad_id,))


@dataclass(frozen=True)
class Whereabouts:
    """The places of one student, the counselors of the classes asked about, and the calendar."""

    places: tuple[Place, ...] = ()
    counselors: Mapping[str, tuple[CounselorAssigned, ...]] = field(default_factory=dict)
    terms: tuple[TermOpened, ...] = ()
    holidays: frozenset[date] = frozenset()

    def after(self, event: Event) -> Self:
        match event:
            case StudentAdmitted() | StudentPlaced():
                return replace(self, places=(*self.places, event))
            case CounselorAssigned():
                told = (*self.counselors.get(event.squad_id, ()), event)
                return replace(self, counselors={**self.counselors, event.squad_id: told})
            case TermOpened():
                return replace(self, terms=(*self.terms, event))
            case HolidayDeclared():
                return replace(self, holidays=self.holidays | {event.day})
            case HolidayWithdrawn():
                return replace(self, holidays=self.holidays - {event.day})
        return self

    def on(self, day: date) -> Place | None:
        """The student's place on a day; None before they were admitted."""
        return next((p for p in reversed(self.places) if p.from_day <= day), None)

    def ever(self, squad_id: str) -> frozenset[str]:
        """Everybody who was, is or will be the counselor of a class."""
        return frozenset(a.person_id for a in self.counselors.get(squad_id, ()))

    def counselor(self, squad_id: str, day: date) -> str | None:
        """Who looks after a class on a day."""
        told = reversed(self.counselors.get(squad_id, ()))
        return next((a.person_id for a in told if a.from_day <= day), None)

    def stated(self, place: Place, day: date) -> dict[str, Any]:
        """The fields of OfStudent for something that happened on a day."""
        term = next((t for t in self.terms if t.week(day)), None)
        return {
            "student_id": place.student_id,
            "squad_id": place.squad_id,
            "department_id": place.department_id,
            "term_id": term.term_id if term else None,
            "week": term.week(day) if term else None,
            "day": day,
        }


def acting(actor: Actor) -> set[str]:
    """Who acts, and for whom."""
    return {actor.person_id, actor.on_behalf_of or actor.person_id}


# Each command says with `home(state)` whom it is about and where they belonged.
def the_student(command: Any, state: Any, actor: Actor) -> bool:
    """o: the student concerned."""
    return bool(actor.person_id == person_of(command.home(state).student_id))


def own_squad(command: Any, state: Any, actor: Actor) -> bool:
    """c: a counselor of the student's administrative class; that they are it today is decided with the day."""
    return bool(acting(actor) & state.homes.ever(command.home(state).squad_id))


def own_department(command: Any, state: Any, actor: Actor) -> bool:
    """d: the department to which the student belonged on the day."""
    return actor.department_id is not None and bool(actor.department_id == command.home(state).department_id)


def check_counselor(command: Any, state: Any, given: Context) -> None:
    """Raise unless whoever acts as a counselor is that of the class today."""
    if given.actor.role != COUNSELOR:
        return
    if state.homes.counselor(command.home(state).squad_id, given.today) not in acting(given.actor):
        raise NotAllowed("out_of_scope", command=command.NAME)
