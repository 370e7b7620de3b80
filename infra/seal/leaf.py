"""What a leaf covers: every stored byte of an event, each field with its length, so that none slides into another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from struct import Struct
from typing import NamedTuple
from uuid import UUID

VERSION = b"campus-event/v1\n"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_I64 = 1 << 63
_HEAD = Struct(">Q16sqII")


def _sized(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text


class Unhashable(ValueError):
    """A stored event has a value that no append could have written."""


class Tags(NamedTuple):
    """An event's tags as the leaf covers them: how many, then each with its length (u32) before it."""

    number: int
    written: bytes

    @classmethod
    def of(cls, tags: Sequence[str]) -> Tags:
        return cls(len(tags), b"".join(_sized(tag.encode()) for tag in tags))

    def texts(self) -> list[str]:
        """One by one."""
        found, at = [], 0
        for _ in range(self.number):
            end = at + 4 + int.from_bytes(self.written[at : at + 4], "big")
            found.append(self.written[at + 4 : end].decode())
            at = end
        return found


class Stored(NamedTuple):
    """An event as the bytes that are stored; `recorded_at` in microseconds since 1970.

    `tags` is None where the column holds no plain list.
    """

    position: int
    id: bytes
    type: bytes
    tags: Tags | None
    body: bytes
    recorded_at: int


def microseconds(moment: datetime) -> int:
    """Since 1970 in UTC: what PostgreSQL stores, exactly."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def written(event: Stored) -> bytes:
    """The bytes of an event that are hashed; raises Unhashable.

    The version line, position (u64), id (16 bytes), recorded_at (i64, microseconds since 1970), the number of tags
    (u32), then type, each tag and body, each with its length before it (u32).  Big endian, texts in UTF-8.
    """
    position, id, type, tags, body, recorded_at = event
    if None in event or tags is None or not (0 < position < _I64 and -_I64 <= recorded_at < _I64):
        raise Unhashable(f"no append writes what stands at {position}")
    head = _HEAD.pack(position, id, recorded_at, tags[0], len(type))
    return b"".join((VERSION, head, type, tags[1], len(body).to_bytes(4, "big"), body))


def leaf_of(event: Stored) -> bytes:
    """The leaf of a stored event, 32 bytes; raises Unhashable."""
    return sha256(b"\x00" + written(event)).digest()


def entry(position: int, id: UUID, type: str, tags: Sequence[str], body: str, recorded_at: datetime) -> bytes:
    """`written` of an event as the log's port gives it."""
    return written(Stored(position, id.bytes, type.encode(), Tags.of(tags), body.encode(), microseconds(recorded_at)))


def leaf(position: int, id: UUID, type: str, tags: Sequence[str], body: str, recorded_at: datetime) -> bytes:
    """`leaf_of` an event as the log's port gives it."""
    return sha256(b"\x00" + entry(position, id, type, tags, body, recorded_at)).digest()
