"""Queries over HTTP: figures, events, receipts, names, rules and the clock, each to those who may see them."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from openpyxl import load_workbook
from psycopg import sql

from api import exports
from api.sight import without_others, without_secrets
from infra.campus import Campus
from infra.cli.common import load_areas
from projections import Figure
from tests.api.conftest import DEPARTMENT, OTHER, Project, Staffing, person

ROOM = {"room_id": "room:a101", "campus": "主校区", "name": "A101", "seats": 60}


async def test_the_status_names_every_table(staff: Staffing, client: httpx.AsyncClient, project: Project):
    """Institution, head, events, and each table's position and lag."""
    token = await staff.token("wang", "teacher", DEPARTMENT)
    head = await project()
    told = (await client.get("/api/status", headers=token)).json()
    assert told["head"] == told["events"] == told["position"] == head
    assert told["institution"]["name_zh"] == "测试学院"
    assert {t["name"] for t in told["tables"]} == {t.name for t in load_areas().tables}
    assert {t["state"] for t in told["tables"]} == {"live"}


async def test_a_receipts_position_can_be_waited_for(
    staff: Staffing, send: Any, client: httpx.AsyncClient, project: Project, monkeypatch: pytest.MonkeyPatch
):
    """`at_least` answers once the tables are there, and 503 when they are not in time."""
    assets = await staff.token("wang", "assets")
    await project()
    position = (await send(assets, "register-room", ROOM)).json()["positions"][-1]
    asked = {"at_least": position}
    monkeypatch.setattr("api.moments.PATIENCE_SECONDS", 0.1)
    late = await client.get("/api/figures/duties_overdue", params=asked, headers=assets)
    assert (late.status_code, late.json()["code"]) == (503, "not_projected_yet")
    assert late.headers["retry-after"] == "1"
    await project()
    told = await client.get("/api/figures/duties_overdue", params=asked, headers=assets)
    assert told.status_code == 200
    assert told.json()["as_of"] >= position
    never = await client.get("/api/figures/duties_overdue", params={"at_least": position + 1}, headers=assets)
    assert (never.status_code, never.json()["code"]) == (404, "position_unknown")


@pytest.mark.parametrize(
    ("address", "ends"),
    [
        ("/api/figures/duties_overdue", ("as_of",)),
        ("/api/figures/duties_overdue/rows", ("as_of",)),
        ("/api/figures/duties_overdue/explain", ("as_of",)),
        ("/api/what-if?set=rollcall.deadline_hours:24&term=term:none", ("as_of",)),
        ("/api/figures/duties_overdue/differences", ("from",)),
        ("/api/figures/duties_overdue/differences?from=1", ("to",)),
        ("/api/figures/duties_overdue/differences", ("from", "to")),
    ],
)
async def test_a_receipts_position_is_looked_back_to_while_the_tables_are_behind(
    address: str,
    ends: tuple[str, ...],
    staff: Staffing,
    send: Any,
    client: httpx.AsyncClient,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
):
    """What has been recorded is waited for, and never said to be unknown."""
    assets, president = await staff.token("wang", "assets"), await staff.token("gao", "president")
    await project()
    position = (await send(assets, "register-room", ROOM)).json()["positions"][-1]
    url = httpx.URL(address)
    asked = url.copy_merge_params({end: str(position) for end in ends})
    with monkeypatch.context() as hasty:
        hasty.setattr("api.moments.PATIENCE_SECONDS", 0.1)
        late = await client.get(asked, headers=president)
    assert (late.status_code, late.json()["code"]) == (503, "not_projected_yet")
    told, _ = await asyncio.gather(client.get(asked, headers=president), project())
    assert told.status_code == 200 or told.json()["code"] == "term_unknown"


async def test_a_page_of_rows_says_where_the_next_is_to_stand(
    staff: Staffing, send: Any, client: httpx.AsyncClient, project: Project
):
    president, assets = await staff.token("gao", "president"), await staff.token("wang", "assets")
    head = await project()
    told = (await client.get("/api/figures/oa_logins/rows", headers=president)).json()
    assert told["as_of"] == head
    assert datetime.fromisoformat(told["moment"]).tzinfo is not None
    await send(assets, "register-room", ROOM)
    await project()
    pinned = {"as_of": told["as_of"], "at": told["moment"]}
    again = await client.get("/api/figures/oa_logins/rows", params=pinned, headers=president)
    assert again.json() == told


