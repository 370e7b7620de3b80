"""The desk where commands are handed in: read, decide, record, answer with a receipt."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import orjson

from domain import Actor, Command, Context, Event, Reads
from domain.access import GRANTS, SYSTEM, Grants, standing, within_scope
from domain.policies import Rulebook
from domain.words import NAMESPACE
from infra.clock import Clock
from infra.envelope import Circumstances, Codec, command_tag
from infra.log import Answer, Attempt, Clashed, Log, Recorded, Row, Scan

ATTEMPTS = 5
GRANTED = frozenset(kind.NAME for kind in GRANTS)
RULES = frozenset(kind.NAME for reads in Rulebook.READS for kind in reads.types)
K = TypeVar("K")
V = TypeVar("V")


class KeyReused(Exception):
    """The idempotency key came before with another body."""


class Busy(Exception):
    """The race for the boundary was lost five times in a row; safe to try again."""


@dataclass(frozen=True)
class Told:
    """One recorded event as a receipt tells it; `position` is None on a dry run, `data` only then given."""

    position: int | None
    id: UUID | None
    type: str
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Receipt:
    """The answer to a command.  No events and not repeated: it was already so (`noop`)."""

    command_id: UUID
    events: tuple[Told, ...] = ()
    recorded_at: datetime | None = None
    repeated: bool = False
    dry_run: bool = False

    @property
    def noop(self) -> bool:
        return not self.events

    @property
    def position(self) -> int | None:
        """The last position recorded: what `at_least` waits for."""
        return self.events[-1].position if self.events else None


class Recent(Generic[K, V]):
    """The most recently used values, at most `size` of them."""

    def __init__(self, size: int) -> None:
        self._values: OrderedDict[K, V] = OrderedDict()
        self._size = size

    def get(self, key: K) -> V | None:
        if key in self._values:
            self._values.move_to_end(key)
        return self._values.get(key)

    def keep(self, key: K, value: V) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._size:
            self._values.popitem(last=False)


@dataclass(slots=True)
class Wish:
    """A command handed in, with all that is fixed at receipt and kept over retries."""

    command: Command[Any]
    command_id: UUID
    digest: str
    person_id: str
    received_at: datetime
    source: str
    role: str | None
    dry_run: bool
    correlation: str
    causation: str | None

    @property
    def system(self) -> Actor | None:
        """The system's own person, when the wish comes from inside."""
        actor = SYSTEM.get(self.source)
        return actor if actor and actor.person_id == self.person_id else None


@dataclass
class Gathered:
    """What was read for one decision: each line of the boundary with the head it was read at."""

    scans: list[Scan] = field(default_factory=list)
    asked: set[Reads] = field(default_factory=set)
    rows: dict[int, Row] = field(default_factory=dict)

    def boundary(self, extra: Iterable[Scan] = ()) -> tuple[Scan, ...]:
        return (*self.scans, *extra)


def covers(scan: Scan, row: Row) -> bool:
    """Whether a stored row lies within a scan."""
    return (not scan.types or row.type in scan.types) and all(tag in row.tags for tag in scan.tags)


