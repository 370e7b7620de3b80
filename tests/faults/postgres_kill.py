"""kill -9 of the whole server, again and again, and replies lost after the commit: every acknowledged event is there.

`python -m tests.faults.postgres_kill [rounds]`
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from infra.postgres import Embedded, Institution, guard, install
from tests.faults.contention import written
from tests.faults.ledger_check import acknowledged, compare, faults
from tests.faults.proxy import Loss, Proxy
from tests.faults.show import keep
from tests.faults.writer import Orders


async def kill_repeatedly(server: Embedded, college: Institution, place: Path, *, rounds: int):
    """Two processes write while the server dies `rounds` times, and end then."""
    stop = place / "enough"
    orders = [
        Orders(server.dsn, college.key, str(place / f"kill-{n}.journal"), n, 1000, patience=30.0, stop=str(stop))
        for n in range(2)
    ]
    writing = asyncio.gather(*(written(one) for one in orders))
    chance = random.Random(3)  # noqa: S311 - a workload, not a secret
    slowest = 0.0
    for _ in range(rounds):
        await asyncio.sleep(chance.uniform(0.8, 1.8))
        await asyncio.to_thread(server.kill)
        began = time.monotonic()
        await asyncio.to_thread(server.launch)
        slowest = max(slowest, time.monotonic() - began)
    stop.touch()
    told = await writing
    await guard(college)
    return await _judged(college, orders, told) | {"kills": rounds, "slowest_restart_ms": round(slowest * 1000)}


async def lose_replies(server: Embedded, college: Institution, place: Path, *, share: float, kind: Loss, events: int):
    """One process writes through a proxy that loses a share of the replies."""
    async with Proxy(server.dsn, place / kind, loss=share, kind=kind) as proxy:
        orders = Orders(proxy.dsn, college.key, str(place / f"{kind}.journal"), 11, events, patience=30.0)
        told = [await written(orders)]
        return await _judged(college, [orders], told) | {"replies_lost": proxy.lost}


async def _judged(college: Institution, orders: list[Orders], told: list[dict[str, int]]) -> dict[str, int]:
    found = await compare(college, acknowledged(Path(one.journal) for one in orders), None)
    return {name: sum(one[name] for one in told) for name in told[0]} | found


async def campaign(server: Embedded, place: Path, rounds: int):
    """Kills, then cut replies, then swallowed ones; each in an institution of its own."""
    colleges = [Institution(key, server.dsn, "Asia/Shanghai", "试", "Trial") for key in ("killed", "cut", "swallowed")]
    for college in colleges:
        await install(college)
    return {
        "postgres_kill": await kill_repeatedly(server, colleges[0], place, rounds=rounds),
        "replies_cut": await lose_replies(server, colleges[1], place, share=0.02, kind="cut", events=10_000),
        "replies_swallowed": await lose_replies(server, colleges[2], place, share=0.02, kind="swallow", events=2_000),
    }


def main() -> int:
    """The whole campaign on a server of its own."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory(prefix="campus-kill-") as place, Embedded.start(Path(place)) as server:
        found = asyncio.run(campaign(server, Path(place), rounds))
    codes = [keep("1.4", name, told, faults(told)) for name, told in found.items()]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