async def test_figures_say_what_they_are(staff: Staffing, client: httpx.AsyncClient, project: Project):
    """Every declared figure, in both languages, readable as of any position or moment."""
    token = await staff.token("wang", "president")
    head = await project()
    listed = (await client.get("/api/figures", headers=token)).json()["figures"]
    assert [f["key"] for f in listed] == sorted(Figure.by_key)
    assert all(f["title_zh"] and f["definition_en"] and f["owner"] for f in listed)
    for key in Figure.by_key:
        for as_of in (None, head, 1, "2026-09-08", "2026-09-08T08:00:00+08:00"):
            params = {"as_of": as_of, "by": "department"} if as_of else {}
            told = await client.get(f"/api/figures/{key}", params=params, headers=token)
            assert told.status_code == 200, (key, as_of, told.text)
        assert (await client.get(f"/api/figures/{key}/rows", headers=token)).json()["rows"] == []


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/figures/nothing", 404, "figure_unknown"),
        ("/api/figures/duties_overdue?as_of=yesterday", 422, "query_invalid"),
        ("/api/figures/duties_overdue?as_of=2026-13-45", 422, "query_invalid"),
        ("/api/figures/duties_overdue?as_of=999999999", 404, "position_unknown"),
        ("/api/figures/duties_overdue?week=0", 422, "query_invalid"),
        ("/api/figures/duties_overdue?department=x", 422, "query_invalid"),
        ("/api/figures/duties_overdue?by=colour", 422, "query_invalid"),
        ("/api/figures/duties_overdue?colour=red", 422, "query_invalid"),
        ("/api/figures/duties_overdue?at_least=99999999999999999999", 422, "query_invalid"),
        ("/api/figures/duties_overdue/rows?after=nonsense", 422, "query_invalid"),
        ("/api/events?tag=王小明", 422, "query_invalid"),
        ("/api/events?after=-1", 422, "query_invalid"),
        ("/api/events?type=a%00b", 422, "query_invalid"),
        ("/api/events/0", 422, "query_invalid"),
        ("/api/events/999999", 404, "event_unknown"),
        ("/api/commands/nonsense", 422, "query_invalid"),
        (f"/api/commands/{uuid4()}", 404, "receipt_unknown"),
        ("/api/duties?person=x", 422, "query_invalid"),
        ("/api/feed?after=x", 422, "query_invalid"),
    ],
)
async def test_what_cannot_be_asked(
    staff: Staffing, client: httpx.AsyncClient, project: Project, path: str, status: int, code: str
):
    token = await staff.token("shen", "auditor")
    await project()
    refused = await client.get(path, headers=token)
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
    assert "王小明" not in refused.text


async def test_events_are_seen_by_whom_they_concern(staff: Staffing, send: Any, client: httpx.AsyncClient):
    """Auditors all; a head those of the department; anybody those about themselves; nobody a name."""
    auditor = await staff.token("shen", "auditor")
    head = await staff.token("zhao", "head", DEPARTMENT)
    teacher = await staff.token("wang", "teacher", DEPARTMENT)
    stranger = await staff.token("li", "teacher", OTHER)

    async def events(who: dict[str, str], **asked: Any) -> list[Any]:
        return (await client.get("/api/events", params=asked, headers=who)).json()["events"]

    everything = await events(auditor)
    assert [e["position"] for e in everything] == list(range(1, len(everything) + 1))
    assert "张老师" not in str(everything)
    assert {"personal": person("wang").partition(":")[2]} in [e["data"].get("name") for e in everything]
    assert all(person("wang") in e["tags"] for e in await events(teacher))
    assert await events(teacher, tag=person("li")) == []
    seen = await events(head)
    assert seen
    assert all(DEPARTMENT in e["tags"] or person("zhao") in e["tags"] for e in seen)
    staff_of_other = [e for e in await events(auditor, tag=person("li"), type="organisation.staff_registered")]
    assert len(staff_of_other) == 1
    position = staff_of_other[0]["position"]
    assert (await client.get(f"/api/events/{position}", headers=auditor)).json() == staff_of_other[0]
    assert (await client.get(f"/api/events/{position}", headers=stranger)).status_code == 200
    assert (await client.get(f"/api/events/{position}", headers=teacher)).json()["code"] == "event_unknown"
    assert (await client.get(f"/api/events/{position}", headers=head)).json()["code"] == "event_unknown"


async def test_events_come_in_pages(staff: Staffing, client: httpx.AsyncClient):
    auditor = await staff.token("shen", "auditor")
    for asked in ({}, {"tag": DEPARTMENT}):
        whole = (await client.get("/api/events", params=asked, headers=auditor)).json()["events"]
        pages, after = [], 0
        while after is not None:
            page = await client.get("/api/events", params=asked | {"after": after, "limit": 2}, headers=auditor)
            pages += page.json()["events"]
            after = page.json()["after"]
        assert pages == whole


async def test_a_receipt_is_found_again_by_whoever_gave_the_command(
    staff: Staffing, send: Any, client: httpx.AsyncClient
):
    """The same bytes as the first time; to others it does not exist."""
    assets = await staff.token("wang", "assets")
    teacher = await staff.token("li", "teacher", OTHER)
    first = await send(assets, "register-room", ROOM)
    path = f"/api/commands/{first.json()['command_id']}"
    assert (await client.get(path, headers=assets)).content == first.content
    assert (await client.get(path, headers=teacher)).json()["code"] == "receipt_unknown"


