"""A backup of the keys, apart from that of the log: wrapped keys only, of no use without the institution's secret.

Keep none longer than 30 days: whoever holds the secret and a backup made before an erasure can read the erased person.
Restoring one never brings an erased person back: who is erased in the store, in the backup or on the list gets no key.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
from psycopg import AsyncConnection

from infra import on_disk
from infra.keys import Secrets

FORMAT: Final = "campus-keys/1"
KEPT_DAYS: Final = 30
AT_ONCE: Final = 5_000


class BackupUnreadable(Exception):
    """A file is no backup of this institution's keys, or not all of one."""


@dataclass(frozen=True)
class Kept:
    """One row of the store; `wrapped` None: erased."""

    subject: str
    wrapped: bytes | None
    made_at: str
    erased_at: str | None

    def line(self) -> bytes:
        wrapped = base64.b64encode(self.wrapped).decode() if self.wrapped else None
        said = {"subject": self.subject, "wrapped": wrapped, "made_at": self.made_at, "erased_at": self.erased_at}
        return orjson.dumps(said)

    @classmethod
    def of(cls, line: bytes) -> Kept:
        said = orjson.loads(line)
        wrapped = base64.b64decode(said["wrapped"], validate=True) if said["wrapped"] else None
        return cls(said["subject"], wrapped, said["made_at"], said["erased_at"])


_PAGE = """
select subject, wrapped, made_at::text, erased_at::text from public.subject_key
where institution = %s and subject > %s order by subject limit %s
"""
_RESTORE = """
insert into public.subject_key (institution, subject, wrapped, made_at)
select %s, w.subject, w.wrapped, w.made_at
from unnest(%s::text[], %s::bytea[], %s::timestamptz[]) w (subject, wrapped, made_at)
order by w.subject on conflict do nothing
"""


async def back_up(db: AsyncConnection[Any], institution: str, secret: Secrets, file: Path, now: datetime) -> int:
    """Write every key of an institution to a file of mode 0600, whole or not at all; how many rows."""
    made = now.astimezone(UTC).isoformat(timespec="seconds")
    head = orjson.dumps({"format": FORMAT, "institution": institution, "made_at": made})
    lines, after = [head], ""
    while True:
        found = await db.execute(_PAGE, (institution, after, AT_ONCE))
        rows = [Kept(*row) for row in await found.fetchall()]
        lines += [row.line() for row in rows]
        if len(rows) < AT_ONCE:
            break
        after = rows[-1].subject
    content = b"\n".join(lines) + b"\n"
    foot = orjson.dumps({"keys": len(lines) - 1, "mac": secret.listing(content)})
    new = file.with_name(file.name + ".new")
    on_disk.write(new, content + foot + b"\n")
    new.rename(file)
    on_disk.settle(file.parent)
    return len(lines) - 1


def read(file: Path, institution: str, secret: Secrets) -> tuple[datetime, list[Kept]]:
    """When a backup was made, and its rows; raises BackupUnreadable, OSError."""
    content = file.read_bytes()
    body, _, foot = content.removesuffix(b"\n").rpartition(b"\n")
    body += b"\n"
    try:
        said, head, *lines = orjson.loads(foot), *body.splitlines()
        told = orjson.loads(head)
        whole = said["mac"] == secret.listing(body) and said["keys"] == len(lines)
        if told["format"] != FORMAT or told["institution"] != institution or not whole:
            raise BackupUnreadable(f"{file}: 不是本校完整的密钥备份 · no whole backup of this institution's keys")
        return datetime.fromisoformat(told["made_at"]), [Kept.of(line) for line in lines]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise BackupUnreadable(f"{file}: 不是密钥备份 · not a backup of keys") from None


async def restore(
    db: AsyncConnection[Any], institution: str, rows: Sequence[Kept], erased: Collection[str]
) -> tuple[int, list[str]]:
    """Put back the keys that are not there and whose person is not erased.

    Returns how many were put back, and who is erased in the backup, for the store to erase too.
    """
    gone = [row.subject for row in rows if row.wrapped is None]
    wanted = [row for row in rows if row.wrapped is not None and row.subject not in erased]
    put = 0
    for part in _parts(wanted):
        columns = [r.subject for r in part], [r.wrapped for r in part], [r.made_at for r in part]
        done = await db.execute(_RESTORE, (institution, *columns))
        put += done.rowcount
    return put, gone


def _parts(rows: Sequence[Kept]) -> Iterator[Sequence[Kept]]:
    for begin in range(0, len(rows), AT_ONCE):
        yield rows[begin : begin + AT_ONCE]
