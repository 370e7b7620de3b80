"""The clock's agenda: what falls due when, folded from the log; and the reactor, which turns events into commands."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from domain import Command, Event, Rejected
from domain.access import CLOCK, IMPORT, REACTION, SYSTEM
from domain.duties import Done, Due
from infra.clock import Clock
from infra.desk import Busy, Desk
from infra.envelope import Codec
from infra.log import Log, LogUnavailable, Row
from infra.place import Place

log = logging.getLogger(__name__)
Entries = Mapping[type[Event], Callable[[Any], Iterable[Due | Done]]]
Reactions = Mapping[type[Event], Callable[[Any], Iterable[Command[Any]]]]
Settled = Callable[[int], Awaitable[None]]
REACTOR: Final = "reactor"
TICK_SECONDS = 0.25
AT_ONCE = 64
PAGE = 5_000


def due_key(due: Due) -> str:
    """The key under which the clock gives what is due; its moment has a zone by then."""
    return f"{due.key}@{due.at.isoformat()}"


def reaction_key(event_id: UUID, command: Command[Any], number: int) -> str:
    """The key under which a reaction to an event is given; `number` counts the commands of all its reactions."""
    return f"{event_id}/{command.NAME}/{number}"


class Unsettled(Exception):
    """Projector or reactor did not come up to the head in time."""


async def insist(desk: Desk, command: Command[Any], **how: Any) -> None:
    """Submit a command of the system's own until the desk has an answer; a refusal is an answer, and is logged."""
    delay = 0.05
    while True:
        try:
            await desk.submit(command, **how)
        except Rejected as no:
            log.info("%s refused: %s %s", command.NAME, no.code, no.facts)
        except (Busy, LogUnavailable) as trouble:
            log.warning("%s waits: %s", command.NAME, type(trouble).__name__)
            await asyncio.sleep(delay)
            delay = min(delay * 2, 5.0)
            continue
        return


class Agenda:
    """Outstanding dues, in order of their moments.  Bounded by what is outstanding, not by the log."""

    def __init__(self, log_: Log, codec: Codec, desk: Desk, clock: Clock, entries: Entries) -> None:
        self._log, self._codec, self._desk, self._clock, self._entries = log_, codec, desk, clock, entries
        self._types = tuple(kind.NAME for kind in entries)
        self._open: dict[str, Due] = {}
        self._heap: list[tuple[datetime, str]] = []
        self.position = 0

    def hear(self, rows: Iterable[Row]) -> None:
        """Take what rows say into the agenda."""
        for row in rows:
            if row.type in self._types and row.position > self.position:
                event = self._codec.event(row, remember=False)
                for entry in self._entries[type(event)](event):
                    if isinstance(entry, Due):
                        due = entry if entry.at.tzinfo else replace(entry, at=self._desk.moment(entry.at))
                        self._open[due.key] = due
                        heapq.heappush(self._heap, (due.at, due.key))
                    else:
                        self._open.pop(entry.key, None)
            self.position = max(self.position, row.position)

    async def catch_up(self) -> None:
        """Hear everything recorded so far."""
        head, _ = await self._log.head()
        while self.position < head:
            rows = await self._log.page(self.position, head, types=self._types, limit=PAGE)
            self.hear(rows)
            if len(rows) < PAGE:
                self.position = max(self.position, head)

    def next(self) -> datetime | None:
        """The moment of the next due, if any is outstanding."""
        while self._heap:
            at, key = self._heap[0]
            due = self._open.get(key)
            if due is not None and due.at == at:
                return at
            heapq.heappop(self._heap)
        return None

    def take(self, upto: datetime) -> list[Due]:
        """Remove and return what is due by a moment, in order."""
        taken = []
        while (at := self.next()) is not None and at <= upto:
            _, key = heapq.heappop(self._heap)
            taken.append(self._open.pop(key))
        return taken

    async def settle_dues(self, upto: datetime, received_at: datetime | None = None) -> int:
        """Give the commands due by a moment; returns how many."""
        dues = self.take(upto)
        for start in range(0, len(dues), AT_ONCE):
            await asyncio.gather(*(self._give(due, received_at) for due in dues[start : start + AT_ONCE]))
        return len(dues)

    async def _give(self, due: Due, received_at: datetime | None) -> None:
        how = {"person_id": SYSTEM[CLOCK].person_id, "key": due_key(due), "source": CLOCK}
        await insist(self._desk, due.command, **how, received_at=received_at)

    async def advance(self, to: datetime, frozen: bool, settled: Settled) -> None:
        """Set an offset clock to a later moment, passing through every due moment on the way.

        `settled(position)` waits until reactor and projector have come that far.
        """
        while True:
            await self.catch_up()
            at = self.next()
            if at is None or at > to:
                break
            await self._clock.set(at, True)
            await self.settle_dues(at)
            head, _ = await self._log.head()
            await settled(head)
        await self._clock.set(to, frozen)
        head, _ = await self._log.head()
        await settled(head)

    async def run(self) -> None:
        """Give commands as their moments come, until cancelled."""
        await self.catch_up()
        heard = asyncio.create_task(self._listen())
        try:
            while not heard.done():
                if not await self.settle_dues(self._clock.now()):
                    await asyncio.sleep(TICK_SECONDS)
            await heard
        finally:
            heard.cancel()

    async def _listen(self) -> None:
        async for rows in self._log.subscribe(self.position):
            self.hear(rows)


class Reactor:
    """Turns events into commands, each exactly once: their keys derive from the event's id."""

    def __init__(
        self,
        log_: Log,
        codec: Codec,
        desk: Desk,
        reactions: Iterable[Reactions],
        place: Place,
        waking: Mapping[str, Callable[[], None]] | None = None,
    ) -> None:
        """`waking`: whom events of a type wake; they follow the log by themselves."""
        self._log, self._codec, self._desk, self._place = log_, codec, desk, place
        self._waking = waking or {}
        self._reactions: dict[str, list[Callable[[Any], Iterable[Command[Any]]]]] = {}
        for told in reactions:
            for kind, reaction in told.items():
                self._reactions.setdefault(kind.NAME, []).append(reaction)

    async def run(self) -> None:
        """React to everything from the kept position on, until cancelled."""
        position = await self._place.position()
        async for rows in self._log.subscribe(position):
            for kind in self._waking.keys() & {row.type for row in rows}:
                self._waking[kind]()
            for row in rows:
                await self._react(row)
            if rows:
                await self._place.keep(rows[-1].position)

    async def _react(self, row: Row) -> None:
        if not (reactions := self._reactions.get(row.type)):
            return
        event = self._codec.event(row, remember=False)
        envelope = orjson.loads(row.body)
        correlation, history = envelope.get("correlation"), envelope.get("source") == IMPORT
        commands = [command for reaction in reactions for command in reaction(event)]
        for number, command in enumerate(commands):
            if history and command.live:
                continue
            await insist(
                self._desk,
                command,
                person_id=SYSTEM[REACTION].person_id,
                key=reaction_key(row.id, command, number),
                source=REACTION,
                correlation=correlation,
                causation=str(row.id),
            )
