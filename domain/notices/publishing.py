"""Notices published to an audience that is settled at once, and recalled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import Field

from domain import (
    Actor,
    Command,
    Conflict,
    Context,
    DepartmentId,
    Event,
    Line,
    Moment,
    PersonId,
    Reads,
    Text,
    Unknown,
)
from domain.access import (
    ACADEMIC,
    ACADEMIC_HEAD,
    ASSETS,
    DEPUTY,
    FINANCE,
    HEAD,
    HR,
    IT,
    LEADER,
    PRESIDENT,
    REACTION,
    SECRETARY,
    STUDENT_AFFAIRS,
    STUDENT_AFFAIRS_HEAD,
    RoleGranted,
    RoleRevoked,
    anywhere,
)
from domain.calendar import HolidayDeclared, HolidayWithdrawn
from domain.duties import Duty
from domain.notices.events import MOST, NoticeAddressed, NoticeId, NoticePublished, receipt_of
from domain.notices.rules import READ_WORKDAYS, limit
from domain.organisation import StaffPlaced, StaffRegistered
from domain.students import StudentAdmitted, StudentPlaced

STAFF = (StaffRegistered, StaffPlaced)
PLACES = (*STAFF, StudentAdmitted, StudentPlaced)
Place = StaffRegistered | StaffPlaced | StudentAdmitted | StudentPlaced
OFFICES = (ACADEMIC, ACADEMIC_HEAD, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD, HR, ASSETS, FINANCE, IT, PRESIDENT)


@dataclass(frozen=True)
class Audience:
    """The notice if it was published before, and of everybody perhaps meant: places and roles."""

    published: NoticePublished | None = None
    holidays: frozenset[date] = frozenset()
    places: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    granted: Mapping[str, RoleGranted] = field(default_factory=dict)

    def after(self, event: Event) -> Self:
        match event:
            case NoticePublished():
                return replace(self, published=event)
            case HolidayDeclared():
                return replace(self, holidays=self.holidays | {event.day})
            case HolidayWithdrawn():
                return replace(self, holidays=self.holidays - {event.day})
            case RoleGranted():
                return replace(self, granted={**self.granted, event.grant_id: event})
            case RoleRevoked():
                return replace(self, granted={k: g for k, g in self.granted.items() if k != event.grant_id})
            case StaffRegistered() | StaffPlaced() | StudentAdmitted() | StudentPlaced():
                told = (*self.places.get(event.person_id, ()), event)
                return replace(self, places={**self.places, event.person_id: told})
        return self

    def place(self, person_id: str, day: date) -> Place:
        """Where a person belongs on a day."""
        told = self.places[person_id]
        return ([p for p in told if p.from_day <= day] or told[:1])[-1]

    def holders(self, roles: Sequence[str], departments: Sequence[str], day: date | None = None) -> set[str]:
        """Who holds one of the roles for one of the departments (on a day)."""
        return {
            g.person_id
            for g in self.granted.values()
            if g.role in roles
            and g.department_id in departments
            and (day is None or g.valid_from <= day <= g.valid_until)
        }


def within_department(command: PublishNotice, state: Audience, actor: Actor) -> bool:
    """d: everybody addressed belongs to the department the grant names; a leader's may name none."""
    if actor.department_id is None:
        return actor.role == LEADER
    if not set(command.departments) <= {actor.department_id}:
        return False
    places = (state.places[p][-1] for p in command.persons if p in state.places)
    return all(place.department_id == actor.department_id for place in places)


