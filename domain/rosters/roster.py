"""A roster as folded from its facts: every stint of every student."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Self

from domain import Event
from domain.rosters.events import Member, RosterSet, StudentJoined, StudentLeft

EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Stint:
    """A student's membership from a day until another (None: still), and when either was recorded."""

    member: Member
    joined_at: datetime
    until: date | None = None
    left_at: datetime | None = None

    def on(self, day: date) -> bool:
        return self.member.from_day <= day and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Roster:
    """Who belongs to one teaching class and when; `latest` is the last day anything takes effect.

    `first` is the roster it began with, as told; only students whose membership changed have stints of their own,
    so that the ordinary roster, set once, costs nothing to fold.
    """

    first: RosterSet | None = None
    changed: Mapping[str, tuple[Stint, ...]] = field(default_factory=dict)
    set: bool = False
    latest: date = date.min

    def after(self, event: Event) -> Self:
        match event:
            case RosterSet():
                return self._anew(event)
            case StudentJoined():
                member = Member(
                    student_id=event.student_id,
                    squad_id=event.squad_id,
                    department_id=event.department_id,
                    guest=event.guest,
                    from_day=event.effective_on,
                )
                stints = (*self.stints(event.student_id), Stint(member, event.joined_at))
                return self._with({event.student_id: stints}, event.effective_on)
            case StudentLeft():
                left = self._left(event.student_id, event.effective_on, event.left_at)
                return self._with({event.student_id: left}, event.effective_on)
        return self

    def stints(self, student_id: str) -> tuple[Stint, ...]:
        """Every membership of a student, in order.  The first roster explains no difference to a roll."""
        if (known := self.changed.get(student_id)) is not None:
            return known
        member = self.first.by_student.get(student_id) if self.first else None
        return (Stint(member, EVER),) if member else ()

    def _with(self, changed: Mapping[str, tuple[Stint, ...]], day: date) -> Self:
        return replace(self, changed={**self.changed, **changed}, latest=max(self.latest, day))

    def _left(self, student_id: str, day: date, at: datetime) -> tuple[Stint, ...]:
        """The student's stints with the open one closed."""
        stints = self.stints(student_id)
        if not stints or stints[-1].until is not None:
            return stints
        return (*stints[:-1], replace(stints[-1], until=day, left_at=at))

    def _anew(self, event: RosterSet) -> Self:
        if not (self.set or self.changed or event.departed):
            return replace(self, first=event, set=True, latest=max(self.latest, event.effective_on))
        recorded = event.set_at if self.set else EVER
        changed: dict[str, tuple[Stint, ...]] = {}
        for gone in event.departed:
            changed[gone.student_id] = self._left(gone.student_id, event.effective_on, event.set_at)
        for member in event.members:
            if (known := self.open(member.student_id)) is None or known.member != member:
                before = self._left(member.student_id, event.effective_on, event.set_at)
                changed[member.student_id] = (*before, Stint(member, recorded))
        return replace(self._with(changed, event.effective_on), set=True)

    def open(self, student_id: str) -> Stint | None:
        """The stint that has no end yet."""
        stints = self.stints(student_id)
        return stints[-1] if stints and stints[-1].until is None else None

    def on(self, day: date) -> Mapping[str, Member]:
        """Who belongs on a day."""
        told = self.first.by_student if self.first else {}
        if not self.changed and (self.first is None or self.first.since <= day):
            return told
        kept = {s: m for s, m in told.items() if s not in self.changed and m.from_day <= day}
        return kept | {s: stint.member for s, stints in self.changed.items() for stint in stints if stint.on(day)}

    def homes(self, day: date) -> Mapping[str, str]:
        """The department of everybody who belongs on a day."""
        if self.first and not self.changed and self.first.since <= day:
            return self.first.homes
        return {s: m.department_id for s, m in self.on(day).items()}

    def left_since(self, moment: datetime) -> Iterator[str]:
        """Students whose leaving was recorded at a moment or later."""
        for student, stints in self.changed.items():
            if any(s.left_at is not None and s.left_at >= moment for s in stints):
                yield student

    def joined_since(self, moment: datetime) -> Iterator[str]:
        """Students whose joining was recorded at a moment or later."""
        for student, stints in self.changed.items():
            if any(s.joined_at >= moment for s in stints):
                yield student
