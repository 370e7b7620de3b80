"""Stacks 分段条: the parts of a whole beside each other, one line a department."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component


@dataclass(frozen=True)
class Part:
    """One part of a line: its kind gives the colour, `said` is what it counts, in words."""

    kind: str
    size: int
    said: str


@dataclass(frozen=True)
class Line:
    """One line: its name, where it leads, and its parts."""

    name: str
    href: str
    parts: Sequence[Part]

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)


def legend(kinds: Sequence[tuple[str, str]]) -> Component:
    """What the colours mean: (kind, words)."""
    return html.Div(
        [html.Span([html.I(className=f"swatch piece-{kind}"), text]) for kind, text in kinds], className="legend"
    )


def stacks(lines: Sequence[Line], kinds: Sequence[tuple[str, str]]) -> Component:
    """Lines in the order given, the longest across the whole width."""
    widest = max((line.size for line in lines), default=0) or 1

    def part(line: Line, of: Part) -> Component:
        return html.Span(
            className=f"bar piece-{of.kind}",
            style={"width": f"{of.size / widest * 100:.2f}%"},
            title=f"{of.said} {of.size}",
            role="img",
            **{"aria-label": f"{line.name} · {of.said} {of.size}"},
        )

    items = [
        html.Li(
            [
                html.A(line.name, className="bar-name", href=line.href),
                html.Span([part(line, of) for of in line.parts if of.size], className="bar-track"),
                html.Span(f"{line.size:,}", className="bar-number"),
            ]
        )
        for line in lines
    ]
    return html.Div([legend(kinds), html.Ul(items, className="bars stacks")])


def opposed(lines: Sequence[Line], kinds: tuple[tuple[str, str], tuple[str, str]]) -> Component:
    """Two parts a line, the first to the left and the second to the right of one axis."""
    widest = max((part.size for line in lines for part in line.parts), default=0) or 1

    def side(line: Line, of: Part) -> Component:
        bar = html.Span(
            className=f"bar piece-{of.kind}",
            style={"width": f"{of.size / widest * 100:.2f}%"},
            role="img",
            title=f"{of.said} {of.size}",
            **{"aria-label": f"{line.name} · {of.said} {of.size}"},
        )
        return html.Span([bar if of.size else None, html.Span(f"{of.size:,}", className="side-number")])

    items = [
        html.Li(
            [
                html.A(line.name, className="bar-name", href=line.href),
                html.Span([side(line, of) for of in line.parts], className="sides"),
            ]
        )
        for line in lines
    ]
    return html.Div([legend(kinds), html.Ul(items, className="bars opposed")])
