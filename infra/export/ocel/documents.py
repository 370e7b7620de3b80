"""The two forms of an OCEL 2.0 log: a JSON document, and a SQLite database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import orjson

from infra.export.ocel.mapping import COMMON, Mapped
from infra.export.ocel.objects import EPOCH, Object
from infra.export.ocel.shape import BOOLEAN, INTEGER, TIME

COLUMNS: Final = {INTEGER: "INTEGER", TIME: "TIMESTAMP", BOOLEAN: "BOOLEAN"}
Types = Mapping[str, Mapping[str, str]]


class Document(Protocol):
    """A log being written: events as they come, then all objects, then the types of both."""

    def events(self, page: list[Mapped]) -> None: ...

    def objects(self, objects: Iterable[tuple[Object, str]], types: Types) -> None: ...

    def close(self) -> None: ...


def _declared(types: Types) -> list[dict[str, Any]]:
    return [
        {"name": name, "attributes": [{"name": one, "type": told} for one, told in attributes.items()]}
        for name, attributes in types.items()
    ]


def _related(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"objectId": one, "qualifier": qualifier} for one, qualifier in pairs]


class Json:
    """As a JSON document, one event or object a line."""

    def __init__(self, file: Path, types: Types) -> None:
        self._out = file.open("wb")
        self._out.write(b'{"eventTypes":' + orjson.dumps(_declared(types)) + b',\n"events":[')
        self._before = b"\n"

    def _lines(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            self._out.write(self._before + line)
            self._before = b",\n"

    def events(self, page: list[Mapped]) -> None:
        self._lines(
            orjson.dumps(
                {
                    "id": event.id,
                    "type": event.type,
                    "time": event.time,
                    "attributes": [{"name": name, "value": told} for name, told in event.attributes.items()],
                    "relationships": _related(event.related),
                }
            )
            for event in page
        )

    def objects(self, objects: Iterable[tuple[Object, str]], types: Types) -> None:
        self._out.write(b'],\n"objects":[')
        self._before = b"\n"
        self._lines(
            orjson.dumps(
                {
                    "id": one.id,
                    "type": kind,
                    "attributes": [change._asdict() for change in one.changes],
                    "relationships": _related(one.links),
                }
            )
            for one, kind in objects
        )
        self._out.write(b'],\n"objectTypes":' + orjson.dumps(_declared(types)) + b"}\n")

    def close(self) -> None:
        self._out.close()


def named(text: str) -> str:
    """A name in SQL."""
    return '"' + text.replace('"', '""') + '"'


def mapped(types: Iterable[str]) -> dict[str, str]:
    """Type → what its table is called after; no two alike, whatever their case."""
    found: dict[str, str] = {}
    for name in types:
        short = name.replace(".", "_").lower()
        while short in found.values():
            short += "_"
        found[name] = short
    return found


class Sqlite:
    """As a relational database: a table for each type of event and of object, and four that hold them together."""

    def __init__(self, file: Path, types: Types) -> None:
        self._types, self._tables = types, mapped(types)
        self._db = sqlite3.connect(file, isolation_level=None)
        self._db.executescript(
            """
            pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -65536;
            create table event_map_type (ocel_type text primary key, ocel_type_map text not null);
            create table object_map_type (ocel_type text primary key, ocel_type_map text not null);
            create table event (ocel_id text primary key, ocel_type text not null references event_map_type(ocel_type))
                without rowid;
            create table object (ocel_id text primary key,
                                 ocel_type text not null references object_map_type(ocel_type)) without rowid;
            create table event_object (ocel_event_id text references event(ocel_id),
                ocel_object_id text references object(ocel_id), ocel_qualifier text,
                primary key (ocel_event_id, ocel_object_id, ocel_qualifier)) without rowid;
            create table object_object (ocel_source_id text references object(ocel_id),
                ocel_target_id text references object(ocel_id), ocel_qualifier text,
                primary key (ocel_source_id, ocel_target_id, ocel_qualifier)) without rowid;
            """
        )
        for name, short in self._tables.items():
            self._table("event", name, short, types[name])
        self._db.execute("begin")

    def _table(self, side: str, name: str, short: str, attributes: Mapping[str, str]) -> None:
        self._db.execute(f"insert into {side}_map_type values (?, ?)", (name, short))  # noqa: S608  our own names
        changed = ", ocel_changed_field text" if side == "object" else ""
        key = " primary key" if side == "event" else ""
        columns = "".join(f", {named(one)} {COLUMNS.get(told, 'TEXT')}" for one, told in attributes.items())
        self._db.execute(
            f"create table {named(f'{side}_{short}')} "
            f"(ocel_id text{key} references {side}(ocel_id), ocel_time TIMESTAMP{changed}{columns})"
        )

    def _insert(self, table: str, columns: list[str]) -> str:
        names, marks = ", ".join(map(named, columns)), ", ".join("?" * len(columns))
        return f"insert into {named(table)} ({names}) values ({marks})"  # noqa: S608  our own names

    def events(self, page: list[Mapped]) -> None:
        self._db.executemany("insert into event values (?, ?)", [(event.id, event.type) for event in page])
        for kind in dict.fromkeys(event.type for event in page):
            types = self._types[kind]
            rows = [
                (event.id, event.time, *(_stored(told, event.attributes.get(name)) for name, told in types.items()))
                for event in page
                if event.type == kind
            ]
            columns = ["ocel_id", "ocel_time", *types]
            self._db.executemany(self._insert(f"event_{self._tables[kind]}", columns), rows)
        related = [(event.id, *one) for event in page for one in event.related]
        self._db.executemany("insert into event_object values (?, ?, ?)", related)

    def objects(self, objects: Iterable[tuple[Object, str]], types: Types) -> None:
        tables = mapped(types)
        for name, short in tables.items():
            self._table("object", name, short, types[name])
        for one, kind in objects:
            self._db.execute("insert into object values (?, ?)", (one.id, kind))
            table, told = f"object_{tables[kind]}", types[kind]
            first = {change.name: _stored(told[change.name], change.value) for change in reversed(one.changes)}
            start = ["ocel_id", "ocel_time", *first]
            self._db.execute(self._insert(table, start), (one.id, EPOCH, *first.values()))
            for change in one.changes:
                if change.time != EPOCH:
                    columns = ["ocel_id", "ocel_time", "ocel_changed_field", change.name]
                    values = (one.id, change.time, change.name, _stored(told[change.name], change.value))
                    self._db.execute(self._insert(table, columns), values)
            links = [(one.id, *link) for link in one.links]
            self._db.executemany("insert into object_object values (?, ?, ?)", links)

    def close(self) -> None:
        if self._db.in_transaction:
            self._db.execute("commit")
        self._db.close()


def _stored(attribute_type: str, told: str | None) -> str | int | None:
    """A value as SQLite keeps it."""
    if told is None or attribute_type not in (INTEGER, BOOLEAN):
        return told
    return int(told) if attribute_type == INTEGER else int(told == "true")


def event_types(names: Iterable[str], attributes: Types) -> dict[str, dict[str, str]]:
    """The declared types of the events that a log holds."""
    return {name: {**COMMON, **attributes[name]} for name in names}
