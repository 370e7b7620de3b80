"""The table of looks under the signed log: every day sealed once, and whatever is done to it later is found."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain import Actor, Conflict
from domain.access import AUDITOR, CLOCK, SYSTEM
from domain.privacy import LooksSealed, SealLooks
from infra.campus import Campus
from infra.cli.sealing import sealed_once, verified
from infra.looks import Looks, differing, seal_days
from infra.readings import Viewer
from tests.db.sealing import mighty

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = (datetime.now(UTC) - timedelta(minutes=10)).astimezone(SHANGHAI).date()  # a day is past ten minutes later
LOOKER = Viewer("person:boss", (Actor("person:boss", AUDITOR),))
HOW = {"person_id": SYSTEM[CLOCK].person_id, "source": CLOCK}


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


async def execute(campus: Campus, query: str, *values: object) -> None:
    """What somebody with the whole server in hand does to the table."""
    async with mighty(campus.institution) as run:
        await run(query.replace("{look}", f'"{campus.institution.schema}".look'), *values)


async def looked(campus: Campus, days_ago: int, *figures: str) -> None:
    """Looks of a past day, at its last second."""
    for figure in figures:
        await Looks(campus.pool, campus.institution).note(LOOKER, figure, ["person:wu", "person:li"])
        at = datetime.combine(ago(days_ago), datetime.max.time(), SHANGHAI)
        await execute(campus, "update {look} set at = %s where at > now() - interval '1 minute'", at)


async def test_each_past_day_is_sealed_once_and_the_days_form_a_chain(campus: Campus):
    assert await seal_days(campus) == 0
    await looked(campus, 5, "hours", "hours")
    await looked(campus, 3, "texts/slip:1")
    await Looks(campus.pool, campus.institution).note(LOOKER, "today", ["person:wu"])
    assert await seal_days(campus) == 3
    assert await seal_days(campus) == 0
    assert await differing(campus) == []
    rows = await campus.log.page(0, types=(LooksSealed.NAME,))
    sealed = [event for row in rows if isinstance(event := campus.codec.event(row), LooksSealed)]
    assert [(s.day, s.looks) for s in sealed] == [(ago(5), 2), (ago(3), 1), (ago(1), 0)]
    assert [s.before for s in sealed] == ["", sealed[0].digest, sealed[1].digest]


@pytest.mark.parametrize(
    ("edit", "days"),
    [
        ("update {look} set about = '[\"person:wu\", \"person:li\"]'::json where figure = 'a'", [5]),
        ("update {look} set about = '[\"person:wu\"]' where figure = 'a'", [5]),
        ("update {look} set viewer = 'person:other' where figure = 'a'", [5]),
        ("update {look} set role = '' where figure = 'b'", [5]),
        ("update {look} set at = at - interval '1 microsecond' where figure = 'c'", [3]),
        ("update {look} set at = at - interval '2 days' where figure = 'c'", [5, 3]),
        ("delete from {look} where figure = 'b'", [5]),
        ("delete from {look}", [5, 3]),
        ("insert into {look} select gen_random_uuid(), at, viewer, role, figure, about from {look} limit 1", [5]),
        ("insert into {look} select gen_random_uuid(), at + interval '1 day', '', '', '', '[]' from {look}", [4, 2]),
        ("insert into {look} select gen_random_uuid(), at - interval '9 days', '', '', '', '[]' from {look}", [14, 12]),
        ("update {look} set viewer = viewer || role, role = '' where figure = 'a'", [5]),
    ],
    ids=str,
)
async def test_what_is_done_to_a_sealed_day_is_found(campus: Campus, edit, days):
    await looked(campus, 5, "a", "b")
    await looked(campus, 3, "c")
    await seal_days(campus)
    assert await differing(campus) == []
    await execute(campus, edit)
    assert [one.day for one in await differing(campus)] == [ago(n) for n in days]


async def test_campus_verify_names_the_day(campus: Campus):
    await looked(campus, 2, "a")
    await seal_days(campus)
    await sealed_once(campus)
    assert (await verified(campus, None, None, []))["verdict"] == "good"
    await execute(campus, "delete from {look}")
    told = await verified(campus, None, None, [])
    assert (told["verdict"], told["days"]) == ("bad", [ago(2)])
    assert ago(2).isoformat() in told["said"]


async def test_a_sealed_day_is_not_sealed_anew(campus: Campus):
    await looked(campus, 2, "a")
    await seal_days(campus)
    again = SealLooks(day=ago(2), looks=0, digest="0" * 64, before="")
    for said in (again, again.model_copy(update={"day": ago(9)}), again.model_copy(update={"day": ago(0)})):
        with pytest.raises(Conflict):
            await campus.desk.submit(said, key=str(said.day), **HOW)


async def test_the_working_roles_only_add_looks(campus: Campus):
    query = "select w, p from unnest(array['writer', 'reader', 'projector', 'sealer']) w,"
    query += " unnest(array['UPDATE', 'DELETE', 'TRUNCATE']) p where has_table_privilege('campus_' || w, %s, p)"
    async with campus.pool.connection() as db:
        assert await (await db.execute(query, [f'"{campus.institution.schema}".look'])).fetchall() == []
