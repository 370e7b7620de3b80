"""What if on the demo's college: in force it is the live figures; 24 and 72 hours are an independent SQL; all aside.

`python -m tests.faults.show_3_6 [--data DIRECTORY]`; without one, the demo is played first.  The independent SQL knows
the rule only (another_rule.sql) and reads the events of an audit export, in a temporary table of another connection.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import orjson
import psycopg
from psycopg.sql import SQL, Identifier

from infra.campus import Campus
from infra.cli.common import campus
from infra.cli.sealing import sealed_once
from infra.readings import SYSTEM
from infra.seal import archive
from infra.seal.keys import public_key
from infra.settings import Settings
from infra.what_if import Answer, Compared, Question, WhatIf
from tests.faults.show import keep
from tests.trial import CAMPUS

RULE = Path(__file__).with_name("another_rule.sql")
DEADLINE = "rollcall.deadline_hours"
HEARD = (
    "timetable.session_ended",
    "roll_call.taken",
    "roll_call.periods_corrected",
    "roll_call.waiver_granted",
    "teaching_hours.recognition_overridden",
)
Sums = tuple[Decimal, Decimal, int]
Cells = dict[tuple[str, str | None, str | None], Sums]


def say(text: str) -> None:
    """Progress."""
    sys.stderr.write(text + "\n")


def lines(file: Path) -> Iterator[dict[str, Any]]:
    """The events of an audit export that the rule is about."""
    with ZipFile(file) as opened, opened.open("events.ndjson") as events:
        for line in events:
            if any(kind.encode() in line for kind in HEARD):
                told = orjson.loads(line)
                if told["type"] in HEARD:
                    yield told


def by_the_rule(dsn: str, file: Path, asked: list[tuple[int, str, datetime]]) -> tuple[int, list[Cells]]:
    """The figures as the rule alone makes them of exported events; how many events were heard."""
    with psycopg.connect(dsn, autocommit=True) as db:
        db.execute("create temporary table told (position bigint, type text, data jsonb, received_at timestamptz)")
        many = 0
        with db.cursor() as cursor, cursor.copy("copy told from stdin") as copy:
            for line in lines(file):
                body = orjson.loads(line["body"]) if isinstance(line["body"], str) else line["body"]
                data = orjson.dumps(body["data"]).decode()
                copy.write_row((line["position"], line["type"], data, body["received_at"]))
                many += 1
        db.execute("create index on told (type)")
        db.execute("analyze told")
        found = []
        for hours, term, moment in asked:
            given = {"hours": hours, "term": term, "moment": moment}
            rows = db.execute(RULE.read_text(encoding="utf-8").encode(), given).fetchall()
            found.append({(r[0], r[1], r[2]): (r[3], r[4], r[5]) for r in rows})
    return many, found


def cells(answer: Answer, figures: set[str]) -> Cells:
    """What an answer says of some figures under the rule supposed, by department and person."""
    return {
        (told.figure.key, *place): (pair.shadow.numerator, pair.shadow.denominator, pair.shadow.count)
        for told in answer.figures
        if told.figure.key in figures
        for place, pair in told.cells.items()
        if pair.shadow.count
    }


async def digest(ready: Campus) -> dict[str, tuple[int, int]]:
    """All that is live: the log, its head, the read tables and their books, each as a number and a hash."""
    college, told = ready.institution, {}
    async with await psycopg.AsyncConnection.connect(college.dsn, autocommit=True) as db:
        asked = "select schemaname, tablename from pg_tables where schemaname in (%s, %s) order by 1, 2"
        for schema, name in await (await db.execute(asked, (college.schema, college.read_schema))).fetchall():
            counted = SQL("select count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) from {} t")
            row = await (await db.execute(counted.format(Identifier(schema, name)))).fetchone()
            assert row
            told[f"{schema}.{name}"] = (row[0], int(row[1]))
    return told


async def same_as_live(ready: Campus, told: Compared, answer: Answer) -> bool:
    """Whether the shadow is, cell by cell, what the readings say of the live tables."""
    live = await ready.readings.figure(
        told.figure.key, SYSTEM, as_of=answer.position, at=answer.moment, term=answer.term, by=("department", "person")
    )
    shadow = {p: (o.shadow.numerator, o.shadow.denominator, o.shadow.count) for p, o in told.cells.items()}
    return shadow == {(r.group["department"], r.group["person"]): (r.numerator, r.denominator, r.count) for r in live}


async def in_force(ready: Campus, at: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every policy that may be asked, supposed to be what it is, every story folded anew."""
    asking, told, wrong = ready.what_if, {}, {}
    for key, one in asking.askable.items():
        if not one.retold:
            continue
        first = await asking.ask(Question(((key, one.policy.default),), None, at), SYSTEM)
        question = Question(((key, first.suppositions[0].value),), None, at)
        answer = await asking.ask(question, SYSTEM, whole=True)
        bad = [c.figure.key for c in answer.figures if not c.same or not await same_as_live(ready, c, answer)]
        again = answer.retold
        assert again
        if bad or again.otherwise or again.left_out or again.put_in:
            wrong[key] = bad or "an event reads otherwise"
        compared = sum(len(c.cells) for c in answer.figures)
        told[key] = {"stories": again.stories, "figures": len(answer.figures), "cells": compared}
        say(f"{key} = {question.values[0][1]}: {told[key]}, {answer.seconds:.1f} s")
    return told, wrong


