"""One session's roll as its facts tell it, and what the commands on it share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, ClassVar, Self

from domain import Actor, Command, Conflict, Context, Event, Reads, SessionId, Unknown, person_of
from domain.calendar import HolidayDeclared, HolidayWithdrawn
from domain.duties import Duty
from domain.policies import PolicyUse
from domain.roll_call.events import (
    Counts,
    DisputeDismissed,
    DisputeUpheld,
    Mark,
    MarkDisputed,
    OfSession,
    PeriodsTaughtCorrected,
    RollCallDeadlineLapsed,
    RollCallMarkCorrected,
    RollCallTaken,
    RollCallWaiverAdvanced,
    RollCallWaiverGranted,
    RollCallWaiverRefused,
    RollCallWaiverRequested,
)
from domain.roll_call.rules import DEADLINE_HOURS, HOLIDAY_EXTENSION, deadline
from domain.rosters import ROSTER_FACTS, Roster, RosterSet, StudentJoined, StudentLeft
from domain.timetable import Meeting, RoomAssigned, SessionEnded, SessionRemoved, SessionScheduled

SESSION_STORY = (SessionScheduled, RoomAssigned, SessionRemoved, SessionEnded)
CORE = (*SESSION_STORY, RollCallTaken, RollCallDeadlineLapsed, RollCallWaiverGranted)
EVERYTHING = (
    *CORE,
    RollCallMarkCorrected,
    PeriodsTaughtCorrected,
    RollCallWaiverRequested,
    RollCallWaiverAdvanced,
    RollCallWaiverRefused,
    MarkDisputed,
    DisputeUpheld,
    DisputeDismissed,
)
HOLIDAYS = (HolidayDeclared, HolidayWithdrawn)


def own_session(command: Any, state: Any, actor: Actor) -> bool:
    """c: a teacher of the session, or who acts for one."""
    return bool({actor.person_id, actor.on_behalf_of} & set(state.session.teacher_ids))


def the_student(command: Any, state: Any, actor: Actor) -> bool:
    """o: the student concerned."""
    return actor.person_id == person_of(command.student_id)


@dataclass(frozen=True)
class Waiver:
    """One request for recognition, who agreed so far and on whose behalf, and whether it is decided."""

    requested: RollCallWaiverRequested
    passed: tuple[str, ...] = ()
    behind: frozenset[str] = frozenset()
    decided: bool = False
    granted: bool = False


@dataclass(frozen=True)
class Roll:
    """One session's roll, as far as a decision needs it; `marks` and `counts` are those after every correction."""

    session: Meeting | None = None
    removed: bool = False
    ended: SessionEnded | None = None
    taken: RollCallTaken | None = None
    lapsed: RollCallDeadlineLapsed | None = None
    waived: Duty | None = None
    marks: Mapping[str, Mark] = field(default_factory=dict)
    counts: Mapping[str, Counts] = field(default_factory=dict)
    periods: int = 0
    waivers: Mapping[str, Waiver] = field(default_factory=dict)
    disputes: Mapping[str, MarkDisputed] = field(default_factory=dict)
    resolved: frozenset[str] = frozenset()
    roster: Roster = field(default_factory=Roster)
    holidays: frozenset[date] = frozenset()

    @property
    def department_id(self) -> str | None:
        return self.session.department_id if self.session else None

    def after(self, event: Event) -> Self:
        match event:
            case SessionEnded():
                return replace(self, session=event, ended=event, removed=False)
            case SessionScheduled() | RoomAssigned():
                return replace(self, session=event, removed=False)
            case SessionRemoved():
                return replace(self, session=event, removed=True)
            case RosterSet() | StudentJoined() | StudentLeft():
                return replace(self, roster=self.roster.after(event))
            case HolidayDeclared():
                return replace(self, holidays=self.holidays | {event.day})
            case HolidayWithdrawn():
                return replace(self, holidays=self.holidays - {event.day})
        return self._rolled(event)

    def _rolled(self, event: Event) -> Self:
        match event:
            case RollCallTaken():
                counts = {c.department_id: c for c in event.counts}
                return replace(self, taken=event, marks=event.marks, counts=counts, periods=event.periods_taught)
            case RollCallMarkCorrected():
                counts = {**self.counts, event.counts.department_id: event.counts}
                return replace(self, marks={**self.marks, event.student_id: event.new}, counts=counts)
            case PeriodsTaughtCorrected():
                return replace(self, periods=event.periods_taught)
            case RollCallDeadlineLapsed():
                return replace(self, lapsed=event)
            case MarkDisputed():
                return replace(self, disputes={**self.disputes, event.dispute_id: event})
            case DisputeUpheld() | DisputeDismissed():
                return replace(self, resolved=self.resolved | {event.dispute_id})
        return self._waiving(event)

    def _waiving(self, event: Event) -> Self:
        match event:
            case RollCallWaiverRequested():
                return replace(self, waivers={**self.waivers, event.waiver_id: Waiver(event)})
            case RollCallWaiverAdvanced():
                return self._waiver(event.waiver_id, passed=event.approved_by, behind=event.approved_for)
            case RollCallWaiverGranted():
                return replace(self._waiver(event.waiver_id, decided=True, granted=True), waived=event.duty)
            case RollCallWaiverRefused():
                return self._waiver(event.waiver_id, decided=True)
        return self

    def _waiver(
        self,
        waiver_id: str,
        passed: str | None = None,
        behind: str | None = None,
        decided: bool = False,
        granted: bool = False,
    ) -> Self:
        if (known := self.waivers.get(waiver_id)) is None:
            return self
        now = replace(
            known,
            passed=(*known.passed, passed) if passed else known.passed,
            behind=known.behind | {behind} if behind else known.behind,
            decided=decided,
            granted=granted,
        )
        return replace(self, waivers={**self.waivers, waiver_id: now})

    def owed(self, given: Context, opened_at: datetime | None = None) -> tuple[Duty, tuple[PolicyUse, ...]]:
        """The duty of this roll call by the rulebook in force when the session ended."""
        session = self.session
        assert session
        rules = given.rules.at(session.ends_at)
        kept = self.holidays if rules(HOLIDAY_EXTENSION) else ()
        duty = Duty(
            key=f"roll_call/{session.session_id}",
            kind="roll_call",
            about=session.session_id,
            person_id=session.teacher_ids[0] if session.teacher_ids else None,
            department_id=session.department_id,
            opened_at=opened_at or session.ends_at,
            due_at=deadline(session.ends_at, rules(DEADLINE_HOURS), kept, given.zone),
        )
        return duty, self.judged_by(given)

    def judged_by(self, given: Context) -> tuple[PolicyUse, ...]:
        """The versions of the rules by which the duty is owed."""
        assert self.session
        return given.rules.at(self.session.ends_at).used(DEADLINE_HOURS, HOLIDAY_EXTENSION)  # type: ignore[no-any-return]  # Context.rules is a Rulebook

    def duty(self) -> Duty | None:
        """The duty as it stands, once the session has ended or its roll was taken."""
        told = (self.waived, self.taken and self.taken.duty, self.lapsed and self.lapsed.duty)
        return next((d for d in told if d), self.ended.duty if self.ended else None)

    def department_of(self, student_id: str) -> str:
        """The department in which the roll counts a student."""
        taken = self.taken
        assert taken
        first = taken.counts[0].department_id if taken.counts else taken.department_id  # as `departments` was made
        return taken.departments.get(student_id, first)


