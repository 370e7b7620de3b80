"""Conduct 奖罚管理: slips given, rewards among them, what waits to be confirmed, sanctions in course.  Seed: D16."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.conduct import words as words
from dashboards.conduct.cases import sanctions_panel
from dashboards.conduct.counts import categories_panel, counted, departments_panel, weeks_panel
from dashboards.conduct.waiting import waiting_panel
from dashboards.parts.columns import Opening, column_page
from dashboards.parts.matrix import matrix
from dashboards.parts.panel import panel
from dashboards.parts.visit import Visit

KEYS: Final = ("slips", "slip_rewards", "slip_confirmed_in_time", "slip_appeals_upheld")


async def page(visit: Visit) -> Component:
    """The four figures of column 16 for a week or the term, and what lies beneath them."""
    return await column_page(visit, "conduct", KEYS, panels)


async def panels(opening: Opening) -> list[Any]:
    """Rewards against penalties, what for and when; then what waits for somebody."""
    visit, base = opening.visit, opening.base
    counts, waiting, sanctions = await asyncio.gather(
        counted(opening), waiting_panel(opening), sanctions_panel(opening)
    )
    figures = matrix(visit, base, list(opening.told.values()), opening.place)
    return [
        html.Div(
            [departments_panel(counts, opening), categories_panel(counts, opening), weeks_panel(counts, opening)],
            className="row row-three",
        ),
        waiting,
        sanctions,
        panel(visit.words("by_department"), visit.words("departments_hint"), figures, kind="matrix-panel"),
    ]
