"""Group commit: every attempt that waits becomes part of one call of `append_batch`, one transaction."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from infra.log import Attempt, Clashed, Outcome, Recorded, Repeated, Scan, checked, covers
from infra.log.arrays import (
    MARK,
    BigIntegers,
    Integers,
    Jsons,
    Moments,
    Texts,
    Truths,
    Uuids,
    moment,
    text,
    whole,
)
from infra.log.wire import Connection, Wire

LARGEST = 64
MOST_EVENTS = 2000
_YES, _NO = b"\x00\x00\x00\x01\x01", b"\x00\x00\x00\x01\x00"
_SIXTEEN = b"\x00\x00\x00\x10"


@dataclass(slots=True)
class Counts:
    """What the log did since the process started; `alone` and `breaks` stay 0 while all is well."""

    batches: int = 0
    attempts: int = 0
    largest: int = 0
    alone: int = 0
    resolved: int = 0


class Packed:
    """An attempt with its arguments encoded, and the call it came with: attempts of one call keep their order."""

    __slots__ = ("at", "attempt", "bodies", "call", "command", "ids", "now", "scans", "tags", "types", "wide")

    def __init__(self, attempt: Attempt, call: object) -> None:
        checked(attempt)
        self.attempt = attempt
        self.call = call
        self.at = time.monotonic()
        self.command = text(attempt.command)
        self.now = moment(attempt.now)
        drafts = attempt.drafts
        self.ids = b"".join([_SIXTEEN + draft.id.bytes for draft in drafts])
        self.types = b"".join([text(draft.type) for draft in drafts])
        self.tags = b"".join([text(MARK.join(draft.tags)) for draft in drafts])
        self.bodies = b"".join([text(draft.body) for draft in drafts])
        self.scans = [packed_scan(scan) for scan in attempt.boundary]


def packed_scan(scan: Scan) -> tuple[bytes, bytes, bytes, bytes]:
    """Tags, types, after, and whether it needs more than the range of one tag."""
    tags = scan.tags
    single = len(tags) == 1
    return (
        text(tags[0] if single else MARK.join(dict.fromkeys(tags))),
        text(MARK.join(scan.types)),
        whole(scan.after),
        _NO if single else _YES,
    )


def next_batch(queue: deque[Packed]) -> list[Packed]:
    """Take from the queue what can stand in one batch: nothing that asks about another member of it.

    What has to wait goes back to the front, and so does whatever was asked for in the same call after it.
    """
    batch: list[Packed] = []
    held: list[Packed] = []
    calls: set[int] = set()
    written: set[str] = set()
    events = 0
    while queue and len(batch) < LARGEST and len(held) < LARGEST:
        one = queue.popleft()
        events += len(one.attempt.drafts)
        if batch and events > MOST_EVENTS:
            held.append(one)
            break
        if id(one.call) in calls or _asks_about(one.attempt, batch, written):
            events -= len(one.attempt.drafts)
            held.append(one)
            calls.add(id(one.call))
            continue
        batch.append(one)
        for draft in one.attempt.drafts:
            written.update(draft.tags)
    queue.extendleft(reversed(held))
    return batch


def _asks_about(attempt: Attempt, batch: Sequence[Packed], written: set[str]) -> bool:
    if attempt.command in written:
        return True
    return any(
        covers(scan, draft.type, draft.tags)
        for scan in attempt.boundary
        if not scan.tags or scan.tags[0] in written
        for earlier in batch
        for draft in earlier.attempt.drafts
    )


def _arguments(batch: Sequence[Packed]) -> list[object]:
    firsts: list[int] = []
    of_event: list[int] = []
    of_scan: list[int] = []
    scans: list[tuple[bytes, bytes, bytes, bytes]] = []
    for number, one in enumerate(batch, 1):
        firsts.append(len(of_event) + 1)
        of_event += [number] * len(one.attempt.drafts)
        of_scan += [number] * len(one.scans)
        scans += one.scans
    few, many, asked = len(batch), len(of_event), len(scans)
    return [
        Texts(few, [one.command for one in batch]),
        Moments(few, [one.now for one in batch]),
        Integers.of(firsts),
        Integers.of(of_event),
        Uuids(many, [one.ids for one in batch]),
        Texts(many, [one.types for one in batch]),
        Texts(many, [one.tags for one in batch]),
        Jsons(many, [one.bodies for one in batch]),
        Integers.of(of_scan),
        Texts(asked, [scan[0] for scan in scans]),
        Texts(asked, [scan[1] for scan in scans]),
        BigIntegers(asked, [scan[2] for scan in scans]),
        Truths(asked, [scan[3] for scan in scans]),
    ]


def _outcomes(
    batch: Sequence[Packed], base: int, stamp: datetime | None, repeated: Iterable[int], clashed: Iterable[int]
) -> list[Outcome]:
    again, lost = frozenset(repeated), frozenset(clashed)
    outcomes: list[Outcome] = []
    for number, one in enumerate(batch, 1):
        if number in again:
            outcomes.append(Repeated())
        elif number in lost:
            outcomes.append(Clashed())
        else:
            stamp = one.attempt.now if stamp is None else max(stamp, one.attempt.now)
            outcomes.append(Recorded(base + 1, base + len(one.attempt.drafts), stamp))
            base += len(one.attempt.drafts)
    return outcomes


class Appending:
    """Sends batches over one wire.

    After a broken connection the same batch is sent again: whether or not it was recorded, `append_batch` knows,
    because it takes the head row before it looks for the commands.
    """

    def __init__(self, wire: Wire, schema: str) -> None:
        self._wire = wire
        self.counts = Counts()
        self._append = f'select base, base_at, repeated, clashed from "{schema}".append_batch({", ".join(["%s"] * 13)})'  # noqa: S608 - a schema's name is checked when the institution is made
        self._recall = f"""
            select min(e.position), max(e.position), min(e.recorded_at) from "{schema}".event_tag t
            join "{schema}".event e on e.position = t.position
            where t.tag = %s having bool_or(e.id = %s)"""  # noqa: S608 - as above

    async def send(self, batch: list[Packed]) -> Sequence[Outcome | Exception]:
        """One outcome per member; a member that the database cannot take gets the error alone."""
        self.counts.batches += 1
        self.counts.attempts += len(batch)
        self.counts.largest = max(self.counts.largest, len(batch))
        try:
            return await self._call(batch)
        except psycopg.Error as error:
            if len(batch) == 1:
                return [error]
        self.counts.alone += 1
        outcomes: list[Outcome | Exception] = []
        for one in batch:
            try:
                outcomes += await self._call([one])
            except psycopg.Error as error:
                outcomes.append(error)
        return outcomes

    async def _call(self, batch: list[Packed]) -> list[Outcome]:
        arguments = _arguments(batch)

        async def work(connection: Connection, tries: int) -> list[Outcome]:
            cursor = connection.cursor(binary=True)
            await cursor.execute(self._append.encode(), arguments, prepare=True)
            row = await cursor.fetchone()
            assert row is not None
            outcomes = _outcomes(batch, row[0], row[1], row[2] or (), row[3] or ())
            return await self._resolved(connection, batch, outcomes) if tries else outcomes

        return await self._wire.run(work, batch[0].at)

    async def _resolved(self, connection: Connection, batch: list[Packed], outcomes: list[Outcome]) -> list[Outcome]:
        """What a call whose reply was lost had recorded: told apart from a repetition by the event's own id."""
        for n, (one, outcome) in enumerate(zip(batch, outcomes, strict=True)):
            if isinstance(outcome, Repeated):
                recall = await connection.execute(
                    self._recall.encode(), [one.attempt.command, one.attempt.drafts[0].id]
                )
                if (row := await recall.fetchone()) is not None:
                    self.counts.resolved += 1
                    outcomes[n] = Recorded(*row)
        return outcomes