async def other_rules(ready: Campus, file: Path, at: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """48 → 24, 72 and 48 itself against the independent SQL, by department and teacher."""
    answers = []
    for hours in (24, 72, 48):
        answers.append(answer := await ready.what_if.ask(Question(((DEADLINE, hours),), None, at), SYSTEM))
        say(f"{DEADLINE} = {hours}: {answer.retold}, {answer.seconds:.1f} s")
    asked = [(int(a.question.values[0][1]), a.term, a.moment) for a in answers]
    many, found = await asyncio.to_thread(by_the_rule, ready.institution.dsn, file, asked)
    told: dict[str, Any] = {"events_heard": many}
    wrong: dict[str, Any] = {}
    for answer, rule in zip(answers, found, strict=True):
        hours = answer.question.values[0][1]
        product = cells(answer, {figure for figure, _, _ in rule} | {"hours_forfeited"})
        differ = {
            k: (product.get(k), rule.get(k)) for k in product.keys() | rule.keys() if product.get(k) != rule.get(k)
        }
        if differ:
            wrong[f"{hours} hours"] = {"cells": len(differ), "first": str(list(differ.items())[:3])}
        total = {c.figure.key: {"now": c.total.now, "then": c.total.then} for c in answer.figures if not c.same}
        told[f"{hours} hours"] = {"cells": len(rule), "differ": len(differ), "seconds": round(answer.seconds, 1)}
        told[f"{hours} hours"] |= {k: {n: round(float(v or 0), 3) for n, v in of.items()} for k, of in total.items()}
    return told, wrong


async def found_out(ready: Campus, at: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Retellings that get it wrong must not pass: the check can fail."""
    declared, missed = ready.declared, []

    def hasty(told: Any) -> Any:
        """Judges by 36 hours whatever is supposed."""
        return lambda story, given: told.tell(
            story, replace(given, rules=replace(given.rules, instead={**given.rules.instead, DEADLINE: 36}))
        )

    def forgetful(told: Any) -> Any:
        return lambda story, given: [o for o in told.tell(story, given) if o.event.NAME != "teaching_hours.recognised"]

    def careless(told: Any) -> Any:
        """Every hundredth roll call late."""
        return lambda story, given: [
            o.saying(duty=o.event.duty.model_copy(update={"state": "done_late"}))
            if o.event.NAME == "roll_call.taken" and o.position % 100 == 0
            else o
            for o in told.tell(story, given)
        ]

    for wrong in (hasty, forgetful, careless):
        told = [replace(one, tell=wrong(one)) if one.about == "session" else one for one in declared.retellings]
        asking = WhatIf(ready.institution, replace(declared, retellings=told), ready.clock)
        answer = await asking.ask(Question(((DEADLINE, 48),), None, at), SYSTEM, whole=True)
        say(f"a retelling that is {wrong.__name__}: {'passed' if answer.same else 'found out'}")
        if answer.same:
            missed.append(wrong.__name__)
    return {"planted": 3, "found": 3 - len(missed)}, {"missed": missed} if missed else {}


async def campaign(data: Path, place: Path) -> int:
    """All of it, on one college."""
    settings = Settings(data=data)
    async with campus(settings) as ready:
        file = place / "audit.zip"
        key = str(public_key(ready.institution, ready.settings))
        await sealed_once(ready)
        sealed = (await archive.write(ready.institution, key, file))["events"]
        say(f"{sealed} events exported")
        before, began = await digest(ready), time.perf_counter()
        codes = [
            keep("3.6", "rules_in_force", *await in_force(ready, sealed)),
            keep("3.6", "another_deadline", *await other_rules(ready, file, sealed)),
            keep("3.6", "planted", *await found_out(ready, sealed)),
        ]
        after = await digest(ready)
        changed = sorted(name for name in before if before[name] != after.get(name))
        told = {"tables": len(before), "rows": sum(n for n, _ in before.values())}
        told |= {"seconds": round(time.perf_counter() - began)}
        codes.append(keep("3.6", "nothing_live_is_touched", told, {"changed": changed} if changed else {}))
    return max(codes)


def main() -> int:
    """On the college in --data, or on a demo played for this."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path)
    data = parser.parse_args().data
    with tempfile.TemporaryDirectory(prefix="campus-what-if-") as place:
        if data is None:
            data = Path(place) / "demo"
            subprocess.run([*CAMPUS, "demo", "--no-serve"], check=True, env={**os.environ, "CAMPUS_DATA": str(data)})
        return asyncio.run(campaign(data, Path(place)))


if __name__ == "__main__":
    sys.exit(main())
