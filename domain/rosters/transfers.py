"""A transferred student follows the new administrative class: a reaction, never refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

from domain import Command, Context, Day, DepartmentId, Event, Reads, SquadId, StudentId
from domain.access import REACTION, anywhere
from domain.rosters.enrolment import attended, guest
from domain.rosters.events import ROSTER_FACTS, Member, RosterSet, StudentJoined, StudentLeft
from domain.rosters.roster import Roster
from domain.students import StudentPlaced
from domain.timetable import SESSION_FACTS, GuestsExpected, GuestsReleased, OfferingOpened
from domain.timetable.occupancy import Occupancy


@dataclass(frozen=True)
class Classes:
    """The teaching classes a transfer may touch, as far as this student is concerned."""

    offerings: Mapping[str, OfferingOpened] = field(default_factory=dict)
    rosters: Mapping[str, Roster] = field(default_factory=dict)
    occupancy: Occupancy = field(default_factory=Occupancy)

    def after(self, event: Event) -> Self:
        match event:
            case OfferingOpened():
                return replace(self, offerings={**self.offerings, event.teaching_class_id: event})
            case RosterSet() | StudentJoined() | StudentLeft():
                roster = self.rosters.get(event.teaching_class_id, Roster()).after(event)
                return replace(self, rosters={**self.rosters, event.teaching_class_id: roster})
        return replace(self, occupancy=self.occupancy.after(event))


class TransferRosters(Command[Classes]):
    """转班随班.  Takes a transferred student off the former class's rosters and onto the new one's.  Seed: D10.

    Teaching classes the student attends as a guest keep them, under the new class and department.  Rosters not
    set yet, and terms over before the day, are left alone.
    """

    may = {REACTION: anywhere}
    student_id: StudentId
    squad_id: SquadId
    department_id: DepartmentId
    from_day: Day

    def reads(self) -> list[Reads]:
        return [Reads((OfferingOpened,), (self.squad_id,)), Reads(ROSTER_FACTS, (self.student_id,))]

    def more(self, state: Classes) -> Sequence[Reads]:
        strange = [c for c in state.rosters if c not in state.offerings]
        asked = [Reads((OfferingOpened,), (c,)) for c in strange]
        for offering in self._running(state):
            class_id = offering.teaching_class_id
            asked.append(Reads((RosterSet,), (class_id,)))
            stint = state.rosters.get(class_id, Roster()).open(self.student_id)
            if stint and stint.member.guest:
                asked.append(Reads(SESSION_FACTS, (class_id,)))
        return asked

    def decide(self, state: Classes, given: Context) -> Iterator[Event]:
        for offering in self._running(state):
            roster = state.rosters.get(offering.teaching_class_id, Roster())
            stint = roster.open(self.student_id)
            if stint is None and self.squad_id in offering.squad_ids and roster.set:
                yield self._joined(offering, self.from_day, given)
            elif stint and stint.member.squad_id != self.squad_id:
                yield from self._moved(offering, stint.member, state, given)

    def _running(self, state: Classes) -> list[OfferingOpened]:
        return [o for o in state.offerings.values() if o.term_ends_on >= self.from_day]

    def _joined(self, offering: OfferingOpened, day: date, given: Context) -> StudentJoined:
        return StudentJoined(
            teaching_class_id=offering.teaching_class_id,
            student_id=self.student_id,
            squad_id=self.squad_id,
            department_id=self.department_id,
            guest=self.squad_id not in offering.squad_ids,
            effective_on=day,
            joined_at=given.now,
        )

    def _moved(self, offering: OfferingOpened, was: Member, state: Classes, given: Context) -> Iterator[Event]:
        class_id, day = offering.teaching_class_id, max(self.from_day, was.from_day)
        yield StudentLeft(**was.model_dump(), teaching_class_id=class_id, effective_on=day, left_at=given.now)
        sessions = attended(m for m in state.occupancy.of_class(class_id) if m.day >= day)
        said = {"teaching_class_id": class_id, "from_day": day, "sessions": sessions}
        if was.guest:
            yield GuestsReleased.model_validate({**said, "guests": (guest(was),)})
        elif self.squad_id not in offering.squad_ids:
            return
        joined = self._joined(offering, day, given)
        yield joined
        if joined.guest:
            now = was.model_copy(update={"squad_id": self.squad_id, "department_id": self.department_id})
            yield GuestsExpected.model_validate({**said, "guests": (guest(now),)})


def follow(event: StudentPlaced) -> Iterator[TransferRosters]:
    """What a transfer asks of the rosters."""
    yield TransferRosters(
        student_id=event.student_id,
        squad_id=event.squad_id,
        department_id=event.department_id,
        from_day=event.from_day,
    )
