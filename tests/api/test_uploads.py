"""Uploading a table over HTTP: who may, what comes back, and what is turned away at the door."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import httpx
import pytest

from api import CampusApp
from tests.api.conftest import Staffing
from tests.api.test_imports import ROOMS, workbook

URL = "/api/imports/register-room"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
async def assets(staff: Staffing) -> dict[str, str]:
    """Somebody of the asset office."""
    return await staff.token("wang", "assets")


async def test_a_form_s_file_is_taken_and_the_same_again_changes_nothing(
    client: httpx.AsyncClient, assets: dict[str, str]
):
    for recorded, repeated in ((2, 0), (0, 2)):
        answer = await client.post(URL, files={"file": ("rooms.csv", ROOMS.encode("gb18030"))}, headers=assets)
        assert answer.status_code == 200, answer.text
        said = answer.json()
        assert (said["rows"], said["recorded"], said["repeated"], said["refused"]) == (2, recorded, repeated, {})


@pytest.mark.parametrize(
    ("kind", "content"),
    [("text/csv", ROOMS.encode()), (XLSX, workbook(("room_id", "校区", "name"), ("room:a101", "闵行", "上院101")))],
)
async def test_a_table_may_be_the_body_itself(
    client: httpx.AsyncClient, assets: dict[str, str], kind: str, content: bytes
):
    answer = await client.post(
        URL, content=content, headers={**assets, "Content-Type": kind}, params={"dry_run": "true"}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["recorded"] == answer.json()["rows"]
    assert answer.json()["dry_run"] is True


async def test_whoever_may_not_is_refused_row_by_row(client: httpx.AsyncClient, staff: Staffing, app: CampusApp):
    """And the auditors hear of it, as of any refused command."""
    teacher = await staff.token("zhao", "teacher")
    answer = await client.post(URL, files={"file": ("rooms.csv", ROOMS.encode())}, headers=teacher)
    assert answer.json()["refused"] == {"role_lacking": 2}
    assert answer.json()["refusals"][0]["zh"] == "您没有执行此操作的角色"
    await app.office.refusals.flush()
    kept = await app.office.refusals.listed(10, None)
    assert [(r["command_name"], r["code"]) for r in kept] == [("register-room", "role_lacking")] * 2


async def test_nobody_in_particular_may_not_upload(client: httpx.AsyncClient):
    answer = await client.post(URL, files={"file": ("rooms.csv", ROOMS.encode())})
    assert answer.status_code == 401


def bomb() -> bytes:
    out = io.BytesIO(workbook(("a",)))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet2.xml", b" " * (20 << 20))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "status", "code", "reason"),
    [
        ("a.csv", b"x" * (20 << 20), 413, "body_too_large", None),
        ("a.csv", b"x" * ((10 << 20) + 1), 413, "body_too_large", None),
        ("a.xlsx", bomb(), 422, "import_refused", "zip_ratio"),
        ("a.csv", b"room_id\n\x00", 422, "import_refused", "text_has_nul"),
        ("a.csv", b"room_id,colour\nroom:a,red\n", 422, "import_refused", "header_unknown"),
        ("../../etc/passwd", b"a", 422, "import_refused", "file_kind_unknown"),
    ],
)
async def test_a_file_that_cannot_be_taken(
    client: httpx.AsyncClient, assets: dict[str, str], name: str, content: bytes, status: int, code: str, reason: Any
):
    answer = await client.post(URL, files={"file": (name, content)}, headers=assets)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["facts"].get("reason") == reason
    if reason:
        assert answer.json()["facts"]["reason_zh"]


async def test_what_is_no_upload(client: httpx.AsyncClient, assets: dict[str, str]):
    said = await client.post(URL, json={}, headers=assets)
    assert (said.status_code, said.json()["code"]) == (415, "upload_type_wrong")
    said = await client.post(URL, data={"file": "text"}, files={"other": b"a"}, headers=assets)
    assert said.json()["facts"]["reason"] == "file_missing"
    broken = {**assets, "Content-Type": "multipart/form-data; boundary=x"}
    said = await client.post(URL, content=b"--y\r\nnonsense", headers=broken)
    assert said.json()["facts"]["reason"] in ("form_broken", "file_missing")
    said = await client.post("/api/imports/fly-to-the-moon", files={"file": b"a"}, headers=assets)
    assert (said.status_code, said.json()["code"]) == (404, "command_unknown")
