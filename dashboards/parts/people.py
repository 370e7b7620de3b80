"""People 人名: a place for a name, filled by the API for those in whose scope it is; looks are recorded."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboards.parts.words import Words
from domain import person_of


def named(person: str | None, words: Words) -> Component:
    """Where a name belongs.  The script asks for it; what is not given stays withheld."""
    if person is None:
        return html.Span(words("nobody"), className="quiet")
    return html.Span(words("name_withheld"), className="quiet", key=person, **{"data-person": person})


def student(student_id: str, words: Words) -> Component:
    """Where the name of a student belongs."""
    return named(person_of(student_id), words)
