"""How fast the log becomes rows, and how soon a commit is seen.

`python -m tests.bench.projector [repetitions] [fold] [latency]`
P1: folded live and rebuilt, rows/s.  P2: ÷ the library's own ProjectionRunner.  P3: commit to visible, ms.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from infra.log import Attempt, Draft
from infra.log.recorder import PostgresLog
from infra.postgres import Embedded, Institution, drop, install, pool
from infra.projector import Projector
from infra.projector.books import connected
from infra.readings import Readings
from tests.bench.measure import Series, interleaved, percentile, record, say
from tests.bench.read_side import BEGUN, ROWS_PER_EVENT, TABLES, RollCalls, StockProjection, fill

EVENTS = 20_000
STOCK_EVENTS = 600
RATE = 200
SECONDS = 8.0


def rows_of(bodies: list[tuple[str, str]]) -> int:
    """How many row versions the events state."""
    return sum(ROWS_PER_EVENT if kind == "roll_call.taken" else 2 for kind, _ in bodies)


class Fold:
    """A log of roll calls, folded anew each time."""

    def __init__(self, dsn: str, load: RollCalls) -> None:
        self._dsn = dsn
        self._bodies = list(load.bodies(EVENTS))
        self._rows = rows_of(self._bodies)
        self.size = sum(len(b) for _, b in self._bodies) // EVENTS

    async def run(self) -> Mapping[str, float]:
        """Rows/s live in batches of 10,000, all tables at once, and rows/s of their rebuild, indexes and switch in."""
        college = Institution(f"bench{uuid4().hex[:8]}", self._dsn, "Asia/Shanghai", "测速学院", "Bench College")
        await install(college)
        await fill(college, self._bodies)
        projector = Projector(college, TABLES)
        await projector.prepare()
        async with await connected(college) as db:
            begun, more = time.perf_counter(), True
            while more:
                _, more = await projector.fold(db)
            live = self._rows / (time.perf_counter() - begun)
        begun = time.perf_counter()
        reports = await projector.rebuild()
        rebuilt = self._rows / (time.perf_counter() - begun)
        assert not any(report.error for report in reports)
        if any(c["differences"] for c in await projector.compare()):
            raise AssertionError("live and cold differ")
        await drop(college)
        return {"live": live, "rebuilt": rebuilt}


async def folds(dsn: str, repetitions: int) -> bool:
    """P1 and P2."""
    small, large = RollCalls(8), RollCalls(40)
    stock = StockProjection(dsn, large)
    fold_small, fold_large = Fold(dsn, small), Fold(dsn, large)
    say(f"bodies of {fold_small.size} and {fold_large.size} bytes")
    series = await interleaved(
        "projector_fold",
        {
            "small": fold_small.run,
            "large": fold_large.run,
            "stock": lambda: asyncio.to_thread(stock.run, STOCK_EVENTS),
        },
        repetitions,
    )
    return judge(series)


def judge(series: Series) -> bool:
    """The rows of P1 and P2."""
    told = series.figures
    return all(
        [
            record("P1", told["small.live"], target=70_000, better="higher", unit="rows/s",
                   what="live fold, three tables at once, 5 rows per roll call of a class of 8, batches of 10,000"),
            record("P1-40", told["large.live"], target=35_000, better="higher", unit="rows/s",
                   what="the same with classes of 40: bodies four times as long, the same rows"),
            record("P1-rebuild", told["small.rebuilt"], target=150_000, better="higher", unit="rows/s",
                   what="rebuild of the three tables together, with keys, indexes, statistics and switch"),
            record("P1-rebuild-40", told["large.rebuilt"], target=50_000, better="higher", unit="rows/s",
                   what="the same with classes of 40"),
            record("P2", series.ratios("large.live", "stock"), target=12, better="higher",
                   what="live fold ÷ the library's ProjectionRunner on its classic recorder, in rows, classes of 40"),
        ]
    )  # fmt: skip


async def latency(college: Institution) -> Mapping[str, float]:
    """Milliseconds from an append's answer until readings show it, at a steady rate; the projector is a process."""
    follower = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.projector", "follow", college.key, college.dsn
    )
    log = PostgresLog(college)
    bodies = list(RollCalls(40, seed=int(time.time())).bodies(int(RATE * SECONDS)))
    waits: list[float] = []
    async with pool(college, "reader") as looking:
        readings = Readings(looking, college)
        await _begin(log)
        assert await readings.wait_for((await log.head())[0], timeout=30)

        async def one(kind: str, body: str) -> None:
            tag = f"command:{uuid4()}"
            (outcome,) = await log.append([Attempt(tag, (Draft(uuid4(), kind, (tag,), body),), (), BEGUN)])
            begun = time.perf_counter()
            assert await readings.wait_for(outcome.last, timeout=10)  # type: ignore[union-attr]  # nothing can clash
            waits.append((time.perf_counter() - begun) * 1000)

        begun, tasks = time.perf_counter(), []
        for number, (kind, body) in enumerate(bodies):
            await asyncio.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
            tasks.append(asyncio.create_task(one(kind, body)))
        await asyncio.gather(*tasks)
        await readings.close()
    follower.terminate()
    await follower.wait()
    await log.close()
    return {"p50": percentile(waits, 0.5), "p99": percentile(waits, 0.99)}


async def _begin(log: PostgresLog) -> None:
    """One event no table hears, to see the projector at work."""
    tag = f"command:{uuid4()}"
    await log.append([Attempt(tag, (Draft(uuid4(), "bench.begun", (tag,), json.dumps({"data": {}})),), (), BEGUN)])


async def latencies(dsn: str, repetitions: int) -> bool:
    """P3."""
    college = Institution(f"bench{uuid4().hex[:8]}", dsn, "Asia/Shanghai", "测速学院", "Bench College")
    await install(college)
    await Projector(college, TABLES).prepare()
    series = await interleaved("projector_latency", {"visible": lambda: latency(college)}, repetitions)
    return record(
        "P3",
        series.figures["visible.p99"],
        target=50,
        better="lower",
        unit="ms",
        what=f"p99 from commit to visible at {RATE} commands/s, three tables, projector in a process of its own",
    )


async def follow(key: str, dsn: str) -> None:
    """The projector's own process."""
    await Projector(Institution(key, dsn, "Asia/Shanghai", "测速学院", "Bench College"), TABLES).run()


async def main(asked: list[str]) -> bool:
    """Everything asked for, or all of it."""
    repetitions = next((int(a) for a in asked if a.isdigit()), 7)
    wanted = [a for a in asked if not a.isdigit()] or ["fold", "latency"]
    with tempfile.TemporaryDirectory(prefix="campus-bench-") as place, Embedded.start(Path(place)) as server:
        met = [await folds(server.dsn, repetitions)] if "fold" in wanted else []
        met += [await latencies(server.dsn, repetitions)] if "latency" in wanted else []
    return all(met)


if __name__ == "__main__":
    if sys.argv[1:2] == ["follow"]:
        asyncio.run(follow(*sys.argv[2:4]))
    sys.exit(0 if asyncio.run(main(sys.argv[1:])) else 1)
