"""Who logged in on which day 每天及时登陆: weeks by working days, as a table whose cells are links."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.columns import Opening
from dashboards.parts.heat_map import legend, shade, written
from dashboards.parts.panel import nothing, panel
from dashboards.parts.reading import Cube, Sum, Target

FIGURE: Final = "oa_logins"
WEEKDAYS: Final = ("weekday_1", "weekday_2", "weekday_3", "weekday_4", "weekday_5")


async def logins_panel(opening: Opening) -> Component:
    """Every week that has begun, the newest first."""
    visit, words, base = opening.visit, opening.visit.words, opening.base
    told = await visit.readings.figure(
        FIGURE, visit.viewer, term=base.term_id, department=visit.department, by=("week", "day"), as_of=visit.as_of
    )
    days = {r.group["day"]: Sum(r.numerator, r.denominator, r.count) for r in told if r.group.get("day")}
    if not days:
        return panel(words("logins_title"), "", nothing(words("logins_none")), kind="logins-panel")
    cube = opening.told[FIGURE]
    target = base.target(cube.figure)
    weeks = sorted({r.group["week"] for r in told if r.group.get("week")}, reverse=True)
    head = [html.Th(words("week_short"), scope="col", className="row-head")]
    head += [html.Th(words(day), scope="col") for day in (*WEEKDAYS, "logins_week")]
    rows = [week_row(week, days, cube, target, opening) for week in weeks]
    return panel(
        words("logins_title"),
        words("logins_hint"),
        legend(target, words),
        html.Div(
            html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="heat-table login-table"),
            className="scroll-x",
            tabIndex=0,
            role="region",
            **{"aria-label": words("logins_title")},
        ),
        kind="logins-panel",
    )


def week_row(week: int, days: dict[date, Sum], cube: Cube, target: Target | None, opening: Opening) -> Component:
    visit, words = opening.visit, opening.visit.words
    monday = opening.base.end_of(week) - timedelta(days=6)
    address = visit.address(f"figures/{FIGURE}", week=week)
    name = html.A(words("week", week=week), href=address)
    cells = [cell(str(day), days.get(day, Sum()), address, cube, target, opening) for day in five(monday)]
    whole = sum((days.get(day, Sum()) for day in five(monday)), Sum())
    return html.Tr(
        [
            html.Th(name, scope="row", className="row-head"),
            *cells,
            cell(words("week", week=week), whole, address, cube, target, opening),
        ],
        key=f"logins-{week}",
    )


def five(monday: date) -> list[date]:
    return [monday + timedelta(days=n) for n in range(5)]


def cell(name: str, told: Sum, address: str, cube: Cube, target: Target | None, opening: Opening) -> Component:
    """The share of staff who logged in on one day; of few a count, of none a dot."""
    words = opening.visit.words
    if not told.denominator:
        return html.Td(html.Span("·", title=f"{name} · {words('logins_no_work')}"), className="heat heat-none")
    numbers = {"numerator": words.number(told.numerator), "denominator": words.number(told.denominator)}
    said = words("logins_day", day=name, value=told.told(cube.figure, words), **numbers)
    if target:
        said += f" · {words(f'light_{told.light(cube.figure, target)}')}"
    text = written(told, cube, target, words)
    link = html.A(text, href=address, title=said, className="long" if "." in text else "", **{"aria-label": said})
    return html.Td(link, className=f"heat heat-{shade(told, cube, target)}")
