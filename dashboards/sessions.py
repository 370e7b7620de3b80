"""A session 课次: one meeting of a class, and every event that made its rows what they are.  Seed: D10, D11."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.ground import Ground, ground
from dashboards.parts.panel import nothing, panel, table
from dashboards.parts.people import named
from dashboards.parts.shell import frame
from dashboards.parts.steps import Step, steps_panel
from dashboards.parts.visit import Visit
from dashboards.parts.words import Words
from domain import Unknown
from projections import Figure

Row = Mapping[str, Any]
MARKS: Final = ("present", "late", "left_early", "leave", "absent")
OUTCOMES: Final = {"recognised": "step_recognised", "overridden": "step_recognised", "waived": "step_waived"}


async def page(visit: Visit, session_id: str) -> Component:
    """One session as it stands, and its history."""
    words = visit.words

    async def rows(table_: str, where: Mapping[str, Any] | None = None, **how: Any) -> list[dict[str, Any]]:
        asked = where or {"session_id": session_id}
        found = await visit.readings.rows(table_, visit.viewer, where=asked, as_of=visit.as_of, **how)
        return [row for row in found if visit.as_of is None or row["since"] <= visit.as_of]

    base = await ground(visit)
    history, rolls, attendance, hours, duties = await asyncio.gather(
        rows("session", history=True),
        rows("roll_call", history=True),
        rows("attendance"),
        rows("hours", history=True),
        rows("duty", {"about": session_id}, history=True),
    )
    if not history:
        raise Unknown("session_unknown", session=session_id)
    session = max(history, key=lambda row: row["since"])
    rooms, squads = await asyncio.gather(
        rows("room", {"room_id": [session["room_id"] or ""]}), rows("squad", {"squad_id": list(session["squad_ids"])})
    )
    slot = words("slots", first=session["begin_period"], last=session["end_period"])
    known = [*facts(session, base, visit), *place(rooms, squads, words)]
    lines = [part for name, text in known for part in (html.Dt(name), html.Dd(text))]
    return frame(
        visit,
        session["course_name"],
        f"{session['day']} · {words('week', week=session['week'])} · {slot}",
        [
            crumbs(session, base, visit),
            html.Div(
                [
                    panel(words("session"), "", html.Dl(lines, className="facts")),
                    attendance_panel(attendance, base, visit),
                ],
                className="row row-wide",
            ),
            steps_panel(steps(history, rolls, hours, duties, words), visit, words("history_title")),
        ],
        names_from=visit.figure,
    )


def crumbs(session: Row, base: Ground, visit: Visit) -> Component | None:
    """The way back to the figure the session was opened from."""
    figure = Figure.by_key.get(visit.figure or "")
    if figure is None:
        return None
    department = session["department_id"]
    steps_up = [
        html.A(visit.words.either(figure.zh, figure.en), href=visit.address(f"figures/{figure.key}", department=None)),
        html.A(base.name(department, visit), href=visit.address(f"figures/{figure.key}", department=department)),
        html.Span(session["course_name"], lang="zh-CN"),
    ]
    parts = [part for step in steps_up for part in (html.Span("›", className="quiet"), step)]
    return html.Nav(parts[1:], className="crumbs", **{"aria-label": visit.words("figures")})


def facts(session: Row, base: Ground, visit: Visit) -> Iterator[tuple[str, Any]]:
    """What a session is, by name."""
    words = visit.words
    teachers: list[Any] = []
    for person in session["teacher_ids"]:
        teachers += ["、" if teachers else None, named(person, words)]
    home = visit.address("", department=session["department_id"])
    yield words("department"), html.A(base.name(session["department_id"], visit), href=home)
    yield words("course"), html.Span([session["course_code"], " ", html.Span(session["course_name"], lang="zh-CN")])
    yield words("teachers"), html.Span(teachers)
    yield words("time"), f"{words.moment(session['starts_at'])} – {words.moment(session['ends_at'])[-5:]}"
    yield words("planned"), f"{words.periods(session['planned_periods'])} {words('periods')}"
    yield words("light"), words(f"step_{session['state']}")


def place(rooms: Sequence[Row], squads: Sequence[Row], words: Words) -> Iterator[tuple[str, Any]]:
    """Who is to be there, and where."""
    if squads:
        yield words("squads"), html.Span("、".join(row["name"] for row in squads), lang="zh-CN")
    yield words("room"), html.Span(rooms[0]["name"], lang="zh-CN") if rooms else words("room_open")


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


def steps(
    history: Sequence[Row], rolls: Sequence[Row], hours: Sequence[Row], duties: Sequence[Row], words: Words
) -> Iterator[Step]:
    """Every row version of the session; several of one event stay apart."""
    for row in history:
        detail = words.moment(row["ends_at"]) if row["state"] == "ended" else ""
        yield Step(row["since"], words(f"step_{row['state']}"), detail)
    for row in rolls:
        yield Step(
            row["since"], words("step_taken"), words.moment(row["taken_at"]), "good" if row["on_time"] else "bad"
        )
    for row in hours:
        recognised = row["recognised_hundredths"] > 0
        key = OUTCOMES.get(row["outcome"], "step_recognised") if recognised else "step_not_recognised"
        share = f"{row['recognised_hundredths'] / 100:g} / {row['planned_hundredths'] / 100:g} {words('periods')}"
        yield Step(row["since"], words(key), share, "good" if recognised else "bad")
    for row in duties:
        if row["state"] in ("open", "lapsed", "waived"):
            due = words("due_by", time=words.moment(row["due_at"]))
            yield Step(row["since"], words(f"step_{row['state']}"), due, "bad" if row["state"] == "lapsed" else "")
