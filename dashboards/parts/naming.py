"""Naming 姓名显示: when a page of many people asks for their names, and how they are called when it does not.

Whoever sees the whole college asks by choosing a department, or by saying so; each such look is recorded.
"""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboards.parts.visit import Visit
from dashboards.parts.words import say

say(
    {
        "names_show": ("显示姓名", "Show names"),
        "names_hide": ("隐去姓名", "Hide names"),
        "names_hint": ("查阅姓名会留下记录", "Looks at names are kept on record"),
    }
)


def names_from(visit: Visit, figure: str) -> str | None:
    """The figure from which the names on a page are looked at; None where nobody asked for them."""
    return figure if visit.department or visit.by or not visit.viewer.college else None


def names_switch(visit: Visit) -> Component | None:
    """The way to the same page with names, or without; nothing where they are shown anyway."""
    if visit.department or not visit.viewer.college:
        return None
    words = visit.words
    return html.A(
        words("names_hide" if visit.by else "names_show"),
        href=visit.address(by=None if visit.by else "person"),
        className="button",
        title=words("names_hint"),
    )


def called(person: str, otherwise: str) -> Component:
    """Where a name belongs, with what stands there as long as it is not known."""
    return html.Span(otherwise, className="quiet", key=person, **{"data-person": person})
