"""Personal data at rest: one key a person, kept apart from the log.

A field marked Personal is sealed under its person's key before it is stored or hashed; destroying the key
erases the text and leaves every position, hash and proof as it was.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from infra import on_disk

ERASED = "〔已删除〕"
SEALED = "〔密〕"
NONCE_BYTES = 12
ROOT_BYTES = 32


class SecretDamaged(OSError):
    """The file of the institution's secret is cut or another's: a key derived from it would open nothing."""


def subject_of(some_id: str) -> str:
    """The part of a person's or student's id under which their key is kept."""
    return some_id.partition(":")[2]


class Secrets:
    """The institution's secrets: one file of 32 random bytes, and what is derived from it."""

    def __init__(self, root: bytes) -> None:
        self._root = root
        self.wrapping = AESGCM(self._derive("wrapping"))
        self._blinding = self._derive("blinding")
        self._digesting = self._derive("digesting")
        self._listing = self._derive("listing")

    def _derive(self, purpose: str) -> bytes:
        return hmac.digest(self._root, f"campus-ledger/{purpose}".encode(), "sha256")

    def blind(self, tag: str) -> str:
        """A tag beginning with "?" as its HMAC; any other tag as it is."""
        if not tag.startswith("?"):
            return tag
        kind, _, number = tag[1:].partition(":")
        return f"{kind}:{hmac.digest(self._blinding, number.encode(), 'sha256').hex()[:32]}"

    def listing(self, text: bytes) -> str:
        """HMAC-SHA256 in hexadecimal under which lists outside the database are chained and signed."""
        return hmac.digest(self._listing, text, "sha256").hex()

    def digest(self, text: bytes) -> str:
        """HMAC-SHA256 in hexadecimal: compares bodies and logins without keeping them."""
        return hmac.digest(self._digesting, text, "sha256").hex()

    @classmethod
    def kept_in(cls, file: Path) -> Secrets:
        """The secrets in a file, made with mode 0600 on first use.

        Raises PermissionError when others may read it, SecretDamaged when it is not all there.
        """
        if not file.exists():
            on_disk.once(file, secrets.token_bytes(ROOT_BYTES))
        if file.stat().st_mode & 0o077:
            raise PermissionError(f"{file} must be readable by its owner only (chmod 600)")
        root = file.read_bytes()
        if len(root) != ROOT_BYTES:
            raise SecretDamaged(
                f"{file}: 密钥文件应有 {ROOT_BYTES} 字节,现有 {len(root)} 字节,请从副本恢复"
                f" · the secret must have {ROOT_BYTES} bytes and has {len(root)}; restore it from a copy"
            )
        return cls(root)


class Keys(Protocol):
    """The key store.  Keys are named by `subject_of(id)`."""

    async def made(self, subjects: Iterable[str]) -> Mapping[str, AESGCM]:
        """The keys of all these subjects, new ones made and kept first; an erased subject gets a throw-away key."""
        ...

    async def kept(self, subjects: Iterable[str]) -> Mapping[str, AESGCM]:
        """The keys of those of the subjects that have one."""
        ...

    async def erase(self, subject: str) -> None:
        """Destroy a key for ever; erasing twice is no error."""
        ...


class MemoryKeys:
    """Keys that live as long as the process: for tests."""

    def __init__(self) -> None:
        self._keys: dict[str, AESGCM | None] = {}

    async def made(self, subjects: Iterable[str]) -> Mapping[str, AESGCM]:
        found = {}
        for subject in subjects:
            key = self._keys.setdefault(subject, AESGCM(AESGCM.generate_key(256)))
            found[subject] = key or AESGCM(AESGCM.generate_key(256))
        return found

    async def kept(self, subjects: Iterable[str]) -> Mapping[str, AESGCM]:
        return {s: key for s in subjects if (key := self._keys.get(s))}

    async def erase(self, subject: str) -> None:
        self._keys[subject] = None


class PostgresKeys:
    """Keys wrapped by the institution's secret, in a database of their own with its own backup."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Any]], institution: str, secret: Secrets) -> None:
        self._pool, self._institution, self._secret = pool, institution, secret

    def _open(self, subject: str, wrapped: bytes) -> AESGCM:
        return AESGCM(self._secret.wrapping.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], subject.encode()))

    async def made(self, subjects: Iterable[str]) -> Mapping[str, AESGCM]:
        wanted = sorted(set(subjects))
        found = dict(await self.kept(wanted))
        if missing := [s for s in wanted if s not in found]:
            wrapped = []
            for subject in missing:
                nonce = secrets.token_bytes(NONCE_BYTES)
                key = AESGCM.generate_key(256)
                wrapped.append(nonce + self._secret.wrapping.encrypt(nonce, key, subject.encode()))
            async with self._pool.connection() as db:
                await db.execute(
                    """insert into public.subject_key (institution, subject, wrapped)
                       select %s, s, w from unnest(%s::text[], %s::bytea[]) as t(s, w) order by s
                       on conflict do nothing""",
                    (self._institution, missing, wrapped),
                )
            found |= await self.kept(missing)
        return {s: found.get(s) or AESGCM(AESGCM.generate_key(256)) for s in wanted}

    async def kept(self, subjects: Iterable[str]) -> Mapping[str, AESGCM]:
        async with self._pool.connection() as db:
            rows = await db.execute(
                """select subject, wrapped from public.subject_key
                   where institution = %s and subject = any(%s) and wrapped is not null""",
                (self._institution, sorted(set(subjects))),
            )
            return {subject: self._open(subject, wrapped) async for subject, wrapped in rows}

    async def erase(self, subject: str) -> None:
        await self.erase_all([subject])

    async def erase_all(self, subjects: Iterable[str]) -> int:
        """Destroy many keys for ever; how many were not destroyed before."""
        async with self._pool.connection() as db:
            done = await db.execute(
                """insert into public.subject_key as k (institution, subject, wrapped, erased_at)
                   select %(of)s, w.subject, null, now() from unnest(%(subjects)s::text[]) w (subject)
                   where not exists (
                       select from public.subject_key e
                       where e.institution = %(of)s and e.subject = w.subject and e.erased_at is not null)
                   order by w.subject
                   on conflict (institution, subject) do update set wrapped = null, erased_at = now()
                   where k.erased_at is null""",
                {"of": self._institution, "subjects": sorted(set(subjects))},
            )
            return done.rowcount


def seal(key: AESGCM, subject: str, place: str, text: str) -> dict[str, str]:
    """A text as it is stored; `place` (event id and field) keeps one ciphertext from standing in for another."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    hidden = nonce + key.encrypt(nonce, text.encode(), f"{subject}|{place}".encode())
    return {"sealed": base64.b64encode(hidden).decode(), "of": subject, "at": place}


def unseal(key: AESGCM | None, stored: Mapping[str, str]) -> str:
    """The text again, or 〔已删除〕 when its key is gone."""
    if key is None:
        return ERASED
    hidden = base64.b64decode(stored["sealed"])
    place = f"{stored['of']}|{stored['at']}".encode()
    return key.decrypt(hidden[:NONCE_BYTES], hidden[NONCE_BYTES:], place).decode()