def of_session(session: Meeting) -> dict[str, Any]:
    """What an event about the roll says of its session."""
    return {name: getattr(session, name) for name in OfSession.model_fields}


class AboutRoll(Command[Roll]):
    """点名.  What the commands on one session's roll share."""

    retold = {SessionEnded: (SessionScheduled, RoomAssigned)}
    session_id: SessionId
    TYPES: ClassVar[tuple[type[Event], ...]] = EVERYTHING

    def reads(self) -> list[Reads]:
        return [Reads(self.TYPES, (self.session_id,))]

    def find(self, state: Roll) -> None:
        if state.session is None:
            raise Unknown("session_unknown", session=self.session_id)

    def rolled(self, state: Roll) -> RollCallTaken:
        """The roll as taken; raises if it was not."""
        if state.taken is None:
            raise Conflict("roll_not_taken", session=self.session_id)
        return state.taken

    def corrected(
        self, state: Roll, student_id: str, mark: Mark, given: Context, **said: Any
    ) -> Iterator[RollCallMarkCorrected]:
        """The event that changes a mark, with the counts after it; nothing if the mark is that already."""
        taken, session = self.rolled(state), state.session
        assert session
        old = state.marks.get(student_id)
        if old is None and student_id not in taken.roster_difference.joined:
            raise Conflict("student_not_on_roster", session=self.session_id, students=[student_id])
        if old == mark:
            return
        department = state.department_of(student_id)
        counts = state.counts.get(department) or Counts(department_id=department, roster=0)
        if student_id not in taken.roster_difference.departed:
            counts = _recounted(counts, old, mark)
        yield RollCallMarkCorrected(
            **of_session(session),
            student_id=student_id,
            old=old,
            new=mark,
            corrected_by=given.actor.person_id,
            counts=counts,
            **said,
        )


class WithHolidays(AboutRoll):
    """点名.  Commands whose days or hours pass over holidays."""

    def more(self, state: Roll) -> Sequence[Reads]:
        return [Reads(HOLIDAYS, (state.session.term_id,))] if state.session else []


def roster_reads(teaching_class_id: str) -> Reads:
    return Reads(ROSTER_FACTS, (teaching_class_id,))


def _recounted(counts: Counts, old: Mark | None, new: Mark) -> Counts:
    told: dict[str, Any] = {new: getattr(counts, new) + 1}
    if old is None:
        told["roster"] = counts.roster + 1
    else:
        told[old] = getattr(counts, old) - 1
    return counts.model_copy(update=told)
