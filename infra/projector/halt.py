"""An event that a table cannot fold is never skipped: it is found by bisection, and the table stops before it."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from psycopg.sql import Composed

from infra.projector.books import Connection

PROGRAM_LIMIT = "54"


def of_the_data(error: psycopg.Error) -> bool:
    """Whether an error comes from the events and the table's SQL, not from the server's or the line's condition."""
    if isinstance(error, psycopg.OperationalError):
        return (error.sqlstate or "").startswith(PROGRAM_LIMIT)
    return not isinstance(error, psycopg.InterfaceError)


async def _tried(db: Connection, statement: Composed) -> psycopg.Error | None:
    try:
        async with db.transaction():
            await db.execute(statement, prepare=False)
    except psycopg.Error as error:
        if not of_the_data(error):
            raise
        return error
    return None


async def as_far_as_possible(
    db: Connection, statement: Callable[[int, int], Composed], after: int, upto: int
) -> tuple[int, psycopg.Error | None]:
    """Fold (after, upto] inside the running transaction; the position reached, and why not further."""
    error = await _tried(db, statement(after, upto))
    if error is None:
        return upto, None
    low, high = after, upto
    while high - low > 1:
        middle = (low + high) // 2
        if worse := await _tried(db, statement(low, middle)):
            high, error = middle, worse
        else:
            low = middle
    last = await _tried(db, statement(low, high))
    if last is not None:
        return low, last
    # Only together did the events fail, or the cause has passed.
    return (high, None) if high == upto else await as_far_as_possible(db, statement, high, upto)
