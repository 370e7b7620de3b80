"""Logging in, and everything that must not let anybody in."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.accounts import PER_ACCOUNT, check_strength
from api.problems import Problem
from tests.api.conftest import DEPARTMENT, Staffing

PASSWORD = "清晨点名-Lark-48"
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def wang(app: Any, staff: Staffing) -> str:
    """A teacher with an account."""
    who = await staff.appoint("wang", "teacher", DEPARTMENT)
    await app.office.accounts.set_password(who, "Wang", PASSWORD)
    return who


async def log_in(client: httpx.AsyncClient, login: str = "wang", password: str = PASSWORD, **more: Any) -> Any:
    return await client.post("/api/login", json={"login": login, "password": password, **more}, headers=OURS)


async def test_a_session_begins_and_ends(wang: str, client: httpx.AsyncClient):
    """The cookie is for the browser alone, the csrf token for our pages; after logging out both are nothing."""
    entered = await log_in(client)
    assert entered.status_code == 200
    assert entered.json()["person_id"] == wang
    session, csrf = entered.headers.get_list("set-cookie")
    assert session.startswith("campus_session=")
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert csrf.startswith("_csrf_token=")
    me = await client.get("/api/me")
    assert me.json()["person_id"] == wang
    assert [r["role"] for r in me.json()["roles"]] == ["teacher"]
    kept = dict(client.cookies)
    out = await client.post("/api/logout", headers=OURS | {"X-CSRFToken": kept["_csrf_token"]})
    assert out.status_code == 204
    client.cookies.update(kept)
    assert (await client.get("/api/me")).json()["code"] == "session_expired"


async def test_a_login_begins_a_session_of_its_own_each_time(wang: str, client: httpx.AsyncClient):
    """A cookie planted before, or left from before, is worth nothing afterwards."""
    await log_in(client)
    before = client.cookies["campus_session"]
    await log_in(client)
    assert client.cookies["campus_session"] != before
    client.cookies.clear()
    client.cookies.set("campus_session", before)
    assert (await client.get("/api/me")).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-CSRFToken": "wrong"} | OURS,
        {"X-CSRFToken": "right", "Sec-Fetch-Site": "cross-site"},
        {"X-CSRFToken": "right", "Sec-Fetch-Site": "same-site"},
        {"X-CSRFToken": "right", "Origin": "http://evil.test"},
        {"X-CSRFToken": "right"},
    ],
)
async def test_a_cookie_alone_changes_nothing(wang: str, client: httpx.AsyncClient, headers: dict[str, str]):
    """Our pages send the token, and the browser says where the request began."""
    csrf = (await log_in(client)).json()["csrf"]
    headers = {name: csrf if value == "right" else value for name, value in headers.items()}
    refused = await client.post("/api/commands/take-roll-call", json={}, headers=headers | {"Idempotency-Key": "k"})
    assert (refused.status_code, refused.json()["code"]) == (403, "cross_site_request")


async def test_our_own_pages_may(wang: str, client: httpx.AsyncClient):
    """With the token, from our origin, told by either header."""
    csrf = (await log_in(client)).json()["csrf"]
    for proof in (OURS, {"Origin": "http://campus.test"}):
        taken = await client.post(
            "/api/commands/close-room", json={}, headers=proof | {"X-CSRFToken": csrf, "Idempotency-Key": "k"}
        )
        assert taken.json()["code"] == "body_invalid"


async def test_guessing_is_stopped_and_says_nothing(wang: str, client: httpx.AsyncClient):
    """An unknown login and a wrong password are answered alike, and both run into the same limit."""
    for login in ("wang", "nobody"):
        answers = [await log_in(client, login, f"wrong {n}") for n in range(PER_ACCOUNT + 1)]
        assert [a.status_code for a in answers] == [401] * PER_ACCOUNT + [429]
        assert {a.json()["code"] for a in answers[:-1]} == {"credentials_wrong"}
        assert answers[-1].headers["retry-after"] == "900"
    assert (await log_in(client)).status_code == 429
    assert "set-cookie" not in (await log_in(client)).headers


async def test_right_passwords_do_not_use_up_the_limit(wang: str, client: httpx.AsyncClient):
    for _ in range(PER_ACCOUNT + 2):
        assert (await log_in(client)).status_code == 200


async def test_an_unknown_login_takes_as_long_as_a_wrong_password(app: Any, wang: str):
    """Median of a few: within a fifth of each other on a shared machine."""
    took: dict[str, list[float]] = {"wang": [], "nobody": []}
    for _ in range(5):
        for login, times in took.items():
            await app.office.accounts._run("delete from {login_attempt}")
            began = time.perf_counter()
            with pytest.raises(Problem):
                await app.office.accounts.check(login, "wrong", "address")
            times.append(time.perf_counter() - began)
    known, unknown = (statistics.median(times) for times in took.values())
    assert 0.5 < known / unknown < 2


async def test_an_initial_password_opens_nothing_but_its_own_change(app: Any, wang: str, client: httpx.AsyncClient):
    """After the change every session is over, and the new password counts."""
    await app.office.accounts.set_password(wang, "wang", PASSWORD, must_change=True)
    csrf = (await log_in(client)).json()["csrf"]
    assert (await client.get("/api/status")).json()["code"] == "password_initial"
    assert (await log_in(client, token=True)).json()["code"] == "password_initial"
    headers = OURS | {"X-CSRFToken": csrf}
    for new, code in (("short", "password_too_short"), ("1234512345123451", "password_too_common")):
        refused = await client.post("/api/password", json={"old": PASSWORD, "new": new}, headers=headers)
        assert refused.json()["code"] == code
    new = {"old": PASSWORD, "new": "三号楼的银杏-Maple"}
    assert (await client.post("/api/password", json=new, headers=headers)).status_code == 204
    assert (await client.get("/api/me")).status_code == 401
    assert (await log_in(client)).json()["code"] == "credentials_wrong"
    assert (await log_in(client, password=new["new"])).json()["must_change_password"] is False


@pytest.mark.parametrize(
    "password", ["aaaaaaaaaaaaaaa", "abcdefghijklmnop", "password-12345", "qwertyuiop-9x", "校园校园校园校园校园校园"]
)
def test_a_password_is_no_pattern(password: str):
    with pytest.raises(Problem, match="password_too_common"):
        check_strength(password)


async def test_tokens_of_scripts(app: Any, wang: str, client: httpx.AsyncClient):
    """A login may give one; expired, revoked and wrong ones are told apart only where that helps their owner."""
    token = (await log_in(client, token=True)).json()["token"]
    assert "campus_session" not in client.cookies

    async def tried(said: str) -> tuple[int, str | None]:
        answer = await client.get("/api/me", headers={"Authorization": said})
        return answer.status_code, answer.json().get("code")

    assert await tried(f"Bearer {token}") == (200, None)
    assert await tried(f"bearer {token}") == (200, None)
    assert await tried(f"Bearer {token}x") == (401, "token_invalid")
    assert await tried("Bearer cpk_") == (401, "token_invalid")
    assert await tried("Basic d2FuZzp4") == (401, "token_invalid")
    old = await app.office.door.mint(wang, timedelta(seconds=-1))
    assert await tried(f"Bearer {old}") == (401, "token_expired")
    assert (await client.post("/api/logout", headers={"Authorization": f"Bearer {token}"})).status_code == 204
    assert await tried(f"Bearer {token}") == (401, "token_invalid")


async def test_a_suspended_account_is_out_within_five_seconds(
    app: Any, wang: str, staff: Staffing, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    """At once for whoever forgets at once; five seconds at most for a process that remembered."""
    monkeypatch.setattr("api.door.REMEMBERED_SECONDS", 0.0)
    await log_in(client)
    assert (await client.get("/api/me")).status_code == 200
    it = await staff.token("lin", "it")
    body = {"person_id": wang, "reason": "调查期间停用"}
    suspended = await client.post(
        "/api/commands/suspend-account", json=body, headers=it | {"Idempotency-Key": "suspend"}
    )
    assert suspended.status_code == 201
    assert (await client.get("/api/me")).json()["code"] == "session_expired"


async def test_a_session_ends_when_idle_and_when_old(
    app: Any, campus: Any, wang: str, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    """Thirty minutes unused, or twelve hours in all; the institution's own clock has no say."""
    monkeypatch.setattr("api.door.REMEMBERED_SECONDS", 0.0)
    for pushed in (
        "update {web_session} set seen_at = now() - interval '31 minutes'",
        "update {web_session} set expires_at = now() - interval '1 second'",
    ):
        await log_in(client)
        assert (await client.get("/api/me")).status_code == 200
        await app.office.door._run(pushed, ())
        assert (await client.get("/api/me")).json()["code"] == "session_expired"


