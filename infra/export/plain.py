"""Events as plain documents: the envelope and the data, without sealed texts and without tags made of numbers."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from infra.envelope import DATA
from infra.log import Row
from infra.sight import without_secrets

BLIND: Final = re.compile(r"[a-z_]+:[0-9a-f]{32}")


def clear(tags: tuple[str, ...]) -> tuple[str, ...]:
    """The tags but those that hide a number: whoever has the college's secret could try numbers on them."""
    return tuple(tag for tag in tags if not BLIND.fullmatch(tag))


def envelope(row: Row) -> dict[str, Any]:
    """What the envelope says, without the event's own data; cheap, for the data end every body."""
    told: dict[str, Any] = orjson.loads(row.body[: row.body.index(DATA)] + "}")
    told.pop("command_digest", None)
    return told


def data_text(row: Row) -> str:
    """The event's own data as JSON text: to the byte as stored, unless a sealed text stands in it."""
    text = row.body[row.body.index(DATA) + len(DATA) : -1]
    return orjson.dumps(without_secrets(orjson.loads(text))).decode() if '"sealed"' in text else text


def plain(row: Row) -> dict[str, Any]:
    """An event as it may leave the college."""
    body = orjson.loads(row.body)
    body.pop("command_digest", None)
    data = body.pop("data")
    return {
        "position": row.position,
        "id": str(row.id),
        "type": row.type,
        "recorded_at": row.recorded_at,
        **body,
        "tags": clear(row.tags),
        "data": without_secrets(data) if '"sealed"' in row.body else data,
    }
