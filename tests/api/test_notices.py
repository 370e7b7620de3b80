"""Notices and daily logins through HTTP.  Seed: D04."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from api.logins import Logins
from infra.campus import Campus
from infra.desk import Desk
from infra.log.recorder import PostgresLog
from tests.api.conftest import DEPARTMENT, OTHER, Project, Staffing, person
from tests.api.test_login import PASSWORD, log_in
from tests.college import OPENED, at
from tests.db.test_tables_organisation import record
from tests.scenario import NOON

NOTICE = {"notice_id": "notice:1", "title": "期中检查", "body": "请各位教师提交教案"}
DUE = at(8, "23:59", 59)  # published on Monday the 7th at noon


@pytest.fixture
async def boss(staff: Staffing) -> dict[str, str]:
    return await staff.token("boss", "president")


async def pass_until(campus: Campus, moment: Any) -> None:
    async def settled(position: int) -> None:
        assert position <= (await campus.log.head())[0]

    await campus.agenda.advance(moment, True, settled)


async def reading(client: httpx.AsyncClient, headers: dict[str, str], key: str, **asked: str) -> tuple[float, float]:
    answer = await client.get(f"/api/figures/{key}", headers=headers, params=asked)
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["readings"]
    return float(found["numerator"]), float(found["denominator"])


async def test_a_notice_read_in_time_read_late_and_never(
    staff: Staffing, send: Any, client: httpx.AsyncClient, campus: Campus, boss: dict[str, str], project: Project
):
    await record(campus, OPENED)
    people = {name: await staff.token(name, "teacher", DEPARTMENT) for name in ("li", "wu", "xu")}
    said = await send(boss, "publish-notice", NOTICE | {"departments": [DEPARTMENT], "roles": ["teacher"]})
    assert said.status_code == 201, said.text
    assert [e["type"] for e in said.json()["events"]] == ["notices.published", *["notices.addressed"] * 3]
    own = await send(people["li"], "publish-notice", NOTICE | {"persons": [person("wu")]})
    assert (own.status_code, own.json()["code"]) == (403, "role_lacking")
    seen = await client.get("/api/events", headers=people["li"], params={"type": "notices.published"})
    assert [e["data"]["body"] for e in seen.json()["events"]] == [NOTICE["body"]]

    await pass_until(campus, DUE)
    read = {"notice_id": "notice:1", "person_id": person("li")}
    assert (await send(people["li"], "mark-notice-read", read)).status_code == 201
    assert (await send(people["wu"], "mark-notice-read", read)).json()["code"] == "out_of_scope"
    await pass_until(campus, DUE + timedelta(minutes=2))
    late = {"notice_id": "notice:1", "person_id": person("wu")}
    assert (await send(people["wu"], "mark-notice-read", late)).status_code == 201
    await project()
    assert await reading(client, boss, "notices") == (1, 3)
    assert (await reading(client, boss, "notices_unread"))[0] == 1
    duties = await client.get("/api/duties", headers=boss, params={"state": "lapsed"})
    assert [d["person_id"] for d in duties.json()["duties"] if d["kind"] == "notice"] == [person("xu")]
    gone = await send(boss, "recall-notice", {"notice_id": "notice:1", "reason": "内容有误,另行通知"}, key="k2")
    assert gone.status_code == 201


async def test_a_head_speaks_to_the_own_department(staff: Staffing, send: Any):
    head = await staff.token("head", "head", DEPARTMENT)
    await staff.appoint("xu", "teacher", OTHER)
    other = await send(head, "publish-notice", NOTICE | {"persons": [person("xu")]})
    assert (other.status_code, other.json()["code"]) == (403, "out_of_scope")
    assert (await send(head, "publish-notice", NOTICE | {"departments": [DEPARTMENT]}, key="k2")).status_code == 201
    nobody = await send(head, "publish-notice", NOTICE | {"persons": ["person:nobody"]}, key="k3")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "recipient_unknown")


async def test_the_first_login_of_a_day_counts_once(
    staff: Staffing, client: httpx.AsyncClient, campus: Campus, app: Any, boss: dict[str, str], project: Project
):
    await record(campus, OPENED)
    for name in ("li", "wu"):
        await staff.appoint(name, "teacher", DEPARTMENT)
    for name, who in (("li", person("li")), ("zhou", person("zhou"))):
        await app.office.accounts.set_password(who, name, PASSWORD)
    for days in (0, 1):
        await campus.clock.set(NOON + timedelta(days=days), frozen=True)
        for _ in range(2):
            assert (await log_in(client, "li")).status_code == 200
        assert (await log_in(client, "li", token=True)).status_code in (200, 403)
        assert (await log_in(client, "zhou")).status_code == 200  # not of the staff
        assert (await log_in(client, "li", "wrong password")).status_code == 401
        await app.office.logins.close()
    rows = await campus.log.page(0, types=["notices.login_recorded"])
    assert [campus.codec.event(row).tags()[-1] for row in rows] == [person("li")] * 2
    await campus.clock.set(NOON + timedelta(days=2), frozen=True)
    await project()
    assert await reading(client, boss, "oa_logins") == (2, 6)  # li, wu and the president on two days


async def test_a_login_that_cannot_be_put_on_record_is_a_login(
    client: httpx.AsyncClient, campus: Campus, app: Any, staff: Staffing
):
    """The log does not answer: the door opens all the same, and another login of the day is tried again."""
    who = await staff.appoint("li", "teacher", DEPARTMENT)
    await app.office.accounts.set_password(who, "li", PASSWORD)
    nowhere = PostgresLog(replace(campus.institution, dsn="host=/nowhere dbname=nothing"), patience=0.5)
    zone = ZoneInfo(campus.institution.zone)
    app.office.logins = Logins(Desk(nowhere, campus.codec, campus.clock, zone), campus.clock, zone)
    assert (await log_in(client, "li")).status_code == 200
    await app.office.logins.close()
    app.office.logins._desk = campus.desk
    assert (await log_in(client, "li")).status_code == 200
    await app.office.logins.close()
    assert len(await campus.log.page(0, types=["notices.login_recorded"])) == 1
    await nowhere.close()
