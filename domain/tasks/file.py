"""The file of a task 任务卷: it, its parts and its assignments as their facts tell them, and what commands share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from domain import Actor, Command, Conflict, Context, Event, NotAllowed, Reads, Unknown
from domain.calendar import HolidayDeclared, HolidayWithdrawn, TermOpened
from domain.duties import Duty
from domain.organisation import DepartmentRegistered, StaffPlaced, StaffRegistered
from domain.tasks.events import (
    ASSIGNMENT_EVENTS,
    TASK_EVENTS,
    Assignment,
    AssignmentId,
    Described,
    Extension,
    OfAssignment,
    OfTask,
    Task,
    TaskExtensionGranted,
    TaskExtensionRefused,
    TaskExtensionRequested,
    TaskId,
    TaskOverdue,
    TaskPublished,
)
from domain.tasks.rules import HEADS

CALENDAR = Reads((TermOpened, HolidayDeclared, HolidayWithdrawn))  # two terms and some twenty holidays a year
PLACES = (StaffRegistered, StaffPlaced)
UNDER_WAY = ("accepted", "in_progress")
UNDONE = ("assigned", *UNDER_WAY)
OPEN = (*UNDONE, "submitted")
E = TypeVar("E", bound=OfAssignment)


def acting(actor: Actor) -> set[str]:
    """The person who acts, and the one acted for."""
    return {who for who in (actor.person_id, actor.on_behalf_of) if who}


def own_task(command: Any, state: Any, actor: Actor) -> bool:
    """o: the publisher of the task, or who acts for them."""
    return state.tasks[command.task_id].task.publisher_id in acting(actor)


def heads(assignment: Assignment, actor: Actor) -> bool:
    """Whether the actor answers for the department that was charged."""
    charged = assignment.assignee_department_id
    return charged is not None and actor.role in HEADS and actor.department_id == charged


def own_assignment(command: Any, state: Any, actor: Actor) -> bool:
    """o: who holds the assignment; of one that a department has and nobody holds yet, its head."""
    assignment = state.held[command.assignment_id].assignment
    if assignment.holder_id:
        return assignment.holder_id in acting(actor)
    return heads(assignment, actor)


def own_or_headed(command: Any, state: Any, actor: Actor) -> bool:
    """o: who holds the assignment, or the head of the department that was charged."""
    assignment = state.held[command.assignment_id].assignment
    return own_assignment(command, state, actor) or heads(assignment, actor)


@dataclass(frozen=True)
class Held:
    """One assignment as its last event says it, with its duties as they stand and the extensions asked for."""

    last: OfAssignment
    duties: Mapping[str, Duty] = field(default_factory=dict)
    extensions: Mapping[str, Extension] = field(default_factory=dict)

    @property
    def assignment(self) -> Assignment:
        return self.last.assignment

    @property
    def owed(self) -> Duty | None:
        """The duty of the work itself: that of a lead."""
        return self.duties.get("task")

    @property
    def acceptance(self) -> Duty:
        return self.duties["task_acceptance"]

    def after(self, event: OfAssignment) -> Self:
        now = replace(self, last=event, duties={**self.duties, **{d.kind: d for d in event.duties}})
        if isinstance(event, TaskExtensionRequested | TaskExtensionGranted | TaskExtensionRefused):
            told = event.extension
            return replace(now, extensions={**self.extensions, told.extension_id: told})
        return now

    def told(self, kind: type[E], change: Mapping[str, Any], **said: Any) -> E:
        """An event of this assignment, with what it changes of it."""
        due = {name: getattr(self.last, name) for name in ("term_id", "week", "day")}
        return kind(**{**due, **said}, assignment=self.assignment.model_copy(update=dict(change)))


@dataclass(frozen=True)
class TaskFile:
    """Tasks and assignments that a command must know, where people belong, and the calendar."""

    tasks: Mapping[str, OfTask] = field(default_factory=dict)
    published: Mapping[str, TaskPublished] = field(default_factory=dict)
    held: Mapping[str, Held] = field(default_factory=dict)
    places: Mapping[str, tuple[StaffRegistered | StaffPlaced, ...]] = field(default_factory=dict)
    departments: frozenset[str] = frozenset()
    terms: tuple[TermOpened, ...] = ()
    holidays: frozenset[date] = frozenset()

    def after(self, event: Event) -> Self:
        match event:
            case TaskPublished():
                known = {event.task.task_id: event}
                return replace(self, tasks={**self.tasks, **known}, published={**self.published, **known})
            case OfTask():
                return replace(self, tasks={**self.tasks, event.task.task_id: event})
            case OfAssignment():
                key = event.assignment.assignment_id
                held = (self.held.get(key) or Held(event)).after(event)
                return replace(self, held={**self.held, key: held})
            case StaffRegistered() | StaffPlaced():
                places = (*self.places.get(event.person_id, ()), event)
                return replace(self, places={**self.places, event.person_id: places})
            case DepartmentRegistered():
                return replace(self, departments=self.departments | {event.department_id})
            case TermOpened():
                return replace(self, terms=(*self.terms, event))
            case HolidayDeclared():
                return replace(self, holidays=self.holidays | {event.day})
            case HolidayWithdrawn():
                return replace(self, holidays=self.holidays - {event.day})
        return self

    def department_of(self, person_id: str, day: date) -> str | None:
        """Where somebody belonged on a day; None if nobody registered them."""
        places = self.places.get(person_id, ())
        known = [p.department_id for p in places if p.from_day <= day]
        return known[-1] if known else places[0].department_id if places else None

    def answering(self, assignment: Assignment, day: date) -> str:
        """The department that answers on a day: the one charged, or else the holder's own."""
        if assignment.assignee_department_id or not assignment.holder_id:
            return assignment.department_id
        return self.department_of(assignment.holder_id, day) or assignment.department_id

    def when(self, due_at: datetime, zone: ZoneInfo) -> dict[str, Any]:
        """Term, week and day of a due moment."""
        day = due_at.astimezone(zone).date()
        for term in self.terms:
            if week := term.week(day):
                return {"term_id": term.term_id, "week": week, "day": day}
        return {"term_id": None, "week": None, "day": day}

    def described(self, task_id: str) -> dict[str, Any]:
        """What is to be done, as whoever is charged with it is told."""
        published = self.published[task_id]
        return {name: getattr(published, name) for name in Described.model_fields}

    def parts(self, task_id: str, assignment_id: str | None = None) -> Iterator[Task]:
        """The open parts of a task; with an assignment, those split from it or from the whole."""
        for told in self.tasks.values():
            part = told.task
            concerned = assignment_id is None or part.parent_assignment_id in (None, assignment_id)
            if concerned and part.parent_task_id == task_id and part.state == "open":
                yield part

    def latest_due(self, task: Task) -> datetime | None:
        """The moment no part may be due after; None for a task that is no part."""
        if held := self.held.get(task.parent_assignment_id or ""):
            return held.assignment.due_at
        told = self.tasks.get(task.parent_task_id or "")
        return told.task.due_at if told else None

    def overdue(self, held: Held, given: Context) -> TaskOverdue | None:
        """That the due moment is over, if nobody wrote it yet."""
        said = held.assignment
        if said.state not in UNDONE or said.overdue_at or given.second <= said.due_at:
            return None
        department = self.answering(said, said.due_at.astimezone(given.zone).date())
        duties = [d.model_copy(update={"department_id": department}).lapsed() for d in (held.owed,) if d]
        change = {"overdue_at": said.due_at, "department_id": department, "remind_at": None}
        return held.told(TaskOverdue, change, duties=tuple(duties))


