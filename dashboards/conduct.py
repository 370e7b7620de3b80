"""Conduct 奖罚管理: slips, rewards among them, how soon they are confirmed, and appeals.  Seed: D16."""

from __future__ import annotations

from typing import Any, Final

from dash.development.base_component import Component

from dashboards.parts.columns import Opening, column_page
from dashboards.parts.visit import Visit

KEYS: Final = ("slips", "slip_rewards", "slip_confirmed_in_time", "slip_appeals_upheld")


async def page(visit: Visit) -> Component:
    """The figures of the column as cards."""
    return await column_page(visit, "conduct", KEYS, panels)


async def panels(opening: Opening) -> list[Any]:
    return []
