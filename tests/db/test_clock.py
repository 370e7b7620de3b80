"""The clock that the processes of an institution share."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from infra.campus import Campus
from infra.clock import SharedClock
from tests.scenario import NOON


async def test_nobody_ever_takes_a_clock_being_set_for_a_real_one(campus: Campus) -> None:
    other = SharedClock(campus.pool, campus.institution.schema)
    setting = asyncio.create_task(set_often(campus.clock))
    looks = 0
    while not setting.done():
        await other.load()
        assert other.offset
        assert other.now() <= NOON + timedelta(minutes=200)
        looks += 1
    await setting
    assert looks > 20
    await other.load()
    assert (other.now(), other.frozen) == (NOON + timedelta(minutes=200), True)


async def set_often(clock: SharedClock) -> None:
    for minute in range(1, 201):
        await clock.set(NOON + timedelta(minutes=minute), True)


async def test_a_look_at_the_old_setting_does_not_undo_the_new(campus: Campus) -> None:
    for minute in range(1, 50):
        moment = NOON + timedelta(minutes=minute)
        await asyncio.gather(campus.clock.load(), campus.clock.set(moment, True))
        assert campus.clock.now() == moment
        assert campus.clock.frozen
