"""The log's stories, a page at a time, told again: which events would read otherwise, and which would not be there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
from psycopg import AsyncConnection
from psycopg.sql import SQL, Composed, Identifier

from domain import Event
from domain.access import CLOCK, SYSTEM
from domain.calendar import TermOpened
from domain.retelling import Retelling, Setting, Told
from infra.envelope import DATA, personal_fields
from infra.log import Row
from infra.what_if.trusted import trusted

Connection = AsyncConnection[Any]
PAGE = 3_000
ALL = "*"
_RECEIVED = re.compile(r'"received_at":\s*"([^"]+)"')
# Tags in their order, so that what belongs together comes together; the plan is kept to the index by the connection.
# A story that ended before the term was opened is another term's, and is not even looked at.
_STORIES = (
    "select t.tag, e.position, e.id, e.type, e.body::text, e.recorded_at from {event_tag} t"
    " join {event} e on e.position = t.position where (t.tag, t.position) > (%(tag)s, %(after)s) and t.tag < %(end)s"
    " and t.type = any (%(types)s) and t.position <= %(upto)s"
    " and %(opened)s <= (select max(n.position) from {event_tag} n where n.tag = t.tag)"
    " order by t.tag, t.position limit %(limit)s"
)
_NUMBER = (
    "select count(*) from {event_tag} t where t.tag > %(tag)s and t.tag < %(end)s and t.type = any (%(types)s)"
    " and t.position <= %(upto)s and %(opened)s <= (select max(n.position) from {event_tag} n where n.tag = t.tag)"
)
_OPENED = "select min(t.position) from {event_tag} t where t.tag = %(term)s and t.type = %(type)s"
_BESIDE = (
    "select e.position, e.id, e.type, e.body::text, e.recorded_at from {event} e"
    " where e.type = any (%(types)s) and e.position <= %(upto)s order by e.position"
)


@dataclass(frozen=True)
class Stored:
    """An event as the log has it, with what it says."""

    row: Row
    told: Told

    @classmethod
    def of(cls, position: int, some_id: UUID, kind: str, body: str, recorded_at: datetime) -> Stored:
        row = Row(position, some_id, kind, (), body, recorded_at)
        found = _RECEIVED.search(body)
        assert found
        return cls(row, Told(position, datetime.fromisoformat(found[1]), trusted(row)))


@dataclass
class Changes:
    """What reads otherwise: rows of a log (position, id, type, recorded_at, body), and the positions no longer read.

    `fields` are those that read otherwise, by type; ALL of an event that is put in, left out or replaced by another.
    `read` counts the events looked at, `events` those of the term's stories.
    """

    rows: list[tuple[int, UUID, str, datetime, str]] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    fields: dict[str, set[str]] = field(default_factory=dict)
    read: int = 0
    stories: int = 0
    events: int = 0
    put_in: int = 0
    left_out: int = 0
    otherwise: int = 0


def log_sql(text: str, schema: str) -> Composed:
    """A query on the log of an institution."""
    return SQL(text).format(event=Identifier(schema, "event"), event_tag=Identifier(schema, "event_tag"))


@dataclass(frozen=True)
class Span:
    """The part of the log in which a term's stories stand: its last position, and where the term was opened."""

    term: str
    opened: int
    upto: int

    @classmethod
    async def of(cls, db: Connection, schema: str, term: str, upto: int) -> Span:
        given = {"term": term, "type": TermOpened.NAME}
        row = await (await db.execute(log_sql(_OPENED, schema), given)).fetchone()
        return cls(term, row[0] or 0 if row else 0, upto)

    def asked(self, told: Retelling) -> dict[str, Any]:
        """The parameters of what is asked of a retelling's stories."""
        return {
            "tag": f"{told.about}:",
            "end": f"{told.about};",
            "types": [kind.NAME for kind in told.types],
            "opened": self.opened if told.of_a_term else 0,
            "upto": self.upto,
        }


async def number(db: Connection, schema: str, told: Retelling, span: Span) -> int:
    """How many events the stories of a retelling have."""
    row = await (await db.execute(log_sql(_NUMBER, schema), span.asked(told))).fetchone()
    return row[0] if row else 0


async def beside(db: Connection, schema: str, told: Retelling, upto: int) -> list[Told]:
    """What the stories must know beside their own events."""
    if not told.beside:
        return []
    given = {"types": [kind.NAME for kind in told.beside], "upto": upto}
    found = await db.execute(log_sql(_BESIDE, schema), given)
    return [Stored.of(*row).told for row in await found.fetchall()]


