"""Nobody approves their own matter, and no step is left out: 20,000 workflows by dice, behind `make show-2.4`.

Tasks, corrections (of grades, and of hours lost to late roll calls) and appeals (against slips and sanctions) come to
the real desk, on the log in memory: as many processes as there are to be, each with a college and a log of its own.
Authority is lent and taken back at random, and steps are tried out of turn, by the wrong person and on behalf of the
wrong one.  An inquiry that shares no rule with the deciders then goes through every row of every log.  At last the
deciders are broken on purpose, one rule at a time: the inquiry must find each.

`python -m tests.faults.show_2_4 [workflows] [processes]`
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from typing import Any

from tests.faults.show import keep
from tests.faults.workflows.broken import ALL, noticed
from tests.faults.workflows.verdict import verdict

MUST_BE_NOTHING = ("self_approvals", "skipped_steps", "unauthorised")
COUNTED = ("workflows", "done", "refused", "hostile", "surprises", "judged")


async def counted(seed: int, number: int) -> dict[str, Any]:
    """What a process of its own counted."""
    words = ("-m", "tests.faults.workflows.campaign", str(seed), str(number))
    process = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the workflows of seed {seed} ended with {process.returncode}")
    told: dict[str, Any] = json.loads(out)
    return told


def together(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The sums of what the processes counted; what was wrong, by seed."""
    told: dict[str, Any] = {}
    for name in COUNTED:
        summed: Counter[str] = Counter()
        for one in runs:
            summed.update(one[name])
        told[name] = dict(summed.most_common())
    told |= {name: sum(one[name] for one in runs) for name in ("events", "borrowed")}
    told["wrong"] = {f"{k} (seed {seed})": v for seed, one in enumerate(runs) for k, v in one["wrong"].items()}
    return told


async def show(number: int, processes: int) -> int:
    """Run, look, break, and keep what was found."""
    began = time.monotonic()
    shares = [number // processes + (n < number % processes) for n in range(processes)]
    runs = await asyncio.gather(*(counted(seed, share) for seed, share in enumerate(shares)))
    told = together(list(runs))
    wrong = verdict(told, number)
    del told["wrong"]
    zeros = {what: sum(one["wrong"].get(what, {}).get("number", 0) for one in runs) for what in MUST_BE_NOTHING}
    found = {breakage.what: (await noticed(breakage))[0] for breakage in ALL}
    if unseen := [what for what, times in found.items() if not times]:
        wrong["broken_and_not_found_out"] = unseen
    told |= {"log": "in memory", "processes": processes, "attempts": sum(told["hostile"].values()), **zeros}
    told |= {"broken_deciders_found_out": found, "seconds": round(time.monotonic() - began)}
    return keep("2.4", "workflows", told, wrong)


def main() -> int:
    asked = [int(word) for word in sys.argv[1:]]
    number, processes = (*asked, *(20_000, 2)[len(asked) :])
    return asyncio.run(show(number, processes))


if __name__ == "__main__":
    sys.exit(main())
