"""Which sections of a timetable meet: 合班 where teacher, room and time are the same, a clash anywhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from api.imports.sjtu_rows import Slot, shared_ground
from api.imports.sjtu_sections import Section, Timetable

Kind = Literal["room", "teacher", "class"]
Taken = dict[Hashable, list[tuple[Section, Slot]]]


@dataclass
class Meetings:
    """`joint[b]` are the earlier sections taught together with b, `clashes[b]` those b meets in any other way.

    A section that meets itself, by two of its own placements, is told as a clash of kind "class" with itself.
    """

    joint: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    clashes: dict[int, set[tuple[Kind, int]]] = field(default_factory=lambda: defaultdict(set))

    @property
    def joint_pairs(self) -> int:
        return sum(map(len, self.joint.values()))


def meetings(timetable: Timetable) -> Meetings:
    """Every pair of sections that meet, told by the later one."""
    found = Meetings()
    sections = timetable.sections.values()
    for section in sections:
        if any(slot.meets(other) for slot, other in combinations(section.slots, 2)):
            found.clashes[section.number].add(("class", section.number))
    wanted: dict[Kind, Taken] = {"room": _by_room(sections), "teacher": _by_teacher(sections)}
    for kind, where in wanted.items():
        for taken in where.values():
            for (a, slot), (b, other) in combinations(taken, 2):
                if a is b or not slot.meets(other):
                    continue
                first, second = sorted((a.number, b.number))
                if _together(a, slot, b, other):
                    found.joint[second].add(first)
                else:
                    found.clashes[second].add((kind, first))
    return found


def _together(a: Section, slot: Slot, b: Section, other: Slot) -> bool:
    same = slot.room is not None and (slot.room, slot.begin, slot.end) == (other.room, other.begin, other.end)
    return same and not set(a.teachers).isdisjoint(b.teachers)


def _by_room(sections: Iterable[Section]) -> Taken:
    taken: Taken = defaultdict(list)
    for section in sections:
        for slot in section.slots:
            if slot.room and not shared_ground(slot.room[1]):
                taken[slot.room, slot.day].append((section, slot))
    return taken


def _by_teacher(sections: Iterable[Section]) -> Taken:
    taken: Taken = defaultdict(list)
    for section in sections:
        for slot in section.slots:
            for teacher in section.teachers:
                taken[teacher, slot.day].append((section, slot))
    return taken
