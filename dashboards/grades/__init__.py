"""Grades 成绩管理: sheets in time, what was corrected, how many passed, down to each sheet.  Seed: D13."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.grades import words as words
from dashboards.grades.corrections import corrections_panel
from dashboards.grades.sheets import anomalies_panel, progress_panel, sheets, sheets_panel
from dashboards.grades.totals import totals_panel
from dashboards.parts.columns import Opening, column_page
from dashboards.parts.matrix import matrix
from dashboards.parts.panel import panel
from dashboards.parts.visit import Visit

KEYS: Final = ("grade_timeliness", "grade_corrections", "grade_pass_rate", "grade_excellent_rate")


async def page(visit: Visit) -> Component:
    """The four figures of column 7 over the whole term, and the sheets beneath them.

    Opened for a department it is a drill-down of the figure, and names on it are looked at from there.
    """
    names_from = "grade_timeliness" if visit.department or visit.person else None
    return await column_page(visit, "grades", KEYS, panels, weekly=False, names_from=names_from)


async def panels(opening: Opening) -> list[Any]:
    """By department, how totals fall, what is unusual, the sheets, what was corrected."""
    visit, base = opening.visit, opening.base
    found, totals, corrections = await asyncio.gather(
        sheets(opening), totals_panel(opening), corrections_panel(opening)
    )
    figures = matrix(visit, base, list(opening.told.values()), opening.place)
    return [
        html.Div(
            [
                panel(visit.words("by_department"), visit.words("departments_hint"), figures, kind="matrix-panel"),
                progress_panel(found, opening),
            ],
            className="row row-wide",
        ),
        sheets_panel(found, opening),
        html.Div([totals, anomalies_panel(found, opening)], className="row row-wide"),
        corrections,
    ]
