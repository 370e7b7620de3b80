"""The read tables and figures of teaching, on PostgreSQL, against a plain recomputation from the events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import domain
import projections
from domain import Actor, Event, areas
from domain.access import HEAD
from domain.roll_call import RollCallMarkCorrected, RollCallTaken
from domain.students import StudentAdmitted, StudentPlaced
from domain.teaching_hours import HoursNotRecognised, HoursRecognised, HoursRecognitionOverridden
from domain.timetable import SessionEnded
from infra.campus import Campus
from infra.projector import Projector
from infra.readings import SYSTEM as EVERYTHING, Viewer
from projections import Table
from tests.college import ALGEBRA, ARTS, DRAWING, LI, MATHS
from tests.db.teaching import play

list(areas(domain))
list(areas(projections))
TABLES = [table for name, table in Table.by_name.items() if not name.startswith("trial_")]
Sums = dict[tuple[str, int], tuple[Decimal, Decimal]]
Past = list[tuple[int, datetime, Event]]


@pytest.fixture
async def term(campus: Campus) -> tuple[Campus, Past]:
    """Two weeks played, all tables folded, and every event there was."""
    await Projector(campus.institution, TABLES).prepare()
    await play(campus, seed=11)
    await Projector(campus.institution, TABLES, batch=7).catch_up()
    rows = await campus.log.page(0, limit=5_000)
    return campus, [(r.position, r.recorded_at, campus.codec.event(r)) for r in rows]


async def read(campus: Campus, key: str, **asked: Any) -> Sums:
    found = await campus.readings.figure(key, EVERYTHING, by=("department", "week"), **asked)
    return {(r.group["department"], r.group["week"]): (r.numerator, r.denominator) for r in found}


def summed(rows: Iterator[tuple[str, int, int, int]]) -> Sums:
    sums: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for department, week, numerator, denominator in rows:
        sums[department, week][0] += numerator
        sums[department, week][1] += denominator
    return {k: (Decimal(n), Decimal(d)) for k, (n, d) in sums.items()}


def timeliness(past: list[Event], moment: datetime, hours: int | None = None) -> Iterator[tuple[str, int, int, int]]:
    taken = {e.session_id: e.taken_at.replace(microsecond=0) for e in past if isinstance(e, RollCallTaken)}
    for e in past:
        if isinstance(e, SessionEnded) and e.duty:
            due = e.ended_at + timedelta(hours=hours) if hours else e.duty.due_at
            if due < moment:
                yield e.department_id, e.week, int(e.session_id in taken and taken[e.session_id] <= due), 1


def recognition(past: list[Event]) -> dict[str, Any]:
    kinds = (HoursRecognised, HoursNotRecognised, HoursRecognitionOverridden)
    return {e.session_id: e for e in past if isinstance(e, kinds)}


def recognised(past: list[Event]) -> Iterator[tuple[str, int, int, int]]:
    for e in recognition(past).values():
        for share in e.shares:
            yield e.department_id, e.week, share.recognised_hundredths, share.planned_hundredths


def forfeited(past: list[Event]) -> Iterator[tuple[str, int, int, int]]:
    for e in recognition(past).values():
        if isinstance(e, HoursNotRecognised):
            planned = sum(s.planned_hundredths for s in e.shares)
            yield e.department_id, e.week, planned, planned


def marks(past: list[Event]) -> Iterator[tuple[str, int, str]]:
    """(department of the student on the day, week, mark) of every student of every roll, after corrections."""
    places = [e for e in past if isinstance(e, StudentAdmitted | StudentPlaced)]
    said = {
        (e.session_id, e.student_id): e.new for e in past if isinstance(e, RollCallMarkCorrected)
    }  # the last one said stands
    for roll in (e for e in past if isinstance(e, RollCallTaken)):
        for student, mark in roll.marks.items():
            there = [p for p in places if p.student_id == student and p.from_day <= roll.day]
            yield there[-1].department_id, roll.week, said.get((roll.session_id, student), mark)


def attendance(past: list[Event]) -> Iterator[tuple[str, int, int, int]]:
    for department, week, mark in marks(past):
        yield department, week, int(mark in ("present", "late", "left_early")), int(mark != "leave")


def truancy(past: list[Event]) -> Iterator[tuple[str, int, int, int]]:
    for department, week, mark in marks(past):
        yield department, week, int(mark == "absent"), int(mark != "leave")


def periods(sums: Sums) -> Sums:
    return {k: (n / 100, d / 100) for k, (n, d) in sums.items()}


async def test_every_figure_is_what_the_events_say_now_and_as_of_any_position(term: tuple[Campus, Past]) -> None:
    campus, everything = term
    last = everything[-1][0]
    assert last > 100
    for upto in (last // 2, last * 2 // 3, last * 5 // 6, last):
        past = [e for position, _, e in everything if position <= upto]
        moment = everything[upto - 1][1]
        seen: dict[str, Any] = {"as_of": upto, "at": moment}
        assert await read(campus, "roll_call_timeliness", **seen) == summed(timeliness(past, moment))
        assert await read(campus, "hours_recognised_rate", **seen) == periods(summed(recognised(past)))
        assert await read(campus, "hours_forfeited", **seen) == periods(summed(forfeited(past)))
        assert await read(campus, "attendance_rate", **seen) == summed(attendance(past))
        assert await read(campus, "truancy_rate", **seen) == summed(truancy(past))
        whole = await campus.readings.figure("hours_recognised", EVERYTHING, **seen)
        assert whole[0].numerator == sum(n for n, _ in periods(summed(recognised(past))).values())


async def test_another_deadline_can_be_tried_and_a_cold_rebuild_is_the_same(term: tuple[Campus, Past]) -> None:
    campus, everything = term
    past, moment = [e for _, _, e in everything], everything[-1][1]
    for hours in (6, 48):
        rules = {"rollcall.deadline_hours": hours}
        told = await read(campus, "roll_call_timeliness_by_rule", at=moment, rules=rules)
        assert told == summed(timeliness(past, moment, hours))
    in_force = await read(campus, "roll_call_timeliness_by_rule", at=moment)
    assert in_force == summed(timeliness(past, moment, 24))
    projector = Projector(campus.institution, TABLES)
    await projector.prepare()
    for batch in (1, 500):
        assert {c["differences"] for c in await projector.compare(batch=batch)} == {0}


async def test_people_see_their_department_or_themselves(term: tuple[Campus, Past]) -> None:
    campus, everything = term
    past = [e for _, _, e in everything]
    outcomes = {e.outcome for e in past if isinstance(e, HoursRecognised | HoursRecognitionOverridden)}
    assert outcomes == {"recognised", "waived", "overridden"}, "the dice left something out"
    assert {e.reason for e in past if isinstance(e, HoursNotRecognised)} == {"no_roll_call", "late_roll_call"}
    rows = await campus.readings.rows("roster_member", EVERYTHING, where={"student_id": "student:m1-1"})
    stints = {(r["teaching_class_id"], r["department_id"], r["until_day"] is None) for r in rows}
    assert stints == {(ALGEBRA, MATHS, False), (DRAWING, ARTS, True)}
    arts = Viewer("person:xu", (Actor("person:xu", HEAD, ARTS),))
    teacher = Viewer(LI, (Actor(LI, "teacher", MATHS),))
    student = Viewer("person:a1-1", (Actor("person:a1-1", "student"),))
    assert {s["department_id"] for s in await campus.readings.rows("session", arts)} == {ARTS}
    assert {a["department_id"] for a in await campus.readings.rows("attendance", arts)} == {ARTS}
    assert {h["teacher_id"] for h in await campus.readings.rows("hours", teacher)} == {LI}
    assert all(LI in m["teacher_ids"] for m in await campus.readings.rows("mark", teacher))
    assert {m["student_id"] for m in await campus.readings.rows("mark", student)} <= {"student:a1-1"}
    assert {m["student_id"] for m in await campus.readings.rows("roster_member", student)} == {"student:a1-1"}
