"""The grade-entry duty 录入期限: opened by the exam, kept by submission, lapsed by the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from domain import Conflict, Context, Event
from domain.access import CLOCK, REACTION, anywhere
from domain.duties import Done, Due
from domain.exams import ExamHeld
from domain.grades.events import GradeEntryFulfilled, GradeEntryLapsed, GradeSheetSubmitted
from domain.grades.sheet import AboutSheet, Sheet, of_sheet

SETTLED_AFTER = timedelta(seconds=60)


class SettleGradeEntry(AboutSheet):
    """成绩录入逾期.  Lapses the duty once it is overdue, or finds the sheet submitted before it arose.  Seed: D13.

    Given by the clock, which alone lapses it, and at once when an exam is put on record.
    """

    may = {CLOCK: anywhere, REACTION: anywhere}

    def decide(self, state: Sheet, given: Context) -> Iterator[Event]:
        duty, sent = state.duty, state.submitted
        if duty is None or duty.state != "open":
            return
        told = of_sheet(state)
        if sent and sent.submitted_at:
            found = duty.done(sent.submitted_at)
            yield GradeEntryFulfilled.model_validate({**told, "on_time": found.state == "done", "duty": found})
        elif given.actor.role == CLOCK:
            if given.second <= duty.due_at:
                raise Conflict("entry_not_due", teaching_class=self.teaching_class_id, due_at=duty.due_at)
            yield GradeEntryLapsed.model_validate({**told, "on_time": False, "duty": duty.lapsed()})


def owed(event: ExamHeld) -> Iterator[Due | Done]:
    """The clock settles the duty a minute after it is due."""
    command = SettleGradeEntry(teaching_class_id=event.teaching_class_id)
    yield Due(event.duty.key, event.duty.due_at + SETTLED_AFTER, command)


def kept(event: GradeSheetSubmitted | GradeEntryFulfilled) -> Iterator[Due | Done]:
    """A submitted sheet owes nothing."""
    if event.duty:
        yield Done(event.duty.key)


def look(event: ExamHeld) -> Iterator[SettleGradeEntry]:
    """An exam put on record late may find its grades submitted already."""
    yield SettleGradeEntry(teaching_class_id=event.teaching_class_id)
