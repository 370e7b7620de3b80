"""What OCEL 2.0 demands of a file, written from its specification: the JSON form, and the relational one."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema_rs

SCHEMA = Path(__file__).parent / "ocel20.schema.json"
WELL_WRITTEN = {
    "string": lambda told: True,
    "time": lambda told: datetime.fromisoformat(told).tzinfo is not None,
    "integer": lambda told: re.fullmatch(r"-?\d+", told) is not None,
    "float": lambda told: float(told) is not None,
    "boolean": lambda told: told in ("true", "false"),
}


def against(schema: Path, document: Any) -> list[str]:
    """What a JSON Schema finds wrong, the first ten."""
    validator = jsonschema_rs.Draft7Validator(json.loads(schema.read_text(encoding="utf-8")), validate_formats=True)
    return [
        f"{'/'.join(map(str, e.instance_path))}: {e.message[:200]}"
        for e, _ in zip(validator.iter_errors(document), range(10), strict=False)
    ]


def wrong_in(document: Any) -> Iterator[str]:
    """What no schema can see: references, declared types, ids."""
    events, objects = document["events"], document["objects"]
    known = {one["id"] for one in objects}
    for side, some in (("event", events), ("object", objects)):
        types = {t["name"]: {a["name"]: a["type"] for a in t["attributes"]} for t in document[f"{side}Types"]}
        if len({one["id"] for one in some}) != len(some):
            yield f"two {side}s with one id"
        if len(types) != len(document[f"{side}Types"]) or {one["type"] for one in some} != set(types):
            yield f"types of {side}s are not those declared"
        for one in some:
            declared = types[one["type"]]
            for attribute in one["attributes"]:
                kind = declared.get(attribute["name"])
                if kind is None or not WELL_WRITTEN[kind](attribute["value"]):
                    yield f"{one['id']}: {attribute} is not a {kind}"
            related = [(r["objectId"], r["qualifier"]) for r in one["relationships"]]
            if len(set(related)) != len(related) or any(target not in known for target, _ in related):
                yield f"{one['id']}: relationships"
    named = {r["objectId"] for event in events for r in event["relationships"]}
    if named != known:
        yield f"{len(known - named)} objects that no event names"


def wrong_with_json(file: Path, schema: Path = SCHEMA) -> list[str]:
    """Everything that is wrong with a JSON file."""
    document = json.loads(file.read_bytes())
    return against(schema, document) or [*zip_first(wrong_in(document))]


def zip_first(found: Iterator[str]) -> list[str]:
    return [one for one, _ in zip(found, range(10), strict=False)]


def counted(file: Path) -> dict[str, Counter[str]]:
    """How many events and objects a JSON file holds by type, pairs of both, and links between objects."""
    document = json.loads(file.read_bytes())
    pairs = {(event["id"], r["objectId"]) for event in document["events"] for r in event["relationships"]}
    return {
        "events": Counter(event["type"] for event in document["events"]),
        "objects": Counter(one["type"] for one in document["objects"]),
        "pairs": Counter({"": len(pairs)}),
        "related": Counter({"": sum(len(event["relationships"]) for event in document["events"])}),
        "links": Counter({"": sum(len(one["relationships"]) for one in document["objects"])}),
        "changes": Counter({"": sum(len(one["attributes"]) for one in document["objects"])}),
    }


COMMON = {
    "event_map_type": ["ocel_type", "ocel_type_map"],
    "object_map_type": ["ocel_type", "ocel_type_map"],
    "event": ["ocel_id", "ocel_type"],
    "object": ["ocel_id", "ocel_type"],
    "event_object": ["ocel_event_id", "ocel_object_id", "ocel_qualifier"],
    "object_object": ["ocel_source_id", "ocel_target_id", "ocel_qualifier"],
}
KEYS = {
    "event_map_type": {"ocel_type"},
    "object_map_type": {"ocel_type"},
    "event": {"ocel_id"},
    "object": {"ocel_id"},
    "event_object": {"ocel_event_id", "ocel_object_id", "ocel_qualifier"},
    "object_object": {"ocel_source_id", "ocel_target_id", "ocel_qualifier"},
}
REFERENCES = {
    "event": {("ocel_type", "event_map_type", "ocel_type")},
    "object": {("ocel_type", "object_map_type", "ocel_type")},
    "event_object": {("ocel_event_id", "event", "ocel_id"), ("ocel_object_id", "object", "ocel_id")},
    "object_object": {("ocel_source_id", "object", "ocel_id"), ("ocel_target_id", "object", "ocel_id")},
}


def wrong_with_sqlite(file: Path) -> list[str]:
    """Everything that is wrong with a SQLite file: tables, columns, keys, references, and rows that hang in the air."""
    with closing(sqlite3.connect(file)) as db:
        return zip_first(_wrong(db))


def _wrong(db: sqlite3.Connection) -> Iterator[str]:
    tables = {name for (name,) in db.execute("select name from sqlite_master where type = 'table'")}
    expected = set(COMMON)
    for side in ("event", "object"):
        maps = dict(db.execute(f"select ocel_type, ocel_type_map from {side}_map_type"))  # noqa: S608  our own names
        if len(set(maps.values())) != len(maps):
            yield f"two types of {side} share a table"
        for short in maps.values():
            expected.add(f"{side}_{short}")
            yield from _typed(db, side, f"{side}_{short}")
        for kind, short in maps.items():
            counts = [
                _one(db, f"select count(distinct ocel_id) from {table} where {where}", values)  # noqa: S608  ours
                for table, where, values in ((f'"{side}_{short}"', "1", ()), (side, "ocel_type = ?", (kind,)))
            ]
            if counts[0] != counts[1]:
                yield f"{kind}: {counts}"
    if tables != expected:
        yield f"tables: {tables ^ expected}"
    for table, columns in COMMON.items():
        told = list(db.execute(f"pragma table_info({table})"))
        if [one[1] for one in told] != columns or {one[1] for one in told if one[5]} != KEYS[table]:
            yield f"{table}: columns or key"
        if {(r[3], r[2], r[4]) for r in db.execute(f"pragma foreign_key_list({table})")} != REFERENCES.get(
            table, set()
        ):
            yield f"{table}: references"
    yield from (f"hangs in the air: {row}" for row in db.execute("pragma foreign_key_check"))


def _one(db: sqlite3.Connection, query: str, values: tuple[str, ...]) -> Any:
    return db.execute(query, values).fetchone()[0]


def _typed(db: sqlite3.Connection, side: str, table: str) -> Iterator[str]:
    told = {one[1]: one for one in db.execute(f'pragma table_info("{table}")')}
    if "ocel_id" not in told or told.get("ocel_time", (0, 0, ""))[2] != "TIMESTAMP":
        yield f"{table}: no id, or no time"
    if (side == "event") != bool(told["ocel_id"][5]) or (side == "object") != ("ocel_changed_field" in told):
        yield f"{table}: key, or changes"
    if [(r[3], r[2], r[4]) for r in db.execute(f'pragma foreign_key_list("{table}")')] != [
        ("ocel_id", side, "ocel_id")
    ]:
        yield f"{table}: references"


def counted_in_sqlite(file: Path) -> dict[str, Counter[str]]:
    """As `counted`."""
    with closing(sqlite3.connect(file)) as db:

        def one(query: str) -> Counter[str]:
            return Counter({"": db.execute(query).fetchone()[0]})

        def by_type(table: str) -> Counter[str]:
            return Counter(dict(db.execute(f"select ocel_type, count(*) from {table} group by 1")))  # noqa: S608  ours

        return {
            "events": by_type("event"),
            "objects": by_type("object"),
            "pairs": one("select count(*) from (select distinct ocel_event_id, ocel_object_id from event_object)"),
            "related": one("select count(*) from event_object"),
            "links": one("select count(*) from object_object"),
        }
