"""Read model of rosters: who belongs to a teaching class, from which day until which."""

from __future__ import annotations

from domain.rosters import RosterSet, StudentJoined, StudentLeft
from projections import Scope, Table

# One row a stint; `until_day` is the first day on which the student no longer belongs; null: still does.
ROSTER_MEMBER = Table(
    "roster_member",
    keys=("teaching_class_id", "student_id", "from_day"),
    columns={
        "teaching_class_id": "text",
        "student_id": "text",
        "squad_id": "text",
        "department_id": "text",
        "guest": "boolean",
        "from_day": "date",
        "until_day": "date",
    },
    types=(RosterSet.NAME, StudentJoined.NAME, StudentLeft.NAME),
    select="""
        select data->>'teaching_class_id' as teaching_class_id, m.student_id, m.squad_id, m.department_id, m.guest,
            m.from_day, null::date as until_day, position
        from batch, json_to_recordset(data->'members')
            as m(student_id text, squad_id text, department_id text, guest boolean, from_day date)
        where type = 'rosters.set'
        union all
        select data->>'teaching_class_id', m.student_id, m.squad_id, m.department_id, m.guest,
            m.from_day, (data->>'effective_on')::date, position
        from batch, json_to_recordset(data->'departed')
            as m(student_id text, squad_id text, department_id text, guest boolean, from_day date)
        where type = 'rosters.set' and not exists (
            select from json_to_recordset(data->'members') as n(student_id text, from_day date)
            where n.student_id = m.student_id and n.from_day = m.from_day)
        union all
        select d.teaching_class_id, d.student_id, d.squad_id, d.department_id, d.guest,
            case type when 'rosters.student_left' then d.from_day else d.effective_on end,
            case type when 'rosters.student_left' then d.effective_on end, position
        from batch, json_to_record(data) as d(
            teaching_class_id text, student_id text, squad_id text, department_id text, guest boolean,
            from_day date, effective_on date)
        where type <> 'rosters.set'
    """,
    scope=Scope(department="department_id", persons=("student_id",)),
    indexes=(("student_id",),),
)
