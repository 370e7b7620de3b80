"""The freshness badge 数据时效: up to which event the figures speak and how far behind they are, live."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboards.parts.words import Words

STREAM = "/api/freshness"
TOLD = (
    "fresh_checking",
    "fresh_position",
    "fresh_now",
    "fresh_lag",
    "fresh_behind",
    "fresh_green",
    "fresh_amber",
    "fresh_red",
    "fresh_lost",
    "figure_stopped",
)


def freshness(words: Words) -> Component:
    """The badge before the first word of the stream; the board's script keeps it."""
    return html.Div(
        [
            html.Span(className="lamp", **{"aria-hidden": "true"}),
            html.Span(words("fresh_checking"), className="fresh-text"),
            html.Span(className="fresh-lag"),
        ],
        className="freshness",
        role="status",
        **{
            "data-freshness": STREAM,
            "data-zone": str(words.zone),
            **{f"data-{key.replace('_', '-')}": words(key) for key in TOLD},
        },
    )
