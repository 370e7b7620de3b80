"""The search: what a database, a disk, an answer or an export still says of people, with every key there is."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import orjson
import psycopg
import pyarrow.parquet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import sql

from infra.key_store import KEYS_DATABASE
from infra.keys import NONCE_BYTES, Secrets, unseal
from projections import Figure
from tests.api.test_erasure import Person, answers, found
from tests.faults.erasing.people import MARKS, One

CHUNK = 200


def marked(content: bytes, marks: Sequence[str] = MARKS) -> list[str]:
    """Marks that stand in it in whatever writing: see test_erasure.found."""
    return found(content, tuple(marks))


def sealed_in(value: Any) -> Iterator[dict[str, str]]:
    """Every sealed value in a body."""
    if isinstance(value, dict):
        if "sealed" in value and "of" in value:
            yield value
        else:
            for inner in value.values():
                yield from sealed_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from sealed_in(inner)


def opened(dsn: str, secret: Secrets) -> Iterator[str]:
    """Every text of the log that can be read with all its keys and the secret: what a thief of everything reads."""
    with psycopg.connect(dsn, dbname=KEYS_DATABASE) as db:
        rows = db.execute("select subject, wrapped from subject_key where wrapped is not null").fetchall()
    keys = {
        subject: AESGCM(secret.wrapping.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], subject.encode()))
        for subject, wrapped in rows
    }
    with psycopg.connect(dsn) as db:
        for (body,) in db.execute("select body::text from sibo.event where body::text like '%\"sealed\"%'"):
            yield from (unseal(keys.get(value["of"]), value) for value in sealed_in(orjson.loads(body)))


def readable(dsn: str, secret: Secrets) -> dict[str, int]:
    """How many texts with each mark can still be read from the database with everything in hand."""
    count = dict.fromkeys(MARKS, 0)
    for text in opened(dsn, secret):
        for mark in MARKS:
            count[mark] += mark in text
    return count


def tables(dsn: str) -> Iterator[tuple[str, bytes]]:
    """Every read table, and every working table, as text."""
    with psycopg.connect(dsn) as db:
        named = db.execute(
            "select schemaname, tablename from pg_tables where schemaname in ('sibo', 'sibo_read') order by 1, 2"
        ).fetchall()
        for schema, table in named:
            query = sql.SQL("copy (select t::text from {} t) to stdout").format(sql.Identifier(schema, table))
            with db.cursor().copy(query) as rows:
                yield f"{schema}.{table}", b"".join(bytes(part) for part in rows)


def on_disk(data: Path) -> dict[str, list[str]]:
    """Files of a data directory in which a mark stands: heap, write-ahead log, what was said, keys."""
    held = {}
    for file in data.rglob("*"):
        if file.is_file() and (marks := marked(file.read_bytes())):
            held[str(file.relative_to(data))] = marks
    return held


def names(http: httpx.Client, people: Sequence[One], figure: str | None = None) -> list[bytes]:
    """The names of people, as somebody is answered."""
    told = []
    for begin in range(0, len(people), CHUNK):
        asked: dict[str, Any] = {"person": [one.person for one in people[begin : begin + CHUNK]]}
        answer = http.get("/api/people/names", params=asked | ({"figure": figure} if figure else {}))
        assert answer.status_code == 200, answer.text
        told.append(answer.content)
    return told


def texts(http: httpx.Client, people: Sequence[One]) -> Iterator[bytes]:
    """What was written about students, as somebody is answered."""
    for one in (one for one in people if one.student):
        for kind in ("slip", "talk"):
            yield http.get("/api/texts", params={"about": f"{kind}:{one.subject}"}).content


def readings(http: httpx.Client, position: int, moment: str) -> dict[str, bytes]:
    """Every figure and the first of its rows, at one position and moment."""
    told = {}
    for key in (key for key in Figure.by_key if not key.startswith("trial_")):
        for path in (f"/api/figures/{key}", f"/api/figures/{key}/rows"):
            answer = http.get(path, params={"as_of": position, "at": moment})
            assert answer.status_code == 200, answer.text
            told[path] = answer.content
    return told


def exports(files: Path) -> Iterator[tuple[str, bytes]]:
    """What was exported, unpacked where it is packed."""
    for file in sorted(p for p in files.rglob("*") if p.is_file()):
        content = file.read_bytes()
        if file.suffix == ".parquet":
            content = str(pyarrow.parquet.read_table(file).to_pylist()).encode()
        elif file.suffix == ".gz":
            content = gzip.decompress(content)
        yield file.name, content


def every_answer(http: httpx.Client) -> dict[str, bytes]:
    """Every GET of the description, exports, feed and pages; what a stream says is put together."""
    told: dict[str, bytes] = {}
    for path, content in answers(Person(http)):
        told[path] = b"\n".join((told[path], content)) if path in told else content
    return told


def wrong_answers(told: dict[str, bytes]) -> list[str]:
    """Paths whose answer holds a mark."""
    return [path for path, content in told.items() if marked(content)]


class Watch:
    """Sees when, on the loop's clock, each key is gone."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._awaited: dict[str, asyncio.Event] = {}
        self.seen: dict[str, float] = {}

    async def until_gone(self, subject: str) -> None:
        """Wait for one key, for a minute at most."""
        awaited = self._awaited[subject] = asyncio.Event()
        async with asyncio.timeout(60):
            await awaited.wait()

    async def run(self) -> None:
        """Look at the keys that are awaited, until cancelled."""
        query = "select subject from subject_key where erased_at is not null and subject = any (%s)"
        async with await psycopg.AsyncConnection.connect(self._dsn, dbname=KEYS_DATABASE, autocommit=True) as db:
            while True:
                if self._awaited:
                    for (subject,) in await (await db.execute(query, [list(self._awaited)])).fetchall():
                        self.seen[subject] = asyncio.get_running_loop().time()
                        self._awaited.pop(subject).set()
                await asyncio.sleep(0.01)
