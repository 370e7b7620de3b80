"""What a read table is made of, its form in PostgreSQL, and the row-level security on it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Protocol, Self

from psycopg.sql import SQL, Composed, Identifier, Literal

Relation = Identifier
ENVELOPE = {"occurred_at": "timestamptz", "received_at": "timestamptz", "actor": "json"}
EVENT = frozenset({"position", "id", "type", "recorded_at", "data", *ENVELOPE})


class Scope(Protocol):
    """Which rows a viewer of less than the college sees; see projections.Scope."""

    @property
    def department(self) -> str | None: ...
    @property
    def persons(self) -> tuple[str, ...]: ...
    @property
    def open(self) -> bool: ...


class Table(Protocol):
    """A read table as an area declares it; see projections.Table."""

    @property
    def name(self) -> str: ...
    @property
    def keys(self) -> tuple[str, ...]: ...
    @property
    def columns(self) -> Mapping[str, str]: ...
    @property
    def fields(self) -> Mapping[str, str]: ...
    @property
    def types(self) -> tuple[str, ...]: ...
    @property
    def select(self) -> str: ...
    @property
    def ends(self) -> str | None: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def indexes(self) -> tuple[tuple[str, ...], ...]: ...
    @property
    def past(self) -> tuple[tuple[str, ...], ...]: ...
    @property
    def fixed(self) -> bool: ...


@dataclass(frozen=True)
class Shape:
    """A table's declaration, kept beside its rows: a generation is folded by the SQL it was begun with."""

    name: str
    keys: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    types: tuple[str, ...]
    select: str
    ends: str | None
    department: str | None
    persons: tuple[str, ...]
    open: bool
    indexes: tuple[tuple[str, ...], ...]
    fixed: bool
    fields: tuple[tuple[str, str], ...] = ()
    past: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of(cls, table: Table) -> Self:
        """A declaration as it is kept.  Raises ValueError for one that contradicts itself."""
        scope = table.scope
        named = {*table.keys, *scope.persons, *(c for columns in (*table.indexes, *table.past) for c in columns)}
        named |= {scope.department} if scope.department else set()
        if strange := named - table.columns.keys():
            raise ValueError(f"table {table.name} names columns it does not have: {sorted(strange)}")
        if hidden := EVENT & table.fields.keys():
            raise ValueError(
                f"table {table.name} opens fields that an event's own columns would hide: {sorted(hidden)}"
            )
        if not table.keys or not table.types or (table.fixed and table.ends):
            raise ValueError(f"table {table.name} has no keys, hears nothing, or never changes and yet ends")
        return cls(
            name=table.name,
            keys=tuple(table.keys),
            columns=tuple(table.columns.items()),
            types=tuple(table.types),
            select=table.select,
            ends=table.ends,
            department=scope.department,
            persons=tuple(scope.persons),
            open=scope.open,
            indexes=tuple(map(tuple, table.indexes)),
            fixed=table.fixed,
            fields=tuple(table.fields.items()),
            past=tuple(map(tuple, table.past)),
        )

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        lists = {
            "keys": tuple(kept["keys"]),
            "columns": tuple((name, kind) for name, kind in kept["columns"]),
            "fields": tuple((name, kind) for name, kind in kept.get("fields", ())),
            "types": tuple(kept["types"]),
            "persons": tuple(kept["persons"]),
            "indexes": tuple(map(tuple, kept["indexes"])),
            "past": tuple(map(tuple, kept.get("past", ()))),
        }
        return cls(**{**kept, **lists})

    def to_json(self) -> str:
        told = asdict(self)
        if not self.past:
            # A table that was declared before there were such indexes is still the same one.
            del told["past"]
        return json.dumps(told, ensure_ascii=False, sort_keys=True)

    @property
    def digest(self) -> str:
        return sha256(self.to_json().encode()).hexdigest()

    def type_of(self, column: str) -> str:
        return dict(self.columns)[column]


