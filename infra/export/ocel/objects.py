"""Objects on their way into an export: kept in a file beside it, so that memory does not grow with the log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import orjson

from infra.export.ocel.mapping import Mapped

EPOCH: Final = "1970-01-01T00:00:00.000000Z"
REMEMBERED: Final = 100_000


class Change(NamedTuple):
    """A value of an attribute of an object, from a moment on; the first one is from the beginning of time."""

    name: str
    value: str
    time: str


class Object(NamedTuple):
    """An object and its history."""

    id: str
    changes: tuple[Change, ...]
    links: tuple[tuple[str, str], ...]


class Objects:
    """What the events of a log say about objects; only those that an exported event names come out."""

    def __init__(self, file: Path) -> None:
        file.unlink(missing_ok=True)
        self.attributes: dict[str, set[str]] = {}
        self._file, self._seen, self._linked = file, set[str](), set[tuple[str, str, str]]()
        self._db = sqlite3.connect(file, isolation_level=None)
        self._db.executescript(
            """
            pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -65536;
            create table named (n integer primary key, id text not null unique);
            create table fact (id text not null, time text not null, told text not null);
            create table link (source text not null, target text not null, qualifier text not null,
                               primary key (source, target, qualifier)) without rowid;
            """
        )
        self._db.execute("begin")

    def close(self) -> None:
        """The file is of no further use."""
        self._db.close()
        self._file.unlink(missing_ok=True)

    def take(self, events: list[Mapped]) -> None:
        """What some events say, in the order of the log."""
        named = {one for event in events for one, _ in event.related} - self._seen
        # In the order in which they are first named, so that the same log gives the same file.
        fresh = dict.fromkeys(one for event in events for one, _ in event.related if one in named)
        self._db.executemany("insert or ignore into named (id) values (?)", ((one,) for one in fresh))
        for event in events:
            if event.subject and event.facts:
                self.attributes.setdefault(event.subject.partition(":")[0], set()).update(event.facts)
        facts = ((e.subject, e.time, orjson.dumps(e.facts).decode()) for e in events if e.subject and e.facts)
        self._db.executemany("insert into fact values (?, ?, ?)", facts)
        links = {(e.subject, *link) for e in events if e.subject for link in e.links} - self._linked
        self._db.executemany("insert or ignore into link values (?, ?, ?)", links)
        self._seen |= named
        self._linked |= links
        if len(self._seen) > REMEMBERED:
            self._seen = set()
        if len(self._linked) > REMEMBERED:
            self._linked = set()

    def ids(self) -> Iterator[str]:
        """What was named, in the order in which it was."""
        return (one for (one,) in self._db.execute("select id from named order by n"))

    def all(self) -> Iterator[Object]:
        """Every object that was named, in the order in which it was."""
        self._db.execute("create index if not exists fact_of on fact (id)")
        for object_id in self.ids():
            yield Object(object_id, self._changes(object_id), self._links(object_id))

    def _changes(self, object_id: str) -> tuple[Change, ...]:
        now: dict[str, str] = {}
        found = []
        # Times of recording follow the log; what happened earlier may have been recorded later.
        query = "select time, told from fact where id = ? order by time, rowid"
        for time, told in self._db.execute(query, (object_id,)):
            for name, value in orjson.loads(told).items():
                if name not in now:
                    found.append(Change(name, value, EPOCH))
                elif now[name] != value:
                    found.append(Change(name, value, time))
                now[name] = value
        return tuple(found)

    def _links(self, object_id: str) -> tuple[tuple[str, str], ...]:
        query = """select l.target, l.qualifier from link l join named t on t.id = l.target
                   where l.source = ? order by l.target, l.qualifier"""
        return tuple(self._db.execute(query, (object_id,)))
