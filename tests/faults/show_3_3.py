"""What the seal costs: a million events sealed, verified live and offline, and commands beside the sealer.

`python -m tests.faults.show_3_3 [events] [repetitions]`
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from infra import campus_verify
from infra.log.recorder import PostgresLog
from infra.postgres import Embedded, Institution, install
from infra.seal import archive
from infra.seal.verifying import Examination
from tests.bench.loads import SMALL, ours
from tests.bench.measure import interleaved
from tests.db.sealing import SIGNER, seal
from tests.faults.million import EVENTS, filled, timed_seal
from tests.faults.sealing import Orders
from tests.faults.show import keep
from tests.faults.tampering.ground import KEYS

RATE, SECONDS, MEGABYTES, SHARE = 20_000, 20.0, 300.0, 0.95
ONE_RUN = 6.0


async def sealed(college: Institution, events: int) -> int:
    """Sealing what is there, as fast as it goes."""
    told = await timed_seal(college)
    slow = told["events_per_second"] < RATE
    return keep("3.3", "sealing", told, {"slower than": RATE} if slow else {})


async def verified(college: Institution, place: Path) -> int:
    """The live log, then its archive by the single file in a process of its own."""
    began = time.monotonic()
    live = await Examination(college, KEYS).run()
    took = time.monotonic() - began
    keep("3.3", "verified_live", {**live, "seconds": round(took, 2)}, {})
    file = place / "audit.zip"
    began = time.monotonic()
    await archive.write(college, str(SIGNER.verifier), file)
    wrote = time.monotonic() - began
    told = await asyncio.to_thread(offline, file)
    wrong = {name: told[name] for name, most in (("seconds", SECONDS), ("megabytes", MEGABYTES)) if told[name] > most}
    if told["verdict"] != "good":
        wrong["verdict"] = told["verdict"]
    size = {"archive_megabytes": round(file.stat().st_size / 1e6, 1), "written_in_seconds": round(wrote, 2)}  # noqa: ASYNC240  one look
    return keep("3.3", "verified_offline", told | size, wrong)


def offline(file: Path) -> dict[str, object]:
    """campus_verify.py as an auditor runs it; time and the most memory it had."""
    command = [sys.executable, str(campus_verify.__file__), str(file), "--key", str(SIGNER.verifier)]
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    told = json.loads(process.stdout.read())
    _, _, used = os.wait4(process.pid, 0)
    took, processor = time.monotonic() - began, used.ru_utime + used.ru_stime
    times = {"seconds": round(took, 2), "processor_seconds": round(processor, 2)}
    return told | times | {"megabytes": round(used.ru_maxrss / 1000, 1)}


async def beside(college: Institution, repetitions: int) -> int:
    """Appends per second with the sealer at work ÷ without it, by turns."""
    log = PostgresLog(college)
    await ours(log, SMALL, 1.0)

    async def with_sealer() -> Mapping[str, float]:
        await seal(college)  # what was recorded without a sealer is not this run's burden
        orders = Orders(college.dsn, college.key, SIGNER.secret)
        sealing = await orders.start()
        try:
            await asyncio.sleep(1.0)
            return await ours(log, SMALL, ONE_RUN)
        finally:
            sealing.kill()
            await sealing.wait()

    candidates = {"alone": lambda: ours(log, SMALL, ONE_RUN), "sealed": with_sealer}
    series = await interleaved("seal_beside_commands", candidates, repetitions)
    await log.close()
    runs = series.ratios("sealed.rate", "alone.rate")
    ratio = statistics.median(runs)
    told = {"ratio": round(ratio, 4), "runs": [round(run, 4) for run in runs], "target": SHARE}
    return keep("3.3", "commands_beside_the_sealer", told, {"below": SHARE} if ratio < SHARE else {})


async def campaign(server: Embedded, place: Path, events: int, repetitions: int) -> int:
    """All three."""
    college = await filled(server.dsn, events)
    codes = [await sealed(college, events), await verified(college, place)]
    busy = Institution("busy", server.dsn, "Asia/Shanghai", "试", "Trial")
    await install(busy)
    codes.append(await beside(busy, repetitions))
    return max(codes)


def main() -> int:
    """On a server of its own."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    repetitions = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    with tempfile.TemporaryDirectory(prefix="campus-seal-") as place, Embedded.start(Path(place)) as server:
        return asyncio.run(campaign(server, Path(place), events, repetitions))


if __name__ == "__main__":
    sys.exit(main())
