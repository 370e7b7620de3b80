"""What was answered at three moments of a term is what a replay of the log and a reading of the past answer later.

The term has corrections, waivers, decisions otherwise, a transfer and a revised deadline; most of them come after
the first moments at which it is asked.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest

import domain
import projections
from domain import areas
from domain.roll_call import RollCallMarkCorrected, RollCallWaiverGranted
from domain.teaching_hours import HoursRecognitionOverridden
from infra.campus import Campus
from infra.postgres import pool
from infra.projector import Projector
from infra.readings import SYSTEM as EVERYTHING, Readings
from projections import Figure, Table
from tests.college import ARTS, MATHS, at
from tests.db.teaching import Play

list(areas(domain))
list(areas(projections))
TABLES = [table for name, table in Table.by_name.items() if not name.startswith("trial_")]
FIGURES = {key: figure for key, figure in Figure.by_key.items() if not key.startswith("trial_")}
MOMENTS = at(9, "20:00"), at(13, "20:00"), at(25, "20:00")
Sums = tuple[Decimal | None, Decimal, Decimal, int]


@dataclass(frozen=True)
class Answered:
    """What the figures said at a moment: whole, of each department, and by department, week and person."""

    position: int
    moment: datetime
    whole: Mapping[str, Sums]
    departments: Mapping[tuple[str, str], Sums]
    parts: Mapping[str, list[tuple[Any, ...]]]
    rows: Mapping[str, list[tuple[Any, ...]]]


async def answered(readings: Readings, position: int, moment: datetime, as_of: int | None = None) -> Answered:
    """Ask everything, now or as of a position."""

    async def sums(key: str, department: str | None = None) -> Sums:
        (told,) = await readings.figure(key, EVERYTHING, as_of=as_of, department=department)
        assert (told.as_of, told.moment) == (position, moment)
        return told.value, told.numerator, told.denominator, told.count

    parts, rows = {}, {}
    for key in FIGURES:
        found = await readings.figure(key, EVERYTHING, as_of=as_of, by=("department", "week", "person"))
        parts[key] = [(*r.group.values(), r.value, r.numerator, r.denominator, r.count) for r in found]
        rows[key] = [tuple(r.values()) for r in await readings.contributions(key, EVERYTHING, as_of=as_of, limit=5_000)]
    return Answered(
        position,
        moment,
        {key: await sums(key) for key in FIGURES},
        {(key, d): await sums(key, d) for key in FIGURES for d in (MATHS, ARTS)},
        parts,
        rows,
    )


async def played(campus: Campus, projector: Projector) -> list[Answered]:
    """The term, with the clock going along; what was answered each time."""
    term, told = Play(campus, Random(11)), list[Answered]()  # noqa: S311 - a test's dice
    for session in await term.prepare():
        term.plan(session)
    term.later(at(11, "20:00"), term.transfer)
    while term.waiting:
        when, _, act = heapq.heappop(term.waiting)
        await campus.clock.set(when, True)
        await act(when)
        head, recorded_at = await campus.log.head()
        due = len(told) < len(MOMENTS) and when >= MOMENTS[len(told)]
        # Asked at the moment of a record, which is how a position tells the moment it is judged at.
        if recorded_at == when and (due or not term.waiting):
            assert await projector.catch_up() == head
            told.append(await answered(campus.readings, head, when))
    return told


@pytest.fixture
async def term(campus: Campus) -> tuple[Campus, Projector, list[Answered]]:
    projector = Projector(campus.institution, TABLES, batch=7)
    await projector.prepare()
    return campus, projector, await played(campus, projector)


async def test_the_past_is_answered_as_it_was_answered_then(term: tuple[Campus, Projector, list[Answered]]) -> None:
    campus, projector, told = term
    assert len(told) >= len(MOMENTS)
    for kind in (RollCallMarkCorrected, RollCallWaiverGranted, HoursRecognitionOverridden):
        later = await campus.log.page(told[0].position, types=(kind.NAME,))
        assert later, f"the dice left {kind.NAME} out"
    assert len({tuple(then.whole["hours_recognised"]) for then in told}) == len(told)
    async with pool(campus.institution, "reader", smallest=1, largest=2) as looking:
        # Readings of their own: those of the term remember what they answered.
        afresh = Readings(looking, campus.institution, FIGURES, campus.clock)
        for then in told:
            assert await answered(afresh, then.position, then.moment, as_of=then.position) == then
            await replayed(projector, then)
        await afresh.close()


async def replayed(projector: Projector, then: Answered) -> None:
    """What `campus replay --until` prints, of the college and of each department."""
    for told in await projector.replay(then.position, FIGURES.values()):
        assert (told["value"], told["numerator"], told["denominator"], told["count"]) == then.whole[told["figure"]]
        assert told["moment"] == then.moment
    for department in (MATHS, ARTS):
        for told in await projector.replay(then.position, FIGURES.values(), department=department):
            sums = told["value"], told["numerator"], told["denominator"], told["count"]
            assert sums == then.departments[told["figure"], department]


async def test_the_tables_are_the_same_whatever_the_batches(term: tuple[Campus, Projector, list[Answered]]) -> None:
    campus, projector, _ = term
    assert await projector.catch_up() == (await campus.log.head())[0]
    for batch in (None, 1, 7, 500):
        compared = await projector.compare(batch=batch)
        assert len(compared) == len(TABLES)
        assert {c["table"]: c["differences"] for c in compared if c["differences"]} == {}
        if batch is None:
            assert sum(c["rows"] for c in compared) > 100
