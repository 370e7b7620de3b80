"""The reference of the API 接口文档, written from its OpenAPI description: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from itertools import groupby
from typing import Any, Final

import orjson

METHODS: Final = ("get", "post")


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """(tag, path, method, operation), commands last."""
    found = [
        ((op.get("tags") or ["status"])[0], path, method, op)
        for path, item in document["paths"].items()
        for method, op in item.items()
        if method in METHODS
    ]
    yield from sorted(found, key=lambda o: (o[0].startswith("commands"), o[0], o[1], o[2]))


def anchor(tag: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in tag)


def reference(document: Mapping[str, Any]) -> dict[str, str]:
    """The parts of the page: its index and its body."""
    index, body = [], []
    schemas = document["components"]["schemas"]
    for tag, group in groupby(operations(document), key=lambda o: o[0]):
        listed = list(group)
        index.append(f'<a href="#{anchor(tag)}">{escape(tag)}<small>{len(listed)}</small></a>')
        cards = "".join(_operation(path, method, op, schemas) for _, path, method, op in listed)
        body.append(f'<section id="{anchor(tag)}"><h2>{escape(tag)}</h2>{cards}</section>')
    return {"index": "".join(index), "body": "".join(body), "version": escape(document["info"]["version"])}


def _operation(path: str, method: str, op: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    statuses = " ".join(f'<span class="status s{code[0]}">{code}</span>' for code in sorted(op["responses"]))
    said = (op.get("description") or "").strip()
    parts = [f"<p>{escape(part)}</p>" for part in said.split("\n\n") if part]
    if parameters := op.get("parameters"):
        rows = "".join(
            f"<tr><td><code>{escape(p['name'])}</code></td><td>{escape(p['in'])}</td>"
            f"<td>{escape(_kind(p['schema']))}</td><td>{escape(p.get('description', ''))}</td></tr>"
            for p in parameters
        )
        parts.append(f"<table>{rows}</table>")
    if body := op.get("requestBody"):
        parts += [f"<p>{escape(kind)}</p>{_fields(of['schema'], schemas)}" for kind, of in body["content"].items()]
    summary = escape(op.get("summary", ""))
    return (
        f'<details><summary><b class="{method}">{method.upper()}</b> <code>{escape(path)}</code>'
        f"<span>{summary}</span></summary>{''.join(parts)}<p>{statuses}</p></details>"
    )


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """The body's fields as a table, and the whole schema to copy."""
    name = schema.get("$ref", "").rpartition("/")[2]
    whole = schemas.get(name, schema)
    required = whole.get("required", ())
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code></td><td>{'必填 required' if field in required else ''}</td>"
        f"<td>{escape(_kind(kind))}</td><td>{escape(kind.get('pattern', ''))}</td></tr>"
        for field, kind in whole.get("properties", {}).items()
    )
    text = escape(orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode())
    return f"<table>{rows}</table><details><summary>JSON Schema</summary><pre>{text}</pre></details>"


def _kind(schema: Mapping[str, Any]) -> str:
    """A schema in a word or two."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_kind(s) for s in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(v) for v in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("type") or "any")
