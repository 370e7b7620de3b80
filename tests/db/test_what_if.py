"""What if, on a played term: by the rules in force it is the live figures; by others what the rule says; all aside."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import HEAD
from domain.calendar import TermOpened
from infra.campus import Campus
from infra.cli.common import load_areas
from infra.desk import Busy
from infra.envelope import decoded
from infra.log import Row, Scan
from infra.postgres import connect
from infra.readings import SYSTEM, Viewer
from infra.readings.query import MACRO
from infra.what_if import SETTINGS, Answer, TooLong, WhatIf
from infra.what_if.question import said_by
from infra.what_if.telling import Span, number, stories
from infra.what_if.trusted import trusted
from projections import Figure, Table
from tests.db.played import Played

DEADLINE = "rollcall.deadline_hours"


def in_force(campus: Campus) -> list[str]:
    """Every policy that may be asked, at its default: the small term revises none."""
    return [f"{key}:{str(a.policy.default).lower()}" for key, a in campus.what_if.askable.items() if a.retold]


async def live(campus: Campus, answer: Answer, key: str) -> dict[tuple[str | None, str | None], tuple[Any, ...]]:
    """A figure by department and person as readings give it, at the answer's position and moment."""
    told = await campus.readings.figure(
        key, SYSTEM, as_of=answer.position, at=answer.moment, term=answer.term, by=("department", "person")
    )
    return {(r.group["department"], r.group["person"]): (r.numerator, r.denominator, r.count) for r in told}


async def test_by_the_rules_in_force_every_figure_is_exactly_the_live_one(played: Played):
    async with played.opened() as campus:
        asking = campus.what_if
        answer = await asking.ask(asking.question(in_force(campus)), SYSTEM, whole=True)
        assert answer.same
        again = answer.retold
        assert again
        assert again.otherwise == again.left_out == again.put_in == 0
        assert again.stories > 100
        for told in answer.figures:
            would = {p: (o.shadow.numerator, o.shadow.denominator, o.shadow.count) for p, o in told.cells.items()}
            assert would == await live(campus, answer, told.figure.key), told.figure.key


@pytest.mark.parametrize("hours", [1, 24, 72, 336])
async def test_another_deadline_is_what_the_figure_that_takes_it_says(played: Played, hours: int):
    async with played.opened() as campus:
        asking = campus.what_if
        answer = await asking.ask(asking.question([f"{DEADLINE}={hours}"]), SYSTEM)
        by_key = {told.figure.key: told for told in answer.figures}
        again = {p: o.shadow for p, o in by_key["roll_call_timeliness"].cells.items() if o.shadow.count}
        by_rule = {p: o.shadow for p, o in by_key["roll_call_timeliness_by_rule"].cells.items() if o.shadow.count}
        assert {p: (s.numerator, s.denominator) for p, s in again.items()} == {
            p: (s.numerator, s.denominator) for p, s in by_rule.items()
        }
        total = by_key["hours_recognised_rate"].total
        if hours == 1:
            assert total.shadow.numerator < total.live.numerator
        assert total.then is not None
        assert 0 <= total.then <= 100


async def kept(played: Played) -> list[Any]:
    """All that is live: the log, its head, every read table, the books."""
    college = played.institution
    told = []
    async with await psycopg.AsyncConnection.connect(college.dsn, autocommit=True) as db:
        found = await db.execute(
            "select schemaname, tablename from pg_tables where schemaname in (%s, %s) order by 1, 2",
            (college.schema, college.read_schema),
        )
        for schema, name in await found.fetchall():
            counted = SQL("select count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) from {} t")
            told.append((name, await (await db.execute(counted.format(Identifier(schema, name)))).fetchone()))
    return told


