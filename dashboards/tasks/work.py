"""The tasks of a term as the page knows them: each with its assignments, and where every one of them stands."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final, Literal

from dash import html
from dash.development.base_component import Component

from dashboards.parts.columns import Opening
from dashboards.parts.reading import SHAPES, Light
from dashboards.parts.words import Words

Row = Mapping[str, Any]
State = Literal["overdue", "waiting", "under_way", "in_time", "late", "declined", "cancelled"]
UNDONE: Final = ("assigned", "accepted", "in_progress")
LIGHTS: Final[Mapping[State, tuple[Light, str]]] = {
    "overdue": ("red", "task_overdue"),
    "waiting": ("none", "task_waiting"),
    "under_way": ("few", "task_under_way"),
    "in_time": ("green", "task_in_time"),
    "late": ("amber", "task_late"),
    "declined": ("none", "task_declined"),
    "cancelled": ("none", "task_cancelled"),
}
# A task belongs to the term in which it is due, or after which, until the next term begins.
TASKS: Final = """
    select task_id, title, category, priority, publisher_id, publisher_role, department_id, parent_task_id, due_at,
        state, since as position
    from {task} where due_at >= %(from)s and due_at < %(until)s limit 5000"""
ASSIGNMENTS: Final = """
    select assignment_id, task_id, title, priority, publisher_id, task_department_id, part, holder_id, department_id,
        assigned_at, accept_by, accepted_at, first_due_at, due_at, progress, submitted_at, overdue_at, extensions,
        score, state, since as position
    from {assignment} where due_at >= %(from)s and due_at < %(until)s
      and (%(department)s::text is null or department_id = %(department)s)
    order by due_at, assignment_id limit 5000"""
MOMENT: Final = "select %(moment)s::timestamptz as moment"


def state_of(one: Row, moment: datetime) -> State:
    """Where an assignment stands; one that was overdue stays late for ever."""
    if one["state"] in ("declined", "cancelled"):
        told: State = "declined" if one["state"] == "declined" else "cancelled"
        return told
    if one["state"] not in UNDONE:
        return "late" if one["overdue_at"] else "in_time"
    if one["due_at"] < moment:
        return "overdue"
    return "waiting" if one["state"] == "assigned" else "under_way"


def mark(state: State, words: Words, said: str = "") -> Component:
    """Shape, colour and word of where an assignment stands."""
    light, text = LIGHTS[state]
    shape = html.Span(SHAPES[light], className="shape", **{"aria-hidden": "true"})
    return html.Span([shape, " ", html.Span(said or words(text))], className=f"light light-{light}")


@dataclass(frozen=True)
class Task:
    """A task with those of its assignments that are in sight; its own row may not be (`row` None)."""

    task_id: str
    row: Row | None
    assignments: Sequence[Row] = field(default=())

    @property
    def any(self) -> Row:
        return self.row or self.assignments[0]

    @property
    def setter(self) -> str:
        """The office in whose name it was set."""
        department: str = self.row["department_id"] if self.row else self.assignments[0]["task_department_id"]
        return department

    @property
    def due_at(self) -> datetime:
        due: datetime = self.row["due_at"] if self.row else min(a["first_due_at"] for a in self.assignments)
        return due

    @property
    def last_due_at(self) -> datetime:
        """The latest due moment that any assignment still has."""
        return max((a["due_at"] for a in self.assignments if a["state"] in UNDONE), default=self.due_at)

    def state(self, moment: datetime) -> State:
        """The worst of what is open, else what became of it."""
        if self.row and self.row["state"] == "cancelled":
            return "cancelled"
        states = {state_of(a, moment) for a in self.assignments}
        for state in ("overdue", "under_way", "waiting", "late", "in_time", "declined"):
            if state in states:
                told: State = state
                return told
        return "waiting"


@dataclass(frozen=True)
class Work:
    """All of a term's tasks in sight."""

    moment: datetime
    tasks: Sequence[Task]

    @property
    def assignments(self) -> list[Row]:
        return [one for task in self.tasks for one in task.assignments]

    @property
    def open(self) -> list[Row]:
        """Assignments neither handed in nor ended."""
        return [one for one in self.assignments if one["state"] in UNDONE]

    def late(self, one: Row) -> bool:
        return state_of(one, self.moment) == "overdue"


def window(opening: Opening) -> dict[str, datetime]:
    """From the first day of the term until the next term begins; before the first term all is the first's."""
    base, zone = opening.base, opening.visit.words.zone
    assert base.term
    starts: date = base.term["starts_on"]
    days = [row["starts_on"] for row in base.terms]
    begin = starts if min(days) < starts else date(1900, 1, 1)
    end = min((day for day in days if day > starts), default=date(9000, 1, 1))
    return {"from": datetime.combine(begin, time(), zone), "until": datetime.combine(end, time(), zone)}


async def work_of(opening: Opening) -> Work:
    """Read the tasks of the page's term; of a department, those it has a part in or set itself."""
    visit = opening.visit
    asked: dict[str, Any] = {**window(opening), "department": visit.department}
    when, tasks, assignments = await asyncio.gather(
        visit.readings.select(MOMENT, None, visit.viewer, as_of=visit.as_of),
        visit.readings.select(TASKS, asked, visit.viewer, as_of=visit.as_of),
        visit.readings.select(ASSIGNMENTS, asked, visit.viewer, as_of=visit.as_of),
    )
    by_task: dict[str, list[Row]] = {}
    for one in assignments:
        by_task.setdefault(one["task_id"], []).append(one)
    rows = {row["task_id"]: row for row in tasks}
    own = {key for key, row in rows.items() if visit.department in (None, row["department_id"])}
    keys = by_task.keys() | own
    return Work(when[0]["moment"], [Task(key, rows.get(key), by_task.get(key, [])) for key in sorted(keys)])
