"""A counselor's own log: what is owed by when, to the second, and what never came."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.counselors.corps import Corps, Counselor
from dashboards.counselors.log_matrix import gauge, log_address, missed_weeks, weeks_told
from dashboards.parts.columns import Opening
from dashboards.parts.panel import nothing, panel
from dashboards.parts.rules import rulebook
from dashboards.parts.words import Words
from domain.access import COUNSELOR
from domain.counselor_logs.rules import DUE, deadline, midnight


async def own_panel(corps: Corps, opening: Opening) -> Component | None:
    """Of whoever looks, if they are a counselor; nothing for anybody else."""
    visit, words = opening.visit, opening.visit.words
    one = corps.of(visit.viewer.person_id)
    if one is None:
        if not any(actor.role == COUNSELOR for actor in visit.viewer.actors):
            return None
        return panel(words("own_log"), "", nothing(words("own_log_none")), kind="own-panel")
    told = owed(one, corps, opening) or await coming(one, corps, opening)
    if told is None:
        told = nothing(words("own_log_none"), words("own_log_none_hint"))
    beside = html.Div([gauge(one.misses(corps.moment), one, corps, words), *reproaches(one, corps, opening)])
    return panel(
        words("own_log"),
        "",
        html.Div([told, beside], className="own-log"),
        kind="own-panel",
    )


def owed(one: Counselor, corps: Corps, opening: Opening) -> Component | None:
    """The log that can be handed in now and is not."""
    words = opening.visit.words
    open_ = [log for log in one.logs.values() if log["state"] == "due" and log["due_at"] >= corps.moment]
    if not open_:
        return None
    log = min(open_, key=lambda row: row["due_at"])
    title = html.A(words("own_log_owed", week=log["week"]), href=log_address(log, opening.visit))
    return deadline_told(title, log["due_at"], left(log["due_at"], corps.moment, words), words)


async def coming(one: Counselor, corps: Corps, opening: Opening) -> Component | None:
    """The next log that will be owed, by the rule that will be in force as its week begins."""
    words = opening.visit.words
    today = corps.moment.astimezone(words.zone).date()
    weeks = range(1, int(corps.term["weeks"]) + 1)
    ahead = [w for w in weeks if w not in one.logs and not corps.holiday(w) and corps.monday(w) > today]
    if not ahead:
        return None
    monday = corps.monday(ahead[0])
    rules = await rulebook(opening.visit, DUE, at=midnight(monday, words.zone))
    due_at = deadline(monday, rules(DUE), words.zone)
    under = f"{words('own_log_opens', day=monday)} · {left(due_at, corps.moment, words)}"
    return deadline_told(words("own_log_next", week=ahead[0]), due_at, under, words)


def deadline_told(title: Any, due_at: datetime, under: str, words: Words) -> Component:
    return html.Div(
        [
            html.Span(title, className="own-what"),
            html.Strong(words.moment(due_at, seconds=True), className="own-due"),
            html.Span(under, className="quiet"),
        ],
        className="own-deadline",
    )


def left(due_at: datetime, now: datetime, words: Words) -> str:
    span = due_at - now
    hours, minutes = span.seconds // 3600, span.seconds % 3600 // 60
    return words("own_log_left", days=span.days, hours=hours, minutes=minutes)


def reproaches(one: Counselor, corps: Corps, opening: Opening) -> list[Component]:
    """Weeks that never came, and those sent back for more."""
    words = opening.visit.words
    missing = missed_weeks(one, corps)
    returned = [week for week, log in one.logs.items() if log["review"] == "returned"]
    told = []
    if missing:
        counted = f"{words('own_log_open', weeks=weeks_told(missing, words))}（{words('log_counts_missed')}）"
        told.append(html.P(counted, className="worse"))
    if returned:
        told.append(html.P(words("own_log_returned", weeks=weeks_told(returned, words)), className="warn"))
    return told
