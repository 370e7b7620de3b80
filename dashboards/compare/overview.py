"""Every figure at two moments 全部指标: what changed between two meetings, in one table.

A line is read when it is shown: the page is there at once, however much there is to compare.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboards.compare.bridge import summed
from dashboards.compare.figure import compared, difference
from dashboards.compare.span import Span, span
from dashboards.figures import declared
from dashboards.parts.ground import Ground, ground
from dashboards.parts.lights import light_mark
from dashboards.parts.panel import body_row, head_row, panel, within
from dashboards.parts.visit import PREFIX, Visit
from infra.readings.differences import Difference
from projections import Figure

COLUMNS = 8


def heads(visit: Visit) -> list[tuple[str, str]]:
    words = visit.words
    return [
        (words("figures"), "row-head"),
        (words("known_then"), "num"),
        (words("corrected_since"), "num"),
        (words("known_now"), "num"),
        (words("light"), "nowrap minor"),
        (words("difference"), "num"),
        (words("corrections"), "num"),
        (words("known_later"), "num minor"),
        (words("changes"), "num minor"),
    ]


def figures_panel(asked: Span, visit: Visit) -> Component:
    """A line for each figure, to be filled in by the script."""
    words = visit.words
    told = {
        "from": asked.since,
        "to": asked.until,
        "term": visit.term,
        "department": visit.department,
        "as_of": visit.as_of,
        "from_text": asked.since_text,
        "to_text": asked.until_text,
    }
    query = urlencode({name: value for name, value in told.items() if value is not None}, safe=":")
    rows = [
        html.Tr(
            [html.Td(name(figure, asked, visit), className="row-head")]
            + [html.Td("…", className=of) for _, of in heads(visit)[1:]],
            **{"data-part": f"{PREFIX}parts/compare/{figure.key}?{query}"},
        )
        for figure in sorted(Figure.by_key.values(), key=lambda f: (f.column, f.key))
    ]
    return panel(
        words("compare_figures"),
        words("compare_figures_hint"),
        within(words("compare_figures"), "levels every-figure", [head_row(heads(visit)), html.Tbody(rows)]),
        html.P(words("compare_points_hint"), className="hint"),
        kind="every-figure-panel",
    )


def name(figure: Figure, asked: Span, visit: Visit) -> Component:
    address = visit.address("compare", figure=figure.key, **asked.said())
    return html.A(visit.words.either(figure.zh, figure.en), href=address)


async def row(visit: Visit, key: str) -> Component:
    """One figure's line, filled in."""
    figure, base, asked = declared(key), await ground(visit), await span(visit)
    told = await compared(figure, base, asked, visit, limit=1)
    said = Span(asked.since, asked.until, visit.rest.get("from_text"), visit.rest.get("to_text"))
    return body_row(line(figure, told, base, said, visit), heads(visit))


def line(figure: Figure, told: Difference, base: Ground, asked: Span, visit: Visit) -> list[Any]:
    words = visit.words
    if told.stopped_at is not None:
        stop = html.Span(f"■ {words('stopped_short', position=f'{told.stopped_at:,}')}", className="stopped")
        return [name(figure, asked, visit), stop, *[""] * (COLUMNS - 1)]
    sides = [summed(side) for side in (told.whole.then, told.whole.corrected, told.whole.now)]
    corrections, target = words.number(told.corrections), base.target(figure)
    if told.corrections:
        address = visit.address("compare", figure=figure.key, kind="corrected", **asked.said())
        corrections = html.A(corrections, href=address, className="warn")
    return [
        name(figure, asked, visit),
        *(side.told(figure, words) for side in sides),
        light_mark(sides[2].light(figure, target), words) if target else "",
        difference(figure, told.whole.then, told.whole.now, visit, unit=False),
        corrections,
        words.number(told.known_later),
        words.number(told.whole.many),
    ]
