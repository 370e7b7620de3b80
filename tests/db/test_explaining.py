"""Why this number: of every figure, now and at past positions, the contributions sum to it, and lies are found out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import orjson
import pytest
from psycopg.sql import SQL, Identifier

from domain import Actor, Unknown
from domain.access import HEAD
from infra.cli.common import load_areas
from infra.postgres import connect
from infra.readings import SYSTEM, Readings, Viewer
from infra.readings.explaining import Explanation
from tests.db.played import Played

FIGURES = sorted(key for key in load_areas().figures if not key.startswith("trial_"))
ART_HEAD = Viewer("person:dean", (Actor("person:dean", HEAD, "department:d3"),))
PAST = 4


def summed(rows: Any) -> tuple[Decimal, Decimal, int]:
    """Added up here, row by row."""
    return sum((r["numerator"] for r in rows), Decimal(0)), sum((r["denominator"] for r in rows), Decimal(0)), len(rows)


async def pages(readings: Readings, key: str, viewer: Viewer, limit: int, **asked: Any) -> list[dict[str, Any]]:
    """Every row, page by page."""
    rows: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        told = await readings.explanation(key, viewer, limit=limit, after=after, rules_upto=-1, **asked)
        rows += [dict(one.row) for one in told.rows]
        if (after := told.after) is None:
            return rows


async def holds(readings: Readings, key: str, viewer: Viewer, **asked: Any) -> Explanation:
    """The explanation of one place, its sum reckoned three ways: by the database, by events, and here."""
    told = await readings.explanation(key, viewer, limit=1000, **asked)
    assert told.adds_up, (key, asked, told.summed)
    at = {**asked, "as_of": told.as_of, "at": told.moment}
    rows = [dict(one.row) for one in told.rows]
    if told.after is not None:
        rows = await pages(readings, key, viewer, 1000, **at)
    assert summed(rows) == (told.told.numerator, told.told.denominator, told.told.count), (key, asked)
    (plain,) = await readings.figure(key, viewer, **at)
    assert (plain.value, plain.count) == (told.told.value, told.told.count), (key, asked)
    return told


def groups(rows: list[dict[str, Any]], dice: Random) -> Iterator[dict[str, Any]]:
    """Places to look at: a department, a week, a person, and all three at once."""
    some = [row for row in rows if row["department_id"] and row["week"] and row["person_id"]]
    if not some:
        yield from ({"department": row["department_id"]} for row in rows[:1])
        return
    one = dice.choice(some)
    yield {"department": one["department_id"]}
    yield {"week": one["week"], "term": one["term_id"]}
    yield {"person": one["person_id"]}
    yield {"department": one["department_id"], "week": one["week"], "person": one["person_id"]}


@pytest.mark.parametrize("key", FIGURES)
async def test_the_contributions_of_every_figure_sum_to_it(played: Played, key: str) -> None:
    """Now and at random past positions, the whole and its parts, for the college and for a head."""
    dice = Random(f"explain/{key}")  # noqa: S311  a walk, not a secret
    async with played.opened() as campus:
        readings = campus.readings
        now = await holds(readings, key, SYSTEM)
        assert now.told.count > 0, "nothing of it was played"
        rows = await pages(readings, key, SYSTEM, 1000, as_of=now.as_of, at=now.moment)
        for place in groups(rows, dice):
            await holds(readings, key, SYSTEM, **place)
        seen = await holds(readings, key, ART_HEAD)
        assert seen.told.count <= now.told.count
        for position in sorted(dice.sample(range(1, played.head), PAST)):
            then = await holds(readings, key, SYSTEM, as_of=position)
            assert then.as_of == position
            for place in groups([dict(one.row) for one in then.rows], dice):
                await holds(readings, key, SYSTEM, as_of=position, **place)
            await holds(readings, key, ART_HEAD, as_of=position)
        for kind in now.kinds:
            assert kind.type is not None


@pytest.mark.parametrize("key", FIGURES)
async def test_no_row_is_lost_or_doubled_between_pages(played: Played, key: str) -> None:
    async with played.opened() as campus:
        readings = campus.readings
        told = await readings.explanation(key, SYSTEM, limit=0, rules_upto=-1)
        at = {"as_of": told.as_of, "at": told.moment}
        if told.told.count > 200:
            at["department"] = "department:d3"
        whole = await pages(readings, key, SYSTEM, 1000, **at)
        small = await pages(readings, key, SYSTEM, 17, **at)
        assert small == whole
        assert max(Counter(row["cursor"] for row in whole).values(), default=0) <= 1


async def test_the_rules_under_the_rows_are_those_their_events_name(played: Played) -> None:
    """Counted over all rows as over each page; a default says that no document set it."""
    async with played.opened() as campus:
        told = await campus.readings.explanation("roll_call_timeliness", SYSTEM, limit=1000, department="department:d3")
        assert told.under is not None
        counted = Counter(use for one in told.rows for use in one.policies)
        assert {(u.rule.key, u.rule.version): u.rows for u in told.under} == dict(counted)
        assert counted[("rollcall.deadline_hours", 0)] > 0
        (hours,) = [u.rule for u in told.under if u.rule.key == "rollcall.deadline_hours"]
        assert (hours.version, hours.value, hours.document_no) == (0, 48, None)
        for one in told.rows:
            assert one.event is not None
            assert one.event.position == one.row["position"]
            assert [(u["key"], u["version"]) for u in orjson.loads(one.event.body)["policies"]] == list(one.policies)
        few = await campus.readings.explanation("roll_call_timeliness", SYSTEM, rules_upto=3)
        assert few.under is None


async def test_it_says_from_which_tables_and_which_seal(played: Played) -> None:
    async with played.opened() as campus:
        told = await campus.readings.explanation("roll_call_timeliness_by_rule", SYSTEM, as_of=played.head // 2)
        assert {t.name for t in told.tables} == {"duty", "policy", "roll_call", "session"}
        assert {t.position for t in told.tables} == {played.head // 2}
        assert all(len(t.digest) == 64 and t.generation >= 1 for t in told.tables)
        assert told.sealed is None
        assert [(r.key, r.version, r.value) for r in told.rules] == [("rollcall.deadline_hours", 0, 48)]
        assert told.recorded_at == told.moment


async def test_a_figure_that_is_not_the_sum_of_its_rows_is_found_out(played: Played) -> None:
    """Whatever tells another number than the rows do: a number kept wrongly, a row whose event is not there."""
    key = "roll_call_timeliness"
    async with played.opened() as campus:
        readings = campus.readings
        (told,) = await readings.figure(key, SYSTEM)
        kept = readings._memory._kept
        (place,) = [p for p in kept if isinstance(p, tuple) and p[1] == key]
        kept[place] = (replace(told, numerator=told.numerator + 1),)
        lied = await readings.explanation(key, SYSTEM, at=told.moment)
        assert lied.told.numerator == told.numerator + 1
        assert not lied.adds_up
        del kept[place]
        assert (await readings.explanation(key, SYSTEM)).adds_up

    schema = played.institution.read_schema
    async with await connect(played.institution, "projector") as db:
        serving = SQL("select relation from {} where name = 'duty' and serving").format(
            Identifier(schema, "generation")
        )
        row = await (await db.execute(serving)).fetchone()
        assert row
        table = Identifier(schema, row[0])
        done = SQL("select key, since from {} where kind = 'roll_call' and state = 'done' limit 1").format(table)
        duty = await (await db.execute(done)).fetchone()
        assert duty
        change = SQL("update {} set since = %s where key = %s and since = %s").format(table)
        await db.execute(change, (-1, *duty))
    async with played.opened() as campus:
        nowhere = await campus.readings.explanation(key, SYSTEM)
        assert not nowhere.adds_up
        assert [k.rows for k in nowhere.kinds if k.type is None] == [1]
    async with await connect(played.institution, "projector") as db:
        await db.execute(change, (duty[1], duty[0], -1))
    async with played.opened() as campus:
        assert (await campus.readings.explanation(key, SYSTEM)).adds_up


async def test_an_explanation_is_of_one_snapshot(played: Played) -> None:
    """What is folded meanwhile is not in it."""
    async with played.opened() as campus:
        told = await campus.readings.explanation("duties_overdue", SYSTEM)
        assert told.as_of == played.head
        assert {t.position for t in told.tables} == {played.head}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"as_of": 10**9}, "position_unknown"),
        ({"after": "x/y"}, "cursor_unknown"),
    ],
)
async def test_what_cannot_be_explained(played: Played, asked: dict[str, Any], code: str) -> None:
    async with played.opened() as campus:
        with pytest.raises(Unknown, match=code):
            await campus.readings.explanation("duties_overdue", SYSTEM, **asked)
        with pytest.raises(Unknown, match="figure_unknown"):
            await campus.readings.explanation("nothing", SYSTEM)
