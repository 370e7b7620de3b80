"""Readings: who sees which rows, as of when, and what a figure says when nothing was due."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from domain import Actor, Conflict, Unknown
from domain.access import AUDITOR, COUNSELOR, HEAD, LEADER, SECRETARY, STUDENT, TEACHER
from infra.log import Log
from infra.postgres import Institution, connect, pool
from infra.projector import Projector
from infra.readings import SYSTEM, Readings, Viewer
from infra.readings.memory import Memory
from projections.policies import POLICY
from tests.db.conftest import Still
from tests.db.trial import FIGURES, LARGE, MONDAY, TABLES, left, marked, random_past, record, revised, taken

PAST = [
    taken(1, "a", 1, ["person:x"]),
    taken(2, "a", 2, ["person:y", "person:x"]),
    taken(3, "b", 1),
    marked(1, {"x": "present", "y": "absent"}, department="a"),
    taken(1, "b", 1, ["person:y"]),
    left(3),
    marked(2, {"x": "present", "z": "present", "y": "present"}, department="b"),
]


def viewer(role: str, department: str | None = None, person: str = "person:x") -> Viewer:
    held = f"department:{department}" if department else None
    return Viewer(person, (Actor(person, role, held),))


@pytest.fixture
async def told(institution: Institution, log: Log, readings: Readings) -> Readings:
    """The readings once PAST has been folded."""
    projector = Projector(institution, TABLES)
    await projector.prepare()
    await record(log, PAST)
    await projector.catch_up()
    return readings


async def seats(told: Readings, who: Viewer, as_of: int | None = None) -> set[str]:
    return {row["seat_id"].partition(":")[2] for row in await told.rows("trial_seat", who, as_of=as_of)}


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        (SYSTEM, {"1", "2"}),
        (viewer(AUDITOR), {"1", "2"}),
        (viewer(LEADER, None, "person:n"), {"1", "2"}),
        (viewer(LEADER, "b", "person:n"), {"1"}),
        (viewer(HEAD, "a", "person:n"), {"2"}),
        (viewer(SECRETARY, None, "person:n"), set()),
        (viewer(TEACHER, "a", "person:n"), set()),
        (viewer(TEACHER, "a", "person:y"), {"1", "2"}),
        (viewer(STUDENT, None, "person:x"), {"2"}),
        (viewer(COUNSELOR, "b", "person:x"), {"1", "2"}),
        (Viewer("person:x"), {"2"}),
        (Viewer("person:' or true --"), set()),
    ],
)
async def test_a_viewer_sees_the_rows_of_their_scope(told: Readings, who: Viewer, seen: set[str]) -> None:
    assert await seats(told, who) == seen


async def test_a_student_sees_marks_as_the_person_they_are(told: Readings) -> None:
    found = await told.rows("trial_mark", Viewer("person:x"))
    assert {(r["session_id"], r["student_id"]) for r in found} == {
        ("session:1", "student:x"),
        ("session:2", "student:x"),
    }


async def test_figures_count_the_viewers_rows_only(told: Readings) -> None:
    (all_,) = await told.figure("trial_presence", SYSTEM)
    assert (all_.value, all_.numerator, all_.denominator, all_.count) == (Decimal(80), Decimal(4), Decimal(5), 2)
    (own,) = await told.figure("trial_presence", viewer(HEAD, "a"))
    assert (own.value, own.count, own.state, own.as_of) == (Decimal(50), 1, "ok", 7)
    (none,) = await told.figure("trial_presence", viewer(TEACHER))
    assert (none.value, none.state, none.count) == (None, "none_due", 0)
    by = await told.figure("trial_presence", SYSTEM, by=("department", "about"))
    assert [(dict(r.group), r.value) for r in by] == [
        ({"department": "department:a", "about": "session:1"}, Decimal(50)),
        ({"department": "department:b", "about": "session:2"}, Decimal(100)),
    ]
    (narrowed,) = await told.figure("trial_presence", SYSTEM, department="department:b")
    assert narrowed.value == 100


async def test_the_past_is_read_as_it_was(told: Readings) -> None:
    assert [await seats(told, SYSTEM, p) for p in range(8)] == [
        set(),
        {"1"},
        {"1", "2"},
        {"1", "2", "3"},
        {"1", "2", "3"},
        {"1", "2", "3"},
        {"1", "2"},
        {"1", "2"},
    ]
    assert await seats(told, viewer(HEAD, "a", "person:n"), 4) == {"1", "2"}
    (then,) = await told.figure("trial_presence", SYSTEM, as_of=5)
    # Judged at the moment position 5 was recorded, a minute after the first roll was taken.
    assert (then.value, then.as_of, then.moment) == (Decimal(50), 5, MONDAY + timedelta(minutes=4))
    (early,) = await told.figure("trial_presence", SYSTEM, at=MONDAY)
    assert (early.value, early.state, early.moment) == (None, "none_due", MONDAY)
    history = await told.rows("trial_seat", SYSTEM, where={"seat_id": "seat:1"}, order=("since",), history=True)
    assert [(r["since"], r["until"], r["department_id"]) for r in history] == [
        (1, 5, "department:a"),
        (5, None, "department:b"),
    ]
    known = await told.rows("trial_seat", SYSTEM, where={"seat_id": "seat:1"}, history=True, as_of=4)
    assert [(r["since"], r["until"], r["department_id"]) for r in known] == [(1, None, "department:a")]
    assert len(await told.rows("trial_count", SYSTEM, history=True, as_of=6)) == 1


async def test_a_figure_opens_down_to_its_events(told: Readings) -> None:
    rows = await told.contributions("trial_presence", SYSTEM)
    assert [(r["about"], r["numerator"], r["denominator"], r["position"]) for r in rows] == [
        ("session:2", 3, 3, 7),
        ("session:1", 1, 2, 4),
    ]
    (first,) = await told.contributions("trial_presence", SYSTEM, limit=1)
    (second,) = await told.contributions("trial_presence", SYSTEM, limit=1, after=first["cursor"])
    assert (first["position"], second["position"]) == (7, 4)
    assert await told.contributions("trial_presence", SYSTEM, limit=1, after=second["cursor"]) == []
    assert [r["position"] for r in await told.contributions("trial_presence", viewer(HEAD, "a"))] == [4]


async def test_sums_of_few_groups_are_those_of_the_finer_ones_added_up(told: Readings) -> None:
    """Whatever was asked first, and whatever is remembered."""

    async def read(*by: Any, **how: Any) -> list[tuple[Any, ...]]:
        readings = await told.figure("trial_presence", SYSTEM, by=by, **how)
        return [(dict(r.group), r.value, r.numerator, r.denominator, r.count, r.state, r.as_of) for r in readings]

    for how in ({}, {"as_of": 5}, {"as_of": 0}, {"department": "department:a"}, {"department": "department:none"}):
        whole = await read(**how)
        by = {group: await read(*group, **how) for group in ((), ("department",), ("week",), ("week", "department"))}
        assert by[()] == whole
        assert len(whole) == 1
        for found in by.values():
            assert [sum(row[n] for row in found) for n in (2, 3, 4)] == list(whole[0][2:5])
        exact = await read("department", "about", **how)
        assert {row[0]["department"] for row in exact} == {row[0]["department"] for row in by["department",]}
        assert [row[0]["department"] for row in by["department",]] == sorted(
            row[0]["department"] for row in by["department",]
        )


async def test_rows_are_found_by_value_by_list_and_by_what_a_list_holds(told: Readings) -> None:
    async def found(**where: object) -> list[str]:
        return [r["seat_id"] for r in await told.rows("trial_seat", SYSTEM, where=where, order=("-seat_id",))]

    assert await found(week=2) == ["seat:2"]
    assert await found(week=[1, 2]) == ["seat:2", "seat:1"]
    assert await found(holder_ids="person:y") == ["seat:2", "seat:1"]
    assert await found(department_id="department:' or true --") == []
    assert await found(department_id=None) == []
    assert await found(week={2}) == ["seat:2"]


async def test_a_select_names_tables_and_gets_the_moment(told: Readings) -> None:
    sql = """
        select trial_seat.week, c.roster, %(moment)s::timestamptz as moment, %(position)s::bigint as position
        from {trial_seat} join {trial_count} c using (department_id) where week <= %(most)s and 5 % 2 = 1
    """.replace("5 %", "5 %%")
    (row,) = await told.select(sql, {"most": 1}, SYSTEM)
    assert (row["week"], row["roster"], row["position"]) == (1, 3, 7)
    assert row["moment"] == MONDAY.replace(hour=12)
    inner = "with own as (select * from {trial_seat}) select count(*) as n from own"
    assert await told.select(inner, None, viewer(HEAD, "a", "person:n"), as_of=3) == [{"n": 2}]


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda r: r.figure("nothing", SYSTEM), "figure_unknown"),
        (lambda r: r.figure("trial_seats", SYSTEM, as_of=8), "position_unknown"),
        (lambda r: r.figure("trial_seats", SYSTEM, as_of=-1), "position_unknown"),
        (lambda r: r.contributions("trial_seats", SYSTEM, after="x"), "cursor_unknown"),
        (lambda r: r.rows("nothing", SYSTEM), "table_unknown"),
        (lambda r: r.rows("trial_seat", SYSTEM, where={"nothing": 1}), "column_unknown"),
        (lambda r: r.rows("trial_seat", SYSTEM, order=("-nothing",)), "column_unknown"),
        (lambda r: r.select("select * from {nothing}", None, SYSTEM), "table_unknown"),
    ],
)
async def test_what_does_not_exist_is_refused_by_name(told: Readings, ask, code: str) -> None:
    with pytest.raises(Unknown, match=code):
        await ask(told)


async def test_one_viewers_scope_never_stays_on_a_pooled_connection(institution: Institution, told: Readings) -> None:
    async with pool(institution, "reader", smallest=1, largest=1) as single:
        one = Readings(single, institution, FIGURES)
        for _ in range(20):
            seen = await asyncio.gather(
                seats(one, SYSTEM), seats(one, Viewer("person:n")), seats(one, viewer(HEAD, "a", "person:n"))
            )
            assert list(seen) == [{"1", "2"}, set(), {"2"}]
            with pytest.raises(psycopg.errors.UndefinedColumn):
                await one.select("select nothing from {trial_seat}", None, SYSTEM)
            async with single.connection() as bare:
                left_over = await bare.execute("select current_setting('campus.breadth', true)")
                assert await left_over.fetchone() in ((None,), ("",))
                table = Identifier(institution.read_schema, "trial_seat")
                unscoped = await bare.execute(SQL("select count(*) from {}").format(table))
                assert await unscoped.fetchone() == (0,)
        await one.close()


async def test_readers_can_write_nothing(institution: Institution, told: Readings) -> None:
    async with await connect(institution, "reader") as reader:
        for statement in ("delete from {}", "update {} set week = 1", "truncate {}", "drop table {}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await reader.execute(SQL(statement).format(Identifier(institution.read_schema, "trial_seat")))
    sql = "select current_setting('transaction_read_only') as only, current_user::text as who"
    assert await told.select(sql, None, SYSTEM) == [{"only": "on", "who": "campus_reader"}]


async def test_row_level_security_stands_on_every_generation(
    institution: Institution, log: Log, told: Readings
) -> None:
    projector = Projector(institution, TABLES)
    await projector.rebuild()
    await projector.rebuild()
    async with await connect(institution, "reader") as reader:
        found = await reader.execute(
            "select relname, relrowsecurity and relforcerowsecurity from pg_class c join pg_namespace n"
            " on n.oid = c.relnamespace where nspname = %s and relkind = 'r' and relname like 'trial%%'",
            (institution.read_schema,),
        )
        assert sorted(await found.fetchall()) == [("trial_count", True), ("trial_mark", True), ("trial_seat", True)]
    assert await seats(told, viewer(HEAD, "a", "person:n")) == {"2"}


async def test_the_status_tells_the_lag(institution: Institution, log: Log, told: Readings) -> None:
    head = await record(log, random_past(1, 5), MONDAY + timedelta(hours=11))
    status = await told.status()
    assert (status.head, status.events, status.position, status.lag_events) == (head, head, 7, 5)
    assert status.lag_seconds == 3600
    assert {(t.position, t.lag_events, t.lag_seconds, t.state) for t in status.tables} == {(7, 5, 3600.0, "live")}
    await Projector(institution, TABLES).catch_up()
    assert (await told.status()).lag_seconds == 0


async def test_a_moment_has_a_position(told: Readings) -> None:
    moments = [timedelta(seconds=-1), timedelta(0), timedelta(seconds=59), timedelta(minutes=3), timedelta(days=9)]
    assert [await told.position_at(MONDAY + m) for m in moments] == [0, 1, 1, 4, 7]


async def test_waiting_ends_when_the_tables_show_the_position(
    institution: Institution, log: Log, told: Readings
) -> None:
    assert await told.wait_for(7)
    assert not await told.wait_for(8, timeout=0.2)
    waiting = asyncio.create_task(told.wait_for(8))
    await record(log, [taken(9)], MONDAY.replace(day=8))
    await Projector(institution, TABLES).catch_up()
    assert await waiting


async def test_a_cold_replay_says_what_the_tables_say(institution: Institution, log: Log, told: Readings) -> None:
    projector = Projector(institution, TABLES)
    seen: list[tuple[int, int]] = []
    for until in (4, 7):
        for replayed in await projector.replay(
            until, FIGURES.values(), progress=lambda done, all_: seen.append((done, all_))
        ):
            (reading,) = await told.figure(replayed["figure"], SYSTEM, as_of=until)
            assert (replayed["value"], replayed["numerator"]) == (reading.value, reading.numerator)
            assert replayed["moment"] == reading.moment
    assert seen[-1] == (14, 14)
    (presence, *_) = await projector.replay(7, FIGURES.values(), department="department:a")
    assert presence["value"] == 50


async def test_a_figure_is_judged_by_the_rules_of_its_moment_as_known_at_its_position(
    institution: Institution, log: Log, readings: Readings
) -> None:
    projector = Projector(institution, (*TABLES, POLICY))
    await projector.prepare()
    noon = MONDAY.replace(hour=12)
    rolls = [marked(n, {str(s): "present" for s in range(n)}) for n in (1, 2, 3, 4)]
    # Noon of the readings' clock lies after the second version, and before the third, which was recorded last.
    past = [*rolls, revised(1, 2, MONDAY), revised(2, 4, noon), revised(3, 3, noon + timedelta(hours=1))]
    await record(log, past)
    await projector.catch_up()

    async def large(**asked: Any) -> Decimal | None:
        (reading,) = await readings.figure("trial_large", SYSTEM, **asked)
        return reading.value

    assert await large() == 1
    assert await large(at=noon + timedelta(hours=1)) == 2
    assert await large(at=noon - timedelta(seconds=1)) == 3
    assert await large(at=MONDAY - timedelta(seconds=1)) == 4
    assert await large(as_of=4) == 4
    assert await large(as_of=5) == 3
    assert await large(as_of=5, at=noon) == 3
    assert await large(rules={"trial.least_roster": 4}, at=MONDAY) == 1
    assert len(await readings.contributions("trial_large", SYSTEM, rules={"trial.least_roster": 2})) == 3
    with pytest.raises(Conflict, match="policy_value_invalid"):
        await large(rules={"trial.least_roster": 101})
    with pytest.raises(Unknown, match="policy_unknown"):
        await large(rules={"nothing": 1})
    (replayed,) = await projector.replay(5, [LARGE])
    assert replayed["value"] == 3


async def test_an_answer_is_kept_for_its_position_and_viewer_only(
    institution: Institution, log: Log, told: Readings
) -> None:
    """Kept answers equal those of readings that remember nothing, at every position, for every viewer."""
    viewers = [SYSTEM, viewer(HEAD, "a", "person:n"), viewer(HEAD, "b", "person:n"), Viewer("person:x")]
    projector = Projector(institution, TABLES)
    async with pool(institution, "reader") as looking:
        for day in range(8, 12):
            head = await record(log, random_past(day, 10), MONDAY.replace(day=day))
            await projector.catch_up()
            for who in viewers:
                for key, as_of in ((k, p) for k in FIGURES for p in (None, head, head - 3)):
                    fresh = Readings(looking, institution, FIGURES, Still())
                    for by in ((), ("department",), ("department", "week")):
                        expected = await fresh.figure(key, who, as_of=as_of, by=by)
                        for _ in range(2):
                            assert await told.figure(key, who, as_of=as_of, by=by) == expected
                        if as_of == head:
                            assert expected == [
                                r
                                for r in await fresh.figure(
                                    key, who, by=by, at=expected[0].moment if expected else None
                                )
                            ]


class Running:
    """A clock that goes on a microsecond at every look."""

    def __init__(self) -> None:
        self.at = MONDAY.replace(hour=12)

    def now(self):
        self.at += timedelta(microseconds=1)
        return self.at


async def test_what_a_running_clock_judged_is_not_kept(institution: Institution, told: Readings) -> None:
    """It would never be asked for again, and push out what is."""
    async with pool(institution, "reader") as looking:
        running = Readings(looking, institution, FIGURES, Running())
        for _ in range(3):
            await running.figure("trial_presence", SYSTEM)
        assert not running._memory._kept
        await running.figure("trial_presence", SYSTEM, as_of=3)
        await running.figure("trial_presence", SYSTEM, at=MONDAY + timedelta(days=30))
        await running.figure("trial_seats", SYSTEM)
        assert len(running._memory._kept) == 3
    await told.figure("trial_presence", SYSTEM)
    assert len(told._memory._kept) == 1


async def test_a_page_says_where_it_stands_and_the_next_goes_on_from_there(
    institution: Institution, log: Log, told: Readings
) -> None:
    whole = await told.contributions("trial_seats", SYSTEM)
    first = await told.contributions("trial_seats", SYSTEM, limit=1)
    await record(log, [taken(7, "a", 1, ["person:x"]), left(1)])
    await Projector(institution, TABLES).catch_up()
    then = {"as_of": first.as_of, "at": first.moment}
    rest = await told.contributions("trial_seats", SYSTEM, after=first[-1]["cursor"], **then)
    assert (first.as_of, first.moment) == (len(PAST), Still().now())
    assert [*first, *rest] == whole


def test_memory_is_bounded_by_what_the_answers_weigh() -> None:
    memory: Memory[str] = Memory(10, len)
    memory.keep("a", "1234")
    memory.keep("b", "1234")
    assert memory.recall("a") == "1234"
    memory.keep("c", "123")
    assert (memory.recall("a"), memory.recall("b"), memory.recall("c")) == ("1234", None, "123")
    memory.keep("d", "12345678901")
    assert (memory.recall("d"), memory.recall("a")) == (None, "1234")
    for _ in range(9):
        memory.keep("c", "12")
    assert (memory.recall("a"), memory.recall("c")) == ("1234", "12")
    memory.keep("e", "1234567890")
    assert (memory.recall("a"), memory.recall("c"), memory.recall("e")) == (None, None, "1234567890")
