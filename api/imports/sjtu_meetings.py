"""Which sections of a timetable meet: 合班 where teacher, room and time are the same, a clash anywhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from api.imports.sjtu_rows import Slot, shared_ground
from api.imports.sjtu_sections import Section, Timetable

Kind = Literal["room", "teacher"]


@dataclass(frozen=True, slots=True)
class Clash:
    """Two sections want one room, or one teacher, at one time, and are not taught together."""

    kind: Kind
    first: tuple[str, str]
    second: tuple[str, str]


@dataclass
class Meetings:
    """`joint[b]` are the earlier sections taught together with b, `clashes[b]` the earlier ones b clashes with."""

    joint: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    clashes: dict[int, set[tuple[Kind, int]]] = field(default_factory=lambda: defaultdict(set))

    @property
    def joint_pairs(self) -> int:
        return sum(map(len, self.joint.values()))


def meetings(timetable: Timetable) -> Meetings:
    """Every pair of sections that meet, told by the later one."""
    found = Meetings()
    sections = list(timetable.sections.values())
    for kind, where in (("room", _by_room(sections)), ("teacher", _by_teacher(sections))):
        for taken in where.values():
            for (a, slot), (b, other) in combinations(taken, 2):
                if a is b and (kind == "teacher" or slot is other):
                    continue
                if not slot.meets(other):
                    continue
                first, second = sorted((a, b), key=lambda s: s.number)
                together = slot.room == other.room is not None and set(a.teachers) & set(b.teachers)
                if a is not b and together:
                    found.joint[second.number].add(first.number)
                else:
                    found.clashes[second.number].add((kind, first.number))
    return found


Taken = dict[Hashable, list[tuple[Section, Slot]]]


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
