"""Grades 成绩管理: sheets in time, what was corrected, how many passed.  Seed: D13."""

from __future__ import annotations

from typing import Any, Final

from dash.development.base_component import Component

from dashboards.parts.columns import Opening, column_page
from dashboards.parts.visit import Visit

KEYS: Final = ("grade_timeliness", "grade_corrections", "grade_pass_rate", "grade_excellent_rate")


async def page(visit: Visit) -> Component:
    """The figures of the column as cards."""
    return await column_page(visit, "grades", KEYS, panels, weekly=False)


async def panels(opening: Opening) -> list[Any]:
    return []