def not_oneself(parties: Iterable[str], given: Context, **facts: object) -> None:
    """Raise if who acts, or whom they act for, had a part in what is to be judged."""
    if acting(given.actor) & set(parties):
        raise NotAllowed("self_approval_forbidden", **facts)


def dropped(duties: Iterable[Duty | None], given: Context) -> tuple[Duty, ...]:
    """Duties that fall away: cancelled, or waived when they were missed, for what was missed stays so."""
    told = []
    for duty in duties:
        if duty and duty.state in ("open", "lapsed"):
            missed = duty.state == "lapsed" or given.second > duty.due_at
            told.append(duty.waived(given.now) if missed else duty.cancelled(given.now))
    return tuple(told)


class AboutTask(Command[TaskFile]):
    """任务.  What the commands on one task share."""

    task_id: TaskId

    def reads(self) -> list[Reads]:
        return [Reads(TASK_EVENTS, (self.task_id,))]

    def find(self, state: TaskFile) -> None:
        if self.task_id not in state.tasks:
            raise Unknown("task_unknown", task=self.task_id)

    def task(self, state: TaskFile) -> Task:
        """The task, which must be open."""
        task = state.tasks[self.task_id].task
        if task.state == "cancelled":
            raise Conflict("task_cancelled", task=self.task_id)
        if task.state == "closed":
            raise Conflict("task_closed", task=self.task_id)
        return task


