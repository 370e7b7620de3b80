"""An event that cannot be folded stops its own table, before it, and no other; a rebuild is the remedy."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from infra.log import Log
from infra.postgres import Institution
from infra.projector import Projector
from infra.projector.shape import Shape
from infra.readings import SYSTEM, Readings
from tests.db.test_projector import differences
from tests.db.trial import MONDAY, SEAT, TABLES, Said, marked, random_past, record, taken


def mended(projector: Projector) -> Projector:
    """The same tables, with a select for marks that takes any score."""
    shape = projector.shapes["trial_mark"]
    select = shape.select.replace("d.score,", "case when d.score ~ '^[0-9]+$' then d.score end as score,")
    projector.shapes["trial_mark"] = replace(shape, select=select.replace("score int", "score text"))
    return projector


@pytest.mark.parametrize("batch", [1, 4, 500])
async def test_the_table_stops_at_the_event_before_and_the_others_go_on(
    institution: Institution, log: Log, readings: Readings, batch: int
) -> None:
    projector = Projector(institution, TABLES, batch=batch)
    await projector.prepare()
    before = await record(log, random_past(1, 30))
    await record(log, [marked(1, {"1": "present"}, score="many")], MONDAY.replace(day=8))
    head = await record(log, random_past(2, 30), MONDAY.replace(day=9))
    assert await projector.catch_up() == head
    status = {t.name: t for t in (await readings.status()).tables}
    assert {n: t.state for n, t in status.items()} == {
        "trial_count": "live",
        "trial_mark": "halted",
        "trial_seat": "live",
    }
    stopped = status["trial_mark"]
    assert (stopped.position, stopped.failed_at, stopped.lag_events) == (before, before + 1, head - before)
    assert stopped.error is not None
    assert "many" in stopped.error
    assert await differences(projector) == 0


async def test_a_rebuild_with_new_sql_lets_the_table_go_on(
    institution: Institution, log: Log, readings: Readings
) -> None:
    projector = Projector(institution, TABLES)
    await projector.prepare()
    await record(log, [*random_past(3, 30), marked(1, {"1": "present"}, score="many"), *random_past(4, 30)])
    await projector.catch_up()
    (report,) = await projector.rebuild(["trial_mark"])
    assert report.error is not None
    assert report.position == 30
    mend = mended(Projector(institution, TABLES))
    assert await mend.prepare() == ["trial_mark"]
    (report,) = await mend.rebuild(["trial_mark"])
    assert report.error is None
    assert {t.state for t in (await readings.status()).tables} == {"live"}
    await record(log, random_past(5, 30), MONDAY.replace(day=9))
    await mend.catch_up()
    assert await differences(mend) == 0


async def test_a_new_table_whose_rebuild_fails_serves_as_far_as_it_came(
    institution: Institution, log: Log, readings: Readings
) -> None:
    old = Projector(institution, [t for t in TABLES if t.name != "trial_mark"])
    await old.prepare()
    await record(log, [*random_past(3, 30), marked(1, {"1": "present"}, score="many"), *random_past(4, 30)])
    await old.catch_up()
    new = Projector(institution, TABLES)
    await new.catch_up()
    (table,) = [t for t in (await readings.status()).tables if t.name == "trial_mark"]
    assert (table.state, table.position, table.failed_at) == ("halted", 30, 31)
    assert await differences(new) == 0


async def test_figures_over_a_stopped_table_say_so(institution: Institution, log: Log, readings: Readings) -> None:
    projector = Projector(institution, TABLES)
    await projector.prepare()
    await record(log, [taken(1), Said("trial.seat_taken", {"seat_id": None}), marked(1, {"1": "present"})])
    await projector.catch_up()
    (seats,) = await readings.figure("trial_seats", SYSTEM)
    assert (seats.state, seats.value, seats.stopped_at, seats.as_of) == ("stopped", None, 1, 3)
    (then,) = await readings.figure("trial_seats", SYSTEM, as_of=1)
    assert (then.state, then.value) == ("ok", Decimal(1))
    (presence,) = await readings.figure("trial_presence", SYSTEM)
    assert (presence.state, presence.value) == ("ok", Decimal(100))


async def test_two_rows_of_one_key_from_one_event_stop_the_table(
    institution: Institution, log: Log, readings: Readings
) -> None:
    twice = Shape.of(SEAT)
    projector = Projector(institution, [SEAT])
    projector.shapes["trial_seat"] = replace(twice, select=f"{twice.select} union all {twice.select}")
    await projector.prepare()
    await record(log, [marked(1, {}), taken(1)])
    await projector.catch_up()
    (table,) = (await readings.status()).tables
    assert (table.state, table.position) == ("halted", 1)
    (report,) = await projector.rebuild()
    assert report.position == 1
    assert report.error is not None
