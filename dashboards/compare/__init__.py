"""Two moments 两时点对比: what a figure said then, what is said of that time since, and now, and by which events."""

from __future__ import annotations

import asyncio
from datetime import datetime

from dash.development.base_component import Component

from dashboards.compare import words as words
from dashboards.compare.figure import compared, opened
from dashboards.compare.overview import figures_panel
from dashboards.compare.span import moments_form, span
from dashboards.figures import declared
from dashboards.parts.columns import scope_name
from dashboards.parts.ground import Ground, ground
from dashboards.parts.shell import frame
from dashboards.parts.visit import Visit
from infra.readings.differences import BEFORE_ALL


async def page(visit: Visit) -> Component:
    """Every figure, or the one the address names, between the two moments it names."""
    said = visit.words
    base, asked = await asyncio.gather(ground(visit), span(visit))
    if visit.figure is None:
        since, until = await asyncio.gather(*(moment(position, visit) for position in (asked.since, asked.until)))
        return frame(
            visit,
            said("compare"),
            place(since, until, base, visit),
            [moments_form(visit, base, asked, None, until), figures_panel(asked, visit)],
        )
    figure = declared(visit.figure)
    told = await compared(figure, base, asked, visit)
    return frame(
        visit,
        f"{said('compare')} · {said.either(figure.zh, figure.en)}",
        place(told.before.at, told.now.at, base, visit),
        [
            moments_form(visit, base, asked, figure.key, told.now.at.astimezone(visit.words.zone)),
            *await opened(figure, told, base, asked, visit),
        ],
        names_from=figure.key,
    )


async def moment(position: int | None, visit: Visit) -> datetime:
    """When a position was recorded, or the institution's now, in its own time."""
    then = await visit.readings.recorded_at(position) if position is not None else visit.campus.clock.now()
    return (then or BEFORE_ALL).astimezone(visit.words.zone)


def place(since: datetime, until: datetime, base: Ground, visit: Visit) -> str:
    """Whose rows they are, and between which moments."""
    words = visit.words
    where = base.name(visit.department, visit) if visit.department else scope_name(visit)
    ends = [words.moment(end) for end in (since, until) if end > BEFORE_ALL]
    return f"{where} · {' → '.join(ends)}"
