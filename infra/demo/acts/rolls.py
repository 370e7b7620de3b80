"""Roll calls: called sooner or later, corrected, disputed, waived.  Seed: D10, D11."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import orjson

from domain import Command, derived
from domain.access import ACADEMIC, ACADEMIC_HEAD
from domain.roll_call import (
    CorrectRollCallMark,
    DisputeMark,
    GrantRollCallWaiver,
    Mark,
    RefuseRollCallWaiver,
    RequestRollCallWaiver,
    ResolveDispute,
    TakeRollCall,
)
from domain.timetable import SessionScheduled
from infra.demo.acts import Act
from infra.demo.chances import CORRECTED, DEADLINE, DISPUTED, HOUR, MINUTE, UPHELD, WAIVER_ASKED, WAIVER_GRANTED
from infra.demo.college import WEEKS
from infra.demo.scene import Scene
from infra.log import Log

PAGE: Final = 5_000
EXCUSES: Final = ("当日外出开会,返校后补录", "系统登录故障,已报修", "连续授课至晚间,未及时录入", "身体不适就医")
OBJECTIONS: Final = ("当天在场,可能漏点", "因公参加校内活动", "晚到五分钟已向老师说明")


@dataclass(frozen=True, slots=True)
class Sitting:
    """One session to be played: enough of it to call its roll."""

    session_id: str
    section: int
    department_id: str
    teacher_ids: tuple[str, ...]
    week: int
    planned_periods: int
    ends_at: datetime


async def sittings(log: Log, sections: Mapping[str, int]) -> list[Sitting]:
    """Every session on the timetable, as the log tells it, in order of its end."""
    found, position = [], 0
    while rows := await log.page(position, types=(SessionScheduled.NAME,), limit=PAGE):
        position = rows[-1].position
        for row in rows:
            said = orjson.loads(row.body)["data"]
            if said["teaching_class_id"] in sections and said["week"] <= WEEKS:
                found.append(
                    Sitting(
                        said["session_id"],
                        sections[said["teaching_class_id"]],
                        said["department_id"],
                        tuple(said["teacher_ids"]),
                        said["week"],
                        said["planned_periods"],
                        datetime.fromisoformat(said["ends_at"]),
                    )
                )
    return sorted(found, key=lambda s: (s.ends_at, s.session_id))


class Rolls:
    """The roll calls of all sessions."""

    title = "点名 · roll calls"

    def __init__(self, scene: Scene, sessions: list[Sitting]) -> None:
        self._scene, self._chances, self._sessions = scene, scene.chances, sessions
        self._over = scene.on(scene.weeks, 7)  # no late roll call is kept after the term

    def acts(self) -> Iterator[Act]:
        for sitting in self._sessions:
            yield from self._of(sitting)

    def _of(self, sitting: Sitting) -> Iterator[Act]:
        """What people will do about one session."""
        if not sitting.teacher_ids or not self._scene.students(sitting.section):
            return
        session_id, concerns = sitting.session_id, (sitting.session_id,)
        delay = self._chances.delay(session_id, sitting.department_id, sitting.teacher_ids[0], sitting.week)
        if delay and delay > DEADLINE and self._scene.day(sitting.ends_at + delay) > self._over:
            delay = None
        dice = self._chances.dice("acts", session_id)
        if delay is not None:
            called = sitting.ends_at + delay
            yield Act(called, concerns, partial(self._roll, sitting))
            if dice.random() < CORRECTED:
                yield Act(called + 90 * MINUTE, concerns, partial(self._correct, sitting))
            if dice.random() < DISPUTED:
                yield Act(called + 20 * HOUR, concerns, partial(self._dispute, sitting))
                yield Act(called + 40 * HOUR, concerns, partial(self._resolve, sitting))
        if (delay is None or delay > DEADLINE) and dice.random() < WAIVER_ASKED:
            asked = sitting.ends_at + max(DEADLINE, delay or DEADLINE) + 12 * HOUR
            yield Act(asked, concerns, partial(self._ask, sitting))
            yield Act(asked + 30 * HOUR, concerns, partial(self._decide, sitting))

    def _marks(self, sitting: Sitting) -> dict[str, Mark]:
        students = self._scene.students(sitting.section, sitting.week)
        return self._chances.marks(sitting.session_id, sitting.week, students, self._scene.home)

    async def _said(self, command: Command[Any], at: datetime, by: str, what: str, sitting: Sitting) -> None:
        await self._scene.said(command, at, by, what, sitting.session_id)

    async def _roll(self, sitting: Sitting, at: datetime) -> None:
        dice = self._chances.dice("taker", sitting.session_id)
        taker = sitting.teacher_ids[0] if dice.random() < 0.9 else dice.choice(sitting.teacher_ids)
        short = sitting.planned_periods > 1 and dice.random() < 0.01
        command = TakeRollCall(
            session_id=sitting.session_id,
            teaching_class_id=self._scene.class_ids[sitting.section],
            marks=self._marks(sitting),
            periods_taught=sitting.planned_periods - short,
        )
        await self._said(command, at, taker, "roll", sitting)

    def _one_marked(self, sitting: Sitting, what: str, wanted: tuple[Mark, ...]) -> tuple[str, Mark] | None:
        """A student with one of the wanted marks, if there is one."""
        found = [(s, mark) for s, mark in self._marks(sitting).items() if mark in wanted]
        return self._chances.dice(what, sitting.session_id).choice(found) if found else None

    async def _correct(self, sitting: Sitting, at: datetime) -> None:
        """By the teacher until the deadline, by academic affairs after it."""
        if one := self._one_marked(sitting, "correct", ("absent", "late", "leave")):
            command = CorrectRollCallMark(
                session_id=sitting.session_id,
                student_id=one[0],
                mark="leave" if one[1] == "absent" else "present",
                reason="核对假条后更正",
                evidence="请假条",
            )
            by = sitting.teacher_ids[0] if at <= sitting.ends_at + DEADLINE else self._scene.holder(ACADEMIC)
            await self._said(command, at, by, "correct", sitting)

    async def _dispute(self, sitting: Sitting, at: datetime) -> None:
        if not (one := self._one_marked(sitting, "dispute", ("absent", "late"))):
            return
        student = await self._scene.as_student(one[0], at)
        command = DisputeMark(
            session_id=sitting.session_id,
            dispute_id=derived("dispute", "demo", sitting.session_id),
            student_id=one[0],
            claimed="present",
            reason=self._chances.dice("objection", sitting.session_id).choice(OBJECTIONS),
        )
        await self._said(command, at, student, "dispute", sitting)

    async def _resolve(self, sitting: Sitting, at: datetime) -> None:
        if not self._one_marked(sitting, "dispute", ("absent", "late")):
            return
        uphold = self._chances.dice("uphold", sitting.session_id).random() < UPHELD
        command = ResolveDispute(
            session_id=sitting.session_id,
            dispute_id=derived("dispute", "demo", sitting.session_id),
            uphold=uphold,
            reason="核对座位表,情况属实" if uphold else "经核对,当堂未到",
        )
        await self._said(command, at, self._scene.holder(ACADEMIC), "resolve", sitting)

    async def _ask(self, sitting: Sitting, at: datetime) -> None:
        command = RequestRollCallWaiver(
            session_id=sitting.session_id,
            waiver_id=derived("waiver", "demo", sitting.session_id),
            reason=self._chances.dice("excuse", sitting.session_id).choice(EXCUSES),
            evidence="课堂签到表",
        )
        await self._said(command, at, sitting.teacher_ids[0], "waiver", sitting)

    async def _decide(self, sitting: Sitting, at: datetime) -> None:
        """The head of academic affairs decides, as the rulebook's route has it at first."""
        waiver = derived("waiver", "demo", sitting.session_id)
        command: Command[Any]
        if self._chances.dice("waiver", sitting.session_id).random() < WAIVER_GRANTED:
            command = GrantRollCallWaiver(session_id=sitting.session_id, waiver_id=waiver)
        else:
            command = RefuseRollCallWaiver(session_id=sitting.session_id, waiver_id=waiver, reason="理由不足以免除责任")
        await self._said(command, at, self._scene.holder(ACADEMIC_HEAD), "decide", sitting)
