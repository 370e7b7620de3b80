"""Every table and figure that the areas declare is SQL that PostgreSQL runs, and keeps to its contract."""

from __future__ import annotations

import domain
import projections
from domain import Event, areas
from infra.postgres import Institution, connect, pool
from infra.projector import Projector
from infra.projector.fold import fold, stage
from infra.readings import SYSTEM, Readings
from projections import Figure, Table

list(areas(domain))
list(areas(projections))
TABLES = {name: table for name, table in Table.by_name.items() if not name.startswith("trial_")}
FIGURES = {key: figure for key, figure in Figure.by_key.items() if not key.startswith("trial_")}


def test_tables_hear_events_that_exist_and_key_and_scope_by_their_own_columns() -> None:
    for name, table in TABLES.items():
        assert table.types, f"{name} hears nothing"
        assert set(table.types) <= set(Event.by_name), f"{name} hears events that no area declares"
        named = {*table.keys, *table.scope.persons, *(c for columns in (*table.indexes, *table.past) for c in columns)}
        named |= {table.scope.department} if table.scope.department else set()
        assert named <= set(table.columns), f"{name} names columns it does not have"
        assert table.keys, f"{name} has no key"


async def test_every_table_can_be_folded_and_every_figure_read(institution: Institution) -> None:
    projector = Projector(institution, TABLES.values())
    await projector.prepare()
    async with await connect(institution, "projector") as db:
        for name, shape in projector.shapes.items():
            relation = projector.books.relation(name)
            await db.execute(fold([(shape, relation)], institution.schema, 0, 1))
            await db.execute(stage([(shape, relation)], institution.schema, 0, 1))
        parts = [(shape, projector.books.relation(name)) for name, shape in projector.shapes.items()]
        await db.execute(fold(parts, institution.schema, 0, 1))
        await db.execute(stage(parts, institution.schema, 0, 1))
    async with pool(institution, "reader") as looking:
        readings = Readings(looking, institution, FIGURES)
        for key in FIGURES:
            (reading,) = await readings.figure(key, SYSTEM)
            assert reading.count == 0
            for as_of in (None, 0):
                by = ("department", "term", "week", "day", "person", "about")
                assert await readings.figure(key, SYSTEM, as_of=as_of, by=by) == []
            assert await readings.contributions(key, SYSTEM, department="department:x", term="term:x", week=1) == []
