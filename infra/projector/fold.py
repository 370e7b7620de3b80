"""The fold: from a range of the log to the row versions of the tables that hear it, in one statement.

The log never changes below its head, so a range of positions *is* the batch: no copy of it is made, and every body
is opened once however many tables hear it.  Statements carry their positions as literals and are planned anew
each time; infra/decisions/projector.md says what was measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from psycopg.sql import SQL, Composed, Identifier

from infra.projector.batch import Audience, audiences, batch, opened
from infra.projector.shape import Relation, Shape, names, typed

Part = tuple[Shape, Relation]


def _cast(column: str, kind: str) -> Composed:
    return SQL("s.{}::").format(Identifier(column)) + typed(kind)


def _said(shape: Shape) -> Composed:
    """Every version the batch states; `over` marks the ends, which are no versions."""
    columns = SQL(", ").join(_cast(n, kind) + SQL(" as {}").format(Identifier(n)) for n, kind in shape.columns)
    said = SQL("select {}, s.position as since, false as over from ({}) s").format(columns, SQL(shape.select))
    if shape.ends is None:
        return said
    nothing = SQL(", ").join(
        _cast(n, kind) if n in shape.keys else SQL("null::") + typed(kind) for n, kind in shape.columns
    )
    return SQL("{} union all select {}, s.position, true from ({}) s").format(said, nothing, SQL(shape.ends))


def _columns(shape: Shape) -> Composed:
    return names(tuple(name for name, _ in shape.columns))


def _heard(shape: Shape, sources: Sequence[int]) -> Composed:
    return SQL("with batch as not materialized ({})").format(batch(shape, sources))


def _turns(shape: Shape, sources: Sequence[int]) -> Composed:
    """What the batch says of each key, in order: `until` is when the next is said, `first` marks the first."""
    heard = _heard(shape, sources)
    if shape.fixed:
        return SQL("{} select {}, since from ({}) said").format(heard, _columns(shape), _said(shape))
    return SQL(
        "{heard} select {columns}, since, over, lead(since) over one_by_one as until,"
        " row_number() over one_by_one = 1 as first from ({said}) said"
        " window one_by_one as (partition by {keys} order by since, over)"
    ).format(heard=heard, columns=_columns(shape), said=_said(shape), keys=names(shape.keys))


@lru_cache(maxsize=512)
def _part(shape: Shape, sources: tuple[int, ...], relation: str) -> SQL:
    """A table's part of the statement; it knows no position, so it is written once."""
    return SQL(SQL(", ").join(_parts(shape, sources, SQL(relation))).as_string())


def _parts(shape: Shape, sources: Sequence[int], relation: SQL) -> Iterator[Composed]:
    turns = Identifier(f"{shape.name} turns")
    columns = _columns(shape)
    yield SQL("{} as ({})").format(turns, _turns(shape, sources))
    if shape.fixed:
        yield SQL("{} as (insert into {} ({columns}, since) select {columns}, since from {})").format(
            Identifier(f"{shape.name} added"), relation, turns, columns=columns
        )
        return
    # The newest version is looked up key by key, in the primary key: any other plan reads the whole table as soon as
    # its statistics are old.
    yield SQL(
        "{} as (update {relation} t set until = f.since from {turns} f where f.first and t.ctid ="
        " (select case when o.until is null then o.ctid end from {relation} o where ({keys}) = ({own})"
        " order by o.since desc limit 1))"
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


def fold(parts: Sequence[Part], log: str, after: int, upto: int, types: frozenset[str] | None = None) -> Composed:
    """Adds the versions that the events in (after, upto] state and closes those that were open before.

    `types`: no others occur there; every table must hear one of them.
    """
    heard = audiences(tuple(shape for shape, _ in parts), types)
    said = [_part(shape, _sources(shape, heard), relation.as_string()) for shape, relation in parts]
    return SQL("with {} select").format(SQL(", ").join([*opened(heard, log, after, upto), *said]))


def _sources(shape: Shape, heard: Sequence[Audience]) -> tuple[int, ...]:
    return tuple(number for number, (_, hearers) in enumerate(heard) if shape in hearers)


def stated(shape: Shape, log: str, position: int, type: str) -> Composed:
    """The keys of the rows that the event at a position, of a type the table hears, states or ends."""
    heard = audiences((shape,), frozenset({type}))
    sources = _sources(shape, heard)
    return SQL("with {}, stated as ({} {}) select distinct {} from stated").format(
        SQL(", ").join(opened(heard, log, position - 1, position)),
        _heard(shape, sources),
        _said(shape),
        names(shape.keys),
    )


def stage(parts: Sequence[Part], log: str, after: int, upto: int) -> Composed:
    """Adds the versions of one step of a rebuild, all open; an end is staged as a version until 0."""
    heard = audiences(tuple(shape for shape, _ in parts), None)
    said = [_staged(shape, _sources(shape, heard), relation) for shape, relation in parts]
    return SQL("with {} select").format(SQL(", ").join([*opened(heard, log, after, upto), *said]))


def _staged(shape: Shape, sources: tuple[int, ...], relation: Relation) -> Composed:
    end = SQL("" if shape.ends is None else ", until"), SQL("" if shape.ends is None else ", case when over then 0 end")
    return SQL("{} as ({} insert into {} ({columns}, since{}) select {columns}, since{} from ({}) said)").format(
        Identifier(f"{shape.name} staged"),
        _heard(shape, sources),
        relation,
        *end,
        _said(shape),
        columns=_columns(shape),
    )


def close_staged(shape: Shape, relation: Relation) -> Iterator[Composed]:
    """After the last step: closes the versions that have a successor, and sweeps the ends."""
    if not shape.fixed:
        # Most keys of most tables are stated once: only the others are put in order.
        yield SQL(
            "with k as (select {keys} from {relation} group by {keys} having count(*) > 1),"
            " n as (select o.ctid as spot, o.until, lead(o.since) over (partition by {own}"
            " order by o.since, o.until is not null) as next from {relation} o join k on ({own}) = ({theirs}))"
            " update {relation} t set until = n.next from n"
            " where t.ctid = n.spot and n.until is null and n.next is not null"
        ).format(keys=names(shape.keys), relation=relation, own=names(shape.keys, "o"), theirs=names(shape.keys, "k"))
    if shape.ends:
        yield SQL("delete from {} where until = 0").format(relation)
