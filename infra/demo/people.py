"""Who does what in the demo's college: one holder for every role, and in every department those it needs.

A department has a head, a deputy, a secretary, and a counselor for every five or six of its classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from api.imports.sjtu_college import department_of, teacher_of
from domain import derived, person_of
from domain.access import (
    ACADEMIC,
    ACADEMIC_HEAD,
    ASSETS,
    AUDITOR,
    COUNSELOR,
    DEPUTY,
    FINANCE,
    HEAD,
    HR,
    IT,
    LEADER,
    PRESIDENT,
    SECRETARY,
    STUDENT,
    STUDENT_AFFAIRS,
    STUDENT_AFFAIRS_HEAD,
    TEACHER,
)
from domain.monitored_columns.proposed import OFFICES
from infra.demo.college import College, Squad

OF_OFFICES = (
    ("president", PRESIDENT, "president", "校长"),
    ("leader", LEADER, "president", "副校长"),
    ("academic", ACADEMIC, "academic", "教务员"),
    ("academic-head", ACADEMIC_HEAD, "academic", "教务处处长"),
    ("student-affairs", STUDENT_AFFAIRS, "student_affairs", "学生处"),
    ("student-affairs-head", STUDENT_AFFAIRS_HEAD, "student_affairs", "学生处处长"),
    ("hr", HR, "hr", "人事处"),
    ("assets", ASSETS, "assets", "资产处"),
    ("finance", FINANCE, "finance", "财务处"),
    ("it", IT, "it", "信息化办公室"),
    ("auditor", AUDITOR, "quality", "审计"),
)

SQUADS_EACH = 6
FEWEST = 2


@dataclass(frozen=True)
class Person:
    """Somebody of the demo: `role` is held for `scope` (None: the college); `hired` is False for who is there already.

    `login` is empty for those who get no account.
    """

    person_id: str
    title: str
    role: str
    department_id: str
    scope: str | None = None
    login: str = ""
    hired: bool = True


def office(code: str) -> str:
    """The department id of an office, by its code among the offices that answer for columns."""
    return department_of(OFFICES[code][0])


def holder(role: str, scope: str | None = None) -> str:
    """The person who holds a role (for a department)."""
    return derived("person", "demo", role, scope or "")


def counselors(college: College) -> dict[str, dict[str, tuple[Squad, ...]]]:
    """The counselors of every department, and the classes each looks after."""
    found = {}
    for school in college.schools:
        where = department_of(school)
        squads = [squad for squad in college.squads if squad.school == school]
        number = min(max(FEWEST, -(-len(squads) // SQUADS_EACH)), len(squads))
        ids = [derived("person", "demo", COUNSELOR, where, n) if n else holder(COUNSELOR, where) for n in range(number)]
        found[where] = {person: tuple(squads[n::number]) for n, person in enumerate(ids)}
    return found


def external(college: College) -> frozenset[str]:
    """The numbers of the teachers from outside 外聘: those who teach least, two in five."""
    periods: Counter[str] = Counter()
    for section in college.timetable.sections.values():
        for number in section.teachers:
            periods[number] += sum(slot.weeks.bit_count() for slot in section.slots)
    fewest = sorted(periods, key=lambda number: (periods[number], number))
    return frozenset(fewest[: len(fewest) * 2 // 5])


def busiest_teacher(college: College) -> str:
    """The number of the teacher with most sessions in the first department."""
    sessions: Counter[str] = Counter()
    for section in college.timetable.sections.values():
        if section.school == college.schools[0] and section.teachers and college.attending.get(section.key):
            sessions[section.teachers[0]] += sum(slot.weeks.bit_count() for slot in section.slots)
    return min(sessions, key=lambda number: (-sessions[number], number))


def cast(college: College) -> Iterator[Person]:
    """Everybody with a role, beside the teachers of the timetable."""
    for login, role, code, title in OF_OFFICES:
        yield Person(holder(role), title, role, office(code), None, login)
    corps = counselors(college)
    for number, school in enumerate(college.schools):
        where = department_of(school)
        login = "dean" if number == 0 else ""
        yield Person(holder(HEAD, where), f"{school}系主任", HEAD, where, where, login)
        for role, title in ((DEPUTY, "副书记"), (SECRETARY, "教学秘书")):
            yield Person(holder(role, where), f"{school}{title}", role, where, where, role if number == 0 else "")
        for place, person in enumerate(corps[where]):
            login = COUNSELOR if number == place == 0 else ""
            yield Person(person, f"{school}辅导员", COUNSELOR, where, where, login)
    first = department_of(college.schools[0])
    teacher = teacher_of(busiest_teacher(college))
    yield Person(teacher, f"{college.schools[0]}教师", TEACHER, first, first, "teacher", hired=False)
    squad = next(s for s in college.squads if s.school == college.schools[0])
    student = person_of(squad.students[0])
    yield Person(student, f"{squad.name}学生", STUDENT, first, first, "student", hired=False)
