"""Read models of students: administrative classes, and who is in which from what day."""

from __future__ import annotations

from domain.students import SquadFormed, StudentAdmitted, StudentPlaced
from projections import Scope, Table

SQUAD = Table(
    "squad",
    keys=("squad_id",),
    columns={"squad_id": "text", "name": "text", "department_id": "text", "cohort": "int"},
    types=(SquadFormed.NAME,),
    select="""
        select d.*, position
        from batch, json_to_record(data) as d(squad_id text, name text, department_id text, cohort int)
    """,
    scope=Scope(open=True),
    indexes=(("department_id",),),
)

# One row per student and day of change: the place on a date is the row of the latest from_day not after it.
STUDENT = Table(
    "student",
    keys=("student_id", "from_day"),
    columns={
        "student_id": "text",
        "from_day": "date",
        "person_id": "text",
        "squad_id": "text",
        "department_id": "text",
    },
    types=(StudentAdmitted.NAME, StudentPlaced.NAME),
    select="""
        select d.*, position
        from batch, json_to_record(data)
            as d(student_id text, from_day date, person_id text, squad_id text, department_id text)
    """,
    scope=Scope(department="department_id", persons=("student_id", "person_id")),
    indexes=(("squad_id",), ("department_id",)),
)
