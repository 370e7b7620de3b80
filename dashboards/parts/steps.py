"""Steps 经过: what happened to one thing, event by event, in the order recorded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from dashboards.parts.drill_down import event_link
from dashboards.parts.panel import nothing, panel
from dashboards.parts.people import named
from dashboards.parts.visit import Visit


@dataclass(frozen=True)
class Step:
    """One event as a row of it tells it; `kind` is good, bad or neither, `person` whose name belongs to it.

    `said` is what somebody wrote, in their own words; `at` when it was, as far as the row tells.
    """

    position: int
    title: str
    detail: str = ""
    kind: str = ""
    person: str | None = None
    said: str | None = None
    at: datetime | None = None


def steps_panel(found: Iterable[Step], visit: Visit, title: str) -> Component:
    """The steps by position, none told twice."""
    told = sorted(dict.fromkeys(found), key=lambda step: step.position)
    timed = any(step.at for step in told)
    if not told:
        return panel(title, "", nothing(visit.words("history_none")))
    return panel(title, "", html.Ol([item(step, visit, timed) for step in told], className="steps"), kind="steps-panel")


def item(step: Step, visit: Visit, timed: bool) -> Component:
    return html.Li(
        [
            event_link(step.position, visit),
            html.Small(visit.words.moment(step.at) if step.at else "") if timed else None,
            html.Strong(step.title),
            named(step.person, visit.words) if step.person else None,
            html.Span(step.detail, className="quiet") if step.detail else None,
            html.Span(step.said, className="quiet", lang="zh-CN") if step.said else None,
        ],
        className=f"step-{step.kind}" if step.kind else "",
    )
