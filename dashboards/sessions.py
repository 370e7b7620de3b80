"""A session 课次: one meeting of a class, and every event that made its rows what they are.  Seed: D10, D11."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.drill_down import event_link
from dashboards.parts.ground import Ground, ground
from dashboards.parts.panel import nothing, panel, table
from dashboards.parts.people import named
from dashboards.parts.shell import frame
from dashboards.parts.visit import Visit
from domain import Unknown

Row = Mapping[str, Any]
MARKS: Final = ("present", "late", "left_early", "leave", "absent")
OUTCOMES: Final = {"recognised": "step_recognised", "overridden": "step_recognised", "waived": "step_waived"}


async def page(visit: Visit, session_id: str) -> Component:
    """One session as it stands, and its history."""
    words = visit.words

    async def rows(table_: str, **how: Any) -> list[dict[str, Any]]:
        return await visit.readings.rows(
            table_, visit.viewer, where={"session_id": session_id}, as_of=visit.as_of, **how
        )

    base, now, history, rolls, attendance, hours = await asyncio.gather(
        ground(visit),
        rows("session"),
        rows("session", history=True),
        rows("roll_call", history=True),
        rows("attendance"),
        rows("hours", history=True),
    )
    duties = await visit.readings.rows(
        "duty", visit.viewer, where={"about": session_id}, history=True, as_of=visit.as_of
    )
    if not now:
        raise Unknown("session_unknown", session=session_id)
    session = now[0]
    title = session["course_name"]
    slot = words("slots", first=session["begin_period"], last=session["end_period"])
    under = f"{session['day']} · {words('week', week=session['week'])} · {slot}"
    return frame(
        visit,
        title,
        under,
        [
            html.Div(
                [facts(session, base, visit), attendance_panel(attendance, base, visit)], className="row row-wide"
            ),
            steps_panel(sorted(steps(history, rolls, hours, duties), key=lambda s: s[0]), visit),
        ],
        names_from=visit.figure,
    )


def facts(session: Row, base: Ground, visit: Visit) -> Component:
    words = visit.words
    teachers: list[Any] = []
    for person in session["teacher_ids"]:
        teachers += ["、" if teachers else None, named(person, words)]
    told: list[tuple[str, Any]] = [
        (
            words("department"),
            html.A(
                base.name(session["department_id"], visit), href=visit.address("", department=session["department_id"])
            ),
        ),
        (words("course"), f"{session['course_code']} {session['course_name']}"),
        (words("teachers"), html.Span(teachers)),
        (words("time"), f"{words.moment(session['starts_at'])} – {words.moment(session['ends_at'])[-5:]}"),
        (words("planned"), f"{words.periods(session['planned_periods'])} {words('periods')}"),
        (words("light"), words(f"step_{session['state']}")),
    ]
    return panel(
        words("session"),
        "",
        html.Dl([part for name, text in told for part in (html.Dt(name), html.Dd(text))], className="facts"),
    )


def attendance_panel(rows: Sequence[Row], base: Ground, visit: Visit) -> Component:
    """Counts by the department of the students; no student is named here."""
    words = visit.words
    if not rows:
        return panel(words("attendance_title"), "", nothing(words("attendance_none")))
    heads = [(words("department"), "row-head"), (words("roster"), "num")] + [(words(mark), "num") for mark in MARKS]
    body = [
        [base.name(row["department_id"], visit), words.number(row["roster"]), *(words.number(row[m]) for m in MARKS)]
        for row in rows
    ]
    return panel(words("attendance_title"), "", table(heads, body, words("attendance_title"), "levels"))


Step = tuple[int, str, str]


def steps(history: Sequence[Row], rolls: Sequence[Row], hours: Sequence[Row], duties: Sequence[Row]) -> Iterator[Step]:
    """(position, words key, detail) of every row version; several of one event stay apart."""
    for row in history:
        yield row["since"], f"step_{row['state']}", ""
    for row in rolls:
        yield row["since"], "step_taken", ""
    for row in hours:
        recognised = row["recognised_hundredths"] > 0
        key = OUTCOMES.get(row["outcome"], "step_recognised") if recognised else "step_not_recognised"
        yield row["since"], key, f"{row['recognised_hundredths'] / 100:g} / {row['planned_hundredths'] / 100:g}"
    for row in duties:
        if row["state"] in ("open", "lapsed", "waived"):
            yield row["since"], f"step_{row['state']}", ""


def steps_panel(found: Sequence[Step], visit: Visit) -> Component:
    """The events in the order they were recorded."""
    words = visit.words
    if not found:
        return panel(words("history_title"), "", nothing(words("history_none")))
    items = [
        html.Li([event_link(position, visit), html.Strong(words(key)), html.Span(detail, className="quiet")])
        for position, key, detail in dict.fromkeys(found)
    ]
    return panel(words("history_title"), "", html.Ol(items, className="steps"), kind="steps-panel")
