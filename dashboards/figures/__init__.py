"""Figures 监测指标: each opened by department, teacher and week down to its rows and their events.  Seed: D08, L24."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboards.figures import words as words
from dashboards.figures.why import why_panel
from dashboards.parts.columns import scope_name
from dashboards.parts.drill_down import PAGE, Opened, adds_up, levels, rows_table, screen
from dashboards.parts.filters import filters
from dashboards.parts.ground import Ground, ground
from dashboards.parts.lights import aim, light_mark
from dashboards.parts.panel import nothing, panel, table
from dashboards.parts.people import named
from dashboards.parts.reading import Cube, Sum
from dashboards.parts.shell import frame
from dashboards.parts.spark import spark
from dashboards.parts.things import things
from dashboards.parts.visit import Visit
from domain import Unknown
from infra.readings import Group, Reading
from projections import Figure

MOST: Final = 5_000
# Of more rows the rule versions under them are counted when asked, so that a page stays quick.
RULES_UPTO: Final = 3_000
EVERY: Final = 2**53


def declared(key: str) -> Figure:
    """The figure of a key; raises Unknown("figure_unknown")."""
    if figure := Figure.by_key.get(key):
        return figure
    raise Unknown("figure_unknown", figure=key)


async def listed(visit: Visit) -> Component:
    """Every figure there is, with its definition and owner."""
    words = visit.words
    base = await ground(visit)
    heads = [
        (words("column_head"), "num"),
        (words("figures"), "row-head"),
        (words("definition"), "wide"),
        (words("axis"), ""),
        (words("owner"), ""),
        (words("target"), "nowrap"),
    ]
    rows = [
        [
            str(figure.column) if figure.column else "—",
            html.A(words.either(figure.zh, figure.en), href=visit.address(f"figures/{figure.key}")),
            words.either(figure.definition_zh, figure.definition_en),
            words(f"axis_{figure.axis}"),
            base.office(figure, visit)[1],
            aim(figure, base.target(figure), words) or words("no_target"),
        ]
        for figure in sorted(Figure.by_key.values(), key=lambda f: (f.column, f.key))
    ]
    return frame(
        visit, words("figures"), "", panel(words("figures_all"), "", table(heads, rows, words("figures_all"), "levels"))
    )


async def page(visit: Visit, key: str) -> Component:
    """One figure, for the place its address names."""
    words, figure = visit.words, declared(key)
    base = await ground(visit)
    title = words.either(figure.zh, figure.en)
    if base.term is None:
        return frame(visit, title, "", nothing(words("no_term"), words("no_term_hint")))
    asked: dict[str, Any] = {"term": term_of(figure, base, visit), "department": visit.department}
    asked |= {"person": visit.person, "as_of": visit.as_of, "at": visit.judged_at}
    whole = (await visit.readings.figure(key, visit.viewer, week=visit.week or None, **asked))[0]
    if whole.stopped_at is not None:
        return frame(visit, title, place_name(visit, base), [crumbs(visit, figure, base), halted(whole, visit)])
    # The parts are read at the position and moment of the whole, so that they add up whatever is recorded meanwhile.
    return await opened_page(visit, base, figure, whole, asked | {"as_of": whole.as_of, "at": whole.moment})


async def opened_page(visit: Visit, base: Ground, figure: Figure, whole: Reading, asked: dict[str, Any]) -> Component:
    """The figure with the level beneath it, its weeks and its rows."""
    key, week = figure.key, visit.week or None
    below: Group = "person" if visit.department else "department"
    upto = EVERY if visit.rest.get("rules") == "1" else RULES_UPTO
    under, weekly, rows, why = await asyncio.gather(
        visit.readings.figure(key, visit.viewer, week=week, by=(below,), **asked),
        visit.readings.figure(key, visit.viewer, by=("week",), **asked),
        visit.readings.contributions(key, visit.viewer, week=week, limit=fetched(whole.count, visit), **asked),
        visit.readings.explanation(key, visit.viewer, week=week, limit=0, rules_upto=upto, **asked),
    )
    opened = await with_context(figure, whole, rows, under, visit)
    cube = Cube.of(figure, weekly)
    newest = cube.weeks[-1] if cube.weeks else 1
    beside = [week_panel(cube, newest, base, visit)]
    if not visit.person:
        beside.insert(0, level_panel(opened, under, below, base, visit))
    return frame(
        visit,
        visit.words.either(figure.zh, figure.en),
        place_name(visit, base),
        [
            crumbs(visit, figure, base),
            summary(opened, cube, newest, base, visit),
            why_panel(why, figure, visit),
            html.Div(beside, className="row row-wide" if len(beside) > 1 else "row"),
            rows_panel(opened, base, visit),
        ],
        filters(visit, base, visit.week or 0, newest),
        names_from=key,
    )


def term_of(figure: Figure, base: Ground, visit: Visit) -> str | None:
    """The term a figure is read for; what is owed outside of any term is left out only when a term is asked for."""
    return visit.term if figure.axis == "A-owner" else base.term_id


def halted(whole: Reading, visit: Visit) -> Component:
    """Says that a table under the figure has stopped, and where."""
    words = visit.words
    told = f"■ {words('figure_stopped', position=f'{whole.stopped_at:,}')}"
    return html.Div([html.Strong(told), html.P(words("tables_hint"))], className="failure", role="alert")


def fetched(count: int, visit: Visit) -> int:
    """How many rows to fetch: all of them to add them up, but of too many those up to the screen asked for."""
    return MOST if count <= MOST or visit.short else min(visit.page * PAGE, count)


async def with_context(
    figure: Figure, reading: Reading, rows: Sequence[Any], under: Sequence[Reading], visit: Visit
) -> Opened:
    """The rows, with what those on the screen are about."""
    known = await things(visit, (row["about"] for row in screen(rows, reading.count, visit).shown))
    below = [Sum(r.numerator, r.denominator, r.count) for r in under]
    return Opened(figure, reading, rows, below, known)


def place_name(visit: Visit, base: Ground) -> str:
    words = visit.words
    where = base.name(visit.department, visit) if visit.department else scope_name(visit)
    return f"{where} · {words('week', week=visit.week) if visit.week else words('all_weeks')}"


def crumbs(visit: Visit, figure: Figure, base: Ground) -> Component:
    """College › department › teacher, each a way back up."""
    words, path = visit.words, f"figures/{figure.key}"
    steps: list[Any] = [html.A(scope_name(visit), href=visit.address(path, department=None))]
    if visit.department:
        steps.append(html.A(base.name(visit.department, visit), href=visit.address(path)))
    if visit.person:
        steps.append(named(visit.person, words))
    return html.Nav(
        [part for step in steps for part in (html.Span("›", className="quiet"), step)][1:],
        className="crumbs",
        **{"aria-label": words("figures")},
    )


def summary(opened: Opened, cube: Cube, newest: int, base: Ground, visit: Visit) -> Component:
    """The value, what it is out of, its light, and how it is defined."""
    words, figure, told = visit.words, opened.figure, opened.told
    target = base.target(figure)
    light = told.light(figure, target)
    number, unit = told.shown(figure, words)
    facts = [
        (words("definition"), words.either(figure.definition_zh, figure.definition_en)),
        (words("axis"), words(f"axis_{figure.axis}")),
        (words("owner"), base.office(figure, visit)[1]),
        (words("as_of"), f"#{opened.reading.as_of:,} · {words.moment(opened.reading.moment)}"),
    ]
    return html.Section(
        [
            html.Div(
                [
                    html.Span([html.Strong(number), html.Small(unit)], className="big"),
                    html.Div(
                        [
                            html.Div(
                                [light_mark(light, words), html.Span(aim(figure, target, words), className="aim")],
                                className="card-light",
                            ),
                            html.Div(
                                f"{words.periods(told.numerator)} / {words.periods(told.denominator)}",
                                className="card-of",
                            ),
                        ]
                    ),
                    spark(cube.line(None, newest), words("trend_title")),
                ],
                className=f"summary-value lit-{light}",
            ),
            html.Dl([part for name, text in facts for part in (html.Dt(name), html.Dd(text))], className="facts"),
        ],
        className="panel summary",
    )


def level_panel(opened: Opened, under: Sequence[Reading], below: str, base: Ground, visit: Visit) -> Component:
    """The level beneath: departments of the college, or teachers of a department."""
    words, figure = visit.words, opened.figure
    rows: list[tuple[str, Any, Sum]] = []
    for reading in under:
        of = reading.group.get(below)
        told = Sum(reading.numerator, reading.denominator, reading.count)
        if below == "department":
            rows.append((visit.address(department=of), base.name(of, visit), told))
        elif of:
            rows.append((visit.address(person=of), named(of, words), told))
    title = words("by_department" if below == "department" else "by_person")
    head = words("department" if below == "department" else "person")
    body = levels(rows, figure, base, visit, head) if rows else nothing(words("rows_none"))
    return panel(title, "", body, kind="level-panel")


def week_panel(cube: Cube, newest: int, base: Ground, visit: Visit) -> Component:
    """The same figure in every week of the term so far."""
    words, figure = visit.words, cube.figure
    target = base.target(figure)
    heads = [
        (words("week_short"), "row-head"),
        (words("value"), "num"),
        (words("numerator"), "num"),
        (words("denominator"), "num"),
    ]
    rows = []
    for week in range(newest, 0, -1):
        told = cube.sum(None, week)
        mark = light_mark(told.light(figure, target), words, wording=False) if target else None
        rows.append(
            [
                html.A(
                    words("week", week=week),
                    href=visit.address(week=week),
                    className="chosen" if week == visit.week else "",
                ),
                html.A(
                    [mark, html.Strong(told.told(figure, words))],
                    href=visit.address(week=week),
                    title=words("why_this"),
                    className="matrix-value why-link",
                ),
                words.periods(told.numerator),
                words.periods(told.denominator),
            ]
        )
    before = html.A(words("compare_moments"), href=visit.address("compare", figure=figure.key), className="button")
    weekly = table(heads, rows, words("by_week"), "levels")
    return panel(words("by_week"), "", weekly, tools=[before], kind="week-panel")


def rows_panel(opened: Opened, base: Ground, visit: Visit) -> Component:
    """The rows themselves, their sum, and the way to take them along."""
    words, figure = visit.words, opened.figure
    asked = {"term": term_of(figure, base, visit), "department": visit.department, "week": visit.week or None}
    asked |= {"person": visit.person, "as_of": opened.reading.as_of, "at": opened.reading.moment.isoformat()}
    query = urlencode({k: v for k, v in asked.items() if v is not None}, safe=":")
    tools = [
        html.A(
            words(f"export_{kind}"),
            href=f"/api/figures/{figure.key}/rows?format={kind}&{query}",
            className="button",
            **{"data-leave": "1"},
        )
        for kind in ("xlsx", "csv")
    ]
    if figure.unit == "percent":
        other = words("all_rows" if visit.short else "only_open")
        tools.insert(0, html.A(other, href=visit.address(short=None if visit.short else "1"), className="button"))
    return panel(
        words("rows_title"),
        "",
        adds_up(opened, visit),
        rows_table(opened, base, visit),
        tools=tools,
        kind="rows-panel",
    )
