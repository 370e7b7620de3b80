"""For every figure its contributions sum to it, now and at 20 random past positions; and how fast the past is told.

The figure is asked of the served college over HTTP, and so are its rows, page by page; they are added up here, in
plain decimals.  A row altered on purpose must be found out.  `python -m tests.faults.show_3_5 [--data DIRECTORY]
[--positions N] [--seed N] [--million DIRECTORY] [--no-million]`; a directory given is copied, never touched.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import httpx
from psycopg.sql import SQL, Identifier
from rich.console import Console

from domain.access import AUDITOR, HEAD
from infra.campus import Campus
from infra.cli.common import load_areas
from infra.postgres import Institution, connect
from tests.faults.million_college import DEMO, page_seconds
from tests.faults.show import keep
from tests.trial import Trial, free_port

POSITIONS: Final = 20
PAGE: Final = 1000
GROUPS: Final = {"department": "department_id", "week": "week", "person": "person_id"}
ALTERED: Final = "roll_call_timeliness"
say = Console(stderr=True, soft_wrap=True).print
Sums = tuple[Decimal, Decimal, int]


@contextmanager
def served(data: Path | None) -> Iterator[Trial]:
    """A copy of the college given, or the demo's played now, served by its own processes."""
    with tempfile.TemporaryDirectory(prefix="campus-explain-") as place:
        mine = Path(place) / "var"
        if data is not None:
            subprocess.run(("cp", "-a", str(data), str(mine)), check=True)  # owners and all
        else:
            say("playing the demo's term …")
            subprocess.run(DEMO, check=True, env={**os.environ, "CAMPUS_DATA": str(mine)})  # noqa: S603 - our own
        college = Trial(mine, free_port(), environment=(("CAMPUS_COMMANDS_PER_SECOND", "100000"),))
        college.start()
        try:
            yield college
        finally:
            if college.process is not None and college.process.poll() is None:
                college.stop()


