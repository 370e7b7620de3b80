"""What every log promises, in memory and on PostgreSQL alike."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import combinations
from uuid import uuid4

import psycopg
import pytest

from infra.log import Attempt, Clashed, Draft, Log, LogUnavailable, Recorded, Repeated, Scan
from infra.log.memory import MemoryLog
from infra.log.recorder import PostgresLog
from infra.postgres import Institution
from tests.db.attempts import START, attempt, tagged


@pytest.fixture(params=["memory", "postgres"])
def any_log(request: pytest.FixtureRequest) -> Log:
    """Each kind of log in turn."""
    return MemoryLog() if request.param == "memory" else request.getfixturevalue("log")


async def test_an_empty_log(any_log: Log) -> None:
    assert await any_log.head() == (0, None)
    assert await any_log.page(0) == []
    answer = await any_log.read([tagged("room:1"), Scan((), ())])
    assert (answer.rows, answer.head) == ((), 0)
    assert await any_log.append([]) == []
    assert (await any_log.read([])).head == 0


async def test_what_was_recorded_comes_back_to_the_byte(any_log: Log) -> None:
    body = '{ "data":{"name":"张三 – \\u00e9", "list": [1,  2.50]},\n"b":null}'
    wish = attempt("session:1", "person:2", events=3, body=body)
    [outcome] = await any_log.append([wish])
    assert outcome == Recorded(1, 3, START)
    rows = (await any_log.read([tagged("session:1")])).rows
    assert [(row.position, row.id, row.type, row.tags, row.body, row.recorded_at) for row in rows] == [
        (n, draft.id, draft.type, draft.tags, body, START) for n, draft in enumerate(wish.drafts, 1)
    ]
    assert await any_log.page(0) == list(rows)
    assert await any_log.head() == (3, START)


async def test_recorded_at_never_runs_backwards(any_log: Log) -> None:
    moments = [START, START - timedelta(days=1), START + timedelta(seconds=1, microseconds=7), START]
    outcomes = await any_log.append([attempt("a", now=moment) for moment in moments])
    late = START + timedelta(seconds=1, microseconds=7)
    assert [one.recorded_at for one in outcomes if isinstance(one, Recorded)] == [START, START, late, late]
    [after] = await any_log.append([attempt("a", now=START - timedelta(days=9))])
    assert after == Recorded(5, 5, late)
    assert [row.recorded_at for row in await any_log.page(0)] == [START, START, late, late, late]


async def test_the_same_command_is_recorded_once(any_log: Log) -> None:
    wish = attempt("a", asks=[tagged("a")])
    assert await any_log.append([wish]) == [Recorded(1, 1, START)]
    assert await any_log.append([wish]) == [Repeated()]
    again = attempt("b", command=wish.command)
    assert await any_log.append([again, attempt("c")]) == [Repeated(), Recorded(2, 2, START)]


async def test_the_same_command_twice_in_one_call(any_log: Log) -> None:
    wish = attempt("a")
    outcomes = await any_log.append([wish, attempt("b", command=wish.command), attempt("c")])
    assert outcomes == [Recorded(1, 1, START), Repeated(), Recorded(2, 2, START)]


async def test_attempts_of_one_call_stand_in_their_order(any_log: Log) -> None:
    asks = [tagged("seat:1")]
    outcomes = await any_log.append([attempt("seat:1", asks=asks), attempt("seat:1", asks=asks), attempt("seat:2")])
    assert outcomes == [Recorded(1, 1, START), Clashed(), Recorded(2, 2, START)]


TYPES = ("t.one", "t.two", "t.three")
TAGS = ("a", "b", "c")


async def _filled(any_log: Log) -> list[Draft]:
    drafts = [
        Draft(uuid4(), type, (*tags, f"command:{uuid4()}"), "{}")
        for type in TYPES
        for size in range(len(TAGS) + 1)
        for tags in combinations(TAGS, size)
    ]
    await any_log.append([Attempt(draft.tags[-1], (draft,), (), START) for draft in drafts])
    return drafts


SHAPES = [
    Scan(types, tags, after)
    for types in ((), ("t.two",), ("t.one", "t.three"), ("t.unknown",))
    for tags in ((), ("a",), ("b", "a"), ("a", "a"), ("a", "b", "c"), ("z",), ("a", "z"))
    for after in (0, 7, 24)
]


async def test_every_shape_of_a_scan(any_log: Log) -> None:
    drafts = await _filled(any_log)

    def expected(scan: Scan) -> list[int]:
        return [
            position
            for position, draft in enumerate(drafts, 1)
            if position > scan.after
            and (not scan.types or draft.type in scan.types)
            and set(scan.tags) <= set(draft.tags)
        ]

    for scan in SHAPES:
        answer = await any_log.read([scan])
        assert [row.position for row in answer.rows] == expected(scan), scan
        assert answer.head == 24
    both = await any_log.read([SHAPES[4], SHAPES[25], SHAPES[4]])
    assert [row.position for row in both.rows] == sorted({*expected(SHAPES[4]), *expected(SHAPES[25])})


async def test_every_shape_of_a_condition(any_log: Log) -> None:
    drafts = await _filled(any_log)
    everything = Scan((), (), 24)
    for scan in [*(one for one in SHAPES if one != everything), everything]:
        covered = any(
            position > scan.after and (not scan.types or draft.type in scan.types) and set(scan.tags) <= set(draft.tags)
            for position, draft in enumerate(drafts, 1)
        )
        # What is recorded on the way carries a type and a tag that only the last shape asks about.
        [outcome] = await any_log.append([attempt("probe", asks=[tagged("none"), scan])])
        assert isinstance(outcome, Clashed if covered or scan is everything else Recorded), scan


async def test_pages(any_log: Log) -> None:
    await _filled(any_log)
    assert [row.position for row in await any_log.page(3, 6)] == [4, 5, 6]
    assert [row.position for row in await any_log.page(0, limit=2)] == [1, 2]
    assert [row.position for row in await any_log.page(6, types=["t.one", "t.three"], limit=4)] == [7, 8, 17, 18]
    assert [row.position for row in await any_log.page(6, 17, types=["t.one", "t.three"])] == [7, 8, 17]
    assert await any_log.page(24) == []


async def test_a_follower_meets_every_event_once(any_log: Log) -> None:
    await any_log.append([attempt("a") for _ in range(5)])
    seen: list[int] = []
    quiet = asyncio.Event()

    async def follow() -> None:
        async for rows in any_log.subscribe(2):
            seen.extend(row.position for row in rows)
            if not rows:
                quiet.set()
            if seen and seen[-1] == 1005:
                return

    async def write(much: int) -> None:
        for _ in range(much):
            await any_log.append([attempt("b", events=2)])

    following = asyncio.create_task(follow())
    await asyncio.wait_for(quiet.wait(), 5)
    await asyncio.gather(*(write(50) for _ in range(10)))
    await asyncio.wait_for(following, 10)
    assert seen == list(range(3, 1006))


@pytest.mark.parametrize(
    "broken",
    [
        Attempt("command:1", (), (), START),
        Attempt("command:1", (Draft(uuid4(), "t", ("a",), "{}"),), (), START),
        Attempt("command:1", (Draft(uuid4(), "t", ("a", "a", "command:1"), "{}"),), (), START),
        Attempt("command:1", (Draft(uuid4(), "t", ("a\x1fb", "command:1"), "{}"),), (), START),
        Attempt("command:1", (Draft(uuid4(), "t", ("", "command:1"), "{}"),), (), START),
        Attempt("command:1", (Draft(uuid4(), "t", ("command:1",), '"\x00"'),), (), START),
        Attempt("command:1", (Draft(uuid4(), "t", ("command:1",), "{}"),), (), START.replace(tzinfo=None)),
    ],
)
async def test_an_attempt_no_log_could_keep(any_log: Log, broken: Attempt) -> None:
    with pytest.raises(ValueError, match="."):
        await any_log.append([attempt("a"), broken])
    assert await any_log.head() == (0, None)


async def test_a_seat_is_given_once(any_log: Log) -> None:
    async def book(seat: int) -> bool:
        [outcome] = await any_log.append([attempt(f"seat:{seat}", asks=[tagged(f"seat:{seat}")])])
        return isinstance(outcome, Recorded)

    won = await asyncio.gather(*(book(n % 20) for n in range(400)))
    assert sum(won) == 20
    assert (await any_log.head())[0] == 20


async def test_a_closed_log_takes_no_more(log: Log) -> None:
    await log.append([attempt("a")])
    await log.close()
    with pytest.raises(LogUnavailable):
        await log.append([attempt("b")])


async def test_a_bad_event_does_not_fail_its_neighbours(institution: Institution) -> None:
    log = PostgresLog(institution)
    outcomes = await asyncio.gather(
        *(log.append([attempt("a", body="{not json" if n == 7 else "{}")]) for n in range(20)), return_exceptions=True
    )
    assert isinstance(outcomes[7], psycopg.errors.InvalidTextRepresentation)
    recorded = [one for one in outcomes if not isinstance(one, BaseException)]
    assert sorted(one.first for [one] in recorded if isinstance(one, Recorded)) == list(range(1, 20))
    assert log.counts.alone == 1
    await log.close()
