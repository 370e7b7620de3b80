"""Families 类别: areas gathered into six, each with a shape and a colour of its own, so that neither tells alone."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.drawing import Drawing, drawn
from dashboards.parts.words import Words
from infra.story.naming import area_of

FAMILIES: Final = {
    "teaching": ("timetable", "roll_call", "teaching_hours", "rosters", "registrations", "time_grid", "calendar"),
    "grades": ("exams", "grades"),
    "conduct": ("conduct",),
    "counselors": ("counselor_logs",),
    "tasks": ("tasks", "notices"),
}
REST: Final = "college"
ORDER: Final = (*FAMILIES, REST)
# Each within a box of 14, its middle at 0, 0.
SHAPES: Final = {
    "teaching": "M0-6A6 6 0 1 1 0 6A6 6 0 1 1 0-6Z",
    "grades": "M-5.4-5.4H5.4V5.4H-5.4Z",
    "conduct": "M0-6.6L6.6 5.4H-6.6Z",
    "counselors": "M0-7L7 0L0 7L-7 0Z",
    "tasks": "M0-7L2-2.3L7-2.1L3 1.1L4.4 6L0 3.2L-4.4 6L-3 1.1L-7-2.1L-2-2.3Z",
    "college": "M-3.5-6H3.5L7 0L3.5 6H-3.5L-7 0Z",
}
_OF: Final = {area: family for family, members in FAMILIES.items() for area in members}


def family_of(event_name: str) -> str:
    """The family an event belongs to."""
    return _OF.get(area_of(event_name), REST)


def shape(family: str, x: float = 0, y: float = 0, more: str = "") -> Drawing:
    """A family's shape, its middle at a place of a drawing."""
    return drawn(
        "path", d=SHAPES[family], transform=f"translate({x:g} {y:g})", class_=f"fam fam-{family} {more}".strip()
    )


def sign(event_name: str, words: Words) -> Component:
    """The shape of an event's family beside its title, the family's name for who does not see it."""
    family = family_of(event_name)
    picture = drawn("svg", shape(family, 8, 8), width=16, height=16, aria_hidden="true", focusable="false")
    return html.Span(
        [picture, html.Span(words(f"family_{family}"), className="sr")],
        className="fam-sign",
        title=words(f"family_{family}"),
    )


def legend(words: Words) -> Component:
    """What the shapes stand for."""
    return html.Div(
        [
            html.Span(
                [
                    drawn("svg", shape(family, 8, 8), width=16, height=16, aria_hidden="true"),
                    words(f"family_{family}"),
                ]
            )
            for family in ORDER
        ],
        className="legend",
    )
