"""The list 事件列表: events in plain words, the newest first, each the way to its story."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.drill_down import event_link
from dashboards.parts.panel import nothing, panel, table
from dashboards.parts.visit import Visit
from dashboards.parts.words import Words
from dashboards.replay.asking import Question
from dashboards.replay.families import sign
from dashboards.replay.seen import Known, Seen, concerns, story_address, title, who
from infra.story.search import Found

FEW: Final = 3  # as many of a kind by one person one after the other are told as one


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
        lines = [
            line(run[0], known, question) if len(run) == 1 else line_of_run(run, known, question)
            for run in runs(events)
        ]
        body = table(heads, lines, words("list_title"), "drill replay-list")
    else:
        body = nothing(words("list_none"), words("list_none_hint"))
    return panel(words("list_title"), words("list_hint"), body, turning(question, found, events), kind="events-panel")


def runs(events: Sequence[Seen]) -> Iterator[Sequence[Seen]]:
    """The events in their order, those of one kind and one doer that follow each other together, if they are many."""
    for _, group in groupby(events, lambda event: (event.row.type, event.actor["role"], event.person)):
        run = list(group)
        if len(run) >= FEW:
            yield run
        else:
            yield from ([event] for event in run)


def line(event: Seen, known: Known, question: Question) -> list[Any]:
    visit, words = question.visit, question.visit.words
    at = words.moment(event.row.recorded_at, seconds=True)
    about = concerns(event, known, visit)
    # On a narrow screen one cell says everything.
    below = html.Small([at, " · ", who(event, words), " · ", about], className="narrow-only below")
    link = html.A(title(event, words), href=story_address(event.position, visit), className="event-title")
    return [at, what(event, [link, below], words), about, who(event, words), event_link(event.position, visit)]


def what(event: Seen, told: list[Any], words: Words) -> Component:
    return html.Span([sign(event.row.type, words), html.Span(told, className="about")], className="event-what")


def line_of_run(run: Sequence[Seen], known: Known, question: Question) -> list[Any]:
    """Several of a kind as one line, to be opened."""
    visit, words = question.visit, question.visit.words
    newest, oldest = (words.moment(event.row.recorded_at, seconds=True) for event in (run[0], run[-1]))
    span = [newest] if newest == oldest else [newest, html.Small(f"– {oldest}")]
    things = len({event.thing for event in run})
    about = concerns(run[0], known, visit) if things == 1 else words("list_things", count=things)
    below = html.Small([newest, " · ", who(run[0], words), " · ", about], className="narrow-only below")
    opened = html.Details(
        [
            html.Summary(
                [
                    html.Span(title(run[0], words), className="event-title"),
                    html.Span(words("list_times", count=len(run)), className="chip"),
                ]
            ),
            html.Ol([item(event, known, visit) for event in run], className="run"),
        ],
        className="run-of",
        key=f"run-{run[0].position}-{len(run)}",
    )
    positions = f"#{run[-1].position:,} – {run[0].position:,}"
    return [
        html.Span(span, className="about"),
        what(run[0], [opened, below], words),
        about,
        who(run[0], words),
        html.Span(positions, className="event-link quiet"),
    ]


def item(event: Seen, known: Known, visit: Visit) -> Component:
    """One of several of a kind."""
    at = visit.words.moment(event.row.recorded_at, seconds=True)[11:]
    return html.Li(
        [
            event_link(event.position, visit),
            html.A(at, href=story_address(event.position, visit)),
            concerns(event, known, visit),
        ]
    )


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
