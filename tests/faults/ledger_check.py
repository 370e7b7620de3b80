"""Comparing what clients were told with what the log holds, id by id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from infra.postgres import Institution


def acknowledged(journals: Iterable[Path]) -> list[tuple[int, str]]:
    """(position, id) of every acknowledged event."""
    lines = (line.split() for journal in journals for line in journal.read_text(encoding="ascii").splitlines())
    return [(int(position), id) for position, id in lines]


async def compare(institution: Institution, acks: Sequence[tuple[int, str]], seen: Sequence[tuple[int, str]] | None):
    """How the log, the acknowledgements and what a follower saw differ; every figure but the first four should be 0."""
    async with await psycopg.AsyncConnection.connect(institution.dsn) as connection:
        event = sql.Identifier(institution.schema, "event")
        found = await connection.execute(sql.SQL("select position, id::text, type, tags from {}").format(event))
        rows = sorted(await found.fetchall())
        tagged = await connection.execute(
            sql.SQL("select count(*) from {}").format(sql.Identifier(institution.schema, "event_tag"))
        )
        tag_rows = (await tagged.fetchone() or (0,))[0]
        head = sql.SQL("select position from {}").format(sql.Identifier(institution.schema, "head"))
        position = (await (await connection.execute(head)).fetchone() or (0,))[0]
    held = {(row[0], row[1]) for row in rows}
    seats = Counter(row[3][0] for row in rows if row[2] == "seat.taken")
    told = {
        "events": len(rows),
        "head": position,
        "acknowledged": len(acks),
        "seats_taken": len(seats),
        "lost": len(set(acks) - held),
        "never_acknowledged": len(held - set(acks)),
        "acknowledged_twice": len(acks) - len(set(acks)),
        "duplicate_ids": len(rows) - len({row[1] for row in rows}),
        "gaps": sum(1 for n, row in enumerate(rows, 1) if row[0] != n) + abs(position - len(rows)),
        "double_bookings": sum(1 for times in seats.values() if times > 1),
        "tag_rows_wrong": abs(tag_rows - sum(len(row[3]) for row in rows)),
    }
    if seen is not None:
        told["seen_out_of_order"] = sum(1 for n, one in enumerate(seen, 1) if one[0] != n)
        told["seen_wrong"] = len(set(seen) ^ held) + len(seen) - len(set(seen))
    return told


WRONG = (
    "lost",
    "acknowledged_twice",
    "duplicate_ids",
    "gaps",
    "double_bookings",
    "tag_rows_wrong",
    "seen_out_of_order",
    "seen_wrong",
)


def faults(told: dict[str, int]) -> dict[str, int]:
    """What should be 0 and is not."""
    return {name: told[name] for name in WRONG if told.get(name)}
