"""A timetable gathered from its rows: sections once each, and which of them meet in a room or a teacher's time."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from api.imports.lines import Listed, Unreadable
from api.imports.refusals import RowRefused
from api.imports.sjtu_rows import Row, Slot, read, shared_ground


@dataclass(slots=True)
class Section:
    """One section: (identifier, code), in the order first seen.  `slots` are distinct, in order."""

    number: int
    identifier: str
    code: str
    school: str
    name: str
    teachers: tuple[str, ...]
    student_number: int
    arrangements: dict[Any, None]
    slots: tuple[Slot, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.identifier, self.code

    def turns(self) -> Iterator[Hashable]:
        """What it occupies, by weekday: sections that share one are placed one after the other."""
        for slot in self.slots:
            if slot.room and not shared_ground(slot.room[1]):
                yield slot.room, slot.day
            for teacher in self.teachers:
                yield teacher, slot.day


@dataclass(slots=True)
class Counts:
    """How many of what, as listed and as kept."""

    rows: int = 0
    accepted: int = 0
    repeats: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    arrangements_listed: int = 0
    arrangements: int = 0
    placements: int = 0
    dated_listed: int = 0
    dated: int = 0
    without_weeks: int = 0
    without_room: int = 0
    without_teacher: int = 0
    empty_teachers: int = 0
    broken_runs: int = 0


@dataclass
class Timetable:
    """Every section of some rows, and what was counted on the way."""

    sections: dict[tuple[str, str], Section] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    refused: list[RowRefused] = field(default_factory=list)
    term: tuple[int, int] | None = None

    @property
    def weeks(self) -> int:
        """The last week in which anything is taught."""
        last = max((slot.weeks for s in self.sections.values() for slot in s.slots), default=2)
        return last.bit_length() - 1

    def rooms(self) -> Iterator[tuple[str, str]]:
        """Every room, once, in the order first seen."""
        yield from dict.fromkeys(slot.room for s in self.sections.values() for slot in s.slots if slot.room)

    def teachers(self) -> Iterator[tuple[str, str]]:
        """Every teacher once, with the school that first employs them."""
        yield from {t: s.school for s in reversed(self.sections.values()) for t in reversed(s.teachers)}.items()


def gathered(rows: Iterable[Listed], wanted: Callable[[Row], bool] = lambda row: True) -> Timetable:
    """The timetable of some rows; an exact repeat of a row adds nothing, another row of a section adds to it."""
    found, seen = Timetable(), set()
    for listed in rows:
        counts = found.counts
        counts.rows += 1
        try:
            row = read(listed.value)
            if row.term and (found.term or row.term) != row.term:
                raise Unreadable("other_term")
        except Unreadable as no:
            counts.refused[no.code] += 1
            found.refused.append(RowRefused(listed.number, no.code, file=listed.file))
            continue
        if not wanted(row):
            counts.rows -= 1
            continue
        found.term = found.term or row.term
        counts.arrangements_listed += row.listed
        counts.dated_listed += row.dated_listed
        same = hashlib.blake2b(json.dumps(listed.value, sort_keys=True).encode(), digest_size=16).digest()
        if same in seen:
            counts.repeats += 1
            continue
        seen.add(same)
        counts.accepted += 1
        counts.empty_teachers += row.null_teachers
        _add(found.sections, row)
    for section in found.sections.values():
        section.slots = _merged(section)
    _count(found)
    return found


def _add(sections: dict[tuple[str, str], Section], row: Row) -> None:
    section = sections.get((row.identifier, row.code))
    if section is None:
        section = Section(
            len(sections), row.identifier, row.code, row.school, row.name, row.teachers, row.student_number, {}
        )
        sections[section.key] = section
    section.teachers = tuple(dict.fromkeys((*section.teachers, *row.teachers)))
    section.student_number = max(section.student_number, row.student_number)
    section.arrangements.update(dict.fromkeys(zip(row.arrangements, row.slots, strict=True)))


def _merged(section: Section) -> tuple[Slot, ...]:
    """Its placements: those that differ in weeks only are one, so that no dated session is there twice."""
    weeks: dict[tuple[int, int, int, Any], int] = defaultdict(int)
    for slot in (slot for _, slots in section.arrangements for slot in slots):
        weeks[slot.day, slot.begin, slot.end, slot.room] |= slot.weeks
    return tuple(Slot(*where, mask) for where, mask in weeks.items())


def _count(found: Timetable) -> None:
    counts = found.counts
    for section in found.sections.values():
        counts.arrangements += len(section.arrangements)
        counts.without_weeks += sum(not weeks for (weeks, *_), _ in section.arrangements)
        counts.broken_runs += sum(len(slots) > 1 for _, slots in section.arrangements)
        counts.placements += len({slot for _, slots in section.arrangements for slot in slots})
        counts.dated += sum(slot.weeks.bit_count() for slot in section.slots)
        counts.without_room += sum(slot.weeks.bit_count() for slot in section.slots if slot.room is None)
        counts.without_teacher += not section.teachers
