"""Tasks by dice: published, assigned, passed on, extended, submitted, judged; and every step tried out of turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.access import CLOCK, HEAD, SECRETARY, SYSTEM
from domain.tasks import (
    AcceptTask,
    AssignTask,
    CancelTask,
    DeclineTask,
    DelegateTask,
    EvaluateTask,
    GrantExtension,
    LapseTaskAcceptance,
    MarkTaskOverdue,
    PublishTask,
    RefuseExtension,
    RejectCompletion,
    RemindTask,
    ReportProgress,
    RequestExtension,
    SplitTask,
    SubmitCompletion,
    TaskPart,
    WithdrawAssignment,
)
from domain.tasks.rules import PUBLISHERS
from tests.faults.workflows.world import DEPARTMENTS, OFFICE, Post, World

COMMANDS = (
    PublishTask,
    AssignTask,
    AcceptTask,
    DeclineTask,
    DelegateTask,
    SplitTask,
    ReportProgress,
    RequestExtension,
    GrantExtension,
    RefuseExtension,
    SubmitCompletion,
    EvaluateTask,
    RejectCompletion,
    CancelTask,
    RemindTask,
    WithdrawAssignment,
)
THE_CLOCK = SYSTEM[CLOCK].person_id


@dataclass
class Errand:
    """One assignment as whoever plays it believes it to be."""

    world: World
    publisher: Post
    task: str
    assignment: str
    at: datetime
    due: datetime
    holder: str | None = None
    department: str | None = None
    state: str = "assigned"
    asked: str | None = None
    steps: int = 0

    @property
    def ids(self) -> dict[str, str]:
        return {"task_id": self.task, "assignment_id": self.assignment}

    def later(self, hours: float) -> datetime:
        self.at += timedelta(hours=self.world.dice.random() * hours)
        return self.at

    async def publishers(self, command, *, hostile: bool = False) -> bool:
        """A command given by the publisher, or by whoever borrowed the authority."""
        by = self.world.hand(self.publisher.person, type(command))
        return await self.world.say(command, by, self.at, hostile=hostile) is not None

    async def holders(self, command, *, hostile: bool = False) -> bool:
        """A command given by the holder, or by whoever borrowed the authority; of nobody's, by the head."""
        who = self.holder or self.world.one(HEAD, department=self.department).person
        by = self.world.hand(who, type(command))
        return await self.world.say(command, by, self.at, hostile=hostile) is not None


async def play(world: World) -> None:
    """One task from its publishing to its end, or to where it is left."""
    dice, at = world.dice, world.now
    publisher = world.one(*PUBLISHERS)
    task, due = world.new("task"), at + timedelta(hours=dice.randrange(30, 400))
    office = publisher.department or OFFICE
    wish = PublishTask(
        task_id=task, department_id=office, title="任务", description="按要求完成", category="日常", due_at=due
    )
    by = world.hand(publisher.person, PublishTask)
    if dice.random() < 0.05:
        low = [p.person for p in world.held(SECRETARY)]
        await world.say(wish, dice.choice(low), at, hostile=True)
    if await world.say(wish, by, at, role=publisher.role) is None:
        return
    errands = [await assign(world, publisher, task, due, at) for _ in range(dice.choice((1, 1, 2)))]
    under_way = [errand for errand in errands if errand]
    while under_way:
        errand = dice.choice(under_way)
        await step(errand)
        if errand.state in ("evaluated", "declined", "cancelled") or errand.steps > 14:
            under_way.remove(errand)


