"""The projector: what is folded live equals what is folded cold, whatever the batches, crashes and rivals."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.sql import SQL, Identifier

from domain import Unknown
from infra.log import Log
from infra.postgres import Institution, address, connect
from infra.projector import Projector
from infra.readings import Readings
from tests.db.trial import MONDAY, TABLES, Said, random_past, record


async def rows(institution: Institution, table: str) -> list[tuple[Any, ...]]:
    """Every version of a table's rows, as the projector sees them."""
    async with await connect(institution, "projector") as db:
        found = await db.execute(SQL("select * from {}").format(Identifier(institution.read_schema, table)))
        return sorted(await found.fetchall(), key=repr)


async def differences(projector: Projector, batch: int | None = None) -> int:
    return sum(c["differences"] for c in await projector.compare(batch=batch))


@pytest.mark.parametrize("batch", [1, 7, 500])
async def test_live_folds_equal_a_cold_rebuild(institution: Institution, log: Log, batch: int) -> None:
    projector = Projector(institution, TABLES, batch=batch)
    await projector.prepare()
    head = await record(log, random_past(batch, 120))
    assert await projector.catch_up() == head
    compared = [c for size in (None, 1, 7, 500) for c in await projector.compare(batch=size)]
    assert len(compared) == 12
    assert {c["differences"] for c in compared} == {0}
    assert all(c["rows"] > 10 for c in compared)


def seats(past: list[Said]) -> set[tuple[Any, ...]]:
    """The seats folded by hand: (seat, department, holders, week, since, until)."""
    done: set[tuple[Any, ...]] = set()
    now: dict[str, tuple[Any, ...]] = {}
    for position, said in enumerate(past, 1):
        if said.type not in ("trial.seat_taken", "trial.seat_left"):
            continue
        d = said.data
        if old := now.pop(d["seat_id"], None):
            done.add((*old, position))
        if said.type == "trial.seat_taken":
            now[d["seat_id"]] = (d["seat_id"], d["department_id"], tuple(d["holder_ids"]), d["week"], position)
    return done | {(*row, None) for row in now.values()}


def marks(past: list[Said]) -> set[tuple[Any, ...]]:
    """The marks folded by hand: (session, student, mark, score, since, until)."""
    done: set[tuple[Any, ...]] = set()
    now: dict[tuple[str, str], tuple[Any, ...]] = {}
    for position, said in enumerate(past, 1):
        if said.type == "trial.marked":
            for student, mark in said.data["marks"].items():
                key = (said.data["session_id"], student)
                if old := now.get(key):
                    done.add((*old, position))
                now[key] = (*key, mark, said.data["score"], position)
    return done | {(*row, None) for row in now.values()}


@pytest.mark.parametrize("seed", range(6))
async def test_the_tables_are_what_plain_python_makes_of_the_events(
    institution: Institution, log: Log, seed: int
) -> None:
    past = random_past(100 + seed, 90)
    projector = Projector(institution, TABLES, batch=1 + seed * 5)
    await projector.prepare()
    await record(log, past)
    await projector.catch_up()
    told = {(s, d, tuple(h), w, a, b) for s, d, h, w, _, a, b in await rows(institution, "trial_seat")}
    assert told == seats(past)
    assert set(await rows(institution, "trial_mark")) == marks(past)


class Failing(AsyncConnection[Any]):
    """A connection that breaks at its n-th statement."""

    left = 10**9

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        Failing.left -= 1
        if Failing.left < 0:
            await self.close()
            raise psycopg.OperationalError("the line was cut")
        return await super().execute(*args, **kwargs)


async def test_a_crash_at_any_statement_leaves_nothing_half_done(institution: Institution, log: Log) -> None:
    projector = Projector(institution, TABLES, batch=20)
    await projector.prepare()
    head = await record(log, random_past(7, 100))
    crashes, reached, life = 0, 0, 0
    while reached < head:
        Failing.left = life % 7
        life += 1
        try:
            async with await Failing.connect(address(institution, "projector"), autocommit=True) as db:
                more = True
                while more:
                    reached, more = await projector.fold(db)
        except psycopg.OperationalError:
            crashes += 1
    assert crashes > 6
    assert await differences(projector) == 0


async def test_two_projectors_share_the_work_and_fold_nothing_twice(
    institution: Institution, log: Log, readings: Readings
) -> None:
    projectors = [Projector(institution, TABLES, batch=3) for _ in range(2)]
    await projectors[0].prepare()
    running = [asyncio.create_task(p.run()) for p in projectors]
    head = await record(log, random_past(8, 150))
    assert await readings.wait_for(head, timeout=20)
    for task in running:
        task.cancel()
    await asyncio.wait(running)
    assert await differences(projectors[0]) == 0


async def test_lost_connections_cost_the_projector_and_its_readers_nothing(
    institution: Institution, log: Log, readings: Readings, caplog: pytest.LogCaptureFixture
) -> None:
    projector = Projector(institution, TABLES, batch=5)
    running = asyncio.create_task(projector.run())
    for day in range(8, 12):
        head = await record(log, random_past(day, 20), MONDAY.replace(day=day))
        assert await readings.wait_for(head, timeout=20)
        async with await AsyncConnection.connect(institution.dsn, autocommit=True) as above:
            await above.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = any (%s) and query like %s",
                (["campus projector", "campus reader"], f"%{institution.read_schema}%"),
            )
    head = await record(log, random_past(12, 20), MONDAY.replace(day=12))
    assert await readings.wait_for(head, timeout=20)
    assert not running.done()
    assert "begins again" in caplog.text
    assert "interrupted" in caplog.text
    running.cancel()
    await asyncio.wait([running])
    assert await differences(projector) == 0


async def test_a_batch_folded_meanwhile_by_another_is_not_folded_again(institution: Institution, log: Log) -> None:
    first, second = Projector(institution, TABLES), Projector(institution, TABLES)
    await first.prepare()
    await record(log, random_past(9, 30))
    async with await connect(institution, "projector") as one, await connect(institution, "projector") as other:
        reached, late = await asyncio.gather(first.fold(one), second.fold(other))
    assert sorted([reached[1], late[1]]) == [False, True]
    assert await differences(first) == 0


async def test_only_declared_tables_are_rebuilt_or_compared(institution: Institution) -> None:
    with pytest.raises(Unknown, match="table_unknown"):
        await Projector(institution, TABLES).compare(["nobody"])
