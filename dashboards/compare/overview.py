"""Every figure at two moments 全部指标: what changed between two meetings, in one table."""

from __future__ import annotations

import asyncio
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.compare.bridge import summed
from dashboards.compare.figure import difference
from dashboards.compare.span import Span
from dashboards.parts.ground import Ground
from dashboards.parts.lights import light_mark
from dashboards.parts.panel import panel, table
from dashboards.parts.visit import Visit
from infra.readings.differences import Difference, differences
from projections import Figure


async def every_figure(asked: Span, visit: Visit) -> dict[str, Difference]:
    """The difference of each figure, read side by side."""
    keys = [figure.key for figure in sorted(Figure.by_key.values(), key=lambda f: (f.column, f.key))]
    narrowed = {"department": visit.department, "term": visit.term, "limit": 1}
    told = await asyncio.gather(
        *(
            differences(visit.readings, key, visit.viewer, asked.since, asked.until, **narrowed)  # type: ignore[arg-type]  # mypy takes each value for any of them
            for key in keys
        )
    )
    return dict(zip(keys, told, strict=True))


def figures_panel(found: dict[str, Difference], base: Ground, asked: Span, visit: Visit) -> Component:
    """One row a figure: then, as corrected since, later; how many corrections."""
    words = visit.words
    heads = [
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
    body = [line(Figure.by_key[key], told, base, asked, visit) for key, told in found.items()]
    return panel(
        words("compare_figures"),
        words("compare_figures_hint"),
        table(heads, body, words("compare_figures"), "levels every-figure"),
        kind="every-figure-panel",
    )


def line(figure: Figure, told: Difference, base: Ground, asked: Span, visit: Visit) -> list[Any]:
    words = visit.words
    address = visit.address(figure=figure.key, **asked.said())
    name = html.A(words.either(figure.zh, figure.en), href=address)
    if told.stopped_at is not None:
        stop = html.Span(f"■ {words('stopped_short', position=f'{told.stopped_at:,}')}", className="stopped")
        return [name, stop, *[""] * 7]
    sides = [summed(side) for side in (told.whole.then, told.whole.corrected, told.whole.now)]
    corrections = words.number(told.corrections)
    target = base.target(figure)
    return [
        name,
        *(side.told(figure, words) for side in sides),
        light_mark(sides[2].light(figure, target), words) if target else "",
        difference(figure, told.whole.then, told.whole.now, visit),
        html.A(corrections, href=visit.address(figure=figure.key, **asked.said(), kind="corrected"), className="warn")
        if told.corrections
        else corrections,
        words.number(told.known_later),
        words.number(told.whole.many),
    ]
