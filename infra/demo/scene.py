"""What everybody who plays a part in the demo's semester knows: who is who, who belongs where, and what day it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from api.imports.sjtu_college import Term, class_of, department_of, teacher_of
from api.imports.sjtu_sections import Section
from domain import Command, derived, person_of
from domain.access import STUDENT
from domain.identity import GrantRole
from infra.demo.chances import Chances
from infra.demo.college import WEEKS, College, Squad
from infra.demo.founding import GRANT_DAYS, Days
from infra.demo.hand import Hand
from infra.demo.people import counselors, external, holder
from infra.desk import Receipt


class Scene:
    """The college as its players see it; everything follows from the plan and the seed."""

    def __init__(self, hand: Hand, college: College, days: Days, term: Term) -> None:
        self.hand, self.college, self.days, self.term = hand, college, days, term
        self.departments = [department_of(school) for school in college.schools]
        self.chances = Chances(hand.seed, self.departments)
        self.sections: list[Section] = list(college.timetable.sections.values())
        self.class_ids = [class_of(term, section) for section in self.sections]
        self.home = {s: department_of(squad.school) for squad in college.squads for s in squad.students}
        self.counselors = counselors(college)
        self._acting: set[str] = set()

    @property
    def weeks(self) -> int:
        """The weeks of the term that are played."""
        return min(self.college.timetable.weeks, WEEKS)

    @property
    def last_moment(self) -> datetime:
        """What falls due by then is played: the Wednesday evening after the last week."""
        return self.days.before(-7 * WEEKS - 2, 23)

    def moment(self, day: date, hour: float) -> datetime:
        """A time of day, in hours."""
        return datetime.combine(day, time(), self.days.zone) + timedelta(hours=hour)

    def on(self, week: int, weekday: int) -> date:
        """Monday is 1."""
        return self.days.starts_on + timedelta(days=7 * (week - 1) + weekday - 1)

    def day(self, at: datetime) -> date:
        return at.astimezone(self.days.zone).date()

    def week(self, day: date) -> int:
        """The week of the term a day lies in, counted on after its end."""
        return (day - self.days.starts_on).days // 7 + 1

    def workday(self, day: date, number: int) -> date:
        """So many working days later; with 0 the day itself, or the next working day."""
        while day.isoweekday() > 5:
            day += timedelta(days=1)
        for _ in range(number):
            day += timedelta(days=3 if day.isoweekday() == 5 else 1)
        return day

    def workdays(self) -> Iterator[date]:
        """The working days of the term, and those after it that are played."""
        day = self.days.starts_on
        while day <= self.day(self.last_moment):
            if day.isoweekday() <= 5:
                yield day
            day += timedelta(days=1)

    @cached_property
    def squads(self) -> dict[str, list[Squad]]:
        """The administrative classes of each department."""
        found: dict[str, list[Squad]] = {department: [] for department in self.departments}
        for squad in self.college.squads:
            found[department_of(squad.school)].append(squad)
        return found

    @cached_property
    def staff(self) -> dict[str, list[str]]:
        """The teachers of each department."""
        found: dict[str, list[str]] = {department: [] for department in self.departments}
        for number, school in self.college.timetable.teachers():
            found[department_of(school)].append(teacher_of(number))
        return found

    @cached_property
    def employed(self) -> dict[str, list[str]]:
        """The teachers of each department who belong to the college."""
        outside = {teacher_of(number) for number in external(self.college)}
        return {where: [t for t in teachers if t not in outside] for where, teachers in self.staff.items()}

    @cached_property
    def taken_by(self) -> dict[str, list[int]]:
        """The sections each administrative class attends that have a teacher."""
        found: dict[str, list[int]] = defaultdict(list)
        for number, section in enumerate(self.sections):
            for squad in self.college.attending.get(section.key, ()) if section.teachers else ():
                found[squad.squad_id].append(number)
        return found

    @cached_property
    def moved(self) -> frozenset[str]:
        """Students who change class during the term."""
        return frozenset(transfer.student for transfer in self.college.transfers)

    def teachers(self, section: int) -> Sequence[str]:
        return [teacher_of(number) for number in self.sections[section].teachers]

    def students(self, section: int, week: int = 1) -> tuple[str, ...]:
        return self.college.students_of(self.sections[section], week)

    async def said(self, command: Command[Any], at: datetime, by: str, *key: object) -> Receipt | None:
        """Somebody gives a command, under a key made of the words that say which."""
        words = ":".join(map(str, key))
        return await self.hand.give(command, at, by=by, key=f"demo:{self.hand.seed}:{words}")

    async def as_student(self, student: str, at: datetime) -> str:
        """The student as a person who may act; the role is granted when it is first needed."""
        person = person_of(student)
        if person not in self._acting:
            begins = self.days.first.date()
            granted = GrantRole(
                grant_id=derived("grant", "demo", person, STUDENT, ""),
                person_id=person,
                role=STUDENT,
                department_id=self.home[student],
                valid_from=begins,
                valid_until=begins + timedelta(days=GRANT_DAYS),
            )
            await self.hand.give(granted, at, key=f"demo:{self.hand.seed}:student:{person}")
            self._acting.add(person)
        return person

    def holder(self, role: str, department: str | None = None) -> str:
        return holder(role, department)
