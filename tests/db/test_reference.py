"""A played semester: the read tables are what plain Python makes of the log, at any batch size, live or cold."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

import domain
import projections
from domain import areas
from infra.campus import Campus
from infra.log import Row
from infra.projector import Projector
from infra.readings import SYSTEM
from projections import Table
from tests.db.teaching import play
from tests.reference import TABLES as REFERENCE, folded

list(areas(domain))
list(areas(projections))
TABLES = [table for name, table in Table.by_name.items() if not name.startswith("trial_")]


async def past(campus: Campus) -> list[Row]:
    return await campus.log.page(0, limit=10_000)


def plain(row: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {n: v.isoformat() if isinstance(v := row[n], date) else v for n in names}


@pytest.mark.parametrize(("seed", "batch"), [(3, 1), (4, 7), (5, 500)])
async def test_a_played_semester_folds_the_same_in_sql_and_in_python(campus: Campus, seed: int, batch: int) -> None:
    projector = Projector(campus.institution, TABLES, batch=batch)
    await projector.prepare()
    await play(campus, seed)
    await projector.catch_up()
    rows = await past(campus)
    for name in REFERENCE:
        expected = folded(rows, name)
        assert len(expected) > 10
        keys = REFERENCE[name][1]
        read = await campus.readings.rows(name, SYSTEM, order=(*keys, "since"), history=True, limit=10_000)
        assert [plain(row, list(expected[0])) for row in read] == expected
    for size in (None, batch):
        compared = await projector.compare(batch=size)
        assert {c["table"]: c["differences"] for c in compared} == dict.fromkeys(projector.shapes, 0)


async def test_any_past_position_reads_as_if_the_log_ended_there(campus: Campus) -> None:
    projector = Projector(campus.institution, TABLES)
    await projector.prepare()
    await play(campus, seed=6)
    head = await projector.catch_up()
    rows = await past(campus)
    for position in range(0, head + 1, max(1, head // 9)):
        for name, (_, keys) in REFERENCE.items():
            expected = [v for v in folded(rows[:position], name) if v["until"] is None]
            read = await campus.readings.rows(name, SYSTEM, order=keys, as_of=position, limit=10_000)
            names = [n for n in (expected[0] if expected else {}) if n != "until"]
            assert [plain(row, names) for row in read] == [plain(v, names) for v in expected]
