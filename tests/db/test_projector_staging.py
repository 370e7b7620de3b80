"""An event is opened once for all who hear it; the log is read once for all tables that are rebuilt."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection

from infra.log import Log
from infra.postgres import Institution, address, connect
from infra.projector import Projector
from infra.projector.books import Superseded
from infra.projector.rebuild import STEP, Progress, Rebuild
from infra.projector.shape import Shape
from infra.projector.staging import Staging, grouped, ranges
from infra.readings import Readings
from projections import Table
from tests.db.test_projector import Failing, differences, rows
from tests.db.trial import TABLES, Said, marked, random_past, record

NUMBER = Table(
    "trial_number",
    keys=("session_id",),
    columns={"session_id": "text", "score": "int"},
    types=("trial.marked",),
    fields={"session_id": "text", "score": "int"},
    select="select * from batch",
)
WORD = Table(
    "trial_word",
    keys=("session_id",),
    columns={"session_id": "text", "score": "text", "at": "timestamptz", "said": "json"},
    types=("trial.marked", "trial.noted"),
    fields={"session_id": "text", "score": "text"},
    select="select *, occurred_at as at, data->'score' as said from batch",
)


async def test_a_field_is_read_as_each_table_reads_it(
    institution: Institution, log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    projector = Projector(institution, [NUMBER, WORD, *TABLES])
    await projector.prepare()
    await record(log, [marked(1, {}, score=5), Said("trial.noted", {"session_id": "session:1", "score": "many"})])
    await projector.catch_up()
    assert await rows(institution, "trial_number") == [("session:1", 5, 1, None)]
    told = [(row[1], row[3], *row[4:]) for row in await rows(institution, "trial_word")]
    assert told == [("5", 5, 1, 2), ("many", "many", 2, None)]
    assert "table by table" not in caplog.text
    assert await differences(projector) == 0


def test_no_field_hides_what_an_event_says_of_itself() -> None:
    hiding = Table(
        "trial_hiding",
        keys=("session_id",),
        columns={"session_id": "text"},
        types=("trial.marked",),
        fields={"session_id": "text", "type": "text"},
        select="select * from batch",
    )
    with pytest.raises(ValueError, match="type"):
        Shape.of(hiding)


def test_steps_are_long_enough_to_be_worth_one_and_every_lane_has_its_share() -> None:
    assert ranges(0, 0) == []
    assert ranges(3, 10) == [(3, 10)]
    assert ranges(0, STEP) == [(0, STEP // 2), (STEP // 2, STEP)]
    assert ranges(STEP, 4 * STEP + 1)[-1] == (4 * STEP, 4 * STEP + 1)


@pytest.mark.parametrize("size", [1, 7, 30])
async def test_interrupted_steps_are_taken_again_and_none_twice(institution: Institution, log: Log, size: int) -> None:
    projector = Projector(institution, TABLES)
    await projector.prepare()
    await record(log, random_past(20 + size, 60))
    await projector.catch_up()
    crashes, reached, steps = 0, 0, []

    def watch(progress: Progress) -> None:
        steps.append(progress.position)

    async def failing() -> AsyncConnection[Any]:
        return await Failing.connect(address(institution, "projector"), autocommit=True)

    async with await connect(institution, "projector") as db:
        begun = [Rebuild(projector.books, shape) for shape in projector.shapes.values()]
        while reached < 60:
            async with db.transaction():
                made = [await one.begin(db) for one in begun]
            (((reached, target), some),) = grouped(made)
            Failing.left = 5 + crashes % 23
            left = [(after, min(after + size, target)) for after in range(reached, target, size)]
            try:
                await Staging(projector.books, failing, some, watch).run(left)
            except psycopg.OperationalError:
                crashes += 1
        assert crashes > 1
        assert steps == sorted(steps)
        for one in begun:
            assert (await one.run(db)).error is None
    assert await differences(projector) == 0


async def test_an_event_that_one_table_cannot_fold_costs_the_others_nothing(
    institution: Institution, log: Log, readings: Readings
) -> None:
    projector = Projector(institution, TABLES)
    await projector.prepare()
    await record(log, [*random_past(31, 40), marked(1, {"1": "present"}, score="many"), *random_past(32, 40)])
    reports = {report.table: report.error for report in await projector.rebuild()}
    assert {name for name, error in reports.items() if error} == {"trial_mark"}
    assert {t.name for t in (await readings.status()).tables if t.state == "live"} == {"trial_count", "trial_seat"}
    assert await differences(projector) == 0


async def test_two_who_rebuild_at_once_stage_nothing_twice(institution: Institution, log: Log) -> None:
    projectors = [Projector(institution, TABLES) for _ in range(2)]
    await projectors[0].prepare()
    await record(log, random_past(33, 80))
    told = await asyncio.gather(*(p.rebuild() for p in projectors), return_exceptions=True)
    assert all(isinstance(one, (list, Superseded)) for one in told)
    assert await differences(projectors[0]) == 0
