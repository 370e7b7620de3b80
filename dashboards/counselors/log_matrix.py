"""The log matrix 周志矩阵: counselors by teaching weeks, each cell the way to the events of one log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.counselors.corps import MISSES, SHAPES, Corps, Counselor, State
from dashboards.parts.columns import Opening
from dashboards.parts.naming import names_switch
from dashboards.parts.panel import nothing, panel
from dashboards.parts.visit import Visit
from dashboards.parts.words import Words

WORDED: Final[dict[State, str]] = {
    "in_time": "log_in_time",
    "late": "log_late",
    "missed": "log_missed",
    "exempt": "log_exempt",
    "due": "log_due",
    "not_yet": "log_not_yet",
    "not_owed": "log_not_owed",
    "holiday": "log_holiday",
}
REVIEWS: Final = {"none": "log_unreviewed", "reviewed": "log_reviewed", "returned": "log_returned"}
REVIEW_MARKS: Final = {"reviewed": "✓", "returned": "↺"}
HANDED_IN: Final = ("in_time", "late")
# More than so many marks are told by the number alone.
MOST_PIPS: Final = 6


def state_mark(state: State, words: Words) -> Component:
    """Shape, colour and word of where a log stands."""
    shape = html.Span(SHAPES[state], className="shape", **{"aria-hidden": "true"})
    return html.Span([shape, " ", html.Span(words(WORDED[state]))], className=f"log-mark log-{state}")


def gauge(misses: int, counselor: Counselor, corps: Corps, words: Words) -> Component:
    """Misses of the semester against what costs merit, as marks, number and word."""
    level, text = standing(misses, counselor, corps)
    pips = [html.I(className="pip full" if n < misses else "pip") for n in range(corps.most)]
    number = words("misses_of", misses=misses, most=corps.most)
    return html.Span(
        [
            html.Span(pips, className="pips", **{"aria-hidden": "true"}) if corps.most <= MOST_PIPS else None,
            html.Strong(number),
            html.Small(words(text)),
        ],
        className=f"gauge gauge-{level}",
        title=f"{words('misses')} {number} · {words(text)}",
    )


def standing(misses: int, counselor: Counselor, corps: Corps) -> tuple[str, str]:
    """(level, text) of a counselor's misses; what the academic year's row says goes before the count."""
    lost = counselor.standing
    if lost and not lost["eligible"]:
        return "red", "misses_lost"
    if lost:
        return "amber", "misses_restored"
    if misses >= corps.most:
        return "red", "misses_lost"
    if not misses:
        return "green", "misses_none"
    return "amber", "misses_warning" if misses == corps.most - 1 else "misses_some"


def matrix_panel(corps: Corps, opening: Opening) -> Component:
    """Every counselor in sight, grouped by department, over all weeks of the term."""
    visit, words = opening.visit, opening.visit.words
    if not corps.counselors:
        body = nothing(words("logs_none"), words("logs_none_hint"))
        return panel(words("logs_title"), "", body, kind="logs-panel")
    weeks = range(1, int(corps.term["weeks"]) + 1)
    today = corps.moment.astimezone(words.zone).date()
    bodies = [
        html.Tbody(
            [
                group_row(department, of, corps, opening, len(weeks)),
                *(counselor_row(one, weeks, today, corps, visit) for one in of),
            ]
        )
        for department, of in corps.by_department().items()
    ]
    return panel(
        words("logs_title"),
        words("logs_hint"),
        legend(words),
        html.Div(
            html.Table([head(weeks, opening), *bodies], className="log-table"),
            className="scroll-x",
            tabIndex=0,
            role="region",
            key=f"logs-{opening.place.upto}",
            **{"aria-label": words("logs_title"), "data-bring": str(opening.place.upto)},
        ),
        html.P(words("misses_rule", most=corps.most), className="hint"),
        tools=[names_switch(visit)],
        kind="logs-panel",
    )


def legend(words: Words) -> Component:
    """The states there are; what is merely not owed needs no explaining."""
    marks: list[Any] = [state_mark(state, words) for state in SHAPES if state not in ("not_owed", "holiday")]
    marks += [html.Span(f"{mark} {words(REVIEWS[review])}") for review, mark in REVIEW_MARKS.items()]
    return html.Div(marks, className="legend")


def head(weeks: Sequence[int], opening: Opening) -> Component:
    visit, words = opening.visit, opening.visit.words
    chosen = opening.place.upto
    columns = [
        html.Th(
            html.A(str(week), href=visit.address(week=week), title=words("week", week=week)),
            scope="col",
            className="chosen" if week == chosen else "",
        )
        for week in weeks
    ]
    corner = html.Th(words("log_counselor"), scope="col", className="row-head")
    return html.Thead(html.Tr([corner, html.Th(words("misses"), scope="col", className="misses"), *columns]))


def group_row(department: str, of: Sequence[Counselor], corps: Corps, opening: Opening, weeks: int) -> Component:
    """A department with how many of its logs came in time."""
    visit, words = opening.visit, opening.visit.words
    told = opening.told["counselor_log"].sum(department)
    name = html.A(opening.base.name(department, visit), href=visit.address(department=department))
    numbers = words(
        "log_in_time_of", numerator=words.number(told.numerator), denominator=words.number(told.denominator)
    )
    return html.Tr(
        html.Th(
            html.Span([name, html.Small(numbers)]), scope="rowgroup", className="group", **{"colSpan": str(weeks + 2)}
        )
    )


def counselor_row(one: Counselor, weeks: Sequence[int], today: date, corps: Corps, visit: Visit) -> Component:
    words = visit.words
    own = one.person_id == visit.viewer.person_id
    misses = one.misses(corps.moment)
    short = html.Small(
        f"{words('log_missed')} {words('misses_of', misses=misses, most=corps.most)}",
        className=f"narrow-only gauge-{standing(misses, one, corps)[0]}",
    )
    name = [corps.called(one.person_id, words), html.Small(words("log_squads", many=one.squads)), short]
    return html.Tr(
        [
            html.Th(name, scope="row", className="row-head"),
            html.Td(gauge(misses, one, corps, words), className="misses"),
            *(cell(one, week, corps.state(one, week, today), visit) for week in weeks),
        ],
        className="own" if own else "",
        key=one.person_id,
    )


def cell(one: Counselor, week: int, state: State, visit: Visit) -> Component:
    """One week of one counselor: shape, word, and whether it was reviewed."""
    words, log = visit.words, one.logs.get(week)
    shape = html.Span(SHAPES[state], className="shape", **{"aria-hidden": "true"})
    word = html.Span(words(WORDED[state]), className="log-word")
    if log is None:
        said = f"{words('week', week=week)} · {words(WORDED[state])}"
        return html.Td(html.Span([shape, word], title=said, className="log-cell"), className=f"log log-{state}")
    said = " · ".join(
        [
            words("week", week=week),
            words(WORDED[state]),
            words("due_by", time=words.moment(log["due_at"], seconds=True)),
            *([words(REVIEWS[log["review"]])] if state in HANDED_IN else []),
            *([words("log_counts_missed")] if state == "late" else []),
        ]
    )
    mark = REVIEW_MARKS.get(log["review"]) if state in HANDED_IN else None
    inside = [shape, word, html.Span(mark, className="log-review", **{"aria-hidden": "true"}) if mark else None]
    link = html.A(
        inside,
        href=log_address(log, visit),
        title=said,
        className="log-cell",
        **{"aria-label": said, "data-log": state},
    )
    return html.Td(link, className=f"log log-{state}")


def log_address(log: Any, visit: Visit) -> str:
    return visit.address(f"counselors/logs/{log['log_id']}")


def weeks_told(weeks: Sequence[int], words: Words) -> str:
    """1、3、4 or 1, 3, 4."""
    return words.either("、", ", ").join(map(str, weeks))


def missed_weeks(one: Counselor, corps: Corps) -> list[int]:
    """Weeks whose log never came."""
    today = corps.moment.date()
    return [week for week in one.logs if corps.state(one, week, today) == MISSES[1]]