async def stories(db: Connection, schema: str, told: Retelling, span: Span) -> AsyncGenerator[list[list[Any]], None]:
    """The rows of whole stories, in pages."""
    asked, after, held = span.asked(told) | {"limit": PAGE}, 0, list[Any]()
    while True:
        found = await (await db.execute(log_sql(_STORIES, schema), asked | {"after": after})).fetchall()
        if not found:
            break
        asked["tag"], after = found[-1][0], found[-1][1]
        held += found
        last = next(n for n in range(len(held) - 1, -2, -1) if n < 0 or held[n][0] != asked["tag"])
        yield list(_parted(held[: last + 1]))
        held = held[last + 1 :]
    if held:
        yield [held]


def _parted(rows: Sequence[Any]) -> Iterator[list[Any]]:
    """Rows by their tag."""
    begin = 0
    for n in range(1, len(rows) + 1):
        if n == len(rows) or rows[n][0] != rows[begin][0]:
            yield list(rows[begin:n])
            begin = n


def _of_term(bodies: Sequence[str], term: str) -> bool:
    """Whether a story belongs to a term, or says of no term that it does."""
    said = [body for body in bodies if '"term_id":"' in body]
    return not said or any(f'"term_id":"{term}"' in body for body in said)


def changes(
    pages: Sequence[Sequence[Any]], told: Retelling, given: Setting, term: str, whole: frozenset[str]
) -> Changes:
    """What telling some stories again changes; events of the types `whole` count as changed, to be folded anew."""
    found = Changes()
    for rows in pages:
        found.read += len(rows)
        if _of_term([row[4] for row in rows], term):
            found.stories += 1
            found.events += len(rows)
            _tell([Stored.of(*row[1:]) for row in rows], told, given, whole, found)
    return found


def _tell(story: Sequence[Stored], told: Retelling, given: Setting, whole: frozenset[str], found: Changes) -> None:
    before = {one.row.position: one for one in story}
    kept = set()
    for again in told.tell([one.told for one in story], given):
        known = before.get(again.position)
        if known is None:
            found.put_in += 1
            found.fields.setdefault(again.event.NAME, set()).add(ALL)
            found.rows.append((again.position, uuid4(), again.event.NAME, given.moment, put_in(again)))
            continue
        same = again.event is known.told.event or again.event == known.told.event
        kept.add(again.position)
        if same and again.event.NAME not in whole:
            continue
        found.otherwise += not same
        found.gone.append(again.position)
        _differ(known.told.event, again.event, found)
        body = rewritten(known.row.body, again.event)
        found.rows.append((again.position, known.row.id, again.event.NAME, known.row.recorded_at, body))
    found.left_out += len(before) - len(kept)
    found.gone += before.keys() - kept
    for position in before.keys() - kept:
        found.fields.setdefault(before[position].row.type, set()).add(ALL)


def _differ(was: Event, now: Event, found: Changes) -> None:
    """Note which fields read otherwise."""
    if type(was) is not type(now) or was is now:
        for kind in (type(was), type(now)):
            found.fields.setdefault(kind.NAME, set()).add(ALL)
        return
    known, new = was.__dict__, now.__dict__
    found.fields.setdefault(now.NAME, set()).update(
        name for name in type(now).model_fields if known[name] is not new[name] and known[name] != new[name]
    )


def rewritten(body: str, event: Event) -> str:
    """A stored event's body with other data; what is sealed stays as it is."""
    begins = body.index(DATA)
    data = event.model_dump_json()
    if hidden := personal_fields(type(event)):
        sealed, values = orjson.loads(body)["data"], orjson.loads(data)
        data = orjson.dumps(values | {name: sealed.get(name) for name in hidden}).decode()
    return f"{body[:begins]}{DATA}{data}}}"


def put_in(told: Told) -> str:
    """The body of an event that did not happen and would have: the clock's."""
    clock = SYSTEM[CLOCK]
    at = told.received_at.isoformat()
    actor = {"person_id": clock.person_id, "role": clock.role, "department_id": None, "on_behalf_of": None}
    head = orjson.dumps({"occurred_at": at, "received_at": at, "actor": actor}).decode()
    return f"{head[:-1]}{DATA}{told.event.model_dump_json()}}}"


async def retold(
    db: Connection, schema: str, told: Retelling, given: Setting, span: Span, whole: frozenset[str]
) -> AsyncGenerator[Changes, None]:
    """The changes of every page of stories.

    The next page is read while one is told: the database and this process have a processor each.
    """
    pages = stories(db, schema, told, span)
    coming = asyncio.ensure_future(anext(pages, None))
    try:
        while (page := await coming) is not None:
            coming = asyncio.ensure_future(anext(pages, None))
            yield await asyncio.to_thread(changes, page, told, given, span.term, whole)
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
        await pages.aclose()
