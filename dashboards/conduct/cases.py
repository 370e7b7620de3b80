"""Sanctions that are not over: on their way, or in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.columns import Opening
from dashboards.parts.drill_down import event_link
from dashboards.parts.panel import nothing, panel, table
from dashboards.parts.people import student

SANCTIONS: Final = """
    select *, since as position from {sanction}
    where state in ('proposed', 'noticed', 'heard', 'decided', 'delivered')
      and (%(department)s::text is null or department_id = %(department)s)
    order by state = 'delivered', proposed_on, case_id limit 100"""


async def sanctions_panel(opening: Opening) -> Component:
    """Those still to be decided first, the oldest before the others."""
    visit, words = opening.visit, opening.visit.words
    rows = await visit.readings.select(SANCTIONS, {"department": visit.department}, visit.viewer, as_of=visit.as_of)
    if not rows:
        return panel(words("sanctions_title"), "", nothing(words("sanctions_none"), good=True), kind="sanctions-panel")
    heads = [
        (words("sanction_measure"), "nowrap"),
        (words("sanction_stage"), "wide"),
        (words("slip_student"), "nowrap"),
        (words("department"), "nowrap"),
        (words("sanction_proposed_on"), "nowrap minor"),
        (words("sanction_ends"), "nowrap minor"),
        (words("event"), "num"),
    ]
    body = table(heads, [line(row, opening) for row in rows], words("sanctions_title"), "drill")
    return panel(words("sanctions_title"), words("sanctions_hint"), body, kind="sanctions-panel")


def line(row: Mapping[str, Any], opening: Opening) -> list[Any]:
    words = opening.visit.words
    stage = [html.Span(words(f"sanction_{row['state']}"))]
    if row["appeal"] == "open":
        stage.append(html.Small(words("appeal_open")))
    return [
        words(f"measure_{row['measure']}"),
        html.Span(stage, className="about"),
        student(row["student_id"], words),
        opening.base.name(row["department_id"], opening.visit),
        str(row["proposed_on"]),
        str(row["ends_on"] or "—"),
        event_link(row["position"], opening.visit),
    ]
