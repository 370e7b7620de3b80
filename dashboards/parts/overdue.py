"""Overdue duties 逾期应办: what is past due and not done, by department or by person.  Seed: L2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.ground import Ground
from dashboards.parts.panel import nothing, panel
from dashboards.parts.people import named
from dashboards.parts.visit import Visit
from dashboards.parts.words import TEXTS, Words, say

BY_DEPARTMENT: Final = """
    select department_id, null as person_id, kind, count(*) as many, min(due_at) as oldest,
        %(moment)s::timestamptz as moment
    from {duty} where state in ('open', 'lapsed') and due_at < %(moment)s
    group by department_id, kind order by many desc, department_id, kind"""
BY_PERSON: Final = """
    select department_id, person_id, kind, count(*) as many, min(due_at) as oldest, %(moment)s::timestamptz as moment
    from {duty} where state in ('open', 'lapsed') and due_at < %(moment)s
    group by department_id, person_id, kind order by many desc, department_id, person_id, kind"""
PEOPLE_SHOWN: Final = 8

say(
    {
        "by_person": ("按人", "By person"),
        "overdue_by": ("逾期应办分组", "Overdue duties grouped"),
        "duty_roll_call": ("点名", "Roll call"),
        "duty_grade_entry": ("成绩录入", "Grade entry"),
        "duty_slip_confirmation": ("奖罚单核实", "Slip confirmation"),
        "duty_slip_appeal": ("申诉裁决", "Appeal decision"),
        "duty_weekly_log": ("辅导员周志", "Weekly log"),
        "duty_task": ("任务办结", "Task"),
        "duty_task_acceptance": ("任务接收", "Task acceptance"),
        "duty_notice": ("通知阅读", "Notice reading"),
    }
)

Key = tuple[str, str | None]


@dataclass(frozen=True)
class Overdue:
    """Counts by department (and person) and kind, each with its oldest due moment."""

    rows: Sequence[Mapping[str, Any]]

    @property
    def groups(self) -> dict[Key, list[Mapping[str, Any]]]:
        """The most overdue department or person first."""
        told: dict[Key, list[Mapping[str, Any]]] = {}
        for row in self.rows:
            told.setdefault((row["department_id"], row["person_id"]), []).append(row)
        return dict(sorted(told.items(), key=lambda item: -sum(r["many"] for r in item[1])))

    @property
    def many(self) -> int:
        return sum(row["many"] for row in self.rows)


async def overdue(visit: Visit) -> Overdue:
    """What the viewer may see of it, grouped as the address says."""
    asked = BY_PERSON if visit.by else BY_DEPARTMENT
    return Overdue(await visit.readings.select(asked, None, visit.viewer, as_of=visit.as_of))


def kind_name(kind: str, words: Words) -> str:
    """The kind of a duty in words; its own name when the board has none for it."""
    return words(f"duty_{kind}") if f"duty_{kind}" in TEXTS else kind.replace("_", " ")


def late_by(due: datetime, now: datetime, words: Words) -> str:
    late = now - due
    return words("duty_late_by", days=late.days, hours=late.seconds // 3600)


def switch(visit: Visit) -> Component:
    """By department, or by person."""
    words = visit.words
    choices = ((None, "by_department"), ("person", "by_person"))
    links = [
        html.A(
            words(text),
            href=visit.address(by=by),
            className="chosen" if visit.by == by else "",
            **({"aria-current": "true"} if visit.by == by else {}),
        )
        for by, text in choices
    ]
    return html.Nav(links, className="switch", **{"aria-label": words("overdue_by")})


def overdue_panel(late: Overdue, base: Ground, visit: Visit, title: str = "") -> Component:
    """Departments or persons with something overdue, most first, as links to it."""
    words = visit.words
    chosen = [(of, rows) for of, rows in late.groups.items() if not visit.department or of[0] == visit.department]
    if visit.by:
        chosen = chosen[:PEOPLE_SHOWN]
    widest = max((sum(r["many"] for r in rows) for _, rows in chosen), default=1)
    body = (
        html.Ul([item(of, rows, widest, base, visit) for of, rows in chosen], className="watch-list")
        if chosen
        else nothing(words("overdue_none"), good=True)
    )
    return panel(
        title or words("overdue_title"),
        "" if title else words("overdue_hint"),
        body,
        tools=[switch(visit)],
        kind="overdue-panel",
    )


def item(of: Key, rows: Sequence[Mapping[str, Any]], widest: int, base: Ground, visit: Visit) -> Component:
    """One line: who, which kinds, how late, how many."""
    words, (department, person) = visit.words, of
    many = sum(r["many"] for r in rows)
    kinds = " · ".join(f"{kind_name(r['kind'], words)} {r['many']}" for r in rows)
    oldest = words("duty_oldest", late=late_by(min(r["oldest"] for r in rows), rows[0]["moment"], words))
    home = base.name(department, visit)
    if visit.by:
        head = html.Strong([named(person, words), html.Small(f" {home}")])
        href = visit.address("figures/duties_overdue", department=department, person=person, week=None, term=None)
    else:
        head, href = html.Strong(home), visit.address("duties", department=department)
    return html.Li(
        html.A(
            [
                html.Span([head, html.Small(kinds), html.Small(oldest)], className="watch-name"),
                html.Span(
                    html.Span(className="bar bar-overdue", style={"width": f"{many / widest * 100:.1f}%"}),
                    className="bar-track short-track",
                ),
                html.Span([html.Strong(str(many)), html.Small(words("overdue_unit"))], className="watch-value"),
            ],
            href=href,
        )
    )
