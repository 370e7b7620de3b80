"""Counselors 辅导员: who looks after which administrative class, from what day.  Seed: D17–D19.

Said by AssignCounselor of the students' area, which knows the classes.
"""

from __future__ import annotations

from typing import ClassVar

from domain import Day, DepartmentId, Event, PersonId, SquadId

COUNSELORS = "counselors:all"  # every assignment carries it, so that one narrow look finds all counselors


class CounselorAssigned(Event):
    """A member of staff is the counselor of an administrative class from a day on, in place of any before.

    `department_id` is the class's; the counselor's own may be another.
    """

    NAME: ClassVar[str] = "organisation.counselor_assigned"
    TITLE: ClassVar[str] = "指派班级辅导员"
    TAGS: ClassVar[tuple[str, ...]] = ("squad_id", "person_id")
    squad_id: SquadId
    person_id: PersonId
    department_id: DepartmentId
    from_day: Day

    def tags(self) -> tuple[str, ...]:
        return (*super().tags(), COUNSELORS)
