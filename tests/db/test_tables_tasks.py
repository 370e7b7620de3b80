"""The read tables and figures of tasks, on PostgreSQL, against a plain recomputation from the events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import orjson
import pytest

from domain import Actor, Event
from domain.access import HEAD, TEACHER
from domain.tasks import (
    AssignmentCancelled,
    OfAssignment,
    TaskAccepted,
    TaskAssigned,
    TaskDeclined,
    TaskDelegated,
    TaskEvaluated,
    TaskExtensionGranted,
    TaskOverdue,
)
from infra.campus import Campus
from infra.cli.common import load_areas
from infra.projector import Projector
from infra.readings import SYSTEM as EVERYTHING, Viewer
from projections import Table, duties, tasks
from tests.faults.workflows import tasks as by_dice
from tests.faults.workflows.founding import founded
from tests.faults.workflows.world import DEPARTMENTS, World

TABLES = [t for m in (tasks, duties) for t in vars(m).values() if isinstance(t, Table)]
MATHS = DEPARTMENTS[0]
Past = list[tuple[int, datetime, Event]]
Sums = dict[str, tuple[Decimal, Decimal]]


@pytest.fixture
async def term(campus: Campus) -> tuple[Campus, Past]:
    """Forty tasks by dice; at the end the clock's own agenda settles what nobody came back to."""
    await Projector(campus.institution, TABLES).prepare()
    dice = Random(5)  # noqa: S311 a game, not a secret
    world = World(campus.desk, campus.log, campus.codec, dice, load_areas().reactions)
    await founded(world, teaching=False)
    for _ in range(30):
        await world.churn(by_dice.COMMANDS)
    for _ in range(40):
        world.now += timedelta(hours=3)
        await by_dice.play(world)
    assert not world.surprises
    await campus.agenda.catch_up()
    end = world.now + timedelta(days=60)
    assert await campus.agenda.settle_dues(end, received_at=end) > 5
    await Projector(campus.institution, TABLES, batch=7).catch_up()
    rows = await campus.log.page(0, limit=5_000)
    received = (datetime.fromisoformat(orjson.loads(r.body)["received_at"]) for r in rows)
    return campus, [(r.position, at, campus.codec.event(r)) for r, at in zip(rows, received, strict=True)]


def summed(rows: Iterator[tuple[str, int, int]]) -> Sums:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for department, numerator, denominator in rows:
        sums[department][0] += numerator
        sums[department][1] += denominator
    return {k: (Decimal(n), Decimal(d)) for k, (n, d) in sums.items()}


def stories(past: list[Event]) -> list[list[OfAssignment]]:
    told: dict[str, list[OfAssignment]] = defaultdict(list)
    for event in past:
        if isinstance(event, OfAssignment):
            told[event.assignment.assignment_id].append(event)
    return list(told.values())


def in_time(past: list[Event], moment: datetime) -> Iterator[tuple[str, int, int]]:
    for story in stories(past):
        now = story[-1].assignment
        missed = [e.assignment for e in story if isinstance(e, TaskOverdue)]
        if now.part != "lead":
            continue
        if missed:
            assert len(missed) == 1, "overdue is written once"
            if missed[0].due_at < moment:
                yield missed[0].department_id, 0, 1
        elif (now.submitted_at or now.state not in ("cancelled", "declined")) and now.due_at < moment:
            yield now.department_id, int(now.submitted_at is not None), 1


def accepted(past: Past, moment: datetime) -> Iterator[tuple[str, int, int]]:
    answers = TaskAccepted | TaskDelegated | TaskDeclined | AssignmentCancelled
    told = [(at, e) for _, at, e in past if isinstance(e, OfAssignment)]
    for n, (_, opened) in enumerate(told):
        if not isinstance(opened, TaskAssigned | TaskDelegated):
            continue
        asked = opened.assignment
        later = [x for x in told[n + 1 :] if x[1].assignment.assignment_id == asked.assignment_id]
        answer = next(((at, e) for at, e in later if isinstance(e, answers)), None)
        late = answer is None or answer[0].replace(microsecond=0) > asked.accept_by
        if answer and isinstance(answer[1], TaskDeclined | AssignmentCancelled) and not late:
            continue
        if asked.accept_by < moment:
            yield asked.department_id, int(not late), 1


async def read(campus: Campus, key: str, **asked: Any) -> Sums:
    found = await campus.readings.figure(key, EVERYTHING, by=("department",), **asked)
    return {r.group["department"]: (r.numerator, r.denominator) for r in found}


async def test_every_figure_is_what_the_events_say_now_and_as_of_any_position(term: tuple[Campus, Past]) -> None:
    campus, everything = term
    last = everything[-1][0]
    kinds = {type(e) for _, _, e in everything}
    assert {TaskOverdue, TaskDelegated, TaskEvaluated, TaskExtensionGranted} <= kinds, "the dice left something out"
    for upto in (last // 2, last * 3 // 4, last):
        seen = [one for one in everything if one[0] <= upto]
        past, moment = [e for _, _, e in seen], everything[upto - 1][1]
        asked: dict[str, Any] = {"as_of": upto, "at": moment}
        assert await read(campus, "tasks", **asked) == summed(in_time(past, moment))
        assert await read(campus, "tasks_accepted", **asked) == summed(accepted(seen, moment))
        scores = ((e.assignment.department_id, e.assignment.score, 1) for e in past if isinstance(e, TaskEvaluated))
        assert await read(campus, "task_score", **asked) == summed((d, s or 0, n) for d, s, n in scores)
    mean = (await campus.readings.figure("task_score", EVERYTHING))[0]
    assert mean.value == mean.numerator / mean.denominator


async def test_every_assignment_stands_as_it_was_left_and_a_cold_rebuild_is_the_same(
    term: tuple[Campus, Past],
) -> None:
    campus, everything = term
    past = [e for _, _, e in everything]
    rows = {r["assignment_id"]: r for r in await campus.readings.rows("assignment", EVERYTHING)}
    for story in stories(past):
        now = story[-1].assignment
        row = rows.pop(now.assignment_id)
        said = {name: row[name] for name in type(now).model_fields if name in row}
        assert said == now.model_dump(include=set(said)) | {"parties": list(now.parties)}
        assert (row["term_id"], row["week"], row["day"]) == (story[-1].term_id, story[-1].week, story[-1].day)
    assert rows == {}
    asked = await campus.readings.rows("task_extension", EVERYTHING)
    assert {r["state"] for r in asked} >= {"granted", "refused"}
    projector = Projector(campus.institution, TABLES)
    await projector.prepare()
    for batch in (1, 500):
        assert {c["differences"] for c in await projector.compare(batch=batch)} == {0}


async def test_people_see_their_department_or_their_own_part(term: tuple[Campus, Past]) -> None:
    campus, _ = term
    teacher = "person:teacher-0--maths"
    head = Viewer("person:x", (Actor("person:x", HEAD, MATHS),))
    mine = Viewer(teacher, (Actor(teacher, TEACHER, MATHS),))
    seen = await campus.readings.rows("assignment", head)
    assert {a["department_id"] for a in seen} == {MATHS}
    seen = await campus.readings.rows("assignment", mine)
    assert seen
    assert all(teacher in (*a["parties"], a["publisher_id"]) for a in seen)
    assert {t["publisher_id"] for t in await campus.readings.rows("task", mine)} <= {teacher}
