"""Bodies that a command's schema allows, made from the schema alone: for tests that need one of every command."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from domain import Command
from domain.words import PLAIN

DAY, MOMENT = "2026-09-08", "2026-09-08T08:00:00Z"
ID = re.compile(r"^\^\(?([a-z_]+)")


def sample(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Any:
    """One value the schema allows; `known` are its definitions."""
    if "$ref" in schema:
        return sample(known[schema["$ref"].rpartition("/")[2]], known)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return sample(schema[several][0], known)
    match schema.get("type"):
        case "object":
            return _object(schema, known)
        case "array":
            if "prefixItems" in schema:
                return [sample(s, known) for s in schema["prefixItems"]]
            return [sample(schema["items"], known) for _ in range(schema.get("minItems", 1))]
        case "string":
            return _text(schema)
        case "integer" | "number":
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return True
    return None


def _object(schema: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    needed = schema.get("required", ())
    made = {name: sample(s, known) for name, s in schema.get("properties", {}).items() if name in needed}
    if not made and (others := schema.get("additionalProperties")):
        key = _text(schema.get("propertyNames", {"pattern": next(iter(schema.get("patternProperties", {})), "")}))
        made[key] = sample(others, known) if isinstance(others, Mapping) else None
    for pattern, of in schema.get("patternProperties", {}).items():
        made[_text({"pattern": pattern})] = sample(of, known)
    return made


def _text(schema: Mapping[str, Any]) -> str:
    kinds = {"date": DAY, "date-time": MOMENT, "uuid": "0198c7d4-0000-7000-8000-000000000001", "time": "08:00"}
    if schema.get("format") in kinds:
        return kinds[schema["format"]]
    if (pattern := schema.get("pattern", PLAIN)) != PLAIN:
        an_id = f"{found[1]}:x1" if (found := ID.match(pattern)) else ""
        for tried in (an_id, "08:00", "x1", "2026-1", "AB12", "1", "0" * 64):
            if re.search(pattern, tried):
                return tried
    return ("样例文字 sample text " * 100)[: max(schema.get("minLength", 1), min(schema.get("maxLength", 8), 8))]


def body_of(kind: type[Command[Any]]) -> Any:
    """A body this command's class accepts as far as its schema can tell."""
    schema = kind.model_json_schema()
    return sample(schema, schema.get("$defs", {}))
