"""The SQL of a reading: tables named {table} as of a position, figures over them, filters and groups."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, Protocol

from psycopg.sql import SQL, Composed, Identifier, Placeholder

from domain import Unknown
from domain.policies import Policy

MACRO = re.compile(r"\{(\w+)\}")
GROUPS: Final = {
    "department": "department_id",
    "term": "term_id",
    "week": "week",
    "day": "day",
    "person": "person_id",
    "about": "about",
}
Relations = Callable[[str], Identifier]


class Columns(Protocol):
    """What a reading asks of a table; see projections.Table."""

    @property
    def columns(self) -> Mapping[str, str]: ...
    @property
    def fixed(self) -> bool: ...


class Figure(Protocol):
    """What a reading asks of a figure; see projections.Figure."""

    @property
    def key(self) -> str: ...
    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def scale(self) -> int | None: ...
    @property
    def rows(self) -> str: ...
    @property
    def policies(self) -> Mapping[str, Policy[Any]]: ...
    @property
    def true_by(self) -> Literal["day", "event"]: ...
    @property
    def apart(self) -> str | None: ...


@dataclass(frozen=True)
class Tables:
    """The read tables a query may name, and where they lie."""

    known: Mapping[str, Columns]
    relation: Relations

    def __getitem__(self, name: str) -> Columns:
        if name not in self.known:
            raise Unknown("table_unknown", table=name)
        return self.known[name]

    def as_of(self, name: str, position: int | None) -> Composed:
        """The rows of a table now (None) or as of a position."""
        fixed = self[name].fixed
        until = SQL(", null::bigint as until" if fixed else "")
        if position is None:
            when: Composed | SQL = SQL("" if fixed else " where until is null")
        elif fixed:
            when = SQL(" where since <= {}").format(position)
        else:
            when = SQL(" where since <= {0} and (until is null or until > {0})").format(position)
        return SQL("select *{} from {}").format(until, self.relation(name)) + when

    def history(self, name: str, position: int | None) -> Composed:
        """Every version of a table's rows, ever or as known at a position."""
        table = self[name]
        if position is None:
            until = SQL(", null::bigint as until" if table.fixed else "")
            return SQL("select *{} from {}").format(until, self.relation(name))
        known = SQL("null::bigint" if table.fixed else "case when until <= {} then until end").format(position)
        columns = SQL(", ").join(map(Identifier, table.columns))
        return SQL("select {}, since, {} as until from {} where since <= {}").format(
            columns, known, self.relation(name), position
        )

    def named_in(self, sql: str) -> tuple[str, ...]:
        """The tables a query names, each once."""
        return tuple(dict.fromkeys(MACRO.findall(sql)))

    def written(self, sql: str, position: int | None) -> Composed:
        """The query with a common table expression per table it names, so that {session} may be joined by name."""
        text = SQL(MACRO.sub(r'"\1"', sql).strip().removesuffix(";"))
        if not (named := self.named_in(sql)):
            return SQL("{}").format(text)
        made = SQL(", ").join(
            SQL("{} as not materialized ({})").format(Identifier(name), self.as_of(name, position)) for name in named
        )
        opened = re.match(r"\s*with\s+(recursive\s+)?", sql, re.IGNORECASE)
        if opened is None:
            return SQL("with {} {}").format(made, text)
        rest = SQL(MACRO.sub(r'"\1"', sql[opened.end() :]))
        return SQL("with {}{}, {}").format(SQL("recursive " if opened[1] else ""), made, rest)


@dataclass(frozen=True)
class Filters:
    """What narrows a figure."""

    department: str | None = None
    term: str | None = None
    week: int | None = None
    person: str | None = None

    def told(self) -> dict[str, Any]:
        """Column → value, as the parameters of `condition`."""
        told = {
            "department_id": self.department,
            "term_id": self.term,
            "week": self.week,
            "person_id": self.person,
        }
        return {column: value for column, value in told.items() if value is not None}

    def condition(self) -> Composed:
        equal = [SQL("{} = {}").format(Identifier("r", c), Placeholder(c)) for c in self.told()]
        return SQL(" and ").join(equal) if equal else SQL("{}").format(SQL("true"))


