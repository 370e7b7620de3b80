"""The office 办公室: what the routes share while the application is open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from zoneinfo import ZoneInfo

from starlette.requests import HTTPConnection

from api.accounts import Accounts
from api.announcements import Announcements
from api.audit import Refusals
from api.door import Door
from api.logins import Logins
from api.problems import Words
from infra.campus import Campus
from infra.looks import Looks
from infra.readings import Integrity, Status, Viewer
from infra.settings import Settings

STATUS_SECONDS = 0.8
INTEGRITY_SECONDS = 5.0
OpenCampus = Callable[[], AbstractAsyncContextManager[Campus]]


class Office:
    """One institution behind one application.  Everything but `settings` and `words` exists only while open."""

    campus: Campus
    door: Door
    accounts: Accounts
    refusals: Refusals
    looks: Looks
    announcements: Announcements
    logins: Logins

    def __init__(self, settings: Settings, words: Mapping[str, Words]) -> None:
        self.settings, self.words = settings, words
        self._status: tuple[Status, float] | None = None
        self._integrity: tuple[Integrity, float] | None = None
        self._looking = asyncio.Lock()

    @asynccontextmanager
    async def opened(self, open_campus: OpenCampus) -> AsyncIterator[Campus]:
        """Open the institution; on the way out write the refusals that still wait."""
        async with open_campus() as campus:
            self.campus = campus
            self.door = Door(campus.pool, campus.institution, campus.desk)
            self.accounts = Accounts(campus)
            self.refusals = Refusals(campus.pool, campus.institution)
            self.looks = campus.looks
            self.announcements = Announcements(campus.log)
            self.logins = Logins(campus.desk, campus.clock, ZoneInfo(campus.institution.zone))
            writing = asyncio.create_task(self.refusals.run())
            try:
                yield campus
            finally:
                await self.announcements.close()
                await self.logins.close()
                writing.cancel()
                with suppress(asyncio.CancelledError):
                    await writing
                await self.refusals.flush()

    async def status(self) -> Status:
        """How far log and tables have come, read at most once a second however many ask."""
        async with self._looking:
            if self._status is None or time.monotonic() - self._status[1] > STATUS_SECONDS:
                self._status = await self.campus.readings.status(), time.monotonic()
            return self._status[0]

    async def integrity(self) -> Integrity:
        """How far the college is proven and sealed, read at most every five seconds however many ask."""
        async with self._looking:
            if self._integrity is None or time.monotonic() - self._integrity[1] > INTEGRITY_SECONDS:
                self._integrity = await self.campus.readings.integrity(), time.monotonic()
            return self._integrity[0]


def viewer_of(connection: HTTPConnection) -> Viewer:
    """Who asks, as the gate recognised them."""
    viewer = connection.scope["state"]["viewer"]
    assert isinstance(viewer, Viewer)
    return viewer
