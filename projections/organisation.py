"""Read models of the organisation: departments, rooms, where staff belong, who is counselor of which class."""

from __future__ import annotations

from domain.organisation import (
    CounselorAssigned,
    DepartmentRegistered,
    DepartmentRenamed,
    RoomClosed,
    RoomRegistered,
    RoomUpdated,
    StaffPlaced,
    StaffRegistered,
)
from projections import Scope, Table

DEPARTMENT = Table(
    "department",
    keys=("department_id",),
    columns={"department_id": "text", "code": "text", "name": "text", "name_en": "text", "kind": "text"},
    types=(DepartmentRegistered.NAME, DepartmentRenamed.NAME),
    select="""
        select d.*, position
        from batch, json_to_record(data) as d(department_id text, code text, name text, name_en text, kind text)
    """,
    scope=Scope(open=True),
)

ROOM = Table(
    "room",
    keys=("room_id",),
    columns={
        "room_id": "text",
        "campus": "text",
        "building": "text",
        "name": "text",
        "seats": "int",
        "closed_from": "date",  # the first day on which nothing may be placed there; null: in use
    },
    types=(RoomRegistered.NAME, RoomUpdated.NAME, RoomClosed.NAME),
    select="""
        select d.room_id, d.campus, d.building, d.name, d.seats, d.from_day as closed_from, position
        from batch, json_to_record(data)
            as d(room_id text, campus text, building text, name text, seats int, from_day date)
    """,
    scope=Scope(open=True),
)

# One row per person and day of change: the place on a date is the row of the latest from_day not after it.
STAFF = Table(
    "staff",
    keys=("person_id", "from_day"),
    columns={"person_id": "text", "from_day": "date", "department_id": "text", "kind": "text"},
    types=(StaffRegistered.NAME, StaffPlaced.NAME),
    select="""
        select d.*, position
        from batch, json_to_record(data) as d(person_id text, from_day date, department_id text, kind text)
    """,
    scope=Scope(department="department_id", persons=("person_id",)),
    indexes=(("department_id",),),
)

# When somebody left a department, for those who see that department only and not where they went.
STAFF_LEAVE = Table(
    "staff_leave",
    keys=("person_id", "from_day", "department_id"),
    columns={"person_id": "text", "from_day": "date", "department_id": "text"},
    types=(StaffPlaced.NAME,),
    select="""
        select d.person_id, d.from_day, d.former_department_id as department_id, position
        from batch, json_to_record(data) as d(person_id text, from_day date, former_department_id text)
    """,
    scope=Scope(department="department_id", persons=("person_id",)),
)

# The counselor set last; `from_day` may still lie ahead.
COUNSELOR = Table(
    "counselor",
    keys=("squad_id",),
    columns={"squad_id": "text", "person_id": "text", "department_id": "text", "from_day": "date"},
    types=(CounselorAssigned.NAME,),
    select="""
        select d.*, position
        from batch, json_to_record(data) as d(squad_id text, person_id text, department_id text, from_day date)
    """,
    scope=Scope(department="department_id", persons=("person_id",)),
    indexes=(("person_id",), ("department_id",)),
)
