"""When something is wrong inside: what the caller is told, what is kept, and who is let in by another way."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import WebSocket
from psycopg import OperationalError, sql

from api import create_app
from infra.desk import Busy
from infra.log import LogUnavailable
from infra.settings import Settings
from tests.api.conftest import DEPARTMENT, Staffing

ROOM = {"room_id": "room:a101", "campus": "主校区", "name": "A101", "seats": 60}


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        (Busy("register-room"), 503, "busy"),
        (LogUnavailable("gone"), 503, "log_unavailable"),
        (RuntimeError("李小明 in a message"), 500, "internal_error"),
    ],
)
async def test_trouble_with_a_command_is_told_without_its_words(
    staff: Staffing, send: Any, campus: Any, monkeypatch: pytest.MonkeyPatch, trouble: Exception, status: int, code: str
):
    """A code and the request's id; "try again" only where trying again helps."""
    assets = await staff.token("wang", "assets")

    async def fails(*_: Any, **__: Any) -> None:
        raise trouble

    monkeypatch.setattr(campus.desk, "submit", fails)
    told = await send(assets, "register-room", ROOM)
    assert (told.status_code, told.json()["code"]) == (status, code)
    assert ("retry-after" in told.headers) == (status == 503)
    assert told.json()["instance"].endswith(told.headers["x-request-id"])
    assert "李小明" not in told.text
    assert "Traceback" not in told.text


@pytest.mark.parametrize(("trouble", "status"), [(LogUnavailable("gone"), 503), (KeyError("李小明"), 500)])
async def test_trouble_with_a_query_too(
    staff: Staffing,
    client: httpx.AsyncClient,
    campus: Any,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception,
    status: int,
):
    auditor = await staff.token("shen", "auditor")
    await client.get("/api/me", headers=auditor)

    async def fails(*_: Any, **__: Any) -> None:
        raise trouble

    monkeypatch.setattr(campus.readings, "status", fails)
    told = await client.get("/api/status", headers=auditor)
    assert told.status_code == status
    assert told.headers["content-type"] == "application/problem+json"
    assert told.headers["x-content-type-options"] == "nosniff"
    assert "李小明" not in told.text


async def test_without_a_database_nobody_is_let_in(
    app: Any, staff: Staffing, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    """The door fails closed: 503, not 401, and never open; the health of the process is still told."""
    auditor = await staff.token("shen", "auditor")

    async def fails(*_: Any, **__: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(app.office.door, "_run", fails)
    refused = await client.get("/api/status", headers=auditor)
    assert (refused.status_code, refused.json()["code"]) == (503, "log_unavailable")
    assert (await client.get("/health/live", headers=auditor)).status_code == 200


async def test_refusals_that_wait_are_written_at_the_end(campus: Any):
    """Stopping in order loses none."""

    @asynccontextmanager
    async def there():
        yield campus

    app = create_app(there, Settings(commands_per_second=1_000))
    people = Staffing(app, campus)
    async with app.router.lifespan_context(app):
        await people.departments()
        headers = await people.token("wang", "teacher", DEPARTMENT)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://campus.test") as client:
            more = headers | {"Idempotency-Key": "k"}
            refused = await client.post("/api/commands/register-room", json=ROOM, headers=more)
            assert refused.json()["code"] == "role_lacking"
    async with campus.pool.connection() as db:
        table = sql.Identifier(campus.institution.schema, "refusal")
        kept = await db.execute(sql.SQL("select command_name, code from {}").format(table))
        assert await kept.fetchall() == [("register-room", "role_lacking")]


@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        ({}, False),
        ({"authorization": "Bearer cpk_0_0", "sec-fetch-site": "same-origin"}, False),
        ({"authorization": "right"}, False),
        ({"authorization": "right", "sec-fetch-site": "cross-site"}, False),
        ({"authorization": "right", "origin": "http://evil.test"}, False),
        ({"authorization": "right", "sec-fetch-site": "same-origin"}, True),
        ({"authorization": "right", "origin": "http://campus.test"}, True),
    ],
)
async def test_sockets_pass_the_gate_as_well(
    app: Any, staff: Staffing, headers: dict[str, str], let_in: bool, monkeypatch: pytest.MonkeyPatch
):
    """Nobody opens a socket anonymously or from another site's page."""
    right = (await staff.token("wang", "teacher", DEPARTMENT))["Authorization"]
    headers = {name: right if value == "right" else value for name, value in headers.items()}
    sent: list[dict[str, Any]] = []

    @app.websocket("/dash/socket")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "path": "/dash/socket",
        "raw_path": b"/dash/socket",
        "root_path": "",
        "query_string": b"",
        "scheme": "ws",
        "subprotocols": [],
        "headers": [(b"host", b"campus.test"), *((k.encode(), v.encode()) for k, v in headers.items())],
    }
    await app(scope, receive, send)
    assert (sent[0]["type"] == "websocket.accept") == let_in, sent


async def test_two_areas_never_give_one_code_two_meanings():
    """A refusal's code is its name: one wording in Chinese, one in English."""
    from api.problems import domain_modules

    said: dict[str, tuple[str, str]] = {}
    for name, module in domain_modules():
        for code, words in getattr(module, "REFUSALS", {}).items():
            assert said.setdefault(code, words) == words, (code, name)
            assert all(words), code
