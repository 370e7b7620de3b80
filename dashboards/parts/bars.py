"""Bars 条形图: two parts of one whole per department, widest first, as plain markup."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from dash import html
from dash.development.base_component import Component

from dashboards.parts.visit import Visit


def bars(rows: Sequence[tuple[str, str, Decimal, Decimal]], visit: Visit) -> Component:
    """Rows of (department id, name, recognised, forfeited), widest first."""
    words = visit.words
    ranked = sorted(rows, key=lambda row: (-(row[2] + row[3]), row[0]))
    widest = max((good + lost for _, _, good, lost in ranked), default=Decimal(0)) or Decimal(1)

    def part(department: str, kind: str, size: Decimal) -> Component:
        return html.A(
            className=f"bar bar-{kind}",
            style={"width": f"{float(size / widest * 100):.2f}%"},
            href=visit.address(f"figures/hours_{kind}", department=department),
            title=f"{words(kind)} {words.periods(size)} {words('periods')}",
            **{"aria-label": f"{words(kind)} {words.periods(size)} {words('periods')}"},
        )

    lines = [
        html.Li(
            [
                html.A(name, className="bar-name", href=visit.address(department=department)),
                html.Span(
                    [part(department, "recognised", good)] + ([part(department, "forfeited", lost)] if lost else []),
                    className="bar-track",
                ),
                html.Span(
                    [
                        html.Span(words.periods(good)),
                        html.Span(f"−{words.periods(lost)}", className="lost") if lost else None,
                    ],
                    className="bar-number",
                ),
            ]
        )
        for department, name, good, lost in ranked
    ]
    return html.Div(
        [
            html.Div(
                [
                    html.Span([html.I(className="swatch bar-recognised"), words("recognised")]),
                    html.Span([html.I(className="swatch bar-forfeited"), words("forfeited")]),
                ],
                className="legend",
            ),
            html.Ul(lines, className="bars"),
        ]
    )
