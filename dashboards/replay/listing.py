"""The list 事件列表: events in plain words, the newest first, each the way to its story."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.parts.drill_down import event_link
from dashboards.parts.panel import nothing, panel, table
from dashboards.replay.asking import Question
from dashboards.replay.families import sign
from dashboards.replay.seen import Known, Seen, concerns, story_address, title, who
from infra.story.search import Found


def list_panel(question: Question, found: Found, events: Sequence[Seen], known: Known) -> Component:
    """One page of events, and the way to those before."""
    words = question.visit.words
    if events:
        heads = [
            (words("event_when"), "nowrap minor"),
            (words("event_what"), "wide"),
            (words("event_about"), "minor"),
            (words("event_who"), "minor"),
            (words("event"), "num"),
        ]
        body = table(
            heads, [line(event, known, question) for event in events], words("list_title"), "drill replay-list"
        )
    else:
        body = nothing(words("list_none"), words("list_none_hint"))
    return panel(words("list_title"), words("list_hint"), body, turning(question, found, events), kind="events-panel")


def line(event: Seen, known: Known, question: Question) -> list[Any]:
    visit, words = question.visit, question.visit.words
    at = words.moment(event.row.recorded_at, seconds=True)
    about = concerns(event, known, visit)
    # On a narrow screen one cell says everything.
    below = html.Small([at, " · ", who(event, words), " · ", about], className="narrow-only below")
    what = html.Span(
        [
            sign(event.row.type, words),
            html.Span(
                [
                    html.A(title(event, words), href=story_address(event.position, visit), className="event-title"),
                    below,
                ],
                className="about",
            ),
        ],
        className="event-what",
    )
    return [at, what, about, who(event, words), event_link(event.position, visit)]


def turning(question: Question, found: Found, events: Sequence[Seen]) -> Component:
    """How far this page reaches, and on to the next; a search that ran out of time goes on where it stopped."""
    words = question.visit.words
    told: list[Any] = []
    if question.beyond:
        told.append(html.A(words("list_newest"), href=question.address(), className="button"))
    if events:
        first, last = f"{events[-1].position:,}", f"{events[0].position:,}"
        told.append(html.Span(words("list_shown", first=first, last=last, count=len(events))))
    if found.edge is not None and not found.full:
        told.append(html.Strong(words("list_searched", position=f"{found.edge:,}")))
        told.append(html.A(words("list_continue"), href=question.address(before=found.edge), className="button"))
    elif found.edge is not None:
        told.append(html.A(words("list_older"), href=question.address(before=found.edge), className="button"))
    return html.Nav(told, className="turn", **{"aria-label": words("list_title")})