async def test_nothing_live_is_touched_and_nothing_is_left_behind(played: Played):
    before = await kept(played)
    async with played.opened() as campus:
        asking = campus.what_if
        await asking.ask(asking.question([f"{DEADLINE}:12", "grade.pass_mark:80"]), SYSTEM, whole=True)
    async with await psycopg.AsyncConnection.connect(played.institution.dsn, autocommit=True) as db:
        async with asyncio.timeout(20):  # a backend that ends takes a moment to drop what was its own
            while await (await db.execute("select from pg_class where relpersistence = 't'")).fetchone():  # noqa: ASYNC110 - another backend's
                await asyncio.sleep(0.1)
    assert await kept(played) == before


async def test_the_connection_may_write_nothing_but_its_own(played: Played):
    college = played.institution
    async with await connect(college, "reader", **SETTINGS) as db:
        for schema, table in ((college.schema, "head"), (college.schema, "event"), (college.read_schema, "duty")):
            for text in ("delete from {}", "update {} set position = 0", "truncate {}"):
                with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedColumn)):
                    await db.execute(SQL(text).format(Identifier(schema, table)))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await db.execute(SQL("create table {} (a int)").format(Identifier(college.read_schema, "mine")))


async def test_a_retelling_that_gets_it_wrong_is_found_out(played: Played):
    """One that forgets a session's roll call, and one that takes every deadline for an hour longer."""
    declared = load_areas()

    def forgetful(told):
        return lambda story, given: [one for one in told.tell(story, given) if one.event.NAME != "roll_call.taken"]

    def late(told):
        return lambda story, given: [
            one.saying(duty=one.event.duty.model_copy(update={"state": "done_late"}))
            if one.event.NAME == "roll_call.taken"
            else one
            for one in told.tell(story, given)
        ]

    async with played.opened() as campus:
        for wrong in (forgetful, late):
            told = [replace(one, tell=wrong(one)) if one.about == "session" else one for one in declared.retellings]
            asking = WhatIf(campus.institution, replace(declared, retellings=told), campus.clock)
            answer = await asking.ask(asking.question([f"{DEADLINE}:48"]), SYSTEM, whole=True)
            assert not answer.same


async def test_a_head_is_told_of_the_own_department_only_and_a_teacher_nothing(played: Played):
    async with played.opened() as campus:
        asking = campus.what_if
        question = asking.question([f"{DEADLINE}:2"])
        whole = await asking.ask(question, SYSTEM)
        told = next(f for f in whole.figures if f.figure.key == "roll_call_timeliness")
        department = next(of for of, _ in told.cells if of)
        head = Viewer("person:head", (Actor("person:head", HEAD, department),))
        own = await asking.ask(question, head)
        assert whole.retold
        assert own.retold is None
        for figure in own.figures:
            assert {of for of, _ in figure.cells} <= {department}
        mine = next(f for f in own.figures if f.figure.key == "roll_call_timeliness")
        assert mine.total == told.by_department()[department]
        with pytest.raises(NotAllowed, match="beyond_supposing"):
            await asking.ask(question, Viewer("person:somebody"))


