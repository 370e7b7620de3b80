"""Why this number, over HTTP: the sum in plain arithmetic, the rule versions, who sees what, and the files to keep."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from api import CampusApp
from api.explain import EXAMPLE
from api.explanations import ExplanationDocument
from domain import Unknown
from domain.access import AUDITOR, HEAD, STUDENT
from infra.campus import Campus
from infra.cli.explaining import explained, moment_of
from tests.api.conftest import Project, Staffing
from tests.college import ANN, ARTS, LI, at
from tests.db.teaching import play

TIMELY = "roll_call_timeliness"
Ask = Any


@pytest.fixture
async def ask(app: CampusApp, staff: Staffing, client: httpx.AsyncClient, project: Project, campus: Campus) -> Ask:
    """ask(who, path, **asked): an answer for an auditor, the head of arts, a teacher or a student of a played term."""
    await project()
    await play(campus, seed=11)
    await campus.clock.set(at(28, "12:00"), True)
    who = {
        AUDITOR: await staff.token("shen", AUDITOR),
        HEAD: await staff.token("zhao", HEAD, ARTS),
        STUDENT: await staff.token("m1-1", STUDENT),
    }
    for person_id in (LI, ANN):
        token = await app.office.door.mint(person_id, timedelta(days=2))
        who[person_id] = {"Authorization": f"Bearer {token}"}
    await project()

    async def asked(role: str, path: str, **query: Any) -> httpx.Response:
        return await client.get(path, params=query, headers=who[role])

    return asked


def exact(answer: httpx.Response) -> Any:
    """The document with its numbers as they are written."""
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text, parse_float=Decimal)


async def pages(ask: Ask, who: str, key: str, limit: int, **asked: Any) -> tuple[Any, list[Any]]:
    """The first explanation, and the rows of all pages at its position and moment."""
    first = exact(await ask(who, f"/api/figures/{key}/explain", limit=limit, **asked))
    rows, after = list(first["rows"]), first["after"]
    fixed = {**asked, "as_of": first["as_of"], "at": first["moment"], "limit": limit}
    while after:
        told = exact(await ask(who, f"/api/figures/{key}/explain", after=after, **fixed))
        assert (told["as_of"], told["value"], told["count"]) == (first["as_of"], first["value"], first["count"])
        rows, after = rows + told["rows"], told["after"]
    return first, rows


async def pages_in_plain_arithmetic_sum_to_the_figure(ask: Ask):
    """An auditor adds up what the pages say, and gets what the figure says; a half of a period is not lost."""
    for key in (TIMELY, "hours_recognised", "attendance_rate", "oa_logins", "slips"):
        told, rows = await pages(ask, AUDITOR, key, 9)
        ExplanationDocument.model_validate(told)
        assert told["check"]["adds_up"] is True
        assert sum(Decimal(row["numerator"]) for row in rows) == told["numerator"] == told["check"]["numerator"]
        assert sum(Decimal(row["denominator"]) for row in rows) == told["denominator"]
        assert len(rows) == len({row["cursor"] for row in rows}) == told["count"] == told["check"]["rows"] > 0
        assert sum(kind["rows"] for kind in told["events"]) == told["count"]
        assert all(row["event"]["position"] == row["position"] for row in rows)
        assert all(row["event"]["id"] == row["event_id"] for row in rows)
    event = exact(await ask(AUDITOR, f"/api/events/{rows[0]['position']}"))
    assert (event["id"], event["type"]) == (rows[0]["event"]["id"], rows[0]["event"]["type"])


async def the_rule_versions_say_value_and_document(ask: Ask):
    """Of the 48 hours that nobody has set, and of the version by which the deadline was shortened."""
    told, rows = await pages(ask, AUDITOR, TIMELY, 100)
    counted = Counter((use["key"], use["version"]) for row in rows for use in row["event"]["policies"])
    assert {(rule["key"], rule["version"]): rule["rows"] for rule in told["rules_under"]} == dict(counted)
    hours = {r["version"]: r for r in told["rules_under"] if r["key"] == "rollcall.deadline_hours"}
    assert set(hours) == {0, 1}
    assert (hours[0]["value"], hours[0]["document_no"], hours[0]["origin"]) == (48, None, "seed")
    assert hours[1]["value"] != 48
    assert hours[1]["document_no"]
    assert hours[1]["approved_by"]
    by_rule = exact(await ask(AUDITOR, "/api/figures/roll_call_timeliness_by_rule/explain", limit=0))
    assert [(r["key"], r["version"]) for r in by_rule["rules"]] == [("rollcall.deadline_hours", 1)]
    assert by_rule["rows"] == []
    uncounted = exact(await ask(AUDITOR, f"/api/figures/{TIMELY}/explain", rules="false"))
    assert uncounted["rules_under"] is None
    assert {table["name"] for table in by_rule["tables"]} == {"duty", "policy", "roll_call", "session"}


async def everybody_is_explained_their_own_rows_only(ask: Ask):
    """A head the department's, a teacher their own; nobody reads who did what beyond their sight."""
    whole, _ = await pages(ask, AUDITOR, TIMELY, 100)
    arts, rows = await pages(ask, HEAD, TIMELY, 100)
    assert 0 < arts["count"] < whole["count"]
    assert {row["department_id"] for row in rows} == {ARTS}
    assert arts["check"]["adds_up"] is True
    _, own = await pages(ask, LI, TIMELY, 100)
    assert {row["person_id"] for row in own} == {LI}
    student, rows = await pages(ask, STUDENT, "attendance_rate", 100)
    assert student["check"]["adds_up"] is True
    assert LI not in json.dumps(rows, default=str)
    for row in rows:
        assert not row["event"]["within_sight"] or set(row["event"]["actor"]) == {"role"}
        assert row["event_id"] == row["event"].get("id")


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"as_of": "999999999"}, 404, "position_unknown"),
        ({"after": "nonsense"}, 422, "query_invalid"),
        ({"limit": 1001}, 422, "query_invalid"),
        ({"by": "week"}, 422, "query_invalid"),
        ({"rules": "perhaps"}, 422, "query_invalid"),
    ],
)
async def test_what_cannot_be_asked(
    staff: Staffing, client: httpx.AsyncClient, project: Project, asked: dict[str, Any], status: int, code: str
):
    auditor = await staff.token("shen", AUDITOR)
    await project()
    refused = await client.get(f"/api/figures/{TIMELY}/explain", params=asked, headers=auditor)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    missing = await client.get("/api/figures/nothing/explain", headers=auditor)
    assert (missing.status_code, missing.json()["code"]) == (404, "figure_unknown")


