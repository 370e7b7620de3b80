"""The story of a weekly log told again 重述, had it been due at another moment of the week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from domain import Event
from domain.counselor_logs.events import (
    OfLog,
    WeekExempted,
    WeeklyLogDue,
    WeeklyLogMissed,
    WeeklyLogSubmitted,
    WeeklyLogSubmittedLate,
)
from domain.counselor_logs.filling import lapsed
from domain.counselor_logs.log import STORY
from domain.counselor_logs.rules import DUE, deadline, midnight
from domain.retelling import Retelling, Setting, Told, missed, moved, second

HANDED_IN = (WeeklyLogSubmitted, WeeklyLogSubmittedLate)


@dataclass(frozen=True)
class Again:
    """One log's story under other rules."""

    story: Sequence[Told]
    given: Setting
    opened: WeeklyLogDue

    @cached_property
    def due(self) -> datetime:
        opened_at = midnight(self.opened.day, self.given.zone)
        return deadline(self.opened.day, self.given.rules.at(opened_at)(DUE), self.given.zone)

    @cached_property
    def handed(self) -> WeeklyLogSubmitted | WeeklyLogSubmittedLate | None:
        return next((t.event for t in self.story if isinstance(t.event, HANDED_IN)), None)

    @cached_property
    def in_time(self) -> bool:
        said = self.handed
        if said is None or self.due == self.opened.due_at:
            return isinstance(said, WeeklyLogSubmitted)
        return said.submitted_at is not None and second(said.submitted_at) <= self.due

    def _missed(self, *, recorded: bool) -> bool:
        exempted = next((t.received_at for t in self.story if isinstance(t.event, WeekExempted)), None)
        settled_at = self.handed.submitted_at if self.handed else exempted
        return missed(self.due, self.opened.due_at, settled_at, recorded, self.given)

    def told(self) -> Iterator[Told]:
        state, recorded = "due", False
        for told in self.story:
            assert isinstance(told.event, OfLog)
            if isinstance(told.event, WeeklyLogMissed) and not self._missed(recorded=True):
                continue
            if isinstance(told.event, WeekExempted) and state == "submitted":
                continue  # it would have been in time: there was nothing to exempt
            again = self._again(told, state)
            assert isinstance(again.event, OfLog)
            state, recorded = again.event.state, recorded or isinstance(again.event, WeeklyLogMissed)
            yield again
        if not recorded and state == "due" and self._missed(recorded=False):
            said = self.opened.model_copy(update={"due_at": self.due})
            yield self.given.put_in(lapsed(said, moved(self.opened.duty, self.due)))

    def _again(self, told: Told, state: str) -> Told:
        match told.event:
            case WeeklyLogSubmitted() | WeeklyLogSubmittedLate() as event:
                return told.instead(self._handed(event))
            case WeekExempted() as event:
                after_miss = state in ("missed", "submitted_late")
                duty = moved(event.duty, self.due) if event.duty else None
                return told.saying(due_at=self.due, after_miss=after_miss, duty=duty)
            case WeeklyLogDue() | WeeklyLogMissed() as event:
                return told.saying(due_at=self.due, duty=moved(event.duty, self.due))
        return told.saying(due_at=self.due, state=state)

    def _handed(self, said: WeeklyLogSubmitted | WeeklyLogSubmittedLate) -> Event:
        """The log as handed in, in time or late."""
        duty = moved(said.duty, self.due)
        if isinstance(said, WeeklyLogSubmitted if self.in_time else WeeklyLogSubmittedLate):
            return said.model_copy(update={"due_at": self.due, "duty": duty})
        kind = WeeklyLogSubmitted if self.in_time else WeeklyLogSubmittedLate
        row = {name: getattr(said, name) for name in kind.model_fields if name != "on_time"}
        state = "submitted" if self.in_time else "submitted_late"
        return kind(**row | {"due_at": self.due, "state": state, "duty": duty})


def told_again(story: Sequence[Told], given: Setting) -> Iterator[Told]:
    """The log's story by the rules supposed; one that was never due has none."""
    opened = next((t.event for t in story if isinstance(t.event, WeeklyLogDue)), None)
    if opened is None:
        yield from story
    else:
        yield from Again(story, given, opened).told()


RETOLD = (Retelling(policies=(DUE,), about="weekly_log", types=STORY, tell=told_again, duties=("weekly_log",)),)
