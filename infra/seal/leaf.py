"""What a leaf covers: every stored byte of an event, each field with its length, so that none slides into another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from struct import pack
from uuid import UUID

from infra.seal.tree import leaf_hash

VERSION = b"campus-event/v1\n"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Since 1970 in UTC: what PostgreSQL stores, exactly."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def entry(position: int, id: UUID, type: str, tags: Sequence[str], body: str, recorded_at: datetime) -> bytes:
    """The bytes of an event that are hashed.

    The version line, position (u64), id (16 bytes), recorded_at (i64, microseconds since 1970), the number of tags
    (u32), then type, each tag and body, each with its length before it (u32).  Big endian, texts in UTF-8.
    """
    texts = [text.encode() for text in (type, *tags, body)]
    head = pack(">Q16sqI", position, id.bytes, microseconds(recorded_at), len(tags))
    return b"".join([VERSION, head, *(pack(">I", len(text)) + text for text in texts)])


def leaf(position: int, id: UUID, type: str, tags: Sequence[str], body: str, recorded_at: datetime) -> bytes:
    """The leaf of an event, 32 bytes."""
    return leaf_hash(entry(position, id, type, tags, body, recorded_at))
