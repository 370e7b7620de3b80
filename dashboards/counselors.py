"""Counselors 辅导员周志: weekly logs, in time or missed.  Seed: D19."""

from __future__ import annotations

from typing import Any, Final

from dash.development.base_component import Component

from dashboards.parts.columns import Opening, column_page
from dashboards.parts.visit import Visit

KEYS: Final = ("counselor_log", "counselor_log_missed")


async def page(visit: Visit) -> Component:
    """The figures of the column as cards."""
    return await column_page(visit, "counselors", KEYS, panels)


async def panels(opening: Opening) -> list[Any]:
    return []
