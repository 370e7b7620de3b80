"""A small college for stories: one term, its grid, two departments, three rooms, teachers, classes, students."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from domain import Actor
from domain.access import ACADEMIC, ACADEMIC_HEAD, SECRETARY, TEACHER
from domain.calendar import TermOpened
from domain.organisation import DepartmentRegistered, RoomRegistered, StaffRegistered
from domain.students import SquadFormed, StudentAdmitted
from domain.time_grid import Period, SchedulingStarted, TimeGridSet
from domain.timetable import OfferingOpened

TERM, MATHS, ARTS = "term:2026-1", "department:maths", "department:arts"
MONDAY = date(2026, 9, 7)  # of week 1
LI, WU, ANN = "person:li", "person:wu", "person:ann"
R101, R102, HALL = "room:r101", "room:r102", "room:hall"
M1, M2, A1 = "squad:m1", "squad:m2", "squad:a1"
ALGEBRA, LOGIC, DRAWING = "teaching_class:algebra", "teaching_class:logic", "teaching_class:drawing"
BO, CHEN, DENG, FANG = "student:bo", "student:chen", "student:deng", "student:fang"

SECRETARY_MATHS = Actor("person:sec", SECRETARY, MATHS)
SECRETARY_ARTS = Actor("person:sec2", SECRETARY, ARTS)
OFFICE = Actor("person:office", ACADEMIC)
OFFICE_HEAD = Actor("person:office-head", ACADEMIC_HEAD)
TEACHER_LI, TEACHER_WU = Actor(LI, TEACHER, MATHS), Actor(WU, TEACHER, MATHS)

HOURS = ("08:00", "08:45"), ("08:55", "09:40"), ("10:00", "10:45"), ("10:55", "11:40"), ("14:00", "14:45")
OPENED = TermOpened(term_id=TERM, name="秋季", name_en="Autumn", year=2026, starts_on=MONDAY, weeks=16)
GRID = TimeGridSet(
    term_id=TERM,
    days=(1, 2, 3, 4, 5),
    periods=tuple(Period(number=n, starts=a, ends=b) for n, (a, b) in enumerate(HOURS, 1)),
)
STARTED = SchedulingStarted(term_id=TERM, started_by=OFFICE_HEAD.person_id)


def department(some_id: str) -> DepartmentRegistered:
    code = some_id.partition(":")[2]
    return DepartmentRegistered(department_id=some_id, code=code, name=code, name_en=code, kind="academic")


def room(some_id: str, seats: int | None) -> RoomRegistered:
    return RoomRegistered(room_id=some_id, campus="本部", building=None, name=some_id[5:], seats=seats)


def staff(some_id: str, department_id: str = MATHS) -> StaffRegistered:
    who = {"staff_number": some_id[7:], "name": some_id[7:], "kind": "staff", "from_day": date(2020, 9, 1)}
    return StaffRegistered(person_id=some_id, department_id=department_id, **who)


def squad(some_id: str, department_id: str = MATHS) -> SquadFormed:
    return SquadFormed(squad_id=some_id, name=some_id[6:], department_id=department_id, cohort=2026)


def student(some_id: str, squad_id: str = M1, department_id: str = MATHS) -> StudentAdmitted:
    uuid = some_id.partition(":")[2]
    return StudentAdmitted(
        student_id=some_id,
        person_id=f"person:{uuid}",
        student_number=uuid,
        name=uuid,
        squad_id=squad_id,
        department_id=department_id,
        from_day=date(2026, 9, 1),
    )


def offering(some_id: str, **other: object) -> OfferingOpened:
    name = some_id.partition(":")[2]
    told: dict[str, object] = {
        "teaching_class_id": some_id,
        "term_id": TERM,
        "term_ends_on": OPENED.ends_on,
        "department_id": MATHS,
        "course_code": name,
        "course_name": name,
        "kind": "regular",
        "teacher_ids": (LI,),
        "capacity": 30,
        "squad_ids": (M1,),
    }
    told |= other
    told.setdefault("teacher_parts", (1,) * len(told["teacher_ids"]))  # type: ignore[arg-type]  # ids, by construction
    return OfferingOpened.model_validate(told)


DEPARTMENTS = department(MATHS), department(ARTS)
STAFF = staff(LI), staff(WU), staff(ANN, ARTS)
SQUADS = squad(M1), squad(M2), squad(A1, ARTS)
ROOMS = room(R101, 40), room(R102, 20), room(HALL, None)
STUDENTS = student(BO), student(CHEN), student(DENG, M2), student(FANG, A1, ARTS)
COLLEGE = (*DEPARTMENTS, *STAFF, *SQUADS, *ROOMS, *STUDENTS, OPENED, GRID)
SCHEDULING = (*COLLEGE, STARTED)


def at(day: int, clock: str, seconds: int = 0) -> datetime:
    """A moment of local September 2026 (China has no summer time), in UTC."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 9, day, hour, minute, seconds, tzinfo=UTC) - timedelta(hours=8)