class PublishNotice(Command[Audience]):
    """发布通知.  To persons, to the staff of departments, or to those who hold a role in them.  Seed: D04.

    Who is meant is settled now, 500 persons at most; with `must_read` each owes a reading by `must_read_until`, or
    else within the working days of the rulebook.
    """

    may = {
        **{role: anywhere for role in (*OFFICES, REACTION)},
        **{role: within_department for role in (LEADER, HEAD, DEPUTY, SECRETARY)},
    }
    live = True
    notice_id: NoticeId
    title: Line
    body: Text
    persons: Annotated[tuple[PersonId, ...], Field(max_length=MOST)] = ()
    departments: Annotated[tuple[DepartmentId, ...], Field(max_length=100)] = ()
    roles: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    must_read: bool = True
    must_read_until: Moment | None = None

    def reads(self) -> Sequence[Reads]:
        asked = [Reads((NoticePublished,), (self.notice_id,))]
        if self.must_read and self.must_read_until is None:
            asked.append(Reads((HolidayDeclared, HolidayWithdrawn)))  # every one there ever was: a dozen a year
        asked += [Reads(PLACES, (person,)) for person in self.persons]
        of_department = (RoleGranted, RoleRevoked) if self.roles else STAFF
        return asked + [Reads(of_department, (department,)) for department in self.departments]

    def more(self, state: Audience) -> Sequence[Reads]:
        return [Reads(PLACES, (person,)) for person in sorted(state.holders(self.roles, self.departments))]

    def find(self, state: Audience) -> None:
        for person_id in self.persons:
            if person_id not in state.places:
                raise Unknown("recipient_unknown", person=person_id)

    def decide(self, state: Audience, given: Context) -> Iterator[Event]:
        if known := state.published:
            if (known.title, known.body, known.published_by) == (self.title, self.body, given.actor.person_id):
                return
            raise Conflict("notice_already_published", notice=self.notice_id)
        due_at, rules = self._limit(state, given), given.rules.at(given.now)
        persons = self._audience(state, given.today)
        yield NoticePublished(
            notice_id=self.notice_id,
            title=self.title,
            body=self.body,
            publisher_department_id=given.actor.department_id,
            published_by=given.actor.person_id,
            published_at=given.now,
            due_at=due_at,
            addressed=len(persons),
            persons=persons,
            policies=rules.used(READ_WORKDAYS) if due_at and self.must_read_until is None else (),
        )
        for person_id in persons:
            yield self._addressed(state.place(person_id, given.today), due_at, given)

    def _limit(self, state: Audience, given: Context) -> datetime | None:
        if not self.must_read:
            return None
        if self.must_read_until is None:
            days = given.rules.at(given.now)(READ_WORKDAYS)
            return limit(given.today, days, state.holidays, given.zone)
        if self.must_read_until <= given.now:
            raise Conflict("read_limit_past", until=self.must_read_until)
        return self.must_read_until.replace(microsecond=0)

    def _audience(self, state: Audience, today: date) -> tuple[str, ...]:
        meant = {*self.persons, *state.holders(self.roles, self.departments, today)} & state.places.keys()
        if not self.roles:
            for person_id in state.places.keys() - meant:
                place = state.place(person_id, today)
                if isinstance(place, STAFF) and place.department_id in self.departments:
                    meant.add(person_id)
        if not meant:
            raise Conflict("audience_empty")
        if len(meant) > MOST:
            raise Conflict("audience_too_large", persons=len(meant), most=MOST)
        return tuple(sorted(meant))

    def _addressed(self, place: Place, due_at: datetime | None, given: Context) -> NoticeAddressed:
        receipt_id = receipt_of(self.notice_id, place.person_id)
        row: dict[str, Any] = {"person_id": place.person_id, "department_id": place.department_id}
        duty = due_at and Duty(
            **row,
            key=f"notice/{receipt_id}",
            kind="notice",
            about=self.notice_id,
            opened_at=given.now,
            due_at=due_at,
        )
        return NoticeAddressed(
            **row,
            receipt_id=receipt_id,
            notice_id=self.notice_id,
            title=self.title,
            reader=place.kind if isinstance(place, STAFF) else "student",
            published_at=given.now,
            due_at=due_at,
            day=due_at.astimezone(given.zone).date() if due_at else given.today,
            duty=duty,
        )
