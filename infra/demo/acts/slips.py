"""Slips: issued for good and bad, confirmed in time by most counselors, returned, appealed.  Seed: D16, D18."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any, Final, Literal

from domain import Command, derived
from domain.access import COUNSELOR, DEPUTY, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD, TEACHER
from domain.conduct import (
    AcknowledgeSlip,
    AppealSlip,
    ConfirmSlip,
    DecideSlipAppeal,
    IssueSlip,
    RecordEducationTalk,
    ReturnSlip,
    RevokeSlip,
)
from infra.demo.acts import Act
from infra.demo.acts.catalogue import BY_CODE, CATALOGUE
from infra.demo.acts.texts import SLIP_APPEALED, SLIP_RETURNED, TALKS
from infra.demo.college import Squad
from infra.demo.scene import Scene

PER_STUDENT: Final = 0.4
LATE, NEVER, RETURNED, REVOKED = 0.06, 0.015, 0.025, 0.012
SEEN, TALKED, APPEALED, APPEAL_LATE, UPHELD = 0.08, 0.35, 0.04, 0.12, 0.35
CONFIRM_WORKDAYS: Final = 3
Fate = Literal["confirmed", "late", "never", "returned", "revoked"]


@dataclass(frozen=True)
class Slip:
    """A slip as it will be issued: by whom, in which role, about what."""

    slip_id: str
    student: str
    squad: Squad
    department_id: str
    counselor: str
    code: str
    points: int
    day: date
    issuer: str
    role: str
    section: int | None

    @property
    def verifier(self) -> str:
        """The role that is to confirm it."""
        return DEPUTY if self.role == COUNSELOR else COUNSELOR


class Slips:
    """The slips of all students."""

    title = "奖罚单 · slips"

    def __init__(self, scene: Scene) -> None:
        self._scene, self._chances = scene, scene.chances

    def acts(self) -> Iterator[Act]:
        for department, corps in self._scene.counselors.items():
            mean = PER_STUDENT * (1 + 0.4 * self._chances.keenness(department, "slips"))
            for counselor, squads in corps.items():
                for squad in squads:
                    for student in (s for s in squad.students if s not in self._scene.moved):
                        for number in range(self._chances.number(mean, "slips", student)):
                            yield from self._of(slip_of(self._scene, department, counselor, squad, student, number))

    def _of(self, slip: Slip | None) -> Iterator[Act]:
        if slip is None:
            return
        scene, dice, concerns = self._scene, self._chances.dice("slip", slip.slip_id), (slip.slip_id,)
        issued = scene.moment(slip.day, dice.uniform(10.2, 18))
        yield Act(issued, concerns, partial(issue, scene, slip))
        line = BY_CODE[slip.code]
        fate = self._fate(slip, dice) if line.checked else "confirmed"
        if fate == "revoked":
            yield Act(issued + timedelta(hours=3), concerns, partial(self._revoke, slip))
        if fate in ("never", "revoked"):
            return
        settled = self._settled(slip, fate, dice) if line.checked else issued
        if fate == "returned":
            yield Act(settled, concerns, partial(self._return, slip))
            return
        if line.checked:
            yield Act(settled, concerns, partial(confirm, scene, slip))
        yield from self._afterwards(slip, settled, dice)

    def _fate(self, slip: Slip, dice: Random) -> Fate:
        slack = self._chances.slack(slip.department_id, "slips", self._scene.week(slip.day))
        fell = dice.random()
        for fate, share in (("late", LATE * slack), ("never", NEVER * slack), ("returned", RETURNED)):
            if fell < share:
                return fate  # type: ignore[return-value]  # one of the words of Fate
            fell -= share
        return "revoked" if fell < REVOKED else "confirmed"

    def _settled(self, slip: Slip, fate: Fate, dice: Random) -> datetime:
        """When the slip is verified: by the end of the third working day, unless late."""
        days = CONFIRM_WORKDAYS + 1 + dice.randrange(4) if fate == "late" else dice.choice((1, 1, 1, 2, 2, 3))
        return self._scene.moment(self._scene.workday(slip.day, days), dice.uniform(8.5, 17.5))

    def _afterwards(self, slip: Slip, confirmed: datetime, dice: Random) -> Iterator[Act]:
        """What comes of a slip that counts."""
        concerns = (slip.slip_id,)
        if dice.random() < SEEN:
            yield Act(confirmed + timedelta(hours=2), concerns, partial(self._acknowledge, slip))
        if BY_CODE[slip.code].kind == "reward":
            return
        later = self._scene.workday(self._scene.day(confirmed), 1 + dice.randrange(4))
        if dice.random() < TALKED:
            yield Act(self._scene.moment(later, dice.uniform(12, 17)), concerns, partial(self._talk, slip))
        if dice.random() < APPEALED:
            yield Act(self._scene.moment(later, dice.uniform(9, 20)), concerns, partial(self._appeal, slip))
            answered = self._scene.workday(later, 6 + dice.randrange(3) if dice.random() < APPEAL_LATE else 3)
            yield Act(self._scene.moment(answered, 10.5), concerns, partial(self._answer, slip))

    async def _said(self, command: Command[Any], at: datetime, by: str, what: str, slip: Slip) -> None:
        await self._scene.said(command, at, by, what, slip.slip_id)

    async def _acknowledge(self, slip: Slip, at: datetime) -> None:
        student = await self._scene.as_student(slip.student, at)
        await self._said(AcknowledgeSlip(slip_id=slip.slip_id), at, student, "slip seen", slip)

    async def _return(self, slip: Slip, at: datetime) -> None:
        reason = self._chances.dice("slip returned", slip.slip_id).choice(SLIP_RETURNED)
        await self._said(
            ReturnSlip(slip_id=slip.slip_id, reason=reason), at, verifier(self._scene, slip), "slip return", slip
        )

    async def _revoke(self, slip: Slip, at: datetime) -> None:
        await self._said(RevokeSlip(slip_id=slip.slip_id, reason="开具对象有误"), at, slip.issuer, "slip revoke", slip)

    async def _talk(self, slip: Slip, at: datetime) -> None:
        command = RecordEducationTalk(
            talk_id=derived("talk", "demo", slip.slip_id),
            student_id=slip.student,
            slip_id=slip.slip_id,
            held_on=self._scene.day(at),
            subject="attendance" if slip.code == "P02" else "penalty",
            notes=self._chances.dice("talk", slip.slip_id).choice(TALKS),
        )
        await self._said(command, at, slip.counselor, "talk", slip)

    async def _appeal(self, slip: Slip, at: datetime) -> None:
        student = await self._scene.as_student(slip.student, at)
        grounds = self._chances.dice("appeal", slip.slip_id).choice(SLIP_APPEALED)
        await self._said(AppealSlip(slip_id=slip.slip_id, grounds=grounds), at, student, "appeal", slip)

    async def _answer(self, slip: Slip, at: datetime) -> None:
        """The deputy decides, or the head of student affairs where a deputy took part."""
        uphold = self._chances.dice("appeal answer", slip.slip_id).random() < UPHELD
        command = DecideSlipAppeal(
            slip_id=slip.slip_id, uphold=uphold, reason="证据不足,予以撤销" if uphold else "事实清楚,维持"
        )
        by = self._scene.holder(DEPUTY, slip.department_id)
        if DEPUTY in (slip.role, slip.verifier):
            by = self._scene.holder(STUDENT_AFFAIRS_HEAD)
        await self._said(command, at, by, "appeal answer", slip)


def slip_of(
    scene: Scene, department: str, counselor: str, squad: Squad, student: str, number: int, codes: str = "RP"
) -> Slip | None:
    """One slip of a student, from the dice; None where nobody could issue it."""
    dice = scene.chances.dice("slip of", student, number)
    good = 1 + 0.6 * scene.chances.keenness(department, "rewards")
    lines = [line for line in CATALOGUE if line.code[0] in codes]
    line = dice.choices(lines, [x.weight * (good if x.kind == "reward" else 1) for x in lines])[0]
    role, section = dice.choice(line.issuers), None
    issuer = {COUNSELOR: counselor}.get(role) or scene.holder(role, None if role == STUDENT_AFFAIRS else department)
    day = scene.on(dice.randint(1, scene.weeks), dice.randint(1, 5))
    if role == TEACHER:
        if not (taken := scene.taken_by.get(squad.squad_id)):
            return None
        section = dice.choice(taken)
        issuer = scene.teachers(section)[0]
    return Slip(
        slip_id=derived("slip", "demo", student, number),
        student=student,
        squad=squad,
        department_id=department,
        counselor=counselor,
        code=line.code,
        points=dice.randint(line.least, line.most),
        day=day,
        issuer=issuer,
        role=role,
        section=section,
    )


def verifier(scene: Scene, slip: Slip) -> str:
    """Who confirms a slip or returns it."""
    return scene.holder(DEPUTY, slip.department_id) if slip.verifier == DEPUTY else slip.counselor


async def issue(scene: Scene, slip: Slip, at: datetime) -> None:
    command = IssueSlip(
        slip_id=slip.slip_id,
        student_id=slip.student,
        code=slip.code,
        points_hundredths=slip.points * 100,
        occurred_on=slip.day,
        teaching_class_id=None if slip.section is None else scene.class_ids[slip.section],
        description=scene.chances.dice("slip text", slip.slip_id).choice(BY_CODE[slip.code].said),
    )
    await scene.said(command, at, slip.issuer, "slip", slip.slip_id)


async def confirm(scene: Scene, slip: Slip, at: datetime) -> None:
    await scene.said(ConfirmSlip(slip_id=slip.slip_id), at, verifier(scene, slip), "slip confirm", slip.slip_id)
