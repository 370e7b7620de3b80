"""Publishing a task 发布, breaking it into parts 分解, calling it off 撤销."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any

from pydantic import Field

from domain import (
    Actor,
    Conflict,
    Context,
    DepartmentId,
    Event,
    Fact,
    Line,
    Moment,
    Reads,
    Reason,
    Text,
    Unknown,
    named,
)
from domain.access import DEPUTY, HEAD, REACTION, anywhere, own_department
from domain.organisation import DepartmentRegistered
from domain.tasks.events import (
    ASSIGNMENT_EVENTS,
    TASK_EVENTS,
    AssignmentCancelled,
    AssignmentId,
    Attachment,
    Priority,
    Source,
    Task,
    TaskCancelled,
    TaskId,
    TaskPublished,
    TaskSplit,
)
from domain.tasks.file import (
    CALENDAR,
    OPEN,
    PLACES,
    UNDER_WAY,
    AboutTask,
    TaskFile,
    acting,
    dropped,
    heads,
    own_task,
)
from domain.tasks.rules import PUBLISHERS, whole

Attachments = Annotated[tuple[Attachment, ...], Field(max_length=20)]


def own_office(command: Any, state: Any, actor: Actor) -> bool:
    """s: in the name of any office, or of the one that the grant names."""
    return actor.department_id in (None, command.department_id)


def own_task_or_part(command: Any, state: Any, actor: Actor) -> bool:
    """o: the publisher of the task, or who holds the assignment that is to be split."""
    if command.assignment_id is None:
        return own_task(command, state, actor)
    assignment = state.held[command.assignment_id].assignment
    if assignment.holder_id:
        return assignment.holder_id in acting(actor)
    return heads(assignment, actor)


def publisher(actor: Actor) -> str:
    """Whose task it is: that of the person acted for, if there is one."""
    return actor.on_behalf_of or actor.person_id


class PublishTask(AboutTask):
    """发布任务.  Sets a task with its due moment; nobody is charged with it yet.  Seed: D05."""

    may = {role: own_department if role in (HEAD, DEPUTY) else own_office for role in PUBLISHERS}
    department_id: DepartmentId
    title: Line
    description: Text
    category: Line
    priority: Priority = "normal"
    source: Source = "routine"
    due_at: Moment
    attachments: Attachments = ()

    def reads(self) -> list[Reads]:
        return [*super().reads(), Reads((DepartmentRegistered,), (named(self.department_id),)), CALENDAR]

    def find(self, state: TaskFile) -> None:
        if self.department_id not in state.departments:
            raise Unknown("department_unknown", department=self.department_id)

    def decide(self, state: TaskFile, given: Context) -> Iterator[Event]:
        due_at = whole(self.due_at)
        task = Task(
            **self.model_dump(include={"task_id", "title", "category", "priority", "source", "department_id"}),
            publisher_id=publisher(given.actor),
            publisher_role=given.actor.role,
            published_at=given.now,
            due_at=due_at,
        )
        if known := state.tasks.get(self.task_id):
            if known.task.model_copy(update={"published_at": given.now, "state": "open"}) == task:
                return
            raise Conflict("task_already_published", task=self.task_id)
        if due_at <= given.second:
            raise Conflict("due_in_the_past", task=self.task_id)
        yield TaskPublished(
            **state.when(due_at, given.zone),
            task=task,
            description=self.description,
            attachments=self.attachments,
            published_by=given.actor.person_id,
        )


class TaskPart(Fact):
    """One part that a task is broken into."""

    task_id: TaskId
    title: Line
    description: Text
    due_at: Moment


class SplitTask(AboutTask):
    """分解任务.  Breaks a task into parts, each due no later than the whole; who splits publishes them.  Seed: D05.

    Without `assignment_id` the publisher splits the task; with it, whoever holds that assignment splits it.
    """

    may = dict.fromkeys(PUBLISHERS, own_task_or_part)
    assignment_id: AssignmentId | None = None
    parts: Annotated[tuple[TaskPart, ...], Field(min_length=1, max_length=20)]

    def reads(self) -> list[Reads]:
        told = [*super().reads(), *(Reads(TASK_EVENTS, (part.task_id,)) for part in self.parts), CALENDAR]
        return [*told, Reads(ASSIGNMENT_EVENTS, (self.assignment_id,))] if self.assignment_id else told

    def find(self, state: TaskFile) -> None:
        super().find(state)
        if self.assignment_id:
            held = state.held.get(self.assignment_id)
            if held is None or held.assignment.task_id != self.task_id:
                raise Unknown("assignment_unknown", assignment=self.assignment_id)

    def decide(self, state: TaskFile, given: Context) -> Iterator[Event]:
        task = self.task(state)
        parts = [self._part(task, state, part, given) for part in self.parts]
        if all(self._known(state, part, given) for part in parts):
            return
        if len({part.task_id for part in parts}) < len(parts):
            raise Conflict("task_already_published", task=self.task_id)
        yield TaskSplit(
            **state.when(task.due_at, given.zone),
            task=task,
            assignment_id=self.assignment_id,
            part_ids=tuple(part.task_id for part in parts),
            split_by=given.actor.person_id,
        )
        for part, said in zip(parts, self.parts, strict=True):
            yield TaskPublished(
                **state.when(part.due_at, given.zone),
                task=part,
                description=said.description,
                attachments=(),
                published_by=given.actor.person_id,
            )

    def _part(self, task: Task, state: TaskFile, said: TaskPart, given: Context) -> Task:
        latest, department = task.due_at, task.department_id
        if self.assignment_id:
            assignment = state.held[self.assignment_id].assignment
            if assignment.state not in UNDER_WAY:
                raise Conflict("assignment_not_accepted", assignment=self.assignment_id)
            latest, department = assignment.due_at, assignment.department_id
        due_at = whole(said.due_at)
        if due_at > latest:
            raise Conflict("due_after_parent", task=said.task_id, due_at=latest)
        if due_at <= given.second and said.task_id not in state.tasks:
            raise Conflict("due_in_the_past", task=said.task_id)
        change = {
            "task_id": said.task_id,
            "title": said.title,
            "publisher_id": publisher(given.actor),
            "publisher_role": given.actor.role,
            "department_id": given.actor.department_id or department,
            "parent_task_id": task.task_id,
            "parent_assignment_id": self.assignment_id,
            "published_at": given.now,
            "due_at": due_at,
        }
        return task.model_copy(update=change)

    def _known(self, state: TaskFile, part: Task, given: Context) -> bool:
        known = state.tasks.get(part.task_id)
        if known and known.task.model_copy(update={"published_at": given.now, "state": "open"}) != part:
            raise Conflict("task_already_published", task=part.task_id)
        return known is not None


class CancelTask(AboutTask):
    """撤销任务.  Calls off a task with every open assignment and every open part; what was missed stays.  Seed: D05."""

    may = dict.fromkeys(PUBLISHERS, own_task) | {REACTION: anywhere}
    reason: Reason

    def reads(self) -> list[Reads]:
        return [Reads((*TASK_EVENTS, *ASSIGNMENT_EVENTS), (self.task_id,))]

    def more(self, state: TaskFile) -> Sequence[Reads]:
        holders = {h.assignment.holder_id for h in state.held.values()}
        return [Reads(PLACES, (holder,)) for holder in sorted(h for h in holders if h)]

    def decide(self, state: TaskFile, given: Context) -> Iterator[Event]:
        if state.tasks[self.task_id].task.state == "cancelled":
            return
        task = self.task(state)
        yield TaskCancelled(
            **{name: getattr(state.tasks[self.task_id], name) for name in ("term_id", "week", "day")},
            task=task.model_copy(update={"state": "cancelled"}),
            reason=self.reason,
            part_ids=tuple(part.task_id for part in state.parts(self.task_id)),
            cancelled_by=given.actor.person_id,
        )
        for assignment_id in state.held:
            yield from taken_back(state, assignment_id, self.reason, given)


def taken_back(state: TaskFile, assignment_id: str, reason: str, given: Context) -> Iterable[Event]:
    """The end of an open assignment, after the note that it was overdue if it is; nothing if it has ended."""
    if missed := state.overdue(state.held[assignment_id], given):
        state = state.after(missed)
        yield missed
    held = state.held[assignment_id]
    if held.assignment.state in OPEN:
        yield held.told(
            AssignmentCancelled,
            {"state": "cancelled", "remind_at": None},
            duties=dropped((held.owed, held.acceptance), given),
            reason=reason,
            cancelled_by=given.actor.person_id,
        )


def fall_with_it(event: TaskCancelled) -> Iterator[CancelTask]:
    """What is part of a task that was called off is called off too."""
    for part_id in event.part_ids:
        yield CancelTask(task_id=part_id, reason=event.reason)
