"""The sealer killed at every step, and several at once: never two roots for one size, never a gap, nothing unsealed.

`python -m tests.faults.show_3_8 [rounds]`
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from infra.campus_verify import Bad
from infra.postgres import Embedded, Institution, install
from infra.seal.sealer import STEPS, Altered, AnotherKey
from infra.seal.verifying import Examination
from tests.db.sealing import SIGNER, sealed, write
from tests.faults.sealing import Orders
from tests.faults.show import keep
from tests.faults.tampering.ground import KEYS

BATCH = 120


async def killed(college: Institution, rounds: int) -> dict[str, int]:
    """At every step in turn a sealer dies by kill -9 while events are recorded and another sealer starts."""
    dice, deaths = random.Random(8), 0  # noqa: S311  a workload
    for number in range(rounds * len(STEPS)):
        orders = Orders(
            college.dsn,
            college.key,
            SIGNER.secret,
            STEPS[number % len(STEPS)],
            dice.choice((1, 2)),
            dice.choice((7, 40)),
        )
        dying = await orders.start()
        await write(college, BATCH, seed=number)
        deaths += await asyncio.wait_for(dying.wait(), 60) == -9
        if number % 3 == 0:
            await Orders(college.dsn, college.key, SIGNER.secret, at_once=50).sealer().catch_up()
    return {"kills": deaths}


async def together(college: Institution, sealers: int, seconds: float) -> dict[str, int]:
    """Several sealing processes on one log that grows; one of them is killed and replaced time and again."""
    dice, started = random.Random(9), 0  # noqa: S311  a workload

    async def one() -> None:
        nonlocal started
        orders = Orders(college.dsn, college.key, SIGNER.secret, at_once=dice.choice((3, 40, 500)))
        while time.monotonic() < end:
            sealing = await orders.start()
            started += 1
            await asyncio.sleep(dice.uniform(0.2, 2.0))
            sealing.kill()
            await sealing.wait()

    async def writer() -> None:
        number = 0
        while time.monotonic() < end:
            await write(college, BATCH, seed=100_000 + (number := number + 1))

    end = time.monotonic() + seconds
    await asyncio.gather(writer(), *(one() for _ in range(sealers)))
    return {"sealers": sealers, "started": started}


async def judged(college: Institution) -> tuple[dict[str, object], dict[str, object]]:
    """Seal the rest, and look at everything."""
    wrong: dict[str, object] = {}
    try:
        await Orders(college.dsn, college.key, SIGNER.secret).sealer().catch_up()
        told = await Examination(college, KEYS).run()
    except (Altered, AnotherKey, Bad) as trouble:
        return {}, {"verdict": str(trouble)}
    checkpoints = await sealed(college)
    sizes = [one.size for one in checkpoints]
    if len(set(sizes)) != len(sizes) or [one.after for one in checkpoints] != [0, *sizes[:-1]]:
        wrong["chain"] = "two roots of one size, or a gap"
    return dict(told), wrong


async def campaign(server: Embedded, rounds: int) -> int:
    """Both, each in an institution of its own."""
    codes = []
    for name, work in (
        ("killed_at_every_step", lambda college: killed(college, rounds)),
        ("several_at_once", lambda college: together(college, 3, 6.0 + 4.0 * rounds)),
    ):
        college = Institution(name[:20], server.dsn, "Asia/Shanghai", "试", "Trial")
        await install(college)
        told = await work(college)
        found, wrong = await judged(college)
        codes.append(keep("3.8", name, {**told, **found}, wrong))
    return max(codes)


def main() -> int:
    """On a server of its own."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory(prefix="campus-sealers-") as place, Embedded.start(Path(place)) as server:
        return asyncio.run(campaign(server, rounds))


if __name__ == "__main__":
    sys.exit(main())