async def test_names_are_shown_near_and_to_nobody_by_naming_a_figure_that_does_not_lead_there(
    staff: Staffing, client: httpx.AsyncClient, project: Project, campus: Campus
):
    """To oneself, one's head and auditors; a president needs a figure whose rows lead to the person (test_scope)."""
    who = {
        login: await staff.token(login, role, place)
        for login, role, place in (
            ("wang", "teacher", DEPARTMENT),
            ("zhao", "head", DEPARTMENT),
            ("qian", "head", OTHER),
            ("li", "teacher", OTHER),
            ("shen", "auditor", None),
            ("xu", "president", None),
        )
    }
    await project()

    async def name(login: str, **asked: Any) -> str | None:
        asked = {"person": person("wang"), **asked}
        answer = await client.get("/api/people/names", params=asked, headers=who[login])
        return answer.json()["names"].get(person("wang"))

    assert [await name(login) for login in ("wang", "zhao", "shen")] == ["张老师"] * 3
    assert [await name(login) for login in ("qian", "li", "xu")] == [None] * 3
    assert await name("xu", figure="duties_overdue") is None
    assert await name("li", figure="duties_overdue") is None
    asked = {"person": person("wang"), "figure": "no_such_figure"}
    unknown = await client.get("/api/people/names", params=asked, headers=who["xu"])
    assert (unknown.status_code, unknown.json()["code"]) == (404, "figure_unknown")
    async with campus.pool.connection() as db:
        look = sql.Identifier(campus.institution.schema, "look")
        kept = await db.execute(sql.SQL("select viewer, role, figure, about from {}").format(look))
        assert await kept.fetchall() == []
    await campus.keys.erase(person("wang").partition(":")[2])
    assert await name("shen") == "〔已删除〕"


async def test_rules_and_access_are_open_to_everybody_inside(staff: Staffing, client: httpx.AsyncClient):
    """Every policy with its value, origin and versions; every command with who may."""
    token = await staff.token("wang", "student")
    policies = {p["key"]: p for p in (await client.get("/api/policies", headers=token)).json()["policies"]}
    assert policies["access.grant_max_days"]["value"] == 366
    assert policies["access.grant_max_days"]["versions"] == []
    access = (await client.get("/api/access", headers=token)).json()
    rows = {r["command"]: r for r in access["commands"]}
    assert rows["register-room"]["may"] == {"assets": "s", "import": "s"}
    assert rows["register-room"]["title_zh"] == "登记教室"


async def test_the_clock_is_set_by_the_information_office_alone(
    staff: Staffing, client: httpx.AsyncClient, campus: Campus, monkeypatch: pytest.MonkeyPatch
):
    """On offset institutions, and only forward."""
    it, teacher = await staff.token("lin", "it"), await staff.token("wang", "teacher", DEPARTMENT)
    moment = {"to": "2026-09-07T20:00:00+08:00", "frozen": True}
    assert (await client.post("/api/clock", json=moment, headers=teacher)).json()["code"] == "clock_setters_only"
    assert (await client.post("/api/clock", json={"to": "later"}, headers=it)).json()["code"] == "body_invalid"
    past = {"to": "2020-01-01T00:00:00Z"}
    assert (await client.post("/api/clock", json=past, headers=it)).json()["code"] == "clock_goes_forward"

    async def advanced(to: Any, frozen: bool) -> None:
        await campus.clock.set(to, frozen)

    monkeypatch.setattr(campus, "advance", advanced)
    told = (await client.post("/api/clock", json=moment, headers=it)).json()
    assert told == {"now": "2026-09-07T12:00:00Z", "kind": "offset", "frozen": True}


def test_exports_hold_no_formula():
    """Whatever a text begins with, a spreadsheet shows it and does not compute it; numbers stay numbers."""
    texts = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1", "＠x", "正常"]
    rows = [[text, -1, None, ["a", "b"]] for text in texts]
    written = exports.as_csv(["text", "number", "none", "list"], rows).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(written)))
    assert all(not cell[0].startswith(tuple("=+-@\t\r＝＠")) for cell in read[1:])
    sheet = load_workbook(io.BytesIO(exports.as_xlsx(["text", "number", "none", "list"], rows))).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert {cell.value for cell in cells if cell.data_type == "n"} == {-1, None}


def test_students_see_nobody_else_in_an_event():
    """Others are left out of lists and mappings; sealed texts are nobody's to read."""
    said = {
        "marks": {"student:a": "absent", "student:b": "leave"},
        "teacher_id": "person:t",
        "members": ["student:a", "student:b"],
        "name": {"sealed": "…", "of": "a", "at": "x/name"},
    }
    assert without_secrets(without_others(said, {"student:a", "person:a"})) == {
        "marks": {"student:a": "absent"},
        "teacher_id": None,
        "members": ["student:a"],
        "name": {"personal": "a"},
    }
