"""The state of the data 数据状态: how far every read table has come, and what stopped it."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboards.parts.panel import panel, table
from dashboards.parts.visit import Visit
from infra.readings import Status


def tables_panel(status: Status, visit: Visit) -> Component:
    """One row per table, the furthest behind first."""
    words = visit.words
    heads = [
        (words("table"), ""),
        (words("table_state"), ""),
        (words("position"), "num"),
        (words("lag_events"), "num"),
        (words("lag_seconds"), "num"),
    ]
    rows = [
        [
            html.Code(t.name),
            html.Span(
                f"● {words('table_running')}" if t.state != "halted" else f"■ {words('table_halted')} #{t.failed_at}",
                className="light light-red" if t.state == "halted" else "light light-green",
                title=t.error or "",
            ),
            words.number(t.position),
            words.number(t.lag_events),
            words.number(t.lag_seconds, 1),
        ]
        for t in sorted(status.tables, key=lambda t: (t.state != "halted", t.position, t.name))
    ]
    return panel(words("tables_all"), words("tables_hint"), table(heads, rows, words("tables_all")))
