"""Accounts 账号: logins and passwords, hashed with argon2; names to log in with are kept only as HMACs.

Hashing costs 34 ms and 19 MiB; it happens in a thread, at most two at a time, never on the event loop.  An
unknown login costs the same as a wrong password and gets the same answer.
"""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from psycopg import sql

from api.problems import Problem
from infra.campus import Campus
from infra.envelope import uuid7

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
WINDOW: Final = timedelta(minutes=15)
PER_ACCOUNT: Final = 5
PER_ADDRESS: Final = 100
SHORTEST, LONGEST = 12, 200


class Accounts:
    """Who may log in under which name; names are kept only as HMACs."""

    def __init__(self, campus: Campus) -> None:
        self._pool, self._secret = campus.pool, campus.secret
        schema = campus.institution.schema
        self._tables = {name: sql.Identifier(schema, name) for name in ("credential", "login_attempt")}
        self._hashing = asyncio.Semaphore(2)
        self._dummy = HASHER.hash(secrets.token_urlsafe(16))

    async def set_password(self, person_id: str, login: str, password: str, *, must_change: bool = False) -> None:
        """Give a person a login and a password, in place of any they had."""
        hashed = await self._in_thread(HASHER.hash, password)
        await self._run(
            """insert into {credential} as c (person_id, login_hmac, password_hash, must_change) values (%s, %s, %s, %s)
               on conflict (person_id) do update set login_hmac = excluded.login_hmac,
                 password_hash = excluded.password_hash, must_change = excluded.must_change""",
            person_id,
            self._mark(login),
            hashed,
            must_change,
        )

    async def check(self, login: str, password: str, address: str) -> tuple[str, bool]:
        """The person and whether the password must be changed; `credentials_wrong`, `too_many_attempts`."""
        mark = self._mark(login)
        attempt = await self._attempt(mark, address)
        rows = await self._run(
            "select person_id, password_hash, must_change from {credential} where login_hmac = %s", mark
        )
        person_id, hashed, must_change = rows[0] if rows else ("", self._dummy, False)
        right = await self._in_thread(_matches, hashed, password)
        if not right or not rows:
            raise Problem("credentials_wrong")
        await self._forget(attempt)
        return person_id, must_change

    async def change(self, person_id: str, old: str, new: str) -> None:
        """Change a password; `credentials_wrong`, `too_many_attempts`, `password_too_short`, `password_too_common`."""
        attempt = await self._attempt(person_id, person_id)
        rows = await self._run("select password_hash from {credential} where person_id = %s", person_id)
        right = await self._in_thread(_matches, rows[0][0] if rows else self._dummy, old)
        if not right or not rows:
            raise Problem("credentials_wrong")
        await self._forget(attempt)
        check_strength(new)
        hashed = await self._in_thread(HASHER.hash, new)
        await self._run(
            "update {credential} set password_hash = %s, must_change = false where person_id = %s", hashed, person_id
        )

    async def _attempt(self, account: str, address: str) -> list[Any]:
        """Count an attempt before it is tried, so that parallel guesses count each other; returns the ids counted.

        The ids are taken back when the attempt succeeds.
        """
        ids = [uuid7(), uuid7()]
        subjects = [f"account {account}", f"address {self._secret.digest(address.encode())}"]
        await self._run(
            """insert into {login_attempt} (id, subject, at)
               select i, s, now() from unnest(%s::uuid[], %s::text[]) t(i, s)""",
            ids,
            subjects,
        )
        counts = await self._run(
            """select count(*) filter (where subject = %s), count(*) filter (where subject = %s) from {login_attempt}
               where subject = any(%s) and at > now() - %s""",
            *subjects,
            subjects,
            WINDOW,
        )
        if counts[0][0] > PER_ACCOUNT or counts[0][1] > PER_ADDRESS:
            raise Problem("too_many_attempts", headers={"Retry-After": str(int(WINDOW.total_seconds()))})
        return ids

    async def _forget(self, attempt: list[Any]) -> None:
        """Take back what succeeded, and with it drop whatever no longer counts."""
        await self._run("delete from {login_attempt} where id = any(%s) or at < now() - %s", attempt, WINDOW)

    def _mark(self, login: str) -> str:
        return self._secret.digest(b"login\x1f" + login.strip().casefold().encode("utf-8", "replace"))

    async def _in_thread(self, work: Any, *values: str) -> Any:
        async with self._hashing:
            return await asyncio.to_thread(work, *values)

    async def _run(self, query: Any, *values: object) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as db:
            done = await db.execute(sql.SQL(query).format(**self._tables), values)
            return await done.fetchall() if done.description else []


def _matches(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def check_strength(password: str) -> None:
    """A password has 12 characters or more, and is no run or repetition of a few."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Problem("password_too_short")
    folded = password.casefold()
    steps = {ord(b) - ord(a) for a, b in zip(folded, folded[1:], strict=False)}
    halves = any(folded == folded[:n] * (len(folded) // n) for n in range(1, len(folded) // 2 + 1))
    if len(set(folded)) < 5 or len(steps) < 3 or halves or any(w in folded for w in ("password", "qwerty", "12345678")):
        raise Problem("password_too_common")
