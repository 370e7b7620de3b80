"""Weekly logs: handed in by most in time, by some late or not at all, read, returned, exempted.  Seed: D19."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from typing import Final, Literal

from domain.access import DEPUTY, STUDENT_AFFAIRS
from domain.counselor_logs import AmendWeeklyLog, ExemptWeek, ReturnWeeklyLog, ReviewWeeklyLog, SubmitWeeklyLog
from infra.demo.acts import Act
from infra.demo.acts.texts import LOG_ADDED, LOG_ASKED, LOG_CLASSES, LOG_HANDLED, LOG_PLANS, LOG_READ, LOG_TALKS
from infra.demo.scene import Scene

Fate = Literal["in_time", "late", "missed", "exempt"]
LATE, MISSED, EXEMPT = 0.025, 0.015, 0.008
MISSES_BY_CHANCE: Final = 2
# Weeks that some counselors miss, and what it leads to: merit is lost; an award is questioned; a miss is exempted.
LOST: Final = (4, 8, 12)
QUESTIONED: Final = (5, 10, 16)
EXEMPTED: Final = (3, 7, 11)
READ, RETURNED = 0.9, 0.05


@dataclass(frozen=True)
class Diary:
    """One counselor's semester: what becomes of the log of every week."""

    person_id: str
    department_id: str
    fates: tuple[Fate, ...]
    story: tuple[int, ...] = ()

    @property
    def misses(self) -> int:
        return sum(fate in ("late", "missed") for fate in self.fates)


def diaries(scene: Scene) -> list[Diary]:
    """Every counselor's semester; the second counselors of the first departments have the stories."""
    seconds = [tuple(corps)[1] for corps in scene.counselors.values() if len(corps) > 1]
    stories = dict(zip(seconds, (LOST, QUESTIONED, EXEMPTED), strict=False))
    return [
        Diary(person, department, _fates(scene, person, department, stories.get(person, ())), stories.get(person, ()))
        for department, corps in scene.counselors.items()
        for person in corps
    ]


def _fates(scene: Scene, person: str, department: str, story: tuple[int, ...]) -> tuple[Fate, ...]:
    """Nobody without a story loses merit: of what is missed by chance only the first two stay so."""
    fates: list[Fate] = []
    allowed = 0 if story else MISSES_BY_CHANCE
    for week in range(1, scene.weeks + 1):
        slack = scene.chances.slack(department, "logs", week)
        fell = scene.chances.dice("log", person, week).random()
        fate: Fate = "in_time"
        if week in story:
            fate = "missed"
        elif fell < (LATE + MISSED) * slack and allowed:
            allowed -= 1
            fate = "late" if fell < LATE * slack else "missed"
        elif fell > 1 - EXEMPT:
            fate = "exempt"
        fates.append(fate)
    return tuple(fates)


class Logs:
    """The weekly logs of all counselors."""

    title = "辅导员周志 · weekly logs"

    def __init__(self, scene: Scene, written: list[Diary]) -> None:
        self._scene, self._chances, self._written = scene, scene.chances, written

    def acts(self) -> Iterator[Act]:
        for diary in self._written:
            for week, fate in enumerate(diary.fates, 1):
                yield from self._of(diary, week, fate)

    def _of(self, diary: Diary, week: int, fate: Fate) -> Iterator[Act]:
        dice, concerns = self._chances.dice("log week", diary.person_id, week), (diary.person_id,)
        moment, monday = self._scene.moment, self._scene.on(week, 1)
        if fate == "exempt":
            yield Act(moment(monday, 10), concerns, partial(self._exempt, diary, week, "leave", "病假三个工作日以上"))
        if fate == "missed" and diary.story == EXEMPTED and week == diary.story[-1]:
            at = moment(monday + timedelta(days=9), 11)
            yield Act(at, concerns, partial(self._exempt, diary, week, "assignment", "带队外出实习,补交派出证明"))
        if fate in ("exempt", "missed"):
            return
        written = self._written_on(monday, fate, dice)
        yield Act(written, concerns, partial(self._submit, diary, week))
        if dice.random() < READ:
            read = self._scene.workday(monday + timedelta(days=7 + (fate == "late") * 4), dice.randrange(3))
            yield from self._reading(diary, week, moment(read, dice.uniform(9, 11.5)), dice)

    def _written_on(self, monday: date, fate: Fate, dice: Random) -> datetime:
        if fate == "late":
            return self._scene.moment(monday + timedelta(days=7 + dice.randrange(3)), dice.uniform(8, 20))
        return self._scene.moment(monday + timedelta(days=dice.choice((4, 4, 4, 5, 6, 6))), dice.uniform(14, 22))

    def _reading(self, diary: Diary, week: int, at: datetime, dice: Random) -> Iterator[Act]:
        concerns = (diary.person_id,)
        if dice.random() < RETURNED:
            yield Act(at, concerns, partial(self._return, diary, week))
            yield Act(at + timedelta(hours=5), concerns, partial(self._amend, diary, week))
            at += timedelta(days=1)
        yield Act(at, concerns, partial(self._review, diary, week))

    def _about(self, diary: Diary, week: int) -> dict[str, object]:
        return {"person_id": diary.person_id, "term_id": self._scene.term.term_id, "week": week}

    async def _submit(self, diary: Diary, week: int, at: datetime) -> None:
        dice = self._chances.dice("log text", diary.person_id, week)
        talks = dice.choice(LOG_TALKS) if dice.random() < 0.7 else None
        command = SubmitWeeklyLog.model_validate(
            {
                **self._about(diary, week),
                "class_situation": dice.choice(LOG_CLASSES),
                "attendance_handling": dice.choice(LOG_HANDLED),
                "talks": talks,
                "next_week_plan": dice.choice(LOG_PLANS),
            }
        )
        await self._scene.said(command, at, diary.person_id, "log", diary.person_id, week)

    async def _exempt(self, diary: Diary, week: int, grounds: str, reason: str, at: datetime) -> None:
        command = ExemptWeek.model_validate({**self._about(diary, week), "grounds": grounds, "reason": reason})
        by = self._scene.holder(STUDENT_AFFAIRS)
        await self._scene.said(command, at, by, "log exempt", diary.person_id, week)

    async def _review(self, diary: Diary, week: int, at: datetime) -> None:
        comment = self._chances.dice("log comment", diary.person_id, week).choice(LOG_READ)
        command = ReviewWeeklyLog.model_validate({**self._about(diary, week), "comment": comment})
        await self._scene.said(command, at, self._deputy(diary), "log review", diary.person_id, week)

    async def _return(self, diary: Diary, week: int, at: datetime) -> None:
        comment = self._chances.dice("log asked", diary.person_id, week).choice(LOG_ASKED)
        command = ReturnWeeklyLog.model_validate({**self._about(diary, week), "comment": comment})
        await self._scene.said(command, at, self._deputy(diary), "log return", diary.person_id, week)

    async def _amend(self, diary: Diary, week: int, at: datetime) -> None:
        command = AmendWeeklyLog.model_validate({**self._about(diary, week), "text": LOG_ADDED})
        await self._scene.said(command, at, diary.person_id, "log amend", diary.person_id, week)

    def _deputy(self, diary: Diary) -> str:
        return self._scene.holder(DEPUTY, diary.department_id)
