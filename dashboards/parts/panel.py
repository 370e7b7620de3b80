"""Panels 面板: a titled part of a page, and what stands in it when there is nothing to show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.parts.words import Words


def panel(title: str, hint: str, *body: Any, tools: Sequence[Any] = (), kind: str = "") -> Component:
    """A section with a heading, a word on how to read it, and its content."""
    return html.Section(
        [
            html.Header(
                [
                    html.Div([html.H2(title), html.Span(hint, className="hint") if hint else None], className="titles"),
                    html.Div(list(tools), className="tools") if tools else None,
                ],
                className="panel-head",
            ),
            *body,
        ],
        className=f"panel {kind}".strip(),
        **{"aria-label": title},
    )


def nothing(text: str, hint: str = "", good: bool = False) -> Component:
    """What an empty panel says."""
    return html.Div(
        [
            html.Span("●" if good else "○", className="shape", **{"aria-hidden": "true"}),
            html.Div([html.Strong(text), html.P(hint) if hint else None]),
        ],
        className="nothing good" if good else "nothing",
    )


def failure(number: str, again: str, words: Words) -> Component:
    """A page that could not be read says so, with a number that is in the error log."""
    return html.Div(
        [
            html.Strong(words("failed")),
            html.P(words("failed_hint")),
            html.P([words("number"), " ", html.Code(number)]),
            html.A(words("try_again"), href=again, className="button"),
        ],
        className="failure",
        role="alert",
    )


Heads = Sequence[tuple[str, str]]


def head_row(heads: Heads) -> Component:
    return html.Thead(html.Tr([html.Th(text, scope="col", className=of) for text, of in heads]))


def body_row(row: Sequence[Any], heads: Heads) -> Component:
    return html.Tr([html.Td(cell, className=of) for cell, (_, of) in zip(row, heads, strict=True)])


def table(heads: Heads, rows: Sequence[Sequence[Any]], label: str, kind: str = "") -> Component:
    """A table; each head is (text, class), the class also naming its cells; scrolls sideways where it must."""
    return within(label, kind, [head_row(heads), html.Tbody([body_row(row, heads) for row in rows])])


def grouped_table(
    heads: Heads, groups: Sequence[tuple[Sequence[Any], Sequence[Sequence[Any]]]], label: str, kind: str = ""
) -> Component:
    """The same with rows under headings of their own: (what the heading holds, its rows)."""
    bodies = [
        html.Tbody(
            [
                html.Tr(
                    html.Th(
                        html.Span(list(title), className="group-title"),
                        scope="rowgroup",
                        className="group",
                        **{"colSpan": str(len(heads))},
                    )
                ),
                *(body_row(row, heads) for row in rows),
            ]
        )
        for title, rows in groups
    ]
    return within(label, kind, [head_row(heads), *bodies])


def within(label: str, kind: str, parts: Sequence[Any]) -> Component:
    """The parts of a table as one that scrolls sideways where it must."""
    return html.Div(
        html.Table(list(parts), className=f"rows {kind}".strip()),
        className="scroll-x",
        tabIndex=0,
        role="region",
        **{"aria-label": label},
    )
