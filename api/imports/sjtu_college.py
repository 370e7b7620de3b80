"""What a timetable's rows name, as the college knows it: the term, schools, places, teachers, sections.

Every id is derived from the words of the rows, so that whoever reads them again means the same.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from api.imports.sjtu_rows import shared_ground
from api.imports.sjtu_sections import Section
from domain import derived
from domain.organisation import RegisterDepartment, RegisterRoom
from domain.time_grid import Period

_OFFICE: Final = re.compile(r"(处|办公室|委员会|图书馆|中心|医院)$|团委")
_BUILDING: Final = re.compile(r"(.+?)[A-Za-z]?-?\d")
_HERE: Final = Path(__file__).parent


@dataclass(frozen=True)
class Term:
    """Which term the timetable is taken for."""

    term_id: str
    name: str
    name_en: str
    year: int
    starts_on: date

    @classmethod
    def of(cls, said: tuple[int, int] | None, starts_on: date) -> Term:
        """The term the rows name; from the date where they name none."""
        autumn = starts_on.month >= 7
        year, number = said or (starts_on.year if autumn else starts_on.year - 1, 1 if autumn else 2)
        zh = {1: "第一学期", 2: "第二学期", 3: "夏季学期"}.get(number, f"第{number}学期")
        en = {1: "autumn", 2: "spring", 3: "summer"}.get(number, f"term {number}")
        return cls(
            f"term:{year}-{year + 1}-{number}",
            f"{year}–{year + 1}学年{zh}",
            f"{year}–{year + 1} {en}",
            year,
            starts_on,
        )


def teacher_of(number: str) -> str:
    return derived("person", "sjtu", number)


def department_of(school: str) -> str:
    return derived("department", "sjtu", school)


def room_of(room: tuple[str, str]) -> str:
    return derived("room", "sjtu", *room)


def class_of(term: Term, section: Section) -> str:
    return derived("teaching_class", "sjtu", term.term_id, *section.key)


@cache
def _table(name: str) -> tuple[dict[str, str], ...]:
    with (_HERE / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def department(school: str) -> RegisterDepartment:
    """A school of the timetable as a department."""
    department_id = department_of(school)
    english = {row["name"]: row["name_en"] for row in _table("sjtu_schools.csv")}
    return RegisterDepartment(
        department_id=department_id,
        code=f"S-{department_id[-12:]}",
        name=school,
        name_en=english.get(school, school),
        kind="office" if _OFFICE.search(school) else "academic",
    )


def room(place: tuple[str, str]) -> RegisterRoom:
    """A place of the timetable as a room; nobody has counted its seats."""
    building = _BUILDING.match(place[1])
    return RegisterRoom(
        room_id=room_of(place),
        campus=place[0],
        building=building and building[1],
        name=place[1],
        shared=shared_ground(place[1]),
    )


def periods() -> tuple[Period, ...]:
    """The periods of a day."""
    return tuple(
        Period(number=int(row["number"]), starts=row["starts"], ends=row["ends"]) for row in _table("sjtu_periods.csv")
    )
