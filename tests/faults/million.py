"""A log of a million events, sealed: what the figures of proofs, sealing and verifying are taken on."""

from __future__ import annotations

import time
from collections.abc import Mapping

from infra.postgres import Institution, install
from tests.bench.log_growth import fill
from tests.db.sealing import seal

EVENTS = 1_000_000


async def filled(dsn: str, events: int) -> Institution:
    """The log, not sealed yet."""
    college = Institution("million", dsn, "Asia/Shanghai", "试", "Trial")
    await install(college)
    await fill(college, events)
    return college


async def timed_seal(college: Institution) -> Mapping[str, float]:
    """Seal all of it."""
    began = time.monotonic()
    events = await seal(college)
    took = time.monotonic() - began
    return {"events": events, "seconds": round(took, 2), "events_per_second": round(events / took)}
