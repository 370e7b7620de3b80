"""The made-up college around a real timetable: departments chosen, administrative classes, students, and who attends.

Everything follows from the timetable alone, so an interrupted demo goes on where it stopped.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from api.imports.lines import Rows
from api.imports.sjtu_sections import Section, Timetable, gathered
from domain import derived

SAMPLE: Final = Path(__file__).parent / "timetable.jsonl.gz"
WEEKS: Final = 16
ENOUGH_SESSIONS: Final = 20_000
WEEKLY_PERIODS: Final = 30
SQUAD_SIZE: Final = 38
SQUADS_AT_MOST: Final = 4
TRANSFERS: Final = 12
TRANSFER_WEEK: Final = 5
SHORT: Final = {
    "电子信息与电气工程学院": "电信",
    "机械与动力工程学院": "机动",
    "船舶海洋与建筑工程学院": "船建",
    "安泰经济与管理学院": "经管",
}


@dataclass
class Squad:
    """An administrative class as planned; `busy` says in which weeks (bits) it has class, by weekday and period."""

    squad_id: str
    name: str
    school: str
    cohort: int
    students: tuple[str, ...]
    numbers: tuple[str, ...]
    busy: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    load: int = 0

    def free(self, section: Section) -> bool:
        return not any(self.busy[slot.day, p] & slot.weeks for slot in section.slots for p in _periods(slot))

    def attend(self, section: Section) -> None:
        for slot in section.slots:
            for period in _periods(slot):
                self.busy[slot.day, period] |= slot.weeks
                self.load += slot.weeks.bit_count()


def _periods(slot: object) -> range:
    return range(slot.begin, slot.end + 1)  # type: ignore[attr-defined]  # a Slot


@dataclass(frozen=True)
class Transfer:
    """A student who changes class, and with it department, from the Monday of TRANSFER_WEEK on."""

    student: str
    former: Squad
    squad: Squad


@dataclass(frozen=True)
class College:
    """The cast of the demo."""

    timetable: Timetable
    schools: tuple[str, ...]
    squads: tuple[Squad, ...]
    attending: Mapping[tuple[str, str], tuple[Squad, ...]]
    transfers: tuple[Transfer, ...]

    @property
    def sessions(self) -> int:
        return self.timetable.counts.dated

    def students_of(self, section: Section, week: int = 1) -> tuple[str, ...]:
        """Who attends a section in a week."""
        squads = self.attending.get(section.key, ())
        students = dict.fromkeys(s for squad in squads for s in squad.students)
        there = {squad.squad_id for squad in squads}
        for moved in self.transfers if week >= TRANSFER_WEEK else ():
            if moved.squad.squad_id in there:
                students[moved.student] = None
            elif moved.former.squad_id in there:
                del students[moved.student]
        return tuple(students)


def chosen(timetable: Timetable, full: bool) -> tuple[str, ...]:
    """The schools with most sessions, until there are enough; all of them for the full term."""
    sizes: Counter[str] = Counter()
    for section in timetable.sections.values():
        sizes[section.school] += sum(slot.weeks.bit_count() for slot in section.slots)
    schools, sessions = [], 0
    for school, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        if not full and sessions >= ENOUGH_SESSIONS:
            break
        schools.append(school)
        sessions += size
    return tuple(schools)


def college(year: int, full: bool, sample: Rows | None = None) -> College:
    """The demo's college for the academic year that began in `year`."""
    rows = sample or Rows([SAMPLE])
    schools = chosen(gathered(rows), full)
    timetable = gathered(rows, lambda row: row.school in schools)
    squads: dict[str, list[Squad]] = {school: [] for school in schools}
    attending = {}
    for section in timetable.sections.values():
        if section.slots and section.teachers:
            number = schools.index(section.school)
            attending[section.key] = tuple(_joined(section, squads, number, year))
    formed = tuple(squad for group in squads.values() for squad in group)
    for squad in formed:
        squad.busy.clear()
    return College(timetable, schools, formed, attending, tuple(_transfers(formed)))


def _transfers(squads: Sequence[Squad]) -> Iterator[Transfer]:
    """A few students who go to a class of their year in another department, none of them from one class."""
    step = max(len(squads) // TRANSFERS, 1)
    for number, former in enumerate(squads[::step][:TRANSFERS]):
        others = [s for s in squads if s.school != former.school and s.cohort == former.cohort]
        if others:
            yield Transfer(former.students[number], former, others[number * 5 % len(others)])


def _joined(section: Section, squads: dict[str, list[Squad]], school_number: int, year: int) -> Iterator[Squad]:
    """As many classes as the section has students for, all free at its times.

    Those of its own school come first, then the others'; a new one is formed where none is free.
    """
    wanted = min(max(round(section.student_number / SQUAD_SIZE), 1), SQUADS_AT_MOST)
    own = squads[section.school]
    everybody = (squad for group in squads.values() for squad in group)
    free = [s for s in everybody if s.load < WEEKLY_PERIODS * WEEKS and s.free(section)]
    free.sort(key=lambda squad: (squad.school != section.school, squad.load, squad.squad_id))
    while len(free) < wanted:
        own.append(_formed(section.school, school_number, len(own), year))
        free.append(own[-1])
    for squad in free[:wanted]:
        squad.attend(section)
        yield squad


def _formed(school: str, school_number: int, number: int, year: int) -> Squad:
    cohort = year - number % 4
    size = 30 + (number * 7 + school_number * 3) % 16
    stem = f"{cohort}{school_number:02d}{number:03d}"
    numbers = tuple(f"{stem}{seat:02d}" for seat in range(1, size + 1))
    return Squad(
        squad_id=derived("squad", "demo", school, number),
        name=f"{SHORT.get(school, school[:2])}{cohort % 100:02d}{number // 4 + 1:02d}班",
        school=school,
        cohort=cohort,
        students=tuple(derived("student", "demo", n) for n in numbers),
        numbers=numbers,
    )


def first_monday(today: date) -> date:
    """The Monday of week 1: the sixteenth week and what falls due after it are just over by today."""
    latest = today.toordinal() - 7 * WEEKS - 3
    return date.fromordinal(latest - (latest - 1) % 7)
