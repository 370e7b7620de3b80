"""Charging people and departments 分派, and what these say to it: accept 接收, decline 退回, pass on 转办."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from domain import Conflict, Context, DepartmentId, Event, PersonId, Reads, Reason, Unknown, named
from domain.access import HEAD
from domain.duties import Duty
from domain.organisation import DepartmentRegistered
from domain.tasks.events import (
    ASSIGNMENT_EVENTS,
    TASK_EVENTS,
    Assignment,
    AssignmentCancelled,
    AssignmentId,
    Role,
    Task,
    TaskAccepted,
    TaskAssigned,
    TaskDeclined,
    TaskDelegated,
)
from domain.tasks.file import (
    CALENDAR,
    OPEN,
    PLACES,
    AboutAssignment,
    AboutTask,
    Held,
    OnesPart,
    TaskFile,
    dropped,
    own_assignment,
    own_or_headed,
    own_task,
)
from domain.tasks.publishing import publisher as acted_for
from domain.tasks.rules import (
    ACCEPT_WORKDAYS,
    DELEGATIONS,
    PUBLISHERS,
    REMIND_HOURS,
    WITHIN_DEPARTMENT,
    WORKERS,
    acceptance_due,
    reminder,
)


class AssignTask(AboutTask):
    """分派任务.  Charges a person, or a department, whose head accepts and passes it on.  Seed: D05.

    Heads and deputies charge persons of their own department; other departments are charged as such.
    """

    may = dict.fromkeys(PUBLISHERS, own_task)
    assignment_id: AssignmentId
    person_id: PersonId | None = None
    department_id: DepartmentId | None = None
    part: Role = "lead"

    def reads(self) -> list[Reads]:
        told = [
            Reads((*TASK_EVENTS, *ASSIGNMENT_EVENTS), (self.task_id,)),
            Reads(ASSIGNMENT_EVENTS, (self.assignment_id,)),
            CALENDAR,
        ]
        if self.person_id:
            told.append(Reads(PLACES, (self.person_id,)))
        if self.department_id:
            told.append(Reads((DepartmentRegistered,), (named(self.department_id),)))
        return told

    def find(self, state: TaskFile) -> None:
        super().find(state)
        if self.person_id and self.person_id not in state.places:
            raise Unknown("staff_unknown", person=self.person_id)
        if self.department_id and self.department_id not in state.departments:
            raise Unknown("department_unknown", department=self.department_id)

    def decide(self, state: TaskFile, given: Context) -> Iterator[Event]:
        if self._repeated(state):
            return
        task = self.task(state)
        self._check_assignee(task, state, given)
        if given.second > task.due_at:
            raise Conflict("due_in_the_past", task=self.task_id)
        assignment = self._assignment(task, state, given)
        duties = [_acceptance(assignment, given)]
        if self.part == "lead":
            duties.append(_duty("task", self.assignment_id, assignment, task.due_at, given))
        yield TaskAssigned(
            **state.when(task.due_at, given.zone),
            **state.described(self.task_id),
            assignment=assignment,
            duties=tuple(duties),
            policies=given.rules.at(given.now).used(ACCEPT_WORKDAYS, REMIND_HOURS),
            assigned_by=given.actor.person_id,
        )

    def _repeated(self, state: TaskFile) -> bool:
        """Whether exactly this was done before; raises if the id stands for another assignment."""
        if (held := state.held.get(self.assignment_id)) is None:
            return False
        known = held.assignment
        charged = known.assignee_department_id if self.department_id else known.holder_id
        asked = (self.task_id, self.department_id or self.person_id, self.part)
        if (known.task_id, charged, known.part) != asked:
            raise Conflict("assignment_already_made", assignment=self.assignment_id)
        return True

    def _check_assignee(self, task: Task, state: TaskFile, given: Context) -> None:
        if (self.person_id is None) == (self.department_id is None):
            raise Conflict("assignee_unclear", assignment=self.assignment_id)
        if self.person_id == task.publisher_id:
            raise Conflict("publisher_not_assignee", task=self.task_id)
        if self.person_id and task.publisher_role in WITHIN_DEPARTMENT:
            home = state.department_of(self.person_id, given.today)
            if home != task.department_id:
                raise Conflict("assign_to_the_department", person=self.person_id, department=home)
        if self.department_id == task.department_id and task.publisher_role == HEAD:
            raise Conflict("assign_to_persons", department=self.department_id)
        for held in state.held.values():
            known = held.assignment
            charged = known.assignee_department_id if self.department_id else known.holder_id
            if (
                known.task_id == self.task_id
                and known.state in OPEN
                and charged == (self.department_id or self.person_id)
            ):
                raise Conflict("already_assigned", assignment=known.assignment_id)

    def _assignment(self, task: Task, state: TaskFile, given: Context) -> Assignment:
        home = state.department_of(self.person_id, given.today) if self.person_id else self.department_id
        assert home
        return Assignment(
            **self.model_dump(include={"task_id", "assignment_id", "part"}),
            title=task.title,
            priority=task.priority,
            publisher_id=task.publisher_id,
            task_department_id=task.department_id,
            assignee_department_id=self.department_id,
            holder_id=self.person_id,
            department_id=home,
            parties=(self.person_id,) if self.person_id else (),
            assigned_at=given.now,
            accept_by=acceptance_due(task.due_at, state.holidays, given),
            first_due_at=task.due_at,
            due_at=task.due_at,
            remind_at=reminder(task.due_at, given),
        )


def _duty(kind: str, number: str, said: Assignment, due_at: datetime, given: Context) -> Duty:
    return Duty(
        key=f"{kind}/{number}",
        kind=kind,
        about=said.assignment_id,
        person_id=said.holder_id,
        department_id=said.department_id,
        opened_at=given.now,
        due_at=due_at,
    )


def _acceptance(said: Assignment, given: Context) -> Duty:
    """Accepting is owed by each holder in turn."""
    return _duty("task_acceptance", f"{said.assignment_id}/{said.turn}", said, said.accept_by, given)


def answered(held: Held, given: Context) -> Duty:
    """Accepting is done with; raises if it came in time, but the lapse is on record already."""
    duty = held.acceptance
    if duty.state == "lapsed" and given.second <= duty.due_at:
        raise Conflict("lapse_already_recorded", assignment=held.assignment.assignment_id, due_at=duty.due_at)
    return duty.done(given.now)


class AcceptTask(OnesPart):
    """接收任务.  The holder takes it on; of a department's, its head becomes the holder.  Seed: D05."""

    may = dict.fromkeys(WORKERS, own_assignment)

    def act(self, state: TaskFile, held: Held, given: Context) -> Iterable[Event]:
        change = self.part(held, given)
        if held.assignment.state != "assigned":
            return
        holder = held.assignment.holder_id or acted_for(given.actor)
        duties = [answered(held, given).model_copy(update={"person_id": holder})]
        if held.owed and held.owed.state == "open" and held.owed.person_id != holder:
            duties.append(held.owed.model_copy(update={"person_id": holder}))
        parties = dict.fromkeys((*change["parties"], holder))
        change |= {"state": "accepted", "accepted_at": given.now, "holder_id": holder, "parties": tuple(parties)}
        yield held.told(TaskAccepted, change, duties=tuple(duties), accepted_by=given.actor.person_id)


