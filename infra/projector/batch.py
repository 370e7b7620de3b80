"""What a table's SQL knows as `batch`: the events of a range of the log, each opened once for all who hear it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from psycopg.sql import SQL, Composable, Composed, Identifier

from infra.projector.shape import ENVELOPE, Shape, quoted

# Types of event that the same tables hear, and those tables.
Audience = tuple[tuple[str, ...], tuple[Shape, ...]]


@lru_cache(maxsize=512)
def audiences(shapes: tuple[Shape, ...], types: frozenset[str] | None) -> tuple[Audience, ...]:
    """Which tables hear the same events (of all types, or of those given).

    An event is opened with the fields its own hearers name: what a field holds in an event that a table does not
    hear cannot stop it.
    """
    heard: dict[tuple[Shape, ...], list[str]] = {}
    for name in sorted({name for shape in shapes for name in shape.types if types is None or name in types}):
        heard.setdefault(tuple(shape for shape in shapes if name in shape.types), []).append(name)
    return tuple((tuple(named), hearers) for hearers, named in heard.items())


def _asked(shapes: Sequence[Shape], words: Collection[str]) -> list[str]:
    told = " ".join(f"{shape.select} {shape.ends}" for shape in shapes)
    return [word for word in words if re.search(rf"\b{word}\b", told)]


def _records(shapes: Sequence[Shape]) -> list[dict[str, str]]:
    """The fields to open; one that two tables read as different types needs a record of its own."""
    records: list[dict[str, str]] = []
    for name, kind in dict.fromkeys(field for shape in shapes for field in shape.fields):
        free = next((record for record in records if name not in record), None)
        if free is None:
            records.append(free := {})
        free[name] = kind
    return records


def _record(of: Composable, alias: str, columns: dict[str, str]) -> Composed:
    listed = SQL(", ").join(SQL("{} ").format(Identifier(name)) + SQL(kind) for name, kind in columns.items())
    return SQL(" cross join lateral json_to_record({}) as {}({})").format(of, Identifier(alias), listed)


def _bodies(shapes: Sequence[Shape]) -> tuple[Composable, Composable, list[Composable]]:
    """(where an event's data are found, what opens its body for that, the columns asked for besides the fields).

    The envelope costs a record of the whole body, so it is opened only if asked for.
    """
    envelope, whole = _asked(shapes, ENVELOPE), bool(_asked(shapes, ["data"]))
    columns: list[Composable] = [SQL("e.position, e.id, e.type, e.recorded_at")]
    columns += [Identifier("o", name) for name in envelope]
    data: Composable = SQL("e.body->'data'")
    opening: Composable = SQL("")
    if envelope:
        data = SQL("o.data")
        opening = _record(SQL("e.body"), "o", {**{name: ENVELOPE[name] for name in envelope}, "data": "json"})
    elif whole and any(shape.fields for shape in shapes):
        # Without the offset the planner would take the data out of the body twice.
        data, opening = SQL("o.data"), SQL(" cross join lateral (select e.body->'data' as data offset 0) o")
    return data, opening, [*columns, SQL("{} as data").format(data)] if whole else columns


@lru_cache(maxsize=512)
def _opening(number: int, audience: Audience, log: str) -> str:
    """The events of an audience and what its tables ask of them; the range of positions is to follow."""
    types, shapes = audience
    data, opening, columns = _bodies(shapes)
    records = _records(shapes)
    for place, record in enumerate(records):
        opening = SQL("{}{}").format(opening, _record(data, f"f{place}", record))
        columns += [
            SQL("{} as {}").format(Identifier(f"f{place}", name), _field(name, kind)) for name, kind in record.items()
        ]
    return (
        SQL("{} as materialized (select {} from {} e{} where e.type = any ({}) and ")
        .format(_events(number), SQL(", ").join(columns), Identifier(log, "event"), opening, quoted(list(types)))
        .as_string()
    )


def _events(number: int) -> Identifier:
    return Identifier(f"events {number}")


def _field(name: str, kind: str) -> Identifier:
    return Identifier(f"{name} {kind}")


def opened(heard: Sequence[Audience], log: str, after: int, upto: int) -> Iterator[Composed]:
    """The events of each audience in (after, upto], as expressions of a `with`."""
    for number, audience in enumerate(heard):
        yield SQL("{}e.position > {} and e.position <= {})").format(
            SQL(_opening(number, audience, log)), quoted(after), quoted(upto)
        )


def batch(shape: Shape, sources: Sequence[int]) -> Composed:
    """What the table hears: the events of the audiences it belongs to."""
    columns: list[Composable] = [SQL("position, id, type, recorded_at")]
    columns += map(Identifier, _asked([shape], [*ENVELOPE, "data"]))
    columns += [SQL("{} as {}").format(_field(name, kind), Identifier(name)) for name, kind in shape.fields]
    return SQL(" union all ").join(
        SQL("select {} from {}").format(SQL(", ").join(columns), _events(number)) for number in sources
    )
