"""Tasks: from the president, the offices, heads and deputies; accepted, passed on, done late or not.  Seed: D05."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, Final

from domain import Command, derived
from domain.access import (
    ACADEMIC_HEAD,
    DEPUTY,
    HEAD,
    LEADER,
    PRESIDENT,
    SECRETARY,
    STUDENT_AFFAIRS_HEAD,
)
from domain.tasks import CancelTask, PublishTask, RemindTask
from infra.demo.acts import Act
from infra.demo.acts.texts import REMINDED, TASKS, TASKS_OF_DEPARTMENT
from infra.demo.acts.working import Charge, Course, Working, assign, judge
from infra.demo.people import office
from infra.demo.scene import Scene

# Who publishes for the whole college, in whose name, and how often a week.
OFFICES: Final = (
    (PRESIDENT, "president", 0.8),
    (LEADER, "president", 0.6),
    (ACADEMIC_HEAD, "academic", 1.0),
    (STUDENT_AFFAIRS_HEAD, "student_affairs", 0.8),
)
OF_HEAD, OF_DEPUTY = 1.3, 0.6  # tasks a week
LAST_WEEK: Final = 1  # before the end: what is published then is due when the term is over
CANCELLED, JUDGED_SHARE, REMINDED_SHARE = 0.02, 0.93, 0.3
SOURCES: Final = ("routine", "routine", "meeting", "meeting", "inspection")
PRIORITIES: Final = ("normal", "normal", "normal", "high", "urgent", "low")


@dataclass(frozen=True)
class Task:
    """A task as it will be published, and whom it is charged to."""

    task_id: str
    publisher: str
    department_id: str
    title: str
    text: str
    published: datetime
    due: datetime
    charges: tuple[Charge, ...]


class Tasks:
    """The tasks of the semester."""

    title = "任务 · tasks"

    def __init__(self, scene: Scene) -> None:
        self._scene, self._chances, self._working = scene, scene.chances, Working(scene)

    def acts(self) -> Iterator[Act]:
        for task in self._tasks():
            yield from self._of(task)

    def _tasks(self) -> Iterator[Task]:
        scene = self._scene
        for week in range(1, scene.weeks + 1 - LAST_WEEK):
            for role, code, often in OFFICES:
                for number in range(self._chances.number(often, "task", role, week)):
                    yield self._task((role, week, number), scene.holder(role), office(code), week, self._heads)
            for department in scene.departments:
                for role, often, whom in ((HEAD, OF_HEAD, self._own_staff), (DEPUTY, OF_DEPUTY, self._counselors)):
                    for number in range(self._chances.number(often, "task", role, department, week)):
                        key = (role, department, week, number)
                        yield self._task(key, scene.holder(role, department), department, week, whom)

    def _task(self, key: tuple[object, ...], publisher: str, department: str, week: int, whom: Any) -> Task:
        dice, scene = self._chances.dice("task", *key), self._scene
        task_id = derived("task", "demo", *key)
        day = scene.on(week, dice.randint(1, 5))
        title, text = dice.choice(TASKS if whom == self._heads else TASKS_OF_DEPARTMENT)
        due = scene.moment(scene.workday(day, dice.choice((3, 4, 5, 5, 6, 8, 10))), dice.choice((12, 17, 17, 18)))
        published = scene.moment(day, dice.uniform(8.5, 16))
        charged = whom(task_id, department, published, due, dice)
        charges = tuple(replace(charge, publisher=publisher) for charge in charged)
        return Task(task_id, publisher, department, title, text, published, due, charges)

    def _heads(
        self, task_id: str, office_id: str, published: datetime, due: datetime, dice: Random
    ) -> Iterator[Charge]:
        """Every department, or some of them, by its head."""
        departments = self._scene.departments
        some = departments if dice.random() < 0.6 else dice.sample(departments, max(len(departments) // 2, 1))
        for department in some:
            head = self._scene.holder(HEAD, department)
            assignment = derived("assignment", "demo", task_id, department)
            yield Charge(task_id, assignment, head, department, True, "lead", "", published, due)

    def _own_staff(
        self, task_id: str, department: str, published: datetime, due: datetime, dice: Random
    ) -> Iterator[Charge]:
        """The secretary, the deputy or a few teachers; the first leads."""
        scene = self._scene
        near = [scene.holder(SECRETARY, department), scene.holder(DEPUTY, department)]
        teachers = scene.employed[department]
        persons = (
            dice.sample(teachers, min(dice.randint(1, 3), len(teachers)))
            if teachers and dice.random() < 0.6
            else near[:1]
        )
        yield from self._persons(task_id, department, persons, published, due)

    def _counselors(
        self, task_id: str, department: str, published: datetime, due: datetime, dice: Random
    ) -> Iterator[Charge]:
        corps = list(self._scene.counselors[department])
        persons = dice.sample(corps, min(dice.randint(2, 4), len(corps)))
        yield from self._persons(task_id, department, persons, published, due)

    def _persons(
        self, task_id: str, department: str, persons: Sequence[str], published: datetime, due: datetime
    ) -> Iterator[Charge]:
        for number, person in enumerate(persons):
            part = "assist" if number > 1 else "lead"
            assignment = derived("assignment", "demo", task_id, person)
            yield Charge(task_id, assignment, person, department, False, part, "", published, due)

    def _of(self, task: Task) -> Iterator[Act]:
        dice, concerns = self._chances.dice("task goes", task.task_id), (task.task_id,)
        yield Act(task.published, concerns, partial(self._publish, task))
        cancelled = dice.random() < CANCELLED
        if cancelled:
            at = task.published + (task.due - task.published) / 2
            yield Act(at, concerns, partial(self._cancel, task))
        for number, charge in enumerate(task.charges):
            at = task.published + timedelta(minutes=2 + number)
            yield Act(at, concerns, partial(assign, self._scene, charge))
            if not cancelled:
                yield from self._worked(task, charge, dice)

    def _worked(self, task: Task, charge: Charge, dice: Random) -> Iterator[Act]:
        """What comes of one assignment, and what the publisher says to it."""
        course, concerns = self._working.course(charge), (task.task_id,)
        yield from self._working.acts(charge, course)
        if course.overdue and dice.random() < REMINDED_SHARE:
            reminded = self._scene.moment(self._scene.workday(self._scene.day(course.due), 1), 8.5)
            yield Act(reminded, concerns, partial(self._remind, task, charge))
        if course.done and dice.random() < JUDGED_SHARE:
            judged = self._scene.workday(self._scene.day(course.done), dice.choice((1, 1, 2, 3)))
            if course.sent_back is None or judged > self._scene.day(course.sent_back):
                at = self._scene.moment(judged, dice.uniform(11, 17.5))
                yield Act(at, concerns, partial(judge, self._scene, charge, self._score(charge, course)))

    def _score(self, charge: Charge, course: Course) -> int:
        """Departments differ; what came late, or was sent back, is judged lower."""
        good = 4.3 + 0.5 * self._chances.keenness(charge.department_id, "work")
        good -= 0.9 * course.overdue + 0.4 * (course.sent_back is not None)
        return min(max(round(self._chances.dice("score", charge.assignment_id).gauss(good, 0.6)), 1), 5)

    async def _said(self, command: Command[Any], at: datetime, by: str, *key: object) -> None:
        await self._scene.said(command, at, by, *key)

    async def _publish(self, task: Task, at: datetime) -> None:
        dice = self._chances.dice("task text", task.task_id)
        command = PublishTask.model_validate(
            {
                "task_id": task.task_id,
                "department_id": task.department_id,
                "title": task.title,
                "description": task.text,
                "category": "教学" if "课" in task.text else "管理",
                "priority": dice.choice(PRIORITIES),
                "source": dice.choice(SOURCES),
                "due_at": task.due,
            }
        )
        await self._said(command, at, task.publisher, "task", task.task_id)

    async def _cancel(self, task: Task, at: datetime) -> None:
        command = CancelTask(task_id=task.task_id, reason="工作安排调整,另行通知")
        await self._said(command, at, task.publisher, "task cancel", task.task_id)

    async def _remind(self, task: Task, charge: Charge, at: datetime) -> None:
        command = RemindTask(task_id=task.task_id, assignment_id=charge.assignment_id, note=REMINDED)
        await self._said(command, at, task.publisher, "remind", charge.assignment_id)
