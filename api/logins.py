"""Logins of the day 每日登录: put on record beside the login itself, which neither waits for it nor fails with it."""

from __future__ import annotations

import asyncio
import logging
from datetime import date
from zoneinfo import ZoneInfo

from domain import Rejected
from domain.access import REACTION, SYSTEM
from domain.notices import RecordLogin
from infra.clock import Clock
from infra.desk import Busy, Desk
from infra.log import LogUnavailable

log = logging.getLogger(__name__)


class Logins:
    """Records a person's first login of each day; later ones are known here, or else by the log."""

    def __init__(self, desk: Desk, clock: Clock, zone: ZoneInfo) -> None:
        self._desk, self._clock, self._zone = desk, clock, zone
        self._day, self._noted = date.min, set[str]()
        self._recording: set[asyncio.Task[None]] = set()

    def note(self, person_id: str) -> None:
        """Somebody has logged in."""
        today = self._clock.now().astimezone(self._zone).date()
        if today != self._day:
            self._day, self._noted = today, set()
        if person_id not in self._noted:
            self._noted.add(person_id)
            task = asyncio.create_task(self._record(person_id, today))
            self._recording.add(task)
            task.add_done_callback(self._recording.discard)

    async def close(self) -> None:
        """Wait for what is being recorded."""
        await asyncio.gather(*self._recording)

    async def _record(self, person_id: str, day: date) -> None:
        command = RecordLogin(person_id=person_id, day=day)
        key, by = f"login/{person_id}/{day}", SYSTEM[REACTION].person_id
        try:
            await self._desk.submit(command, key=key, person_id=by, source=REACTION)
        except (Busy, LogUnavailable, Rejected) as trouble:
            self._noted.discard(person_id)
            log.warning("a login is not on record: %s", type(trouble).__name__)