class DeclineTask(OnesPart):
    """退回任务.  Sends an assignment back unaccepted, saying why.  Seed: D05."""

    may = dict.fromkeys(WORKERS, own_assignment)
    reason: Reason

    def act(self, state: TaskFile, held: Held, given: Context) -> Iterable[Event]:
        if held.assignment.state == "declined":
            return
        change = self.part(held, given)
        if held.assignment.state != "assigned":
            raise Conflict("assignment_already_accepted", assignment=self.assignment_id)
        yield held.told(
            TaskDeclined,
            change | {"state": "declined", "remind_at": None},
            duties=dropped((held.owed, held.acceptance), given),
            reason=self.reason,
            declined_by=given.actor.person_id,
        )


class DelegateTask(OnesPart):
    """转办任务.  Passes an assignment on to somebody else of the department that answers for it.  Seed: D05.

    Passing on answers the question of accepting; the next holder is to accept in turn.  What is overdue stays
    with whoever held it when it was due.
    """

    may = dict.fromkeys(WORKERS, own_or_headed)
    person_id: PersonId
    reason: Reason

    def reads(self) -> list[Reads]:
        return [*super().reads(), Reads(PLACES, (self.person_id,)), CALENDAR]

    def find(self, state: TaskFile) -> None:
        super().find(state)
        if self.person_id not in state.places:
            raise Unknown("staff_unknown", person=self.person_id)

    def act(self, state: TaskFile, held: Held, given: Context) -> Iterable[Event]:
        change, said = self.part(held, given), held.assignment
        if said.holder_id == self.person_id:
            return
        if self.person_id == said.publisher_id:
            raise Conflict("publisher_not_assignee", task=self.task_id)
        department = state.answering(said, given.today)
        home = state.department_of(self.person_id, given.today)
        if home != department:
            raise Conflict("delegate_outside_department", person=self.person_id, department=department)
        rules = given.rules.at(given.now)
        if said.turn > rules(DELEGATIONS):
            raise Conflict("delegated_too_often", assignment=self.assignment_id, times=said.turn - 1)
        change |= {
            "holder_id": self.person_id,
            "department_id": department,
            "parties": tuple(dict.fromkeys((*change["parties"], self.person_id))),
            "turn": said.turn + 1,
            "assigned_at": given.now,
            "accepted_at": None,
            "accept_by": acceptance_due(said.due_at, state.holidays, given),
            "state": "assigned",
        }
        yield held.told(
            TaskDelegated,
            change,
            **state.described(self.task_id),
            duties=self._duties(held, said.model_copy(update=change), given),
            policies=rules.used(ACCEPT_WORKDAYS, DELEGATIONS),
            former_holder_id=said.holder_id,
            reason=self.reason,
            delegated_by=given.actor.person_id,
        )

    def _duties(self, held: Held, now: Assignment, given: Context) -> tuple[Duty, ...]:
        told = [_acceptance(now, given)]
        if held.acceptance.state in ("open", "lapsed"):
            told.insert(0, answered(held, given))
        if held.owed and held.owed.state == "open":
            who = {"person_id": now.holder_id, "department_id": now.department_id}
            told.append(held.owed.model_copy(update=who))
        return tuple(told)


class WithdrawAssignment(AboutAssignment):
    """收回分派.  The publisher takes one assignment back; what was missed stays.  Seed: D05."""

    may = dict.fromkeys(PUBLISHERS, own_task)
    reason: Reason

    def act(self, state: TaskFile, held: Held, given: Context) -> Iterable[Event]:
        if held.assignment.state == "cancelled":
            return
        if held.assignment.state not in OPEN:
            raise Conflict("assignment_not_open", assignment=self.assignment_id, state=held.assignment.state)
        yield held.told(
            AssignmentCancelled,
            {"state": "cancelled", "remind_at": None},
            duties=dropped((held.owed, held.acceptance), given),
            reason=self.reason,
            cancelled_by=given.actor.person_id,
        )
