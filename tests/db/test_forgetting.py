"""A list of erasures damaged while the college is served stops the forgetting, and nothing else, until it is mended."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from typer.testing import CliRunner

from dashboards import operations
from dashboards.parts.markup import as_html
from dashboards.parts.visit import Visit
from dashboards.parts.words import Words
from domain.access import ACADEMIC_HEAD, TEACHER
from domain.privacy import PersonErased
from domain.roll_call import RollCallDeadlineLapsed
from domain.teaching_hours import HoursNotRecognised, HoursRecognised
from infra.campus import Campus
from infra.cli import commands
from infra.erasures import Erasure
from infra.forgetting import FORGETTING, Forgetting
from infra.place import Place
from infra.projector import Projector
from tests.college import LI, SCHEDULING, staff
from tests.db.teaching import grant
from tests.db.test_forty_eight_hours import ASK, GRANT, happened, say
from tests.db.test_story import EVERYTHING
from tests.db.test_tables_organisation import record
from tests.rolls import DUE, OFFER, ROSTER, SCHEDULED

GONE = PersonErased(
    request_id="erasure:gone",
    person_id="person:gone",
    grounds="other_law",
    document_no="1",
    requested_by="person:a1",
    approved_by="person:a2",
)


async def until(done: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not await done():  # noqa: ASYNC110 - neither log nor key store tells
            await asyncio.sleep(0.02)


def doctor(campus: Campus, dsn: str) -> tuple[int, str]:
    """What the doctor of this college says, from a command of its own."""
    key = campus.institution.key
    listed = [{"key": key, "name_zh": "测试学院", "name_en": "Test College"}]
    (campus.settings.data / "institutions.json").write_text(json.dumps(listed), encoding="utf-8")
    told = {"CAMPUS_DATA": str(campus.settings.data), "CAMPUS_DATABASE_URL": dsn, "CAMPUS_INSTITUTION": key}
    done = CliRunner().invoke(commands(), ["doctor"], env=told)
    return done.exit_code, done.output


async def test_a_list_damaged_while_serving_stops_nothing_but_the_forgetting(campus: Campus, server: str, caplog):
    roles = grant(LI, TEACHER), grant("person:dean", ACADEMIC_HEAD)
    await record(campus, *SCHEDULING, staff("person:dean"), *roles, OFFER, SCHEDULED, ROSTER)
    await campus.keys.made(["gone"])
    campus.erasures.add([Erasure("before", "erasure:before", "event", "2026-09-01T00:00:00+00:00")])
    whole = campus.erasures.file.read_bytes()
    campus.erasures.file.write_bytes(whole.replace(b"before", b"behind!"))
    place = Place(campus.pool, campus.institution.schema, FORGETTING)
    campus.forgetting = Forgetting(campus.log, place, campus.forget, pauses=(0.05, 0.2))
    keeping = asyncio.create_task(campus.keep_time())

    erased = await record(campus, GONE)
    with caplog.at_level(logging.CRITICAL):
        await until(lambda: asyncio.sleep(0, caplog.records))
    assert "campus keys relist" in caplog.text
    await campus.clock.set(DUE + timedelta(seconds=60), True)
    await until(lambda: happened(campus, RollCallDeadlineLapsed, HoursNotRecognised))
    await say(campus, ASK, LI)
    await say(campus, GRANT, "person:dean")
    await until(lambda: happened(campus, HoursRecognised))
    assert await campus.to_forget() == ["person:gone"]
    code, told = await asyncio.to_thread(doctor, campus, server)
    assert (code, "forgetting_stands_still: erasures=1" in told, "relist" in told) == (2, True, True), told

    assert not keeping.done()
    campus.erasures.file.write_bytes(whole)
    await until(lambda: _nothing_waits(campus))
    assert await campus.keys.kept(["gone"]) == {}
    assert (await place.position(), [one.subject for one in campus.erasures.read()]) == (erased, ["before", "gone"])
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping


async def _nothing_waits(campus: Campus) -> bool:
    return not await campus.to_forget()


async def test_what_was_recorded_before_there_was_a_place_is_forgotten_once_more(campus: Campus):
    await record(campus, GONE)
    await campus.forget((await campus.log.page(0, types=(GONE.NAME,)))[0])
    forgetting = asyncio.create_task(campus.forgetting.run())
    await until(lambda: _nothing_waits(campus))
    forgetting.cancel()
    assert [one.subject for one in campus.erasures.read()] == ["gone"]


async def test_the_page_of_operations_says_who_waits_only_while_somebody_does(campus: Campus):
    async def page() -> str:
        return as_html(await operations.page(Visit(campus, EVERYTHING, Words("en", ZoneInfo("Asia/Shanghai")))))

    await Projector(campus.institution, campus.declared.tables).prepare()
    assert "To be erased still" not in await page()
    await record(campus, GONE)
    assert "To be erased still: 1" in await page()
