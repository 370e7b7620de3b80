"""The integrity badge 自证标记: whether the college was last found to stand as it was recorded; leads to the proof."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.visit import PREFIX
from dashboards.parts.words import Words, say

STATES: Final = ("proven", "overdue", "differs", "never")

say(
    {
        "badge_proven": ("已自证", "Proven"),
        "badge_overdue": ("自证过期", "Proof overdue"),
        "badge_differs": ("账实不符", "Not as recorded"),
        "badge_never": ("未自证", "Not proven"),
        "badge_title": ("完整性：{when} 自证至事件 #{position}", "Integrity: proven {when}, up to event #{position}"),
        "badge_asked": ("完整性", "Integrity"),
    }
)


def integrity_badge(words: Words) -> Component:
    """The badge before the first word of the stream of freshness, which keeps it."""
    return html.A(
        [
            html.I(className="icon icon-shield", **{"aria-hidden": "true"}),
            html.Span(words("badge_asked"), className="badge-text"),
        ],
        href=f"{PREFIX}operations",
        className="integrity",
        **{
            "data-integrity": "",
            "data-zone": str(words.zone),
            "data-sentence": words("badge_title", when="{when}", position="{position}"),
            **{f"data-{state}": words(f"badge_{state}") for state in STATES},
        },
    )
