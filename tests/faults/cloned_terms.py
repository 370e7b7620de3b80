"""A college of a million events: a played term set down again, half a year later each time, under ids of its own.

This is a benchmark's ground: the copies are written straight into the log's tables, which nothing else may do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid5

from psycopg import AsyncConnection
from psycopg.sql import SQL, Identifier

from infra.postgres import Institution, connect

APART = timedelta(weeks=26)
PAGE = 5_000
# What is of the college and not of a term stays as it is.
OF_THE_COLLEGE = frozenset(
    {"person", "student", "department", "room", "squad", "grant", "policy", "column", "delegation", "named"}
)
AREAS = (
    "calendar", "time_grid", "timetable", "rosters", "roll_call", "teaching_hours",
    "conduct", "counselor_logs", "exams", "grades", "tasks", "notices",
)  # fmt: skip
DATES = re.compile(r"\b(20\d\d-\d\d-\d\d)(?=[T\"@]|$)")
Watch = Callable[[int, int], None]


@cache
def later(day: str, number: int) -> str:
    """A day as the n-th copy has it."""
    return (date.fromisoformat(day) + APART * number).isoformat()


def moved(text: str, ids: re.Pattern[str], number: int) -> str:
    """A body or a tag as the n-th copy has it."""
    text = ids.sub(rf"\1-{number}", text)
    return DATES.sub(lambda found: later(found[1], number), text)


async def pattern(db: AsyncConnection[Any], schema: str) -> re.Pattern[str]:
    """The ids that a term has for itself, by the kinds that stand in the tags."""
    query = SQL("select distinct split_part(tag, ':', 1) from {} where tag like '%:%'")
    found = await (await db.execute(query.format(Identifier(schema, "event_tag")))).fetchall()
    kinds = sorted({kind for (kind,) in found if re.fullmatch(r"[a-z_]+", kind)} - OF_THE_COLLEGE - {"command"})
    return re.compile(rf"(?<![a-z_])((?:{'|'.join(kinds)}):[0-9a-z][0-9a-z-]*)")


async def grown(college: Institution, events: int, watch: Watch) -> int:
    """Copy the term there is until the log holds so many events; the head."""
    async with await connect(college, "owner") as db:
        await db.set_autocommit(True)
        head = Identifier(college.schema, "head")
        row = await (await db.execute(SQL("select position, recorded_at from {}").format(head))).fetchone()
        assert row is not None
        played, recorded_at = row
        ids, position, number = await pattern(db, college.schema), played, 0
        while position < events:
            number += 1
            for after in range(0, played, PAGE):
                position = await _copied(db, college.schema, ids, number, (after, min(after + PAGE, played)), position)
                watch(position, events)
        await db.execute(
            SQL("update {} set position = %s, recorded_at = %s").format(head), (position, recorded_at + APART * number)
        )
        reactor = Identifier(college.schema, "reactor")
        await db.execute(SQL("update {} set position = %s").format(reactor), (position,))
        for name in ("event", "event_tag"):
            await db.execute(SQL("analyze {}").format(Identifier(college.schema, name)))
    return int(position)


async def _copied(
    db: AsyncConnection[Any],
    schema: str,
    ids: re.Pattern[str],
    number: int,
    span: tuple[int, int],
    position: int,
) -> int:
    """One page of the term's events, set down after a position; the position of the last."""
    query = SQL(
        "select id, type, tags, body::text, recorded_at from {} where position > %s and position <= %s"
        " and split_part(type, '.', 1) = any (%s) order by position"
    )
    found = await (await db.execute(query.format(Identifier(schema, "event")), (*span, list(AREAS)))).fetchall()
    rows = []
    for event, kind, tags, body, recorded_at in found:
        position += 1
        moved_tags = [moved(tag, ids, number) for tag in tags]
        rows.append((position, uuid5(event, str(number)), kind, moved_tags, moved(body, ids, number), recorded_at))
    await _written(db, schema, [(*row[:5], row[5] + APART * number) for row in rows])
    return position


async def _written(
    db: AsyncConnection[Any], schema: str, rows: Sequence[tuple[int, UUID, str, list[str], str, datetime]]
) -> None:
    async with db.transaction(), db.cursor() as cursor:
        into = SQL("copy {} (position, id, type, tags, body, recorded_at) from stdin")
        async with cursor.copy(into.format(Identifier(schema, "event"))) as copy:
            for row in rows:
                await copy.write_row(row)
        async with cursor.copy(
            SQL("copy {} (tag, type, position) from stdin").format(Identifier(schema, "event_tag"))
        ) as copy:
            for position, _, kind, tags, *_ in rows:
                for tag in dict.fromkeys(tags):
                    await copy.write_row((tag, kind, position))