def without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nothing(v) for name, v in value.items() if v is not None}
    return [without_nothing(v) for v in value] if isinstance(value, list) else value


async def test_the_description_shows_one_as_it_is(app: CampusApp):
    ExplanationDocument.model_validate(EXAMPLE)
    described = app.openapi()["paths"]["/api/figures/{key}/explain"]["get"]
    assert described["summary"] == "为什么是这个数 Explain"
    shown = described["responses"]["200"]["content"]["application/json"]
    assert shown["example"] == without_nothing(EXAMPLE)  # a description does not say null
    assert shown["schema"]["$ref"].endswith("/ExplanationDocument")


async def a_workbook_has_the_explanation_on_its_second_sheet(ask: Ask):
    """Rows with position and event id; beside them why, and that they sum to the figure."""
    told, _ = await pages(ask, AUDITOR, TIMELY, 1)
    answer = await ask(AUDITOR, f"/api/figures/{TIMELY}/rows", format="xlsx")
    assert f"{TIMELY}_as-of-{told['as_of']}_" in answer.headers["content-disposition"]
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Campus Ledger", "说明 · Explanation"]
    head, *rows = book["Campus Ledger"].iter_rows(values_only=True)
    assert head[-2:] == ("position", "event_id")
    place = head.index("numerator")
    assert (len(rows), sum(row[place] for row in rows)) == (told["count"], told["numerator"])
    said = {(str(what), str(value)) for what, value in book["说明 · Explanation"].iter_rows(values_only=True)}
    texts = dict(said)
    assert "✓" in texts["各行之和 = 指标 · Sum of the rows"]
    assert "✓" in texts["本文件各行之和 · Sum of the rows in this file"]
    assert f"#{told['as_of']:,}" in texts["截至事件 · As of event"]
    assert any("第 1 版" in value for what, value in said if what.endswith("rollcall.deadline_hours"))
    assert texts["封存点 · Checkpoint"] == "尚未封存 · not sealed yet"
    assert f"campus explain {TIMELY} --as-of {told['as_of']} --at " in texts["如何核对 · How to verify"]


