"""Search 检索: events by what they carry, are and say, a page at a time, however many there are.

A page is found along one index: the ids carried, the types, or the positions themselves, whichever has the fewest
entries.  What no index knows (who gave the command, which one, from where) is looked at event by event, in bounded
steps and for a bounded time; a page that ran out of time says how far it came, and the next goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.sql import SQL, Composed, Identifier
from psycopg_pool import AsyncConnectionPool

from infra.log import Row

Pool = AsyncConnectionPool[AsyncConnection[Any]]
Order = Literal["oldest", "newest"]
STEP: Final = 5_000
SECONDS: Final = 0.8
PROBE: Final = 2_001
FURTHEST: Final = 2**62


# Set for each search: the planner must not take another way because of how much it expects to find.
SETTINGS: Final = (
    "set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_hashjoin = off;"
    " set local enable_mergejoin = off; set local jit = off"
)
# What an envelope says.  Opening it costs more than looking for the word in its text, which most do not hold.
_SAID: Final[dict[str, LiteralString]] = {
    "actor": """case when strpos(e.body::text, '"' || %(actor)s || '"') > 0
        then %(actor)s in (e.body->'actor'->>'person_id', e.body->'actor'->>'on_behalf_of') end""",
    "command": """case when strpos(e.body::text, '"' || %(command)s || '"') > 0
        then e.body->>'command_name' = %(command)s end""",
    "source": """case when strpos(e.body::text, '"' || %(source)s || '"') > 0
        then e.body->>'source' = %(source)s end""",
    "correlation": """case when strpos(e.body::text, %(correlation)s) > 0
        then e.body->>'correlation' = %(correlation)s end""",
}


@dataclass(frozen=True)
class Wanted:
    """Which events: each group of ids in `carried` must be met by one of its ids; empty means any.

    `first` and `last` are the positions between which is searched, both included.
    """

    carried: tuple[tuple[str, ...], ...] = ()
    types: tuple[str, ...] = ()
    actor: str | None = None
    command: str | None = None
    source: str | None = None
    correlation: UUID | None = None
    first: int = 1
    last: int | None = None

    @property
    def said(self) -> bool:
        """Whether the envelope itself must be read."""
        return bool(self.actor or self.command or self.source or self.correlation)


@dataclass(frozen=True)
class Found:
    """A page.  `edge` is where the next begins (beyond it), None when there is nothing more.

    `full`: the page holds as many as were asked for; not full and yet with an edge, the time ran out at the edge.
    """

    rows: list[Row] = field(default_factory=list)
    edge: int | None = None
    full: bool = False


@dataclass(frozen=True)
class _Way:
    """The index a page is found along: a group of ids, the types, or (neither) the positions."""

    group: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


async def search(pool: Pool, schema: str, wanted: Wanted, *, beyond: int | None, order: Order, limit: int) -> Found:
    """The next events beyond a position, in order."""
    rows: list[Row] = []
    deadline = time.monotonic() + SECONDS
    edge = beyond if beyond is not None else (wanted.first - 1 if order == "oldest" else FURTHEST)
    async with pool.connection() as db, db.transaction():
        await db.execute(SETTINGS)
        way = await _way(db, schema, wanted)
        exact = not (wanted.said or len(wanted.carried) > bool(way.group) or (wanted.types and not way.types))
        while True:
            step = limit - len(rows) if exact else STEP
            query = _page(schema, wanted, way, order)
            given = _given(wanted, way, edge, order) | {"step": step, "limit": limit - len(rows)}
            found = await (await db.execute(query, given, prepare=False)).fetchall()
            looked, reached = found[0][-2:]
            rows += [Row(p, i, t, tuple(tags), body, at) for p, i, t, tags, body, at, *_ in found if p is not None]
            if len(rows) >= limit:
                return Found(rows, rows[-1].position, True)
            if looked < step:
                return Found(rows)
            edge = reached
            if time.monotonic() > deadline:
                return Found(rows, edge)


async def _way(db: AsyncConnection[Any], schema: str, wanted: Wanted) -> _Way:
    """The way with the fewest entries, as far as a glance at each tells."""
    if not wanted.carried:
        return _Way(types=wanted.types)
    ways = [_Way(group=group) for group in wanted.carried]
    ways += [_Way(types=wanted.types)] if wanted.types else []
    if len(ways) == 1:
        return ways[0]
    counted = []
    for number, way in enumerate(ways):
        query = SQL("select count(*) from ({}) c").format(_entries(schema, way, "newest"))
        given = _given(wanted, way, FURTHEST, "newest") | {"step": PROBE}
        count = (await (await db.execute(query, given, prepare=False)).fetchone() or (0,))[0]
        counted.append((count, not way.group, number))
    return ways[min(counted)[-1]]


def _given(wanted: Wanted, way: _Way, edge: int, order: Order) -> dict[str, Any]:
    """The parameters: the open interval still to be looked at, and what is wanted there."""
    last = FURTHEST if wanted.last is None else wanted.last
    low = edge if order == "oldest" else wanted.first - 1
    high = last + 1 if order == "oldest" else min(edge, last + 1)
    others = {
        f"group{n}": list(group) for n, group in enumerate(group for group in wanted.carried if group is not way.group)
    }
    return {
        "low": max(low, wanted.first - 1),
        "high": high,
        "tags": list(way.group),
        "along": list(way.types),
        "types": list(wanted.types),
        "actor": wanted.actor,
        "command": wanted.command,
        "source": wanted.source,
        "correlation": str(wanted.correlation),
        **others,
    }


def _entries(schema: str, way: _Way, order: Order) -> Composed:
    """The next `step` entries of the index."""
    turn = SQL("desc" if order == "newest" else "")
    event, event_tag = Identifier(schema, "event"), Identifier(schema, "event_tag")
    if way.group:
        return SQL(
            "select u.position, min(u.type) as type from unnest(%(tags)s::text[]) w (tag) cross join lateral"
            " (select t.position, t.type from {event_tag} t where t.tag = w.tag and t.position > %(low)s"
            " and t.position < %(high)s order by t.position {turn} limit %(step)s) u"
            " group by u.position order by u.position {turn} limit %(step)s"
        ).format(event_tag=event_tag, turn=turn)
    if way.types:
        return SQL(
            "select u.position, w.type from unnest(%(along)s::text[]) w (type) cross join lateral"
            " (select t.position from {event} t where t.type = w.type and t.position > %(low)s"
            " and t.position < %(high)s order by t.position {turn} limit %(step)s) u"
            " order by u.position {turn} limit %(step)s"
        ).format(event=event, turn=turn)
    return SQL(
        "select t.position, t.type from {event} t where t.position > %(low)s and t.position < %(high)s"
        " order by t.position {turn} limit %(step)s"
    ).format(event=event, turn=turn)


def _page(schema: str, wanted: Wanted, way: _Way, order: Order) -> Composed:
    """The entries of one step, and of the events they name those that are wanted; at least one row, of two counts."""
    asked: list[Composed | SQL] = []
    if wanted.types and not way.types:
        asked.append(SQL("c.type = any (%(types)s)"))
    others = [group for group in wanted.carried if group is not way.group]
    asked += [SQL(f"e.tags && %(group{n})s::text[]") for n in range(len(others))]  # noqa: S608 - a number of our own
    asked += [SQL(text) for text in (_SAID[name] for name in _SAID if getattr(wanted, name))]
    turn = SQL("desc" if order == "newest" else "")
    return SQL(
        "with entry as materialized ({entries}),"
        " found as (select e.position, e.id, e.type, e.tags, e.body::text as body, e.recorded_at"
        " from entry c cross join lateral (select o.* from {event} o where o.position = c.position offset 0) e"
        " where true{asked}"
        " order by e.position {turn} limit %(limit)s)"
        " select f.*, (select count(*) from entry), (select {edge}(position) from entry)"
        " from (select) one left join found f on true order by f.position {turn}"
    ).format(
        entries=_entries(schema, way, order),
        event=Identifier(schema, "event"),
        asked=SQL("").join(SQL(" and ") + part for part in asked),
        turn=turn,
        edge=SQL("min" if order == "newest" else "max"),
    )


async def rows_at(pool: Pool, schema: str, positions: Sequence[int]) -> list[Row]:
    """Events by position, in order; those that do not exist are left out."""
    query = SQL(
        "select e.position, e.id, e.type, e.tags, e.body::text, e.recorded_at from {} e"
        " where e.position = any (%s) order by e.position"
    ).format(Identifier(schema, "event"))
    async with pool.connection() as db:
        found = await db.execute(query, [sorted(set(positions))])
        return [Row(p, i, t, tuple(tags), body, at) async for p, i, t, tags, body, at in found]
