"""A trend chart 走势图: figures by teaching week, drawn by plotly when it comes into view, with its table beneath."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.parts.panel import table
from dashboards.parts.reading import Cube
from dashboards.parts.units import sign as sign_of
from dashboards.parts.visit import Visit
from dashboards.parts.words import Words

# Plotly offers to upload charts to its cloud unless told not to; names and marks of students must not leave.
CONFIG = {
    "displayModeBar": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "displaylogo": False,
    "responsive": True,
}
DASHES = ("solid", "dash", "dot", "dashdot")


def trace(name: str, values: Sequence[Decimal | None], sign: str, at: int, words: Words) -> dict[str, Any]:
    """One line; the theme of the board gives it its colour by its place."""
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": list(range(1, len(values) + 1)),
        "y": [None if v is None else float(v) for v in values],
        "line": {"width": 2.5, "dash": DASHES[at % len(DASHES)]},
        "marker": {"size": 6},
        "hovertemplate": f"{words('week', week='%{x}')} · %{{y:.1f}}{sign}<extra>{name}</extra>",
    }


def told_of(cube: Cube, department: str | None, week: int, visit: Visit) -> Component:
    """One week's value, and the way to why it is that."""
    figure, words = cube.figure, visit.words
    address = visit.address(f"figures/{figure.key}", department=department, week=week)
    told = cube.sum(department, week).told(figure, words)
    return html.A(told, href=address, title=words("why_this"), className="why-link")


def trend(cubes: Sequence[Cube], department: str | None, upto: int, visit: Visit) -> Component:
    """Lines over weeks 1 to `upto`; figures of one unit only."""
    words = visit.words
    lines = [(words.either(c.figure.zh, c.figure.en), c.line(department, upto), c) for c in cubes]
    sign = sign_of(cubes[0].figure, words)
    chart = {
        "data": [trace(name, values, sign, i, words) for i, (name, values, _) in enumerate(lines)],
        "sign": sign,
        "weeks": upto,
        "week": words("week", week="{week}"),
        "config": CONFIG,
    }
    heads = [(words("week_short"), "num")] + [(name, "num") for name, _, _ in lines]
    rows = [
        [words("week", week=week)] + [told_of(cube, department, week, visit) for _, _, cube in lines]
        for week in range(1, upto + 1)
    ]
    return html.Div(
        [
            html.Div(
                html.Div(words("loading"), className="skeleton"),
                className="chart",
                role="img",
                **{"aria-label": f"{words('trend_title')}：{'、'.join(name for name, _, _ in lines)}"},
            ),
            html.Details(
                [html.Summary(words("trend_table")), table(heads, rows, words("trend_title"))], className="as-table"
            ),
        ],
        className="trend",
        key=f"trend-{department}-{upto}",
        **{"data-chart": json.dumps(chart, ensure_ascii=False)},
    )
