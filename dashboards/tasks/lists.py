"""The list of tasks 任务清单, and the deadlines that were moved: by whom, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.columns import Opening
from dashboards.parts.drill_down import event_link
from dashboards.parts.ground import Ground
from dashboards.parts.naming import names_from, names_switch
from dashboards.parts.panel import nothing, panel, table
from dashboards.parts.people import named
from dashboards.parts.reading import SHAPES, Light
from dashboards.parts.visit import Visit
from dashboards.parts.words import Words
from dashboards.tasks.work import UNDONE, Row, Task, Work, mark, window
from domain.access import ROLES

PAGE: Final = 25
PRIORITIES: Final = {
    "low": "priority_low",
    "normal": "priority_normal",
    "high": "priority_high",
    "urgent": "priority_urgent",
}
EXTENSIONS: Final = """
    select e.*, a.title, e.since as position
    from {task_extension} e left join {assignment} a on a.assignment_id = e.assignment_id
    where e.from_due_at >= %(from)s and e.from_due_at < %(until)s
      and (%(department)s::text is null or e.department_id = %(department)s)
    order by e.since desc limit 100"""
ANSWERS: Final[Mapping[str, tuple[Light, str]]] = {
    "requested": ("none", "moved_requested"),
    "granted": ("green", "moved_granted"),
    "refused": ("red", "moved_refused"),
}


def task_link(task_id: str, title: str, visit: Visit) -> Component:
    return html.A(title, href=visit.address(f"tasks/{task_id}"), lang="zh-CN", className="task-title")


def tasks_panel(work: Work, opening: Opening) -> Component:
    """One screen of the term's tasks, the overdue first."""
    visit, words = opening.visit, opening.visit.words
    if not work.tasks:
        body = nothing(words("tasks_none"), words("tasks_none_hint"))
        return panel(words("tasks_list"), "", body, kind="tasks-panel")
    ranked = sorted(work.tasks, key=lambda task: rank(task, work))
    pages = (len(ranked) + PAGE - 1) // PAGE
    page = min(visit.page, pages)
    shown = ranked[(page - 1) * PAGE : page * PAGE]
    heads = [
        (words("task"), "wide"),
        (words("priority"), "nowrap minor"),
        (words("task_setter"), "minor"),
        (words("task_leads"), "minor"),
        (words("task_due"), "nowrap"),
        (words("light"), "nowrap"),
        (words("event"), "num minor"),
    ]
    body = table(heads, [line(task, work, opening) for task in shown], words("tasks_list"), "drill")
    turn = turning(page, pages, len(shown), len(ranked), visit)
    return panel(
        words("tasks_list"), words("tasks_list_hint"), body, turn, tools=[names_switch(visit)], kind="tasks-panel"
    )


def rank(task: Task, work: Work) -> tuple[int, float, str]:
    """Overdue, then open, then ended; within them the earliest due, of the ended the latest."""
    state = task.state(work.moment)
    if state == "overdue":
        return 0, task.due_at.timestamp(), task.task_id
    if state in ("waiting", "under_way"):
        return 1, task.last_due_at.timestamp(), task.task_id
    return 2, -task.due_at.timestamp(), task.task_id


def turning(page: int, pages: int, shown: int, all_: int, visit: Visit) -> Component | None:
    words, first = visit.words, (page - 1) * PAGE + 1
    if pages == 1:
        return None
    return html.Nav(
        [
            html.A(words("previous"), href=visit.address(page=page - 1), className="button") if page > 1 else None,
            html.Span(words("rows_shown", first=first, last=first + shown - 1, all=f"{all_:,}")),
            html.A(words("next"), href=visit.address(page=page + 1), className="button") if page < pages else None,
        ],
        className="turn",
    )


def line(task: Task, work: Work, opening: Opening) -> list[Any]:
    visit, words = opening.visit, opening.visit.words
    said = task.any
    category = task.row["category"] if task.row else None
    return [
        html.Span(
            [
                task_link(task.task_id, said["title"], visit),
                html.Small(category, lang="zh-CN") if category else None,
            ],
            className="about",
        ),
        priority(said["priority"], words),
        setter(task, opening),
        leads(task, opening),
        due(task, words),
        standing(task, work, words),
        event_link(said["position"], visit),
    ]


def priority(key: str, words: Words) -> Component:
    return html.Span(words(PRIORITIES[key]), className=f"priority priority-{key}")


def setter(task: Task, opening: Opening) -> Component:
    """The role and the office that set it."""
    words = opening.visit.words
    role = (
        words.either(*ROLES[task.row["publisher_role"]]) if task.row and task.row["publisher_role"] in ROLES else None
    )
    office = opening.base.name(task.setter, opening.visit)
    return html.Span([html.Span(role or office), html.Small(office) if role else None], className="about")


