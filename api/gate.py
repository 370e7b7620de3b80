"""The gate 入口: every request passes here first, the dashboards' and the documentation's too; deny by default.

In order: a request id and the security headers, who it is, whether a cookie's request came from our own pages,
whether an initial password still stands, how often they ask.  Only what PUBLIC names is open to anybody.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import quote

from fastapi.responses import RedirectResponse, Response
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.door import Caller
from api.office import Office
from api.problems import Problem, answer
from infra.log import LogUnavailable
from infra.readings import Viewer
from infra.viewer import current_viewer

log = logging.getLogger(__name__)
PUBLIC: Final = frozenset({"/login", "/api/login", "/health/live", "/health/ready", "/favicon.ico", "/robots.txt"})
PUBLIC_UNDER: Final = ("/assets/door/", "/problems/")
INITIAL_PASSWORD: Final = frozenset({"/api/password", "/api/logout", "/api/me", "/password"})
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CALLERS: Final = 20_000


@dataclass
class ContentPolicy:
    """What pages may load.  `script_hashes` are added by whoever serves inline scripts ("sha256-…")."""

    script_hashes: tuple[str, ...] = ()

    def header(self, path: str) -> bytes:
        """The Content-Security-Policy of a path: the dashboards' charts set styles inline, nothing else may."""
        return self._written(path.startswith("/dash/"), self.script_hashes)

    @staticmethod
    @cache
    def _written(board: bool, hashes: tuple[str, ...]) -> bytes:
        scripts = " ".join(["'self'", *(f"'{h}'" for h in hashes)]) if board else "'self'"
        styles = "'self' 'unsafe-inline'" if board else "'self'"
        return (
            f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src 'self' data: blob:; "
            "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; "
            "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
        ).encode()


class Pace:
    """How often each person may ask: a bucket a person and process, filled `per_second`, two seconds deep."""

    def __init__(self, per_second: int) -> None:
        self._rate, self._depth = float(per_second), per_second * 2.0
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, person_id: str) -> bool:
        now = time.monotonic()
        left, since = self._left.get(person_id, (self._depth, now))
        left = min(self._depth, left + (now - since) * self._rate)
        self._left[person_id] = (max(left - 1.0, 0.0), now)
        self._left.move_to_end(person_id)
        if len(self._left) > CALLERS:
            self._left.popitem(last=False)
        return left >= 1.0


