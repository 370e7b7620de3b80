"""The semester, day by day: what people do and what falls due, each at its moment."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from domain.access import CLOCK, SYSTEM
from domain.duties import Due
from infra.agenda import Agenda
from infra.demo.acts import Act, Part
from infra.demo.scene import Scene

Reacted = Callable[[], Awaitable[None]]


class Semester:
    """Plays what happens between the first Monday and the last deadline."""

    def __init__(self, scene: Scene, agenda: Agenda, parts: Sequence[Part], reacted: Reacted) -> None:
        self._scene, self._hand, self._agenda = scene, scene.hand, agenda
        self._parts, self._reacted = parts, reacted
        self.played: Counter[str] = Counter()

    async def play(self, since: datetime) -> None:
        """Day by day; acts before `since` have been played in an earlier run."""
        by_day: dict[date, list[Act]] = defaultdict(list)
        total = 0
        for part in self._parts:
            for act in part.acts():
                if since <= act.at <= self._scene.last_moment:
                    by_day[self._scene.day(act.at)].append(act)
                    self.played[part.title] += 1
                    total += 1
        bar = self._hand.bar("semester", total)
        day = max(self._scene.days.starts_on, self._scene.day(since))
        while day <= self._scene.day(self._scene.last_moment):
            await self._one_day(day, by_day.pop(day, []), bar)
            day += timedelta(days=1)

    async def _one_day(self, day: date, acts: list[Act], bar: Any) -> None:
        """All acts of a day and all that falls due in it, in order where they concern one thing; then the reactions."""
        midnight = self._scene.moment(day + timedelta(days=1), 0)
        await self._agenda.catch_up()
        dues = self._agenda.take(min(midnight, self._scene.last_moment))
        number = len(acts)
        # What falls due comes before what people do at the same moment: the sort is stable.
        acts = sorted([self._fallen_due(due) for due in dues] + acts, key=lambda act: act.at)
        await self._hand.in_order(acts, lambda act: act.concerns, lambda act: act.do(act.at))
        await self._reacted()
        if self._hand.progress and bar is not None:
            self._hand.progress.advance(bar, number)

    def _fallen_due(self, due: Due) -> Act:
        """A command of the clock, which concerns whatever it names; the term is named by too many."""
        told = due.command.model_dump(exclude={"term_id"})
        named = tuple(value for name, value in told.items() if name.endswith("_id") and value)
        return Act(due.at, named or (due.key,), partial(self._give, due))

    async def _give(self, due: Due, at: datetime) -> None:
        key = f"{due.key}@{due.at.isoformat()}"
        await self._hand.give(due.command, at, by=SYSTEM[CLOCK].person_id, key=key, source=CLOCK)