class Desk:
    """Takes commands.  Safe to run in any number of processes: only the log's conditions are relied on."""

    def __init__(self, log: Log, codec: Codec, clock: Clock, zone: ZoneInfo) -> None:
        self._log, self._codec, self._clock, self._zone = log, codec, clock, zone
        self._grants: Recent[str, tuple[Grants, int]] = Recent(20_000)
        self._rulebook: tuple[Rulebook, int] = (Rulebook(), 0)
        self._lanes: dict[str, asyncio.Lock] = {}

    async def submit(
        self,
        command: Command[Any],
        *,
        person_id: str,
        key: str,
        source: str = "api",
        received_at: datetime | None = None,
        role: str | None = None,
        dry_run: bool = False,
        correlation: str | None = None,
        causation: str | None = None,
    ) -> Receipt:
        """Decide a command and record what happened.

        `key` makes it idempotent within the person.  Raises Rejected, KeyReused, Busy, LogUnavailable.
        """
        command_id = uuid5(NAMESPACE, f"{person_id}\x1f{key}")
        body = command.NAME.encode() + b"\x1f" + command.model_dump_json().encode()
        wish = Wish(
            command=command,
            command_id=command_id,
            digest=self._codec.secret.digest(body),
            person_id=person_id,
            received_at=received_at or self._clock.now(),
            source=source,
            role=role,
            dry_run=dry_run,
            correlation=correlation or str(command_id),
            causation=causation,
        )
        if command.lane is None:
            return await self._handle(wish)
        async with self._lanes.setdefault(command.lane, asyncio.Lock()):
            return await self._handle(wish)

    async def rulebook(self) -> Rulebook:
        """The rulebook as of now."""
        book, position = self._rulebook
        answer = await self._log.read([self._codec.scan(r, position) for r in Rulebook.READS])
        self._keep_rulebook(answer)
        return self._rulebook[0]

    async def actors(self, person_id: str) -> list[Actor]:
        """Every role in which a person stands now; raises `account_suspended`."""
        grants = await self.grants(person_id)
        return grants.actors(person_id, None, self._clock.now(), self._zone)

    async def grants(self, person_id: str) -> Grants:
        """What a person holds, as of now."""
        _, position = self._grants.get(person_id) or (Grants(), 0)
        answer = await self._log.read([self._codec.scan(Grants.reads(person_id), position)])
        return self._keep_grants(person_id, answer)

    async def receipt(self, command_id: UUID) -> Receipt | None:
        """The receipt of a command recorded before, or None."""
        answer = await self._log.read([Scan((), (command_tag(command_id),))])
        return _receipt(command_id, answer.rows, repeated=True) if answer.rows else None

    def _keep_rulebook(self, answer: Answer) -> None:
        book, position = self._rulebook
        for row in answer.rows:
            if row.type in RULES and row.position > position and covers(self._codec.scan(Rulebook.READS[0]), row):
                book = book.after(self._codec.event(row))
        if answer.head >= position:
            self._rulebook = (book, answer.head)

    def _keep_grants(self, person_id: str, answer: Answer) -> Grants:
        grants, position = self._grants.get(person_id) or (Grants(), 0)
        for row in answer.rows:
            if row.type in GRANTED and row.position > position and person_id in row.tags:
                grants = grants.after(self._codec.event(row))
        if answer.head >= position:
            self._grants.keep(person_id, (grants, answer.head))
        return grants

    async def _handle(self, wish: Wish) -> Receipt:
        for _ in range(ATTEMPTS):
            gathered = Gathered()
            state, standings, before = await self._gather(wish, gathered)
            if before:
                return self._again(wish, before)
            events, actor = self._decide(wish, state, standings)
            if wish.dry_run:
                told = tuple(Told(None, None, e.NAME, e.model_dump(mode="json")) for e in events)
                return Receipt(wish.command_id, told, dry_run=True)
            if not events:
                return Receipt(wish.command_id)
            circumstances = Circumstances(
                wish.command_id,
                wish.command.NAME,
                wish.digest,
                actor,
                wish.received_at,
                wish.correlation,
                wish.causation,
                wish.source,
            )
            drafts = await self._codec.drafts(events, circumstances)
            attempt = Attempt(command_tag(wish.command_id), drafts, gathered.boundary(), wish.received_at)
            (outcome,) = await self._log.append([attempt])
            if isinstance(outcome, Recorded):
                told = tuple(Told(outcome.first + i, d.id, d.type) for i, d in enumerate(drafts))
                return Receipt(wish.command_id, told, outcome.recorded_at)
            if not isinstance(outcome, Clashed):
                answer = await self._log.read([Scan((), (attempt.command,))])
                return self._again(wish, answer.rows)
        raise Busy(wish.command.NAME)

    def _again(self, wish: Wish, rows: Sequence[Row]) -> Receipt:
        said = orjson.loads(rows[0].body)
        if said.get("command_digest") != wish.digest:
            raise KeyReused(str(wish.command_id))
        return _receipt(wish.command_id, rows, repeated=True)

    async def _gather(self, wish: Wish, gathered: Gathered) -> tuple[Any, list[Actor], list[Row]]:
        """Read the command's own past, the actor's grants, the rulebook and the boundary, together."""
        kind = type(wish.command)
        mine = Scan((), (command_tag(wish.command_id),))
        asides = [mine, *(self._codec.scan(r, self._rulebook[1]) for r in Rulebook.READS)]
        known, standings = Grants(), [wish.system] if wish.system else []
        if not wish.system:
            known, position, standings = await self._admitted(wish)
            asides.append(self._codec.scan(Grants.reads(wish.person_id), position))
        answer = await self._ask(wish, gathered, wish.command.reads(), asides)
        if before := [r for r in answer.rows if mine.tags[0] in r.tags]:
            return None, [], before
        self._keep_rulebook(answer)
        for r in Rulebook.READS:
            gathered.scans.append(self._codec.scan(r, answer.head))
        if not wish.system:
            if (grants := self._keep_grants(wish.person_id, answer)) is not known:
                standings = self._actors(wish, grants)
            gathered.scans.append(self._codec.scan(Grants.reads(wish.person_id), answer.head))
        standings = standing(kind, standings)
        state = self._fold(wish, gathered)
        while further := [r for r in wish.command.more(state) if r not in gathered.asked]:
            await self._ask(wish, gathered, further)
            state = self._fold(wish, gathered)
        return state, standings, []

    async def _admitted(self, wish: Wish) -> tuple[Grants, int, list[Actor]]:
        """Check the role before the boundary is read; returns the grants known, up to where, and who they make one.

        What is remembered may only be too old: a refusal is given on a fresh look, an admission is looked at again
        together with the boundary.
        """
        known = self._grants.get(wish.person_id)
        actors = self._actors(wish, known[0]) if known and not known[0].suspended else []
        if known is None or not any(a.role in wish.command.may for a in actors):
            await self.grants(wish.person_id)
            known = self._grants.get(wish.person_id) or (Grants(), 0)
            actors = self._actors(wish, known[0])
            standing(type(wish.command), actors)
        return *known, actors

    def _actors(self, wish: Wish, grants: Grants) -> list[Actor]:
        actors = grants.actors(wish.person_id, type(wish.command), wish.received_at, self._zone)
        return [a for a in actors if wish.role in (None, a.role)]

    async def _ask(self, wish: Wish, gathered: Gathered, reads: Sequence[Reads], asides: Sequence[Scan] = ()) -> Answer:
        scans = [self._codec.scan(r) for r in reads]
        answer = await self._log.read([*scans, *asides])
        by_tag: dict[str | None, list[Scan]] = {}
        for scan in scans:
            by_tag.setdefault(scan.tags[0] if scan.tags else None, []).append(scan)
        for row in answer.rows:
            if any(covers(scan, row) for tag in (*row.tags, None) for scan in by_tag.get(tag, ())):
                gathered.rows[row.position] = row
        gathered.asked.update(reads)
        gathered.scans += [Scan(scan.types, scan.tags, answer.head) for scan in scans]
        return answer

    def _fold(self, wish: Wish, gathered: Gathered) -> Any:
        state = wish.command.blank()
        for position in sorted(gathered.rows):
            state = state.after(self._codec.event(gathered.rows[position]))
        return state

    def _decide(self, wish: Wish, state: Any, standings: Sequence[Actor]) -> tuple[tuple[Event, ...], Actor]:
        wish.command.find(state)
        actor = within_scope(wish.command, state, standings)
        given = Context(actor, wish.received_at, self._rulebook[0], self._zone)
        return tuple(wish.command.decide(state, given)), actor


def _receipt(command_id: UUID, rows: Sequence[Row], *, repeated: bool) -> Receipt:
    told = tuple(Told(r.position, r.id, r.type) for r in rows)
    return Receipt(command_id, told, rows[-1].recorded_at, repeated=repeated)
