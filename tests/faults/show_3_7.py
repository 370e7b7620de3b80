"""The demo's college as OCEL 2.0: both forms valid, loaded in PM4Py, and counted alike from three sides.

`python -m tests.faults.show_3_7 [--data DIRECTORY]`; without one, the demo is played first.  PM4Py is AGPL: it gets a
virtual environment of its own, from a lock of its own, and is no part of the product or of its tests.  With
OCEL_SCHEMA=file the JSON is also held against the schema published at ocel-standard.org, which is not kept here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter
from pathlib import Path
from typing import Any

from infra.cli.common import campus
from infra.export import Span, ocel, pages
from infra.settings import Settings
from tests.faults.show import keep
from tests.mining import rules
from tests.mining.counting import counts
from tests.trial import CAMPUS

MINING = Path(__file__).parents[1] / "mining"
FORMS = ("college.json", "college.sqlite")


def say(text: str) -> None:
    """Progress."""
    sys.stderr.write(text + "\n")


def miner() -> Path:
    """The Python of the environment in which PM4Py is, made when it is not there or its lock has changed."""
    place = Path(os.environ.get("CAMPUS_DATA", "./var")).resolve() / "mining"
    python, lock, made = place / "bin" / "python", MINING / "requirements.lock", place / "installed.lock"
    if not made.exists() or made.read_bytes() != lock.read_bytes():
        say("installing PM4Py in an environment of its own …")
        venv.create(place, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--require-hashes", "-r", lock], check=True)
        made.write_bytes(lock.read_bytes())
    return python


def mined(python: Path, file: Path) -> dict[str, Any]:
    """What PM4Py reads in a file."""
    done = subprocess.run([python, MINING / "reading.py", file], check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


async def exported(settings: Settings, place: Path) -> tuple[dict[str, Any], dict[str, Counter[str]]]:
    """Both files written, how long that took, and the counts of the log itself."""
    told: dict[str, Any] = {}
    async with campus(settings) as ready:
        head, _ = await ready.log.head()
        for name in FORMS:
            began = time.perf_counter()
            total = (await ocel.write(ready, Span(0, head), place / name))["total"]
            seconds = time.perf_counter() - began
            size = (place / name).stat().st_size  # noqa: ASYNC240  nothing else runs here
            told[name] = {"events_per_second": round(head / seconds), "megabytes": round(size / 1e6, 1), **total}
            say(f"{name}: {told[name]}")
        told["memory_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        rows = [row async for page in pages(ready.log, 0, head) for row in page]
    return told, counts(rows)


def compared(place: Path, expected: dict[str, Counter[str]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was found to agree, and what not."""
    wrong: dict[str, Any] = {
        "json": rules.wrong_with_json(place / FORMS[0]),
        "sqlite": rules.wrong_with_sqlite(place / FORMS[1]),
    }
    if schema := os.environ.get("OCEL_SCHEMA"):
        wrong["published"] = rules.against(Path(schema), json.loads((place / FORMS[0]).read_bytes()))
    say("both forms held against the specification; PM4Py reads …")
    python = miner()
    told: dict[str, Any] = {}
    for name, count in zip(FORMS, (rules.counted, rules.counted_in_sqlite), strict=True):
        file, read = count(place / name), mined(python, place / name)
        told[name] = {side: read[side] for side in ("pairs", "links", "seconds")}
        for side in ("events", "objects"):
            told[name][side] = sum(read[side].values())
            if not expected[side] == file[side] == Counter(read[side]):
                wrong[f"{name} {side}"] = {"log": expected[side], "file": file[side], "pm4py": read[side]}
        for side, log in (("pairs", expected["pairs"].total()), ("links", file["links"].total())):
            if not log == file[side].total() == read[side]:
                wrong[f"{name} {side}"] = {"log": log, "file": file[side].total(), "pm4py": read[side]}
        if read.get("unsatisfied"):
            wrong[f"{name} constraints"] = read["unsatisfied"]
        say(f"{name} in PM4Py: {told[name]}")
    return told, {name: found for name, found in wrong.items() if found}


def main() -> int:
    """On the college in --data, or on a demo played for this."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path)
    data = parser.parse_args().data
    with tempfile.TemporaryDirectory(prefix="campus-mining-") as place:
        if data is None:
            data = Path(place) / "demo"
            told = {**os.environ, "CAMPUS_DATA": str(data)}
            subprocess.run([*CAMPUS, "demo", "--no-serve"], check=True, env=told)
        written, expected = asyncio.run(exported(Settings(data=data), Path(place)))
        read, wrong = compared(Path(place), expected)
    by_type = {side: dict(sorted(expected[side].items())) for side in ("events", "objects")}
    return keep("3.7", "ocel", {"written": written, "read_by_pm4py": read, **by_type}, wrong)


if __name__ == "__main__":
    sys.exit(main())
