"""Tasks 任务督办: what was set, accepted, done in time and judged.  Seed: D05."""

from __future__ import annotations

from typing import Any, Final

from dash.development.base_component import Component

from dashboards.parts.columns import Opening, column_page
from dashboards.parts.visit import Visit

KEYS: Final = ("tasks", "tasks_accepted", "task_score", "duties_overdue")


async def page(visit: Visit) -> Component:
    """The figures of the column as cards."""
    return await column_page(visit, "tasks", KEYS, panels)


async def panels(opening: Opening) -> list[Any]:
    return []
