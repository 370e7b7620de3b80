"""Read models of the timetable: how far each term's has come, offerings, and dated sessions."""

from __future__ import annotations

from domain.time_grid import SchedulingStarted
from domain.timetable import (
    OfferingOpened,
    RoomAssigned,
    SessionEnded,
    SessionRemoved,
    SessionScheduled,
    TimetableLocked,
    TimetablePublished,
)
from projections import Scope, Table

TIMETABLE = Table(
    "timetable",
    keys=("term_id",),
    columns={"term_id": "text", "state": "text"},
    types=(SchedulingStarted.NAME, TimetableLocked.NAME, TimetablePublished.NAME),
    select="""
        select data->>'term_id' as term_id,
            case type when 'time_grid.scheduling_started' then 'drafting'
                when 'timetable.locked' then 'locked' else 'published' end as state,
            position
        from batch
    """,
    scope=Scope(open=True),
)

OFFERING = Table(
    "offering",
    keys=("teaching_class_id",),
    columns={
        "teaching_class_id": "text",
        "term_id": "text",
        "department_id": "text",
        "course_code": "text",
        "course_name": "text",
        "kind": "text",
        "teacher_ids": "text[]",
        "squad_ids": "text[]",
        "capacity": "int",
    },
    types=(OfferingOpened.NAME,),
    select="""
        select d.*, position
        from batch, json_to_record(data) as d(
            teaching_class_id text, term_id text, department_id text, course_code text, course_name text, kind text,
            teacher_ids text[], squad_ids text[], capacity int)
    """,
    scope=Scope(department="department_id", persons=("teacher_ids",)),
    indexes=(("department_id",), ("term_id",)),
)

_PLACED = {
    "session_id": "text",
    "teaching_class_id": "text",
    "term_id": "text",
    "department_id": "text",
    "teacher_ids": "text[]",
    "squad_ids": "text[]",
    "room_id": "text",
    "week": "int",
    "day": "date",
    "begin_period": "int",
    "end_period": "int",
    "planned_periods": "int",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
    "course_code": "text",
    "course_name": "text",
    "override_reason": "text",
}
SESSION = Table(
    "session",
    keys=("session_id",),
    columns={**_PLACED, "state": "text"},
    types=(SessionScheduled.NAME, RoomAssigned.NAME, SessionRemoved.NAME, SessionEnded.NAME),
    fields=_PLACED,
    select="""
        select *,
            case type when 'timetable.session_removed' then 'removed'
                when 'timetable.session_ended' then 'ended' else 'scheduled' end as state
        from batch
    """,
    scope=Scope(department="department_id", persons=("teacher_ids",)),
    indexes=(("department_id", "week"), ("teaching_class_id",), ("day",), ("room_id", "day")),
    past=(("term_id",),),
)
