"""Tasks 任务督办: what was set, who has it, what is overdue, which deadlines moved, how it was judged.  Seed: D05."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.columns import Opening, column_page
from dashboards.parts.naming import names_from
from dashboards.parts.visit import Visit
from dashboards.tasks import words as words
from dashboards.tasks.lists import moved_panel, tasks_panel
from dashboards.tasks.load import load_panel, open_panel, scores_panel
from dashboards.tasks.work import work_of

KEYS: Final = ("tasks", "tasks_accepted", "task_score", "duties_overdue")


async def page(visit: Visit) -> Component:
    """The figures of column 27 over the whole term, and the tasks beneath them."""
    return await column_page(visit, "tasks", KEYS, panels, weekly=False, names_from=names_from(visit, "tasks"))


async def panels(opening: Opening) -> list[Any]:
    """Who is behind, who has how much; then every task; then what was moved and how work was judged."""
    found = await work_of(opening)
    load, moved = await asyncio.gather(load_panel(found, opening), moved_panel(opening))
    return [
        html.Div(
            [open_panel(found, opening), load, scores_panel(found, opening)],
            className="row row-three",
        ),
        tasks_panel(found, opening),
        moved,
    ]
