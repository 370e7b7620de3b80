"""Between the domain's events and the rows of the log: the envelope, sealing, and reading back."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

import orjson

from domain import Actor, Event, Personal, Reads
from infra.keys import SEALED, Keys, Secrets, seal, subject_of
from infra.log import Draft, Row, Scan

SCHEMA = 1
DATA = ',"data":'


def uuid7() -> UUID:
    """A time-ordered id (RFC 9562, version 7)."""
    random = int.from_bytes(os.urandom(10), "big")
    value = (time.time_ns() // 1_000_000) << 80 | random
    return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 7 << 76 | 2 << 62)


@cache
def names(kinds: tuple[type[Event], ...]) -> tuple[str, ...]:
    """What the log calls these events."""
    return tuple(kind.NAME for kind in kinds)


@cache
def says_when(kind: type[Event]) -> bool:
    """Whether events of this kind say when they happened; asking each of them for what it has not is slow."""
    return "occurred_at" in kind.model_fields or hasattr(kind, "occurred_at")


@cache
def personal_fields(kind: type[Event]) -> dict[str, str]:
    """Field → the sibling field naming whose personal data it is."""
    return {
        name: mark.of
        for name, field in kind.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, Personal)
    }


@dataclass(frozen=True)
class Circumstances:
    """What the envelope of every event of one command says."""

    command: UUID | str
    command_name: str
    digest: str
    actor: Actor
    received_at: datetime
    correlation: str
    causation: str | None
    source: str

    def head(self, event: Event) -> bytes:
        """The envelope as JSON, up to and without the event's own data."""
        actor = self.actor
        policies = [use.model_dump() for use in getattr(event, "policies", ())]
        return orjson.dumps(
            {
                "occurred_at": (getattr(event, "occurred_at", None) if says_when(type(event)) else None)
                or self.received_at,
                "received_at": self.received_at,
                "actor": {
                    "person_id": actor.person_id,
                    "role": actor.role,
                    "department_id": actor.department_id,
                    "on_behalf_of": actor.on_behalf_of,
                },
                "command": str(self.command),
                "command_name": self.command_name,
                "command_digest": self.digest,
                "correlation": self.correlation,
                "causation": self.causation,
                "source": self.source,
                "schema": SCHEMA,
                "policies": policies,
            },
            option=orjson.OPT_UTC_Z,
        )


def command_tag(command: UUID | str) -> str:
    """The tag under which a command's events are found again."""
    return f"command:{command}"


class Codec:
    """Turns events into drafts and rows into events.

    Rows are immutable, so an event asked for a second time is kept by position; most are asked for once, and
    keeping those too costs more than it saves.  Personal fields come back as a placeholder: no decision depends on
    them.
    """

    def __init__(self, keys: Keys, secret: Secrets, remembered: int = 20_000) -> None:
        self.keys, self.secret = keys, secret
        self._seen: OrderedDict[int, Event | None] = OrderedDict()
        self._remembered = remembered

    def scan(self, reads: Reads, after: int = 0) -> Scan:
        """A line of a boundary as the log knows it."""
        tags = tuple(self.secret.blind(t) for t in reads.tags)
        return Scan(names(reads.types), tags, after)

    async def drafts(self, events: Sequence[Event], told: Circumstances) -> tuple[Draft, ...]:
        """Events ready to be stored, personal fields sealed."""
        ids = [uuid7() for _ in events]
        owners = {subject_of(getattr(event, of)) for event in events for of in personal_fields(type(event)).values()}
        keys = await self.keys.made(owners) if owners else {}
        tag = command_tag(told.command)
        made = []
        for event_id, event in zip(ids, events, strict=True):
            data = event.model_dump_json()
            if hidden := personal_fields(type(event)):
                values = orjson.loads(data)
                for name, of in hidden.items():
                    if values[name] is not None:
                        subject = subject_of(values[of])
                        values[name] = seal(keys[subject], subject, f"{event_id}/{name}", values[name])
                data = orjson.dumps(values).decode()
            body = f"{told.head(event)[:-1].decode()}{DATA}{data}}}"
            tags = (*(self.secret.blind(t) for t in event.tags()), tag)
            made.append(Draft(event_id, event.NAME, tuple(dict.fromkeys(tags)), body))
        return tuple(made)

    def event(self, row: Row, *, remember: bool = True) -> Event:
        """The event of a row, as decisions may see it; who goes through a whole log once need not `remember`."""
        if (known := self._seen.get(row.position)) is not None:
            self._seen.move_to_end(row.position)
            return known
        event = decoded(row)
        if not remember:
            return event
        self._seen[row.position] = event if row.position in self._seen else None
        self._seen.move_to_end(row.position)
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
        return event


def decoded(row: Row) -> Event:
    """An event from its stored row, sealed texts replaced by a placeholder."""
    kind = Event.by_name[row.type]
    hidden = personal_fields(kind)
    begins = row.body.find(DATA)
    if not hidden and begins > 0 and row.body.endswith("}}"):
        # The envelope ends with the event's own data: no need to read the rest of it.
        return kind.model_validate_json(row.body[begins + len(DATA) : -1])
    values = orjson.loads(row.body)["data"]
    for field in hidden:
        if values.get(field) is not None:
            values[field] = SEALED
    return kind.model_validate(values)
