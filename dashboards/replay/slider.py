"""The slider 时间轴: a term of events under one handle; moving it moves the whole page to that moment.

Its steps are pieces of time, a hundred to each bar of the histogram behind it, and every step means a position:
within a bar positions are spread evenly.  The script says while it is dragged what the server would say.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, time
from math import sqrt
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.parts.drawing import Drawing, drawn
from dashboards.parts.ground import Ground
from dashboards.parts.panel import panel
from dashboards.parts.visit import PREFIX, Visit
from dashboards.parts.words import Words
from dashboards.replay.asking import PATH, Question
from infra.story.timeline import Span

STEPS: Final = 100
HEIGHT: Final = 100
MARKS: Final = 8
DAYS: Final = (
    ("周一", "Mon"),
    ("周二", "Tue"),
    ("周三", "Wed"),
    ("周四", "Thu"),
    ("周五", "Fri"),
    ("周六", "Sat"),
    ("周日", "Sun"),
)


def position_of(step: int, spans: Sequence[Span]) -> int:
    """The position a step of the slider means."""
    bar, part = divmod(min(max(step, 0), len(spans) * STEPS), STEPS)
    if bar == len(spans):
        return spans[-1].last
    span = spans[bar]
    return max(span.first - 1 + round(span.count * part / STEPS), 1)


def step_of(position: int, spans: Sequence[Span]) -> int:
    """The step of the slider that means a position, or comes nearest."""
    for bar, span in enumerate(spans):
        if position <= span.last:
            return bar * STEPS + round((position - span.first + 1) * STEPS / max(span.count, 1))
    return len(spans) * STEPS


def slider_panel(question: Question, spans: Sequence[Span], position: int, at: datetime, base: Ground) -> Component:
    """The readout, the slider over its histogram, and the ways to step, to play and to go elsewhere."""
    visit, words = question.visit, question.visit.words
    return panel(
        words("slider_title"),
        words("slider_hint"),
        html.Div([readout(position, spans[-1].last, at, base, visit), ways(visit)], className="replay-top"),
        html.Form(
            [
                *hidden(question),
                html.Div([histogram(spans, position, words), handle(spans, position, words)], className="replay-track"),
                html.Div([mark(left, text) for left, text in marks(spans, words)], className="replay-marks"),
                html.Noscript(html.Button(words("ask_go"), type="submit", className="button")),
            ],
            method="get",
            action=PREFIX + PATH,
            className="replay-slider",
            **{
                "data-spans": json.dumps([[s.since.timestamp(), s.until.timestamp(), s.first, s.last] for s in spans]),
                "data-steps": str(STEPS),
                "data-terms": json.dumps(terms(base, words)),
                "data-days": json.dumps([words.either(*day) for day in DAYS], ensure_ascii=False),
                "data-week": words("slider_week", week="{week}"),
                "data-no-week": words("slider_no_week"),
                "data-of": words("slider_of", position="{position}", head="{head}"),
            },
        ),
        steps(question, spans, position),
        kind="replay-panel",
    )


def terms(base: Ground, words: Words) -> list[list[float]]:
    """[its first moment, the number of its weeks] of every term, for the script."""
    return [[datetime.combine(t["starts_on"], time.min, words.zone).timestamp(), t["weeks"]] for t in base.terms]


def readout(position: int, head: int, at: datetime, base: Ground, visit: Visit) -> Component:
    """The moment in words: local time, day and teaching week; the event it is, of how many."""
    words = visit.words
    local = at.astimezone(words.zone)
    said = [words.either(*DAYS[local.weekday()])]
    term = next((t for t in base.terms if t["starts_on"] <= local.date() <= t["ends_on"]), None)
    said.append(
        words("slider_week", week=(local.date() - term["starts_on"]).days // 7 + 1) if term else words("slider_no_week")
    )
    said.append(words("slider_of", position=f"{position:,}", head=f"{head:,}"))
    return html.P(
        [
            html.Strong(words.moment(at, seconds=True), **{"data-say": "moment"}),
            html.Span(" · ".join(said), **{"data-say": "rest"}),
        ],
        className="replay-readout",
        **{"aria-live": "polite"},
    )


def ways(visit: Visit) -> Component:
    """The same moment on other pages."""
    words = visit.words
    links = [("", "carry"), ("departments", "carry_departments"), ("figures", "carry_figures")]
    return html.Div(
        [
            html.A(
                [html.I(className="icon icon-history"), words(said)] if not path else words(said),
                href=visit.address(path),
                className="button",
            )
            for path, said in links
        ],
        className="replay-ways",
    )


def hidden(question: Question) -> list[Any]:
    """The filters, kept by the form when there is no script."""
    kept = [dcc.Input(type="hidden", name=name, value=text) for name, text in question.filters()]
    return [*kept, dcc.Input(type="hidden", name="as_of", value="")] if kept else kept


def handle(spans: Sequence[Span], position: int, words: Words) -> Component:
    slide = dcc.Input(
        type="range",
        name="slide",
        id="replay-slide",
        min=0,
        max=len(spans) * STEPS,
        step=1,
        value=str(step_of(position, spans)),
    )
    return html.Label([html.Span(words("slider_label"), className="sr"), slide])


def histogram(spans: Sequence[Span], position: int, words: Words) -> Drawing:
    """A bar a piece of time, those still to come pale; the square root keeps a busy hour from hiding the others."""
    most = max(span.count for span in spans)
    bars = [
        drawn(
            "rect",
            drawn("title", f"{words.moment(span.since)} · {span.count:,}"),
            x=f"{n + 0.08:.2f}",
            y=f"{HEIGHT - height(span.count, most):.2f}",
            width="0.84",
            height=f"{height(span.count, most):.2f}",
            class_="past" if span.first <= position else "ahead",
        )
        for n, span in enumerate(spans)
        if span.count
    ]
    return drawn(
        "svg",
        *bars,
        viewBox=f"0 0 {len(spans)} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=words("slider_chart", most=f"{most:,}"),
        class_="replay-bars",
    )


def height(count: int, most: int) -> float:
    return max(sqrt(count / most) * HEIGHT, 3.0)


def marks(spans: Sequence[Span], words: Words) -> list[tuple[float, str]]:
    """Where along the slider a date stands, and the date."""
    every = max(1, -(-len(spans) // MARKS))
    short = (spans[0].until - spans[0].since).total_seconds() < 86_400
    pattern = "%m-%d %H:%M" if short else "%m-%d"
    return [
        (n / len(spans) * 100, spans[n].since.astimezone(words.zone).strftime(pattern))
        for n in range(0, len(spans), every)
    ]


def mark(left: float, text: str) -> Component:
    return html.Span(text, style={"left": f"{left:.2f}%"})


def steps(question: Question, spans: Sequence[Span], position: int) -> Component:
    """A piece of time back or on, and playing through all of them."""
    words = question.visit.words
    head = spans[-1].last
    before = [span.last for span in spans if 0 < span.last < position]
    after = [span.last for span in spans if position < span.last]

    def to(where: int | None, text: str, kind: str) -> Component:
        if where is None:
            return html.Span(text, className="button off", **{"aria-disabled": "true"})
        to_end = where >= head
        return html.A(
            text,
            href=question.address(as_of=None if to_end else where),
            className="button",
            **{"data-replay-step": kind},
        )

    return html.Div(
        [
            to(before[-1] if before else None, f"◀ {words('slider_back')}", "back"),
            html.Button(
                f"▶ {words('slider_play')}",
                type="button",
                className="button replay-play",
                **{
                    "data-replay": "play",
                    "data-play": f"▶ {words('slider_play')}",
                    "data-pause": f"❚❚ {words('slider_pause')}",
                },
            ),
            to(after[0] if after else None, f"{words('slider_on')} ▶", "on"),
            to(head if position < head else None, words("slider_end"), "end"),
        ],
        className="replay-steps",
    )