def leads(task: Task, opening: Opening) -> Component:
    """Who has it: of one lead the department and the name, of many how many; and how many have done it."""
    visit, words = opening.visit, opening.visit.words
    charged = [a for a in task.assignments if a["part"] == "lead" and a["state"] not in ("declined", "cancelled")]
    if not charged:
        return html.Span(words("task_nobody") if not task.assignments else "—", className="quiet")
    done = sum(a["state"] not in UNDONE for a in charged)
    under: list[Any] = [words("task_done_of", done=done, many=len(charged))]
    if len(charged) > 1:
        return html.Span([html.Span(words("task_many_leads", many=len(charged))), html.Small(under)], className="about")
    if names_from(visit, "tasks"):
        under = [named(charged[0]["holder_id"], words), " · ", *under]
    name = opening.base.name(charged[0]["department_id"], visit)
    return html.Span([html.Span(name), html.Small(under)], className="about")


def due(task: Task, words: Words) -> Component:
    """The due moment to the minute, and that it was moved."""
    times = sum(a["extensions"] for a in task.assignments)
    last = max((a["due_at"] for a in task.assignments), default=task.due_at)
    moved = words("task_moved_to", times=times, time=words.moment(last))
    return html.Span(
        [html.Span(words.moment(task.due_at)), html.Small(moved, className="moved") if times else None],
        className="about",
    )


def standing(task: Task, work: Work, words: Words) -> Component:
    """The worst of what is open, in words; how many days it is overdue."""
    state = task.state(work.moment)
    said = ""
    if state == "overdue":
        oldest = min(a["due_at"] for a in task.assignments if work.late(a))
        said = words("task_overdue_days", days=(work.moment - oldest).days)
    if state == "waiting" and not task.assignments:
        said = words("task_nobody")
    return mark(state, words, said)


async def moved_panel(opening: Opening) -> Component:
    """Every request for more time, the newest first."""
    visit, words = opening.visit, opening.visit.words
    asked: dict[str, Any] = {**window(opening), "department": visit.department}
    rows = await visit.readings.select(EXTENSIONS, asked, visit.viewer, as_of=visit.as_of)
    if not rows:
        return panel(words("moved_title"), "", nothing(words("moved_none"), good=True), kind="moved-panel")
    return panel(words("moved_title"), words("moved_hint"), extensions(rows, opening.base, visit), kind="moved-panel")


def extensions(rows: Sequence[Row], base: Ground, visit: Visit, titled: bool = True) -> Component:
    """Requests for more time as a table; of one task, without its title."""
    words = visit.words
    heads = [
        (words("task"), "wide"),
        (words("moved_from_to"), "nowrap"),
        (words("moved_asked"), "nowrap"),
        (words("moved_reason"), "wide"),
        (words("moved_decided"), "nowrap"),
        (words("light"), "nowrap"),
        (words("event"), "num"),
    ]
    body = [moved_line(row, base, visit) for row in rows]
    if not titled:
        heads, body = heads[1:], [told[1:] for told in body]
    return table(heads, body, words("moved_title"), "drill")


def moved_line(row: Row, base: Ground, visit: Visit) -> list[Any]:
    words = visit.words
    light, text = ANSWERS[row["state"]]
    shape = html.Span(SHAPES[light], className="shape", **{"aria-hidden": "true"})
    granted = row["granted_due_at"]
    after = words.moment(granted) if granted else words("moved_wished", time=words.moment(row["asked_due_at"]))
    reason, answer = row["reason"], row["answer"]
    return [
        html.Span(
            [
                task_link(row["task_id"], row["title"] or row["task_id"], visit),
                html.Small(base.name(row["department_id"], visit)),
            ],
            className="about",
        ),
        html.Span([html.Span(words.moment(row["from_due_at"])), html.Span(f"→ {after}")], className="about"),
        html.Span(
            [named(row["requested_by"], words), html.Small(words.moment(row["requested_at"]))], className="about"
        ),
        html.Span(
            [
                html.Span(reason or "—", lang="zh-CN"),
                html.Small(words("moved_after_due"), className="worse") if row["after_due"] else None,
                html.Small(f"↳ {answer}", lang="zh-CN") if answer else None,
            ],
            className="about",
        ),
        html.Span([named(row["decided_by"], words), html.Small(words.moment(row["decided_at"]))], className="about")
        if row["decided_by"]
        else "—",
        html.Span([shape, " ", html.Span(words(text))], className=f"light light-{light}"),
        event_link(row["position"], visit),
    ]
