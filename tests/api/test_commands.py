"""Commands over HTTP: what is accepted, what is refused and how, and that bad input never records anything."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.conftest import DEPARTMENT, Staffing

ROOM = {"room_id": "room:a101", "campus": "主校区", "name": "A101", "seats": 60}

CLOSING = {"room_id": "room:nowhere", "from_day": "2026-09-08", "reason": "楼内全面维修"}


async def test_a_command_is_recorded_once_and_its_receipt_never_changes(staff: Staffing, send: Any, campus: Any):
    """The same key and body give the same bytes; the second time says that it is a repetition."""
    assets = await staff.token("wang", "assets")
    first = await send(assets, "register-room", ROOM)
    assert first.status_code == 201, first.text
    receipt = first.json()
    assert receipt["positions"] == [e["position"] for e in receipt["events"]]
    assert receipt["events"][0]["type"] == "organisation.room_registered"
    head, _ = await campus.log.head()
    again = await send(assets, "register-room", ROOM)
    assert again.status_code == 201
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert (await campus.log.head())[0] == head


async def test_asking_for_what_is_so_is_a_no_op(staff: Staffing, send: Any):
    """200, no positions."""
    assets = await staff.token("wang", "assets")
    await send(assets, "register-room", ROOM)
    again = await send(assets, "register-room", ROOM, key="k2")
    assert again.status_code == 200
    assert again.json()["positions"] == []


async def test_a_key_is_not_reused_for_another_body(staff: Staffing, send: Any):
    assets = await staff.token("wang", "assets")
    await send(assets, "register-room", ROOM)
    other = await send(assets, "register-room", {**ROOM, "seats": 61})
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


async def test_a_dry_run_says_what_would_happen_and_leaves_no_trace(staff: Staffing, send: Any, campus: Any):
    """Neither an event nor a memory of the key."""
    assets = await staff.token("wang", "assets")
    head, _ = await campus.log.head()
    tried = await send(assets, "register-room", ROOM, dry_run="true")
    assert tried.status_code == 200
    assert tried.json()["events"][0]["data"]["room_id"] == ROOM["room_id"]
    assert (await campus.log.head())[0] == head
    assert (await send(assets, "register-room", {**ROOM, "seats": 61})).status_code == 201


async def test_refusals_come_as_problems_in_both_languages(staff: Staffing, send: Any):
    """RFC 9457 with our code, wording by Accept-Language, and the ids concerned."""
    assets = await staff.token("wang", "assets")
    refused = await send({**assets, "Accept-Language": "en"}, "close-room", CLOSING)
    assert refused.status_code == 404
    assert refused.headers["content-type"] == "application/problem+json"
    told = refused.json()
    assert told["code"] == "room_unknown"
    assert told["title"] == told["title_en"] != told["title_zh"]
    assert told["facts"] == {"room": "room:nowhere"}
    assert told["instance"] == f"urn:request:{refused.headers['x-request-id']}"
    chinese = await send(assets, "close-room", CLOSING)
    assert chinese.json()["title"] == chinese.json()["title_zh"]


DEEP = b"[" * 100_000 + b"]" * 100_000
UNREADABLE = {
    "empty": b"",
    "cut off": b'{"room_id":',
    "deep": b'{"room_id":' + DEEP + b"}",
    "lone surrogate": b'{"room_id":"room:a","campus":"\\ud800","name":"x"}',
    "not utf-8": '{"room_id":"room:a","campus":"主校区","name":"x"}'.encode("gb18030"),
    "byte order mark": b"\xef\xbb\xbf" + json.dumps(ROOM).encode(),
}
INVALID: dict[str, tuple[str, bytes, str]] = {
    "NUL": ("register-room", b'{"room_id":"room:a","campus":"a\\u0000b","name":"x"}', "/campus"),
    "number for text": ("register-room", b'{"room_id":"room:a","campus":7,"name":"x"}', "/campus"),
    "2^63": ("register-room", b'{"room_id":"room:a","campus":"c","name":"x","seats":9223372036854775808}', "/seats"),
    "1e400": ("register-room", b'{"room_id":"room:a","campus":"c","name":"x","seats":1e400}', "/seats"),
    "NaN": ("register-room", b'{"room_id":"room:a","campus":"c","name":"x","seats":NaN}', "/seats"),
    "unknown field": ("register-room", b'{"room_id":"room:a","campus":"c","name":"x","colour":"red"}', "/colour"),
    "a name as a field": (
        "register-room",
        '{"room_id":"room:a","campus":"c","name":"x","李小明":1}'.encode(),
        "/*",
    ),
    "other id": ("register-room", b'{"room_id":"person:a","campus":"c","name":"x"}', "/room_id"),
    "capital id": ("register-room", b'{"room_id":"room:A","campus":"c","name":"x"}', "/room_id"),
    "list": ("register-room", b"[]", ""),
    "null": ("register-room", b"null", ""),
    "year 1582": (
        "grant-role",
        b'{"grant_id":"grant:a","person_id":"person:a","role":"it","valid_from":"1582-10-10","valid_until":"2026-01-01"}',
        "/valid_from",
    ),
    "year 9999": (
        "grant-role",
        b'{"grant_id":"grant:a","person_id":"person:a","role":"it","valid_from":"2026-01-01","valid_until":"9999-12-31"}',
        "/valid_until",
    ),
}


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_what_is_no_json_is_unreadable(staff: Staffing, client: Any, campus: Any, raw: bytes):
    headers = await staff.token("wang", "assets")
    head, _ = await campus.log.head()
    headers |= {"Idempotency-Key": "k", "Content-Type": "application/json"}
    refused = await client.post("/api/commands/register-room", content=raw, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "body_unreadable")
    assert (await campus.log.head())[0] == head


@pytest.mark.parametrize(("name", "raw", "pointer"), INVALID.values(), ids=INVALID.keys())
async def test_what_is_no_such_command_names_its_fields_and_never_their_values(
    staff: Staffing, client: Any, campus: Any, name: str, raw: bytes, pointer: str
):
    headers = await staff.token("wang", "assets")
    head, _ = await campus.log.head()
    headers |= {"Idempotency-Key": "k", "Content-Type": "application/json"}
    refused = await client.post(f"/api/commands/{name}", content=raw, headers=headers)
    assert (refused.status_code, refused.json()["code"]) in ((422, "body_invalid"), (400, "body_unreadable"))
    if refused.status_code == 422:
        assert pointer in [f["pointer"] for f in refused.json()["facts"]["fields"]]
    assert "李小明" not in refused.text
    assert (await campus.log.head())[0] == head


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({"Content-Type": "text/plain", "Idempotency-Key": "k"}, b"{}", 415, "content_type_wrong"),
        ({"Idempotency-Key": "k"}, b"{}", 415, "content_type_wrong"),
        ({"Content-Type": "application/json; charset=gbk", "Idempotency-Key": "k"}, b"{}", 415, "content_type_wrong"),
        ({"Content-Type": "application/json"}, b"{}", 400, "key_missing"),
        ({"Content-Type": "application/json", "Idempotency-Key": "a b"}, b"{}", 400, "key_invalid"),
        ({"Content-Type": "application/json", "Idempotency-Key": "k" * 201}, b"{}", 400, "key_invalid"),
        ({"Content-Type": "application/json", "Idempotency-Key": "k"}, b" " * 300_000, 413, "body_too_large"),
    ],
)
async def test_what_a_request_must_be(
    staff: Staffing, client: Any, headers: dict[str, str], body: bytes, status: int, code: str
):
    token = await staff.token("wang", "assets")
    refused = await client.post("/api/commands/register-room", content=body, headers=headers | token)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_a_body_that_grows_past_its_limit_is_refused_unannounced(staff: Staffing, client: Any):
    """Without a Content-Length, the bytes are counted."""

    async def pieces():
        for _ in range(10):
            yield b" " * 65_536

    token = await staff.token("wang", "assets")
    headers = token | {"Content-Type": "application/json", "Idempotency-Key": "k"}
    refused = await client.post("/api/commands/register-room", content=pieces(), headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")


async def test_unknown_commands_and_methods(staff: Staffing, client: Any, send: Any):
    token = await staff.token("wang", "assets")
    assert (await send(token, "make-tea", {})).json()["code"] == "command_unknown"
    wrong = await client.put("/api/commands/register-room", headers=token)
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["allow"]) == (405, "method_not_allowed", "POST")
    nowhere = await client.get("/api/nowhere", headers=token)
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")


async def test_a_batch_gives_one_result_each(staff: Staffing, client: Any):
    """A refused command stops no other, and the same batch again gives the same receipts."""
    token = await staff.token("wang", "assets")
    batch = [
        {"command": "register-room", "key": "a", "body": ROOM},
        {"command": "close-room", "key": "b", "body": CLOSING},
        {"command": "make-tea", "key": "c", "body": {}},
        {"command": "register-room", "key": "d", "body": {**ROOM, "room_id": "room:a102", "seats": "many"}},
        {"command": "register-room", "key": "e", "body": {**ROOM, "room_id": "room:a103"}},
        {"command": "register-room", "body": {**ROOM, "room_id": "room:a104"}},
    ]
    first = await client.post("/api/commands", json=batch, headers=token)
    results = first.json()["results"]
    assert [r["status"] for r in results] == [201, 404, 404, 422, 201, 400]
    assert results[1]["problem"]["code"] == "room_unknown"
    again = (await client.post("/api/commands", json=batch, headers=token)).json()["results"]
    assert again[0] == results[0]
    assert again[4] == results[4]


@pytest.mark.parametrize("body", [b"{}", b"[]", b"[1]", b"[" + b"1," * 100 + b"1]", DEEP, b"x"])
async def test_a_batch_that_is_none(staff: Staffing, client: Any, body: bytes):
    token = await staff.token("wang", "assets")
    refused = await client.post("/api/commands", content=body, headers=token | {"Content-Type": "application/json"})
    assert refused.status_code in (400, 422)
    assert refused.headers["content-type"] == "application/problem+json"


async def test_refusals_are_kept_without_the_body(staff: Staffing, send: Any, client: Any, app: Any):
    """Auditors read who, which and why; leaders how often; nobody else anything."""
    assets = await staff.token("wang", "assets")
    await send(
        assets,
        "register-department",
        {
            "department_id": DEPARTMENT,
            "code": "secret-code",
            "name": "x",
            "name_en": "x",
            "kind": "academic",
        },
    )
    await app.office.refusals.flush()
    auditor = await staff.token("shen", "auditor")
    leader = await staff.token("zhao", "leader", DEPARTMENT)
    listed = await client.get("/api/refusals", headers=auditor)
    assert listed.json()["refusals"][0]["code"] == "role_lacking"
    assert "secret-code" not in listed.text
    counts = await client.get("/api/refusals/counts", headers=leader)
    assert counts.json()["counts"] == [{"command_name": "register-department", "code": "role_lacking", "count": 1}]
    assert (await client.get("/api/refusals", headers=leader)).json()["code"] == "auditors_only"
    assert (await client.get("/api/refusals/counts", headers=assets)).json()["code"] == "leaders_only"
