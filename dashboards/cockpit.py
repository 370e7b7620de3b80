"""The cockpit 领导驾驶舱: the week, where it fell short, and who answers for it.  Seed: D08, D10, D11."""

from __future__ import annotations

import asyncio
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.band import BAND, band
from dashboards.parts.bars import bars
from dashboards.parts.card import Place, card, hours_card
from dashboards.parts.columns import declared, newest_week, placed, scope_name
from dashboards.parts.filters import filters, sorted_departments
from dashboards.parts.ground import Ground, cubes, ground
from dashboards.parts.heat_map import heat_map, legend
from dashboards.parts.overdue import Overdue, overdue, overdue_panel
from dashboards.parts.panel import nothing, panel
from dashboards.parts.reading import Cube
from dashboards.parts.shell import frame
from dashboards.parts.trend import trend
from dashboards.parts.visit import Visit
from dashboards.parts.watch_list import watch_list

TIMELINESS: Final = "roll_call_timeliness"
RATE: Final = "hours_recognised_rate"
RECOGNISED: Final = "hours_recognised"
FORFEITED: Final = "hours_forfeited"
ATTENDANCE: Final = "attendance_rate"
TRUANCY: Final = "truancy_rate"
KEYS: Final = (TIMELINESS, RATE, RECOGNISED, FORFEITED, ATTENDANCE, TRUANCY)
WATCHED: Final = (TIMELINESS, RATE, ATTENDANCE)


async def page(visit: Visit) -> Component:
    """The whole cockpit of one address."""
    words = visit.words
    base = await ground(visit)
    if base.term is None:
        return frame(visit, words("cockpit"), "", nothing(words("no_term"), words("no_term_hint")))
    told, late = await asyncio.gather(cubes(visit, base, declared((*KEYS, *BAND))), overdue(visit))
    newest = newest_week({key: told[key] for key in (TIMELINESS, ATTENDANCE)})
    place = placed(visit, newest)
    under = " · ".join(
        [
            base.name(visit.department, visit) if visit.department else scope_name(visit),
            words("week", week=place.week) if place.week else words("all_weeks"),
            f"{words.periods(told[TIMELINESS].sum(visit.department, place.week).denominator)} {words('sessions')}",
        ]
    )
    return frame(
        visit,
        words("cockpit"),
        under,
        [cards(visit, base, told, place), band(told, base, place, visit), *panels(visit, base, told, place, late)],
        filters(visit, base, place.week, newest),
        names_from="duties_overdue" if visit.by else None,
    )


def cards(visit: Visit, base: Ground, told: dict[str, Cube], place: Place) -> Component:
    """Columns 1, 2 and 4."""

    def one(key: str) -> Component:
        figure = told[key].figure
        return card(told[key], place, base.target(figure), base.owner(figure, visit), visit)

    hours = hours_card(told[RECOGNISED], told[FORFEITED], place, base.owner(told[RATE].figure, visit), visit)
    return html.Div([one(TIMELINESS), one(RATE), hours, one(ATTENDANCE), one(TRUANCY)], className="cards")


def panels(visit: Visit, base: Ground, told: dict[str, Cube], place: Place, late: Overdue) -> list[Component]:
    """Where it was, who was late, and how it went over the term."""
    words = visit.words
    return [
        html.Div(
            [heat_panel(visit, base, told[TIMELINESS], place), hours_panel(visit, base, told, place)],
            className="row row-wide",
        ),
        html.Div(
            [
                panel(
                    words("watch_title"),
                    words("watch_hint"),
                    watch_list([told[key] for key in (*WATCHED, *BAND) if key in told], base, place, visit),
                    kind="watch-panel",
                ),
                overdue_panel(late, base, visit),
                panel(
                    words("trend_title"),
                    words("trend_hint"),
                    trend([told[key] for key in WATCHED], visit.department, place.upto, visit),
                    kind="trend-panel",
                ),
            ],
            className="row row-three",
        ),
    ]


def heat_panel(visit: Visit, base: Ground, cube: Cube, place: Place) -> Component:
    words = visit.words
    assert base.term
    due = set(cube.departments())
    names = [(row["department_id"], words.of(row)) for row in sorted_departments(base) if row["department_id"] in due]
    names += [(of, base.name(of, visit)) for of in sorted(due - {of for of, _ in names})]
    target = base.target(cube.figure)
    if not names:
        return panel(words("heat_title"), "", nothing(words("nothing_due")), kind="heat-panel")
    return panel(
        words("heat_title"),
        words("heat_hint"),
        legend(target, words),
        heat_map(cube, names, int(base.term["weeks"]), target, visit, place.week),
        kind="heat-panel",
    )


def hours_panel(visit: Visit, base: Ground, told: dict[str, Cube], place: Place) -> Component:
    words = visit.words
    good, lost = told[RECOGNISED], told[FORFEITED]
    seen = sorted({*good.departments(place.week), *lost.departments(place.week)})
    rows = [
        (of, base.name(of, visit), good.sum(of, place.week).numerator, lost.sum(of, place.week).numerator)
        for of in seen
    ]
    body = bars(rows, visit) if rows else nothing(words("nothing_due"))
    return panel(words("bars_title"), words("bars_hint"), body, kind="hours-panel")
