"""The fold: from a range of the log to the row versions of one table, in one statement.

The log never changes below its head, so a range of positions *is* the batch: no copy of it is made.
Statements carry their positions as literals and are planned anew each time; see infra/decisions/projector.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from psycopg.sql import SQL, Composed, Identifier

from infra.projector.shape import Relation, Shape, names, quoted


def _batch(shape: Shape, log: str, after: int, upto: int) -> Composed:
    return SQL(
        "batch as not materialized (select e.position, e.id, e.type, e.recorded_at, b.occurred_at, b.received_at,"
        " b.actor, b.data from {event} e cross join lateral json_to_record(e.body)"
        " as b(occurred_at timestamptz, received_at timestamptz, actor json, data json)"
        " where e.position > {after} and e.position <= {upto} and e.type = any ({types}))"
    ).format(
        event=Identifier(log, "event"),
        after=quoted(after),
        upto=quoted(upto),
        types=quoted(list(shape.types)),
    )


def _cast(column: str, kind: str, of: str) -> Composed:
    return SQL("{}::").format(Identifier(of, column)) + SQL(kind)


def _said(shape: Shape) -> Composed:
    """Every version the batch states; `over` marks the ends, which are no versions."""
    columns = SQL(", ").join(_cast(n, kind, "s") + SQL(" as {}").format(Identifier(n)) for n, kind in shape.columns)
    said = SQL("select {}, s.position as since, false as over from ({}) s").format(
        columns,
        SQL(shape.select),
    )
    if shape.ends is None:
        return said
    keys = set(shape.keys)
    nothing = SQL(", ").join(
        _cast(n, kind, "s") if n in keys else SQL("null::") + SQL(kind) for n, kind in shape.columns
    )
    ended = SQL("select {}, s.position, true from ({}) s").format(
        nothing,
        SQL(shape.ends),
    )
    return SQL("{} union all {}").format(said, ended)


def _columns(shape: Shape) -> tuple[str, ...]:
    return tuple(name for name, _ in shape.columns)


def _turns(shape: Shape) -> Composed:
    return SQL(
        "turns as materialized (select {columns}, since, over, lead(since) over one_by_one as until,"
        " row_number() over one_by_one = 1 as first from ({said}) said"
        " window one_by_one as (partition by {keys} order by since, over))"
    ).format(columns=names(_columns(shape)), said=_said(shape), keys=names(shape.keys))


def fold(shape: Shape, relation: Relation, log: str, after: int, upto: int) -> Composed:
    """Adds the versions that the events in (after, upto] state and closes those that were open before."""
    batch = _batch(shape, log, after, upto)
    if shape.fixed:
        return SQL("with {} insert into {} ({}, since) select {}, since from ({}) said").format(
            batch, relation, names(_columns(shape)), names(_columns(shape)), _said(shape)
        )
    same = SQL(" and ").join(SQL("t.{0} = f.{0}").format(Identifier(k)) for k in shape.keys)
    return SQL(
        "with {batch}, {turns}, closed as (update {relation} t set until = f.since from turns f"
        " where f.first and {same} and t.until is null)"
        " insert into {relation} ({columns}, since, until) select {columns}, since, until from turns where not over"
    ).format(
        batch=batch,
        turns=_turns(shape),
        relation=relation,
        same=same,
        columns=names(_columns(shape)),
    )


def stage(shape: Shape, relation: Relation, log: str, after: int, upto: int) -> Composed:
    """Adds the versions of one step of a rebuild; an end is staged as a version until 0, to be swept."""
    if shape.fixed:
        return fold(shape, relation, log, after, upto)
    return SQL(
        "with {batch}, {turns} insert into {relation} ({columns}, since, until)"
        " select {columns}, since, case when over then 0 else until end from turns"
    ).format(
        batch=_batch(shape, log, after, upto),
        turns=_turns(shape),
        relation=relation,
        columns=names(_columns(shape)),
    )


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
