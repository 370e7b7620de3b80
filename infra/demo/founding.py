"""The college before its first day: offices, columns, people, classes, students, the timetable, the rosters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from api.imports.sjtu import Choices, Import, SjtuReport
from api.imports.sjtu_college import Term, class_of, department, teacher_of
from api.imports.sjtu_sections import Section
from domain import Command, derived
from domain.access import PRESIDENT, TEACHER
from domain.identity import GrantRole, OpenAccount
from domain.monitored_columns import AssignColumnOwner, SetThreshold
from domain.monitored_columns.proposed import OFFICES
from domain.organisation import RegisterDepartment, RegisterStaff
from domain.rosters import SetRoster
from domain.students import AdmitStudent, AssignCounselor, FormSquad
from domain.timetable import LockTimetable, PublishTimetable
from infra.demo.acts.catalogue import CATALOGUE
from infra.demo.college import College, Squad
from infra.demo.columns import THRESHOLDS, columns
from infra.demo.hand import Hand, KeysAtHand
from infra.demo.names import name_of
from infra.demo.people import Person, cast, counselors, external, holder, office
from infra.keys import Keys, subject_of

GRANT_DAYS = 364
KEYS_AT_ONCE = 1_000
DOCUMENT = "教〔2026〕1号"


@dataclass(frozen=True)
class Days:
    """When what is done: weeks before the first Monday, at nine in the morning."""

    starts_on: date
    zone: ZoneInfo

    def before(self, days: int, hour: int = 9) -> datetime:
        return datetime.combine(self.starts_on - timedelta(days=days), time(hour), self.zone)

    @property
    def first(self) -> datetime:
        return self.before(28)


def offices() -> Iterator[RegisterDepartment]:
    """The offices that answer for columns."""
    for zh, en in OFFICES.values():
        yield department(zh).model_copy(update={"kind": "office", "name_en": en})


class Founding:
    """Gives the commands that found the college; given again, they change nothing."""

    def __init__(self, hand: Hand, keys: Keys, college: College, days: Days) -> None:
        self._hand, self._college, self._days = hand, college, days
        self.keys = KeysAtHand(keys)
        self.term = Term.of(None, days.starts_on)

    async def run(self) -> SjtuReport:
        """Everything up to the published timetable."""
        first, college = self._days.first, self._college
        await self._several("offices", offices(), first)
        await self._several("departments", map(department, college.schools), first)
        await self._several("classes", map(self._squad, college.squads), first)
        await self._admit()
        people = list(cast(college))
        await self._several("staff", (self._hired(p) for p in people if p.hired), first)
        await self._keys_of([teacher_of(number) for number, _ in college.timetable.teachers()])
        timetable = self._timetable()
        await timetable.organisation()
        hired = self._days.before(20)
        await self._several("roles", (self._grant(p.person_id, p.role, p.scope) for p in people), hired)
        await self._several("teachers", self._teachers(), hired)
        await self._several("counselors", self._counselors(), hired)
        await self._several("accounts", self._accounts(people), hired)
        await self._columns(hired)
        await self._several("catalogue", (line.command for line in CATALOGUE), self._days.before(19))
        report = await timetable.placing()
        await self._rosters()
        at = self._days.before(7)
        await self._hand.give(LockTimetable(term_id=self.term.term_id), at, key="demo:lock")
        await self._hand.give(PublishTimetable(term_id=self.term.term_id), at, key="demo:publish")
        return report

    async def _several(self, title: str, commands: Iterable[Command[Any]], at: datetime) -> None:
        given = list(commands)
        key = f"demo:{self._hand.seed}:{title}"

        async def give(item: tuple[int, Command[Any]]) -> None:
            await self._hand.give(item[1], at, key=f"{key}:{item[0]}")

        await self._hand.all(title, list(enumerate(given)), give, len(given))

    def _squad(self, squad: Squad) -> FormSquad:
        return FormSquad(
            squad_id=squad.squad_id,
            name=squad.name,
            department_id=department(squad.school).department_id,
            cohort=squad.cohort,
        )

    async def _admit(self) -> None:
        """The students."""
        admitted = [
            AdmitStudent(
                student_id=student,
                student_number=number,
                name=name_of(self._hand.seed, student),
                squad_id=squad.squad_id,
                from_day=self._days.first.date(),
            )
            for squad in self._college.squads
            for student, number in zip(squad.students, squad.numbers, strict=True)
        ]
        await self._keys_of([a.student_id for a in admitted])
        await self._several("students", admitted, self._days.before(27))

    async def _keys_of(self, people: Sequence[str]) -> None:
        """Make the keys of many people a thousand at a time, before they are needed one by one."""
        for begin in range(0, len(people), KEYS_AT_ONCE):
            await self.keys.made(subject_of(person) for person in people[begin : begin + KEYS_AT_ONCE])

    def _hired(self, person: Person) -> RegisterStaff:
        return RegisterStaff(
            person_id=person.person_id,
            staff_number="A" + person.person_id[-8:],
            name=name_of(self._hand.seed, person.person_id),
            department_id=person.department_id,
            from_day=self._days.first.date(),
        )

    def _grant(self, person_id: str, role: str, scope: str | None) -> GrantRole:
        begins = self._days.first.date()
        return GrantRole(
            grant_id=derived("grant", "demo", person_id, role, scope or ""),
            person_id=person_id,
            role=role,
            department_id=scope,
            valid_from=begins,
            valid_until=begins + timedelta(days=GRANT_DAYS),
        )

    def _teachers(self) -> Iterator[GrantRole]:
        for number, school in self._college.timetable.teachers():
            yield self._grant(teacher_of(number), TEACHER, department(school).department_id)

    def _counselors(self) -> Iterator[AssignCounselor]:
        for corps in counselors(self._college).values():
            for person, squads in corps.items():
                for squad in squads:
                    yield AssignCounselor(squad_id=squad.squad_id, person_id=person, from_day=self._days.first.date())

    def _accounts(self, people: Iterable[Person]) -> Iterator[OpenAccount]:
        for person in people:
            if person.login:
                yield OpenAccount(person_id=person.person_id, login=person.login)

    async def _columns(self, at: datetime) -> None:
        president = holder(PRESIDENT)
        for defined, owner in columns():
            key = f"demo:column:{defined.column_key}"
            await self._hand.give(defined, at, key=key)
            owned = AssignColumnOwner(column_key=defined.column_key, department_id=office(owner), document_no=DOCUMENT)
            await self._hand.give(owned, at, by=president, key=f"{key}:owner")
        for column, figure, green, amber, better in THRESHOLDS:
            told = SetThreshold(column_key=column, figure_key=figure, green=green, amber=amber, better=better)
            await self._hand.give(told, at, by=president, key=f"demo:threshold:{figure}")

    def _timetable(self) -> Import:
        college = self._college
        choices = Choices(
            name=lambda number: name_of(self._hand.seed, number),
            external=external(college).__contains__,
            squads=lambda section: [squad.squad_id for squad in college.attending.get(section.key, ())],
            capacity=lambda section: max(section.student_number, len(college.students_of(section))) or None,
            received_at=self._days.before(21),
        )
        return Import(self._hand.desk, college.timetable, self.term, choices, self._hand.progress)

    async def _rosters(self) -> None:
        at = self._days.before(10)

        async def give(section: Section) -> None:
            asked = SetRoster(
                teaching_class_id=class_of(self.term, section),
                student_ids=self._college.students_of(section),
                effective_on=self._days.starts_on,
            )
            await self._hand.give(asked, at, key=f"demo:roster:{section.number}")

        sections = [s for s in self._college.timetable.sections.values() if s.key in self._college.attending]
        await self._hand.all("rosters", sections, give, len(sections))
