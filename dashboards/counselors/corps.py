"""The counselors of a term as the page knows them: their logs by week, what was missed, and the rules in force."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from dash.development.base_component import Component

from dashboards.parts.columns import Opening, rows_of
from dashboards.parts.filters import sorted_departments
from dashboards.parts.ground import Ground
from dashboards.parts.naming import called
from dashboards.parts.people import named
from dashboards.parts.rules import Rulebook, rulebook
from dashboards.parts.words import Words
from domain.counselor_logs.rules import DUE, MAX_MISSED

Row = Mapping[str, Any]
State = Literal["in_time", "late", "missed", "exempt", "due", "not_yet", "not_owed", "holiday"]
SHAPES: Final[Mapping[State, str]] = {
    "in_time": "●",
    "late": "▲",
    "missed": "■",
    "exempt": "◇",
    "due": "○",
    "not_yet": "·",
    "not_owed": "–",
    "holiday": "–",
}
STATES: Final[Mapping[str, State]] = {
    "submitted": "in_time",
    "submitted_late": "late",
    "missed": "missed",
    "exempt": "exempt",
}
MISSES: Final = ("late", "missed")
SQUADS: Final = """
    select person_id, min(department_id) as department_id, count(*) as many from {counselor}
    where from_day <= (%(moment)s at time zone %(zone)s)::date
      and (%(department)s::text is null or department_id = %(department)s) group by person_id"""


def state_of(log: Row, moment: datetime) -> State:
    """Where a log stands; one past its deadline is missed, though the clock may not have come to it."""
    if log["state"] == "due":
        return "missed" if log["due_at"] < moment else "due"
    return STATES[log["state"]]


@dataclass(frozen=True)
class Counselor:
    """One counselor in one term: the logs by week, and how many classes are looked after."""

    person_id: str
    department_id: str
    squads: int
    logs: Mapping[int, Row] = field(default_factory=dict)
    standing: Row | None = None

    def misses(self, moment: datetime) -> int:
        return sum(state_of(log, moment) in MISSES for log in self.logs.values())


@dataclass(frozen=True)
class Corps:
    """All counselors in sight, in the order of their departments, with the term they are looked at in."""

    term: Row
    rules: Rulebook
    counselors: Sequence[Counselor]
    holidays: frozenset[date]

    @property
    def moment(self) -> datetime:
        return self.rules.moment

    @property
    def most(self) -> int:
        """So many misses in a semester cost the year's merit."""
        return self.rules(MAX_MISSED)

    def monday(self, week: int) -> date:
        starts: date = self.term["starts_on"]
        return starts + timedelta(days=7 * (week - 1))

    def holiday(self, week: int) -> bool:
        """Whether no day of a week is a working day."""
        return all(self.monday(week) + timedelta(days=n) in self.holidays for n in range(5))

    def state(self, counselor: Counselor, week: int, today: date) -> State:
        """Where a counselor's log of a week stands."""
        if log := counselor.logs.get(week):
            return state_of(log, self.moment)
        if self.holiday(week):
            return "holiday"
        return "not_yet" if self.monday(week) > today else "not_owed"

    def by_department(self) -> dict[str, list[Counselor]]:
        groups: dict[str, list[Counselor]] = {}
        for counselor in self.counselors:
            groups.setdefault(counselor.department_id, []).append(counselor)
        return groups

    def called(self, person_id: str, words: Words) -> Component:
        """Where a counselor's name belongs; until it is known a number within the department."""
        one = self.of(person_id)
        if one is None:
            return named(person_id, words)
        number = [c.person_id for c in self.counselors if c.department_id == one.department_id].index(person_id) + 1
        return called(person_id, words("log_counselor_number", number=number))

    def of(self, person_id: str) -> Counselor | None:
        return next((c for c in self.counselors if c.person_id == person_id), None)


async def corps_of(opening: Opening) -> Corps:
    """Read the counselors of the page's term and department."""
    visit, base = opening.visit, opening.base
    assert base.term
    term = base.term
    asked = {"term_id": base.term_id}
    rules, logs, squads, standings, holidays = await asyncio.gather(
        rulebook(visit, DUE, MAX_MISSED),
        rows_of(opening, "weekly_log", asked, order=("week",), limit=5000),
        visit.readings.select(SQUADS, {"department": visit.department}, visit.viewer, as_of=visit.as_of),
        rows_of(opening, "merit", {"year": term["year"]}, limit=1000),
        visit.readings.rows("holiday", visit.viewer, where=asked, as_of=visit.as_of),
    )
    by_person: dict[str, dict[int, Row]] = {}
    for log in logs:
        by_person.setdefault(log["person_id"], {})[log["week"]] = log
    many = {row["person_id"]: row for row in squads}
    lost = {row["person_id"]: row for row in standings}
    found = [
        Counselor(
            person,
            newest(by_person.get(person, {}))["department_id"]
            if person in by_person
            else many[person]["department_id"],
            many[person]["many"] if person in many else 0,
            by_person.get(person, {}),
            lost.get(person),
        )
        for person in by_person.keys() | many.keys()
    ]
    days = frozenset(row["day"] for row in holidays)
    return Corps(term, rules, sorted(found, key=lambda c: (place(c.department_id, base), c.person_id)), days)


def newest(logs: Mapping[int, Row]) -> Row:
    return logs[max(logs)]


def place(department: str, base: Ground) -> tuple[int, str]:
    """Where a department comes among the others."""
    order = [row["department_id"] for row in sorted_departments(base)]
    return (order.index(department) if department in order else len(order), department)
