"""Read model of registrations: which student takes which offering, since when, and how it ended."""

from __future__ import annotations

from domain.registrations import REGISTRATION_FACTS
from projections import Scope, Table

REGISTRATION = Table(
    "registration",
    keys=("teaching_class_id", "student_id"),
    columns={
        "teaching_class_id": "text",
        "student_id": "text",
        "term_id": "text",
        "department_id": "text",
        "registered_on": "date",
        "attempt": "int",
        "withdrawn_on": "date",
        "before_start": "boolean",
        "result": "text",
        "agrees": "boolean",
        "state": "text",
    },
    types=tuple(kind.NAME for kind in REGISTRATION_FACTS),
    select="""
        select d.*,
            case type when 'registrations.student_withdrawn' then 'withdrawn'
                when 'registrations.registration_concluded' then 'concluded' else 'registered' end as state,
            position
        from batch, json_to_record(data) as d(
            teaching_class_id text, student_id text, term_id text, department_id text, registered_on date,
            attempt int, withdrawn_on date, before_start boolean, result text, agrees boolean)
    """,
    scope=Scope(department="department_id", persons=("student_id",)),
    indexes=(("student_id",), ("department_id",)),
)
