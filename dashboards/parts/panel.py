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


def table(heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]], label: str, kind: str = "") -> Component:
    """A table; each head is (text, class), the class also naming its cells; scrolls sideways where it must."""
    return html.Div(
        html.Table(
            [
                html.Thead(html.Tr([html.Th(text, scope="col", className=of) for text, of in heads])),
                html.Tbody(
                    [
                        html.Tr([html.Td(cell, className=of) for cell, (_, of) in zip(row, heads, strict=True)])
                        for row in rows
                    ]
                ),
            ],
            className=f"rows {kind}".strip(),
        ),
        className="scroll-x",
        tabIndex=0,
        role="region",
        **{"aria-label": label},
    )
