"""A sealed log for tests: events of every shape, sealed round by round."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg import sql

from infra.log import Attempt, Draft
from infra.log.recorder import PostgresLog
from infra.postgres import Institution, connect
from infra.seal.note import Signer
from infra.seal.sealer import AT_ONCE, STEPS, Sealer
from infra.seal.shelf import Sealed, Shelf

SIGNER = Signer.made("campus-ledger/test")
BEGINNING = datetime(2026, 9, 7, tzinfo=UTC)
NOTES = ('点名 ✓ "quoted" \\ back', "", "𠮷野家 😀", "line\nbreak", "\\u0000 is not a NUL")


def body(number: int) -> str:
    """JSON text that no serializer would write the same way twice."""
    return f'{{"data":  {{"n": {number}.0, "note": {json.dumps(NOTES[number % len(NOTES)])}}}}}'


async def write(institution: Institution, events: int, seed: int = 1) -> None:
    """Append `events` through the log's own door."""
    dice = random.Random(seed)  # noqa: S311 - a workload, not a secret
    log = PostgresLog(institution)
    attempts = []
    for number in range(events):
        command = f"command:{UUID(int=dice.getrandbits(128))}"
        tags = tuple(f"student:{n}" for n in dice.sample(range(1000), dice.choice((0, 1, 3)))) + (command,)
        draft = Draft(UUID(int=dice.getrandbits(128)), f"area.kind_{dice.randrange(5)}", tags, body(number))
        attempts.append(Attempt(command, (draft,), (), BEGINNING + timedelta(microseconds=dice.randrange(10**9))))
    for start in range(0, len(attempts), 64):
        await asyncio.gather(*(log.append([one]) for one in attempts[start : start + 64]))
    await log.close()


async def seal(institution: Institution, *, at_once: int = AT_ONCE, signer: Signer = SIGNER) -> int:
    """Everything recorded so far."""
    return await Sealer(institution, signer, at_once=at_once).catch_up()


async def sealed(institution: Institution) -> list[Sealed]:
    """Every checkpoint."""
    async with await connect(institution, "reader") as line:
        return await Shelf(institution.schema).checkpoints(line)


@asynccontextmanager
async def mighty(institution: Institution):
    """execute(query, *values) as a superuser; {event}, {head} … name the institution's tables."""
    names = {name: sql.Identifier(institution.schema, name) for table in TABLES for name in (table, f"aside_{table}")}
    async with await psycopg.AsyncConnection.connect(institution.dsn, autocommit=True) as connection:

        async def execute(query: str, *values: object):
            return await connection.execute(sql.SQL(query).format(**names), values or None)

        yield execute


TABLES = ("event", "event_tag", "head", "seal_tile", "seal_checkpoint")


async def keep_aside(execute) -> None:
    """A copy of the log and its seal, for `put_back`."""
    for table in TABLES:
        await execute(f"create table {{aside_{table}}} as select * from {{{table}}}")  # noqa: S608  our own names


async def put_back(execute) -> None:
    """The log and its seal as they were when kept aside."""
    await execute("truncate " + ", ".join(f"{{{table}}}" for table in TABLES))
    for table in TABLES:
        await execute(f"insert into {{{table}}} select * from {{aside_{table}}}")  # noqa: S608  our own names


class Stop(Exception):
    """The sealer was to stop here."""


def stopping_at(wanted: str):
    """A step that raises Stop at one of the sealer's steps."""
    assert wanted in STEPS

    def step(reached: str) -> None:
        if reached == wanted:
            raise Stop(reached)

    return step
