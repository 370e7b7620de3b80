"""Single bits turned in stored values, in place; a value that PostgreSQL refuses is no stored value."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID

import psycopg

from infra.postgres import Institution, connect
from tests.faults.tampering.ground import Execute, Tally, found

FIELDS = {
    "event.position": ("{event}", "position", "position"),
    "event.id": ("{event}", "id", "position"),
    "event.type": ("{event}", "type", "position"),
    "event.tags": ("{event}", "tags", "position"),
    "event.body": ("{event}", "body::text", "position"),
    "event.recorded_at": ("{event}", "recorded_at", "position"),
    "event_tag.tag": ("{event_tag}", "tag", "tag, position"),
    "event_tag.type": ("{event_tag}", "type", "tag, position"),
    "event_tag.position": ("{event_tag}", "position", "tag, position"),
    "head.position": ("{head}", "position", "single"),
    "head.recorded_at": ("{head}", "recorded_at", "single"),
}
COUNT = "select count(*) from {}"
PICK = "select ctid::text, {} from {} order by {} offset {} limit 1"
SET = "update {} set {} where ctid = %s::tid returning ctid::text"


def turned(value: object, dice: random.Random) -> object:
    """The value with one bit turned; raises UnicodeDecodeError for a text that would be none."""
    if isinstance(value, int):
        # The sign bit too: PostgreSQL stores 64 of them.
        raw = bytearray(value.to_bytes(8, "big", signed=True))
        raw[dice.randrange(8)] ^= 1 << dice.randrange(8)
        return int.from_bytes(raw, "big", signed=True)
    if isinstance(value, UUID):
        return UUID(int=value.int ^ 1 << dice.randrange(128))
    if isinstance(value, str):
        bytes_ = bytearray(value.encode())
        bytes_[dice.randrange(len(bytes_))] ^= 1 << dice.randrange(8)
        return bytes_.decode()
    if isinstance(value, list):
        at = dice.randrange(len(value))
        return [*value[:at], turned(value[at], dice), *value[at + 1 :]]
    bit = 1 << dice.randrange(53)
    return value + timedelta(microseconds=bit)  # type: ignore[operator]  # a moment; the carry turns more bits


async def turn(execute: Execute, field: str, dice: random.Random) -> tuple[str, str, object, object] | None:
    """Turn a bit of one stored value; (row, column, old, new), or None when PostgreSQL refuses the value."""
    table, column, order = FIELDS[field]
    [rows] = await (await execute(COUNT.format(table))).fetchone()
    row, old = await (await execute(PICK.format(column, table, order, dice.randrange(rows)))).fetchone()
    name, cast = column.partition("::")[0], "::json" if "body" in column else ""
    try:
        new = turned(old, dice)
        done = await execute(SET.format(table, f"{name} = %s{cast}"), new, row)
    except (UnicodeDecodeError, psycopg.DataError, psycopg.IntegrityError, OverflowError):
        return None
    [now] = await done.fetchone()
    return now, f"{name} = %s{cast}", old, new


async def campaign(execute: Execute, institution: Institution, count: int, dice: random.Random, tally: Tally) -> None:
    """Turn `count` bits, one at a time, over all fields by turns."""
    fields = list(FIELDS)
    async with await connect(institution, "reader", work_mem="64MB") as line:
        while (done := sum(tally.tried.values())) < count:
            field = fields[done % len(fields)]
            if (made := await turn(execute, field, dice)) is None:
                continue
            row, setting, old, new = made
            tally.note(field, await found(institution, line=line) is not None, f"{old!r} → {new!r}")
            await execute(SET.format(FIELDS[field][0], setting), old, row)
