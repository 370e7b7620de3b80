"""Case files and samples over HTTP: auditors only, checked by campus-verify, and reckoned from seed and checkpoint."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from infra.campus import Campus
from infra.campus_verify import Key, examine
from infra.cli import commands
from infra.seal.keys import install_seal_key
from tests.api.conftest import Staffing
from tests.api.test_proofs import seal
from tests.db.test_cases import reckoned

RUNNER = CliRunner()


@pytest.fixture
async def auditor(staff: Staffing, campus: Campus) -> dict[str, str]:
    headers = await staff.token("shen", "auditor")
    await seal(campus)
    return headers


def verified(file: Path, content: bytes) -> list[int]:
    """The events that campus-verify finds good."""
    file.write_bytes(content)
    key = json.loads(zipfile.ZipFile(file).read("manifest.json"))["key"]
    return [event["position"] for event in examine(file, [Key(key)], None, [])["events"]]


async def taken(client: httpx.AsyncClient, headers: dict[str, str], file: Path, **asked: Any) -> list[int]:
    """The events of a case file that campus-verify finds good."""
    answer = await client.get("/api/case-file", params=asked, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip"), answer.text
    return verified(file, answer.content)


async def test_an_auditor_takes_a_case_file_along(
    auditor: dict[str, str], client: httpx.AsyncClient, campus: Campus, tmp_path: Path
):
    file = tmp_path / "case.zip"
    head, _ = await campus.log.head()
    told = await taken(client, auditor, file, event=["1", str(head)], title="案", why="复核")
    assert told == [1, head]
    manifest = json.loads(zipfile.ZipFile(file).read("manifest.json"))
    me = (await client.get("/api/me", headers=auditor)).json()["person_id"]
    assert (manifest["made_by"], manifest["why"]) == (me, "复核")
    assert manifest["key"] == str(install_seal_key(campus.institution, campus.settings).verifier)
    about = await taken(client, auditor, file, about=me)
    events = (await client.get("/api/events", params={"tag": me}, headers=auditor)).json()["events"]
    assert about == [event["position"] for event in events]
    page = zipfile.ZipFile(file).read("index.html").decode()
    assert "〔密〕" in page
    assert "张老师" not in page


async def test_what_is_not_there_or_too_much_is_refused(auditor: dict[str, str], client: httpx.AsyncClient):
    for asked, status, code in (
        ({}, 422, "query_invalid"),
        ({"event": "x"}, 422, "query_invalid"),
        ({"event": "999999"}, 404, "event_unknown"),
        ({"about": "slip:none"}, 404, "event_unknown"),
        ({"event": [str(n) for n in range(1, 502)]}, 422, "query_invalid"),
    ):
        answer = await client.get("/api/case-file", params=asked, headers=auditor)
        assert (answer.status_code, answer.json()["code"]) == (status, code), asked


async def test_others_get_neither(staff: Staffing, client: httpx.AsyncClient):
    president = await staff.token("li", "president")
    for path in ("/api/case-file?event=1", "/api/samples?seed=x&size=1"):
        answer = await client.get(path, headers=president)
        assert (answer.status_code, answer.json()["code"]) == (403, "auditors_only")
        assert (await client.get(path)).status_code == 401


async def test_a_sample_is_reckoned_from_seed_and_checkpoint(auditor: dict[str, str], client: httpx.AsyncClient):
    told = (await client.get("/api/samples", params={"seed": "第48期 31", "size": 3}, headers=auditor)).json()
    checkpoint = (await client.get("/api/checkpoint", headers=auditor)).json()
    assert (told["checkpoint"]["root"], told["upto"]) == (checkpoint["root"], checkpoint["size"])
    expected = reckoned("第48期 31", checkpoint["root"], "", checkpoint["size"], 3)
    assert [one["position"] - 1 for one in told["events"]] == expected
    each = {"seed": "s", "size": 1, "by_type": "true", "type": ["organisation.staff_registered", "access.role_granted"]}
    told = (await client.get("/api/samples", params=each, headers=auditor)).json()
    assert sorted(one["type"] for one in told["events"]) == sorted(each["type"])
    for asked, status, code in (
        ({"seed": "a\nb", "size": 1}, 422, "query_invalid"),
        ({"seed": "", "size": 1}, 422, "query_invalid"),
        ({"seed": "a", "size": 0}, 422, "query_invalid"),
        ({"seed": "a", "size": 1, "at": checkpoint["size"] + 1}, 404, "checkpoint_unknown"),
    ):
        answer = await client.get("/api/samples", params=asked, headers=auditor)
        assert (answer.status_code, answer.json()["code"]) == (status, code), asked


def test_one_form_is_wanted_and_a_seed_that_can_be_typed(tmp_path: Path):
    told = {"CAMPUS_DATA": str(tmp_path / "none")}
    for words, code, said in (
        (["export"], 2, "one_form_wanted"),
        (["export", "--ocel", "a.json", "--parquet", "b"], 2, "one_form_wanted"),
        (["export", "--ocel", "a.json"], 2, "no data here yet"),
        (["sample", "--seed", "a\nb", "--size", "1"], 2, "seed_unfit"),
    ):
        done = RUNNER.invoke(commands(), words, env=told)
        assert (done.exit_code, said in done.output) == (code, True), done.output
