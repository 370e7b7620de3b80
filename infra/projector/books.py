"""The projector's bookkeeping: one checkpoint for all tables, and the generations of each.

Whoever changes which generations are folded holds the checkpoint's row lock and raises its `edition`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import AsyncConnection, AsyncCursor
from psycopg.sql import SQL, Composed, Identifier

from infra.postgres import Institution, connect
from infra.projector.shape import Shape

Connection = AsyncConnection[Any]
State = Literal["live", "halted", "building"]
Phase = Literal["stage", "follow", "serve"]
RESERVED = frozenset({"checkpoint", "generation"})


class Superseded(Exception):
    """Another process took over what this one was folding; its transaction is void."""


@dataclass(frozen=True)
class Generation:
    """One build of a read table.  `position` None: it stands at the common checkpoint."""

    name: str
    number: int
    relation: str
    shape: Shape
    serving: bool
    state: State
    position: int | None
    phase: Phase
    target: int
    error: str | None
    failed_at: int | None

    @property
    def label(self) -> str:
        """What keeps the names of its indexes apart from those of other generations."""
        return f"{self.name}~{self.number}"


_COLUMNS = SQL("name, number, relation, definition, serving, state, position, phase, target, error, failed_at")
_BOOKS = (
    "create table if not exists {checkpoint} (single boolean primary key default true check (single),"
    " position bigint not null, edition int not null) with (fillfactor = 10)",
    "insert into {checkpoint} (position, edition) values (0, 0) on conflict do nothing",
    "create table if not exists {generation} (name text, number int, relation text not null,"
    " definition json not null, digest text not null, serving boolean not null, state text not null,"
    " position bigint, phase text not null, target bigint not null, error text, failed_at bigint,"
    " primary key (name, number))",
    "grant select on {checkpoint}, {generation} to campus_reader",
)


async def connected(institution: Institution) -> Connection:
    """A connection to fold on.

    Its commits need not be on disk at once: rows and checkpoint are lost together, and folded again together.
    """
    return await connect(
        institution, "projector", synchronous_commit="off", work_mem="64MB", maintenance_work_mem="256MB", jit="off"
    )


class Books:
    """The bookkeeping of one institution's read schema."""

    def __init__(self, institution: Institution) -> None:
        self.zone = institution.zone
        self.log = institution.schema
        self.schema = institution.read_schema

    def relation(self, name: str) -> Identifier:
        return Identifier(self.schema, name)

    async def ask(self, db: Connection, text: str, *values: Any) -> AsyncCursor[Any]:
        """Run a statement of the books, planned anew."""
        return await db.execute(self.written(text), values or None, prepare=False)

    def written(self, text: str) -> Composed:
        return SQL(text).format(
            checkpoint=self.relation("checkpoint"),
            generation=self.relation("generation"),
            head=Identifier(self.log, "head"),
            event=Identifier(self.log, "event"),
            columns=_COLUMNS,
        )

    async def create(self, db: Connection) -> None:
        """The empty books, if there are none."""
        found = await db.execute("select to_regclass(%s)", (f'"{self.schema}"."generation"',))
        if (await found.fetchone()) == (None,):
            for text in _BOOKS:
                await self.ask(db, text)

    async def lock(self, db: Connection) -> int:
        """The common checkpoint's position, its row locked until the transaction ends."""
        row = await (await self.ask(db, "select position from {checkpoint} for update")).fetchone()
        assert row
        return int(row[0])

    async def position(self, db: Connection) -> int:
        """The common checkpoint's position."""
        row = await (await self.ask(db, "select position from {checkpoint}")).fetchone()
        assert row
        return int(row[0])

    async def behind(self, db: Connection, upto: int | None) -> int | None:
        """The checkpoint's position if nothing is to be folded (up to a position); None if something is."""
        found = await self.ask(
            db,
            "select case when c.position >= least(h.position, %s) then c.position end from {checkpoint} c, {head} h",
            upto,
        )
        row = await found.fetchone()
        assert row
        return row[0] if row[0] is None else int(row[0])

    async def next_batch(self, db: Connection, most: int, upto: int | None) -> tuple[int, int, int, list[str]]:
        """(edition, checkpoint, end of the next batch, types of event in it); locks the checkpoint."""
        found = await self.ask(
            db,
            "with c as (select position, edition from {checkpoint} for update),"
            " r as (select c.*, least(h.position, c.position + %s, %s) as upto from c, {head} h)"
            " select edition, position, upto, array(select distinct e.type from {event} e"
            " where e.position > r.position and e.position <= r.upto) from r",
            most,
            upto,
        )
        edition, position, end, types = await found.fetchone() or (0, 0, 0, [])
        return edition, position, end, types

    async def advance(self, db: Connection, before: int, after: int) -> AsyncCursor[Any]:
        """Move the common checkpoint; the fence is that exactly one row must have moved."""
        return await self.ask(db, "update {checkpoint} set position = %s where position = %s", after, before)

    async def head(self, db: Connection) -> int:
        row = await (await self.ask(db, "select position from {head}")).fetchone()
        assert row
        return int(row[0])

    async def generations(self, db: Connection, name: str | None = None) -> list[Generation]:
        """Every generation, or those of one table."""
        found = await self.ask(
            db,
            "select {columns} from {generation} where %s::text is null or name = %s order by name, number",
            *(name, name),
        )
        return [Generation(row[0], row[1], row[2], Shape.from_json(row[3]), *row[4:]) for row in await found.fetchall()]

    async def alone(self, db: Connection) -> None:
        """Wait until no other connection stages for the institution, and keep them from it while this one is open."""
        await db.execute("select pg_advisory_lock(hashtext(%s))", (f"campus staging {self.log}",))

    async def sizes(self, db: Connection, made: Iterable[Generation]) -> dict[str, int]:
        """How many bytes of rows each generation holds, by table."""
        of = {one.name: f'"{self.schema}"."{one.relation}"' for one in made}
        found = await db.execute(
            "select name, pg_relation_size(to_regclass(relation))"
            " from unnest(%s::text[], %s::text[]) as o(name, relation)",
            (list(of), list(of.values())),
        )
        return {name: size or 0 for name, size in await found.fetchall()}

    async def enter(self, db: Connection, made: Generation) -> None:
        """Note a new generation."""
        await self.ask(
            db,
            "insert into {generation} (name, number, relation, definition, digest, serving, state, position, phase,"
            " target) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            *(made.name, made.number, made.relation, made.shape.to_json(), made.shape.digest, made.serving),
            *(made.state, made.position, made.phase, made.target),
        )
        await self.reissue(db)

    async def reissue(self, db: Connection) -> None:
        """Tell every projector that the generations changed."""
        await self.ask(db, "update {checkpoint} set edition = edition + 1")

    async def halt(self, db: Connection, of: Generation, position: int, error: str) -> None:
        """Note that a generation cannot fold the event after `position`."""
        await self.ask(
            db,
            "update {generation} set state = 'halted', position = %s, error = %s, failed_at = %s"
            " where name = %s and number = %s",
            *(position, error, position + 1, of.name, of.number),
        )
        await self.reissue(db)

    async def hold(self, db: Connection, of: Generation) -> Generation:
        """A generation under construction as it stands, its row locked.  Raises Superseded if it is gone."""
        found = await self.ask(
            db, "select {columns} from {generation} where name = %s and number = %s for update", of.name, of.number
        )
        row = await found.fetchone()
        if row is None or row[4] or row[5] == "halted":
            raise Superseded(of.name)
        return Generation(row[0], row[1], row[2], Shape.from_json(row[3]), *row[4:])

    async def move(self, db: Connection, of: Generation) -> None:
        """Note how far a generation under construction has come."""
        await self.ask(
            db,
            "update {generation} set position = %s, phase = %s where name = %s and number = %s",
            *(of.position, of.phase, of.name, of.number),
        )

    async def succeed(self, db: Connection, new: Generation) -> None:
        """Note that a generation took the serving one's place and name."""
        await self.ask(db, "delete from {generation} where name = %s and serving", new.name)
        await self.ask(
            db,
            "update {generation} set serving = true, relation = name, state = 'live', position = null, phase = 'serve'"
            " where name = %s and number = %s",
            *(new.name, new.number),
        )
        await self.reissue(db)
