"""The PostgreSQL log under many writers, broken connections and batches that should not have been made."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections import deque
from contextlib import aclosing
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from infra.log import Attempt, Clashed, Draft, LogUnavailable, Outcome, Recorded, Scan, covers
from infra.log.appending import Packed, next_batch
from infra.log.memory import MemoryLog
from infra.log.recorder import PostgresLog
from infra.postgres import Embedded, Institution, connect, drop, install
from tests.db.attempts import START, attempt, tagged
from tests.faults.contention import contend
from tests.faults.ledger_check import faults
from tests.faults.postgres_kill import kill_repeatedly, lose_replies
from tests.faults.proxy import Proxy


async def test_two_processes_four_writers_one_follower(institution: Institution, tmp_path: Path) -> None:
    told, wrong = await contend(institution, tmp_path, events=4000, seats=300)
    assert wrong == {}
    assert told["clashes"] > 300
    assert told["seats_taken"] <= 300


async def test_every_contended_seat_is_given_exactly_once(institution: Institution) -> None:
    """30 seats, 16 callers for each, through four logs: exactly 30 winners."""
    logs = [PostgresLog(institution) for _ in range(4)]

    async def book(log: PostgresLog, seat: int) -> list[Outcome]:
        return await log.append([attempt(f"seat:{seat}", asks=[tagged(f"seat:{seat}")])])

    outcomes = await asyncio.gather(*(book(logs[n % 4], n % 30) for n in range(480)))
    assert sum(isinstance(one, Recorded) for [one] in outcomes) == 30
    assert sum(one == Clashed() for [one] in outcomes) == 450
    for log in logs:
        assert log.counts.alone == 0
        await log.close()


async def test_a_follower_outlives_its_connection(log: PostgresLog, institution: Institution) -> None:
    seen: list[int] = []
    quiet = asyncio.Event()

    async def follow() -> None:
        async with aclosing(log.subscribe(0)) as pages:
            async for rows in pages:
                seen.extend(row.position for row in rows)
                if not rows:
                    quiet.set()
                if len(seen) == 20:
                    return

    following = asyncio.create_task(follow())
    await asyncio.wait_for(quiet.wait(), 5)
    for _ in range(10):
        await log.append([attempt("a")])
    async with await psycopg.AsyncConnection.connect(institution.dsn, autocommit=True) as mighty:
        ended = await mighty.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'campus reader'"
        )
        assert await ended.fetchall()
    for _ in range(10):
        await log.append([attempt("a")])
    await asyncio.wait_for(following, 10)
    assert seen == list(range(1, 21))


async def test_a_log_outlives_its_connections(institution: Institution) -> None:
    log = PostgresLog(institution)
    await log.append([attempt("a")])
    await log.read([tagged("a")])
    async with await psycopg.AsyncConnection.connect(institution.dsn, autocommit=True) as mighty:
        await mighty.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name ~ '^campus'"
        )
    outcomes = await asyncio.gather(*(log.append([attempt("b")]) for _ in range(5)))
    assert all(isinstance(one, Recorded) for [one] in outcomes)
    assert len((await log.read([tagged("b")])).rows) == 5
    assert log.breaks > 0
    await log.close()


async def test_a_server_that_is_away(institution: Institution, tmp_path: Path) -> None:
    away = Institution(institution.key, f"host={tmp_path} dbname=campus", "Asia/Shanghai", "甲", "A")
    log = PostgresLog(away, patience=0.3)
    for asked in (log.append([attempt("a")]), log.read([tagged("a")]), log.page(0), log.head()):
        with pytest.raises(LogUnavailable):
            await asked
    await log.close()


async def test_closing_fails_what_still_waits(institution: Institution, tmp_path: Path) -> None:
    log = PostgresLog(Institution(institution.key, f"host={tmp_path}", "Asia/Shanghai", "甲", "A"), patience=30)
    waiting = asyncio.create_task(log.append([attempt("a")]))
    await asyncio.sleep(0.05)
    await log.close()
    with pytest.raises(LogUnavailable):
        await waiting


async def test_the_server_is_killed_and_replies_are_lost(tmp_path: Path) -> None:
    with Embedded.start(tmp_path / "data") as server:
        for n in range(3):
            await install(Institution(f"c{n}", server.dsn, "Asia/Shanghai", "甲", "A"))
        colleges = [Institution(f"c{n}", server.dsn, "Asia/Shanghai", "甲", "A") for n in range(3)]
        killed = await kill_repeatedly(server, colleges[0], tmp_path, rounds=2)
        cut = await lose_replies(server, colleges[1], tmp_path, share=0.05, kind="cut", events=1000)
        swallowed = await lose_replies(server, colleges[2], tmp_path, share=0.02, kind="swallow", events=200)
    for told in (killed, cut, swallowed):
        assert faults(told) == {}
        assert told["repeats_wrong"] == told["batches_taken_apart"] == 0


@pytest.mark.parametrize("kind", ["cut", "swallow"])
async def test_an_outcome_that_was_lost_on_the_way_is_looked_up(institution: Institution, tmp_path: Path, kind) -> None:
    async with Proxy(institution.dsn, tmp_path, kind=kind) as proxy:
        log = PostgresLog(Institution(institution.key, proxy.dsn, "Asia/Shanghai", "甲", "A"), silence=0.5)
        await log.append([attempt("a")])
        await asyncio.sleep(0.3)  # The bell has rung: the next reply is the append's.
        proxy.next_is_lost = True
        seats = [[attempt(f"seat:{n % 4}", asks=[tagged(f"seat:{n % 4}")])] for n in range(8)]
        outcomes = [outcome for [outcome] in await asyncio.gather(*map(log.append, seats))]
        assert proxy.lost == 1
        assert sum(isinstance(one, Recorded) for one in outcomes) == sum(one == Clashed() for one in outcomes) == 4
        assert log.counts.resolved > 0
        held = {row.position: row.id for row in await log.page(1)}
        for [wish], outcome in zip(seats, outcomes, strict=True):
            if isinstance(outcome, Recorded):
                assert held[outcome.first] == wish.drafts[0].id
        await log.close()


async def test_two_institutions_in_one_database(log: PostgresLog, server: str) -> None:
    neighbour = Institution(f"n{uuid4().hex[:12]}", server, "Asia/Shanghai", "邻校", "Next Door")
    await install(neighbour)
    other = PostgresLog(neighbour)
    await asyncio.gather(*(one.append([attempt("a")]) for one in (log, other) for _ in range(50)))
    assert (await log.head())[0] == (await other.head())[0] == 50
    ours, theirs = {row.id for row in await log.page(0)}, {row.id for row in await other.page(0)}
    assert not ours & theirs
    await other.close()
    await drop(neighbour)


NAMES = ("a", "b", "c")
KINDS = ("x", "y")
scans = st.builds(
    lambda types, tags, after: Scan(tuple(types), tuple(tags), after),
    st.lists(st.sampled_from(KINDS), max_size=2, unique=True),
    st.lists(st.sampled_from(NAMES), max_size=2),
    st.integers(0, 12),
)
wishes = st.tuples(
    st.integers(0, 9),
    st.lists(st.tuples(st.sampled_from(KINDS), st.sets(st.sampled_from(NAMES))), min_size=1, max_size=3),
    st.lists(scans, max_size=3),
    st.integers(-3, 3),
)


def _attempt(example: str, number: int, wish) -> Attempt:
    who, events, boundary, minute = wish
    command = f"command:{example}:{who}" if who < 3 else f"command:{example}:{number + 10}"
    drafts = tuple(Draft(uuid4(), kind, (*sorted(tags), command), "{}") for kind, tags in events)
    return Attempt(command, drafts, tuple(boundary), START.replace(minute=30 + minute))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(st.lists(wishes, min_size=1, max_size=8), min_size=1, max_size=4))
async def test_any_batch_means_what_its_attempts_mean_one_by_one(institution: Institution, history) -> None:
    """Also batches that next_batch would not make: the proof in the database speaks up and they are taken apart."""
    async with await psycopg.AsyncConnection.connect(institution.dsn, autocommit=True) as mighty:
        forget = "truncate {s}.event, {s}.event_tag; update {s}.head set position = 0, recorded_at = null"
        await mighty.execute(forget.format(s=f'"{institution.schema}"').encode())
    model, log, whole = MemoryLog(), PostgresLog(institution), PostgresLog(institution)
    for round, wanted in enumerate(history):
        attempts = [_attempt(str(round % 2), round * 100 + n, wish) for n, wish in enumerate(wanted)]
        expected = await model.append(attempts)
        batch = [Packed(one, object()) for one in attempts]
        if round % 2:
            assert await log.append(attempts) == expected
        else:
            apart = whole.counts.alone
            assert await whole._sender.send(batch) == expected
            if len(next_batch(deque(batch))) == len(batch):
                assert whole.counts.alone == apart, "taken apart without need"
    assert log.counts.alone == 0
    assert await log.page(0) == await model.page(0)
    assert await log.head() == await model.head()
    await log.close()
    await whole.close()


@settings(max_examples=100)
@given(wanted=st.lists(st.tuples(wishes, st.integers(0, 4)), min_size=1, max_size=20))
def test_nothing_in_a_batch_asks_about_another_member(wanted) -> None:
    queue = deque(Packed(_attempt("e", n, wish), calls) for n, (wish, calls) in enumerate(wanted))
    order = list(queue)
    taken: list[Packed] = []
    while queue:
        batch = next_batch(queue)
        assert batch
        for n, one in enumerate(batch):
            for earlier in batch[:n]:
                assert earlier.attempt.command != one.attempt.command
                assert not any(
                    covers(scan, draft.type, draft.tags)
                    for scan in one.attempt.boundary
                    for draft in earlier.attempt.drafts
                )
        taken += batch
    assert sorted(map(id, taken)) == sorted(map(id, order))
    for call in range(5):
        assert [one for one in taken if one.call == call] == [one for one in order if one.call == call]


async def test_plans_made_on_empty_tables_use_the_indexes(institution: Institution) -> None:
    """The first plan stays: one that scans whole tables was measured eight times slower."""
    log = PostgresLog(institution)
    for n in range(40):
        asks = [tagged("hot", after=n * 5), tagged("hot", f"session:{n}"), Scan(("test.other",), ()), Scan((), (), 200)]
        assert all(isinstance(one, Recorded) for one in await log.append([attempt("hot", asks=asks, events=5)]))
        await log.read([tagged("hot", f"session:{n}"), tagged("hot", after=n * 5), Scan(("test.other",), (), 3)])
    await log.close()
    ask = """
        select c.relname, pg_stat_get_numscans(c.oid) from pg_class c
        where c.relnamespace = %s::regnamespace and c.relname in ('event', 'event_tag', 'event_tag_pkey') order by 1"""
    async with await psycopg.AsyncConnection.connect(institution.dsn, autocommit=True) as mighty:
        for _ in range(50):
            found = dict(await (await mighty.execute(ask, [institution.schema])).fetchall())
            if found["event_tag_pkey"] >= 200:
                break
            await asyncio.sleep(0.1)
    assert found["event_tag_pkey"] >= 200
    # Building an index scans its table once.
    assert (found["event"], found["event_tag"]) == (3, 1)


async def test_a_long_log_is_read_in_bounded_memory(institution: Institution) -> None:
    """30,000 events of 4 KB in pages: no more than a few pages are held at once."""
    log = PostgresLog(institution, page=200)
    await asyncio.gather(*(log.append([attempt("a", events=500, body=json.dumps("x" * 4000))]) for _ in range(60)))
    tracemalloc.start()
    seen = 0
    async with aclosing(log.subscribe(0)) as pages:
        async for rows in pages:
            seen += len(rows)
            if seen == 30_000:
                break
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000
    await log.close()


@pytest.mark.parametrize(
    "forbidden",
    [
        "insert into {}.event values (99, gen_random_uuid(), 't', '{{}}', '{{}}', now())",
        "insert into {}.event_tag values ('t', 't', 99)",
        "update {}.head set position = 0",
        "delete from {}.event",
        "truncate {}.event",
        "alter table {}.event disable trigger all",
        "drop function {}.append_batch",
    ],
)
async def test_the_writer_writes_only_through_the_one_function(institution: Institution, forbidden: str) -> None:
    async with await connect(institution, "writer") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(forbidden.format(f'"{institution.schema}"').encode())
