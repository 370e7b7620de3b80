"""Notices 通知与登录: what was published and by whom it is still unread, and who logged in on which day.  Seed: D04."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.notices import words as words
from dashboards.notices.logins import logins_panel
from dashboards.notices.unread import late_panel, notices_panel
from dashboards.parts.columns import Opening, column_page
from dashboards.parts.matrix import matrix
from dashboards.parts.panel import panel
from dashboards.parts.visit import Visit

KEYS: Final = ("notices", "notices_unread", "oa_logins")


async def page(visit: Visit) -> Component:
    """The three figures of column 26 over the whole term, and what lies beneath them."""
    return await column_page(visit, "notices", KEYS, panels, weekly=False)


async def panels(opening: Opening) -> list[Any]:
    """Who is behind and who logged in; then every notice; then the figures by department."""
    visit, base = opening.visit, opening.base
    late, logins, listed = await asyncio.gather(late_panel(opening), logins_panel(opening), notices_panel(opening))
    figures = matrix(visit, base, list(opening.told.values()), opening.place)
    return [
        html.Div([logins, late], className="row row-half"),
        listed,
        panel(visit.words("by_department"), visit.words("departments_hint"), figures, kind="matrix-panel"),
    ]
