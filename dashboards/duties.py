"""Duties 应办事项: what is past due and not done, one by one, with names where they are in scope.  Seed: L2."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.columns import scope_name
from dashboards.parts.drill_down import event_link
from dashboards.parts.filters import filters
from dashboards.parts.ground import Ground, ground
from dashboards.parts.overdue import kind_name, late_by, overdue, overdue_panel
from dashboards.parts.panel import nothing, panel, table
from dashboards.parts.people import named
from dashboards.parts.shell import frame
from dashboards.parts.things import Things, about, things
from dashboards.parts.visit import Visit

OLDEST: Final = """
    select key, kind, about, person_id, department_id, due_at, state, since as position,
        %(moment)s::timestamptz as moment
    from {duty} where state in ('open', 'lapsed') and due_at < %(moment)s
      and (%(department)s::text is null or department_id = %(department)s)
    order by due_at, key limit 200"""


async def page(visit: Visit) -> Component:
    """Counts by department, and the oldest of them one by one."""
    words = visit.words
    base, late, rows = await asyncio.gather(
        ground(visit),
        overdue(visit),
        visit.readings.select(OLDEST, {"department": visit.department}, visit.viewer, as_of=visit.as_of),
    )
    known = await things(visit, (row["about"] for row in rows))
    where = base.name(visit.department, visit) if visit.department else scope_name(visit)
    body = listing(rows, known, base, visit) if rows else nothing(words("overdue_none"), good=True)
    shown = words("rows_shown", first=min(1, len(rows)), last=len(rows), all=f"{max(late.many, len(rows)):,}")
    return frame(
        visit,
        words("duties"),
        where,
        html.Div(
            [
                panel(words("overdue_title"), f"{words('duties_hint')} · {shown}", body),
                overdue_panel(late, base, visit, words("duties_counted")),
            ],
            className="row row-aside",
        ),
        filters(visit, base, None, 1),
        names_from="duties_overdue" if visit.by else None,
    )


def listing(
    rows: Sequence[Mapping[str, Any]],
    known: Things,
    base: Ground,
    visit: Visit,
) -> Component:
    words = visit.words
    heads = [
        (words("duty"), "nowrap"),
        (words("about"), "wide"),
        (words("department"), "minor"),
        (words("duty_person"), ""),
        (words("duty_due"), "nowrap"),
        (words("duty_state"), "nowrap"),
        (words("event"), "num"),
    ]
    body = [
        [
            kind_name(row["kind"], words),
            about(row["about"], known, base, visit),
            base.name(row["department_id"], visit),
            named(row["person_id"], words),
            words.moment(row["due_at"]),
            html.Span(late_by(row["due_at"], row["moment"], words), className="worse"),
            event_link(row["position"], visit),
        ]
        for row in rows
    ]
    return table(heads, body, words("duties"), "drill")
