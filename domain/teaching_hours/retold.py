"""The story of a session told again 重述: its roll call, its waivers and its hours, by another deadline or rule.

What was asked and decided about waivers is kept where there is still something to waive and the rules supposed let it
be asked; the days for asking run from the deadline the teacher knew.  Marks are facts about students and stay,
unless the whole roll would have been refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from domain import Event
from domain.calendar import HolidayDeclared, HolidayWithdrawn, holidays_after
from domain.organisation import StaffPlaced, StaffRegistered
from domain.retelling import Retelling, Setting, Told, missed, moved, second
from domain.roll_call import (
    DisputeDismissed,
    DisputeUpheld,
    MarkDisputed,
    PeriodsTaughtCorrected,
    RollCallDeadlineLapsed,
    RollCallMarkCorrected,
    RollCallTaken,
    RollCallWaiverAdvanced,
    RollCallWaiverGranted,
    RollCallWaiverRefused,
    RollCallWaiverRequested,
)
from domain.roll_call.roll import Roll, of_session
from domain.roll_call.rules import (
    DEADLINE_HOURS,
    HOLIDAY_EXTENSION,
    LATE_ACCEPT,
    WAIVER,
    WAIVER_DAYS,
    deadline,
    working_days_later,
)
from domain.teaching_hours.hours import (
    SETTLED_AFTER,
    HourShare,
    HoursNotRecognised,
    HoursRecognised,
    HoursRecognitionOverridden,
    Settlement,
)
from domain.timetable import SessionEnded

STAFF = (StaffRegistered, StaffPlaced)
HOLIDAYS = (HolidayDeclared, HolidayWithdrawn)
WAIVING = (RollCallWaiverRequested, RollCallWaiverAdvanced, RollCallWaiverGranted, RollCallWaiverRefused)
OF_MARKS = (RollCallMarkCorrected, MarkDisputed, DisputeUpheld, DisputeDismissed)


@dataclass(frozen=True)
class Again:
    """One session's story under other rules; `first` is its first event that says what is owed."""

    story: Sequence[Told]
    given: Setting
    first: Told

    @cached_property
    def owed(self) -> SessionEnded | RollCallTaken:
        assert isinstance(self.first.event, SessionEnded | RollCallTaken)
        return self.first.event

    @cached_property
    def was(self) -> datetime:
        """The due moment as it was."""
        assert self.owed.duty
        return self.owed.duty.due_at

    @cached_property
    def due(self) -> datetime:
        """The due moment by the rules supposed."""
        rules = self.given.rules.at(self.owed.ended_at)
        kept = self._holidays(self.first.position) if rules(HOLIDAY_EXTENSION) else ()
        return deadline(self.owed.ended_at, rules(DEADLINE_HOURS), kept, self.given.zone)

    def _holidays(self, before: int) -> frozenset[date]:
        return holidays_after(self.given.known(HOLIDAYS, before, self.owed.term_id))

    @cached_property
    def ended(self) -> SessionEnded | None:
        return next((t.event for t in self.story if isinstance(t.event, SessionEnded)), None)

    @cached_property
    def taken(self) -> Told | None:
        """The roll call, unless it would have been refused for being late."""
        told = next((t for t in self.story if isinstance(t.event, RollCallTaken)), None)
        if told is None or not isinstance(told.event, RollCallTaken) or second(told.event.taken_at) <= self.due:
            return told
        at, until = told.event.taken_at, self.given.rules.at(told.event.taken_at)(LATE_ACCEPT)
        over = self.ended is not None and at.astimezone(self.given.zone).date() > self.ended.term_ends_on
        return None if until == "deadline" or (until == "term_end" and over) else told

    @cached_property
    def taken_at(self) -> datetime | None:
        return self.taken.event.taken_at if self.taken else None  # type: ignore[attr-defined]  # a roll call

    @cached_property
    def in_time(self) -> bool:
        return self.taken_at is not None and second(self.taken_at) <= self.due

    @cached_property
    def waivers(self) -> frozenset[str]:
        """The requests that would have been made all the same."""
        asked = ((t, t.event) for t in self.story if isinstance(t.event, RollCallWaiverRequested))
        return frozenset(event.waiver_id for told, event in asked if not self.in_time and self._askable(told))

    def _askable(self, told: Told) -> bool:
        rules, zone = self.given.rules.at(told.received_at), self.given.zone
        holidays = self._holidays(told.position)
        last = working_days_later(self.was.astimezone(zone).date(), rules(WAIVER_DAYS), holidays)
        return rules(WAIVER) != "never" and told.received_at.astimezone(zone).date() <= last

    @cached_property
    def waived(self) -> bool:
        return any(isinstance(t.event, RollCallWaiverGranted) and t.event.waiver_id in self.waivers for t in self.story)

    @cached_property
    def unwaived(self) -> bool:
        """Whether waived hours, at which the clock had nothing left to settle, would not have been recognised."""
        return not self.waived and any(
            isinstance(t.event, HoursRecognised) and t.event.outcome == "waived" for t in self.story
        )

    @cached_property
    def settled(self) -> bool:
        """Whether the clock would have settled the hours; of a deadline that stays, as it did."""
        if self.due == self.was:
            did = any(isinstance(t.event, HoursNotRecognised) or _recognised(t.event) for t in self.story)
            if did or not self.unwaived:
                return did
        return self.given.moment >= self.due + SETTLED_AFTER

    def told(self) -> Iterator[Told]:
        kinds = set[type[Event]]()
        for told in self.story:
            if (again := self._again(told)) is not None:
                kinds.add(type(again.event))
                yield again
        yield from map(self.given.put_in, self._put_in(kinds))

    def _again(self, told: Told) -> Told | None:
        match told.event:
            case SessionEnded() as event:
                return told.saying(duty=moved(event.duty, self.due)) if event.duty else told
            case RollCallTaken() as event:
                return self._roll(told, event) if self.taken else None
            case PeriodsTaughtCorrected():
                kept = self.taken and second(told.received_at) <= self.due
                return told.saying(on_time=self.in_time) if kept else None
            case RollCallDeadlineLapsed() as event:
                return told.saying(duty=moved(event.duty, self.due)) if self._lapsed(recorded=True) else None
        return self._waiving(told) if isinstance(told.event, (*WAIVING, *OF_MARKS)) else self._hours(told)

    def _roll(self, told: Told, event: RollCallTaken) -> Told:
        duty = event.duty
        if duty.state == "waived" and not self.waived:
            duty = duty.done(event.taken_at)
        return told.saying(on_time=self.in_time, duty=moved(duty, self.due))

    def _waiving(self, told: Told) -> Told | None:
        match told.event:
            case RollCallWaiverGranted() as event:
                return told.saying(duty=moved(event.duty, self.due)) if event.waiver_id in self.waivers else None
            case RollCallWaiverRequested() | RollCallWaiverAdvanced() | RollCallWaiverRefused() as event:
                return told if event.waiver_id in self.waivers else None
        return told if self.taken else None

    def _hours(self, told: Told) -> Told | None:
        match told.event:
            case HoursRecognised(outcome="waived") as event:
                if not self.waived:
                    return None
                before = self.taken is not None and self.taken.position < told.position
                periods = self._periods(told.position) if before else self._planned
                return told.saying(shares=self._shares(event.shares, periods, told.position))
            case HoursRecognised() | HoursNotRecognised() as event:
                if not self.settled:
                    return None
                if self._as_it_was(event):
                    return told
                return told.instead(self._outcome(event, event.shares, told.position))
        return told

    def _as_it_was(self, said: HoursRecognised | HoursNotRecognised) -> bool:
        """Whether nothing that the hours follow from would have been different."""
        corrected = any(isinstance(t.event, PeriodsTaughtCorrected) for t in self.story)
        return self.in_time and isinstance(said, HoursRecognised) and not corrected

    @property
    def _planned(self) -> int:
        assert self.ended
        return self.ended.planned_periods

    def _periods(self, before: int) -> int:
        """The periods taught, as said before a position by those who still could say so."""
        said = 0
        for told in self.story:
            if told.position < before:
                match told.event:
                    case RollCallTaken() as event:
                        said = event.periods_taught
                    case PeriodsTaughtCorrected() as event if second(told.received_at) <= self.due:
                        said = event.periods_taught
        return said

    def _shares(self, known: tuple[HourShare, ...], periods: int, before: int) -> tuple[HourShare, ...]:
        """Each teacher's part, as the settlement reckons it; known ones say where the teachers belonged."""
        assert self.ended
        state = Settlement(roll=Roll(session=self.ended))
        for teacher in () if known else self.ended.teacher_ids:
            for placed in self.given.known(STAFF, before, teacher):
                state = state.after(placed)
        homes = {share.teacher_id: share.department_id for share in known}
        reckoned = state.shares(periods)
        return tuple(s.model_copy(update={"department_id": homes.get(s.teacher_id, s.department_id)}) for s in reckoned)

    def _outcome(
        self, said: HoursRecognised | HoursNotRecognised | SessionEnded, known: tuple[HourShare, ...], before: int
    ) -> Event:
        """What the clock says of the hours once the deadline is over."""
        assert self.ended
        row = {**of_session(self.ended), "policies": said.policies}
        still = self.due == self.was and said is not self.ended  # an outcome put in has no place in the log
        if self.in_time:
            shares = self._shares(known, self._periods(before if still else self.given.position + 1), before)
            return HoursRecognised(**row, shares=shares, outcome="recognised")
        late = self.taken is not None and (
            self.taken.position < before if still else (self.taken_at or self.due) <= self.due + SETTLED_AFTER
        )
        shares = self._shares(known, 0, before)
        return HoursNotRecognised(**row, shares=shares, reason="late_roll_call" if late else "no_roll_call")

    def _lapsed(self, *, recorded: bool) -> bool:
        dropped = self.taken is None and any(isinstance(t.event, RollCallTaken) for t in self.story)
        if (dropped or self.unwaived) and not recorded:
            return self.given.moment >= self.due + SETTLED_AFTER
        return missed(self.due, self.was, self.taken_at, recorded, self.given)

    def _put_in(self, kinds: set[type[Event]]) -> Iterator[Event]:
        """What the clock would have recorded besides; `kinds` are those that were told."""
        if (ended := self.ended) is None:
            return
        nothing_done = self.taken is None and not self.waived and RollCallDeadlineLapsed not in kinds
        if ended.duty and nothing_done and self._lapsed(recorded=False):
            duty = moved(ended.duty, self.due).lapsed()
            row = {**of_session(ended), "policies": ended.policies}
            yield RollCallDeadlineLapsed(**row, planned_periods=ended.planned_periods, duty=duty)
        if self.settled and kinds.isdisjoint((HoursRecognised, HoursNotRecognised, HoursRecognitionOverridden)):
            yield self._outcome(ended, (), self.given.position + 1)


