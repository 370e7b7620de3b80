"""What a log of a million events costs, and what an open dump costs."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from infra.log import Attempt, Draft, Recorded, Scan
from infra.log.recorder import PostgresLog
from infra.postgres import Institution, install
from tests.bench.loads import BINARIES, NUMBERS, SMALL, ours
from tests.bench.measure import interleaved, percentile, record, say

FEW, MANY = 10_000, 1_000_000
TYPES = ("roll_call.taken", "roll_call.deadline_lapsed")


async def fill(college: Institution, upto: int) -> None:
    """Bring the log to `upto` events in bulk, past the log's own door: it is the size that matters."""
    tables = {name: sql.Identifier(college.schema, name) for name in ("head", "event", "event_tag")}
    async with await psycopg.AsyncConnection.connect(college.dsn, autocommit=True) as connection:
        found = await connection.execute(sql.SQL("select position from {head}").format(**tables))
        begin = (await found.fetchone() or (0,))[0] + 1
        for first in range(begin, upto + 1, 20_000):
            wishes = [(n, *SMALL.wish(n)) for n in range(first, min(first + 20_000, upto + 1))]
            async with connection.transaction(), connection.cursor() as cursor:
                events = sql.SQL("copy {event} (position, id, type, tags, body, recorded_at) from stdin").format(
                    **tables
                )
                async with cursor.copy(events) as copy:
                    for n, id, command, tags in wishes:
                        await copy.write_row((n, id, TYPES[0], [*tags, command], SMALL.body, "2026-09-07"))
                rows = sorted((tag, TYPES[0], n) for n, _, command, tags in wishes for tag in (*tags, command))
                async with cursor.copy(
                    sql.SQL("copy {event_tag} (tag, type, position) from stdin").format(**tables)
                ) as copy:
                    for row in rows:
                        await copy.write_row(row)
                last = wishes[-1][0]
                await cursor.execute(
                    sql.SQL("update {head} set position = %s, recorded_at = '2026-09-07'").format(**tables), [last]
                )
        for name in ("event", "event_tag"):
            await connection.execute(sql.SQL("vacuum analyze {}").format(tables[name]))
        await connection.execute("checkpoint")


async def one_by_one(log: PostgresLog, kind: str, times: int = 600) -> float:
    """The median time in ms of an append with one kind of condition."""
    taken: list[float] = []
    for n in range(times):
        id, command, tags = SMALL.wish(next(NUMBERS))
        head = (await log.head())[0]
        asks = {
            "unique": Scan(TYPES, tags[:1]),
            "two_tags": Scan(("roll_call.deadline_lapsed",), (f"person:{n % 400}", f"department:{n % 12}")),
            "two_tags_after": Scan(TYPES, (f"person:{n % 400}", f"department:{n % 12}"), head),
            "hot_tag": Scan(("roll_call.deadline_lapsed",), (f"person:{n % 400}",)),
        }[kind]
        attempt = Attempt(command, (Draft(id, TYPES[0], (*tags, command), SMALL.body),), (asks,), datetime.now(UTC))
        began = time.perf_counter()
        [outcome] = await log.append([attempt])
        taken.append(time.perf_counter() - began)
        if not isinstance(outcome, Recorded):
            raise AssertionError(outcome)
    return percentile(taken, 0.5) * 1000


async def growth(college: Institution, repetitions: int) -> bool:
    """A8: the same log at ten thousand and at a million events, in the same run."""
    small = Institution(f"{college.key}_small", college.dsn, college.zone, "试", "Bench")
    await install(small)
    for institution, size in ((small, FEW), (college, MANY)):
        began = time.monotonic()
        await fill(institution, size)
        say(f"{size:,} events in {time.monotonic() - began:.0f} s")
    logs = {"few": PostgresLog(small), "many": PostgresLog(college)}
    candidates = {
        f"{kind}.{size}": (lambda size=size, kind=kind: one_by_one(logs[size], kind))
        for kind in ("unique", "two_tags", "two_tags_after", "hot_tag")
        for size in logs
    }
    series = await interleaved("log_growth", candidates, repetitions)
    for log in logs.values():
        await log.close()
    texts = {
        "unique": ("A8", 1.3, "p50 of an append at 1e6 ÷ at 1e4 events, condition on a tag of its own"),
        "two_tags": ("A8-two-tags", 4, "A8, condition on two busy tags from the beginning"),
        "two_tags_after": ("A8-two-tags-head", 1.5, "A8, condition on two busy tags since the head that was read"),
        "hot_tag": ("A8-hot-tag", 4, "A8, condition on a busy tag and a type from the beginning"),
    }
    return all(
        [
            record(id, series.ratios(f"{kind}.many", f"{kind}.few"), target=target, better="lower", what=what)
            for kind, (id, target, what) in texts.items()
        ]
    )


async def beside_a_dump(college: Institution, repetitions: int) -> bool:
    """A9: appends per second while pg_dump holds its snapshot ÷ without it."""
    log = PostgresLog(college)

    async def beside() -> Mapping[str, float]:
        told = conninfo_to_dict(college.dsn)
        command = [str(BINARIES / "pg_dump"), "-h", str(told["host"]), "-U", "postgres", "-n", college.schema]
        # Nobody reads what it writes: it stops when the pipe is full, its snapshot open.
        dump = await asyncio.to_thread(
            subprocess.Popen, [*command, str(told["dbname"])], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        try:
            await asyncio.sleep(1.5)
            return await ours(log, SMALL, 4.0)
        finally:
            dump.kill()
            dump.wait()
            await asyncio.sleep(0.5)

    candidates = {"free": lambda: ours(log, SMALL, 4.0), "beside": beside}
    series = await interleaved("log_beside_dump", candidates, repetitions)
    await log.close()
    runs = series.ratios("beside.rate", "free.rate")
    return record("A9", runs, target=0.3, better="higher", what="appends/s beside an open pg_dump ÷ without it")