async def an_archive_has_rows_and_explanation_side_by_side(ask: Ask):
    answer = await ask(HEAD, f"/api/figures/{TIMELY}/rows", format="zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        table, document, text = archive.namelist()
        rows = list(csv.DictReader(io.StringIO(archive.read(table).decode("utf-8-sig"))))
        said = json.loads(archive.read(document))
        assert "各行之和" in archive.read(text).decode("utf-8-sig")
    assert table.startswith(f"{TIMELY}_as-of-{said['as_of']}_")
    assert sum(int(row["numerator"]) for row in rows) == said["numerator"]
    assert {row["department_id"] for row in rows} == {ARTS}
    again = await ask(HEAD, f"/api/figures/{TIMELY}/rows", format="zip", as_of=said["as_of"], at=said["moment"])
    assert again.content == answer.content


async def no_export_leaves_rows_out(ask: Ask, monkeypatch: pytest.MonkeyPatch):
    """Many pages make one file; more than a file holds is refused, never cut."""
    monkeypatch.setattr("api.figure_files.PAGE", 7)
    told, _ = await pages(ask, AUDITOR, TIMELY, 1)
    many = await ask(AUDITOR, f"/api/figures/{TIMELY}/rows", format="csv")
    assert len(list(csv.DictReader(io.StringIO(many.text.removeprefix("\ufeff"))))) == told["count"]
    monkeypatch.setattr("api.figure_files.EXPORTED_AT_MOST", told["count"] - 1)
    refused = await ask(AUDITOR, f"/api/figures/{TIMELY}/rows", format="csv")
    assert (refused.status_code, refused.json()["code"]) == (413, "export_too_large")
    assert refused.json()["facts"] == {"rows": told["count"], "most": told["count"] - 1}


async def the_command_line_tells_the_same(ask: Ask, campus: Campus, capsys: pytest.CaptureFixture[str]):
    told, _ = await pages(ask, AUDITOR, TIMELY, 5)
    asked = {"as_of": told["as_of"], "at": moment_of(campus, told["moment"])}
    assert await explained(campus, TIMELY, asked, 5, True)
    said = json.loads(capsys.readouterr().out, parse_float=Decimal)
    for name in ("value", "count", "check", "rules_under", "tables", "rows", "moment"):
        assert said[name] == told[name], name
    assert await explained(campus, TIMELY, asked, 2, False)
    text = capsys.readouterr().out
    assert "点名及时率 · Roll calls in time" in text
    assert "✓" in text
    with pytest.raises(Unknown, match="moment_unreadable"):
        moment_of(campus, "yesterday")


async def test_a_figure_is_explained(ask: Ask, campus: Campus, capsys: pytest.CaptureFixture[str]):
    """Of one played term, because playing it is slow."""
    await pages_in_plain_arithmetic_sum_to_the_figure(ask)
    await the_rule_versions_say_value_and_document(ask)
    await everybody_is_explained_their_own_rows_only(ask)
    await the_command_line_tells_the_same(ask, campus, capsys)


async def test_an_export_has_its_explanation_with_it(ask: Ask, monkeypatch: pytest.MonkeyPatch):
    await a_workbook_has_the_explanation_on_its_second_sheet(ask)
    await an_archive_has_rows_and_explanation_side_by_side(ask)
    await no_export_leaves_rows_out(ask, monkeypatch)
