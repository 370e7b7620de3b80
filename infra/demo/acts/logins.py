"""The day's first login of those who work in the college.  Seed: D01, D04."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from domain.access import REACTION, SYSTEM
from domain.notices import RecordLogin
from infra.demo.acts import Act
from infra.demo.people import cast
from infra.demo.scene import Scene

ABSENT: Final = 0.09
AT_ONCE: Final = 16
BEGIN: Final = 8.0


class Logins:
    """Who logs in on a working day, by department; of teachers from outside it is not asked."""

    title = "登录 · logins"

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._belong: dict[str, list[str]] = {d: list(persons) for d, persons in scene.employed.items()}
        for person in cast(scene.college):
            if person.hired:
                self._belong.setdefault(person.department_id, []).append(person.person_id)

    def acts(self) -> Iterator[Act]:
        for day in self._scene.workdays():
            at = self._scene.moment(day, BEGIN)
            for department in self._belong:
                yield Act(at, (f"logins {department}",), partial(self._log_in, department, day))

    def _present(self, department: str, day: date) -> list[str]:
        """Most people, on most days; fewer where a department is slack."""
        chances, scene = self._scene.chances, self._scene
        known = department in scene.departments
        slack = chances.slack(department, "logins", scene.week(day)) if known else 0.5
        dice = chances.dice("logins", department, day)
        return [person for person in self._belong[department] if dice.random() >= ABSENT * slack]

    async def _log_in(self, department: str, day: date, at: datetime) -> None:
        present = self._present(department, day)

        async def one(number: int, person: str) -> None:
            command = RecordLogin(person_id=person, day=day)
            moment = at + timedelta(seconds=20 * number)
            key = f"demo:login:{person}:{day}"
            await self._scene.hand.give(command, moment, by=SYSTEM[REACTION].person_id, key=key, source=REACTION)

        for start in range(0, len(present), AT_ONCE):
            some = enumerate(present[start : start + AT_ONCE], start)
            await asyncio.gather(*(one(number, person) for number, person in some))
