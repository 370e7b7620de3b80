"""The fold: from a range of the log to the row versions of the tables that hear it, in one statement.

The log never changes below its head, so a range of positions *is* the batch: no copy of it is made, and every body
is opened once however many tables hear it.  Statements carry their positions as literals and are planned anew
each time; infra/decisions/projector.md says what was measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from psycopg.sql import SQL, Composed, Identifier

from infra.projector.shape import Relation, Shape, names, quoted

ENVELOPE = {"occurred_at": "timestamptz", "received_at": "timestamptz", "actor": "json"}
Part = tuple[Shape, Relation]


def _events(shapes: Sequence[Shape], log: str, after: int, upto: int) -> Composed:
    """The events of a range that any of the tables hears, with what of their envelopes the tables ask for."""
    told = " ".join(f"{shape.select} {shape.ends}" for shape in shapes)
    asked = [name for name in ENVELOPE if re.search(rf"\b{name}\b", told)]
    if asked:
        columns = SQL(", ").join(SQL(f"{name} {ENVELOPE[name]}") for name in asked)
        opened = SQL("cross join lateral json_to_record(e.body) as b({}, data json)").format(columns)
        body = SQL("b.*")
    else:
        opened, body = SQL("{}").format(SQL("")), SQL("e.body->'data' as data")
    types = sorted({name for shape in shapes for name in shape.types})
    return SQL(
        "events as materialized (select e.position, e.id, e.type, e.recorded_at, {} from {} e {}"
        " where e.position > {} and e.position <= {} and e.type = any ({}))"
    ).format(body, Identifier(log, "event"), opened, quoted(after), quoted(upto), quoted(types))


def _cast(column: str, kind: str) -> Composed:
    return SQL("s.{}::").format(Identifier(column)) + SQL(kind)


def _said(shape: Shape) -> Composed:
    """Every version the batch states; `over` marks the ends, which are no versions."""
    columns = SQL(", ").join(_cast(n, kind) + SQL(" as {}").format(Identifier(n)) for n, kind in shape.columns)
    said = SQL("select {}, s.position as since, false as over from ({}) s").format(columns, SQL(shape.select))
    if shape.ends is None:
        return said
    nothing = SQL(", ").join(
        _cast(n, kind) if n in shape.keys else SQL("null::") + SQL(kind) for n, kind in shape.columns
    )
    return SQL("{} union all select {}, s.position, true from ({}) s").format(said, nothing, SQL(shape.ends))


def _columns(shape: Shape) -> Composed:
    return names(tuple(name for name, _ in shape.columns))


def _turns(shape: Shape) -> Composed:
    """What the batch says of each key, in order: `until` is when the next is said, `first` marks the first."""
    batch = SQL("with batch as not materialized (select * from events where type = any ({}))").format(
        quoted(list(shape.types))
    )
    if shape.fixed:
        return SQL("{} select {}, since from ({}) said").format(batch, _columns(shape), _said(shape))
    return SQL(
        "{batch} select {columns}, since, over, lead(since) over one_by_one as until,"
        " row_number() over one_by_one = 1 as first from ({said}) said"
        " window one_by_one as (partition by {keys} order by since, over)"
    ).format(batch=batch, columns=_columns(shape), said=_said(shape), keys=names(shape.keys))


@lru_cache(maxsize=512)
def _part(shape: Shape, relation: str) -> SQL:
    """A table's part of the statement; it knows no position, so it is written once."""
    return SQL(SQL(", ").join(_parts(shape, SQL(relation))).as_string())


def _parts(shape: Shape, relation: SQL) -> Iterator[Composed]:
    turns = Identifier(f"{shape.name} turns")
    columns = _columns(shape)
    yield SQL("{} as ({})").format(turns, _turns(shape))
    if shape.fixed:
        yield SQL("{} as (insert into {} ({columns}, since) select {columns}, since from {})").format(
            Identifier(f"{shape.name} added"), relation, turns, columns=columns
        )
        return
    # The newest version is looked up key by key, in the primary key: any other plan reads the whole table as soon as
    # its statistics are old.
    yield SQL(
        "{} as (update {relation} t set until = f.since from {turns} f where f.first and t.ctid ="
        " (select n.spot from (select o.ctid as spot, o.until from {relation} o where ({keys}) = ({own})"
        " order by o.since desc limit 1) n where n.until is null))"
    ).format(
        Identifier(f"{shape.name} closed"),
        relation=relation,
        turns=turns,
        keys=names(shape.keys, "o"),
        own=names(shape.keys, "f"),
    )
    yield SQL(
        "{} as (insert into {} ({columns}, since, until) select {columns}, since, until from {} where not over)"
    ).format(Identifier(f"{shape.name} added"), relation, turns, columns=columns)


def fold(parts: Sequence[Part], log: str, after: int, upto: int) -> Composed:
    """Adds the versions that the events in (after, upto] state and closes those that were open before."""
    said = [_part(shape, relation.as_string()) for shape, relation in parts]
    events = _events([shape for shape, _ in parts], log, after, upto)
    return SQL("with {} select").format(SQL(", ").join([events, *said]))


def stage(shape: Shape, relation: Relation, log: str, after: int, upto: int) -> Composed:
    """Adds the versions of one step of a rebuild; an end is staged as a version until 0, to be swept."""
    if shape.fixed:
        return fold([(shape, relation)], log, after, upto)
    return SQL(
        "with {}, turns as ({}) insert into {} ({columns}, since, until)"
        " select {columns}, since, case when over then 0 else until end from turns"
    ).format(_events([shape], log, after, upto), _turns(shape), relation, columns=_columns(shape))


def join_steps(shape: Shape, relation: Relation, *, several: bool) -> Iterator[Composed]:
    """Closes the versions that a later step of a rebuild succeeded, and sweeps the ends."""
    if several and not shape.fixed:
        yield SQL(
            "with n as (select ctid as spot, until, lead(since) over (partition by {keys} order by since) as next"
            " from {relation}) update {relation} t set until = n.next from n"
            " where t.ctid = n.spot and n.until is null and n.next is not null"
        ).format(keys=names(shape.keys), relation=relation)
    if shape.ends:
        yield SQL("delete from {} where until = 0").format(relation)