@dataclass
class Auditor:
    """Somebody who asks over HTTP and adds up with their own hands."""

    http: httpx.Client
    wrong: dict[str, Any] = field(default_factory=dict)
    checks: Counter[str] = field(default_factory=Counter)

    def get(self, path: str, **asked: Any) -> Any:
        """A document, its numbers as they are written."""
        answer = self.http.get(path, params=asked)
        answer.raise_for_status()
        return json.loads(answer.text, parse_float=Decimal)

    def rows(self, key: str, **fixed: Any) -> list[dict[str, Any]]:
        """Every row of a figure, a page at a time."""
        rows: list[dict[str, Any]] = []
        after: dict[str, str] = {}
        while True:
            told = self.get(f"/api/figures/{key}/rows", limit=PAGE, **fixed, **after)
            rows += told["rows"]
            if told["after"] is None:
                return rows
            after = {"after": told["after"]}

    def holds(self, what: str, told: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
        """The rows sum to what was told, exactly; a difference is kept."""
        said = (Decimal(told["numerator"]), Decimal(told["denominator"]), told["count"])
        self.checks["sums"] += 1
        if added(rows) != said:
            self.wrong[what] = {"figure": list(map(str, said)), "rows": list(map(str, added(rows)))}

    def examine(self, key: str, scale: int | None, position: int | None) -> int:
        """One figure at one position: the whole, by department, week and person, the explanation's own check."""
        asked = {} if position is None else {"as_of": position}
        told = self.get(f"/api/figures/{key}/explain", limit=0, rules="false", **asked)
        fixed = {"as_of": told["as_of"], "at": told["moment"]}
        what = f"{key} #{told['as_of']}"
        rows = self.rows(key, **fixed)
        self.holds(what, told, rows)
        self.holds(f"{what} as GET /api/figures tells it", self.get(f"/api/figures/{key}", **fixed), rows)
        if not told["check"]["adds_up"] or told["check"]["rows"] != len(rows):
            self.wrong[f"{what}: its own check"] = told["check"]
        if len({row["cursor"] for row in rows}) != len(rows) or not all(row["event_id"] for row in rows):
            self.wrong[f"{what}: a row twice, or without its event"] = len(rows)
        if value(told, scale) != told["value"]:
            self.wrong[f"{what}: its value"] = [str(value(told, scale)), str(told["value"])]
        for group, column in GROUPS.items():
            self.parts(what, key, group, column, rows, fixed)
        return len(rows)

    def parts(
        self, what: str, key: str, group: str, column: str, rows: Sequence[Mapping[str, Any]], fixed: Mapping[str, Any]
    ) -> None:
        """Each department (week, person) is the sum of its rows."""
        of: dict[Any, list[Mapping[str, Any]]] = defaultdict(list)
        for row in rows:
            of[row[column]].append(row)
        told = {r["group"][group]: r for r in self.get(f"/api/figures/{key}", by=group, **fixed)["readings"]}
        if told.keys() != of.keys():
            self.wrong[f"{what} by {group}: other groups"] = len(told.keys() ^ of.keys())
        for name in told.keys() & of.keys():
            self.holds(f"{what} by {group} {name}", told[name], of[name])


def added(rows: Sequence[Mapping[str, Any]]) -> Sums:
    """Row by row, in decimals."""
    above = sum((Decimal(row["numerator"]) for row in rows), Decimal(0))
    return above, sum((Decimal(row["denominator"]) for row in rows), Decimal(0)), len(rows)


def value(told: Mapping[str, Any], scale: int | None) -> Any:
    """The figure's value from its numerator and denominator, as JSON carries it."""
    numerator, denominator = Decimal(told["numerator"]), Decimal(told["denominator"])
    if scale is None:
        return numerator
    if not denominator:
        return None
    share = numerator * scale / denominator
    return share if share == share.to_integral_value() else Decimal(repr(float(share)))


def asked(college: Trial, who: str, role: str, department: str | None = None) -> Auditor:
    token = college.token(who, role, department)
    headers = {"Authorization": f"Bearer {token}"}
    return Auditor(httpx.Client(base_url=college.url, headers=headers, timeout=120))


def summed(college: Trial, positions: int, seed: int) -> int:
    """Every figure, now and at random past positions."""
    auditor = asked(college, "person:show-auditor", AUDITOR)
    status = auditor.get("/api/status")
    department = auditor.get("/api/figures/attendance_rate", by="department")["readings"][0]["group"]["department"]
    head = asked(college, "person:show-head", HEAD, department)
    figures = {f.key: f.scale for f in load_areas().figures.values() if not f.key.startswith("trial_")}
    dice = random.Random(seed)  # noqa: S311 - which positions are asked
    past = sorted(dice.sample(range(1, status["head"]), positions))
    say(f"seed {seed}: {len(figures)} figures, now and at {', '.join(f'#{p:,}' for p in past)}")
    began, rows = time.monotonic(), 0
    for number, position in enumerate([None, *past]):
        of_position = sum(auditor.examine(key, scale, position) for key, scale in figures.items())
        for key in figures:
            told = head.get(f"/api/figures/{key}/explain", limit=0, **({} if position is None else {"as_of": position}))
            head.checks["sums"] += 1
            if not told["check"]["adds_up"]:
                head.wrong[f"{key} #{told['as_of']} for a head"] = told["check"]
        rows += of_position
        say(f"{number}/{positions}  {'now' if position is None else f'#{position:,}'}  {of_position:,} rows added up")
    told = {
        "seed": seed,
        "events": status["head"],
        "figures": len(figures),
        "positions": past,
        "sums_compared": auditor.checks["sums"] + head.checks["sums"],
        "rows_added_up": rows,
        "seconds": round(time.monotonic() - began, 1),
        "a_lie_is_found_out": asyncio.run(found_out(college.with_campus(where), auditor)),
    }
    wrong = {**auditor.wrong, **head.wrong} | ({} if told["a_lie_is_found_out"] else {"a_lie": "not found out"})
    return keep("3.5", "contributions_sum_to_figures", told, dict(list(wrong.items())[:50]))


async def where(campus: Campus) -> Institution:
    return campus.institution


async def found_out(institution: Institution, auditor: Auditor) -> bool:
    """Whether the check fails for a row that no event made true, and holds again once it is put right."""
    async with await connect(institution, "projector") as db:
        name = Identifier(institution.read_schema, "generation")
        serving = SQL("select relation from {} where name = 'duty' and serving").format(name)
        (relation,) = await (await db.execute(serving)).fetchone() or ("",)
        table = Identifier(institution.read_schema, relation)
        done = SQL("select key, since from {} where kind = 'roll_call' and state = 'done' and until is null limit 1")
        key, since = await (await db.execute(done.format(table))).fetchone() or ("", 0)
        change = SQL("update {} set since = %s where key = %s and since = %s").format(table)

        def check() -> bool:
            return bool(auditor.get(f"/api/figures/{ALTERED}/explain", limit=0)["check"]["adds_up"])

        await db.execute(change, (-1, key, since))
        lied = check()
        await db.execute(change, (since, key, -1))
        return not lied and check()


def main() -> int:
    """Both halves of what is to be shown."""
    words = argparse.ArgumentParser()
    words.add_argument("--data", type=Path)
    words.add_argument("--positions", type=int, default=POSITIONS)
    words.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    words.add_argument("--million", type=Path)
    words.add_argument("--no-million", action="store_true")
    told = words.parse_args()
    with served(told.data) as college:
        code = summed(college, told.positions, told.seed)
        if told.no_million:
            return code
        college.stop()
        found = page_seconds(told.million or college.data, positions=told.positions)
    late = {name: found["pages"].get(name, found["queries"].get(name)) for name in found["late"]}
    return max(code, keep("3.5", "as_of_at_a_million_events", found, late))


if __name__ == "__main__":
    sys.exit(main())
