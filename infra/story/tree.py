"""The tree of causes 因果: from the command that began it, through reactions and the clock, to the last consequence.

The log keeps the cause of a reaction (`causation`), not its effects.  They are found without another index: what an
event leads to is told by the same pure functions that led to it, reactions and agenda, and the ids of the commands
they give derive from the event; so each is looked up as "command:<id>".  See infra/decisions/causes.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from psycopg import AsyncConnection
from psycopg.sql import SQL, Identifier
from psycopg_pool import AsyncConnectionPool

from domain.access import CLOCK, REACTION, SYSTEM
from domain.duties import Due
from infra.agenda import Entries, Reactions, due_key, reaction_key
from infra.desk import command_id_of
from infra.envelope import Codec, command_tag
from infra.log import Row
from infra.story.search import rows_at

Pool = AsyncConnectionPool[AsyncConnection[Any]]
How = Literal["person", "reaction", "clock"]
MOST: Final = 500
DEPTH: Final = 40
WHOLE: Final = 20_000  # events of one command
NEAR: Final = 60  # events of one id looked through for what the clock was told
LATEST: Final = 12  # events of one type looked through when no id leads there
COMMON: Final = ("command", "department", "term", "squad", "room", "login")


@dataclass(frozen=True)
class Deed:
    """One command and what it recorded.  `cause` is the position of the event that led to it, if one did."""

    command: str
    name: str
    how: How
    rows: tuple[Row, ...]
    cause: int | None = None


@dataclass(frozen=True)
class Tree:
    """What led to an event, and what it led to.

    `before`: the deeds above it, the first one first, each with the one event that led on.  `deeds`: its own command
    with everything that came of it, in order of position; `more`: there is more than is told.
    """

    asked: int
    before: tuple[Deed, ...]
    deeds: tuple[Deed, ...]
    more: bool = False

    @property
    def rows(self) -> list[Row]:
        """Every event of it, in order."""
        found = {row.position: row for deed in (*self.before, *self.deeds) for row in deed.rows}
        return [found[position] for position in sorted(found)]

    def grown(self, position: int | None) -> Tree:
        """The tree as far as it had grown by a position."""
        if position is None:
            return self
        deeds = [replace(d, rows=tuple(row for row in d.rows if row.position <= position)) for d in self.deeds]
        return replace(self, deeds=tuple(deed for deed in deeds if deed.rows))


def envelope(row: Row) -> dict[str, Any]:
    """The envelope of an event, its data too."""
    told: dict[str, Any] = orjson.loads(row.body)
    return told


def how_given(told: Mapping[str, Any]) -> How:
    """Whether a person gave the command of an envelope, a reaction or the clock."""
    if told["source"] == CLOCK:
        return "clock"
    return "reaction" if told["causation"] else "person"


class Causes:
    """Follows events to what they led to, and back."""

    def __init__(
        self, pool: Pool, schema: str, codec: Codec, zone: ZoneInfo, entries: Entries, reactions: Iterable[Reactions]
    ) -> None:
        self._pool, self._schema, self._codec, self._zone = pool, schema, codec, zone
        self._entries = {kind.NAME: entry for kind, entry in entries.items()}
        self._reactions: dict[str, list[Any]] = {}
        for told in reactions:
            for kind, reaction in told.items():
                self._reactions.setdefault(kind.NAME, []).append(reaction)

    async def tree(self, row: Row, most: int = MOST) -> Tree:
        """The tree round one event, at most `most` events of it below."""
        own = await self._deed(envelope(row)["command"], None)
        before = await self._before(own)
        cause = before[-1].rows[0].position if before else None
        # Of an event's own command the event itself is always told.
        more = len(own.rows) > most
        kept = (*[r for r in own.rows if r.id != row.id][: most - 1], row) if more else own.rows
        own = replace(own, rows=tuple(sorted(kept, key=lambda r: r.position)), cause=cause)
        deeds = [own]
        front, count = list(own.rows), len(own.rows)
        seen = {own.command}
        while front and not more:
            led = {c: p for c, p in self.consequences(front) if c not in seen}
            seen |= led.keys()
            found, more = await self._deeds(led, most - count)
            deeds += found
            front = [r for deed in found for r in deed.rows]
            count += len(front)
        return Tree(row.position, tuple(before), tuple(sorted(deeds, key=lambda d: d.rows[0].position)), more)

    def consequences(self, rows: Iterable[Row]) -> Iterator[tuple[str, int]]:
        """(id of a command, position of the event that would give it): not every one was given, or recorded any."""
        for row in rows:
            reactions, entry = self._reactions.get(row.type, ()), self._entries.get(row.type)
            if not (reactions or entry):
                continue
            event = self._codec.event(row, remember=False)
            commands = [command for reaction in reactions for command in reaction(event)]
            for number, command in enumerate(commands):
                key = reaction_key(row.id, command, number)
                yield str(command_id_of(SYSTEM[REACTION].person_id, key)), row.position
            for due in entry(event) if entry else ():
                if isinstance(due, Due):
                    key = due_key(replace(due, at=self._moment(due.at)))
                    yield str(command_id_of(SYSTEM[CLOCK].person_id, key)), row.position

    def _moment(self, at: datetime) -> datetime:
        return at if at.tzinfo else at.replace(tzinfo=self._zone).astimezone(UTC)

    async def _before(self, own: Deed) -> list[Deed]:
        """The deeds that led to a command, the first one first, each with the event that led on."""
        above: list[Deed] = []
        deed = own
        while len(above) < DEPTH and (cause := await self._cause(deed)):
            told = envelope(cause)
            deed = Deed(told["command"], told["command_name"], how_given(told), (cause,))
            above.insert(0, deed)
        return [replace(d, cause=above[n - 1].rows[0].position if n else None) for n, d in enumerate(above)]

    async def _cause(self, deed: Deed) -> Row | None:
        """The event that led to a command: named by its envelope, or found among what the clock had been told."""
        if deed.how == "clock":
            return await self._told_clock(deed)
        causation = envelope(deed.rows[0])["causation"]
        if causation is None:
            return None
        query = SQL("select e.position from {} e where e.id = %s").format(Identifier(self._schema, "event"))
        async with self._pool.connection() as db:
            found = await (await db.execute(query, [UUID(causation)])).fetchall()
        rows = await rows_at(self._pool, self._schema, [position for (position,) in found])
        return rows[0] if rows else None

    async def _told_clock(self, deed: Deed) -> Row | None:
        first = deed.rows[0].position
        tags = sorted({t for row in deed.rows for t in row.tags if t.partition(":")[0] not in COMMON})
        for query, values in ((SHARED, tags), (LATELY, [])):
            given = {
                "tags": values,
                "types": list(self._entries),
                "before": first,
                "near": NEAR,
                "latest": LATEST,
            }
            rows = await self._rows(query, given)
            for command, position in self.consequences(reversed(rows)):
                if command == deed.command:
                    return next(row for row in rows if row.position == position)
        return None

    async def _rows(self, query: str, given: Mapping[str, Any]) -> list[Row]:
        text = SQL(query).format(
            event=Identifier(self._schema, "event"), event_tag=Identifier(self._schema, "event_tag")
        )
        async with self._pool.connection() as db:
            found = await (await db.execute(text, given, prepare=False)).fetchall()
        return await rows_at(self._pool, self._schema, [position for (position,) in found])

    async def _deed(self, command: str, cause: int | None) -> Deed:
        deeds, _ = await self._deeds({command: cause}, WHOLE)
        assert deeds, "an event stands under its command"
        return deeds[0]

    async def _deeds(self, led: Mapping[str, int | None], most: int) -> tuple[list[Deed], bool]:
        """Those of the commands that recorded anything, and whether they recorded more than `most` events."""
        if not led:
            return [], False
        rows = await self._rows(RECORDED, {"tags": [command_tag(c) for c in led], "most": most + 1})
        by_command: dict[str, list[Row]] = {}
        for row in rows[:most]:
            command = next(t for t in row.tags if t.startswith("command:")).partition(":")[2]
            by_command.setdefault(command, []).append(row)
        return [deed(command, told, led[command]) for command, told in by_command.items()], len(rows) > most


def deed(command: str, rows: Sequence[Row], cause: int | None) -> Deed:
    """A command with what it recorded."""
    told = envelope(rows[0])
    return Deed(command, told["command_name"], how_given(told), tuple(rows), cause)


RECORDED: Final = "select t.position from {event_tag} t where t.tag = any (%(tags)s) order by t.position limit %(most)s"
SHARED: Final = """
    select distinct u.position from unnest(%(tags)s::text[]) w (tag) cross join lateral (
        select t.position from {event_tag} t where t.tag = w.tag and t.position < %(before)s
            and t.type = any (%(types)s) order by t.position desc limit %(near)s) u"""
LATELY: Final = """
    select u.position from unnest(%(types)s::text[]) w (type) cross join lateral (
        select t.position from {event} t where t.type = w.type and t.position < %(before)s
        order by t.position desc limit %(latest)s) u"""
