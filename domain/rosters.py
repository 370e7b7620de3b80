"""Rosters 教学班名单: who belongs to a teaching class, from which day until which.  Seed: D10, D28, D38."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from domain import (
    Command,
    Day,
    DepartmentId,
    Event,
    Fact,
    Moment,
    Reason,
    SquadId,
    StudentId,
    TeachingClassId,
)
from domain.access import ACADEMIC, ACADEMIC_HEAD, IMPORT, REACTION, SECRETARY, anywhere, own_department


class Member(Fact):
    """A student on a roster, with the administrative class and department they then belonged to.

    A guest attends on their own, not with an administrative class of the offering.
    """

    student_id: StudentId
    squad_id: SquadId
    department_id: DepartmentId
    guest: bool = False
    from_day: Day


class RosterSet(Event):
    """From `effective_on` the teaching class has exactly these members; `departed` are those it lost thereby."""

    NAME: ClassVar[str] = "rosters.set"
    teaching_class_id: TeachingClassId
    members: tuple[Member, ...]
    departed: tuple[Member, ...] = ()
    effective_on: Day
    set_at: Moment

    def tags(self) -> tuple[str, ...]:
        students = (m.student_id for m in (*self.members, *self.departed))
        return tuple(dict.fromkeys((self.teaching_class_id, *students)))


class StudentJoined(Event):
    """A student belongs to the teaching class from `effective_on`."""

    NAME: ClassVar[str] = "rosters.student_joined"
    TAGS: ClassVar[tuple[str, ...]] = ("student_id", "teaching_class_id")
    teaching_class_id: TeachingClassId
    student_id: StudentId
    squad_id: SquadId
    department_id: DepartmentId
    guest: bool
    effective_on: Day
    joined_at: Moment


class StudentLeft(Event):
    """`effective_on` is the first day on which the student, a member since `from_day`, no longer belongs."""

    NAME: ClassVar[str] = "rosters.student_left"
    TAGS: ClassVar[tuple[str, ...]] = ("student_id", "teaching_class_id")
    teaching_class_id: TeachingClassId
    student_id: StudentId
    squad_id: SquadId
    department_id: DepartmentId
    guest: bool
    from_day: Day
    effective_on: Day
    left_at: Moment


class SetRoster(Command[Any]):
    """设定名单.  The whole roster of a teaching class from a day on.  Seed: D10, D38.

    Administrative class and department of each student are taken from the register as of that day.
    """

    may = {SECRETARY: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    teaching_class_id: TeachingClassId
    student_ids: Annotated[tuple[StudentId, ...], Field(max_length=600)]
    effective_on: Day
    override_reason: Reason | None = None


class JoinTeachingClass(Command[Any]):
    """加入教学班.  Adds one student from a day on.  Seed: D28, D38."""

    may = {SECRETARY: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    teaching_class_id: TeachingClassId
    student_id: StudentId
    effective_on: Day
    override_reason: Reason | None = None


class LeaveTeachingClass(Command[Any]):
    """退出教学班.  Takes one student off from a day on.  Seed: D28, D38."""

    may = {SECRETARY: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    teaching_class_id: TeachingClassId
    student_id: StudentId
    effective_on: Day


class TransferRosters(Command[Any]):
    """转班随班.  Takes a transferred student off the former class's rosters and onto the new one's.  Seed: D10."""

    may = {REACTION: anywhere}
    student_id: StudentId
    former_squad_id: SquadId
    squad_id: SquadId
    department_id: DepartmentId
    from_day: Day