@dataclass(frozen=True)
class Gate:
    """The outermost application: nothing is reached but through it."""

    inside: ASGIApp
    office: Office
    content: ContentPolicy
    pace: Pace
    secure: bool
    cookie: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.inside(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = state = {**scope.get("state", {}), "request_id": secrets.token_hex(16)}
        told = self._headers(scope, state["request_id"])

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [name for name, _ in message["headers"]]
                message["headers"] = [*message["headers"], *(h for h in told if h[0] not in own)]
            await send(message)

        headers = dict(scope["headers"])
        try:
            caller = await self._caller(headers)
            refused = self._check(scope, headers, caller)
        except Problem as problem:
            caller, refused = None, None if self._open_to_all(scope["path"]) else problem
        except (OperationalError, PoolTimeout, LogUnavailable) as trouble:
            log.warning("the door cannot look anybody up: %s", type(trouble).__name__)
            caller, refused = None, None if self._open_to_all(scope["path"]) else Problem("log_unavailable")
        if refused:
            await self._refusal(scope, headers, refused)(scope, receive, sending)
            return
        if caller:
            state["person_id"], state["viewer"] = caller.person_id, caller.viewer
            state["source"] = "ui" if caller.csrf else "api"
            state["csrf"] = caller.csrf
            state["ask_again"] = partial(self._again, headers)
        current_viewer.set(caller.viewer if caller else None)
        await self.inside(scope, receive, sending)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        try:
            caller = await self._caller(headers)
        except Problem:
            caller = None
        if caller is None or caller.must_change or not _own_origin(headers):
            await receive()
            await send({"type": "websocket.close", "code": 4401})
            return
        scope["state"] = {**scope.get("state", {}), "person_id": caller.person_id, "viewer": caller.viewer}
        current_viewer.set(caller.viewer)
        await self.inside(scope, receive, send)

    async def _caller(self, headers: Mapping[bytes, bytes]) -> Caller | None:
        """Who speaks; a bearer token goes before a cookie.  Raises the 401 problems."""
        authorization = headers.get(b"authorization")
        if authorization is not None:
            scheme, _, token = authorization.decode("latin-1").partition(" ")
            if scheme.lower() != "bearer" or not token:
                raise Problem("token_invalid")
            return await self.office.door.by_token(token.strip())
        if secret := self._session_secret(headers):
            return await self.office.door.by_cookie(secret)
        return None

    async def _again(self, headers: Mapping[bytes, bytes]) -> Viewer:
        """The same caller as known now, for whoever answers for a long time; raises the 401 problems."""
        caller = await self._caller(headers)
        assert caller
        return caller.viewer

    def _session_secret(self, headers: Mapping[bytes, bytes]) -> str | None:
        """The session cookie's value, if any."""
        raw = headers.get(b"cookie")
        if not raw:
            return None
        try:
            found = SimpleCookie(raw.decode("latin-1")).get(self.cookie)
        except CookieError:
            return None
        return found.value if found and found.value else None

    def _open_to_all(self, path: str) -> bool:
        """Whether nobody needs to log in for a path."""
        return path in PUBLIC or path.startswith(PUBLIC_UNDER)

    def _check(self, scope: Scope, headers: Mapping[bytes, bytes], caller: Caller | None) -> Problem | None:
        """Why the request may not go on, if so."""
        path = scope["path"]
        if path == "/api/login" and headers.get(b"sec-fetch-site") == b"cross-site":
            return Problem("cross_site_request")
        if self._open_to_all(path):
            return None
        if caller is None:
            return Problem("not_logged_in")
        if caller.csrf and scope["method"] not in SAFE and not _from_our_pages(headers, caller.csrf):
            return Problem("cross_site_request")
        if caller.must_change and path not in INITIAL_PASSWORD:
            return Problem("password_initial")
        if not self.pace.allows(caller.person_id):
            return Problem("too_many_requests", headers={"Retry-After": "1"})
        return None

    def _refusal(self, scope: Scope, headers: Mapping[bytes, bytes], problem: Problem) -> Response:
        """The problem; but a person who opens a page is shown the way to log in."""
        opens_page = scope["method"] == "GET" and b"text/html" in headers.get(b"accept", b"")
        if opens_page and (problem.status == 401 or problem.code == "password_initial"):
            query = b"?" + scope["query_string"] if scope["query_string"] else b""
            wanted = quote((scope["path"].encode() + query).decode("latin-1"), safe="")
            change = "&change=1" if problem.code == "password_initial" else ""
            return RedirectResponse(f"/login?next={wanted}{change}", status_code=303)
        return answer(self.office.words, scope, problem.status, problem.code, problem.facts, problem.headers)

    def _headers(self, scope: Scope, request_id: str) -> list[tuple[bytes, bytes]]:
        told = [
            (b"x-request-id", request_id.encode()),
            (b"content-security-policy", self.content.header(scope["path"])),
            *ALWAYS,
        ]
        return [*told, STRICT_TRANSPORT] if self.secure else told


ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cache-control", b"no-store"),
)
STRICT_TRANSPORT: Final = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


def _from_our_pages(headers: Mapping[bytes, bytes], csrf: str) -> bool:
    """The session's own token came in the header, and the browser says the request began on our pages."""
    sent = headers.get(b"x-csrftoken", b"").decode("latin-1")
    return compare_digest(sent.encode(), csrf.encode()) and _own_origin(headers)


def _own_origin(headers: Mapping[bytes, bytes]) -> bool:
    """As the browser tells it; older browsers tell only the origin, which must name this host."""
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site == b"same-origin"
    origin = headers.get(b"origin")
    return origin is not None and origin.partition(b"://")[2] == headers.get(b"host")
