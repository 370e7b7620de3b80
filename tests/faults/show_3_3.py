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
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from uuid import uuid4

from domain.access import IMPORT, SYSTEM
from domain.organisation import RegisterRoom
from infra import campus_verify
from infra.campus import install_keys, opened
from infra.cli.common import load_areas
from infra.desk import Desk
from infra.log.recorder import PostgresLog
from infra.postgres import Embedded, Institution, install
from infra.seal import archive
from infra.seal.verifying import Examination
from infra.settings import Settings
from tests.bench.loads import CLIENTS, SMALL, ours, timed
from tests.bench.measure import Candidate, interleaved
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


async def registrations(desk: Desk, seconds: float) -> Mapping[str, float]:
    """Commands through the desk, 32 clients at once: each reads, decides and records."""

    def make(_: int) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            key = str(uuid4())
            room = RegisterRoom(room_id=f"room:{key}", campus="主校区", name=key, seats=60)
            await desk.submit(room, key=key, person_id=SYSTEM[IMPORT].person_id, source=IMPORT)

        return act

    return await timed(CLIENTS, seconds, make)


async def in_turns(college: Institution, suite: str, work: Candidate, times: int) -> dict[str, object]:
    """The rate of some work with the sealer beside it ÷ without, by turns."""

    async def with_sealer() -> float | Mapping[str, float]:
        await seal(college)  # what was recorded without a sealer is not this run's burden
        sealing = await Orders(college.dsn, college.key, SIGNER.secret).start()
        try:
            await asyncio.sleep(1.0)
            return await work()
        finally:
            sealing.kill()
            await sealing.wait()

    series = await interleaved(suite, {"alone": work, "sealed": with_sealer}, times)
    runs = series.ratios("sealed.rate", "alone.rate")
    rate = round(statistics.median(series.figures["alone.rate"]))
    return {
        "ratio": round(statistics.median(runs), 4),
        "runs": [round(run, 4) for run in runs],
        "alone_per_second": rate,
    }


async def beside(college: Institution, place: Path, repetitions: int) -> int:
    """Commands beside the sealer, which is what counts; and bare appends, the most a log can be pressed."""
    settings = Settings(data=place / "keys")
    await install_keys(college, settings)
    async with opened(college, settings, load_areas()) as campus:
        told = await in_turns(college, "seal_beside_commands", lambda: registrations(campus.desk, ONE_RUN), repetitions)
    wrong = {"below": SHARE} if float(str(told["ratio"])) < SHARE else {}
    code = keep("3.3", "commands_beside_the_sealer", told | {"target": SHARE}, wrong)
    log = PostgresLog(college)
    told = await in_turns(college, "seal_beside_appends", lambda: ours(log, SMALL, ONE_RUN), repetitions)
    await log.close()
    keep("3.3", "bare_appends_beside_the_sealer", told, {})
    return code


async def campaign(server: Embedded, place: Path, events: int, repetitions: int) -> int:
    """All three."""
    college = await filled(server.dsn, events)
    codes = [await sealed(college, events), await verified(college, place)]
    busy = Institution("busy", server.dsn, "Asia/Shanghai", "试", "Trial")
    await install(busy)
    codes.append(await beside(busy, place, repetitions))
    return max(codes)


def main() -> int:
    """On a server of its own."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    repetitions = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    with tempfile.TemporaryDirectory(prefix="campus-seal-") as place, Embedded.start(Path(place)) as server:
        return asyncio.run(campaign(server, Path(place), events, repetitions))


if __name__ == "__main__":
    sys.exit(main())
