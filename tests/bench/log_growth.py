"""What a log of a million events costs, and what an open dump costs."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

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


async def side_by_side(logs: Mapping[str, PostgresLog], kind: str, times: int = 500) -> Mapping[str, float]:
    """The median time in ms of an append with one kind of condition, to each log in turn."""
    taken: dict[str, list[float]] = {size: [] for size in logs}
    for n in range(times):
        for size, log in logs.items():
            id, command, tags = SMALL.wish(next(NUMBERS))
            busy = (f"person:{n % 400}", f"department:{n % 12}")
            asks = {
                "unique": Scan(TYPES, tags[:1]),
                "two_tags": Scan(TYPES[1:], busy),
                "two_tags_head": Scan(TYPES, busy, (await log.head())[0]),
                "hot_tag": Scan(TYPES[1:], busy[:1]),
            }[kind]
            attempt = Attempt(command, (Draft(id, TYPES[0], (*tags, command), SMALL.body),), (asks,), datetime.now(UTC))
            began = time.perf_counter()
            [outcome] = await log.append([attempt])
            taken[size].append(time.perf_counter() - began)
            if not isinstance(outcome, Recorded):
                raise AssertionError(outcome)
    return {size: percentile(one, 0.5) * 1000 for size, one in taken.items()}


async def growth(college: Institution, repetitions: int) -> bool:
    """A8: logs of ten thousand and of a million events, append by append in turn."""
    small = Institution(f"{college.key}_small", college.dsn, college.zone, "试", "Bench")
    await install(small)
    for institution, size in ((small, FEW), (college, MANY)):
        began = time.monotonic()
        await fill(institution, size)
        say(f"{size:,} events in {time.monotonic() - began:.0f} s")
    logs = {"few": PostgresLog(small), "many": PostgresLog(college)}
    texts = {
        "unique": ("A8", 1.3, "p50 of an append at 1e6 ÷ at 1e4 events, condition on a tag of its own"),
        "two_tags": ("A8-two-tags", 4, "A8, condition on two busy tags from the beginning"),
        "two_tags_head": ("A8-two-tags-head", 1.5, "A8, condition on two busy tags since the head that was read"),
        "hot_tag": ("A8-hot-tag", 4, "A8, condition on a busy tag and a type from the beginning"),
    }
    candidates = {kind: partial(side_by_side, logs, kind) for kind in texts}
    series = await interleaved("log_growth", candidates, repetitions)
    for log in logs.values():
        await log.close()
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
            told = await ours(log, SMALL, 4.0)
            if dump.poll() is not None:
                raise AssertionError("the dump was over before the appends")
            return told
        finally:
            dump.kill()
            dump.wait()
            await asyncio.sleep(0.5)

    candidates = {"free": lambda: ours(log, SMALL, 4.0), "beside": beside}
    series = await interleaved("log_beside_dump", candidates, repetitions)
    await log.close()
    runs = series.ratios("beside.rate", "free.rate")
    return record("A9", runs, target=0.3, better="higher", what="appends/s beside an open pg_dump ÷ without it")
