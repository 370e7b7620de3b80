"""What happens to a roster: set whole, one student joined, one left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import ClassVar

from domain import Day, DepartmentId, Event, Fact, Moment, SquadId, StudentId, TeachingClassId


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
    TITLE: ClassVar[str] = "设定教学班名单"
    teaching_class_id: TeachingClassId
    members: tuple[Member, ...]
    departed: tuple[Member, ...] = ()
    effective_on: Day
    set_at: Moment

    @cached_property
    def by_student(self) -> Mapping[str, Member]:
        """The members by student."""
        return {m.student_id: m for m in self.members}

    @cached_property
    def homes(self) -> Mapping[str, str]:
        """The department of each member."""
        return {m.student_id: m.department_id for m in self.members}

    @cached_property
    def since(self) -> date:
        """The first day on which all of them belong."""
        return max((m.from_day for m in self.members), default=date.min)

    def tags(self) -> tuple[str, ...]:
        concerned = (*self.members, *self.departed)
        departments = (m.department_id for m in concerned)
        return tuple(dict.fromkeys((self.teaching_class_id, *(m.student_id for m in concerned), *departments)))


class StudentJoined(Event):
    """A student belongs to the teaching class from `effective_on`."""

    NAME: ClassVar[str] = "rosters.student_joined"
    TITLE: ClassVar[str] = "学生加入教学班"
    TAGS: ClassVar[tuple[str, ...]] = ("student_id", "teaching_class_id", "department_id")
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
    TITLE: ClassVar[str] = "学生离开教学班"
    TAGS: ClassVar[tuple[str, ...]] = ("student_id", "teaching_class_id", "department_id")
    teaching_class_id: TeachingClassId
    student_id: StudentId
    squad_id: SquadId
    department_id: DepartmentId
    guest: bool
    from_day: Day
    effective_on: Day
    left_at: Moment


ROSTER_FACTS = (RosterSet, StudentJoined, StudentLeft)
