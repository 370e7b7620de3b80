"""A histogram 直方图: how many fall where, as upright bars of plain markup."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboards.parts.stacks import Part


def histogram(columns: Sequence[tuple[str, Sequence[Part]]], label: str) -> Component:
    """(what stands under it, its parts from the bottom up) for every column."""
    highest = max((sum(part.size for part in parts) for _, parts in columns), default=0) or 1
    drawn = [
        html.Div(
            [
                html.Span(
                    [
                        html.Span(f"{sum(part.size for part in parts):,}", className="column-number"),
                        *(
                            html.Span(
                                className=f"piece-{part.kind}",
                                style={"height": f"{part.size / highest * 88:.2f}%"},
                                title=f"{name} · {part.said} {part.size}",
                            )
                            for part in reversed(parts)
                            if part.size
                        ),
                    ],
                    className="column-bar",
                ),
                html.Span(name, className="column-name"),
            ],
            className="column",
        )
        for name, parts in columns
    ]
    told = "; ".join(f"{name}: {sum(part.size for part in parts)}" for name, parts in columns)
    return html.Div(drawn, className="histogram", role="img", **{"aria-label": f"{label} · {told}"})
