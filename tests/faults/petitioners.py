"""Whoever holds a role in the college, and who of them is likely to ask for a thing: mostly somebody it concerns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from random import Random
from typing import Any, Final

from api.door import Door
from domain import Command
from domain.access import COUNSELOR, DEPUTY, HEAD, IMPORT, ROLES, SECRETARY, STUDENT, SYSTEM, TEACHER, RoleGranted
from infra.campus import Campus
from tests.browser.term import classes, grant
from tests.trial import Trial

ART: Final = "department:d3"
IN_DEPARTMENT: Final = {HEAD, DEPUTY, SECRETARY, COUNSELOR}
EVERY_ROLE: Final = ("person:t9", "person:t10")
STUDENTS: Final = tuple(student.replace("student:", "person:") for one in classes() for student in one.students)
# A scope of one person's own → the field of an event that says whose.
WHOSE: Final = {"own_task": "publisher_id", "own_assignment": "holder_id", "own_or_headed": "holder_id"}
DECIDES: Final = ("approve", "refuse", "decline", "grant", "decide", "conclude", "confirm", "resolve")


class Petitioners:
    """The people of a played term with a token each; two of them hold every role for the art department."""

    def __init__(self, college: Trial, dice: Random) -> None:
        self.dice = dice
        self.roles: dict[str, set[str]] = defaultdict(set)
        self.at: dict[str, set[str | None]] = defaultdict(set)
        self.teachers: dict[str, tuple[str, ...]] = {}
        self.squads: dict[str, str] = {}
        self.counselors: dict[str, str] = {}
        self.rosters: dict[str, list[str]] = {}
        self.tokens: dict[str, str] = college.with_campus(self._admit)

    async def _admit(self, campus: Campus) -> dict[str, str]:
        offices = [role for role in ROLES if role not in (STUDENT, TEACHER)]
        wanted = [(p, role, ART if role in IN_DEPARTMENT else None) for p in EVERY_ROLE for role in offices]
        for person, role, department in [*wanted, *((p, STUDENT, None) for p in STUDENTS)]:
            given = grant(person, role, department)
            await campus.desk.submit(given, key=given.grant_id, person_id=SYSTEM[IMPORT].person_id, source=IMPORT)
        for row in await campus.log.page(0, types=(RoleGranted.NAME,), limit=5000):
            granted = campus.codec.event(row)
            assert isinstance(granted, RoleGranted)
            self.roles[granted.person_id].add(granted.role)
            self.at[granted.person_id].add(granted.department_id)
        door = Door(campus.pool, campus.institution, campus.desk)
        return {person: await door.mint(person, timedelta(days=2)) for person in sorted(self.roles)}

    def hear(self, kind: str, data: Mapping[str, Any]) -> None:
        """One recorded event."""
        match kind:
            case "rosters.set":
                self.rosters[data["teaching_class_id"]] = [m["student_id"] for m in data["members"]]
            case "timetable.offering_opened":
                self.teachers[data["teaching_class_id"]] = tuple(data["teacher_ids"])
            case "students.student_admitted":
                self.squads[data["student_id"]] = data["squad_id"]
            case "organisation.counselor_assigned" | "students.counselor_assigned":
                self.counselors[data["squad_id"]] = data["person_id"]

    def _staff(self, department: str) -> Iterator[str]:
        return (person for person, departments in self.at.items() if department in departments)

    def _concerned(self, told: Mapping[str, Any]) -> Iterator[str]:
        """The people a body, or the event it leans on, has to do with."""
        for value in told.values():
            if isinstance(value, str):
                if value.startswith("person:"):
                    yield value
                if value.startswith("student:"):
                    yield value.replace("student:", "person:")
                    yield self.counselors.get(self.squads.get(value, ""), "")
                yield from self.teachers.get(value, ())
            if isinstance(value, list):
                yield from (one for one in value if isinstance(one, str) and one.startswith("person:"))

    def asking(self, kind: type[Command[Any]], body: Mapping[str, Any], leaned: Mapping[str, Any]) -> str:
        """One of those concerned with a role for it; or one with every role; now and then anybody."""
        may, chance = set(kind.may), self.dice.random()
        scopes = {scope.__name__ for scope in kind.may.values()}
        whose = [str(leaned.get(field)) for scope, field in WHOSE.items() if scope in scopes]
        if set(whose) & self.tokens.keys() and chance < 0.85:
            return self.dice.choice(sorted(set(whose) & self.tokens.keys()))
        decides = kind.NAME.startswith(DECIDES) and "holder" not in scopes
        named = () if decides else (*self._concerned(body), *self._concerned(leaned))
        concerned = [p for p in named if self.roles.get(p, set()) & may]
        if concerned and chance < (0.9 if may <= {STUDENT, TEACHER, COUNSELOR} else 0.6):
            return self.dice.choice(concerned)
        staff = [p for p in self._staff(str(leaned.get("department_id"))) if self.roles[p] & may]
        if staff and chance < 0.75:
            return self.dice.choice(staff)
        if chance < 0.95 and may & self.roles[EVERY_ROLE[0]]:
            near = [p for p, roles in self.roles.items() if roles & may and self.at[p] & {ART, None}]
            return self.dice.choice(EVERY_ROLE if self.dice.random() < 0.7 else sorted(near))
        return self.dice.choice(sorted(self.tokens))

    def headers(self, person: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[person]}"}
