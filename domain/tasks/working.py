"""Doing the work: reporting 反馈进度, submitting 提交办结, and moving the due moment 延期."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from domain import Conflict, Context, Event, Moment, Reason, Text, Unknown
from domain.duties import Duty
from domain.tasks.events import (
    Assignment,
    Extension,
    ExtensionId,
    Percent,
    Score,
    TaskCompletionSubmitted,
    TaskExtensionGranted,
    TaskExtensionRefused,
    TaskExtensionRequested,
    TaskProgressReported,
)
from domain.tasks.file import Held, OnesPart, PartsBounded, TaskFile, not_oneself, own_assignment, own_task
from domain.tasks.publishing import Attachments
from domain.tasks.rules import EXTENSION_DAYS, EXTENSIONS, PUBLISHERS, REMIND_HOURS, WORKERS, reminder, whole


class ReportProgress(OnesPart):
    """反馈进度.  How far the work is, in percent and words.  Seed: D05."""

    may = dict.fromkeys(WORKERS, own_assignment)
    progress: Percent
    note: Text

    def act(self, state: TaskFile, held: Held, given: Context) -> Iterable[Event]:
        change = self.part(held, given, accepted=True)
        yield held.told(
            TaskProgressReported,
            change | {"state": "in_progress", "progress": self.progress},
            note=self.note,
            reported_by=given.actor.person_id,
        )


class SubmitCompletion(OnesPart):
    """提交办结.  Says that the work is done; in time up to and with the second of the due moment.  Seed: D05.

    Parts that are still open hold it up, unless a reason is given.  `clarity` rates how clear the task was.
    """

    may = dict.fromkeys(WORKERS, own_assignment)
    report: Text
    attachments: Attachments = ()
    clarity: Score | None = None
    open_parts_reason: Reason | None = None

    def act(self, state: TaskFile, held: Held, given: Context) -> Iterable[Event]:
        change, said = self.part(held, given, accepted=True), held.assignment
        if said.overdue_at and given.second <= said.overdue_at:
            raise Conflict("lapse_already_recorded", assignment=self.assignment_id, due_at=said.overdue_at)
        open_parts = tuple(part.task_id for part in state.parts(self.task_id, self.assignment_id))
        if open_parts and self.open_parts_reason is None:
            raise Conflict("parts_still_open", parts=list(open_parts))
        change |= {
            "state": "submitted",
            "progress": 100,
            "submitted_at": given.now,
            "department_id": state.answering(said, given.today),
        }
        yield held.told(
            TaskCompletionSubmitted,
            change,
            duties=self._duties(held, change["department_id"], given),
            report=self.report,
            attachments=self.attachments,
            clarity=self.clarity,
            open_parts=open_parts,
            open_parts_reason=self.open_parts_reason,
            submitted_by=given.actor.person_id,
        )

    def _duties(self, held: Held, department: str, given: Context) -> tuple[Duty, ...]:
        """The work is done; what was missed before stays with whom it was missed by."""
        duty = held.owed
        if duty is None or duty.state not in ("open", "lapsed"):
            return ()
        if duty.state == "open":
            duty = duty.model_copy(update={"department_id": department})
        return (duty.done(given.now),)


class RequestExtension(OnesPart, PartsBounded):
    """申请延期.  Asks for a later due moment; once it is due, only with a reason.  Seed: D05."""

    may = dict.fromkeys(WORKERS, own_assignment)
    extension_id: ExtensionId
    due_at: Moment
    reason: Reason | None = None

    def act(self, state: TaskFile, held: Held, given: Context) -> Iterable[Event]:
        due_at = whole(self.due_at)
        if known := held.extensions.get(self.extension_id):
            if (known.asked_due_at, known.reason) == (due_at, self.reason):
                return
            raise Conflict("extension_already_requested", extension=self.extension_id)
        change = self.part(held, given, accepted=True)
        self._check(state, held, given)
        said, by = held.assignment, given.actor
        yield held.told(
            TaskExtensionRequested,
            change,
            policies=given.rules.at(given.now).used(EXTENSIONS, EXTENSION_DAYS),
            extension=Extension(
                **self.model_dump(include={"extension_id", "assignment_id", "task_id", "reason"}),
                department_id=said.department_id,
                publisher_id=said.publisher_id,
                requested_by=by.on_behalf_of or by.person_id,
                requested_at=given.now,
                from_due_at=said.due_at,
                asked_due_at=due_at,
                after_due=given.second > said.due_at,
            ),
        )

    def _check(self, state: TaskFile, held: Held, given: Context) -> None:
        said, due_at, rules = held.assignment, whole(self.due_at), given.rules.at(given.now)
        for known in held.extensions.values():
            if known.state == "requested":
                raise Conflict("extension_already_requested", extension=known.extension_id)
        if given.second > said.due_at and self.reason is None:
            raise Conflict("extension_reason_required", assignment=self.assignment_id, due_at=said.due_at)
        if due_at <= max(said.due_at, given.second):
            raise Conflict("extension_not_later", assignment=self.assignment_id, due_at=said.due_at)
        if said.extensions >= rules(EXTENSIONS):
            raise Conflict("extension_limit_reached", assignment=self.assignment_id, times=said.extensions)
        latest = said.first_due_at + timedelta(days=rules(EXTENSION_DAYS))
        if due_at > latest:
            raise Conflict("extension_too_long", assignment=self.assignment_id, latest=latest)
        self.check_due(state, due_at)


class DecideExtension(PartsBounded):
    """延期.  What granting and refusing an extension share."""

    extension_id: ExtensionId

    def find(self, state: TaskFile) -> None:
        super().find(state)
        if self.extension_id not in state.held[self.assignment_id].extensions:
            raise Unknown("extension_unknown", extension=self.extension_id)

    def asked(self, held: Held, given: Context) -> Extension:
        """The request, if it is open and this actor's to decide."""
        asked = held.extensions[self.extension_id]
        not_oneself((*held.assignment.parties, asked.requested_by), given, extension=self.extension_id)
        if asked.state != "requested":
            raise Conflict("extension_already_decided", extension=self.extension_id)
        self.undone(held)
        return asked

    def answered(self, asked: Extension, given: Context, **said: Any) -> Extension:
        told = {"decided_by": given.actor.person_id, "decided_at": given.now, **said}
        return asked.model_copy(update=told)


