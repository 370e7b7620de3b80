"""Things 对象: what a row is about, told as people know it: a course, a slip, a task, a week's log, a notice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, LiteralString

from dash import html
from dash.development.base_component import Component

from dashboards.parts.ground import Ground
from dashboards.parts.visit import Visit
from projections import Table

Row = Mapping[str, Any]
# Kind of id → the table it must be in, and id, name, its English, a detail of what it names, and its page if any.
ASKED: Final[Mapping[str, tuple[str, LiteralString]]] = {
    "teaching_class": (
        "offering",
        """select teaching_class_id as id, course_name as name, null as name_en, course_code as detail
        from {offering} where teaching_class_id = any(%(ids)s)""",
    ),
    "slip": (
        "slip",
        """select s.slip_id as id, coalesce(c.title, s.code) as name, c.title_en as name_en, s.day::text as detail
        from {slip} s left join {slip_catalogue} c on c.code = s.code and c.version = s.category_version
        where s.slip_id = any(%(ids)s)""",
    ),
    "assignment": (
        "assignment",
        """select assignment_id as id, title as name, null as name_en, null as detail, 'tasks/' || task_id as page
        from {assignment} where assignment_id = any(%(ids)s)""",
    ),
    "weekly_log": (
        "weekly_log",
        """select log_id as id, null as name, null as name_en, week::text as detail,
            'counselors/logs/' || log_id as page
        from {weekly_log} where log_id = any(%(ids)s)""",
    ),
    "receipt": (
        "notice_receipt",
        """select receipt_id as id, title as name, null as name_en, null as detail
        from {notice_receipt} where receipt_id = any(%(ids)s)""",
    ),
    "notice": (
        "notice_receipt",
        """select distinct notice_id as id, title as name, null as name_en, null as detail
        from {notice_receipt} where notice_id = any(%(ids)s)""",
    ),
}


@dataclass(frozen=True)
class Things:
    """Sessions, and whatever else was found, by id."""

    sessions: Mapping[str, Row] = field(default_factory=dict)
    others: Mapping[str, Row] = field(default_factory=dict)


def concerned(thing: str) -> str:
    """The id a row is about: a duty is about what follows the kind in its key."""
    return thing.split("/")[1] if "/" in thing else thing


async def things(visit: Visit, about: Iterable[str]) -> Things:
    """What the ids name, as far as the viewer may see it."""
    by_kind: dict[str, list[str]] = {}
    for thing in sorted({concerned(thing) for thing in about}):
        by_kind.setdefault(thing.partition(":")[0], []).append(thing)

    async def found(ids: list[str], sql: LiteralString) -> list[dict[str, Any]]:
        return await visit.readings.select(sql, {"ids": ids}, visit.viewer, as_of=visit.as_of)

    sessions = by_kind.pop("session", [])
    asked = [(by_kind[kind], sql) for kind, (table, sql) in ASKED.items() if kind in by_kind and table in Table.by_name]
    told, *others = await asyncio.gather(
        visit.readings.rows(
            "session", visit.viewer, where={"session_id": sessions}, limit=len(sessions) + 1, as_of=visit.as_of
        ),
        *(found(ids, sql) for ids, sql in asked),
    )
    return Things({row["session_id"]: row for row in told}, {row["id"]: row for rows in others for row in rows})


def about(thing: str, known: Things, base: Ground, visit: Visit, figure: str | None = None) -> Component:
    """What a row is about, by its name, or by its id; a session, a task and a log as the way to its own page."""
    thing, words = concerned(thing), visit.words
    if session := known.sessions.get(thing):
        slot = words("slots", first=session["begin_period"], last=session["end_period"])
        return html.A(
            [html.Span(session["course_name"], lang="zh-CN"), html.Small(f"{session['day']} · {slot}")],
            href=visit.address(f"sessions/{thing}", figure=figure),
            className="about",
        )
    if row := known.others.get(thing):
        page = row.get("page")
        if thing.startswith("weekly_log:"):
            return html.A(words("week", week=row["detail"]), href=visit.address(page))
        name = html.Span(words.of(row), **({} if row["name_en"] else {"lang": "zh-CN"}))
        told = [name, html.Small(row["detail"]) if row["detail"] else None]
        if page:
            return html.A(told, href=visit.address(page), className="about")
        return html.Span(told, className="about")
    if thing.startswith("department:"):
        return html.Span(base.name(thing, visit))
    return html.Code(thing)
