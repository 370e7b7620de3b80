"""Reading notices: most in time, some late, some never.  Seed: D04."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from domain import Event, derived
from domain.notices import MarkNoticeRead
from infra.demo.acts import Act
from infra.demo.scene import Scene

IN_TIME, LATE = 0.88, 0.07
NEVER: Final = 1 - IN_TIME - LATE


class Reading:
    """What those do to whom a notice is addressed."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._chances = scene, scene.chances

    def acts(
        self, notice_id: str, person: str, department: str, published: datetime, earliest: int = 0
    ) -> Iterator[Act]:
        """One person and one notice, which is read in time by the end of the next working day."""
        dice, scene = self._chances.dice("read", notice_id, person), self._scene
        day = scene.day(published)
        fell = dice.random() / self._chances.slack(department, "notices", scene.week(day))
        if fell < NEVER:
            return
        days = 2 + dice.randrange(3) if fell < NEVER + LATE else max(dice.choice((0, 0, 1)), earliest)
        at, concerns = published + timedelta(hours=dice.uniform(0.2, 5)), (notice_id,)
        if days:
            # The notice is there since the day before: its readers need not wait for each other.
            at, concerns = scene.moment(scene.workday(day, days), dice.uniform(8, 17.5)), (notice_id + person,)
        yield Act(at, concerns, partial(self._read, notice_id, person))

    def told(
        self, kind: type[Event], key: tuple[object, ...], person: str, department: str, at: datetime
    ) -> Iterator[Act]:
        """A notice about an event, which a reaction publishes: read on the next working day at the earliest."""
        yield from self.acts(derived("notice", kind.NAME, *key), person, department, at, 1)

    async def _read(self, notice_id: str, person: str, at: datetime) -> None:
        command = MarkNoticeRead(notice_id=notice_id, person_id=person)
        await self._scene.said(command, at, person, "read", notice_id, person)
