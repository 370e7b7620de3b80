"""Counselors 辅导员周志: every log of every week, what missing them costs, and what waits to be read.  Seed: D19."""

from __future__ import annotations

from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.counselors import words as words
from dashboards.counselors.corps import corps_of
from dashboards.counselors.log_matrix import matrix_panel
from dashboards.counselors.own import own_panel
from dashboards.counselors.standing import ineligible_panel, merit_panel, reviews_panel
from dashboards.parts.columns import Opening, column_page
from dashboards.parts.naming import names_from
from dashboards.parts.visit import Visit

KEYS: Final = ("counselor_log", "counselor_log_missed")


async def page(visit: Visit) -> Component:
    """The two figures of column 19, and the logs beneath them."""
    return await column_page(visit, "counselors", KEYS, panels, names_from=names_from(visit, "counselor_log"))


async def panels(opening: Opening) -> list[Any]:
    """One's own log, the matrix of all, and what follows from it."""
    found = await corps_of(opening)
    return [
        await own_panel(found, opening),
        matrix_panel(found, opening),
        html.Div(
            [
                reviews_panel(found, opening),
                html.Div([ineligible_panel(found, opening), await merit_panel(found, opening)], className="row"),
            ],
            className="row row-half",
        ),
    ]
