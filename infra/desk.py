"""The desk where commands are handed in: read, decide, record, answer with a receipt."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, reduce
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import orjson

from domain import Actor, Command, Context, Event, Reads, Rejected
from domain.access import GRANTS, SYSTEM, Grants, standing, within_scope
from domain.policies import Rulebook
from domain.words import NAMESPACE
from infra.clock import Clock
from infra.envelope import Circumstances, Codec, command_tag
from infra.log import Answer, Attempt, Clashed, Log, Recorded, Row, Scan

ATTEMPTS = 5
STALE = 2_000  # events
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
    tag: str
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
    book: Rulebook = field(default_factory=Rulebook)


def command_id_of(person_id: str, key: str) -> UUID:
    """The id of what a person hands in under a key."""
    return uuid5(NAMESPACE, f"{person_id}\x1f{key}")


def covers(scan: Scan, row: Row) -> bool:
    """Whether a stored row lies within a scan."""
    return (not scan.types or row.type in scan.types) and all(tag in row.tags for tag in scan.tags)


@cache
def retold(kind: type[Command[Any]]) -> Mapping[str, frozenset[str]]:
    """Name of an event → names of those it tells again, for a kind of command."""
    return {event.NAME: frozenset(e.NAME for e in earlier) for event, earlier in kind.retold.items()}


def heard(rows: Sequence[Row], retold: Mapping[str, frozenset[str]]) -> Sequence[Row]:
    """The rows without those that a later one tells again."""
    if not retold:
        return rows
    kept: list[Row] = []
    told: frozenset[str] = frozenset()
    for row in reversed(rows):
        if row.type not in told:
            kept.append(row)
            told |= retold.get(row.type, frozenset())
    return kept[::-1]


class Desk:
    """Takes commands.  Safe to run in any number of processes: only the log's conditions are relied on."""

    def __init__(self, log: Log, codec: Codec, clock: Clock, zone: ZoneInfo) -> None:
        self._log, self._codec, self._clock, self._zone = log, codec, clock, zone
        self._grants: Recent[str, tuple[Grants, int]] = Recent(20_000)
        self._rulebook: tuple[Rulebook, int] = (Rulebook(), 0)
        self._lanes: dict[str, asyncio.Lock] = {}
        self._head = 0

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
        command_id = command_id_of(person_id, key)
        said = str(command_id)
        body = f"{command.NAME}\x1f{command.model_dump_json()}".encode()
        wish = Wish(
            command=command,
            command_id=command_id,
            tag=command_tag(said),
            digest=self._codec.secret.digest(body),
            person_id=person_id,
            received_at=received_at or self._clock.now(),
            source=source,
            role=role,
            dry_run=dry_run,
            correlation=correlation or said,
            causation=causation,
        )
        if command.lane is None:
            return await self._handle(wish)
        async with self._lanes.setdefault(command.lane, asyncio.Lock()):
            return await self._handle(wish)

    def moment(self, local: datetime) -> datetime:
        """A local time of the institution as a moment, in UTC."""
        return local.replace(tzinfo=self._zone).astimezone(UTC)

    async def rulebook(self, upto: int | None = None) -> Rulebook:
        """The rulebook as of now, or as it was known at a position."""
        if upto is not None:
            known = await self._log.read([self._codec.scan(r, 0) for r in Rulebook.READS])
            told = (self._codec.event(row) for row in known.rows if row.position <= upto and row.type in RULES)
            return reduce(Rulebook.after, told, Rulebook())
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
        """First on what is remembered of grants and rulebook, proven by the append's condition; then on a fresh look.

        A refusal, and that nothing is to be done, is only ever said on a fresh look.
        """
        for fresh in (wish.dry_run, *(True,) * ATTEMPTS):
            gathered = Gathered()
            try:
                state, standings, before = await self._gather(wish, gathered, fresh)
                if before:
                    return self._again(wish, before)
                events, actor = self._decide(wish, gathered, state, standings)
            except Rejected:
                if fresh:
                    raise
                continue
            if wish.dry_run:
                told = tuple(Told(None, None, e.NAME, e.model_dump(mode="json")) for e in events)
                return Receipt(wish.command_id, told, dry_run=True)
            if events and (receipt := await self._recorded(wish, gathered, events, actor)):
                return receipt
            if not events and fresh:
                return Receipt(wish.command_id)
        raise Busy(wish.command.NAME)

    async def _recorded(self, wish: Wish, gathered: Gathered, events: Sequence[Event], actor: Actor) -> Receipt | None:
        """Record what happened; None when something of the boundary was recorded meanwhile."""
        circumstances = Circumstances(
            wish.tag.partition(":")[2],
            wish.command.NAME,
            wish.digest,
            actor,
            wish.received_at,
            wish.correlation,
            wish.causation,
            wish.source,
        )
        drafts = await self._codec.drafts(events, circumstances)
        attempt = Attempt(wish.tag, drafts, tuple(gathered.scans), wish.received_at)
        (outcome,) = await self._log.append([attempt])
        if isinstance(outcome, Clashed):
            return None
        if isinstance(outcome, Recorded):
            told = tuple(Told(outcome.first + i, d.id, d.type) for i, d in enumerate(drafts))
            return Receipt(wish.command_id, told, outcome.recorded_at)
        answer = await self._log.read([Scan((), (attempt.command,))])
        return self._again(wish, answer.rows)

    def _again(self, wish: Wish, rows: Sequence[Row]) -> Receipt:
        said = orjson.loads(rows[0].body)
        if said.get("command_digest") != wish.digest:
            raise KeyReused(str(wish.command_id))
        return _receipt(wish.command_id, rows, repeated=True)

    async def _gather(self, wish: Wish, gathered: Gathered, fresh: bool) -> tuple[Any, list[Actor], list[Row]]:
        """Read the boundary and, on a fresh look, the command's own past, the actor's grants and the rulebook."""
        standings = [wish.system] if wish.system else await self._admitted(wish)
        answer = await self._ask(wish, gathered, wish.command.reads(), self._asides(wish) if fresh else ())
        if fresh:
            if before := [r for r in answer.rows if wish.tag in r.tags]:
                return None, [], before
            self._keep_rulebook(answer)
            if not wish.system:
                standings = self._actors(wish, self._keep_grants(wish.person_id, answer))
        gathered.book, position = self._rulebook
        gathered.scans += [self._codec.scan(r, position) for r in Rulebook.READS]
        if not wish.system:
            _, position = self._grants.get(wish.person_id) or (Grants(), 0)
            gathered.scans.append(self._codec.scan(Grants.reads(wish.person_id), position))
        standings = standing(type(wish.command), standings)
        state = self._fold(wish, gathered)
        while further := [r for r in wish.command.more(state) if r not in gathered.asked]:
            await self._ask(wish, gathered, further)
            state = self._fold(wish, gathered)
        return state, standings, []

    def _asides(self, wish: Wish) -> list[Scan]:
        """What a fresh look reads beside the boundary, each later than is known already."""
        asides = [Scan((), (wish.tag,))]
        asides += [self._codec.scan(r, self._rulebook[1]) for r in Rulebook.READS]
        if not wish.system:
            _, position = self._grants.get(wish.person_id) or (Grants(), 0)
            asides.append(self._codec.scan(Grants.reads(wish.person_id), position))
        return asides

    async def _admitted(self, wish: Wish) -> list[Actor]:
        """Who the person may stand as, checked before the boundary is read; a refusal is given on a fresh look.

        Grants known up to long ago are looked at anew, so that the append has little to look through.
        """
        known = self._grants.get(wish.person_id)
        if known and not known[0].suspended and self._head - known[1] <= STALE:
            actors = self._actors(wish, known[0])
            if any(a.role in wish.command.may for a in actors):
                return actors
        actors = self._actors(wish, await self.grants(wish.person_id))
        standing(type(wish.command), actors)
        return actors

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
        self._head = max(self._head, answer.head)
        gathered.asked.update(reads)
        gathered.scans += [Scan(scan.types, scan.tags, answer.head) for scan in scans]
        return answer

    def _fold(self, wish: Wish, gathered: Gathered) -> Any:
        state = wish.command.blank()
        rows = [gathered.rows[position] for position in sorted(gathered.rows)]
        for row in heard(rows, retold(type(wish.command))):
            state = state.after(self._codec.event(row))
        return state

    def _decide(
        self, wish: Wish, gathered: Gathered, state: Any, standings: Sequence[Actor]
    ) -> tuple[tuple[Event, ...], Actor]:
        wish.command.find(state)
        actor = within_scope(wish.command, state, standings)
        given = Context(actor, wish.received_at, gathered.book, self._zone)
        return tuple(wish.command.decide(state, given)), actor


def _receipt(command_id: UUID, rows: Sequence[Row], *, repeated: bool) -> Receipt:
    told = tuple(Told(r.position, r.id, r.type) for r in rows)
    return Receipt(command_id, told, rows[-1].recorded_at, repeated=repeated)
