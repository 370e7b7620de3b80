"""Cold folds: every table again from the log's first event, aside, to prove or to show the past.

They live in temporary tables of one connection, so that whatever becomes of the process leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypedDict

from psycopg.sql import SQL, Composed, Identifier

from infra.projector.books import Books, Connection
from infra.projector.fold import close_staged, fold, stage
from infra.projector.rebuild import STEP, Progress
from infra.projector.shape import Relation, Shape, constrain, create

TEMPORARY = "pg_temp"


class Comparison(TypedDict):
    """One serving table against its cold fold, both as of `position`.

    `missing` row versions are in the cold fold only, `surplus` ones in the serving table only.
    """

    table: str
    position: int
    rows: int
    missing: int
    surplus: int
    differences: int


@asynccontextmanager
async def cold(
    books: Books, db: Connection, shape: Shape, upto: int, batch: int | None, watch: Callable[[Progress], None]
) -> AsyncIterator[Relation]:
    """The table folded from nothing up to a position: as a rebuild does, or by live folds of `batch` events."""
    relation = Identifier(TEMPORARY, shape.name)
    await db.execute(create(shape, relation, temporary=True))
    try:
        if batch is not None:
            for statement in constrain(shape, relation, f"{shape.name}~cold"):
                await db.execute(statement)
        for after in range(0, upto, batch or STEP):
            end = min(after + (batch or STEP), upto)
            if batch is None:
                one = stage([(shape, relation)], books.log, after, end)
            else:
                one = fold([(shape, relation)], books.log, after, end)
            await db.execute(one, prepare=False)
            watch(Progress(shape.name, "cold", end, upto))
        if batch is None:
            for statement in close_staged(shape, relation):
                await db.execute(statement, prepare=False)
        await db.execute(SQL("analyze {}").format(relation))
        yield relation
    finally:
        if not db.broken and db.info.transaction_status.name != "INERROR":
            await db.execute(SQL("drop table if exists {}").format(relation))


def _versions(shape: Shape, relation: Relation, upto: int) -> Composed:
    """Every version as known at a position.  `json` has no equality: its text is compared."""
    columns = SQL(", ").join(
        SQL("{}::text").format(Identifier(name)) if kind == "json" else Identifier(name) for name, kind in shape.columns
    )
    until = SQL("" if shape.fixed else ", case when until <= {upto} then until end").format(upto=upto)
    return SQL("select {}, since{} from {} where since <= {}").format(columns, until, relation, upto)


async def compared(
    books: Books, db: Connection, shape: Shape, upto: int, batch: int | None, watch: Callable[[Progress], None]
) -> Comparison:
    """Fold a table cold and count the row versions that differ, both ways."""
    async with cold(books, db, shape, upto, batch, watch) as aside:
        served, again = _versions(shape, books.relation(shape.name), upto), _versions(shape, aside, upto)
        found = await db.execute(
            SQL(
                "select (select count(*) from ({served}) s),"
                " (select count(*) from ({again} except all {served}) m),"
                " (select count(*) from ({served} except all {again}) m)"
            ).format(served=served, again=again),
            prepare=False,
        )
        rows, missing, surplus = await found.fetchone() or (0, 0, 0)
    return Comparison(
        table=shape.name, position=upto, rows=rows, missing=missing, surplus=surplus, differences=missing + surplus
    )
