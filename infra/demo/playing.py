"""Playing the demo: found the college, play the semester, hand out passwords.

Every key is made of what is done, so an interrupted demo goes on, and a finished one only gets new passwords.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rich.progress import Progress

from api.accounts import Accounts
from api.imports.lines import Rows
from domain.organisation import DepartmentRegistered
from domain.timetable import TimetablePublished
from infra.agenda import Unsettled
from infra.campus import Campus
from infra.demo.acts import Part
from infra.demo.acts.logins import Logins
from infra.demo.acts.logs import Logs, diaries
from infra.demo.acts.merit import Merit
from infra.demo.acts.notices import Notices
from infra.demo.acts.rolls import Rolls, sittings
from infra.demo.acts.sanctions import Sanctions
from infra.demo.acts.sheets import Sheets
from infra.demo.acts.slips import Slips
from infra.demo.acts.tasks import Tasks
from infra.demo.acts.transfers import Transfers
from infra.demo.college import College, college, first_monday
from infra.demo.founding import Days, Founding
from infra.demo.hand import Hand, seldom_collected
from infra.demo.people import cast
from infra.demo.scene import Scene
from infra.demo.semester import Reacted, Semester
from infra.desk import KeyReused

ZONE: Final = ZoneInfo("Asia/Shanghai")
FIRST_MOMENT: Final = Days(first_monday(datetime.now(ZONE).date()), ZONE).first.astimezone(UTC)
REACTION_SECONDS: Final = 60.0
FULL_FROM: Final = 30  # departments and offices; the usual demo has about fifteen
ACCOUNTS_SHOWN: Final = (
    "president",
    "dean",
    "teacher",
    "counselor",
    "student-affairs-head",
    "auditor",
    "academic",
    "it",
    "student",
)


@dataclass(frozen=True)
class Account:
    """A login of the demo, with its password of today."""

    title: str
    login: str
    password: str
    person_id: str


@dataclass
class DemoReport:
    """What stands in the log after playing, how long it took, what was done and refused, and who may log in."""

    events: int = 0
    sessions: int = 0
    phases: list[tuple[str, float]] = field(default_factory=list)
    acts: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)


class Playing:
    """One run of the demo on one institution."""

    def __init__(
        self, campus: Campus, full: bool, seed: int, progress: Progress | None, sample: Rows | None = None
    ) -> None:
        self._campus, self._full, self._sample = campus, full, sample
        self._hand = Hand(campus.desk, campus.clock, seed, progress)
        self.report = DemoReport(phases=self._hand.phases)

    async def run(self) -> DemoReport:
        campus, hand = self._campus, self._hand
        reacting = asyncio.create_task(campus.reactor().run())
        try:
            founded = await campus.log.page(0, types=(TimetablePublished.NAME,), limit=1)
            with self._phase("规划 · plan"):
                days = Days(await self._starts_on(), ZoneInfo(campus.institution.zone))
                full = await self._whole_term() if founded else self._full
                planned = await asyncio.to_thread(college, days.starts_on.year, full, self._sample)
            founding = Founding(hand, campus.codec.keys, planned, days)
            if not founded:
                await self._found(founding)

            async def reacted() -> None:
                await self._reacted(reacting)

            await self._semester(planned, days, founding, reacted)
        finally:
            reacting.cancel()
            with suppress(asyncio.CancelledError):
                await reacting
        self.report.events, _ = await campus.log.head()
        self.report.refused = dict(sorted(hand.refused.items()))
        with self._phase("口令 · passwords"):
            self.report.accounts = [account async for account in self._accounts(planned)]
        return self.report

    async def _found(self, founding: Founding) -> None:
        codec = self._campus.codec
        kept, codec.keys = codec.keys, founding.keys
        try:
            with self._phase("建校 · found the college"):
                imported = await founding.run()
        except KeyReused:
            raise FileExistsError("已有另一规模的演示数据 · a demo of another size was begun here; --fresh") from None
        finally:
            codec.keys = kept
        self.report.phases[-1:-1] = [(f"  {name}", took) for name, took in imported.seconds.items()]

    async def _semester(self, planned: College, days: Days, founding: Founding, reacted: Reacted) -> None:
        campus = self._campus
        scene = Scene(self._hand, planned, days, founding.term)
        self.report.sessions = planned.sessions
        _, last = await campus.log.head()
        assert last
        since = last - timedelta(days=1)
        with self._phase("学期 · play the semester"):
            if since < scene.last_moment:
                semester = Semester(scene, campus.agenda, await self._parts(scene), reacted)
                await semester.play(since)
                self.report.acts = dict(semester.played)
        with self._phase("联动 · reactions"):
            await reacted()

    async def _parts(self, scene: Scene) -> list[Part]:
        """Every kind of action of the semester."""
        sections = {class_id: number for number, class_id in enumerate(scene.class_ids)}
        written = diaries(scene)
        return [
            Rolls(scene, await sittings(self._campus.log, sections)),
            Transfers(scene),
            Logs(scene, written),
            Merit(scene, written),
            Slips(scene),
            Sanctions(scene),
            Tasks(scene),
            Sheets(scene),
            Notices(scene),
            Logins(scene),
        ]

    async def _reacted(self, reacting: asyncio.Task[None]) -> None:
        """Wait until the reactor has come to the head; raises what stopped it, or Unsettled."""
        for _ in range(int(REACTION_SECONDS / 0.01)):
            head, _ = await self._campus.log.head()
            if await self._campus.reactor_position() >= head:
                return
            if reacting.done():
                reacting.result()
            await asyncio.sleep(0.01)
        raise Unsettled("the reactor has not come to the head")

    async def _whole_term(self) -> bool:
        """Whether the demo that stands in the log is the full one."""
        rows = await self._campus.log.page(0, types=(DepartmentRegistered.NAME,), limit=100)
        return len(rows) > FULL_FROM

    async def _starts_on(self) -> date:
        """The first Monday: four weeks after the first event, where an earlier run has begun."""
        zone = ZoneInfo(self._campus.institution.zone)
        for row in await self._campus.log.page(0, limit=1):
            monday = row.recorded_at.astimezone(zone).date() + timedelta(days=28)
            if monday.isoweekday() != 1:
                raise FileExistsError("已有非演示数据 · this institution holds data that no demo made")
            return monday
        return first_monday(datetime.now(zone).date())

    async def _accounts(self, planned: College) -> AsyncIterator[Account]:
        accounts = Accounts(self._campus)
        people = {person.login: person for person in cast(planned)}
        for login in ACCOUNTS_SHOWN:
            person, password = people[login], secrets.token_urlsafe(12)
            await accounts.set_password(person.person_id, login, password)
            yield Account(person.title, login, password, person.person_id)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self._hand.phases.append((name, round(time.monotonic() - begun, 1)))


async def play(
    campus: Campus,
    *,
    full: bool = False,
    seed: int = 2026,
    progress: Progress | None = None,
    sample: Rows | None = None,
) -> DemoReport:
    """Import and play whatever is not in the log yet; `sample` is another timetable than the one shipped."""
    with seldom_collected():
        return await Playing(campus, full, seed, progress, sample).run()