def names(columns: tuple[str, ...], of: str | None = None) -> Composed:
    """Columns joined by commas, of one relation if named."""
    return SQL(", ").join(Identifier(of, c) if of else Identifier(c) for c in columns)


def _index(shape: Shape, columns: tuple[str, ...], number: int, relation: Relation, label: str) -> Composed:
    listed = any(shape.type_of(c).endswith("[]") for c in columns)
    return SQL("create index {} on {} using {} ({}){}").format(
        Identifier(f"{label} {number}"),
        relation,
        SQL("gin" if listed else "btree"),
        names(columns),
        SQL("" if shape.fixed else " where until is null"),
    )


def typed(kind: str) -> SQL:
    """A column's type; words stand in the order of their bytes, on every server, which is also the fastest."""
    return SQL(f'{kind} collate "C"' if kind in ("text", "text[]") else kind)


def create(shape: Shape, relation: Relation, *, temporary: bool = False) -> Composed:
    """The empty table, without any index yet."""
    columns = SQL(", ").join(SQL("{} ").format(Identifier(n)) + typed(kind) for n, kind in shape.columns)
    return SQL("create {} table {} ({}, since bigint not null{})").format(
        SQL("temporary" if temporary else ""), relation, columns, SQL("" if shape.fixed else ", until bigint")
    )


def constrain(shape: Shape, relation: Relation, label: str) -> Iterator[Composed]:
    """Keys and indexes, to be added when the rows are there; `label` keeps their names apart."""
    yield SQL("alter table {} add constraint {} primary key ({}, since)").format(
        relation, Identifier(f"{label} key"), names(shape.keys)
    )
    if not shape.fixed:
        yield SQL("alter table {} add constraint {} check (until > since)").format(
            relation, Identifier(f"{label} span")
        )
    for number, columns in enumerate(shape.indexes):
        yield _index(shape, columns, number, relation, label)
    for number, columns in enumerate(shape.past):
        yield SQL("create index {} on {} ({}, since)").format(
            Identifier(f"{label} past {number}"), relation, names(columns)
        )


def estimate(shape: Shape, relation: Relation) -> Composed:
    """Statistics from a small sample, enough to be read by: the thorough ones are autovacuum's, a minute later.

    They stay due because columns are named, even if all of them are.
    """
    columns = names(tuple(name for name, _ in shape.columns))
    return SQL("set local default_statistics_target = 10; analyze {} ({})").format(relation, columns)


def _seen(shape: Shape) -> Composed | SQL:
    if shape.open:
        return SQL("true")
    college = SQL("(select current_setting('campus.breadth', true)) = 'college'")
    ways: list[Composed | SQL] = [college]
    if shape.department:
        ways.append(
            SQL("{} = any ((select string_to_array(current_setting('campus.departments', true), ' '))::text[])").format(
                Identifier(shape.department)
            )
        )
    oneself = SQL(
        "(select array[current_setting('campus.person', true), current_setting('campus.student', true)])::text[]"
    )
    for column in shape.persons:
        listed = shape.type_of(column).endswith("[]")
        ways.append(SQL("{} && {}" if listed else "{} = any ({})").format(Identifier(column), oneself))
    return SQL(" or ").join(ways)


def secure(shape: Shape, relation: Relation) -> Iterator[Composed]:
    """Row-level security, forced on the owner too: the reader sees the viewer's rows, the projector all."""
    yield SQL("alter table {} enable row level security, force row level security").format(relation)
    yield SQL("create policy seen on {} for select to campus_reader using ({})").format(relation, _seen(shape))
    yield SQL("create policy folded on {} to campus_projector, campus_owner using (true) with check (true)").format(
        relation
    )
    yield SQL("grant select on {} to campus_reader").format(relation)


def quoted(value: object) -> Composed:
    """A literal in a statement that is sent without parameters, so that an area's own % signs may stand."""
    return SQL("{}").format(Literal(value))