async def test_stories_that_ended_before_the_term_are_not_read(played: Played):
    async with played.opened() as campus, await connect(played.institution, "reader") as db:
        schema, (head, _) = played.institution.schema, await campus.log.head()
        (term,) = {row["term_id"] for row in await campus.readings.rows("term", SYSTEM)}
        span = await Span.of(db, schema, term, head)
        opened = await campus.log.read([Scan((TermOpened.NAME,), (term,))])
        assert span.opened == opened.rows[0].position
        assert (await Span.of(db, schema, "term:unheard-of", head)).opened == 0
        for told in campus.declared.retellings:
            whole = [page async for page in stories(db, schema, told, span)]
            ends = {rows[0][0]: rows[-1][1] for page in whole for rows in page}
            assert await number(db, schema, told, span) == sum(len(rows) for page in whole for rows in page)
            if not told.of_a_term or not ends:
                continue
            later = replace(span, opened=sorted(ends.values())[len(ends) // 2])
            kept = {rows[0][0] async for page in stories(db, schema, told, later) for rows in page}
            assert {tag for tag, end in ends.items() if end >= later.opened} <= kept <= ends.keys()
            if told.about == "session":
                assert len(kept) < len(ends)


async def test_what_cannot_be_asked_is_refused(played: Played):
    async with played.opened() as campus:
        asking = campus.what_if
        for texts, kind, code in (
            (["nobody.knows:3"], Unknown, "policy_unknown"),
            ([f"{DEADLINE}:0"], Conflict, "policy_value_invalid"),
            ([f"{DEADLINE}:soon"], Conflict, "policy_value_invalid"),
            (["grade.correction_route:academic"], Conflict, "policy_not_retold"),
            ([], Conflict, "nothing_supposed"),
        ):
            with pytest.raises(kind) as no:
                asking.question(texts)
            assert no.value.code == code
        with pytest.raises(Unknown, match="term_unknown"):
            await asking.ask(asking.question([f"{DEADLINE}:24"], term="term:never"), SYSTEM)
        with pytest.raises(Unknown, match="position_unknown"):
            await asking.ask(asking.question([f"{DEADLINE}:24"], as_of=10**9), SYSTEM)


async def test_one_question_at_a_time_within_a_time_and_remembered(played: Played):
    async with played.opened() as campus:
        asking = campus.what_if
        question = asking.question([f"{DEADLINE}:36"])
        first = asyncio.create_task(asking.ask(question, SYSTEM))
        await asyncio.sleep(0.05)
        with pytest.raises(Busy):
            await asking.ask(question, SYSTEM)
        assert await asking.ask(question, SYSTEM, patience=60) is await first
        hasty = WhatIf(campus.institution, campus.declared, campus.clock, seconds=0.02)
        with pytest.raises(TooLong):
            await hasty.ask(question, SYSTEM)


async def test_an_answer_given_while_a_table_was_stopped_is_not_remembered(played: Played):
    college = played.institution
    stop = SQL("update {} set position = %s where serving and name = 'duty'").format(
        Identifier(college.read_schema, "generation")
    )
    async with played.opened() as campus, await psycopg.AsyncConnection.connect(college.dsn, autocommit=True) as db:
        asking = campus.what_if
        question = asking.question([f"{DEADLINE}:30"])
        await db.execute(stop, (played.head // 2,))
        try:
            halted = await asking.ask(question, SYSTEM)
        finally:
            await db.execute(stop, (None,))
        assert any(told.stopped_at is not None for told in halted.figures)
        whole = await asking.ask(question, SYSTEM)
        assert all(told.stopped_at is None for told in whole.figures)
        assert await asking.ask(question, SYSTEM) is whole


async def test_a_past_position_is_told_from_there(played: Played):
    async with played.opened() as campus:
        asking = campus.what_if
        question = asking.question([f"{DEADLINE}:48"], as_of=played.head // 2)
        answer = await asking.ask(question, SYSTEM, whole=True)
        assert answer.same
        assert answer.position == played.head // 2
        for told in answer.figures:
            now = {p: (o.live.numerator, o.live.denominator, o.live.count) for p, o in told.cells.items()}
            assert now == await live(campus, answer, told.figure.key)


async def test_events_are_read_as_they_are_decoded(played: Played):
    async with played.opened() as campus:
        rows: list[Row] = await campus.log.page(0, limit=10**6)
        for row in rows:
            assert trusted(row) == decoded(row)
            assert trusted(row).model_dump_json() == decoded(row).model_dump_json()


def test_no_table_that_hears_a_story_lets_rows_end_without_a_successor():
    """A shadow table is told by its versions alone; see infra/what_if/shadow.py."""
    heard = frozenset(name for told in load_areas().retellings for name in said_by(told))
    named = {name for figure in Figure.by_key.values() for name in MACRO.findall(figure.rows)}
    ended = [t.name for t in Table.by_name.values() if t.ends and t.name in named and not heard.isdisjoint(t.types)]
    assert ended == []
