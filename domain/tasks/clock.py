"""What the clock does about tasks: 到期提醒, 接收逾期, 超期; and the publisher's own reminder 催办."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from domain import Conflict, Context, Event, Text
from domain.access import CLOCK, anywhere
from domain.duties import Done, Due
from domain.tasks.events import OfAssignment, TaskAcceptanceLapsed, TaskReminded
from domain.tasks.file import UNDONE, AboutAssignment, Held, TaskFile, own_task
from domain.tasks.rules import PUBLISHERS

SETTLED_AFTER = timedelta(seconds=60)


class RemindTask(AboutAssignment):
    """催办.  The publisher reminds, as often as it takes; the clock once, before it is due.  Seed: D05."""

    may = dict.fromkeys(PUBLISHERS, own_task) | {CLOCK: anywhere}
    note: Text | None = None

    def act(self, state: TaskFile, held: Held, given: Context) -> Iterable[Event]:
        said, by = held.assignment, given.actor
        if by.role == CLOCK:
            if said.state in UNDONE and said.remind_at and given.second >= said.remind_at:
                change = {"remind_at": None, "reminded_at": given.now}
                yield held.told(TaskReminded, change, by="clock", note=None, reminded_by=by.person_id)
            return
        if said.state not in UNDONE:
            raise Conflict("assignment_not_open", assignment=self.assignment_id, state=said.state)
        yield held.told(TaskReminded, {}, by="publisher", note=self.note, reminded_by=by.person_id)


class LapseTaskAcceptance(AboutAssignment):
    """接收逾期.  Nobody accepted in the working days allowed; accepting afterwards is late.  Seed: D05."""

    may = {CLOCK: anywhere}

    def act(self, state: TaskFile, held: Held, given: Context) -> Iterable[Event]:
        duty = held.acceptance
        if held.assignment.state == "assigned" and duty.state == "open" and given.second > duty.due_at:
            yield held.told(TaskAcceptanceLapsed, {}, duties=(duty.lapsed(),))


class MarkTaskOverdue(AboutAssignment):
    """任务超期.  Not submitted by its due moment: written once, for ever.  Seed: D05."""

    may = {CLOCK: anywhere}

    def decide(self, state: TaskFile, given: Context) -> Iterator[Event]:
        if missed := state.overdue(state.held[self.assignment_id], given):
            yield missed


def agenda(event: OfAssignment) -> Iterator[Due | Done]:
    """What the clock has to do about an assignment as it stands now."""
    said = event.assignment
    ids = {"task_id": said.task_id, "assignment_id": said.assignment_id}
    accepting, working, reminding = (
        f"{what}/{said.assignment_id}" for what in ("task_acceptance", "task", "task_reminder")
    )
    if said.state == "assigned" and not isinstance(event, TaskAcceptanceLapsed):
        yield Due(accepting, said.accept_by + SETTLED_AFTER, LapseTaskAcceptance(**ids))
    else:
        yield Done(accepting)
    undone = said.state in UNDONE
    if undone and said.overdue_at is None:
        yield Due(working, said.due_at + SETTLED_AFTER, MarkTaskOverdue(**ids))
    else:
        yield Done(working)
    if undone and said.remind_at:
        yield Due(reminding, said.remind_at, RemindTask(**ids))
    else:
        yield Done(reminding)
