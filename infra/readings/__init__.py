"""What the college's figures say: to whom, as of which position, at which moment, and by which events.

Every reading happens in a READ ONLY transaction of the reader's role, in which row-level security shows the
viewer's rows only.  `as_of` is a log position (None: as far as the tables have been folded); `at` is the moment
a figure is judged at (None: the institution's clock for now, the moment of recording for a past position).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, LiteralString, Protocol

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed, Identifier
from psycopg_pool import AsyncConnectionPool

from domain import Conflict, Unknown
from infra.postgres import Institution, connect
from infra.readings import integrity as proofs
from infra.readings.coarser import asked_for, coarser
from infra.readings.explaining import Explanation as Explanation, Places, Wish, explained
from infra.readings.integrity import Integrity as Integrity
from infra.readings.listener import Listener
from infra.readings.memory import Memory
from infra.readings.query import Columns, Figure, Filters, Tables, cursor_of, equal, ordered, page, sums
from infra.readings.reading import Group as Group, Page as Page, Reading as Reading, Row as Row, reading, stopped
from infra.readings.rules import Value, in_force
from infra.readings.scope import SYSTEM as SYSTEM, Viewer as Viewer
from infra.readings.standing import (
    POSITION_AT,
    RECORDED_AT,
    SHAPES,
    STANDING,
    STATUS,
    Standing,
    Status as Status,
    TableStatus as TableStatus,
    status_of,
    written,
)

Connection = AsyncConnection[Any]
# Of all the answers kept together: one may hold a reading, or those of every person of the college.
READINGS_REMEMBERED: Final = 50_000
RULES_UPTO: Final = 20_000
ONE_SNAPSHOT: Final = "isolation level repeatable read, read only"


class Now(Protocol):
    """The institution's clock."""

    def now(self) -> datetime: ...


class RealTime:
    """The clock on the wall."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class _Known:
    """A table as the books declare it."""

    columns: Mapping[str, str]
    fixed: bool


@dataclass(frozen=True)
class _Asked:
    """A reading's transaction: its connection, what it found, and the parameters every query of it is given."""

    db: Connection
    standing: Standing
    moment: datetime
    by_clock: bool
    tables: Tables
    zone: str

    @property
    def given(self) -> Row:
        return {"moment": self.moment, "position": self.standing.at, "zone": self.zone}


