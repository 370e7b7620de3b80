"""Who takes a course: whoever is on the roster of its teaching class, or registered for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

from domain import Event
from domain.registrations import StudentRegistered, StudentReregistered, StudentWithdrawn
from domain.rosters import ROSTER_FACTS, Roster, RosterSet, StudentJoined, StudentLeft

MEMBER_FACTS = (*ROSTER_FACTS, StudentRegistered, StudentReregistered, StudentWithdrawn)
Registering = StudentRegistered | StudentReregistered | StudentWithdrawn


@dataclass(frozen=True)
class Members:
    """The members of a teaching class, or those of them that were read."""

    roster: Roster = field(default_factory=Roster)
    registered: Mapping[str, Registering] = field(default_factory=dict)

    def after(self, event: Event) -> Self:
        match event:
            case RosterSet() | StudentJoined() | StudentLeft():
                return replace(self, roster=self.roster.after(event))
            case StudentRegistered() | StudentReregistered() | StudentWithdrawn():
                return replace(self, registered={**self.registered, event.student_id: event})
        return self

    def ever(self, student_id: str) -> bool:
        """Whether the student takes the course, or once did."""
        return student_id in self.registered or bool(self.roster.stints(student_id))

    def left(self, student_id: str, day: date) -> date | None:
        """The day the student gave the course up, if they had by a day; None for whoever still took it."""
        if (told := self.registered.get(student_id)) is not None:
            return told.withdrawn_on if isinstance(told, StudentWithdrawn) and told.withdrawn_on < day else None
        stints = self.roster.stints(student_id)
        ended = stints[-1].until if stints else None
        return ended if ended is not None and ended <= day else None

    def on(self, day: date) -> Iterator[str]:
        """Everybody who takes the course on a day, in order of their ids."""
        there = set(self.roster.on(day)) - self.registered.keys()
        there |= {s for s, told in self.registered.items() if not isinstance(told, StudentWithdrawn)}
        yield from sorted(there)
