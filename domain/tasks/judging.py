"""Judging the work 评价: only the publisher, or who acts for them, and never anybody who had a part in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from domain import Conflict, Context, Event, Moment, Reads, Reason, Text
from domain.duties import Duty
from domain.tasks.events import (
    ASSIGNMENT_EVENTS,
    TASK_EVENTS,
    Assignment,
    Score,
    TaskClosed,
    TaskCompletionRejected,
    TaskEvaluated,
)
from domain.tasks.file import (
    OPEN,
    UNDONE,
    AboutAssignment,
    Held,
    PartsBounded,
    TaskFile,
    not_oneself,
    own_task,
)
from domain.tasks.rules import PUBLISHERS, REDO_WORKDAYS, REMIND_HOURS, redo_due, whole
from domain.tasks.working import later


class EvaluateTask(AboutAssignment):
    """评价任务.  The publisher scores submitted work from 1 to 5; the last one closes the task.  Seed: D05.

    Nobody who holds or held any assignment of the task, or acted for a holder, judges any of it.
    """

    may = dict.fromkeys(PUBLISHERS, own_task)
    score: Score
    comment: Text

    def reads(self) -> list[Reads]:
        return [Reads((*TASK_EVENTS, *ASSIGNMENT_EVENTS), (self.task_id,))]

    def act(self, state: TaskFile, held: Held, given: Context) -> Iterable[Event]:
        parties = [who for other in state.held.values() for who in other.assignment.parties]
        not_oneself(parties, given, assignment=self.assignment_id)
        submitted(held.assignment)
        said = {"score": self.score, "evaluated_at": given.now, "state": "evaluated", "remind_at": None}
        evaluated = held.told(TaskEvaluated, said, comment=self.comment, evaluated_by=given.actor.person_id)
        yield evaluated
        others = (h.assignment for h in state.held.values() if h is not held)
        told = state.tasks[self.task_id]
        if not any(other.state in OPEN for other in others) and told.task.state == "open":
            due = {name: getattr(told, name) for name in ("term_id", "week", "day")}
            yield TaskClosed(**due, task=told.task.model_copy(update={"state": "closed"}))


def submitted(said: Assignment) -> None:
    """Raise unless the work waits to be judged."""
    if said.state in UNDONE:
        raise Conflict("completion_not_submitted", assignment=said.assignment_id)
    if said.state != "submitted":
        raise Conflict("assignment_not_open", assignment=said.assignment_id, state=said.state)


class RejectCompletion(PartsBounded):
    """退回重办.  Sends submitted work back; after its due moment with a new one, by default by rule.  Seed: D05.

    What was overdue stays so.
    """

    may = dict.fromkeys(PUBLISHERS, own_task)
    reason: Reason
    due_at: Moment | None = None

    def act(self, state: TaskFile, held: Held, given: Context) -> Iterator[Event]:
        said = held.assignment
        not_oneself(said.parties, given, assignment=self.assignment_id)
        submitted(said)
        due_at = said.due_at
        if self.due_at:
            due_at = whole(self.due_at)
            if due_at < max(said.due_at, given.second):
                raise Conflict("due_in_the_past", assignment=self.assignment_id)
            self.check_due(state, due_at)
        elif given.second >= due_at:
            due_at = self._redo(state, given)
        change = later(said, due_at, given) | {
            "state": "in_progress",
            "submitted_at": None,
            "rejections": said.rejections + 1,
        }
        yield held.told(
            TaskCompletionRejected,
            change,
            **state.when(due_at, given.zone),
            duties=(_owed_again(held.owed, said, due_at),) if held.owed else (),
            policies=given.rules.at(given.now).used(REDO_WORKDAYS, REMIND_HOURS),
            reason=self.reason,
            rejected_by=given.actor.person_id,
        )

    def _redo(self, state: TaskFile, given: Context) -> datetime:
        """The due moment by rule, no later than that of what this is a part of, while that is to come."""
        due_at = redo_due(state.holidays, given)
        latest = state.latest_due(state.tasks[self.task_id].task)
        return min(due_at, latest) if latest and latest > given.second else due_at


def _owed_again(duty: Duty, said: Assignment, due_at: datetime) -> Duty:
    """The work is owed anew; what was missed before stays missed."""
    if said.overdue_at:
        return duty.model_copy(update={"state": "lapsed", "settled_at": duty.due_at})
    return duty.model_copy(update={"state": "open", "settled_at": None, "due_at": due_at})