class AboutAssignment(AboutTask):
    """任务分派.  What the commands on one assignment share.

    Whatever is done after the due moment first writes that it was missed, if the clock has not come to it.
    """

    assignment_id: AssignmentId

    def reads(self) -> list[Reads]:
        return [*super().reads(), Reads(ASSIGNMENT_EVENTS, (self.assignment_id,))]

    def more(self, state: TaskFile) -> Sequence[Reads]:
        held = state.held.get(self.assignment_id)
        if held and held.assignment.holder_id and not held.assignment.assignee_department_id:
            return [Reads(PLACES, (held.assignment.holder_id,))]
        return ()

    def find(self, state: TaskFile) -> None:
        super().find(state)
        held = state.held.get(self.assignment_id)
        if held is None or held.assignment.task_id != self.task_id:
            raise Unknown("assignment_unknown", assignment=self.assignment_id)

    def decide(self, state: TaskFile, given: Context) -> Iterator[Event]:
        missed = state.overdue(state.held[self.assignment_id], given)
        if missed:
            state = state.after(missed)
        events = tuple(self.act(state, state.held[self.assignment_id], given))
        if events and missed:
            yield missed
        yield from events

    def act(self, state: TaskFile, held: Held, given: Context) -> Iterable[Event]:
        """What happens, the due moment apart."""
        raise NotImplementedError

    def undone(self, held: Held, *, accepted: bool = False) -> Assignment:
        """The assignment, which must be neither submitted nor ended, and if so asked, accepted."""
        said = held.assignment
        if said.state == "submitted":
            raise Conflict("completion_already_submitted", assignment=self.assignment_id)
        if said.state not in UNDONE:
            raise Conflict("assignment_not_open", assignment=self.assignment_id, state=said.state)
        if accepted and said.state not in UNDER_WAY:
            raise Conflict("assignment_not_accepted", assignment=self.assignment_id)
        return said


class OnesPart(AboutAssignment):
    """承办.  What the commands of whoever holds an assignment share."""

    def part(self, held: Held, given: Context, *, accepted: bool = False) -> dict[str, Any]:
        """The parties after this act; raises if the publisher would take part, or the assignment is not undone."""
        if held.assignment.publisher_id in acting(given.actor):
            raise NotAllowed("publisher_not_assignee", assignment=self.assignment_id)
        said = self.undone(held, accepted=accepted)
        return {"parties": tuple(dict.fromkeys((*said.parties, *sorted(acting(given.actor)))))}


class PartsBounded(AboutAssignment):
    """任务.  Commands that move a due moment, which for a part depends on the task it is a part of."""

    def reads(self) -> list[Reads]:
        return [*super().reads(), CALENDAR]

    def more(self, state: TaskFile) -> Sequence[Reads]:
        told = [*super().more(state)]
        if (known := state.tasks.get(self.task_id)) and known.task.parent_task_id:
            told.append(Reads(TASK_EVENTS, (known.task.parent_task_id,)))
            if known.task.parent_assignment_id:
                told.append(Reads(ASSIGNMENT_EVENTS, (known.task.parent_assignment_id,)))
        return told

    def check_due(self, state: TaskFile, due_at: datetime) -> None:
        """Raise if a part would be due after what it is a part of."""
        latest = state.latest_due(state.tasks[self.task_id].task)
        if latest and due_at > latest:
            raise Conflict("due_after_parent", task=self.task_id, due_at=latest)
