"""Two moments 两时点对比: what a figure said then, what is said of that time since, and now, and by which events."""

from __future__ import annotations

import asyncio
from datetime import datetime

from dash.development.base_component import Component

from dashboards.compare import words as words
from dashboards.compare.figure import compared, opened
from dashboards.compare.overview import every_figure, figures_panel
from dashboards.compare.span import moments_form, span
from dashboards.figures import declared
from dashboards.parts.columns import scope_name
from dashboards.parts.ground import Ground, ground
from dashboards.parts.shell import frame
from dashboards.parts.visit import Visit
from infra.readings.differences import Difference


async def page(visit: Visit) -> Component:
    """Every figure, or the one the address names, between the two moments it names."""
    said = visit.words
    base, asked = await asyncio.gather(ground(visit), span(visit))
    if visit.figure is None:
        found = await every_figure(asked, visit)
        first = next(iter(found.values()))
        return frame(
            visit,
            said("compare"),
            place(first, base, visit),
            [moments_form(visit, base, asked, None, here(first, visit)), figures_panel(found, base, asked, visit)],
        )
    figure = declared(visit.figure)
    told = await compared(figure, base, asked, visit)
    return frame(
        visit,
        f"{said('compare')} · {said.either(figure.zh, figure.en)}",
        place(told, base, visit),
        [
            moments_form(visit, base, asked, figure.key, here(told, visit)),
            *await opened(figure, told, base, asked, visit),
        ],
        names_from=figure.key,
    )


def here(told: Difference, visit: Visit) -> datetime:
    """The later moment in the institution's own time."""
    return told.now.at.astimezone(visit.words.zone)


def place(told: Difference, base: Ground, visit: Visit) -> str:
    """Whose rows they are, and between which moments."""
    words = visit.words
    where = base.name(visit.department, visit) if visit.department else scope_name(visit)
    ends = " → ".join(words.moment(moment.at) for moment in (told.before, told.now) if moment.position)
    return f"{where} · {ends}"