async def test_everything_is_closed_by_default(app: Any, client: httpx.AsyncClient):
    """Every route of the application, whatever is added to it, asks who comes; pages show the way to log in."""
    app.add_api_route("/dash/page", lambda: {}, methods=["GET"])
    for path in (
        "/api/status",
        "/api/figures",
        "/docs",
        "/openapi.json",
        "/dash/page",
        "/dash/_dash-layout",
        "/nowhere",
    ):
        refused = await client.get(path)
        assert (refused.status_code, refused.json()["code"]) == (401, "not_logged_in"), path
        assert refused.headers["www-authenticate"] == "Bearer"
        shown = await client.get(path, headers={"Accept": "text/html"})
        assert (shown.status_code, shown.headers["location"][:13]) == (303, "/login?next=%")
    for path in ("/login", "/health/live", "/health/ready", "/assets/door/door.css", "/problems/busy", "/favicon.ico"):
        assert (await client.get(path)).status_code == 200, path


async def test_the_reference_names_every_operation(app: Any, staff: Staffing, client: httpx.AsyncClient):
    """Written from the description, for whoever is logged in; it loads nothing from elsewhere."""
    token = await staff.token("li", "teacher", DEPARTMENT)
    described = (await client.get("/openapi.json", headers=token)).json()
    page = (await client.get("/docs", headers=token)).text
    for path, item in described["paths"].items():
        assert path.replace("&", "&amp;") in page
        for operation in item.values():
            assert operation["summary"].isascii() is False or path.startswith(("/api/imports", "/problems"))
    assert "http://" not in page
    assert "https://" not in page