class Readings:
    """The read side of one institution.  `figures` are those it may be asked for, by key."""

    def __init__(
        self,
        pool: AsyncConnectionPool[Connection],
        institution: Institution,
        figures: Mapping[str, Figure] | None = None,
        clock: Now | None = None,
    ) -> None:
        self._pool, self._institution = pool, institution
        self._figures = figures if figures is not None else {}
        self._clock = clock or RealTime()
        self._memory: Memory[tuple[Reading, ...]] = Memory(READINGS_REMEMBERED, lambda kept: len(kept) + 1)
        self._known: tuple[int, Mapping[str, Columns]] = (-1, {})
        schema = institution.read_schema
        look = SQL("select position from {}").format(Identifier(schema, "checkpoint"))
        self._listener = Listener(schema, lambda: connect(institution, "reader"), look)

    async def figure(
        self,
        key: str,
        viewer: Viewer,
        *,
        as_of: int | None = None,
        at: datetime | None = None,
        department: str | None = None,
        term: str | None = None,
        week: int | None = None,
        person: str | None = None,
        by: Sequence[Group] = (),
        rules: Mapping[str, Value] | None = None,
    ) -> list[Reading]:
        """A figure's value, one reading per group (exactly one without `by`), ordered by the groups.

        `rules` names policy keys and values to judge by instead of those in force: "what if".  Raises
        Unknown("figure_unknown" or "position_unknown" or "policy_unknown"), Conflict("policy_value_invalid").
        """
        figure = self._figure(key)
        async with self._asked(viewer, as_of, at) as asked:
            return await self._told(asked, viewer, figure, Filters(department, term, week, person), by, rules or {})

    async def explanation(
        self,
        key: str,
        viewer: Viewer,
        *,
        as_of: int | None = None,
        at: datetime | None = None,
        department: str | None = None,
        term: str | None = None,
        week: int | None = None,
        person: str | None = None,
        limit: int = 50,
        after: str | None = None,
        rules_upto: int = RULES_UPTO,
    ) -> Explanation:
        """Why a figure says what it says, with a page of its rows, all from one snapshot; see Explanation and Wish.

        Raises Unknown("figure_unknown"), Unknown("position_unknown"), Unknown("cursor_unknown").
        """
        figure, filters = self._figure(key), Filters(department, term, week, person)
        beyond = {} if after is None else cursor_of(after)
        async with self._asked(viewer, as_of, at, ONE_SNAPSHOT) as asked:
            told = (await self._told(asked, viewer, figure, filters, (), {}))[0]
            if told.state == "stopped":
                return Explanation(figure, filters, told, asked.standing.at, asked.standing.recorded_at, asked.moment)
            places = Places(self._institution.schema, self._institution.read_schema)
            given = beyond | await self._rules(asked, figure, {})
            return await explained(asked, places, figure, filters, told, given, Wish(limit, rules_upto))

    async def _told(
        self,
        asked: _Asked,
        viewer: Viewer,
        figure: Figure,
        filters: Filters,
        by: Sequence[Group],
        rules: Mapping[str, Value],
    ) -> list[Reading]:
        """The figure's readings, as they were told before where nothing under them has changed."""
        named = asked.tables.named_in(figure.rows)
        if (stop := asked.standing.stop_of(named)) is not None:
            return [stopped(stop, asked.standing.at, asked.moment)]
        told = await self._rules(asked, figure, rules)
        judged = asked.moment if "%(moment)s" in figure.rows else None
        scope = (asked.standing.edition, viewer, judged, tuple(told.items()))
        fine = asked_for(by)
        kept = self._memory.recall((asked.standing.at, figure.key, filters, fine, scope))
        if kept is None:
            try:
                position, kept = await self._summed(asked, figure, filters, fine, told)
            except psycopg.errors.UndefinedColumn:
                # A figure newer than its table says nothing until the table has been rebuilt.
                if asked.standing.rebuilding.isdisjoint(named):
                    raise
                return [stopped(0, asked.standing.at, asked.moment)]
            # What was judged by a clock that has gone on is never asked for again.
            if position is not None and (judged is None or not asked.by_clock or judged == self._clock.now()):
                self._memory.keep((position, figure.key, filters, fine, scope), kept)
        if fine == tuple(by):
            return [replace(one, moment=asked.moment) for one in kept]
        at = kept[0].as_of if kept else asked.standing.at
        return [reading(figure.scale, by, row, at, asked.moment) for row in coarser(kept, by)]

    async def _summed(
        self, asked: _Asked, figure: Figure, filters: Filters, by: Sequence[Group], told: Row
    ) -> tuple[int | None, tuple[Reading, ...]]:
        """The readings, and the position they stand at: of now, that of the query's own snapshot (None: no row said).

        The rows of now have the better indexes, so the past of the tables' last position is tried as now first.
        """
        given = asked.given | filters.told() | told
        standing = asked.standing
        for position in dict.fromkeys((None if standing.at == standing.position else standing.at, standing.as_of)):
            query = self._placed(sums(asked.tables, figure, position, filters, by))
            rows = await (await asked.db.execute(query, given, prepare=False)).fetchall()
            stood = position if position is not None or not rows else rows[0][-1]
            if standing.as_of in (None, stood):
                break
        at = standing.at if stood is None else stood
        return stood, tuple(reading(figure.scale, by, row[:-1], at, asked.moment) for row in rows)

    def _placed(self, query: Composed) -> Composed:
        """The query, each row with the checkpoint of its own snapshot at the end."""
        checkpoint = Identifier(self._institution.read_schema, "checkpoint")
        return SQL("select q.*, (select c.position from {} c) as shown from ({}) q").format(checkpoint, query)

    async def contributions(
        self,
        key: str,
        viewer: Viewer,
        *,
        as_of: int | None = None,
        at: datetime | None = None,
        department: str | None = None,
        term: str | None = None,
        week: int | None = None,
        person: str | None = None,
        limit: int = 200,
        after: str | None = None,
        rules: Mapping[str, Value] | None = None,
    ) -> Page:
        """The rows a figure sums, newest event first, each with its event's position and id and a `cursor` onwards.

        Raises Unknown("figure_unknown"), Unknown("position_unknown"), Unknown("cursor_unknown").
        """
        figure = self._figure(key)
        filters = Filters(department, term, week, person)
        beyond = {} if after is None else cursor_of(after)
        async with self._asked(viewer, as_of, at, ONE_SNAPSHOT) as asked:
            event = Identifier(self._institution.schema, "event")
            query = page(asked.tables, figure, asked.standing.as_of, filters, event, limit, bool(beyond))
            given = asked.given | filters.told() | beyond | await self._rules(asked, figure, rules or {})
            return Page(await self._rows(asked.db, query, given), asked.standing.at, asked.moment)

    def _figure(self, key: str) -> Figure:
        if key not in self._figures:
            raise Unknown("figure_unknown", figure=key)
        return self._figures[key]

    async def _rules(self, asked: _Asked, figure: Figure, instead: Mapping[str, Value]) -> Row:
        """The figure's policy parameters: as given instead, else in force at the moment, as known at the position."""
        by_key = {policy.key: (name, policy) for name, policy in figure.policies.items()}
        for key, value in instead.items():
            if key not in by_key:
                raise Unknown("policy_unknown", policy=key)
            if not by_key[key][1].allows(value):
                raise Conflict("policy_value_invalid", policy=key)
        told = {by_key[key][0]: value for key, value in instead.items()}
        wanted = {name: policy for name, policy in figure.policies.items() if name not in told}
        return told | await in_force(asked.db, asked.tables, asked.standing.as_of, asked.moment, wanted)

    async def rows(
        self,
        table: str,
        viewer: Viewer,
        *,
        where: Mapping[str, Any] | None = None,
        as_of: int | None = None,
        order: Sequence[str] = (),
        limit: int = 1000,
        history: bool = False,
    ) -> list[Row]:
        """Rows of one table, with `since` and `until`; `where` compares columns (a list: any of; a text[]: holds).

        `history`: every version known at the position, not only those that stood.  A column with "-" before it orders
        downwards.  Raises Unknown("table_unknown"), Unknown("column_unknown"), Unknown("position_unknown").
        """
        async with self._asked(viewer, as_of, None) as asked:
            columns = {**asked.tables[table].columns, "since": "bigint", "until": "bigint"}
            if strange := [c for c in [*(where or {}), *(o.removeprefix("-") for o in order)] if c not in columns]:
                raise Unknown("column_unknown", table=table, column=strange[0])
            versions = (asked.tables.history if history else asked.tables.as_of)(table, asked.standing.as_of)
            query = SQL("select * from ({}) t where true{} {} limit {}").format(
                versions, SQL("").join(equal(c, columns[c], v) for c, v in (where or {}).items()), ordered(order), limit
            )
            given = {c: list(v) if isinstance(v, set | frozenset) else v for c, v in (where or {}).items()}
            return await self._rows(asked.db, query, given)

    async def select(
        self,
        sql: LiteralString,
        params: Mapping[str, Any] | None,
        viewer: Viewer,
        *,
        as_of: int | None = None,
        at: datetime | None = None,
    ) -> list[Row]:
        """Any select over tables named {table}, as of the position; %(moment)s, %(zone)s and %(position)s are given."""
        async with self._asked(viewer, as_of, at) as asked:
            query = asked.tables.written(sql, asked.standing.as_of)
            return await self._rows(asked.db, query, asked.given | dict(params or {}))

    async def _rows(self, db: Connection, query: Composed, given: Row) -> list[Row]:
        async with db.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(query, given, prepare=False)
            return await cursor.fetchall()

    @asynccontextmanager
    async def _asked(
        self, viewer: Viewer, as_of: int | None, at: datetime | None, how: LiteralString = "read only"
    ) -> AsyncIterator[_Asked]:
        """A read-only transaction in which the viewer's rows alone are seen."""
        settings = list(viewer.settings())
        setting = SQL(", ").join(SQL("set_config({}, {}, true)").format(*pair) for pair in settings)
        async with self._pool.connection() as db, db.transaction():
            async with db.pipeline():
                await db.execute(f"set transaction {how}")
                await db.execute(SQL("select {}").format(setting))
                found = await db.execute(written(STANDING, self._institution), {"as_of": as_of})
            position, edition, recorded_at, stopped, rebuilding = await found.fetchone() or (0, 0, None, {}, [])
            if as_of is not None and not 0 <= as_of <= position:
                raise Unknown("position_unknown", position=as_of)
            standing = Standing(position, edition, as_of, recorded_at, stopped, frozenset(rebuilding))
            moment, by_clock = at or recorded_at or self._clock.now(), not (at or recorded_at)
            yield _Asked(db, standing, moment, by_clock, await self._tables(db, edition), self._institution.zone)

    async def _tables(self, db: Connection, edition: int) -> Tables:
        if self._known[0] != edition:
            found = await (await db.execute(written(SHAPES, self._institution))).fetchall()
            shapes = {d["name"]: _Known(dict(d["columns"]), d["fixed"]) for (d,) in found}
            self._known = (edition, shapes)
        schema = self._institution.read_schema
        return Tables(self._known[1], lambda name: Identifier(schema, name))

    async def status(self) -> Status:
        """How far the log and every table have come."""
        async with self._pool.connection() as db:
            rows = await (await db.execute(written(STATUS, self._institution))).fetchall()
        return status_of(rows, self._clock.now())

    async def integrity(self, nights: int = 1) -> Integrity:
        """The newest nightly proofs, and how far the log is sealed."""
        async with self._pool.connection() as db:
            done = await db.execute(proofs.written(proofs.NIGHTS, self._institution), {"nights": nights})
            sealed = await db.execute(proofs.written(proofs.SEALED, self._institution))
            return proofs.integrity_of(await done.fetchall(), await sealed.fetchone())

    async def wait_for(self, position: int, timeout: float = 5.0) -> bool:  # noqa: ASYNC109 - it answers False
        """Wait until the tables show `position`; False when they did not in time."""
        return await self._listener.wait_for(position, timeout)

    async def position_at(self, moment: datetime) -> int:
        """The last position recorded at or before a moment (0: none)."""
        async with self._pool.connection() as db:
            row = await (await db.execute(written(POSITION_AT, self._institution), {"moment": moment})).fetchone()
        return row[0] if row else 0

    async def recorded_at(self, position: int) -> datetime | None:
        """When a position was recorded; None before the first event and beyond the last."""
        async with self._pool.connection() as db:
            row = await (await db.execute(written(RECORDED_AT, self._institution), {"position": position})).fetchone()
        return row[0] if row else None

    async def close(self) -> None:
        """Stop listening for the projector."""
        await self._listener.close()