def _recognised(event: Event) -> bool:
    return isinstance(event, HoursRecognised) and event.outcome == "recognised"


def told_again(story: Sequence[Told], given: Setting) -> Iterator[Told]:
    """The session's story by the rules supposed."""
    owing = (t for t in story if isinstance(t.event, SessionEnded | RollCallTaken) and t.event.duty)
    if (first := next(owing, None)) is None:
        yield from story
    else:
        yield from Again(story, given, first).told()


RETOLD = (
    Retelling(
        policies=(DEADLINE_HOURS, HOLIDAY_EXTENSION, LATE_ACCEPT, WAIVER, WAIVER_DAYS),
        about="session",
        types=(
            SessionEnded,
            RollCallTaken,
            PeriodsTaughtCorrected,
            RollCallDeadlineLapsed,
            *WAIVING,
            *OF_MARKS,
            HoursRecognised,
            HoursNotRecognised,
            HoursRecognitionOverridden,
        ),
        tell=told_again,
        beside=(*HOLIDAYS, *STAFF),
        duties=("roll_call",),
        # After the deadline no correction of periods is accepted, and no roll where late ones are not kept.
        narrow=(DEADLINE_HOURS, HOLIDAY_EXTENSION, LATE_ACCEPT, WAIVER, WAIVER_DAYS),
    ),
)
