"""From week to week: logs fall due, are handed in, are added to, or are missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Annotated, Any, Self

from domain import Command, Conflict, Context, Event, Personal, Reads, TermId, Text, Unknown
from domain.access import CLOCK, COUNSELOR, anywhere, oneself
from domain.calendar import HolidayDeclared, HolidayWithdrawn, TermOpened
from domain.counselor_logs.events import (
    Sections,
    Week,
    WeekExempted,
    WeeklyLogAmended,
    WeeklyLogDue,
    WeeklyLogMissed,
    WeeklyLogSubmitted,
    WeeklyLogSubmittedLate,
    log_of,
    merit_of,
)
from domain.counselor_logs.log import AboutLog, InTerm, Log, late, place, row_of, submitted
from domain.counselor_logs.rules import DUE, deadline, midnight
from domain.duties import Duty
from domain.organisation import COUNSELORS, CounselorAssigned, StaffPlaced, StaffRegistered


@dataclass(frozen=True)
class Corps:
    """A term, who is counselor of which class from what day, where they belong, and who is exempt."""

    term: TermOpened | None = None
    holidays: frozenset[date] = frozenset()
    care: Mapping[str, tuple[CounselorAssigned, ...]] = field(default_factory=dict)
    places: Mapping[str, tuple[StaffRegistered | StaffPlaced, ...]] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()

    def after(self, event: Event) -> Self:
        match event:
            case TermOpened():
                return replace(self, term=event)
            case HolidayDeclared():
                return replace(self, holidays=self.holidays | {event.day})
            case HolidayWithdrawn():
                return replace(self, holidays=self.holidays - {event.day})
            case CounselorAssigned():
                told = (*self.care.get(event.squad_id, ()), event)
                return replace(self, care={**self.care, event.squad_id: told})
            case StaffRegistered() | StaffPlaced():
                places = (*self.places.get(event.person_id, ()), event)
                return replace(self, places={**self.places, event.person_id: places})
            case WeekExempted():
                return replace(self, settled=self.settled | {event.log_id})
        return self

    def counselors(self, day: date) -> tuple[str, ...]:
        """Everybody who looks after a class on a day, each once."""
        last = ([a for a in told if a.from_day <= day] for told in self.care.values())
        return tuple(sorted({known[-1].person_id for known in last if known}))

    def department(self, person_id: str, day: date) -> str:
        """Where the counselor belongs on a day (A-staff)."""
        return place(self.places[person_id], day)


class OpenLogWeek(Command[Corps]):
    """开始日志周.  Every counselor owes a log of the teaching week that begins.  Seed: D19.

    A week all of whose working days are holidays is not due, nor one over before anybody was told of it.
    """

    may = {CLOCK: anywhere}
    term_id: TermId
    week: Week

    def reads(self) -> Sequence[Reads]:
        return [
            Reads((TermOpened, HolidayDeclared, HolidayWithdrawn, WeekExempted), (self.term_id,)),
            Reads((CounselorAssigned,), (COUNSELORS,)),
        ]

    def more(self, state: Corps) -> Sequence[Reads]:
        if state.term is None:
            return ()
        counselors = state.counselors(state.term.day(self.week, 1))
        return [Reads((StaffRegistered, StaffPlaced), (person,)) for person in counselors]

    def find(self, state: Corps) -> None:
        if state.term is None:
            raise Unknown("term_unknown", term=self.term_id)

    def decide(self, state: Corps, given: Context) -> Iterator[Event]:
        term = state.term
        assert term
        monday = term.day(self.week, 1)
        opened_at = midnight(monday, given.zone)
        rules = given.rules.at(opened_at)
        due_at = deadline(monday, rules(DUE), given.zone)
        if given.second < opened_at:
            raise Conflict("week_not_begun", term=self.term_id, week=self.week)
        if given.second > due_at or all(monday + timedelta(days=n) in state.holidays for n in range(5)):
            return
        for person_id in state.counselors(monday):
            log_id = log_of(person_id, self.term_id, self.week)
            if log_id not in state.settled:
                department_id = state.department(person_id, monday)
                duty = Duty(
                    key=f"weekly_log/{log_id}",
                    kind="weekly_log",
                    about=log_id,
                    person_id=person_id,
                    department_id=department_id,
                    opened_at=opened_at,
                    due_at=due_at,
                )
                yield WeeklyLogDue(
                    log_id=log_id,
                    merit_id=merit_of(person_id, term.year),
                    person_id=person_id,
                    department_id=department_id,
                    term_id=self.term_id,
                    year=term.year,
                    week=self.week,
                    day=monday,
                    due_at=due_at,
                    state="due",
                    duty=duty,
                    policies=rules.used(DUE),
                )


def lapsed(log: Any, duty: Duty) -> WeeklyLogMissed:
    """The miss of a log."""
    return WeeklyLogMissed(**row_of(log, state="missed"), duty=duty.lapsed())


class SubmitWeeklyLog(InTerm, Sections):
    """提交周志.  One log a week, of all the counselor's classes; a late one is kept and is still a miss.  Seed: D19."""

    may = {COUNSELOR: oneself}

    def decide(self, state: Log, given: Context) -> Iterator[Event]:
        if given.second < midnight(self.monday(state), given.zone):
            raise Conflict("week_not_begun", term=self.term_id, week=self.week)
        log, duty = self.owed(state), state.duty
        if log.state == "exempt" or duty is None:
            raise Conflict("week_exempt", log=log.log_id)
        if state.submitted:
            raise Conflict("log_already_submitted", log=log.log_id)
        sections = {name: getattr(self, name) for name in Sections.model_fields}
        if not late(log, given):
            row = row_of(log, state="submitted", submitted_at=given.now)
            yield WeeklyLogSubmitted(**row, **sections, duty=duty.done(given.now))
            return
        if log.state == "due":
            yield lapsed(log, duty)
        row = row_of(log, state="submitted_late", submitted_at=given.now)
        settled = duty.model_copy(update={"state": "done_late", "settled_at": given.now})
        yield WeeklyLogSubmittedLate(**row, **sections, duty=settled)


class AmendWeeklyLog(AboutLog):
    """补充周志.  Adds to a log handed in, which is kept as it was; it is to be read again.  Seed: D19."""

    may = {COUNSELOR: oneself}
    text: Annotated[Text, Personal("person_id")]

    def decide(self, state: Log, given: Context) -> Iterator[Event]:
        log = submitted(self, state)
        yield WeeklyLogAmended(**row_of(log, review="none", reviewed_by=None), text=self.text)


class SettleWeeklyLog(AboutLog):
    """缺交结算.  Once the deadline is over, a log not handed in is a miss.  Seed: D19."""

    may = {CLOCK: anywhere}

    def decide(self, state: Log, given: Context) -> Iterator[Event]:
        log = self.owed(state)
        if log.state != "due" or state.duty is None:
            return
        if given.second <= log.due_at:
            raise Conflict("log_deadline_not_over", log=log.log_id, due_at=log.due_at)
        yield lapsed(log, state.duty)
