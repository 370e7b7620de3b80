"""What holds a day: sessions and their guests, and the clashes a further session would make."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

from domain import Event
from domain.timetable.events import (
    Attended,
    Guest,
    GuestsExpected,
    GuestsReleased,
    Meeting,
    Override,
    RoomAssigned,
    SessionRemoved,
    SessionScheduled,
)

CODES = (
    "conflict_room",
    "conflict_teacher",
    "conflict_class",
    "conflict_student",
    "seats_insufficient",
    "on_holiday",
)
TOLD_AT_MOST = 50
KEPT_AT_MOST = 20


@dataclass(frozen=True)
class Clash:
    """One reason why a session may not stand as it is; `joint`: declared joint teaching, it would be none."""

    code: str
    session_id: str
    day: date
    with_session: str | None = None
    with_class: str | None = None
    joint: bool = False
    students: tuple[str, ...] = ()

    def fact(self) -> dict[str, object]:
        """The clash as a refusal tells it."""
        return {
            "code": self.code,
            "session": self.session_id,
            "day": self.day.isoformat(),
            "with_session": self.with_session,
            "with_class": self.with_class,
            "joint": self.joint,
            "students": list(self.students[:KEPT_AT_MOST]),
        }

    def override(self) -> Override:
        return Override(code=self.code, session_id=self.with_session, teaching_class_id=self.with_class)


def told(clashes: Iterable[Clash]) -> tuple[str, dict[str, object]]:
    """The refusal for all clashes at once: its code, and facts that let the same wish be made again better."""
    ordered = sorted(clashes, key=lambda c: (CODES.index(c.code), c.day))
    joint = dict.fromkeys(c.with_class for c in ordered if c.joint and c.with_class)
    return ordered[0].code, {
        "clashes": [c.fact() for c in ordered[:TOLD_AT_MOST]],
        "total": len(ordered),
        "would_be_joint_with": list(joint)[:TOLD_AT_MOST],
    }


def would_be_joint(one: Meeting, other: Meeting) -> bool:
    """Same time, same room, a teacher in common: what joint teaching 合班 means."""
    same_time = one.starts_at == other.starts_at and one.ends_at == other.ends_at
    return same_time and one.room_id == other.room_id and not set(one.teacher_ids).isdisjoint(other.teacher_ids)


def joint(one: Meeting, other: Meeting) -> bool:
    """Joint teaching that one of the two sessions declares."""
    declared = other.teaching_class_id in one.joint_with or one.teaching_class_id in other.joint_with
    return declared and would_be_joint(one, other)


@dataclass(frozen=True)
class Occupancy:
    """Sessions that stand, and who attends each as a guest; a session known only by its guests is in `attended`."""

    meetings: Mapping[str, Meeting] = field(default_factory=dict)
    attended: Mapping[str, tuple[Attended, str]] = field(default_factory=dict)
    guests: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    said_of_guests: tuple[GuestsExpected | GuestsReleased, ...] = ()
    removed: frozenset[str] = frozenset()

    def after(self, event: Event) -> Self:
        match event:
            case SessionScheduled() | RoomAssigned():
                meetings = {**self.meetings, event.session_id: event}
                if not event.guests:
                    return replace(self, meetings=meetings)
                who = {**self.guests.get(event.session_id, {}), **{g.student_id: g.squad_id for g in event.guests}}
                return replace(self, meetings=meetings, guests={**self.guests, event.session_id: who})
            case SessionRemoved():
                return self._without(event.session_id)
            case GuestsExpected():
                return self._expecting(event)
            case GuestsReleased():
                return self._releasing(event)
        return self

    def _without(self, session_id: str) -> Self:
        return replace(
            self,
            meetings={k: v for k, v in self.meetings.items() if k != session_id},
            attended={k: v for k, v in self.attended.items() if k != session_id},
            guests={k: v for k, v in self.guests.items() if k != session_id},
            removed=self.removed | {session_id},
        )

    def _expecting(self, event: GuestsExpected) -> Self:
        newcomers = {g.student_id: g.squad_id for g in event.guests}
        known = {s.session_id: (s, event.teaching_class_id) for s in event.sessions}
        guests = {s: {**self.guests.get(s, {}), **newcomers} for s in known}
        return replace(
            self,
            attended={**self.attended, **known},
            guests={**self.guests, **guests},
            said_of_guests=(*self.said_of_guests, event),
        )

    def _releasing(self, event: GuestsReleased) -> Self:
        gone = {g.student_id for g in event.guests}
        left = {
            s.session_id: {k: v for k, v in self.guests.get(s.session_id, {}).items() if k not in gone}
            for s in event.sessions
        }
        return replace(self, guests={**self.guests, **left}, said_of_guests=(*self.said_of_guests, event))

    def guests_on(self, teaching_class_id: str, day: date) -> tuple[Guest, ...]:
        """Who attends a teaching class as a guest on a day, by all that was said of its guests."""
        who: dict[str, Guest] = {}
        for event in self.said_of_guests:
            if event.teaching_class_id != teaching_class_id or event.from_day > day:
                continue
            for guest in event.guests:
                if isinstance(event, GuestsExpected):
                    who[guest.student_id] = guest
                else:
                    who.pop(guest.student_id, None)
        return tuple(who.values())

    def of_class(self, teaching_class_id: str) -> list[Meeting]:
        """The sessions of a teaching class that stand, in order of time."""
        mine = (m for m in self.meetings.values() if m.teaching_class_id == teaching_class_id)
        return sorted(mine, key=lambda m: (m.starts_at, m.session_id))

    def clashes(self, wanted: Sequence[Meeting]) -> Iterator[Clash]:
        """Every clash of the wanted sessions with what stands and among themselves."""
        days: dict[date, list[str]] = defaultdict(list)
        sittings: list[Meeting | Attended] = [*self.meetings.values(), *(a for a, _ in self.attended.values())]
        for known in sittings:
            if known.session_id not in days[known.day]:
                days[known.day].append(known.session_id)
        meetings = dict(self.meetings)
        replaced = {m.session_id for m in wanted}
        for new in wanted:
            for other in days[new.day]:
                if other not in replaced:
                    yield from self._between(new, other, meetings.get(other))
            meetings[new.session_id] = new
            days[new.day] = [s for s in days[new.day] if s != new.session_id] + [new.session_id]
            replaced.discard(new.session_id)

    def _between(self, new: Meeting, other_id: str, other: Meeting | None) -> Iterator[Clash]:
        if other:
            starts_at, ends_at, class_id = other.starts_at, other.ends_at, other.teaching_class_id
        else:
            attended, class_id = self.attended[other_id]
            starts_at, ends_at = attended.starts_at, attended.ends_at
        if not (new.starts_at < ends_at and starts_at < new.ends_at):
            return
        if other and joint(new, other):
            return
        could = other is not None and would_be_joint(new, other)

        def clash(code: str, students: Collection[str] = ()) -> Clash:
            return Clash(code, new.session_id, new.day, other_id, class_id, could, tuple(students))

        if other and new.room_id and new.room_id == other.room_id:
            yield clash("conflict_room")
        if other and not set(new.teacher_ids).isdisjoint(other.teacher_ids):
            yield clash("conflict_teacher")
        if class_id == new.teaching_class_id or (other and not set(new.squad_ids).isdisjoint(other.squad_ids)):
            yield clash("conflict_class")
        if students := self._torn(new, other_id, other):
            yield clash("conflict_student", students)

    def _torn(self, new: Meeting, other_id: str, other: Meeting | None) -> list[str]:
        """Guests of either session who would have to be at both."""
        there = {g.student_id: g.squad_id for g in other.guests} if other else {}
        there = {**there, **self.guests.get(other_id, {})}
        squads = set(other.squad_ids) if other else set()
        mine = [g.student_id for g in new.guests if g.student_id in there or g.squad_id in squads]
        return [*mine, *(s for s, squad in there.items() if squad in new.squad_ids and s not in mine)]

    def crowd(self, new: Meeting) -> int:
        """How many places a session takes with all that would be taught jointly with it."""
        others = {
            m.teaching_class_id: m.capacity or 0
            for m in self.meetings.values()
            if m.day == new.day and m.teaching_class_id != new.teaching_class_id and would_be_joint(new, m)
        }
        return (new.capacity or 0) + sum(others.values())
