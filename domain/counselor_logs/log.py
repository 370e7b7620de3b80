"""One weekly log as its facts tell it, and what the commands on it share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from domain import Actor, Command, Conflict, Context, Event, NotAllowed, PersonId, Reads, TermId, Unknown
from domain.calendar import TermOpened
from domain.counselor_logs.events import (
    OfLog,
    Week,
    WeekExempted,
    WeeklyLogAmended,
    WeeklyLogDue,
    WeeklyLogMissed,
    WeeklyLogReturned,
    WeeklyLogReviewed,
    WeeklyLogSubmitted,
    WeeklyLogSubmittedLate,
    log_of,
)
from domain.duties import Duty
from domain.organisation import CounselorAssigned, StaffPlaced, StaffRegistered

STORY = (
    WeeklyLogDue,
    WeeklyLogSubmitted,
    WeeklyLogSubmittedLate,
    WeeklyLogMissed,
    WeekExempted,
    WeeklyLogAmended,
    WeeklyLogReviewed,
    WeeklyLogReturned,
)


@dataclass(frozen=True)
class Log:
    """One counselor's log of one week: what was said of it last, what is owed, and where the counselor belongs."""

    term: TermOpened | None = None
    last: OfLog | None = None
    duty: Duty | None = None
    counselor: bool = False
    places: tuple[StaffRegistered | StaffPlaced, ...] = ()

    @property
    def department_id(self) -> str | None:
        return self.last.department_id if self.last else None

    @property
    def submitted(self) -> bool:
        return self.last is not None and self.last.submitted_at is not None

    def after(self, event: Event) -> Self:
        match event:
            case TermOpened():
                return replace(self, term=event)
            case OfLog():
                return replace(self, last=event, duty=getattr(event, "duty", None) or self.duty)
            case CounselorAssigned():
                return replace(self, counselor=True)
            case StaffRegistered() | StaffPlaced():
                return replace(self, places=(*self.places, event))
        return self


def place(places: Sequence[StaffRegistered | StaffPlaced], day: date) -> str:
    """The department of the last placement not after a day; the first one if all are later."""
    return ([p for p in places if p.from_day <= day] or places[:1])[-1].department_id


def row_of(log: OfLog, **changed: Any) -> dict[str, Any]:
    """What an event says of a log, with what is different now."""
    return {name: getattr(log, name) for name in OfLog.model_fields} | changed


def not_about_oneself(person_id: str, actor: Actor) -> None:
    """Raise if the actor, or whom they act for, is the person decided on."""
    if person_id in (actor.person_id, actor.on_behalf_of):
        raise NotAllowed("self_approval_forbidden", person=person_id)


class AboutLog(Command[Log]):
    """周工作日志.  What the commands on one counselor's log of one week share."""

    person_id: PersonId
    term_id: TermId
    week: Week

    def reads(self) -> Sequence[Reads]:
        return [Reads(STORY, (log_of(self.person_id, self.term_id, self.week),))]

    def owed(self, state: Log) -> OfLog:
        """The log as it stands; raises if none was ever due."""
        if state.last is None:
            raise Conflict("log_not_due", person=self.person_id, term=self.term_id, week=self.week)
        return state.last


class InTerm(AboutLog):
    """周工作日志.  Commands that must know when the week is."""

    def reads(self) -> Sequence[Reads]:
        return [*super().reads(), Reads((TermOpened,), (self.term_id,))]

    def find(self, state: Log) -> None:
        if state.term is None:
            raise Unknown("term_unknown", term=self.term_id)

    def monday(self, state: Log) -> date:
        """The first day of the week; raises if the term has no such week."""
        assert state.term
        if self.week > state.term.weeks:
            raise Conflict("week_outside_term", term=self.term_id, week=self.week)
        return state.term.day(self.week, 1)


def submitted(command: AboutLog, state: Log) -> OfLog:
    """The log handed in; raises if there is none."""
    log = command.owed(state)
    if log.submitted_at is None:
        raise Conflict("log_not_submitted", log=log.log_id)
    return log


def late(log: OfLog, given: Context) -> bool:
    """Whether a log handed in now is not in time."""
    return log.state == "missed" or given.second > log.due_at
