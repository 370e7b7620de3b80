"""The figures of a past position, from a cold fold of the log up to it: nothing of the read tables is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict

from psycopg.sql import Identifier

from infra.projector.books import Books, Connection
from infra.projector.cold import TEMPORARY, cold
from infra.projector.rebuild import Progress
from infra.projector.shape import Shape
from infra.readings.query import Figure, Filters, Tables, sums, value_of
from infra.readings.rules import POLICY, in_force


class Replayed(TypedDict):
    """One figure as it stood; `value` None: nothing was due."""

    figure: str
    zh: str
    en: str
    value: Decimal | None
    numerator: Decimal
    denominator: Decimal
    count: int
    moment: datetime


async def replayed(
    books: Books,
    db: Connection,
    shapes: Mapping[str, Shape],
    until: int,
    figures: Sequence[Figure],
    filters: Filters,
    watched: Callable[[int], Callable[[Progress], None]],
) -> list[Replayed]:
    """Every figure over tables folded from nothing up to `until`; empty for a log without events."""
    found = await books.ask(db, "select recorded_at from {event} where position = %s", until)
    row = await found.fetchone()
    if row is None:
        return []
    tables = Tables(
        {n: _Known(dict(s.columns), s.fixed) for n, s in shapes.items()}, lambda name: Identifier(TEMPORARY, name)
    )
    wanted = dict.fromkeys(n for f in figures for n in (*tables.named_in(f.rows), *([POLICY] if f.policies else [])))
    named = [n for n in wanted if n in shapes]
    async with AsyncExitStack() as stack:
        watch = watched(len(named))
        for name in named:
            await stack.enter_async_context(cold(books, db, shapes[name], until, None, watch))
        given = {"moment": row[0], "position": until, "zone": books.zone} | filters.told()
        return [await _read(db, tables, figure, given, filters) for figure in figures]


class _Known:
    def __init__(self, columns: Mapping[str, str], fixed: bool) -> None:
        self.columns, self.fixed = columns, fixed


async def _read(db: Connection, tables: Tables, figure: Figure, given: Mapping[str, Any], filters: Filters) -> Replayed:
    rules = await in_force(db, tables, None, given["moment"], figure.policies)
    found = await db.execute(sums(tables, figure, None, filters, ()), {**given, **rules}, prepare=False)
    numerator, denominator, count = await found.fetchone() or (Decimal(0), Decimal(0), 0)
    value = value_of(figure.scale, numerator, denominator)
    return Replayed(
        figure=figure.key,
        zh=figure.zh,
        en=figure.en,
        value=value,
        numerator=numerator,
        denominator=denominator,
        count=count,
        moment=given["moment"],
    )
