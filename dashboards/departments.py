"""Departments 部门总览: every figure of every department beside each other, office by office.  Seed: D08."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboards.cockpit import ATTENDANCE, KEYS, TIMELINESS
from dashboards.parts.band import BAND, by_office
from dashboards.parts.columns import declared, newest_week, placed, scope_name
from dashboards.parts.filters import filters
from dashboards.parts.ground import cubes, ground
from dashboards.parts.matrix import matrix
from dashboards.parts.panel import nothing, panel
from dashboards.parts.shell import frame
from dashboards.parts.visit import Visit


async def page(visit: Visit) -> Component:
    """Departments down, figures across, one table for each office that answers for them."""
    words = visit.words
    base = await ground(visit)
    if base.term is None:
        return frame(visit, words("departments"), "", nothing(words("no_term"), words("no_term_hint")))
    told = await cubes(visit, base, declared((*KEYS, *BAND)))
    newest = newest_week({key: told[key] for key in (TIMELINESS, ATTENDANCE)})
    place = placed(visit, newest)
    under = f"{scope_name(visit)} · {words('week', week=place.week) if place.week else words('all_weeks')}"
    groups = by_office(told.values(), base, visit)
    return frame(
        visit,
        words("departments"),
        under,
        [
            panel(office, words("departments_hint"), matrix(visit, base, of, place), kind="matrix-panel")
            for office, of in groups.items()
        ],
        filters(visit, base, place.week, newest),
    )
