"""A small college and five weeks of its term, played through the desk: what the pages are looked at with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain import Command, derived
from domain.access import (
    ACADEMIC,
    ACADEMIC_HEAD,
    AUDITOR,
    CLOCK,
    HEAD,
    IT,
    PRESIDENT,
    STUDENT,
    SYSTEM,
    TEACHER,
)
from domain.calendar import OpenTerm
from domain.identity import GrantRole, OpenAccount
from domain.monitored_columns import AssignColumnOwner, SetThreshold
from domain.organisation import RegisterDepartment, RegisterStaff
from domain.roll_call import Mark, TakeRollCall
from domain.rosters import SetRoster
from domain.students import AdmitStudent, AssignCounselor, FormSquad
from domain.time_grid import Period, SetTimeGrid, StartScheduling
from domain.timetable import (
    LockTimetable,
    OpenOffering,
    Placement,
    PlaceOffering,
    PublishTimetable,
    SessionEnded,
    SessionScheduled,
)
from infra.campus import Campus
from infra.demo.columns import THRESHOLDS, columns
from infra.demo.hand import Hand
from tests.browser.affairs import HEARD, STAFF, Act, affairs, aims, further_columns
from tests.browser.errands import errands

ZONE: Final = ZoneInfo("Asia/Shanghai")
MONDAY: Final = date(2026, 9, 7)
WEEKS, PLAYED = 18, 5
TERM: Final = "term:2026-autumn"
BEGIN: Final = datetime.combine(MONDAY - timedelta(days=28), time(9), ZONE).astimezone(UTC)
NOW: Final = datetime.combine(MONDAY + timedelta(days=7 * PLAYED - 1), time(20), ZONE).astimezone(UTC)
PASSWORD: Final = "a long enough password"
GRID: Final = (("08:00", "08:45"), ("08:55", "09:40"), ("10:00", "10:45"), ("10:55", "11:40"), ("14:00", "14:45"))

# name, English name, teachers, how often a roll is called late or never
ACADEMIC_DEPARTMENTS: Final = (
    ("信息工程系", "Information Engineering", 3, 0.02),
    ("机电工程系", "Mechanical & Electrical", 3, 0.05),
    ("经济管理系", "Economics & Management", 3, 0.0),
    ("艺术设计系", "Art & Design", 3, 0.22),
    ("外语系", "Foreign Languages", 2, 0.06),
    ("基础教学部", "General Education", 1, 0.1),
)
COURSES: Final = ("会计基础", "机械制图", "大学英语", "护理学基础", "素描", "高等数学", "数据库原理")
NAMES: Final = ("陈静", "刘晓燕", "张伟", "王建国", "李娜", "赵磊", "孙丽", "周强", "吴敏", "郑凯", "冯雪", "何勇")
ART: Final = "department:d3"
PEOPLE: Final = (
    ("president", PRESIDENT, None, "陈校长"),
    ("dean", HEAD, ART, "林主任"),
    ("auditor", AUDITOR, None, "审计员"),
    ("academic-head", ACADEMIC_HEAD, None, "教务处长"),
    ("academic", ACADEMIC, None, "教务员"),
    ("it", IT, None, "信息员"),
)
LOGINS: Final = ("president", "dean", "auditor", "teacher", "counselor3", "affairs-head", "head0")


@dataclass(frozen=True)
class Class:
    """One teaching class: its department, its teacher, its administrative class."""

    number: int
    department: int
    teacher: str
    late: float

    @property
    def id(self) -> str:
        return f"teaching_class:c{self.number}"

    @property
    def squad(self) -> str:
        return f"squad:q{self.number}"

    @property
    def students(self) -> tuple[str, ...]:
        return tuple(f"student:s{self.number}-{n}" for n in range(8))


def classes() -> Iterator[Class]:
    """One per teacher."""
    number = 0
    for place, (_, _, teachers, late) in enumerate(ACADEMIC_DEPARTMENTS):
        for _ in range(teachers):
            yield Class(number, place, f"person:t{number}", late)
            number += 1


def person(login: str) -> str:
    return f"person:{login}" if login != "teacher" else "person:t9"


def founding() -> Iterator[tuple[Command[Any], str]]:
    """Everything before the first day, with who gives it."""
    office = "person:it"
    installation = SYSTEM["import"].person_id
    for code, (zh, en) in {
        "academic": ("教务处", "Academic Affairs Office"),
        "student_affairs": ("学生处", "Student Affairs Office"),
        "president": ("校长室", "President's Office"),
    }.items():
        yield (
            RegisterDepartment(
                department_id="department:" + code.replace("_", "-"), code=code, name=zh, name_en=en, kind="office"
            ),
            installation,
        )
    for place, (zh, en, _, _) in enumerate(ACADEMIC_DEPARTMENTS):
        yield (
            RegisterDepartment(
                department_id=f"department:d{place}", code=f"{place:02}", name=zh, name_en=en, kind="academic"
            ),
            installation,
        )
    yield (
        OpenTerm(
            term_id=TERM,
            name="2026–2027 学年第一学期",
            name_en="2026–2027 Autumn",
            year=2026,
            starts_on=MONDAY,
            weeks=WEEKS,
        ),
        installation,
    )
    for login, role, department, name in (*PEOPLE, *STAFF):
        yield staff(person(login), name, department or "department:academic"), installation
        yield grant(person(login), role, department), installation
    for one in classes():
        home = f"department:d{one.department}"
        yield staff(one.teacher, NAMES[one.number % len(NAMES)], home), installation
        yield grant(one.teacher, TEACHER, home), installation
    for login in LOGINS:
        yield OpenAccount(person_id=person(login), login=login), installation
    assert office


def staff(person_id: str, name: str, department: str) -> RegisterStaff:
    return RegisterStaff(
        person_id=person_id,
        staff_number="N" + person_id.partition(":")[2],
        name=name,
        department_id=department,
        kind="staff",
        from_day=BEGIN.date(),
    )


def grant(person_id: str, role: str, department: str | None) -> GrantRole:
    return GrantRole(
        grant_id=derived("grant", person_id, role),
        person_id=person_id,
        role=role,
        department_id=department,
        valid_from=BEGIN.date(),
        valid_until=BEGIN.date() + timedelta(days=300),
    )


def teaching() -> Iterator[tuple[Command[Any], str]]:
    """Classes, students, the timetable, the rosters."""
    by = SYSTEM["import"].person_id
    periods = tuple(Period(number=n, starts=a, ends=b) for n, (a, b) in enumerate(GRID, 1))
    for one in classes():
        home = f"department:d{one.department}"
        yield FormSquad(squad_id=one.squad, name=f"26级{one.number + 1}班", department_id=home, cohort=2026), by
        for place, student in enumerate(one.students):
            number = f"26{one.number:02}{place:02}"
            yield (
                AdmitStudent(
                    student_id=student,
                    student_number=number,
                    name=NAMES[place],
                    squad_id=one.squad,
                    from_day=BEGIN.date(),
                ),
                by,
            )
    yield SetTimeGrid(term_id=TERM, days=(1, 2, 3, 4, 5), periods=periods), by
    yield StartScheduling(term_id=TERM), by
    for one in classes():
        yield (
            OpenOffering(
                teaching_class_id=one.id,
                term_id=TERM,
                department_id=f"department:d{one.department}",
                course_code=f"C{one.number:03}",
                course_name=COURSES[one.number % len(COURSES)],
                teacher_ids=(one.teacher,),
                squad_ids=(one.squad,),
            ),
            by,
        )
        weeks = tuple(range(1, WEEKS + 1))
        days = ((1, 1), (2, 1), (3, 3), (4, 1)) if one.department < 5 else ((2, 1), (4, 3))
        placements = tuple(Placement(weeks=weeks, weekday=d, begin_period=p, end_period=p + 1) for d, p in days)
        yield PlaceOffering(teaching_class_id=one.id, placements=placements), by
        yield SetRoster(teaching_class_id=one.id, student_ids=one.students, effective_on=MONDAY), by
        yield AssignCounselor(squad_id=one.squad, person_id=f"person:counselor{one.department}", from_day=MONDAY), by
    for student in HEARD:
        yield grant(student, STUDENT, None), by
    yield LockTimetable(term_id=TERM), by
    yield PublishTimetable(term_id=TERM), by


def watching() -> Iterator[tuple[Command[Any], str]]:
    """The columns with their owners and targets."""
    installation, president = SYSTEM["import"].person_id, person("president")
    for defined, owner in (*columns(), *further_columns()):
        yield defined, installation
        yield (
            AssignColumnOwner(
                column_key=defined.column_key,
                department_id="department:" + owner.replace("_", "-"),
                document_no="教〔2026〕1号",
            ),
            president,
        )
    for column, figure, green, amber, better in (*THRESHOLDS, *aims()):
        yield SetThreshold(column_key=column, figure_key=figure, green=green, amber=amber, better=better), president


def marks(one: Class, dice: Random) -> dict[str, Mark]:
    """Nearly everybody is there."""
    kinds: tuple[Mark, ...] = ("present", "absent", "leave", "late", "left_early")
    return {student: dice.choices(kinds, (93, 2, 2, 2, 1))[0] for student in one.students}


async def calls(campus: Campus) -> list[Act]:
    """Every roll call of the weeks played: most in time, some late, some never."""
    by_id = {one.id: one for one in classes()}
    told: list[Act] = []
    after = 0
    while rows := await campus.log.page(after, types=(SessionScheduled.NAME,), limit=5000):
        after = rows[-1].position
        for row in rows:
            session = campus.codec.event(row)
            assert isinstance(session, SessionScheduled)
            one = by_id[session.teaching_class_id]
            dice = Random(session.session_id)  # noqa: S311  a play, not a secret
            late = dice.random()
            delay = (
                timedelta(hours=50)
                if late < one.late / 2
                else None
                if late < one.late
                else timedelta(hours=dice.randint(1, 40))
            )
            if session.week <= PLAYED and delay is not None and session.ends_at + delay < NOW:
                of = {"session_id": session.session_id, "teaching_class_id": one.id}
                marked = marks(one, Random(session.session_id + "marks"))  # noqa: S311  a play, not a secret
                call = TakeRollCall(**of, marks=marked, periods_taught=session.planned_periods)
                told.append(Act(session.ends_at + delay, call, one.teacher))
    return told


async def play(campus: Campus) -> None:
    """Found the college and play its first weeks; the clock then stands at NOW."""
    hand = Hand(campus.desk, campus.clock, 1)
    await found(campus, hand)
    await act_out(campus, hand, await acts(campus))
    await due(campus, hand, campus.agenda, NOW)
    assert await campus.log.page(0, types=(SessionEnded.NAME,), limit=1)
    await campus.clock.set(NOW, frozen=True)


async def found(campus: Campus, hand: Hand) -> None:
    """Found the college and publish its timetable."""
    for number, (command, by) in enumerate((*founding(), *teaching(), *watching())):
        receipt = await hand.give(command, BEGIN + timedelta(seconds=number), by=by, key=f"found/{number}")
        assert receipt is not None, (command, hand.refused)


async def acts(campus: Campus) -> list[Act]:
    """Everything that people do in the term, in order of time."""
    return sorted([*await calls(campus), *affairs(list(classes())), *errands()], key=lambda act: act.at)


async def act_out(campus: Campus, hand: Hand, told: Iterable[Act]) -> None:
    """Give what people do, and what the clock owes meanwhile."""
    for act in told:
        await due(campus, hand, campus.agenda, act.at)
        await hand.give(act.command, act.at, by=act.by, key=act.key, source=act.source)
    assert not hand.refused, hand.refused


async def due(campus: Campus, hand: Hand, agenda: Any, upto: datetime) -> None:
    """Give what the clock owes by a moment."""
    await agenda.catch_up()
    for owed in agenda.take(upto):
        key = f"{owed.key}@{owed.at.isoformat()}"
        await hand.give(owed.command, owed.at, by=SYSTEM[CLOCK].person_id, key=key, source=CLOCK)