class GrantExtension(DecideExtension):
    """批准延期.  The due moment asked for, or an earlier one, holds; it never undoes an overdue one.  Seed: D05."""

    may = dict.fromkeys(PUBLISHERS, own_task)
    due_at: Moment | None = None

    def act(self, state: TaskFile, held: Held, given: Context) -> Iterable[Event]:
        asked, said = self.asked(held, given), held.assignment
        due_at = whole(self.due_at) if self.due_at else asked.asked_due_at
        if due_at <= max(said.due_at, given.second) or due_at > asked.asked_due_at:
            raise Conflict("extension_not_later", assignment=self.assignment_id, due_at=said.due_at)
        self.check_due(state, due_at)
        yield held.told(
            TaskExtensionGranted,
            later(said, due_at, given) | {"extensions": said.extensions + 1},
            **state.when(due_at, given.zone),
            duties=moved(held.owed, due_at),
            policies=given.rules.at(given.now).used(REMIND_HOURS),
            extension=self.answered(asked, given, state="granted", granted_due_at=due_at),
        )


class RefuseExtension(DecideExtension):
    """驳回延期.  The due moment stands.  Seed: D05."""

    may = dict.fromkeys(PUBLISHERS, own_task)
    reason: Reason

    def act(self, state: TaskFile, held: Held, given: Context) -> Iterable[Event]:
        asked = self.asked(held, given)
        yield held.told(
            TaskExtensionRefused,
            {},
            extension=self.answered(asked, given, state="refused", answer=self.reason),
        )


def later(said: Assignment, due_at: datetime, given: Context) -> dict[str, Any]:
    """An assignment's new due moment; the clock reminds of it only if it has reminded of none before."""
    again = said.reminded_at is None and said.overdue_at is None
    return {"due_at": due_at, "remind_at": reminder(due_at, given) if again else None}


def moved(duty: Duty | None, due_at: datetime) -> tuple[Duty, ...]:
    """The duty with its new due moment, unless it was missed already."""
    if duty is None or duty.state != "open":
        return ()
    return (duty.model_copy(update={"due_at": due_at}),)
