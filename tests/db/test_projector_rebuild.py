"""Rebuilding beside the table that serves: new areas, new declarations, interruptions, readers all the while."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from infra.log import Log
from infra.postgres import Institution, address, connect
from infra.projector import Projector
from infra.projector.rebuild import Progress, Rebuild
from infra.projector.shape import Shape
from infra.readings import SYSTEM, Readings
from tests.db.test_projector import Failing, differences
from tests.db.trial import MARK, MONDAY, SEAT, SEATS, TABLES, random_past, record, taken


async def test_a_new_area_is_filled_from_the_whole_log(institution: Institution, log: Log, readings: Readings) -> None:
    old = Projector(institution, [MARK])
    await old.prepare()
    await record(log, random_past(1, 80))
    await old.catch_up()
    new = Projector(institution, TABLES)
    assert sorted(await new.prepare()) == ["trial_count", "trial_seat"]
    waiting = {t.name: (t.state, t.position) for t in (await readings.status()).tables}
    assert waiting["trial_seat"] == ("building", 0)
    head = await record(log, random_past(2, 20), MONDAY.replace(day=8))
    await new.catch_up()
    assert {(t.state, t.position) for t in (await readings.status()).tables} == {("live", head)}
    assert await differences(new) == 0


async def test_a_table_of_an_area_this_process_does_not_know_is_folded_all_the_same(
    institution: Institution, log: Log
) -> None:
    new = Projector(institution, TABLES)
    await new.prepare()
    await record(log, random_past(3, 60))
    await Projector(institution, [MARK]).catch_up()
    assert await new.prepare() == []
    assert await differences(new) == 0


async def test_a_changed_declaration_is_rebuilt_and_the_old_rows_serve_meanwhile(
    institution: Institution, log: Log, readings: Readings
) -> None:
    projector = Projector(institution, TABLES)
    await projector.prepare()
    await record(log, random_past(4, 60))
    await projector.catch_up()
    shape = Shape.of(SEAT)
    columns = (*shape.columns, ("doubled", "int"))
    changed = replace(shape, columns=columns, select=shape.select.replace("position", "week * 2 as doubled, position"))
    projector.shapes["trial_seat"] = changed
    assert await projector.prepare() == ["trial_seat"]
    assert "doubled" not in (await readings.rows("trial_seat", SYSTEM))[0]
    assert [t.state for t in (await readings.status()).tables] == ["live", "live", "rebuilding"]
    newer = replace(SEATS, key="trial_doubled", rows=SEATS.rows.replace("1::numeric as n", "doubled::numeric as n"))
    readings = Readings(readings._pool, institution, {newer.key: newer})
    assert [(r.state, r.value) for r in await readings.figure(newer.key, SYSTEM)] == [("stopped", None)]
    await projector.rebuild(["trial_seat"])
    row = (await readings.rows("trial_seat", SYSTEM))[0]
    assert row["doubled"] == row["week"] * 2
    assert [r.state for r in await readings.figure(newer.key, SYSTEM)] == ["ok"]
    assert await differences(projector) == 0


@pytest.mark.parametrize("step", [1, 7, 1000])
async def test_an_interrupted_rebuild_goes_on_where_it_stood(institution: Institution, log: Log, step: int) -> None:
    projector = Projector(institution, TABLES)
    await projector.prepare()
    await record(log, random_past(5, 60))
    await projector.catch_up()
    crashes, steps, done = 0, [], False

    def watch(progress: Progress) -> None:
        steps.append(progress.position)

    while not done:
        Failing.left = 4 + crashes % 23
        try:
            async with await Failing.connect(address(institution, "projector"), autocommit=True) as db:
                await Rebuild(projector.books, projector.shapes["trial_seat"], watch, step=step).run(db)
                done = True
        except psycopg.OperationalError:
            crashes += 1
    assert crashes > 3
    assert steps == sorted(steps)
    assert await differences(projector) == 0


async def test_readers_see_every_row_while_tables_are_rebuilt_again_and_again(
    institution: Institution, log: Log, readings: Readings
) -> None:
    projector = Projector(institution, TABLES)
    await projector.prepare()
    await record(log, [taken(n, "abc"[n % 3]) for n in range(50)])
    await projector.catch_up()
    running = asyncio.create_task(projector.run())
    seen: list[int] = []
    enough = asyncio.Event()

    async def look() -> None:
        while not enough.is_set():
            (now,) = await readings.figure("trial_seats", SYSTEM)
            (then,) = await readings.figure("trial_seats", SYSTEM, as_of=50)
            seen.extend((now.count, then.count))

    looking = [asyncio.create_task(look()) for _ in range(3)]
    builder = Projector(institution, TABLES)
    for day in range(8, 14):
        head = await record(log, [taken(n) for n in range(30)], MONDAY.replace(day=day))
        assert not [r for r in await builder.rebuild(["trial_seat"]) if r.error]
    assert await readings.wait_for(head, 10)
    enough.set()
    await asyncio.gather(*looking)
    running.cancel()
    await asyncio.wait([running])
    assert len(seen) > 50
    assert set(seen) == {50}
    assert await differences(builder) == 0


async def test_a_reader_in_the_way_delays_the_switch_but_no_other_reader(
    institution: Institution, log: Log, readings: Readings
) -> None:
    projector = Projector(institution, TABLES)
    await projector.prepare()
    await record(log, [taken(1)])
    await projector.catch_up()
    async with await connect(institution, "reader") as slow:
        await slow.execute("begin")
        await slow.execute(SQL("select * from {}").format(Identifier(institution.read_schema, "trial_seat")))
        building = asyncio.create_task(Projector(institution, TABLES).rebuild(["trial_seat"]))
        for _ in range(5):
            await asyncio.sleep(0.1)
            async with asyncio.timeout(1):
                await readings.rows("trial_seat", SYSTEM)
        assert not building.done()
        await slow.execute("commit")
    (report,) = await building
    assert report.error is None
    assert await differences(projector) == 0
