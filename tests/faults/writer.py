"""A writing process: `python -m tests.faults.writer '<json of Orders>'`.  Journals what was acknowledged."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TextIO
from uuid import UUID

from infra.log import Attempt, Draft, LogUnavailable, Recorded, Repeated, Scan
from infra.log.recorder import PostgresLog
from infra.postgres import Institution


@dataclass(frozen=True)
class Orders:
    """Append until `events` are acknowledged and the file `stop`, if any, exists.

    Each of `writers` logs has `tasks` callers.  About half of the attempts want one of `seats` seats that only one may
    have; a few are sent twice.
    """

    dsn: str
    key: str
    journal: str
    seed: int
    events: int
    writers: int = 2
    tasks: int = 16
    seats: int = 1000
    patience: float = 20.0
    stop: str = ""

    def command(self) -> list[str]:
        """How to start the process."""
        return [sys.executable, "-m", "tests.faults.writer", json.dumps(asdict(self))]


class Writing:
    """What one process does, and what it may claim afterwards."""

    def __init__(self, orders: Orders, journal: TextIO) -> None:
        self.orders = orders
        self.random = random.Random(orders.seed)  # noqa: S311 - a workload, not a secret
        self.journal = journal
        self.acknowledged = 0
        self.clashes = 0
        self.repeats = 0
        self.wrong = 0
        self.unavailable = 0

    @property
    def enough(self) -> bool:
        """Whether to end."""
        stop = self.orders.stop
        return self.acknowledged >= self.orders.events and (not stop or os.path.exists(stop))

    def attempt(self) -> Attempt:
        """Half of them conditional on a seat."""
        number = UUID(int=self.random.getrandbits(128))
        command = f"command:{number}"
        if self.random.random() < 0.5:
            seat = f"seat:{self.random.randrange(self.orders.seats)}"
            tags, asks = (seat, f"person:{self.random.randrange(50)}"), (Scan(("seat.taken",), (seat,)),)
            return self._made(command, "seat.taken", tags, asks, 1)
        tags = tuple(f"class:{n}" for n in self.random.sample(range(40), 3))
        return self._made(command, "note.made", tags, (), self.random.choice((1, 1, 2, 5)))

    def _made(self, command: str, type: str, tags: tuple[str, ...], asks: tuple[Scan, ...], events: int) -> Attempt:
        ids = [UUID(int=self.random.getrandbits(128)) for _ in range(events)]
        drafts = tuple(Draft(id, type, (*tags, command), '{"data": {"note": "x"}}') for id in ids)
        return Attempt(command, drafts, asks, datetime.now(UTC))

    async def caller(self, log: PostgresLog) -> None:
        """One client: asks, waits, asks again; on LogUnavailable it sends the same command again."""
        while not self.enough:
            attempt = self.attempt()
            outcome = None
            while outcome is None:
                try:
                    [outcome] = await log.append([attempt])
                except LogUnavailable:
                    self.unavailable += 1
            if isinstance(outcome, Recorded):
                self.acknowledged += len(attempt.drafts)
                for position, draft in enumerate(attempt.drafts, outcome.first):
                    self.journal.write(f"{position} {draft.id}\n")
                if self.random.random() < 0.04:
                    self.repeats += 1
                    [again] = await log.append([attempt])
                    # After a lost reply the same events are known by their ids, and told again as recorded.
                    self.wrong += again not in (Repeated(), outcome)
            elif isinstance(outcome, Repeated):
                # Recorded by a call of ours whose outcome was never learned: the ids are ours all the same.
                answer = await log.read([Scan((), (attempt.command,))])
                self.acknowledged += len(answer.rows)
                for row in answer.rows:
                    self.journal.write(f"{row.position} {row.id}\n")
            else:
                self.clashes += 1

    async def run(self) -> dict[str, int]:
        """Everything; the counts at the end."""
        college = Institution(self.orders.key, self.orders.dsn, "Asia/Shanghai", "试", "Trial")
        logs = [PostgresLog(college, patience=self.orders.patience) for _ in range(self.orders.writers)]
        await asyncio.gather(*(self.caller(log) for log in logs for _ in range(self.orders.tasks)))
        told = {
            "acknowledged": self.acknowledged,
            "clashes": self.clashes,
            "repeats": self.repeats,
            "repeats_wrong": self.wrong,
            "unavailable": self.unavailable,
            "batches": sum(log.counts.batches for log in logs),
            "batches_taken_apart": sum(log.counts.alone for log in logs),
            "outcomes_resolved": sum(log.counts.resolved for log in logs),
            "connections_lost": sum(log.breaks for log in logs),
        }
        for log in logs:
            await log.close()
        return told


def main() -> None:
    """Obey the orders on the command line and print the counts."""
    orders = Orders(**json.loads(sys.argv[1]))
    with open(orders.journal, "w", buffering=1, encoding="ascii") as journal:
        sys.stdout.write(json.dumps(asyncio.run(Writing(orders, journal).run())) + "\n")


if __name__ == "__main__":
    main()
