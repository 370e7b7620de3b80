"""A college in the middle of a term, for the HTTP bench: classes of 45, their sessions over and not yet rolled.

Written into the log's tables as the domain's own events, since 100,000 sessions through the desk would take longer
than what is measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import psycopg

from domain import Actor, Event
from domain.access import IMPORT, RoleGranted
from domain.calendar import TermOpened
from domain.rosters.events import Member, RosterSet
from domain.timetable import SessionEnded, SessionScheduled
from infra.envelope import Circumstances, Codec
from infra.log import Draft
from infra.postgres import Institution

TEACHERS, CLASSES, STUDENTS = 100, 1_600, 45
TERM, DEPARTMENT = "term:bench", "department:bench"


def student(of_class: int, number: int) -> str:
    return f"student:c{of_class}-{number}"


def teacher(of_class: int) -> str:
    return f"person:t{of_class % TEACHERS}"


def session(number: int) -> str:
    return f"session:s{number}"


def class_of(number: int) -> int:
    """The class of a session: neighbours in time are of different classes."""
    return number % CLASSES


def events(sessions: int, now: datetime) -> Iterator[Event]:
    """Term, grants, rosters, and sessions that ended an hour ago."""
    today = now.date()
    monday = today - timedelta(days=today.weekday() + 21)
    yield TermOpened(term_id=TERM, name="秋季", name_en="Autumn", year=2026, starts_on=monday, weeks=20)
    for number in range(TEACHERS):
        yield RoleGranted(
            grant_id=f"grant:t{number}",
            person_id=f"person:t{number}",
            role="teacher",
            department_id=DEPARTMENT,
            valid_from=monday,
            valid_until=monday + timedelta(days=300),
            granted_by="person:import",
        )
    for of_class in range(CLASSES):
        yield roster(of_class, monday, now - timedelta(days=20))
    for number in range(sessions):
        yield from met(number, monday, today, now)


def roster(of_class: int, monday: date, set_at: datetime) -> RosterSet:
    members = tuple(
        Member(
            student_id=student(of_class, n), squad_id=f"squad:q{of_class}", department_id=DEPARTMENT, from_day=monday
        )
        for n in range(STUDENTS)
    )
    return RosterSet(
        teaching_class_id=f"teaching_class:c{of_class}", members=members, effective_on=monday, set_at=set_at
    )


def met(number: int, monday: date, today: date, now: datetime) -> Iterator[Event]:
    """A session placed and over."""
    of_class = class_of(number)
    row = {
        "session_id": session(number),
        "teaching_class_id": f"teaching_class:c{of_class}",
        "term_id": TERM,
        "term_ends_on": monday + timedelta(days=139),
        "department_id": DEPARTMENT,
        "course_code": "C1",
        "course_name": "程序设计",
        "kind": "regular",
        "teacher_ids": (teacher(of_class),),
        "teacher_parts": (1,),
        "squad_ids": (f"squad:q{of_class}",),
        "capacity": 60,
        "room_id": f"room:r{of_class % 200}",
        "week": 4,
        "day": today,
        "begin_period": 1,
        "end_period": 2,
        "planned_periods": 2,
        "starts_at": now - timedelta(hours=3),
        "ends_at": now - timedelta(hours=1),
    }
    yield SessionScheduled.model_validate(row)
    duty = {
        "key": f"roll_call/{session(number)}",
        "kind": "roll_call",
        "about": session(number),
        "person_id": teacher(of_class),
        "department_id": DEPARTMENT,
        "opened_at": now - timedelta(hours=1),
        "due_at": now + timedelta(hours=47),
    }
    yield SessionEnded.model_validate(row | {"ended_at": row["ends_at"], "duty": duty})


async def write(institution: Institution, codec: Codec, sessions: int) -> None:
    """Put the college's events into the log."""
    now = datetime.now(UTC)
    actor = Actor("person:import", IMPORT)
    drafts: list[Draft] = []
    async with await psycopg.AsyncConnection.connect(institution.dsn) as db:
        position = 0
        for event in events(sessions, now):
            circumstances = Circumstances(uuid4(), "bench", "", actor, now, str(uuid4()), None, IMPORT)
            drafts += await codec.drafts([event], circumstances)
            if len(drafts) == 5_000:
                position = await _copied(db, institution.schema, drafts, position, now)
                drafts = []
        position = await _copied(db, institution.schema, drafts, position, now)
        head = psycopg.sql.Identifier(institution.schema, "head")
        update = psycopg.sql.SQL("update {} set position = %s, recorded_at = %s").format(head)
        await db.execute(update, (position, now))
        await db.commit()
        await db.set_autocommit(True)
        await db.execute("vacuum analyze")


async def _copied(
    db: psycopg.AsyncConnection, schema: str, drafts: Sequence[Draft], position: int, now: datetime
) -> int:
    event, tag = (psycopg.sql.Identifier(schema, name) for name in ("event", "event_tag"))
    into = psycopg.sql.SQL("copy {} (position, id, type, tags, body, recorded_at) from stdin").format(event)
    async with db.cursor() as cursor, cursor.copy(into) as copy:
        for number, d in enumerate(drafts, position + 1):
            await copy.write_row((number, d.id, d.type, list(d.tags), d.body, now))
    into = psycopg.sql.SQL("copy {} (tag, type, position) from stdin").format(tag)
    async with db.cursor() as cursor, cursor.copy(into) as copy:
        for number, d in enumerate(drafts, position + 1):
            for one in d.tags:
                await copy.write_row((one, d.type, number))
    return position + len(drafts)
