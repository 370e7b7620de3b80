"""Read models of tasks: what was set, who has it, when it is due and was done, and how it was judged."""

from __future__ import annotations

from domain.tasks import (
    ASSIGNMENT_EVENTS,
    TASK_EVENTS,
    TaskExtensionGranted,
    TaskExtensionRefused,
    TaskExtensionRequested,
)
from projections import Figure, Scope, Table, done_in_time

TASK = Table(
    "task",
    keys=("task_id",),
    columns={
        "task_id": "text",
        "title": "text",
        "category": "text",
        "priority": "text",
        "source": "text",
        "publisher_id": "text",
        "publisher_role": "text",
        "department_id": "text",
        "parent_task_id": "text",
        "parent_assignment_id": "text",
        "published_at": "timestamptz",
        "due_at": "timestamptz",
        "state": "text",
        "term_id": "text",
        "week": "int",
        "day": "date",
    },
    types=tuple(kind.NAME for kind in TASK_EVENTS),
    select="""
        select t.*, d.term_id, d.week, d.day, position
        from batch,
            json_to_record(data) as d(task json, term_id text, week int, day date),
            json_to_record(d.task) as t(
                task_id text, title text, category text, priority text, source text, publisher_id text,
                publisher_role text, department_id text, parent_task_id text, parent_assignment_id text,
                published_at timestamptz, due_at timestamptz, state text)
    """,
    scope=Scope(department="department_id", persons=("publisher_id",)),
    indexes=(("publisher_id",), ("department_id", "state"), ("parent_task_id",)),
)

# `department_id` answers for the assignment; `task_department_id` set the task.
ASSIGNMENT = Table(
    "assignment",
    keys=("assignment_id",),
    columns={
        "assignment_id": "text",
        "task_id": "text",
        "title": "text",
        "priority": "text",
        "publisher_id": "text",
        "task_department_id": "text",
        "part": "text",
        "assignee_department_id": "text",
        "holder_id": "text",
        "department_id": "text",
        "parties": "text[]",
        "turn": "int",
        "assigned_at": "timestamptz",
        "accept_by": "timestamptz",
        "accepted_at": "timestamptz",
        "first_due_at": "timestamptz",
        "due_at": "timestamptz",
        "progress": "int",
        "submitted_at": "timestamptz",
        "overdue_at": "timestamptz",
        "extensions": "int",
        "rejections": "int",
        "score": "int",
        "evaluated_at": "timestamptz",
        "state": "text",
        "term_id": "text",
        "week": "int",
        "day": "date",
    },
    types=tuple(kind.NAME for kind in ASSIGNMENT_EVENTS),
    select="""
        select a.*, d.term_id, d.week, d.day, position
        from batch,
            json_to_record(data) as d(assignment json, term_id text, week int, day date),
            json_to_record(d.assignment) as a(
                assignment_id text, task_id text, title text, priority text, publisher_id text,
                task_department_id text, part text, assignee_department_id text, holder_id text, department_id text,
                parties text[], turn int, assigned_at timestamptz, accept_by timestamptz, accepted_at timestamptz,
                first_due_at timestamptz, due_at timestamptz, progress int, submitted_at timestamptz,
                overdue_at timestamptz, extensions int, rejections int, score int, evaluated_at timestamptz, state text)
    """,
    scope=Scope(department="department_id", persons=("parties", "publisher_id")),
    indexes=(("task_id",), ("holder_id", "state"), ("department_id", "state")),
)

TASK_EXTENSION = Table(
    "task_extension",
    keys=("extension_id",),
    columns={
        "extension_id": "text",
        "assignment_id": "text",
        "task_id": "text",
        "department_id": "text",
        "publisher_id": "text",
        "requested_by": "text",
        "requested_at": "timestamptz",
        "from_due_at": "timestamptz",
        "asked_due_at": "timestamptz",
        "after_due": "boolean",
        "reason": "text",
        "state": "text",
        "granted_due_at": "timestamptz",
        "decided_by": "text",
        "decided_at": "timestamptz",
        "answer": "text",
    },
    types=(TaskExtensionRequested.NAME, TaskExtensionGranted.NAME, TaskExtensionRefused.NAME),
    select="""
        select e.*, position
        from batch,
            json_to_record(data) as d(extension json),
            json_to_record(d.extension) as e(
                extension_id text, assignment_id text, task_id text, department_id text, publisher_id text,
                requested_by text, requested_at timestamptz, from_due_at timestamptz, asked_due_at timestamptz,
                after_due boolean, reason text, state text, granted_due_at timestamptz, decided_by text,
                decided_at timestamptz, answer text)
    """,
    scope=Scope(department="department_id", persons=("requested_by", "publisher_id")),
    indexes=(("assignment_id",), ("state",)),
)

TASKS = Figure(
    key="tasks",
    column=27,
    zh="任务按时完成率",
    en="Tasks done in time",
    unit="percent",
    axis="A-staff",
    owner="校长室",
    better="higher",
    rows=done_in_time("task"),
    definition_zh="按期提交办结的主办分派 ÷ 期限已过的主办分派(按到期时承办人所在部门;到期前撤销的不计;逾期永久保留)",
    definition_en="Lead assignments submitted by their due moment ÷ those past it, by the department of whoever held "
    "them then (those called off before are left out; overdue is for ever)",
)

TASKS_ACCEPTED = Figure(
    key="tasks_accepted",
    column=27,
    zh="任务按期接收率",
    en="Tasks accepted in time",
    unit="percent",
    axis="A-staff",
    owner="校长室",
    better="higher",
    rows=done_in_time("task_acceptance"),
    definition_zh="在规定工作日内接收(或转办)的分派 ÷ 接收期限已过的分派(期限内退回或收回的不计)",
    definition_en="Assignments accepted or passed on within the working days allowed ÷ those past that moment "
    "(declined or taken back before it: left out)",
)

TASK_SCORE = Figure(
    key="task_score",
    column=27,
    zh="任务评价均分",
    en="Mean score of tasks",
    unit="score",
    axis="A-staff",
    owner="校长室",
    better="higher",
    rows="""
        select department_id, term_id, week, day, holder_id as person_id, assignment_id as about,
            score::numeric as numerator, 1::numeric as denominator, since as position
        from {assignment} where score is not null
    """,
    definition_zh="发布人对办结分派的评分(1–5)之和 ÷ 已评价的分派数",
    definition_en="Publishers' scores (1–5) of finished assignments ÷ assignments judged",
    true_by="event",
)
