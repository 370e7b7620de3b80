"""Filters 筛选: term, week, department and the moment looked back to; all of them live in the address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.parts.ground import Ground
from dashboards.parts.visit import PREFIX, Visit
from dashboards.parts.words import say

WEEK: Final = timedelta(days=7)
BACK: Final = (1, 7, 30)

say(
    {
        "back_1": ("前一天", "A day back"),
        "back_7": ("前一周", "A week back"),
        "back_30": ("前三十天", "30 days back"),
        "week_earlier": ("再早一周", "A week earlier"),
        "week_later": ("再晚一周", "A week later"),
        "compare_moments": ("与以前对比", "Compare with before"),
        "changed_since": ("其后有何变化", "What changed since"),
        "always_now": (
            "本页总是当前的运行情况；其余各页仍回看到事件 #{position}",
            "This page is always of now; the others still look back to event #{position}",
        ),
    }
)


def choice(name: str, label: str, options: Sequence[tuple[str, str]], chosen: str) -> Component:
    """A native choice; the script of the board turns a change into an address."""
    return html.Label(
        [
            html.Span(label, className="sr"),
            html.Select(
                [html.Option(text, value=value, selected=value == chosen) for value, text in options],
                name=name,
                key=f"{name}-{chosen}",
                **{"data-filter": name},
            ),
        ],
        className=f"choice choice-{name}",
    )


def filters(visit: Visit, ground: Ground, week: int | None, newest: int, weekly: bool = True) -> Component:
    """The choices in force; without script they are a form.

    No week: the page is not about a part of a term; not `weekly`: it is about a term as a whole.
    """
    words = visit.words
    choices = [choice("department", words("department"), departments(visit, ground), visit.department or "")]
    if week is not None:
        terms = [(row["term_id"], words.of(row)) for row in reversed(ground.terms)]
        weeks = [("all", words("all_weeks"))] + [(str(w), words("week", week=w)) for w in range(newest, 0, -1)]
        if weekly:
            choices.insert(0, choice("week", words("week_short"), weeks, str(week) if week else "all"))
        choices.insert(0, choice("term", words("term"), terms, ground.term_id))
    return html.Form(
        [
            *choices,
            back_in_time(visit, ground, newest),
            html.Noscript(html.Button(words("go"), type="submit")),
        ],
        className="filters",
        method="get",
        action=PREFIX + visit.path.lstrip("/"),
    )


def departments(visit: Visit, ground: Ground) -> list[tuple[str, str]]:
    """The departments there are to choose from, all that are in sight first."""
    seen = [row for row in sorted_departments(ground) if may_see(row["department_id"], visit)]
    whole = ("", visit.words("whole_college" if visit.viewer.college else "own_scope"))
    return [whole, *((row["department_id"], visit.words.of(row)) for row in seen)]


def may_see(department: str, visit: Visit) -> bool:
    return visit.viewer.college or department in visit.viewer.departments


def sorted_departments(ground: Ground) -> list[Any]:
    """Academic departments by their code."""
    return sorted((r for r in ground.departments.values() if r["kind"] == "academic"), key=lambda r: str(r["code"]))


def steps_back(visit: Visit, ground: Ground, newest: int) -> Iterator[Component]:
    """Ways to a day, a week, a month ago, and to the ends of the last weeks."""
    words, now = visit.words, visit.now
    assert now
    for days in BACK:
        yield html.A(words(f"back_{days}"), href=visit.address(as_of=said(now - timedelta(days=days), visit)))
    for week in range(max(newest - 1, 1), max(newest - 7, 0), -1):
        if ground.term:
            end = f"{ground.end_of(week).isoformat()}T23:59"
            yield html.A(words("week_end", week=week), href=visit.address(as_of=end, week=week))


def back_in_time(visit: Visit, ground: Ground, newest: int) -> Component:
    """A small opening that asks for a position or a time, and offers some."""
    words = visit.words
    return html.Details(
        [
            html.Summary([html.I(className="icon icon-history"), words("look_back")], className="button quiet-button"),
            html.Div(
                [
                    html.Label(
                        [
                            html.Span(words("look_back_at")),
                            dcc.Input(
                                name="as_of",
                                type="text",
                                value=visit.as_of_text or "",
                                autoComplete="off",
                                id="as-of",
                                placeholder="#12345",
                            ),
                        ]
                    ),
                    html.P(words("look_back_hint"), className="hint"),
                    html.Button(words("go"), type="submit", className="button"),
                    html.Div(list(steps_back(visit, ground, newest)), className="ends"),
                ],
                className="popover",
            ),
        ],
        className="look-back",
        key=f"back-{visit.as_of_text}",
    )


def banner(visit: Visit, present: bool = False) -> Component | None:
    """Says that the page shows the past, with ways through it and back; or what of the address was not understood.

    A page that is always of now (`present`) says so instead.
    """
    words = visit.words
    if visit.as_of is not None:
        text = visit.as_of_text or ""
        told = (
            words("history_banner", position=f"{visit.as_of:,}")
            if text.lstrip("#").isdigit()
            else f"{words('history_banner_time', time=text.replace('T', ' '))}（#{visit.as_of:,}）"
        )
        back = html.A(words("back_to_now"), href=visit.address(as_of=None), className="button")
        return html.Div(
            [
                html.I(className="icon icon-history"),
                html.Span(words("always_now", position=f"{visit.as_of:,}") if present else told),
                *([] if present else through_time(visit)),
                back,
            ],
            className="banner banner-past",
            role="status",
        )
    if visit.misread:
        return html.Div(
            [html.Span("▲"), html.Span(f"{words('query_wrong')}：{', '.join(visit.misread)}")],
            className="banner banner-warning",
            role="status",
        )
    return None


def through_time(visit: Visit) -> list[Component]:
    """A week earlier, a week later, and what has changed since."""
    assert visit.now
    words, later = visit.words, visit.now + WEEK
    ways = [html.A(words("week_earlier"), href=visit.address(as_of=said(visit.now - WEEK, visit)), className="button")]
    if later < visit.campus.clock.now():
        ways.append(html.A(words("week_later"), href=visit.address(as_of=said(later, visit)), className="button"))
    since = {"from": visit.as_of_text, "as_of": None}
    ways.append(html.A(words("changed_since"), href=visit.address("compare", **since), className="button"))
    return ways


def said(moment: datetime, visit: Visit) -> str:
    """A moment as an address says it, in the institution's time."""
    return moment.astimezone(visit.words.zone).strftime("%Y-%m-%dT%H:%M")
