"""Appeals by dice: against penalty slips, and against sanctions after every step of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from domain import Command, person_of
from domain.access import (
    ACADEMIC,
    COUNSELOR,
    DEPUTY,
    HEAD,
    PRESIDENT,
    STUDENT_AFFAIRS,
    STUDENT_AFFAIRS_HEAD,
    TEACHER,
)
from domain.conduct import (
    AppealDiscipline,
    AppealSlip,
    ConfirmSlip,
    DecideDiscipline,
    DecideDisciplineAppeal,
    DecideSlipAppeal,
    DeliverDiscipline,
    DismissSanction,
    EscalateSlip,
    IssueSlip,
    RecordDefence,
    RecordSanctionNotice,
    ReturnSlip,
)
from tests.faults.workflows.world import TeachingClass, World

SLIPS = (IssueSlip, ConfirmSlip, ReturnSlip, DecideSlipAppeal)
SANCTIONS = (EscalateSlip, RecordSanctionNotice, RecordDefence, DecideDiscipline, DismissSanction)
COMMANDS = (*SLIPS, *SANCTIONS, DeliverDiscipline, DecideDisciplineAppeal)
MEASURES = ("warning", "serious_warning", "demerit", "probation", "expulsion")


class Matter:
    """What one workflow knows: the class, the student, who issued and confirmed, and its own time."""

    def __init__(self, world: World, started: datetime) -> None:
        self.world, self.at = world, started
        self.of: TeachingClass = world.dice.choice(world.classes)
        self.student: str = world.dice.choice(world.students[self.of.squad])
        self.involved: list[str] = []

    @property
    def dice(self) -> Any:
        return self.world.dice

    def posts(self, *roles: str) -> list[str]:
        """Who could stand in these roles for the student: those of the department, and those of the college."""
        return [p.person for p in self.world.held(*roles) if p.department in (None, self.of.department)]

    def later(self, hours: float = 12) -> datetime:
        self.at += timedelta(hours=self.dice.random() * hours)
        return self.at

    async def by_one_of(self, command: Command[Any], roles: Sequence[str], tries: int = 3) -> bool:
        """Given by one of these roles or by who borrowed it; before that perhaps by who had a part already."""
        tempted = self.dice.choice(self.involved) if self.involved and self.dice.random() < 0.4 else None
        if tempted and await self.world.say(command, tempted, self.later(), hostile=True):
            return True
        for _ in range(tries):
            by = self.world.hand(self.dice.choice(self.posts(*roles)), type(command), 0.35)
            if await self.world.say(command, by, self.later()):
                self.involved.append(by)
                return True
        return False

    async def too_early(self, *commands: Command[Any]) -> None:
        """Steps whose turn has not come, by those who could take them."""
        for command in commands:
            if self.dice.random() < 0.25:
                by = self.dice.choice(self.posts(*(r for r in command.may if r in _HELD)))
                await self.world.say(command, by, self.at, hostile=True)

    async def by_student(self, command: Command[Any]) -> bool:
        """Given by the student; now and then a fellow student or somebody of the staff tries first."""
        if self.dice.random() < 0.15:
            other = person_of(self.dice.choice(self.world.students[self.of.squad]))
            by = self.dice.choice((other, self.world.anybody()))
            if await self.world.say(command, by, self.at, hostile=True):
                return True
        return await self.world.say(command, person_of(self.student), self.later()) is not None


_HELD = (ACADEMIC, COUNSELOR, DEPUTY, HEAD, PRESIDENT, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD, TEACHER)


async def slip(world: World, matter: Matter | None = None, chance: float = 1.0) -> str | None:
    """A penalty slip, confirmed by another, and by chance appealed; its id if it stands confirmed."""
    matter = matter or Matter(world, world.now)
    dice, made = matter.dice, world.new("slip")
    code, ids = dice.choice(("P1", "P1", "P2")), {"slip_id": made}
    issue = IssueSlip(
        **ids,
        student_id=matter.student,
        code=code,
        points_hundredths=dice.randrange(0, 1_000),
        occurred_on=matter.at.date(),
        teaching_class_id=matter.of.id,
        description="课堂上使用手机",
    )
    appeal = AppealSlip(**ids, grounds="当时不在教室,有请假条")
    decide = DecideSlipAppeal(**ids, uphold=dice.random() < 0.4, reason="核对了教室录像")
    issuers = (TEACHER, COUNSELOR, HEAD, DEPUTY, STUDENT_AFFAIRS)
    if not await matter.by_one_of(issue, (dice.choice(issuers),)):
        return None
    await matter.too_early(decide)
    if code == "P1":
        if dice.random() < 0.2:
            await matter.by_student(appeal)
        if not await matter.by_one_of(ConfirmSlip(**ids), (COUNSELOR, DEPUTY), tries=4):
            return None
    await matter.too_early(decide)
    if dice.random() >= chance:
        return made
    await matter.by_student(appeal)
    decided = await matter.by_one_of(decide, (DEPUTY, STUDENT_AFFAIRS_HEAD))
    if decided and dice.random() < 0.3:
        again = DecideSlipAppeal(**ids, uphold=not decide.uphold, reason="另有看法请求改判")
        await world.say(again, dice.choice(matter.posts(DEPUTY)), matter.later(), hostile=True)
    return None if decide.uphold else made


async def sanction(world: World) -> None:
    """From slips to a sanction decided along its route, delivered, appealed against; steps tried before their turn."""
    matter, dice = Matter(world, world.now), world.dice
    slips = [s for _ in range(dice.choice((1, 2))) if (s := await slip(world, matter, chance=0.1))]
    if not slips:
        return
    ids, measure = {"case_id": world.new("sanction")}, dice.choice(MEASURES)
    months = None if measure == "expulsion" else dice.randrange(6, 13)
    grounds = "屡次违反课堂纪律"
    propose = EscalateSlip(**ids, slip_ids=tuple(slips), measure=measure, grounds=grounds)
    if not await matter.by_one_of(propose, (COUNSELOR, HEAD, DEPUTY, STUDENT_AFFAIRS)):
        return
    decide = DecideDiscipline(**ids, measure=measure, months=months, document_no="思院学〔2026〕9号", reason=grounds)
    matter.at += timedelta(days=1)
    today = matter.at.date()
    answer = DecideDisciplineAppeal(**ids, uphold=dice.random() < 0.3, reason="委员会经复议决定")
    deliver = DeliverDiscipline(**ids, delivered_on=today, evidence="签收单")
    await matter.too_early(decide, deliver, answer)
    looks_after = (COUNSELOR, DEPUTY, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD)
    notice = RecordSanctionNotice(**ids, notice_on=today, evidence="告知书签收单")
    if not await matter.by_one_of(notice, looks_after):
        return
    await matter.too_early(decide, deliver)
    matter.at += timedelta(days=1)
    heard = RecordDefence(**ids, heard_on=matter.at.date(), statement="本人认识到错误")
    await (matter.by_student(heard) if dice.random() < 0.5 else matter.by_one_of(heard, looks_after))
    await _decided(matter, decide)
    await matter.too_early(answer)
    matter.at += timedelta(days=1)
    deliver = DeliverDiscipline(**ids, delivered_on=matter.at.date(), evidence="签收单")
    if not await matter.by_one_of(deliver, looks_after):
        return
    await matter.too_early(decide, answer)
    await matter.by_student(AppealDiscipline(**ids, grounds="处分过重,请求复议"))
    await matter.by_one_of(answer, (PRESIDENT,))


async def _decided(matter: Matter, decide: DecideDiscipline) -> None:
    """Step by step along the route, whichever it is, in any order; now and then dismissed."""
    roles = (DEPUTY, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD, PRESIDENT)
    if matter.dice.random() < 0.05:
        dismiss = DismissSanction(case_id=decide.case_id, reason="情节轻微,不予处分")
        await matter.by_one_of(dismiss, roles)
    for _ in range(3):
        await matter.by_one_of(decide, roles, tries=5)
