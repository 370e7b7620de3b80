"""The golden story on PostgreSQL, by clock and reactor alone: Monday 09:40 to Wednesday 09:40, to the second."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain import Command, Event
from domain.access import ACADEMIC_HEAD, TEACHER
from domain.roll_call import GrantRollCallWaiver, RequestRollCallWaiver, RollCallDeadlineLapsed, RollCallTaken
from domain.teaching_hours import HoursNotRecognised, HoursRecognised
from domain.timetable import SessionEnded
from infra.campus import Campus
from tests.college import LI, SCHEDULING, WU, at, staff
from tests.db.teaching import grant
from tests.db.test_tables_organisation import record
from tests.rolls import DUE, ENDS, OFFER, ROSTER, SCHEDULED, SESSION, TAKE

ASK = RequestRollCallWaiver(session_id=SESSION, waiver_id="w1", reason="机房断网两天", evidence="证明 12 号")
GRANT = GrantRollCallWaiver(session_id=SESSION, waiver_id="w1")


@pytest.fixture
async def college(campus: Campus) -> Campus:
    """A session on the timetable, its teachers and the head of academic affairs."""
    roles = grant(LI, TEACHER), grant("person:dean", ACADEMIC_HEAD)
    await record(campus, *SCHEDULING, staff("person:dean"), *roles, OFFER, SCHEDULED, ROSTER)
    return campus


async def reacted(campus: Campus) -> None:
    """Until the reactor has come to the head."""
    async with asyncio.timeout(10):
        while await campus.reactor_position() < (await campus.log.head())[0]:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)


async def pass_until(campus: Campus, moment: datetime) -> None:
    async def settled(position: int) -> None:
        await reacted(campus)

    await campus.agenda.advance(moment, True, settled)


async def say(campus: Campus, command: Command[Any], by: str) -> None:
    await campus.desk.submit(command, person_id=by, key=command.NAME)


async def happened(campus: Campus, *kinds: type[Event]) -> list[Event]:
    rows = await campus.log.page(0, types=[kind.NAME for kind in kinds])
    return [campus.codec.event(row) for row in rows]


@pytest.fixture
async def working(college: Campus):
    """The college with its reactor at work."""
    reactor = asyncio.create_task(college.reactor().run())
    yield college
    reactor.cancel()
    with suppress(asyncio.CancelledError):
        await reactor


OUTCOMES = (SessionEnded, RollCallTaken, RollCallDeadlineLapsed, HoursRecognised, HoursNotRecognised)


async def test_in_time_to_the_second(working: Campus) -> None:
    await pass_until(working, DUE)
    await say(working, TAKE, LI)
    await pass_until(working, DUE + timedelta(days=1))
    ended, taken, hours = await happened(working, *OUTCOMES)
    assert isinstance(ended, SessionEnded)
    assert isinstance(taken, RollCallTaken)
    assert isinstance(hours, HoursRecognised)
    assert (ended.ended_at, taken.taken_at, taken.on_time) == (ENDS, DUE, True)
    assert {s.teacher_id: s.recognised_hundredths for s in hours.shares} == {LI: 100, WU: 100}


async def test_a_second_late_keeps_the_attendance_and_a_waiver_brings_the_hours_back(working: Campus) -> None:
    await pass_until(working, DUE + timedelta(seconds=1))
    await say(working, TAKE, LI)
    await pass_until(working, at(10, "09:00"))
    _, taken, lost = await happened(working, *OUTCOMES)
    assert isinstance(taken, RollCallTaken)
    assert isinstance(lost, HoursNotRecognised)
    assert (taken.on_time, taken.marks, lost.reason) == (False, TAKE.marks, "late_roll_call")
    await say(working, ASK, LI)
    await say(working, GRANT, "person:dean")
    await reacted(working)
    *_, back = await happened(working, *OUTCOMES)
    assert isinstance(back, HoursRecognised)
    assert back.outcome == "waived"


async def test_never_rolled_lapses_sixty_seconds_after_the_deadline(working: Campus) -> None:
    await pass_until(working, DUE + timedelta(seconds=59))
    assert len(await happened(working, *OUTCOMES)) == 1
    await pass_until(working, DUE + timedelta(seconds=60))
    _, lapsed, lost = await happened(working, *OUTCOMES)
    assert isinstance(lapsed, RollCallDeadlineLapsed)
    assert isinstance(lost, HoursNotRecognised)
    assert lapsed.duty.settled_at == DUE
    await say(working, TAKE, LI)
    assert (await happened(working, RollCallTaken))[0].duty.state == "done_late"  # type: ignore[attr-defined]  # is one
