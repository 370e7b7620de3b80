"""A spark line 走势线: the last weeks at a glance, as an SVG mask so that it takes the colour of its light."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

WIDTH, HEIGHT, INSET = 96, 30, 3


def points(values: Sequence[Decimal | None]) -> list[tuple[float, float] | None]:
    """Places of the values on the canvas; None where there is no value."""
    known = [float(v) for v in values if v is not None]
    low, high = min(known), max(known)
    span = max(high - low, 1e-9)
    step = (WIDTH - 2 * INSET) / max(len(values) - 1, 1)

    def height(value: Decimal) -> float:
        above = 0.5 if high == low else (float(value) - low) / span
        return round(HEIGHT - INSET - above * (HEIGHT - 2 * INSET), 1)

    return [None if v is None else (round(INSET + i * step, 1), height(v)) for i, v in enumerate(values)]


def spark(values: Sequence[Decimal | None], label: str) -> Component:
    """A line over `values`, oldest first; nothing at all when fewer than two are known."""
    if sum(v is not None for v in values) < 2:
        return html.Span(className="spark spark-none")
    places = points(values)
    joined = [p for p in places if p]
    path = "M" + "L".join(f"{x} {y}" for x, y in joined)
    area = f"{path}L{joined[-1][0]} {HEIGHT}L{joined[0][0]} {HEIGHT}Z"
    end = joined[-1]
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f'<path d="{area}" fill-opacity=".14"/>'
        f'<path d="{path}" fill="none" stroke="#000" stroke-width="1.8" stroke-linejoin="round"/>'
        f'<circle cx="{end[0]}" cy="{end[1]}" r="2.6"/></svg>'
    )
    mask = f'url("data:image/svg+xml,{quote(drawing, safe="/:=<> ")}")'.replace("<", "%3C").replace(">", "%3E")
    return html.Span(
        className="spark", role="img", style={"maskImage": mask, "WebkitMaskImage": mask}, **{"aria-label": label}
    )