async def assign(world: World, publisher: Post, task: str, due: datetime, at: datetime) -> Errand | None:
    """Charge somebody: now and then whom the publisher may not charge."""
    dice = world.dice
    narrow = publisher.role in ("head", "deputy")
    errand = Errand(world, publisher, task, world.new("assignment"), at, due)
    borrowers = [b for b in world.borrowers(publisher.person, EvaluateTask) if b != publisher.person]
    near = world.staff(publisher.department) if narrow else world.staff()
    tempted = [b for b in borrowers if b in near]
    part = "assist" if dice.random() < 0.15 else "lead"
    if dice.random() < 0.1:
        stranger = publisher.person if dice.random() < 0.5 else world.anybody()
        odd = AssignTask(**errand.ids, person_id=stranger, part=part)
        if await errand.publishers(odd, hostile=True):
            errand.holder = stranger
            return errand
    if dice.random() < 0.35:
        errand.department = dice.choice([d for d in DEPARTMENTS if d != publisher.department])
        return errand if await errand.publishers(AssignTask(**errand.ids, department_id=errand.department)) else None
    among = tempted if tempted and dice.random() < 0.5 else near
    errand.holder = dice.choice([p for p in among if p != publisher.person] or near)
    return errand if await errand.publishers(AssignTask(**errand.ids, person_id=errand.holder, part=part)) else None


async def step(errand: Errand) -> None:
    """The next step, perhaps preceded by one out of turn."""
    dice = errand.world.dice
    errand.steps += 1
    errand.later(40)
    if errand.at > errand.due and dice.random() < 0.7:
        await errand.world.say(MarkTaskOverdue(**errand.ids), THE_CLOCK, errand.at)
    if dice.random() < 0.35:
        await out_of_turn(errand)
    if errand.state == "assigned":
        await while_assigned(errand)
    elif errand.state == "accepted":
        await while_accepted(errand)
    elif errand.state == "submitted":
        await while_submitted(errand)


async def while_assigned(errand: Errand) -> None:
    dice, world = errand.world.dice, errand.world
    luck = dice.random()
    if luck < 0.05:
        await world.say(LapseTaskAcceptance(**errand.ids), THE_CLOCK, errand.at)
    elif luck < 0.12:
        if await errand.holders(DeclineTask(**errand.ids, reason="不属于本岗位职责")):
            errand.state = "declined"
    elif luck < 0.3:
        await pass_on(errand)
    else:
        head = world.one(HEAD, department=errand.department).person if errand.holder is None else errand.holder
        by = world.hand(head, AcceptTask)
        if await world.say(AcceptTask(**errand.ids), by, errand.at):
            errand.state, errand.holder = "accepted", errand.holder or head


async def while_accepted(errand: Errand) -> None:
    dice = errand.world.dice
    luck = dice.random()
    if luck < 0.2:
        await errand.holders(ReportProgress(**errand.ids, progress=dice.randrange(100), note="进展正常"), hostile=True)
    elif luck < 0.35:
        await extend(errand)
    elif luck < 0.42:
        await pass_on(errand)
    elif luck < 0.47:
        await split(errand)
    elif luck < 0.5:
        if await errand.publishers(WithdrawAssignment(**errand.ids, reason="另行安排人员")):
            errand.state = "cancelled"
    else:
        reason = "其余部分不影响" if dice.random() < 0.8 else None
        wish = SubmitCompletion(**errand.ids, report="已完成", open_parts_reason=reason)
        if await errand.holders(wish):
            errand.state = "submitted"


async def while_submitted(errand: Errand) -> None:
    luck = errand.world.dice.random()
    if errand.holder and luck < 0.35:
        own = EvaluateTask(**errand.ids, score=5, comment="很好")
        if await errand.world.say(own, errand.holder, errand.at, hostile=True):
            errand.state = "evaluated"
            return
        luck = errand.world.dice.random()
    if luck < 0.25:
        if await errand.publishers(RejectCompletion(**errand.ids, reason="材料不完整")):
            errand.state = "accepted"
            errand.due = max(errand.due, errand.at + timedelta(days=3))
    elif luck < 0.3:
        if await errand.publishers(CancelTask(task_id=errand.task, reason="任务不再需要")):
            errand.state = "cancelled"
    else:
        score = errand.world.dice.randrange(1, 6)
        if await errand.publishers(EvaluateTask(**errand.ids, score=score, comment="已阅")):
            errand.state = "evaluated"


