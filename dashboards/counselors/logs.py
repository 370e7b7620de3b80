"""One weekly log 周志: where it stands, and every event that made it so.  Seed: D19."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.counselors.corps import state_of
from dashboards.counselors.log_matrix import REVIEWS, state_mark
from dashboards.parts.ground import Ground, ground
from dashboards.parts.panel import panel
from dashboards.parts.people import named
from dashboards.parts.rules import rulebook
from dashboards.parts.shell import frame
from dashboards.parts.steps import Step, steps_panel
from dashboards.parts.texts import texts_panel
from dashboards.parts.visit import Visit
from dashboards.parts.words import Words
from domain import Unknown

Row = Mapping[str, Any]
# What a row says after an event: its state, or where only the review changed, the review.
STATES: Final = {
    "due": ("log_step_due", ""),
    "submitted": ("log_step_in_time", "good"),
    "submitted_late": ("log_step_late", "bad"),
    "missed": ("log_step_missed", "bad"),
    "exempt": ("log_step_exempt", ""),
}
READ: Final = {
    "none": ("log_step_amended", ""),
    "reviewed": ("log_step_reviewed", "good"),
    "returned": ("log_step_returned", "bad"),
}
# The parts of a log as its form has them, and what others added.
SECTIONS: Final = {
    "class_situation": "section_class_situation",
    "attendance_handling": "section_attendance_handling",
    "talks": "section_talks",
    "dormitory_visits": "section_dormitory_visits",
    "lessons_observed": "section_lessons_observed",
    "incidents": "section_incidents",
    "suggestions": "section_suggestions",
    "next_week_plan": "section_next_week_plan",
    "amendment": "log_step_amended",
    "comment": "section_comment",
}


async def page(visit: Visit, log_id: str) -> Component:
    """One log as it stands, and its history."""
    words = visit.words
    base = await ground(visit)
    versions = await visit.readings.rows(
        "weekly_log", visit.viewer, where={"log_id": log_id}, as_of=visit.as_of, order=("since",), history=True
    )
    if not versions:
        raise Unknown("weekly_log_unknown", log=log_id)
    log, moment = versions[-1], (await rulebook(visit)).moment
    known = list(facts(log, base, visit))
    known.insert(3, (words("light"), state_mark(state_of(log, moment), words)))
    lines = [part for name, told in known for part in (html.Dt(name), html.Dd(told))]
    return frame(
        visit,
        words("log_one", week=log["week"]),
        f"{base.name(log['department_id'], visit)} · {words('due_by', time=words.moment(log['due_at'], seconds=True))}",
        [
            crumbs(log, base, visit),
            html.Div(
                [
                    panel(
                        words("log_one", week=log["week"]),
                        "",
                        html.Dl(lines, className="facts"),
                    ),
                    steps_panel(steps(versions, words), visit, words("log_history")),
                ],
                className="row row-half",
            ),
            texts_panel(log_id, words("log_text"), {name: words(text) for name, text in SECTIONS.items()}, visit)
            if log["submitted_at"]
            else None,
        ],
        names_from="counselor_log",
    )


def crumbs(log: Row, base: Ground, visit: Visit) -> Component:
    """The way back to the page of counselors."""
    words, department = visit.words, log["department_id"]
    ways = [
        html.A(words("counselors"), href=visit.address("counselors", department=None)),
        html.A(base.name(department, visit), href=visit.address("counselors", department=department)),
        named(log["person_id"], words),
    ]
    parts = [part for way in ways for part in (html.Span("›", className="quiet"), way)]
    return html.Nav(parts[1:], className="crumbs", **{"aria-label": words("counselors")})


def facts(log: Row, base: Ground, visit: Visit) -> Iterator[tuple[str, Any]]:
    """What a log is, by name."""
    words = visit.words
    yield words("log_counselor"), named(log["person_id"], words)
    home = visit.address("counselors", department=log["department_id"])
    yield words("department"), html.A(base.name(log["department_id"], visit), href=home)
    yield words("week_short"), f"{words('week', week=log['week'])} · {log['day']}"
    yield words("log_due_at"), words.moment(log["due_at"], seconds=True)
    if log["submitted_at"]:
        yield words("log_handed_in"), f"{words.moment(log['submitted_at'], seconds=True)} · {margin(log, words)}"
        yield words("log_review"), words(REVIEWS[log["review"]])
    if log["reviewed_by"]:
        yield words("log_reviewed_by"), named(log["reviewed_by"], words)


def margin(log: Row, words: Words) -> str:
    """How long before or after the deadline a log came."""
    early = log["due_at"] - log["submitted_at"].replace(microsecond=0)
    key = "log_handed_in_early" if early.total_seconds() >= 0 else "duty_late_by"
    return words(key, days=abs(early).days, hours=abs(early).seconds // 3600)


def steps(versions: Sequence[Row], words: Words) -> Iterator[Step]:
    """Every version of the row as the event it came from."""
    before: Row | None = None
    for row in versions:
        changed = before is None or before["state"] != row["state"]
        text, kind = STATES[row["state"]] if changed else READ[row["review"]]
        detail, person = "", None
        if changed and row["state"] in ("due", "missed"):
            detail = words("due_by", time=words.moment(row["due_at"], seconds=True))
        elif changed and row["submitted_at"]:
            detail = words.moment(row["submitted_at"], seconds=True)
        elif not changed:
            person = row["reviewed_by"]
        yield Step(row["since"], words(text), detail, kind, person)
        before = row