def contributions(tables: Tables, figure: Figure, position: int | None) -> Composed:
    """A figure's rows, to stand in a FROM clause."""
    return SQL("({}) r").format(tables.written(figure.rows, position))


def sums(tables: Tables, figure: Figure, position: int | None, filters: Filters, by: Sequence[str]) -> Composed:
    """One row per group: the groups, numerator, denominator, count."""
    groups = SQL(", ").join(Identifier("r", GROUPS[g]) for g in by)
    return SQL(
        "select {}coalesce(sum(r.numerator), 0)::numeric, coalesce(sum(r.denominator), 0)::numeric, count(*)"
        " from {} where {}{}"
    ).format(
        groups + SQL(", ") if by else SQL(""),
        contributions(tables, figure, position),
        filters.condition(),
        SQL(" group by {0} order by {0}").format(groups) if by else SQL(""),
    )


def cursor_of(after: str) -> dict[str, Any]:
    """A cursor as the parameters of the page after it."""
    number, _, key = after.partition("/")
    if not number.isdigit() or len(number) > 18:
        raise Unknown("cursor_unknown")
    return {"after_position": int(number), "after_key": key}


def page(
    tables: Tables, figure: Figure, position: int | None, filters: Filters, event: Identifier, limit: int, after: bool
) -> Composed:
    """A figure's rows, newest event first, each with its event's id and a cursor; the page after a cursor.

    One event may bring many rows about the same thing, as a class's grades: they are numbered, so that a cursor names
    one of them.  Only the rows of the events that may stand on the page are put in order.
    """
    rows = SQL(
        "with r as materialized (select r.* from {rows} where {narrowed}{upto}), f as (select coalesce(min(t.position),"
        " 0) as lowest from (select r.position from r where true{below} order by r.position desc limit {limit}) t)"
        " select n.department_id, n.term_id, n.week, n.day, n.person_id, n.about, n.numerator, n.denominator,"
        " n.position, n.position || '/' || n.key as cursor from (select k.*, k.thing || '/' || lpad(row_number() over"
        " (partition by k.position, k.thing order by k.numerator, k.denominator, k.week)::text, 6, '0') as key"
        " from (select r.*, concat_ws('/', r.about, r.person_id, r.department_id, r.term_id, r.day) as thing"
        " from r, f where r.position >= f.lowest) k) n"
        " where true{beyond} order by n.position desc, n.key desc limit {limit}"
    ).format(
        rows=contributions(tables, figure, position),
        narrowed=filters.condition(),
        upto=SQL(" and r.position <= %(after_position)s" if after else ""),
        below=SQL(" and r.position < %(after_position)s" if after else ""),
        beyond=SQL(" and (n.position, n.key) < (%(after_position)s, %(after_key)s)" if after else ""),
        limit=limit,
    )
    return SQL(
        "select q.*, (select e.id from {} e where e.position = q.position) as event_id from ({}) q"
        " order by q.position desc, q.cursor desc"
    ).format(event, rows)


def value_of(scale: int | None, numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """A figure's value from its sums; None when nothing was due."""
    if scale is None:
        return numerator
    return numerator * scale / denominator if denominator else None


def equal(column: str, kind: str, value: Any) -> Composed:
    """A column equal to a value; of several values any of them; of a list that holds it."""
    name, place = Identifier("t", column), Placeholder(column)
    if kind.endswith("[]"):
        return SQL(" and {} @> array[{}]::{}").format(name, place, SQL(kind))
    if value is None:
        return SQL(" and {} is null").format(name)
    if isinstance(value, list | tuple | set | frozenset):
        return SQL(" and {} = any ({}::{}[])").format(name, place, SQL(kind))
    return SQL(" and {} = {}").format(name, place)


def ordered(order: Sequence[str]) -> Composed:
    """The order by clause of columns, those with "-" before them downwards."""
    if not order:
        return SQL("{}").format(SQL(""))
    return SQL("order by {}").format(
        SQL(", ").join(Identifier("t", c.removeprefix("-")) + SQL(" desc" if c.startswith("-") else "") for c in order)
    )
