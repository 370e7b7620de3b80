"""What logs lead to: who may not be awarded merit this year, what waits to be read, nominations and awards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.counselors.corps import Corps, Counselor, state_of
from dashboards.counselors.log_matrix import REVIEW_MARKS, log_address, state_mark, weeks_told
from dashboards.parts.columns import Opening, rows_of
from dashboards.parts.drill_down import event_link
from dashboards.parts.panel import nothing, panel, table
from dashboards.parts.reading import SHAPES, Light

SHOWN: Final = 10
AWARDS: Final[Mapping[str, tuple[Light, str]]] = {
    "nominated": ("none", "merit_nominated"),
    "awarded": ("green", "merit_awarded"),
    "questioned": ("amber", "merit_questioned"),
    "upheld": ("green", "merit_upheld"),
    "revoked": ("red", "merit_revoked"),
}


def year_told(corps: Corps, opening: Opening) -> str:
    year = int(corps.term["year"])
    return opening.visit.words("year_of", year=year, next=year + 1)


def ineligible_panel(corps: Corps, opening: Opening) -> Component:
    """Who has lost the academic year's merit, by which weeks, and the event that says so."""
    words = opening.visit.words
    lost = [c for c in corps.counselors if c.standing and not c.standing["eligible"]]
    if not lost:
        body: Component = nothing(words("ineligible_none"), good=True)
    else:
        body = html.Ul([ineligible(one, corps, opening) for one in lost], className="watch-list ineligible")
    return panel(words("ineligible_title"), year_told(corps, opening), body, kind="ineligible-panel")


def ineligible(one: Counselor, corps: Corps, opening: Opening) -> Component:
    visit, words = opening.visit, opening.visit.words
    row = one.standing
    assert row
    weeks = weeks_told(row["missed_weeks"], words)
    if row["term_id"] == opening.base.term_id:
        told = words("ineligible_weeks", weeks=weeks)
    else:
        terms = {term["term_id"]: words.of(term) for term in opening.base.terms}
        told = words("ineligible_in", term=terms.get(row["term_id"], row["term_id"]), weeks=weeks)
    return html.Li(
        [
            html.Span(SHAPES["red"], className="shape light light-red", **{"aria-hidden": "true"}),
            html.Span(
                [
                    html.Strong(corps.called(one.person_id, words)),
                    html.Small(f"{opening.base.name(row['department_id'], visit)} · {told}"),
                ],
                className="watch-name",
            ),
            event_link(row["since"], visit),
        ]
    )


def reviews_panel(corps: Corps, opening: Opening) -> Component:
    """Logs handed in that nobody has read, the longest waiting first; those sent back wait for their counselor."""
    words = opening.visit.words
    handed_in = [log for one in corps.counselors for log in one.logs.values() if log["submitted_at"]]
    waiting = sorted(
        (log for log in handed_in if log["review"] != "reviewed"), key=lambda log: (log["submitted_at"], log["log_id"])
    )
    reviewed = len(handed_in) - sum(log["review"] != "reviewed" for log in handed_in)
    hint = words("reviews_hint", reviewed=reviewed, handed_in=len(handed_in)) if handed_in else ""
    if not waiting:
        body: list[Any] = [nothing(words("reviews_none") if handed_in else words("logs_none"), good=bool(handed_in))]
    else:
        heads = [(words("log_counselor"), ""), (words("week_short"), "num"), (words("reviews_waiting"), "num nowrap")]
        heads.append((words("light"), "nowrap"))
        rows = [review_line(log, corps, opening) for log in waiting[:SHOWN]]
        body = [table(heads, rows, words("reviews_title"), "drill")]
        if len(waiting) > SHOWN:
            body.append(html.P(words("reviews_more", many=len(waiting) - SHOWN), className="hint"))
    return panel(words("reviews_title"), hint, *body, kind="reviews-panel")


def review_line(log: Mapping[str, Any], corps: Corps, opening: Opening) -> list[Any]:
    visit, words = opening.visit, opening.visit.words
    days = (corps.moment - log["submitted_at"]).days
    sent_back = log["review"] == "returned"
    mark = (
        html.Span(f"{REVIEW_MARKS['returned']} {words('log_returned')}", className="warn")
        if sent_back
        else state_mark(state_of(log, corps.moment), words)
    )
    return [
        html.Span(
            [corps.called(log["person_id"], words), html.Small(opening.base.name(log["department_id"], visit))],
            className="about",
        ),
        html.A(str(log["week"]), href=log_address(log, visit), title=words("log_one", week=log["week"])),
        words("reviews_days", days=days),
        mark,
    ]


async def merit_panel(corps: Corps, opening: Opening) -> Component:
    """Every nomination of the academic year and what became of it."""
    words = opening.visit.words
    rows = await rows_of(opening, "merit_award", {"year": corps.term["year"]}, order=("-since",), limit=200)
    if not rows:
        return panel(words("merit_title"), year_told(corps, opening), nothing(words("merit_none")), kind="merit-panel")
    heads = [
        (words("log_counselor"), ""),
        (words("merit_award"), ""),
        (words("light"), ""),
        (words("event"), "num"),
    ]
    body = table(heads, [award_line(row, corps, opening) for row in rows], words("merit_title"), "drill")
    return panel(words("merit_title"), year_told(corps, opening), body, kind="merit-panel")


def award_line(row: Mapping[str, Any], corps: Corps, opening: Opening) -> list[Any]:
    visit, words = opening.visit, opening.visit.words
    light, text = AWARDS[row["state"]]
    shape = html.Span(SHAPES[light], className="shape", **{"aria-hidden": "true"})
    document = row["document_no"]
    return [
        html.Span(
            [corps.called(row["person_id"], words), html.Small(opening.base.name(row["department_id"], visit))],
            className="about",
        ),
        html.Span(row["title"], lang="zh-CN"),
        html.Span(
            [
                html.Span([shape, " ", html.Span(words(text))], className=f"light light-{light}"),
                html.Small(document, lang="zh-CN") if document else None,
            ],
            className="about",
        ),
        event_link(row["since"], visit),
    ]
