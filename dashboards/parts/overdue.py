"""Overdue duties 逾期应办: what is past due and not done, by department.  Seed: L2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.ground import Ground
from dashboards.parts.panel import nothing, panel
from dashboards.parts.visit import Visit
from dashboards.parts.words import TEXTS, Words

KINDS: Final = """
    select department_id, kind, count(*) as many, min(due_at) as oldest, %(moment)s::timestamptz as moment
    from {duty} where state in ('open', 'lapsed') and due_at < %(moment)s
    group by department_id, kind order by many desc, department_id"""


@dataclass(frozen=True)
class Overdue:
    """Counts by department and kind, each with its oldest due moment."""

    rows: Sequence[Mapping[str, Any]]

    @property
    def by_department(self) -> dict[str, list[Mapping[str, Any]]]:
        told: dict[str, list[Mapping[str, Any]]] = {}
        for row in self.rows:
            told.setdefault(row["department_id"], []).append(row)
        return dict(sorted(told.items(), key=lambda item: -sum(r["many"] for r in item[1])))


async def overdue(visit: Visit) -> Overdue:
    """What the viewer may see of it."""
    return Overdue(await visit.readings.select(KINDS, None, visit.viewer, as_of=visit.as_of))


def kind_name(kind: str, words: Words) -> str:
    """The kind of a duty in words; its own name when the board has none for it."""
    return words(f"duty_{kind}") if f"duty_{kind}" in TEXTS else kind.replace("_", " ")


def late_by(due: datetime, now: datetime, words: Words) -> str:
    late = now - due
    return words("duty_late_by", days=late.days, hours=late.seconds // 3600)


def overdue_panel(late: Overdue, base: Ground, visit: Visit, title: str = "") -> Component:
    """Departments with something overdue, most first, as links to the list of it."""
    words = visit.words
    chosen = {of: rows for of, rows in late.by_department.items() if not visit.department or of == visit.department}
    widest = max((sum(r["many"] for r in rows) for rows in chosen.values()), default=1)

    def item(department: str, rows: Sequence[Mapping[str, Any]]) -> Component:
        many = sum(r["many"] for r in rows)
        kinds = " · ".join(f"{kind_name(r['kind'], words)} {r['many']}" for r in rows)
        oldest = late_by(min(r["oldest"] for r in rows), rows[0]["moment"], words)
        return html.Li(
            html.A(
                [
                    html.Span(
                        [
                            html.Strong(base.name(department, visit)),
                            html.Small(f"{kinds} · {words('duty_oldest', late=oldest)}"),
                        ],
                        className="watch-name",
                    ),
                    html.Span(
                        html.Span(className="bar bar-overdue", style={"width": f"{many / widest * 100:.1f}%"}),
                        className="bar-track short-track",
                    ),
                    html.Span([html.Strong(str(many)), html.Small(words("overdue_unit"))], className="watch-value"),
                ],
                href=visit.address("duties", department=department),
            )
        )

    body = (
        html.Ul([item(of, rows) for of, rows in chosen.items()], className="watch-list")
        if chosen
        else nothing(words("overdue_none"), good=True)
    )
    return panel(title or words("overdue_title"), "" if title else words("overdue_hint"), body, kind="overdue-panel")
