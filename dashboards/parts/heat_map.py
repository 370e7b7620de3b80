"""A heat map 热力表: departments by teaching weeks, as a table whose cells are links."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from dash import html
from dash.development.base_component import Component

from dashboards.parts.reading import SHAPES, Cube, Sum, Target
from dashboards.parts.visit import Visit
from dashboards.parts.words import Words


def shade(told: Sum, cube: Cube, target: Target | None) -> str:
    """The class of a cell: its light, with the best of all set apart."""
    light = told.light(cube.figure, target)
    if light == "unset":
        return "plain"
    return "full" if light == "green" and told.numerator == told.denominator else light


def cell(told: Sum, cube: Cube, target: Target | None, visit: Visit, place: tuple[str, str, int]) -> Component:
    """One department in one week; a count when few were due, blank when nothing was."""
    department, name, week = place
    words, figure = visit.words, cube.figure
    kind = shade(told, cube, target)
    if not told.denominator:
        return html.Td(html.Span("·", title=words("nothing_due")), className="heat heat-none")
    light = told.light(figure, target)
    text = written(told, cube, target, words)
    told_whole = (
        f"{name} · {words('week', week=week)} · {told.told(figure, words)}"
        f" · {words.periods(told.numerator)}/{words.periods(told.denominator)} · {words(f'light_{light}')}"
        f" · {words('why_this')}"
    )
    return html.Td(
        html.A(
            text,
            href=visit.address(f"figures/{figure.key}", week=week, department=department),
            title=told_whole,
            className="long" if "." in text else "",
            **{"aria-label": told_whole},
        ),
        className=f"heat heat-{kind}",
    )


def written(told: Sum, cube: Cube, target: Target | None, words: Words) -> str:
    """A whole number where that would not read as another light: 96.6 of a target of 97 stays 96.6."""
    value = told.value(cube.figure)
    if value is None or told.few(cube.figure):
        return told.shown(cube.figure, words)[0]
    whole = value.quantize(Decimal(1), ROUND_HALF_UP)
    same = target is None or target.light(whole) == target.light(value)
    whole_share = told.numerator == told.denominator
    return f"{whole}" if same and (whole != 100 or whole_share) else f"{value:.1f}"


def legend(target: Target | None, words: Words) -> Component:
    """What the colours mean, in the words of the target in force."""
    if target is None:
        marks = [("plain", words("no_target"))]
    else:
        green, amber = words.periods(target.green), words.periods(target.amber)
        marks = [
            ("red", f"{SHAPES['red']} < {amber}%"),
            ("amber", f"{SHAPES['amber']} {amber}–{green}%"),
            ("green", f"{SHAPES['green']} ≥ {green}%"),
            ("full", f"{SHAPES['green']} {words('heat_full')}"),
        ]
    marks.append(("few", f"{SHAPES['few']} {words('heat_few')}"))
    return html.Div(
        [html.Span([html.I(className=f"swatch heat-{kind}"), text]) for kind, text in marks], className="legend"
    )


def heat_map(
    cube: Cube, names: Sequence[tuple[str, str]], weeks: int, target: Target | None, visit: Visit, newest: int
) -> Component:
    """`names` are (department id, name) in the order of the rows; `newest` is the week to bring into view."""
    words = visit.words
    head = [html.Th(words("department"), scope="col", className="row-head")] + [
        html.Th(
            html.A(str(week), href=visit.address(week=week), title=words("week", week=week)),
            scope="col",
            className="chosen" if week == newest else "",
        )
        for week in range(1, weeks + 1)
    ]
    body = [
        html.Tr(
            [
                html.Th(
                    html.A(name, href=visit.address(f"figures/{cube.figure.key}", department=department)),
                    scope="row",
                    className="row-head",
                )
            ]
            + [
                cell(cube.cells.get((department, week), Sum()), cube, target, visit, (department, name, week))
                for week in range(1, weeks + 1)
            ]
        )
        for department, name in names
    ]
    return html.Div(
        html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="heat-table"),
        className="scroll-x",
        tabIndex=0,
        role="region",
        key=f"heat-{newest}",
        **{"aria-label": words("heat_title"), "data-bring": str(newest)},
    )
