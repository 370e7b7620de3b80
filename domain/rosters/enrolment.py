"""What enrolling must know: the offering and its sessions, its roster, the students' places, and what they attend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

from domain import Command, Conflict, Context, Day, Event, NotAllowed, Reads, Reason, TeachingClassId, Unknown
from domain.access import SECRETARY
from domain.rosters.events import ROSTER_FACTS, Member, RosterSet, StudentJoined, StudentLeft
from domain.rosters.roster import Roster
from domain.students import StudentAdmitted, StudentPlaced
from domain.timetable import (
    OCCUPANCY,
    Attended,
    Guest,
    GuestsExpected,
    GuestsReleased,
    Meeting,
    OfferingOpened,
    guests_of,
    occupied,
)
from domain.timetable.occupancy import KEPT_AT_MOST, Clash, Occupancy, told


@dataclass(frozen=True)
class Enrolment:
    """Everything a change of one roster is decided on."""

    offering: OfferingOpened | None = None
    roster: Roster = field(default_factory=Roster)
    places: Mapping[str, tuple[StudentAdmitted | StudentPlaced, ...]] = field(default_factory=dict)
    occupancy: Occupancy = field(default_factory=Occupancy)

    @property
    def department_id(self) -> str | None:
        return self.offering.department_id if self.offering else None

    def after(self, event: Event) -> Self:
        match event:
            case OfferingOpened():
                return replace(self, offering=event)
            case RosterSet() | StudentJoined() | StudentLeft():
                return replace(self, roster=self.roster.after(event))
            case StudentAdmitted() | StudentPlaced():
                places = (*self.places.get(event.student_id, ()), event)
                return replace(self, places={**self.places, event.student_id: places})
        return replace(self, occupancy=self.occupancy.after(event))

    def member(self, student_id: str, day: date) -> Member | None:
        """The student as a member from a day on; None when nobody of that id has been admitted by then."""
        assert self.offering
        known = [p for p in self.places.get(student_id, ()) if p.from_day <= day]
        if not known:
            return None
        return Member(
            student_id=student_id,
            squad_id=known[-1].squad_id,
            department_id=known[-1].department_id,
            guest=known[-1].squad_id not in self.offering.squad_ids,
            from_day=day,
        )

    def expects(self, member: Member) -> bool:
        """Whether a guest attends already, from the same administrative class."""
        stint = self.roster.open(member.student_id)
        return stint is not None and stint.member.guest and stint.member.squad_id == member.squad_id

    def sessions(self, day: date) -> list[Meeting]:
        """The sessions of the teaching class from a day on."""
        assert self.offering
        return [m for m in self.occupancy.of_class(self.offering.teaching_class_id) if m.day >= day]

    def torn(self, guests: Sequence[Guest], day: date) -> list[Clash]:
        """Where these guests, newly attending, would have to be in two places."""
        who = {g.student_id for g in guests}
        wanted = [m.model_copy(update={"guests": tuple(guests)}) for m in self.sessions(day)]
        return [c for c in self.occupancy.clashes(wanted) if c.code == "conflict_student" and who & set(c.students)]


def guest(member: Member) -> Guest:
    return Guest(student_id=member.student_id, squad_id=member.squad_id)


def attended(meetings: Iterable[Meeting]) -> tuple[Attended, ...]:
    return tuple(
        Attended(session_id=m.session_id, day=m.day, starts_at=m.starts_at, ends_at=m.ends_at) for m in meetings
    )


class AboutRoster(Command[Enrolment]):
    """名单.  What the commands on one roster share."""

    teaching_class_id: TeachingClassId
    effective_on: Day

    def named(self) -> Sequence[str]:
        """The students the command names."""
        return ()

    def reads(self) -> list[Reads]:
        return [
            Reads((OfferingOpened, *OCCUPANCY, *ROSTER_FACTS), (self.teaching_class_id,)),
            Reads(OCCUPANCY, (guests_of(self.teaching_class_id),)),
            *(Reads((StudentAdmitted, StudentPlaced), (student,)) for student in dict.fromkeys(self.named())),
        ]

    def more(self, state: Enrolment) -> Sequence[Reads]:
        if state.offering is None:
            return ()
        members = (state.member(student, self.effective_on) for student in self.named())
        guests = [m for m in members if m and m.guest and not state.expects(m)]
        who = dict.fromkeys(some_id for m in guests for some_id in (m.student_id, m.squad_id))
        days = dict.fromkeys(m.day for m in state.sessions(self.effective_on))
        return [Reads(OCCUPANCY, (occupied(some_id, day),)) for day in days for some_id in who]

    def find(self, state: Enrolment) -> None:
        if state.offering is None:
            raise Unknown("offering_unknown", teaching_class=self.teaching_class_id)
        if strange := [s for s in self.named() if state.member(s, self.effective_on) is None]:
            raise Unknown("student_unknown", students=strange)

    def expected(
        self, state: Enrolment, newcomers: Sequence[Guest], reason: Reason | None, given: Context
    ) -> Iterator[Event]:
        """The guests attend from now on; refused where they are engaged elsewhere, unless overridden."""
        if reason is not None and given.actor.role == SECRETARY:
            raise NotAllowed("override_not_allowed", role=given.actor.role)
        if not newcomers:
            return
        found = state.torn(newcomers, self.effective_on)
        if found and reason is None:
            code, facts = told(found)
            raise Conflict(code, teaching_class=self.teaching_class_id, **facts)
        yield GuestsExpected(
            teaching_class_id=self.teaching_class_id,
            from_day=self.effective_on,
            guests=tuple(newcomers),
            sessions=attended(state.sessions(self.effective_on)),
            override_reason=reason if found else None,
            overrides=tuple(c.override() for c in found[:KEPT_AT_MOST]),
        )

    def released(self, state: Enrolment, leavers: Sequence[Guest]) -> Iterator[Event]:
        if leavers:
            yield GuestsReleased(
                teaching_class_id=self.teaching_class_id,
                from_day=self.effective_on,
                guests=tuple(leavers),
                sessions=attended(state.sessions(self.effective_on)),
            )

    def check_seats(self, state: Enrolment, members: int) -> None:
        """Raise when more than the offering's capacity would belong; 0 or None is no limit."""
        capacity = state.offering.capacity if state.offering else None
        if capacity and members > capacity:
            raise Conflict(
                "capacity_exceeded", teaching_class=self.teaching_class_id, capacity=capacity, members=members
            )
