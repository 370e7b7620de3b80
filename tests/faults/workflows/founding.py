"""The college is founded: a term, departments, people with one post or two, classes, and grades already published."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from domain import Command, derived
from domain.access import (
    ACADEMIC,
    ACADEMIC_HEAD,
    COUNSELOR,
    DEPUTY,
    HEAD,
    HR,
    IMPORT,
    LEADER,
    PRESIDENT,
    SECRETARY,
    STUDENT,
    STUDENT_AFFAIRS,
    STUDENT_AFFAIRS_HEAD,
    SYSTEM,
    TEACHER,
)
from domain.calendar import OpenTerm
from domain.conduct import DefineSlipCategory
from domain.grades import (
    Component,
    ConfirmGradeSheet,
    OpenGradeSheet,
    PublishGrades,
    RecordMark,
    SetGradeScheme,
    SubmitGradeSheet,
)
from domain.identity import GrantRole
from domain.organisation import RegisterDepartment, RegisterStaff
from domain.policies import ApprovePolicy, ProposePolicy
from domain.rosters import SetRoster
from domain.students import AdmitStudent, AssignCounselor, FormSquad
from domain.time_grid import Period, SetTimeGrid, StartScheduling
from domain.timetable import OpenOffering, Placement, PlaceOffering
from tests.college import HOURS, TERM, at
from tests.faults.workflows.world import (
    BEGIN,
    DEPARTMENTS,
    OFFICE,
    Meeting,
    Post,
    TeachingClass,
    World,
)

OPENS, ENDS = date(2026, 8, 20), date(2027, 8, 10)
MONDAY, WEEKS = date(2026, 9, 7), 16
TEACHERS = 4
COMPONENTS = tuple(
    Component(key=f"c{n}", title=f"第{n}项", kind="regular", weight_hundredths=2_500) for n in range(1, 5)
)
OFFICES = (ACADEMIC, ACADEMIC_HEAD, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD, LEADER, PRESIDENT, HR)


async def founded(world: World, *, students: int = 12, teaching: bool = True) -> None:
    """Everything there is before the first workflow begins."""
    year = {"name": "秋季", "name_en": "Autumn", "year": 2026}
    await imported(world, OpenTerm(term_id=TERM, **year, starts_on=MONDAY, weeks=WEEKS))
    for number, department in enumerate((*DEPARTMENTS, OFFICE)):
        kind = "office" if department == OFFICE else "academic"
        name = {"name": department[11:], "name_en": department[11:]}
        await imported(world, RegisterDepartment(department_id=department, code=f"{number}", **name, kind=kind))
    for department in DEPARTMENTS:
        await _department(world, department)
    for role in OFFICES:
        for number in range(2):
            await hired(world, f"person:{role.replace('_', '-')}-{number}--office", role, None, OFFICE)
    await _double_hats(world)
    if teaching:
        await _classes(world, students)


async def imported(world: World, command: Command[Any]) -> None:
    """Given by the installation, a day before everything."""
    await world.say(command, SYSTEM[IMPORT].person_id, BEGIN - timedelta(days=1), sure=True)


async def hired(world: World, person: str, role: str, department: str | None, home: str) -> None:
    number = person[7:]
    told = {"person_id": person, "staff_number": number, "name": number, "department_id": home, "kind": "staff"}
    await imported(world, RegisterStaff(**told, from_day=OPENS))
    await granted(world, person, role, department)


async def granted(world: World, person: str, role: str, department: str | None) -> None:
    grant = world.new("grant")
    told: dict[str, Any] = {"grant_id": grant, "person_id": person, "role": role, "department_id": department}
    await imported(world, GrantRole(**told, valid_from=OPENS, valid_until=ENDS))
    if role != STUDENT:
        world.posts.append(Post(person, role, department, grant))


async def _department(world: World, department: str) -> None:
    for role, number in ((HEAD, 1), (DEPUTY, 1), (SECRETARY, 1), (TEACHER, TEACHERS), (COUNSELOR, 2)):
        for n in range(number):
            await hired(world, f"person:{role}-{n}--{department[11:]}", role, department, department)


async def _double_hats(world: World) -> None:
    """Some hold two posts: the ways in which one could judge oneself without borrowing anything."""
    for department in DEPARTMENTS:
        name = department[11:]
        await granted(world, f"person:teacher-0--{name}", ACADEMIC_HEAD, None)
        await granted(world, f"person:teacher-1--{name}", DEPUTY, department)
        await granted(world, f"person:teacher-2--{name}", PRESIDENT, None)
        await granted(world, f"person:teacher-3--{name}", HEAD, department)
        await granted(world, f"person:head-0--{name}", ACADEMIC, None)
        await granted(world, f"person:counselor-0--{name}", STUDENT_AFFAIRS_HEAD, None)
        await granted(world, f"person:counselor-1--{name}", DEPUTY, department)


async def _classes(world: World, students: int) -> None:
    periods = tuple(Period(number=n, starts=a, ends=b) for n, (a, b) in enumerate(HOURS, 1))
    await imported(world, SetTimeGrid(term_id=TERM, days=(1, 2, 3, 4, 5), periods=periods))
    await imported(world, StartScheduling(term_id=TERM))
    for code, kind in (("P1", "penalty"), ("P2", "penalty"), ("R1", "reward")):
        points = {"least_hundredths": 0, "most_hundredths": 1_000, "needs_approval": code != "P2"}
        await imported(world, DefineSlipCategory(code=code, title="条目", title_en="Line", kind=kind, **points))
    for department in DEPARTMENTS:
        for n in range(TEACHERS):
            name = f"{department[11:]}-{n}"
            teacher = f"person:teacher-{n}--{department[11:]}"
            made = TeachingClass(f"teaching_class:{name}", teacher, department, f"squad:{name}")
            world.classes.append(made)
            await _squad(world, made, n, students)
            await _timetable(world, made)
            await _grades(world, made)
    world.sessions.sort()


async def _squad(world: World, made: TeachingClass, n: int, students: int) -> None:
    told = {"squad_id": made.squad, "name": made.squad[6:], "department_id": made.department, "cohort": 2026}
    await imported(world, FormSquad(**told))
    counselor = f"person:counselor-{n % 2}--{made.department[11:]}"
    await imported(world, AssignCounselor(squad_id=made.squad, person_id=counselor, from_day=OPENS))
    for number in range(students):
        name = f"{made.squad[6:]}-{number}"
        told = {"student_id": f"student:{name}", "student_number": name, "name": name, "squad_id": made.squad}
        await imported(world, AdmitStudent(**told, from_day=OPENS))
        await granted(world, f"person:{name}", STUDENT, None)
        world.students.setdefault(made.squad, []).append(f"student:{name}")


async def _timetable(world: World, made: TeachingClass) -> None:
    offering = OpenOffering(
        teaching_class_id=made.id,
        term_id=TERM,
        department_id=made.department,
        course_code=made.id[15:],
        course_name="课程",
        teacher_ids=(made.teacher,),
        squad_ids=(made.squad,),
    )
    await imported(world, offering)
    slots = [(day, first) for day in range(1, 6) for first in (1, 3)]
    weeks = tuple(range(1, WEEKS + 1))
    placements = tuple(
        Placement(weeks=weeks, weekday=day, begin_period=first, end_period=first + 1) for day, first in slots
    )
    await imported(world, PlaceOffering(teaching_class_id=made.id, placements=placements))
    members = tuple(world.students[made.squad])
    await imported(world, SetRoster(teaching_class_id=made.id, student_ids=members, effective_on=OPENS))
    for week in weeks:
        for day, first in slots:
            on = MONDAY + timedelta(weeks=week - 1, days=day - 1)
            ends = _local(on, HOURS[first][1])
            world.sessions.append(Meeting(ends, derived("session", made.id, on, first, first + 1, ""), made))


def _local(day: date, clock: str) -> datetime:
    return at(1, clock) + (day - date(2026, 9, 1))


async def _grades(world: World, made: TeachingClass) -> None:
    """The sheet of the class, as published; what follows are corrections."""
    about = {"teaching_class_id": made.id}
    await imported(world, OpenGradeSheet(**about))
    await imported(world, SetGradeScheme(**about, components=COMPONENTS))
    for student in world.students[made.squad]:
        for component in COMPONENTS:
            score = world.dice.randrange(30, 101) * 100
            mark = RecordMark(**about, student_id=student, component=component.key, score_hundredths=score)
            await imported(world, mark)
    await imported(world, SubmitGradeSheet(**about))
    secretary = f"person:secretary-0--{made.department[11:]}"
    before = BEGIN - timedelta(hours=2)
    await world.say(ConfirmGradeSheet(**about), secretary, before, sure=True)
    await world.say(PublishGrades(**about), "person:academic-0--office", before, sure=True)


async def revised(world: World, policy: str, value: str, role: str) -> None:
    """A policy takes another value from the next midnight on, proposed and approved as it should be."""
    proposal = world.new("proposal")
    wish = ProposePolicy(
        proposal_id=proposal, policy=policy, value=value, effective_from=world.now, document_no="思院〔2026〕1号"
    )
    await world.say(wish, f"person:{role.replace('_', '-')}-0--office", world.now, sure=True)
    await world.say(ApprovePolicy(proposal_id=proposal), "person:president-0--office", world.now, sure=True)
