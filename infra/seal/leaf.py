"""What a leaf covers: every stored byte of an event, each field with its length, so that none slides into another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from struct import pack
from typing import NamedTuple
from uuid import UUID

VERSION = b"campus-event/v1\n"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_I64 = 1 << 63


class Unhashable(ValueError):
    """A stored event has a value that no append could have written."""


class Stored(NamedTuple):
    """An event as the bytes that are stored; `recorded_at` in microseconds since 1970."""

    position: int
    id: bytes
    type: bytes
    tags: Sequence[bytes]
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
    if None in event or None in tags or not (0 < position < _I64 and -_I64 <= recorded_at < _I64):
        raise Unhashable(f"no append writes what stands at {position}")
    parts = [VERSION, pack(">Q16sqI", position, id, recorded_at, len(tags))]
    for text in (type, *tags, body):
        parts.append(len(text).to_bytes(4, "big"))
        parts.append(text)
    return b"".join(parts)


def leaf_of(event: Stored) -> bytes:
    """The leaf of a stored event, 32 bytes; raises Unhashable."""
    return sha256(b"\x00" + written(event)).digest()


def entry(position: int, id: UUID, type: str, tags: Sequence[str], body: str, recorded_at: datetime) -> bytes:
    """`written` of an event as the log's port gives it."""
    raw = [tag.encode() for tag in tags]
    return written(Stored(position, id.bytes, type.encode(), raw, body.encode(), microseconds(recorded_at)))


def leaf(position: int, id: UUID, type: str, tags: Sequence[str], body: str, recorded_at: datetime) -> bytes:
    """`leaf_of` an event as the log's port gives it."""
    return sha256(b"\x00" + entry(position, id, type, tags, body, recorded_at)).digest()
