"""The door 门禁: who is it?  Sessions of people and tokens of scripts, looked up by the hash of a random secret.

What the door knows about a caller is kept for at most five seconds per process, roles included, so ending a
session, revoking a token or suspending an account takes effect everywhere within five seconds.  Times are the
real clock's: an offset or frozen institution keeps no session alive.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final

from psycopg import AsyncConnection, sql
from psycopg_pool import AsyncConnectionPool

from api.problems import Problem
from domain import NotAllowed
from infra.desk import Desk
from infra.postgres import Institution
from infra.readings import Viewer

IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)
SEEN_EVERY: Final = timedelta(minutes=1)
REMEMBERED_SECONDS: Final = 5.0
REMEMBERED: Final = 20_000
TOKEN_PREFIX: Final = "cpk_"  # noqa: S105  a prefix that secret scanners know, no secret


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody the door has recognised.  `csrf` is set when a cookie spoke for them."""

    viewer: Viewer
    csrf: str | None
    must_change: bool

    @property
    def person_id(self) -> str:
        return self.viewer.person_id


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just begun: the cookie's value and the token that forms must send back."""

    secret: str
    csrf: str


def fingerprint(secret: str) -> str:
    """What is stored of a random secret; it is long enough to need no slow hash."""
    return sha256(secret.encode()).hexdigest()


class Door:
    """Begins, recognises and ends sessions and tokens."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Any]], institution: Institution, desk: Desk) -> None:
        self._pool, self._desk = pool, desk
        self._tables = {
            name: sql.Identifier(institution.schema, name) for name in ("web_session", "token", "credential")
        }
        self._known: OrderedDict[str, tuple[Caller, float]] = OrderedDict()

    async def by_cookie(self, secret: str) -> Caller:
        """The person of a session; raises `session_expired`."""
        mark = fingerprint(secret)
        return self._remembered(mark) or self._remember(mark, await self._session(mark))

    async def by_token(self, token: str) -> Caller:
        """The person of a token "cpk_<id>_<secret>"; raises `token_invalid`, `token_expired`."""
        mark = fingerprint(token)
        return self._remembered(mark) or self._remember(mark, await self._token(token, mark))

    async def open(self, person_id: str) -> Opened:
        """Begin a session."""
        opened = Opened(secrets.token_urlsafe(32), secrets.token_urlsafe(24))
        now = datetime.now(UTC)
        await self._run(
            """insert into {web_session} (token_sha256, person_id, created_at, seen_at, expires_at, csrf)
               values (%s, %s, %s, %s, %s, %s)""",
            (fingerprint(opened.secret), person_id, now, now, now + ABSOLUTE, opened.csrf),
        )
        return opened

    async def close(self, secret: str) -> None:
        """End a session; ending twice is no error."""
        self._known.pop(fingerprint(secret), None)
        await self._run("delete from {web_session} where token_sha256 = %s", (fingerprint(secret),))

    async def close_all(self, person_id: str) -> None:
        """End every session and token of a person."""
        for mark in [mark for mark, (caller, _) in self._known.items() if caller.person_id == person_id]:
            del self._known[mark]
        await self._run("delete from {web_session} where person_id = %s", (person_id,))
        await self._run(
            "update {token} set revoked_at = now() where person_id = %s and revoked_at is null", (person_id,)
        )

    async def mint(self, person_id: str, lasts: timedelta) -> str:
        """A new token for scripts, shown this once."""
        token = f"{TOKEN_PREFIX}{secrets.token_hex(8)}_{secrets.token_urlsafe(32)}"
        now = datetime.now(UTC)
        await self._run(
            "insert into {token} (id, sha256, person_id, created_at, expires_at) values (%s, %s, %s, %s, %s)",
            (token.split("_")[1], fingerprint(token), person_id, now, now + lasts),
        )
        return token

    async def revoke(self, token: str) -> None:
        """End a token; ending twice is no error."""
        self._known.pop(fingerprint(token), None)
        await self._run(
            "update {token} set revoked_at = now() where sha256 = %s and revoked_at is null", (fingerprint(token),)
        )

    async def _session(self, mark: str) -> Caller:
        rows = await self._run(
            """select s.person_id, s.csrf, s.seen_at, coalesce(c.must_change, false) from {web_session} s
               left join {credential} c on c.person_id = s.person_id
               where s.token_sha256 = %s and s.expires_at > now() and s.seen_at > now() - %s""",
            (mark, IDLE),
        )
        if not rows:
            raise Problem("session_expired")
        person_id, csrf, seen_at, must_change = rows[0]
        if datetime.now(UTC) - seen_at > SEEN_EVERY:
            await self._run("update {web_session} set seen_at = now() where token_sha256 = %s", (mark,))
        return Caller(await self._viewer(person_id, "session_expired"), csrf, must_change)

    async def _token(self, token: str, mark: str) -> Caller:
        parts = token.split("_", 2)
        rows = await self._run(
            "select person_id, sha256, expires_at, revoked_at from {token} where id = %s",
            (parts[1] if len(parts) == 3 and f"{parts[0]}_" == TOKEN_PREFIX else "",),
        )
        if not rows or not compare_digest(rows[0][1], mark) or rows[0][3] is not None:
            raise Problem("token_invalid")
        person_id, _, expires_at, _ = rows[0]
        if expires_at <= datetime.now(UTC):
            raise Problem("token_expired")
        return Caller(await self._viewer(person_id, "token_invalid"), None, False)

    async def _viewer(self, person_id: str, otherwise: str) -> Viewer:
        """The person with every role held now; a suspended account comes no further than this."""
        try:
            return Viewer(person_id, tuple(await self._desk.actors(person_id)))
        except NotAllowed:
            raise Problem(otherwise) from None

    def _remembered(self, mark: str) -> Caller | None:
        caller, until = self._known.get(mark) or (None, 0.0)
        return caller if time.monotonic() < until else None

    def _remember(self, mark: str, caller: Caller) -> Caller:
        self._known[mark] = (caller, time.monotonic() + REMEMBERED_SECONDS)
        self._known.move_to_end(mark)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return caller

    async def _run(self, query: Any, values: Iterable[object]) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as db:
            done = await db.execute(sql.SQL(query).format(**self._tables), tuple(values))
            return await done.fetchall() if done.description else []
