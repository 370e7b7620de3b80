"""How an assignment goes: accepted or declined, passed on, split, extended, done in time, sent back.  Seed: D05."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, Final

from domain import Command, derived
from domain.access import DEPUTY, SECRETARY
from domain.tasks import (
    AcceptTask,
    AssignTask,
    DeclineTask,
    DelegateTask,
    EvaluateTask,
    GrantExtension,
    RefuseExtension,
    RejectCompletion,
    ReportProgress,
    RequestExtension,
    SplitTask,
    SubmitCompletion,
    TaskAssigned,
    TaskCompletionRejected,
    TaskDelegated,
)
from infra.demo.acts import Act
from infra.demo.acts.reading import Reading
from infra.demo.acts.texts import JUDGED, PASSED_ON, PROGRESS, REPORTS
from infra.demo.scene import Scene

DECLINED, ACCEPTED_LATE, PASSED_ON_SHARE, SPLIT = 0.02, 0.06, 0.4, 0.15
LATE, NEVER, EXTENDED, GRANTED, SENT_BACK, REPORTED = 0.10, 0.03, 0.10, 0.7, 0.05, 0.45
PARTS: Final = 2


@dataclass(frozen=True)
class Charge:
    """One assignment as it will be made: `whole` charges the department, whose head answers."""

    task_id: str
    assignment_id: str
    person_id: str
    department_id: str
    whole: bool
    part: str
    publisher: str
    published: datetime
    due: datetime


@dataclass(frozen=True)
class Course:
    """How one assignment goes; `submitted` None: it is declined, or never done."""

    accepted: datetime | None
    holder: str
    due: datetime
    submitted: datetime | None
    split: bool = False
    extended: bool | None = None
    sent_back: datetime | None = None

    @property
    def overdue(self) -> bool:
        return self.accepted is not None and (self.submitted is None or self.submitted > self.due)

    @property
    def done(self) -> datetime | None:
        """When it was submitted for the last time."""
        return self.submitted if self.sent_back is None else self.sent_back + timedelta(hours=25)


class Working:
    """What those do who are charged."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._chances, self._reading = scene, scene.chances, Reading(scene)

    def course(self, charge: Charge) -> Course:
        """From the dice: what will become of an assignment."""
        scene, dice = self._scene, self._chances.dice("course", charge.assignment_id)
        day = scene.day(charge.published)
        slack = self._chances.slack(charge.department_id, "tasks", scene.week(day))
        if not charge.whole and dice.random() < DECLINED:
            return Course(None, charge.person_id, charge.due, None)
        days = 3 if dice.random() < ACCEPTED_LATE * slack else dice.choice((1, 1, 2))
        accepted = scene.moment(scene.workday(day, days), dice.uniform(8.2, 10))
        if accepted >= charge.due:
            accepted = charge.published + timedelta(hours=1)
        holder, room = charge.person_id, charge.due - accepted
        split = charge.whole and room > timedelta(days=5) and dice.random() < SPLIT
        if charge.whole and not split and room > timedelta(days=3) and dice.random() < PASSED_ON_SHARE:
            holder = self._near(charge, dice)
        asked = not split and room > timedelta(days=3) and dice.random() < EXTENDED
        extended = dice.random() < GRANTED if asked else None
        due = charge.due + timedelta(days=3) if extended else charge.due
        submitted = self._submitted(accepted, due, 100 if split else dice.random() / slack, dice)
        sent_back = None
        if submitted and dice.random() < SENT_BACK:
            sent_back = scene.moment(scene.workday(scene.day(submitted), 1), 10)
        return Course(accepted, holder, due, submitted, split, extended, sent_back)

    def _submitted(self, accepted: datetime, due: datetime, fell: float, dice: Random) -> datetime | None:
        if fell < NEVER:
            return None
        if fell < NEVER + LATE:
            after = self._scene.workday(self._scene.day(due), 1 + dice.randrange(4))
            return self._scene.moment(after, dice.uniform(9, 17))
        before = due - timedelta(hours=dice.choice((1, 2, 3, 21, 24)), minutes=dice.randrange(50))
        return max(before, accepted + (due - accepted) * 0.8)

    def _near(self, charge: Charge, dice: Random) -> str:
        """Somebody of the department to pass work on to."""
        near = [self._scene.holder(role, charge.department_id) for role in (SECRETARY, DEPUTY)]
        return dice.choice([*near, dice.choice(self._scene.employed[charge.department_id] or near)])

    def acts(self, charge: Charge, course: Course) -> Iterator[Act]:
        """What the holder does, and what the publisher answers on the way."""
        concerns, told = (charge.task_id,), partial(self._reading.told, department=charge.department_id)
        if not charge.whole:
            yield from told(TaskAssigned, (charge.assignment_id, 1), charge.person_id, at=charge.published)
        if course.accepted is None:
            yield Act(charge.published + timedelta(hours=2), concerns, partial(self._decline, charge))
            return
        yield Act(course.accepted, concerns, partial(self._accept, charge, charge.person_id))
        if course.holder != charge.person_id:
            passed = course.accepted + timedelta(hours=1)
            yield Act(passed, concerns, partial(self._pass_on, charge, course))
            yield from told(TaskDelegated, (charge.assignment_id, 2), course.holder, at=passed)
            again = course.accepted + timedelta(hours=5)
            yield Act(again, concerns, partial(self._accept, charge, course.holder))
        yield from self._on_the_way(charge, course, concerns)
        if course.submitted:
            yield Act(course.submitted, concerns, partial(self._submit, charge, course.holder))
        if course.sent_back:
            yield Act(course.sent_back, concerns, partial(self._send_back, charge))
            yield from told(TaskCompletionRejected, (charge.assignment_id, 1), course.holder, at=course.sent_back)
            again = course.sent_back + timedelta(hours=25)
            yield Act(again, concerns, partial(self._submit, charge, course.holder))

    def _on_the_way(self, charge: Charge, course: Course, concerns: tuple[str, ...]) -> Iterator[Act]:
        dice = self._chances.dice("on the way", charge.assignment_id)
        assert course.accepted
        taken, room = course.accepted + timedelta(hours=6), charge.due - course.accepted
        if course.split:
            yield from self._split(charge, course, dice)
        if dice.random() < REPORTED and room > timedelta(days=1):
            yield Act(taken + room * 0.2, concerns, partial(self._report, charge, course.holder))
        if course.extended is not None:
            yield Act(charge.due - timedelta(hours=30), concerns, partial(self._ask, charge, course))
            yield Act(charge.due - timedelta(hours=26), concerns, partial(self._answer, charge, course.extended))

    def _split(self, charge: Charge, course: Course, dice: Random) -> Iterator[Act]:
        """The head breaks it into parts, which are done and judged before the whole is submitted."""
        assert course.accepted
        at, due = course.accepted + timedelta(hours=2), charge.due - timedelta(days=2)
        parts = [derived("task", "demo", charge.assignment_id, number) for number in range(PARTS)]
        yield Act(at, (charge.task_id,), partial(self._break_up, charge, parts, due))
        head, persons = charge.person_id, [self._near(charge, dice) for _ in parts]
        for part, person in zip(parts, persons, strict=True):
            assignment = derived("assignment", "demo", part, person)
            own = Charge(part, assignment, person, charge.department_id, False, "lead", head, at, due)
            concerns = (charge.task_id, part)
            yield Act(at + timedelta(minutes=5), concerns, partial(assign, self._scene, own))
            yield from self._reading.told(TaskAssigned, (assignment, 1), person, charge.department_id, at)
            yield Act(at + timedelta(hours=3), concerns, partial(self._accept, own, person))
            yield Act(due - timedelta(hours=4), concerns, partial(self._submit, own, person))
            yield Act(due + timedelta(hours=3), concerns, partial(judge, self._scene, own, 4))

    async def _said(
        self, command: Command[Any], at: datetime, by: str, what: str, charge: Charge, *key: object
    ) -> None:
        await self._scene.said(command, at, by, what, charge.assignment_id, *key)

    async def _accept(self, charge: Charge, by: str, at: datetime) -> None:
        await self._said(AcceptTask(**ids(charge)), at, by, "accept", charge, by)

    async def _decline(self, charge: Charge, at: datetime) -> None:
        command = DeclineTask(**ids(charge), reason="本周外出,无法承办")
        await self._said(command, at, charge.person_id, "decline", charge)

    async def _pass_on(self, charge: Charge, course: Course, at: datetime) -> None:
        command = DelegateTask(**ids(charge), person_id=course.holder, reason=PASSED_ON)
        await self._said(command, at, charge.person_id, "pass on", charge)

    async def _break_up(self, charge: Charge, parts: list[str], due: datetime, at: datetime) -> None:
        told = [
            {"task_id": part, "title": f"分项{number}", "description": "按分工完成并汇总", "due_at": due}
            for number, part in enumerate(parts, 1)
        ]
        command = SplitTask.model_validate({**ids(charge), "parts": told})
        await self._said(command, at, charge.person_id, "split", charge)

    async def _report(self, charge: Charge, by: str, at: datetime) -> None:
        dice = self._chances.dice("report", charge.assignment_id)
        command = ReportProgress(**ids(charge), progress=dice.choice((20, 30, 50, 60)), note=dice.choice(PROGRESS))
        await self._said(command, at, by, "report", charge)

    async def _ask(self, charge: Charge, course: Course, at: datetime) -> None:
        command = RequestExtension(
            **ids(charge),
            extension_id=derived("extension", "demo", charge.assignment_id),
            due_at=charge.due + timedelta(days=3),
            reason="材料收集尚需时日",
        )
        await self._said(command, at, course.holder, "extension", charge)

    async def _answer(self, charge: Charge, granted: bool, at: datetime) -> None:
        named = {**ids(charge), "extension_id": derived("extension", "demo", charge.assignment_id)}
        command = GrantExtension(**named) if granted else RefuseExtension(**named, reason="时限不变,请抓紧办理")
        await self._said(command, at, charge.publisher, "extension answer", charge)

    async def _submit(self, charge: Charge, by: str, at: datetime) -> None:
        dice = self._chances.dice("submit", charge.assignment_id)
        clarity = dice.choice((3, 4, 4, 5)) if dice.random() < 0.3 else None
        command = SubmitCompletion(**ids(charge), report=dice.choice(REPORTS), clarity=clarity)
        await self._said(command, at, by, "submit", charge, at.isoformat())

    async def _send_back(self, charge: Charge, at: datetime) -> None:
        command = RejectCompletion(**ids(charge), reason="数据不全,请补充后再报")
        await self._said(command, at, charge.publisher, "send back", charge)


def ids(charge: Charge) -> dict[str, Any]:
    return {"task_id": charge.task_id, "assignment_id": charge.assignment_id}


async def assign(scene: Scene, charge: Charge, at: datetime) -> None:
    """The publisher charges the department, or the person."""
    whom = {"department_id": charge.department_id} if charge.whole else {"person_id": charge.person_id}
    command = AssignTask.model_validate({**ids(charge), "part": charge.part, **whom})
    await scene.said(command, at, charge.publisher, "assign", charge.assignment_id)


async def judge(scene: Scene, charge: Charge, score: int, at: datetime) -> None:
    command = EvaluateTask(**ids(charge), score=score, comment=JUDGED[score - 1])
    await scene.said(command, at, charge.publisher, "judge", charge.assignment_id)