async def test_every_answer_carries_the_security_headers(app: Any, client: httpx.AsyncClient):
    """Pages, problems and errors alike; the dashboards may set styles, nobody may run a script of others."""
    for path in ("/login", "/api/status", "/dash/"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe-eval" not in headers["content-security-policy"]
        assert ("unsafe-inline" in headers["content-security-policy"]) == (path == "/dash/")
        assert len(headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/dash/teacher?week=3", "/dash/teacher?week=3"),
        ("/docs", "/docs"),
        ("//evil.test/", "/dash/"),
        ("https://evil.test/dash/", "/dash/"),
        ("/\\evil.test", "/dash/"),
        ("/dash/../logout", "/dash/"),
        ("/dash//evil.test", "/dash/"),
        ("javascript:alert(1)", "/dash/"),
        ('/dash/"><script>', "/dash/&quot;&gt;&lt;script&gt;"),
    ],
)
async def test_the_login_page_leads_only_to_our_own_pages(app: Any, client: httpx.AsyncClient, wanted: str, given: str):
    page = await client.get("/login", params={"next": wanted})
    assert f'data-next="{given}"' in page.text


async def test_somebody_who_asks_too_often_waits(app: Any, campus: Any, staff: Staffing):
    """Per person: the others go on."""
    from contextlib import asynccontextmanager

    from api import create_app
    from infra.settings import Settings

    @asynccontextmanager
    async def there():
        yield campus

    slow = create_app(there, Settings(commands_per_second=1))
    wang, li = await staff.token("wang", "teacher", DEPARTMENT), await staff.token("li", "teacher", DEPARTMENT)
    async with (
        slow.router.lifespan_context(slow),
        httpx.AsyncClient(transport=httpx.ASGITransport(slow), base_url="http://campus.test") as client,
    ):
        answers = [await client.get("/api/me", headers=wang) for _ in range(4)]
        assert [a.status_code for a in answers] == [200, 200, 429, 429]
        assert answers[-1].json()["code"] == "too_many_requests"
        assert (await client.get("/api/me", headers=li)).status_code == 200


async def test_attempts_that_no_longer_count_are_dropped(wang: str, app: Any, client: httpx.AsyncClient):
    """Failures of long ago go with the next success; those of the last minutes stay and count."""
    accounts = app.office.accounts
    await log_in(client, password="not the password")
    assert await accounts._run("select count(*) from {login_attempt}") == [(2,)]
    await accounts._run("update {login_attempt} set at = at - interval '16 minutes'")
    await log_in(client, password="not the password either")
    assert (await log_in(client)).status_code == 200
    assert await accounts._run("select count(*) from {login_attempt}") == [(2,)]
