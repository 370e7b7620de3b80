"""Read model of everything owed 应办事项, whatever the area: one row a duty, from the events that carry it.

Seed: 任务驱动, 过程监控, 部门负责.
"""

from __future__ import annotations

import domain
from domain import Event, areas
from projections import Figure, Scope, Table

# Every area must have declared its events before those that carry a duty are gathered.
list(areas(domain))
TYPES = tuple(sorted(name for name, kind in Event.by_name.items() if {"duty", "duties"} & kind.model_fields.keys()))

DUTY = Table(
    name="duty",
    keys=("key",),
    columns={
        "key": "text",
        "kind": "text",
        "about": "text",
        "person_id": "text",
        "department_id": "text",
        "opened_at": "timestamptz",
        "due_at": "timestamptz",
        "state": "text",
        "settled_at": "timestamptz",
        "term_id": "text",
        "week": "int",
        "day": "date",
    },
    types=TYPES,
    fields={"duty": "json", "duties": "json", "term_id": "text", "week": "int", "day": "date"},
    select="""
        select w.*, term_id, week, day, position
        from batch,
            json_to_recordset(case when duty is null then duties else json_build_array(duty) end) as w(
                key text, kind text, about text, person_id text, department_id text, opened_at timestamptz,
                due_at timestamptz, state text, settled_at timestamptz)
        where w.key is not null
    """,
    scope=Scope(department="department_id", persons=("person_id",)),
    indexes=(("department_id", "due_at"), ("person_id",), ("state", "due_at")),
    past=(("kind", "term_id"),),
)

DUTIES_OVERDUE = Figure(
    key="duties_overdue",
    column=27,
    zh="逾期未办事项",
    en="Duties overdue",
    unit="count",
    axis="A-owner",
    owner="校长室",
    better="lower",
    rows="""
        select department_id, term_id, week, day, person_id, key as about,
            1::numeric as numerator, 1::numeric as denominator, since as position
        from {duty} where due_at < %(moment)s and state in ('open', 'lapsed')
    """,
    definition_zh="已过期限、至今未办也未获豁免的应办事项数",
    definition_en="Duties past their due moment that were neither done nor waived until now",
)
