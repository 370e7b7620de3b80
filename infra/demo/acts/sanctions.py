"""Sanctions: a few students whose slips are escalated, with notice, defence, decision, delivery, appeal.  Seed: D16."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from domain import Command, derived
from domain.access import PRESIDENT, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD
from domain.conduct import (
    AppealDiscipline,
    DecideDiscipline,
    DecideDisciplineAppeal,
    DeliverDiscipline,
    DismissSanction,
    EscalateSlip,
    Measure,
    RecordDefence,
    RecordSanctionNotice,
)
from infra.demo.acts import Act
from infra.demo.acts.slips import Slip, confirm, issue, slip_of
from infra.demo.scene import Scene

# What is proposed, who decides it step by step, and how it ends.
CASES: Final[tuple[tuple[Measure, tuple[str, ...], str], ...]] = (
    ("warning", (STUDENT_AFFAIRS_HEAD,), "delivered"),
    ("warning", (STUDENT_AFFAIRS_HEAD,), "dismissed"),
    ("serious_warning", (STUDENT_AFFAIRS_HEAD,), "delivered"),
    ("demerit", (STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD), "appealed"),
    ("warning", (STUDENT_AFFAIRS_HEAD,), "delivered"),
    ("serious_warning", (STUDENT_AFFAIRS_HEAD,), "annulled"),
    ("demerit", (STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD), "delivered"),
    ("probation", (STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD), "heard"),
    ("warning", (STUDENT_AFFAIRS_HEAD,), "proposed"),
)
MONTHS: Final = {"warning": 6, "serious_warning": 8, "demerit": 10, "probation": 12}
FIRST_WEEK: Final = 5
GROUNDS: Final = "多次违纪,经教育仍未改正"
NUMBER: Final = 100  # of the slips a case rests on, beyond those of chance


@dataclass(frozen=True)
class Case:
    """One sanction: the slips it rests on, and how it goes."""

    case_id: str
    slips: tuple[Slip, ...]
    measure: Measure
    steps: tuple[str, ...]
    ends: str
    week: int


class Sanctions:
    """The formal sanctions of the semester."""

    title = "处分 · sanctions"

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def _cases(self) -> Iterator[Case]:
        """One after the other through the counselors, so that every department may have one."""
        scene = self._scene
        turns = [
            (department, counselor, squads[0])
            for department, corps in scene.counselors.items()
            for counselor, squads in corps.items()
            if squads
        ]
        number = len(turns)
        for n, (measure, steps, ends) in enumerate(CASES):
            department, counselor, squad = turns[n * 7 % number]
            student = next(s for s in squad.students[n:] if s not in scene.moved)
            found = (
                slip_of(scene, department, counselor, squad, student, NUMBER + number, codes="P") for number in range(9)
            )
            week = FIRST_WEEK + n
            slips = tuple(s for s in found if s and s.role != STUDENT_AFFAIRS and scene.week(s.day) < week)[:2]
            if slips:
                yield Case(derived("sanction", "demo", student), slips, measure, steps, ends, week)

    def acts(self) -> Iterator[Act]:
        for case in self._cases():
            for slip in case.slips:
                at = self._scene.moment(slip.day, 15)
                yield Act(at, (slip.slip_id,), partial(issue, self._scene, slip))
                yield Act(at + timedelta(days=1), (slip.slip_id,), partial(confirm, self._scene, slip))
            at = self._scene.moment(self._scene.on(case.week, 2), 9)
            for days, do in self._steps(case):
                yield Act(at + timedelta(days=days), (case.case_id,), partial(do, case))

    def _steps(self, case: Case) -> Iterator[tuple[int, Callable[[Case, datetime], Awaitable[None]]]]:
        """What is done, and how many days after the proposal."""
        yield 0, self._escalate
        if case.ends == "proposed":
            return
        yield 1, self._notify
        yield 3, self._defend
        if case.ends == "heard":
            return
        if case.ends == "dismissed":
            yield 7, self._dismiss
            return
        for number, role in enumerate(case.steps):
            yield 7 + number, partial(self._decide, role)
        yield 10, self._deliver
        if case.ends in ("appealed", "annulled"):
            yield 14, self._appeal
            yield 22, self._answer

    async def _said(self, command: Command[Any], at: datetime, by: str, what: str, case: Case) -> None:
        await self._scene.said(command, at, by, what, case.case_id)

    async def _escalate(self, case: Case, at: datetime) -> None:
        command = EscalateSlip(
            case_id=case.case_id,
            slip_ids=tuple(s.slip_id for s in case.slips),
            measure=case.measure,
            grounds=GROUNDS,
        )
        await self._said(command, at, case.slips[0].counselor, "escalate", case)

    async def _notify(self, case: Case, at: datetime) -> None:
        command = RecordSanctionNotice(case_id=case.case_id, notice_on=self._scene.day(at), evidence="告知书签收联")
        await self._said(command, at, case.slips[0].counselor, "sanction notice", case)

    async def _defend(self, case: Case, at: datetime) -> None:
        student = await self._scene.as_student(case.slips[0].student, at)
        command = RecordDefence(
            case_id=case.case_id,
            heard_on=self._scene.day(at),
            statement="承认事实,已写检讨,请求从轻处理。",
        )
        await self._said(command, at, student, "defence", case)

    async def _decide(self, role: str, case: Case, at: datetime) -> None:
        command = DecideDiscipline(
            case_id=case.case_id,
            measure=case.measure,
            months=MONTHS[case.measure],
            document_no=f"学处〔2026〕{case.week}号",
            reason="事实清楚,程序合规",
        )
        await self._said(command, at, self._scene.holder(role), f"sanction {role}", case)

    async def _dismiss(self, case: Case, at: datetime) -> None:
        command = DismissSanction(case_id=case.case_id, reason="情节轻微,以教育为主")
        await self._said(command, at, self._scene.holder(case.steps[0]), "sanction dismiss", case)

    async def _deliver(self, case: Case, at: datetime) -> None:
        command = DeliverDiscipline(case_id=case.case_id, delivered_on=self._scene.day(at), evidence="送达回执")
        await self._said(command, at, case.slips[0].counselor, "deliver", case)

    async def _appeal(self, case: Case, at: datetime) -> None:
        student = await self._scene.as_student(case.slips[0].student, at)
        command = AppealDiscipline(case_id=case.case_id, grounds="处分过重,请求复议。")
        await self._said(command, at, student, "sanction appeal", case)

    async def _answer(self, case: Case, at: datetime) -> None:
        uphold = case.ends == "annulled"
        command = DecideDisciplineAppeal(
            case_id=case.case_id,
            uphold=uphold,
            reason="告知程序有瑕疵,撤销原决定" if uphold else "原决定适当,予以维持",
        )
        await self._said(command, at, self._scene.holder(PRESIDENT), "sanction answer", case)