async def pass_on(errand: Errand) -> None:
    """To somebody of the department; now and then to anybody, the publisher among them."""
    world, dice = errand.world, errand.world.dice
    home = errand.department or (errand.holder and f"department:{errand.holder.rpartition('--')[2]}")
    near = [p for p in world.staff(home) if p != errand.holder]
    to = world.anybody() if dice.random() < 0.2 or not near else dice.choice(near)
    if await errand.holders(DelegateTask(**errand.ids, person_id=to, reason="由该同志负责")):
        errand.holder, errand.state = to, errand.state if to == errand.holder else "assigned"


async def extend(errand: Errand) -> None:
    world, dice = errand.world, errand.world.dice
    asked = world.new("extension")
    due = errand.due + timedelta(days=dice.randrange(1, 20))
    reason = "材料未齐需要时间" if dice.random() < 0.7 else None
    wish = RequestExtension(**errand.ids, extension_id=asked, due_at=due, reason=reason)
    if not await errand.holders(wish):
        return
    errand.asked = asked
    if dice.random() < 0.5:
        await errand.holders(GrantExtension(**errand.ids, extension_id=asked), hostile=True)
    errand.later(10)
    if dice.random() < 0.6:
        if await errand.publishers(GrantExtension(**errand.ids, extension_id=asked)):
            errand.due = due
    else:
        refuse = RefuseExtension(**errand.ids, extension_id=asked, reason="期限不能推迟")
        await errand.publishers(refuse)


async def split(errand: Errand) -> None:
    """The holder sets a part of it as a task of their own."""
    world = errand.world
    part = TaskPart(task_id=world.new("task"), title="分任务", description="其中一部分", due_at=errand.due)
    wish = SplitTask(**errand.ids, parts=(part,))
    by = errand.holder or world.anybody()
    if await world.say(wish, by, errand.at):
        to = world.dice.choice(world.staff(f"department:{by.rpartition('--')[2]}"))
        ids = {"task_id": part.task_id, "assignment_id": world.new("assignment")}
        await world.say(AssignTask(**ids, person_id=to), by, errand.at)
        await world.say(AcceptTask(**ids), to, errand.at)


async def out_of_turn(errand: Errand) -> None:
    """What the rules must refuse: by the wrong person, on behalf of the wrong one, or before its time."""
    world, dice = errand.world, errand.world.dice
    evaluate = EvaluateTask(**errand.ids, score=5, comment="很好")
    reject = RejectCompletion(**errand.ids, reason="重新整理材料")
    submit = SubmitCompletion(**errand.ids, report="已完成", open_parts_reason="无须等待其余部分")
    accept, progress = AcceptTask(**errand.ids), ReportProgress(**errand.ids, progress=100, note="完成")
    if errand.holder and dice.random() < 0.08:
        await world.lend(errand.publisher, [EvaluateTask, RejectCompletion, GrantExtension], errand.holder)
    lent = world.borrowers(errand.publisher.person, EvaluateTask) or [world.anybody()]
    tried = dice.choice(
        (
            (evaluate, errand.holder or world.anybody()),
            (evaluate, errand.publisher.person),
            (evaluate, dice.choice(lent)),
            (evaluate, world.anybody()),
            (reject, errand.publisher.person),
            (reject, errand.holder or world.anybody()),
            (submit, errand.holder or world.anybody()),
            (submit, errand.publisher.person),
            (accept, world.anybody()),
            (accept, errand.publisher.person),
            (progress, errand.holder or world.anybody()),
        )
    )
    command, by = tried
    if await world.say(command, by, errand.at, hostile=True):
        moved = {"evaluate-task": "evaluated", "reject-completion": "accepted", "submit-completion": "submitted"}
        moved |= {"accept-task": "accepted", "report-progress": "accepted"}
        errand.state = moved[command.NAME]
        if command is accept:
            errand.holder = errand.holder or by
