"""The nightly proof: what stands as it was recorded is proven, and whatever was changed is named and kept."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg import sql

from infra.nightly import due, prove
from infra.projector import Projector
from infra.seal.keys import install_seal_key
from infra.seal.sealer import Sealer
from tests.db import teaching

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def college(campus):
    """A college whose fortnight was played, folded and sealed."""
    await teaching.play(campus, 7)
    await Projector(campus.institution, campus.declared.tables).catch_up()
    signer = install_seal_key(campus.institution, campus.settings)
    await Sealer(campus.institution, signer).catch_up()
    return campus


async def change(campus, text: str) -> None:
    """A statement of the database's owner; {log} and {read} are the two schemas."""
    schemas = {"log": sql.Identifier(campus.institution.schema), "read": sql.Identifier(campus.institution.read_schema)}
    async with await psycopg.AsyncConnection.connect(campus.institution.dsn, autocommit=True) as db:
        await db.execute(sql.SQL(text).format(**schemas))


async def test_what_was_not_changed_is_proven_and_the_verdict_kept(college):
    assert (await college.readings.integrity()).state(datetime.now(UTC)) == "never"
    heard: list[str] = []
    proof = await prove(college, lambda part: heard.append(part) or (lambda done, total: None))
    assert proof.good
    assert not proof.findings
    assert heard == ["grants", "looks", "tables", "seal"]
    assert proof.told["differences"] == 0
    assert proof.told["tables"] == len(college.declared.tables)
    assert proof.told["events"] == proof.told["sealed"] == proof.position == (await college.log.head())[0]
    kept = await college.readings.integrity(5)
    assert [(n.began_at, n.good, n.position) for n in kept.nights] == [(proof.began_at, True, proof.position)]
    assert kept.state(proof.ended_at) == "proven"
    assert kept.state(proof.ended_at + timedelta(hours=31)) == "overdue"
    assert (kept.sealed, kept.head) == (proof.position, proof.position)


async def test_a_row_that_is_not_what_the_events_say_and_an_edited_event_are_named(college):
    await change(college, "update {read}.roll_call set periods_taught = periods_taught + 1")
    [row] = (await prove(college)).findings
    assert row.en.startswith("table roll_call:")
    assert row.zh.startswith("读表 roll_call ")
    await change(college, "update {log}.event set body = (body::text || ' ')::json where position = 3")
    proof = await prove(college)
    [row, event] = proof.findings
    assert row.en.startswith("table roll_call:")
    assert "not as it was sealed" in event.en
    kept = await college.readings.integrity(5)
    assert [n.good for n in kept.nights] == [False, False]
    assert kept.nights[0].findings == list(proof.findings)
    assert kept.state(proof.ended_at) == "differs"


async def test_a_verdict_is_never_changed_by_those_who_write_it(college):
    await prove(college)
    for statement in ("update {} set good = true", "delete from {}", "truncate {}"):
        table = sql.Identifier(college.institution.schema, "nightly_proof")
        async with college.pool.connection() as db:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await db.execute(sql.SQL(statement).format(table))


@pytest.mark.parametrize(
    "last, now, wanted",
    [
        (None, "2026-11-25T12:00+08:00", True),
        ("2026-11-25T03:00+08:00", "2026-11-25T12:00+08:00", False),
        ("2026-11-25T02:59+08:00", "2026-11-25T12:00+08:00", True),
        ("2026-11-24T03:10+08:00", "2026-11-25T02:59+08:00", False),
        ("2026-11-24T03:10+08:00", "2026-11-24T19:01+00:00", True),
    ],
)
def test_it_is_due_once_after_each_night(last: str | None, now: str, wanted: bool):
    began = datetime.fromisoformat(last) if last else None
    assert due(began, datetime.fromisoformat(now), time(3, 0), SHANGHAI) is wanted
