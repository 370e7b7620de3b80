"""The shadow 影子: a temporary log of what reads otherwise, folded by the tables' own SQL, and the tables it gives.

Everything is in temporary tables of one connection of the reading role, which may write nothing else: whatever
becomes of the process leaves nothing behind, and nothing live can be touched.

Every version of a row comes whole from one event.  So a shadow table is the live one as of the position, without the
versions that events replaced or left out had stated (and open again where such an event had closed one), with those
that the events told again state.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.sql import SQL, Composed, Identifier

from infra.projector.cold import TEMPORARY
from infra.projector.fold import close_staged, stage
from infra.projector.rebuild import STEP
from infra.projector.shape import Shape, create, names, quoted
from infra.readings.query import Tables
from infra.what_if.telling import ALL, Changes

Connection = AsyncConnection[Any]
LOG = (
    'create temporary table event (position bigint, id uuid, type text collate "C",'
    " recorded_at timestamptz, body json)",
    "create temporary table gone (position bigint)",
)


@dataclass(frozen=True)
class ShadowTables(Tables):
    """The tables as of a position, some of them in the shadow."""

    shadowed: frozenset[str] = frozenset()

    def as_of(self, name: str, position: int | None) -> Composed:
        if name in self.shadowed:
            return SQL("select * from {}").format(Identifier(TEMPORARY, name))
        return super().as_of(name, position)


class Shadow:
    """The temporary log and tables of one connection, as of a position."""

    def __init__(self, db: Connection, read_schema: str, shapes: Mapping[str, Shape], position: int) -> None:
        self._db, self._schema, self._shapes, self._position = db, read_schema, shapes, position
        self.fields: dict[str, set[str]] = {}
        self._last = 0

    async def begin(self) -> None:
        for text in LOG:
            await self._db.execute(text.encode())

    async def add(self, changes: Changes) -> None:
        """Take changes into the log."""
        async with self._db.cursor() as cursor:
            async with cursor.copy("copy pg_temp.event from stdin") as copy:
                for row in changes.rows:
                    await copy.write_row(row)
            async with cursor.copy("copy pg_temp.gone from stdin") as copy:
                for position in changes.gone:
                    await copy.write_row((position,))
        for kind, fields in changes.fields.items():
            self.fields.setdefault(kind, set()).update(fields)
        self._last = max(self._last, *(row[0] for row in changes.rows)) if changes.rows else self._last

    async def heard(self) -> None:
        """The log is whole."""
        await self._db.execute("create index on pg_temp.event (position)")
        await self._db.execute("analyze pg_temp.event; analyze pg_temp.gone")

    async def fold(self, wanted: frozenset[str], term: str) -> frozenset[str]:
        """Build those of the wanted tables that would differ; returns which."""
        shapes = [shape for name, shape in sorted(self._shapes.items()) if name in wanted and self._differs(shape)]
        parts = [(shape, Identifier(TEMPORARY, f"{shape.name} told")) for shape in shapes]
        for shape, relation in parts:
            await self._db.execute(create(shape, relation, temporary=True))
        for after in range(0, self._last if parts else 0, STEP):
            await self._db.execute(stage(parts, TEMPORARY, after, min(after + STEP, self._last)), prepare=False)
        for shape, relation in parts:
            for statement in close_staged(shape, relation):
                await self._db.execute(statement, prepare=False)
            await self._db.execute(self._merged(shape, relation, term), prepare=False)
            await self._db.execute(SQL("analyze {}").format(Identifier(TEMPORARY, shape.name)))
        return frozenset(shape.name for shape in shapes)

    def _differs(self, shape: Shape) -> bool:
        """Whether a table reads anything that reads otherwise now: what a row is made of, its SQL names."""
        said = f"{shape.select} {shape.ends} {' '.join(name for name, _ in shape.fields)}"
        fields = {name for kind in shape.types for name in self.fields.get(kind, ())}
        return ALL in fields or any(re.search(rf"\b{name}\b", said) for name in fields)

    def _merged(self, shape: Shape, told: Identifier, term: str) -> Composed:
        of_terms = "term_id" in dict(shape.columns)
        live = SQL("select {columns}, since{until} from {live} where since <= {at} {of_term}").format(
            columns=self._columns(shape),
            until=SQL("" if shape.fixed else ", until"),
            live=Identifier(self._schema, shape.name),
            at=self._position,
            of_term=SQL("and coalesce(term_id, {0}) = {0}").format(quoted(term)) if of_terms else SQL(""),
        )
        one = SQL("select {columns}, since from ({live}) l where not exists (select from pg_temp.gone g where").format(
            columns=self._columns(shape), live=live
        ) + SQL(" g.position = l.since)")
        if not shape.fixed:
            one += SQL(
                " and (until is null or until > {at} or until in (select g.position from pg_temp.gone g))"
            ).format(at=self._position)
        again = SQL("select {}, since from {}").format(self._columns(shape), told)
        if not shape.fixed:
            again += SQL(" where until is null")
        return SQL(
            "create temporary table {name} as select distinct on ({keys}) *, null::bigint as until from"
            " ({one} union all {again}) v order by {keys}, since desc"
        ).format(name=Identifier(shape.name), keys=names(shape.keys), one=one, again=again)

    def _columns(self, shape: Shape) -> Composed:
        return names(tuple(name for name, _ in shape.columns))

    def tables(self, live: Tables, shadowed: frozenset[str]) -> ShadowTables:
        """The tables to read figures from."""
        return ShadowTables(live.known, live.relation, shadowed)
