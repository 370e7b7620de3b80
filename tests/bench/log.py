"""How fast the log is, against bare PostgreSQL and the library's own recorder.

`python -m tests.bench.log [repetitions] [small] [large] [growth]`
A1 A2 A3 A5 A6 A7: appends.  A8: growth to a million events.  A9: appends beside an open dump.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psycopg

from infra.log.recorder import PostgresLog
from infra.postgres import Embedded, Institution, install
from tests.bench.loads import LARGE, RAW_TABLE, SMALL, Load, Stock, in_turn, ours, pgbench, raw_async, raw_sync
from tests.bench.log_growth import beside_a_dump, growth
from tests.bench.measure import Series, interleaved, record, say

SECONDS = 2.0


async def appends(college: Institution, place: Path, load: Load, repetitions: int) -> Series:
    """Everything that is compared at 32 clients and at one, with one load."""
    async with await psycopg.AsyncConnection.connect(college.dsn, autocommit=True) as connection:
        await connection.execute(RAW_TABLE)
    log = PostgresLog(college)
    stock = Stock(college.dsn)
    await ours(log, load, 0.5)
    candidates = {
        "raw_async": lambda: raw_async(college.dsn, load, SECONDS),
        "ours": lambda: ours(log, load, SECONDS),
        "pgbench": lambda: pgbench(college.dsn, load, SECONDS, place),
        "raw_sync": lambda: raw_sync(college.dsn, load, SECONDS),
        "stock": lambda: stock.run(load, SECONDS),
        "alone": lambda: in_turn(log, college.dsn, load, SECONDS),
    }
    series = await interleaved(f"log_appends_{load.tags}", candidates, repetitions)
    if log.counts.alone or log.breaks:
        raise AssertionError("the log fell back to slower ways")
    await log.close()
    stock.close()
    return series


def judge_small(small: Series) -> bool:
    """The rows of a command with four tags."""
    return all(
        [
            record("A1", small.ratios("ours.rate", "raw_async.rate"), target=1.0, better="higher",
                   what="conditional commands/s, 32 clients, 4 tags ÷ async INSERT per commit, 32 connections"),
            record("A2", small.ratios("ours.rate", "pgbench"), target=0.5, better="higher",
                   what="the same ÷ pgbench -c 32"),
            record("A5", small.ratios("ours.rate", "stock.rate"), target=10, better="higher",
                   what="÷ the library's recorder, conditional, 32 threads, 4 tags"),
            record("A6", small.ratios("alone.ours", "alone.raw"), target=2.5, better="lower",
                   what="p50 of one client ÷ p50 of an async INSERT"),
            record("A7", small.ratios("ours.p99", "raw_sync.p99"), target=0.5, better="lower",
                   what="p99 at 32 clients ÷ p99 of 32 threads with an INSERT each"),
        ]
    )  # fmt: skip


def judge_large(large: Series) -> bool:
    """The rows of a command with 45 tags."""
    return all(
        [
            record(
                "A3", large.ratios("ours.rate", "raw_async.rate"), target=0.6, better="higher", what="A1 with 45 tags"
            ),
            record("A5-45", large.ratios("ours.rate", "stock.rate"), target=5, better="higher", what="A5 with 45 tags"),
        ]
    )


async def run(server: Embedded, place: Path, repetitions: int, wanted: Mapping[str, bool]) -> bool:
    """The suites that are wanted, each in an institution of its own."""
    load = os.getloadavg()[0]
    say(f"load {load:.2f}" + (": not a quiet machine; believe no ratio of this run" if load > 0.5 else ""))
    met = True
    for name, kind, judge in (("small", SMALL, judge_small), ("large", LARGE, judge_large)):
        if wanted.get(name, not wanted):
            college = Institution(f"bench_{name}", server.dsn, "Asia/Shanghai", "试", "Bench")
            await install(college)
            met &= judge(await appends(college, place, kind, repetitions))
    if wanted.get("growth", not wanted):
        college = Institution("bench_growth", server.dsn, "Asia/Shanghai", "试", "Bench")
        await install(college)
        met &= await growth(college, repetitions)
        met &= await beside_a_dump(college, repetitions)
    return met


def main() -> int:
    """0 when every target is met."""
    numbers = [word for word in sys.argv[1:] if word.isdigit()]
    wanted = {word: True for word in sys.argv[1:] if not word.isdigit()}
    with tempfile.TemporaryDirectory(prefix="campus-bench-") as place, Embedded.start(Path(place)) as server:
        met = asyncio.run(run(server, Path(place), int(numbers[0]) if numbers else 7, wanted))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
