"""One task 任务: its assignments, the parts it was broken into, and everything that happened to it.  Seed: D05."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.drill_down import event_link
from dashboards.parts.ground import Ground, ground
from dashboards.parts.panel import nothing, panel, table
from dashboards.parts.people import named
from dashboards.parts.rules import rulebook
from dashboards.parts.shell import frame
from dashboards.parts.steps import steps_panel
from dashboards.parts.visit import Visit
from dashboards.parts.words import Words
from dashboards.tasks.lists import extensions, priority, task_link
from dashboards.tasks.story import story
from dashboards.tasks.work import UNDONE, Row, Task, mark, state_of
from domain import Unknown
from domain.access import ROLES

SOURCES: Final = {
    "routine": "source_routine",
    "meeting": "source_meeting",
    "ticket": "source_ticket",
    "incident": "source_incident",
    "inspection": "source_inspection",
}
# From the task up to the whole it is part of, and down again to all its parts.
FAMILY: Final = """
    with recursive above as (
        select task_id, parent_task_id from {task} where task_id = %(task)s
        union select t.task_id, t.parent_task_id from {task} t join above a on t.task_id = a.parent_task_id
    ), tree as (
        select task_id from above where parent_task_id is null
            or parent_task_id not in (select task_id from above)
        union select t.task_id from {task} t join tree on t.parent_task_id = tree.task_id
    )
    select t.*, t.since as position from {task} t join tree on tree.task_id = t.task_id
    order by t.due_at, t.task_id limit 500"""


@dataclass(frozen=True)
class Thread:
    """A task in sight with its family, the versions of its rows, and the moment it is looked at."""

    task: Task
    family: Sequence[Task]
    versions: Sequence[Row]
    assignments: Sequence[Row]
    extensions: Sequence[Row]
    duties: Sequence[Row]
    moment: datetime


async def page(visit: Visit, task_id: str) -> Component:
    """One task as it stands, and its history."""
    words = visit.words
    base, thread = await asyncio.gather(ground(visit), read(visit, task_id))
    said = thread.task.any
    due = words("due_by", time=words.moment(thread.task.due_at, seconds=True))
    lines = [part for name, told in facts(thread, base, visit) for part in (html.Dt(name), html.Dd(told))]
    moved = [row for row in thread.extensions if row["until"] is None]
    told = [{**row, "position": row["since"], "title": said["title"]} for row in moved]
    return frame(
        visit,
        said["title"],
        f"{base.name(thread.task.setter, visit)} · {due}",
        [
            crumbs(thread, visit),
            html.Div(
                [
                    panel(words("task"), "", html.Dl(lines, className="facts"), hint(words)),
                    tree_panel(thread, base, visit),
                ],
                className="row row-half",
            ),
            assignments_panel(thread, base, visit),
            panel(words("moved_title"), words("moved_hint"), extensions(told, base, visit, titled=False))
            if told
            else None,
            steps_panel(story(thread, base, visit), visit, words("thread_story")),
        ],
        names_from="tasks",
    )


def hint(words: Words) -> Component:
    return html.P(words("thread_text"), className="hint")


async def read(visit: Visit, task_id: str) -> Thread:
    """Everything of one task the viewer may see; raises Unknown("task_unknown")."""

    async def versions(name: str, where: Mapping[str, Any]) -> list[dict[str, Any]]:
        return await visit.readings.rows(
            name, visit.viewer, where=where, as_of=visit.as_of, order=("since",), limit=5000, history=True
        )

    of = {"task_id": task_id}
    rules, family, tasks, assignments, asked = await asyncio.gather(
        rulebook(visit),
        visit.readings.select(FAMILY, {"task": task_id}, visit.viewer, as_of=visit.as_of),
        versions("task", of),
        versions("assignment", of),
        versions("task_extension", of),
    )
    if not (tasks or assignments):
        raise Unknown("task_unknown", task=task_id)
    relatives = [row["task_id"] for row in family]
    others, duties = await asyncio.gather(
        visit.readings.rows(
            "assignment", visit.viewer, where={"task_id": relatives}, as_of=visit.as_of, order=("due_at",), limit=5000
        ),
        versions("duty", {"about": sorted({row["assignment_id"] for row in assignments})}),
    )
    by_task: dict[str, list[Row]] = {}
    for one in others:
        by_task.setdefault(one["task_id"], []).append({**one, "position": one["since"]})
    current = [{**row, "position": row["since"]} for row in assignments if row["until"] is None]
    row = next(({**row, "position": row["since"]} for row in tasks if row["until"] is None), None)
    return Thread(
        Task(task_id, row, sorted(current, key=lambda a: (a["part"] != "lead", a["due_at"], a["assignment_id"]))),
        [Task(told["task_id"], told, by_task.get(told["task_id"], [])) for told in family],
        tasks,
        assignments,
        asked,
        duties,
        rules.moment,
    )


def crumbs(thread: Thread, visit: Visit) -> Component:
    """The way back to all tasks, by way of what this one is part of."""
    words = visit.words
    known = {task.task_id: task for task in thread.family}
    above: list[Any] = []
    parent = thread.task.row["parent_task_id"] if thread.task.row else None
    while parent in known:
        task = known[parent]
        above.insert(0, task_link(task.task_id, task.any["title"], visit))
        parent = task.any["parent_task_id"]
    ways = [html.A(words("tasks"), href=visit.address("tasks")), *above]
    ways.append(html.Span(thread.task.any["title"], lang="zh-CN"))
    parts = [part for way in ways for part in (html.Span("›", className="quiet"), way)]
    return html.Nav(parts[1:], className="crumbs", **{"aria-label": words("tasks")})


def facts(thread: Thread, base: Ground, visit: Visit) -> Iterator[tuple[str, Any]]:
    """What a task is, by name; of one whose own row is out of sight, what its assignments say."""
    words, task = visit.words, thread.task
    said = task.any
    yield words("light"), whole(task, thread.moment, words)
    yield words("task_due"), words.moment(task.due_at, seconds=True)
    by = [named(said["publisher_id"], words), " "]
    if task.row and task.row["publisher_role"] in ROLES:
        by.append(html.Span(words.either(*ROLES[task.row["publisher_role"]]), className="quiet"))
    yield words("thread_set_by"), html.Span(by)
    yield words("department"), base.name(task.setter, visit)
    yield words("priority"), priority(said["priority"], words)
    if task.row:
        yield words("thread_category"), html.Span(task.row["category"], lang="zh-CN")
        yield words("source"), words(SOURCES[task.row["source"]])
        yield words("thread_published"), words.moment(task.row["published_at"], seconds=True)


def whole(task: Task, moment: datetime, words: Words) -> Component:
    """Where a task as a whole stands."""
    state = task.state(moment)
    if state == "waiting" and not task.assignments:
        return mark(state, words, words("task_nobody"))
    return mark(state, words)


def tree_panel(thread: Thread, base: Ground, visit: Visit) -> Component:
    """The whole with all its parts, each leading to its own page."""
    words = visit.words
    children: dict[str | None, list[Task]] = {}
    known = {task.task_id for task in thread.family}
    for task in thread.family:
        parent = task.any["parent_task_id"]
        children.setdefault(parent if parent in known else None, []).append(task)

    def branch(task: Task) -> Component:
        done = sum(a["state"] not in UNDONE for a in task.assignments)
        counts = words("task_done_of", done=done, many=len(task.assignments)) if task.assignments else ""
        here = task.task_id == thread.task.task_id
        title = task.any["title"]
        return html.Li(
            [
                html.Div(
                    [
                        html.Strong(title, lang="zh-CN") if here else task_link(task.task_id, title, visit),
                        whole(task, thread.moment, words),
                        html.Small(
                            " · ".join(filter(None, (base.name(task.setter, visit), words.moment(task.due_at), counts)))
                        ),
                    ],
                    className="branch here" if here else "branch",
                ),
                html.Ul([branch(part) for part in children[task.task_id]]) if task.task_id in children else None,
            ]
        )

    if len(thread.family) < 2:
        return panel(words("thread_tree"), "", nothing(words("thread_tree_none")), kind="tree-panel")
    roots = [branch(task) for task in children.get(None, [])]
    return panel(words("thread_tree"), "", html.Ul(roots, className="tree"), kind="tree-panel")


def assignments_panel(thread: Thread, base: Ground, visit: Visit) -> Component:
    """Everybody charged with it."""
    words = visit.words
    if not thread.task.assignments:
        return panel(words("thread_assignments"), "", nothing(words("thread_none")), kind="assignments-panel")
    heads = [
        (words("thread_holder"), ""),
        (words("thread_part"), "nowrap minor"),
        (words("light"), "nowrap"),
        (words("thread_accepted"), "nowrap minor"),
        (words("task_due"), "nowrap"),
        (words("thread_done"), "nowrap"),
        (words("thread_score"), "nowrap"),
        (words("event"), "num minor"),
    ]
    rows = [assignment_line(one, thread.moment, base, visit) for one in thread.task.assignments]
    body = table(heads, rows, words("thread_assignments"), "drill")
    return panel(words("thread_assignments"), "", body, kind="assignments-panel")


def assignment_line(one: Row, moment: datetime, base: Ground, visit: Visit) -> list[Any]:
    words = visit.words
    accepted = words.moment(one["accepted_at"]) if one["accepted_at"] else None
    by = words("thread_accept_by", time=words.moment(one["accept_by"])) if one["state"] == "assigned" else "—"
    times = html.Small(words("task_moved_times", times=one["extensions"]), className="moved")
    return [
        html.Span(
            [named(one["holder_id"], words), html.Small(base.name(one["department_id"], visit))], className="about"
        ),
        words("task_lead" if one["part"] == "lead" else "task_assist"),
        stand(one, moment, words),
        accepted or by,
        html.Span(
            [html.Span(words.moment(one["due_at"], seconds=True)), times if one["extensions"] else None],
            className="about",
        ),
        words.moment(one["submitted_at"], seconds=True) if one["submitted_at"] else "—",
        judged(one, words),
        event_link(one["position"], visit),
    ]


def stand(one: Row, moment: datetime, words: Words) -> Component:
    """Where an assignment stands, with how late or how far it is."""
    state = state_of(one, moment)
    said = ""
    if state == "overdue":
        said = words("task_overdue_days", days=(moment - one["due_at"]).days)
    if state == "under_way":
        said = words("task_progress", progress=one["progress"])
    told = [mark(state, words, said)]
    if state in ("under_way", "overdue"):
        bar = html.Span(className="bar piece-confirmed", style={"width": f"{one['progress']}%"})
        told.append(html.Span(bar, className="bar-track progress", title=f"{one['progress']}%"))
    return html.Span(told, className="about")


def judged(one: Row, words: Words) -> Any:
    if one["score"] is not None:
        return html.Strong(words("task_judged", score=one["score"]))
    return html.Span(words("task_unjudged"), className="quiet") if one["state"] == "submitted" else "—"
