"""Writers of several processes on the same few seats, and a reader that follows: nothing lost, twice or mixed up.

`python -m tests.faults.contention [events]`
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from infra.log.recorder import PostgresLog
from infra.postgres import Embedded, Institution, install
from tests.faults.ledger_check import acknowledged, compare, faults
from tests.faults.show import keep
from tests.faults.writer import Orders


async def contend(institution: Institution, place: Path, *, events: int, processes: int = 2, seats: int = 1000):
    """Run the processes against the institution while a follower reads; what was counted, with `faults`."""
    log = PostgresLog(institution)
    seen: list[tuple[int, str]] = []
    done = asyncio.Event()

    async def follow() -> None:
        async for rows in log.subscribe(0):
            seen.extend((row.position, str(row.id)) for row in rows)
            if not rows and done.is_set() and len(seen) >= (await log.head())[0]:
                return

    following = asyncio.create_task(follow())
    orders = [
        Orders(institution.dsn, institution.key, str(place / f"{n}.journal"), n, events // processes, seats=seats)
        for n in range(processes)
    ]
    began = time.monotonic()
    told = await asyncio.gather(*(written(one) for one in orders))
    seconds = time.monotonic() - began
    done.set()
    await asyncio.wait_for(following, 60)
    await log.close()
    found = await compare(institution, acknowledged(Path(one.journal) for one in orders), seen)
    summed = {name: sum(one[name] for one in told) for name in told[0]}
    summed |= found | {"acknowledged_per_second": round(found["acknowledged"] / seconds)}
    wrong = faults(summed)
    for name in ("never_acknowledged", "repeats_wrong", "batches_taken_apart", "connections_lost"):
        if summed[name]:
            wrong[name] = summed[name]
    return summed, wrong


async def written(orders: Orders) -> dict[str, int]:
    """Start a writing process and wait for what it counted."""
    process = await asyncio.create_subprocess_exec(*orders.command(), stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"a writer ended with {process.returncode}")
    told: dict[str, int] = json.loads(out)
    return told


def main() -> int:
    """The whole campaign on a server of its own."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(prefix="campus-contention-") as place, Embedded.start(Path(place)) as server:
        college = Institution("trial", server.dsn, "Asia/Shanghai", "试", "Trial")

        async def run():
            await install(college)
            return await contend(college, Path(place), events=events, seats=events // 10)

        told, wrong = asyncio.run(run())
    return keep("1.4", "contention", told, wrong)


if __name__ == "__main__":
    sys.exit(main())
