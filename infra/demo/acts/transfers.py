"""Students who change class, once a term; the rosters follow them.  Seed: D42."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from domain.access import ACADEMIC
from domain.students import PlaceStudent
from infra.demo.acts import Act
from infra.demo.college import TRANSFER_WEEK, Transfer
from infra.demo.scene import Scene


class Transfers:
    """Placed anew on the Friday before the Monday from which it holds."""

    title = "转班 · transfers"

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def acts(self) -> Iterator[Act]:
        at = self._scene.moment(self._scene.on(TRANSFER_WEEK - 1, 5), 16)
        for moved in self._scene.college.transfers:
            yield Act(at, (moved.student,), partial(self._place, moved))

    async def _place(self, moved: Transfer, at: datetime) -> None:
        monday = self._scene.day(at) + timedelta(days=3)
        command = PlaceStudent(student_id=moved.student, squad_id=moved.squad.squad_id, from_day=monday)
        await self._scene.hand.give(command, at, by=self._scene.holder(ACADEMIC), key=f"demo:transfer:{moved.student}")
