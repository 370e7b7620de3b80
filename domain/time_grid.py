"""The time grid 作息与节次: the teaching days of a week and the periods of a day, term by term.  Seed: D35.

Once scheduling has started the grid is frozen (L61–62): a regular course outside it would clash in time and
spoil the count of hours, so only other courses get an off-grid slot, each by a grant of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Annotated, ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints

from domain import (
    Command,
    Conflict,
    Context,
    Event,
    Fact,
    Line,
    PersonId,
    Reads,
    Reason,
    TeachingClassId,
    TermId,
    Unknown,
)
from domain.access import ACADEMIC, ACADEMIC_HEAD, IMPORT, anywhere
from domain.calendar import TermOpened

REFUSALS = {
    "grid_unset": ("该学期尚未设定作息节次", "The time grid of this term is not set"),
    "grid_frozen": ("排课已开始,作息节次不得再改", "Scheduling has started; the time grid is frozen"),
    "grid_invalid": (
        "节次须从1起连续编号且时间先后不重叠",
        "Periods count from 1 and follow each other in time",
    ),
    "slot_invalid": ("时段的起止不成立", "The slot ends before it begins"),
    "slot_inside_grid": ("该时段在常规排课时间内,无须批准", "The slot lies within the grid and needs no grant"),
    "grant_already_made": ("该批准编号已用于别的时段", "This grant id is already used by another grant"),
}
POLICIES = ()


def _ascending(days: tuple[int, ...]) -> tuple[int, ...]:
    if list(days) != sorted(set(days)):
        raise ValueError("days are in order, each once")
    return days


Weekday = Annotated[int, Field(ge=1, le=7)]
PeriodNumber = Annotated[int, Field(ge=1, le=30)]
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Weekdays = Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7), AfterValidator(_ascending)]


class Period(Fact):
    """One period 节 of a day, in the institution's local time ("08:00")."""

    number: PeriodNumber
    starts: ClockTime
    ends: ClockTime


class GridSlot(Fact):
    """Periods of a weekday, both ends included."""

    weekday: Weekday
    begin_period: PeriodNumber
    end_period: PeriodNumber

    def meets(self, weekday: int, begin: int, end: int) -> bool:
        return self.weekday == weekday and begin <= self.end_period and self.begin_period <= end


class TimeGridSet(Event):
    """The grid of a term; a later one replaces it, until scheduling starts."""

    NAME: ClassVar[str] = "time_grid.set"
    TITLE: ClassVar[str] = "设定作息节次"
    TAGS: ClassVar[tuple[str, ...]] = ("term_id",)
    term_id: TermId
    days: tuple[Weekday, ...]
    periods: tuple[Period, ...]
    no_class: tuple[GridSlot, ...] = ()

    def admits(self, weekday: int, begin: int, end: int) -> bool:
        """Whether regular teaching may lie there."""
        known = weekday in self.days and 1 <= begin <= end <= len(self.periods)
        return known and not any(slot.meets(weekday, begin, end) for slot in self.no_class)

    def hours(self, begin: int, end: int) -> tuple[str, str]:
        """When the first period starts and the last one ends."""
        return self.periods[begin - 1].starts, self.periods[end - 1].ends


class OffGridSlotGranted(Event):
    """A teaching class that is not a regular course may meet outside the grid, counted as the periods named."""

    NAME: ClassVar[str] = "time_grid.off_grid_slot_granted"
    TITLE: ClassVar[str] = "准许节次外上课"
    TAGS: ClassVar[tuple[str, ...]] = ("grant_id", "teaching_class_id", "term_id")
    grant_id: Line
    term_id: TermId
    teaching_class_id: TeachingClassId
    weekday: Weekday
    begin_period: PeriodNumber
    end_period: PeriodNumber
    starts: ClockTime
    ends: ClockTime
    reason: Reason
    granted_by: PersonId


class SchedulingStarted(Event):
    """Sessions of the term may be placed from now on, and its grid is frozen."""

    NAME: ClassVar[str] = "time_grid.scheduling_started"
    TITLE: ClassVar[str] = "开始排课"
    TAGS: ClassVar[tuple[str, ...]] = ("term_id",)
    term_id: TermId
    started_by: PersonId


def moment(day: date, clock_time: str, zone: ZoneInfo) -> datetime:
    """The instant at which a local clock shows `clock_time` on a day."""
    return datetime.combine(day, time.fromisoformat(clock_time), zone)


@dataclass(frozen=True)
class Grid:
    """The grid of one term, whether it is frozen, and the slots granted outside it."""

    term: TermOpened | None = None
    set: TimeGridSet | None = None
    started: bool = False
    grants: Mapping[str, OffGridSlotGranted] = field(default_factory=dict)

    def after(self, event: Event) -> Self:
        match event:
            case TermOpened():
                return replace(self, term=event)
            case TimeGridSet():
                return replace(self, set=event)
            case SchedulingStarted():
                return replace(self, started=True)
            case OffGridSlotGranted():
                return replace(self, grants={**self.grants, event.grant_id: event})
        return self


class AboutGrid(Command[Grid]):
    """作息.  What the commands on the grid of one term share."""

    term_id: TermId

    def reads(self) -> list[Reads]:
        return [Reads((TermOpened, TimeGridSet, SchedulingStarted), (self.term_id,))]

    def find(self, state: Grid) -> None:
        if state.term is None:
            raise Unknown("term_unknown", term=self.term_id)


class SetTimeGrid(AboutGrid):
    """设定作息节次.  Teaching days and periods of a term; said again, it revises them until scheduling starts.

    Seed: D35.
    """

    may = {ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    days: Weekdays
    periods: Annotated[tuple[Period, ...], Field(min_length=1, max_length=30)]
    no_class: Annotated[tuple[GridSlot, ...], Field(max_length=70)] = ()

    def decide(self, state: Grid, given: Context) -> Iterator[Event]:
        before = "00:00"
        for number, period in enumerate(self.periods, 1):
            if period.number != number or not before <= period.starts < period.ends:
                raise Conflict("grid_invalid", period=period.number)
            before = period.ends
        for slot in self.no_class:
            if not slot.begin_period <= slot.end_period <= len(self.periods):
                raise Conflict("slot_invalid", weekday=slot.weekday, begin_period=slot.begin_period)
        said = TimeGridSet(**self.model_dump())
        if state.set == said:
            return
        if state.started:
            raise Conflict("grid_frozen", term=self.term_id)
        yield said


class StartScheduling(AboutGrid):
    """开始排课.  Freezes the grid of a term and lets its sessions be placed.  Seed: D35, D36."""

    may = {ACADEMIC_HEAD: anywhere, IMPORT: anywhere}

    def decide(self, state: Grid, given: Context) -> Iterator[Event]:
        if state.set is None:
            raise Conflict("grid_unset", term=self.term_id)
        if not state.started:
            yield SchedulingStarted(term_id=self.term_id, started_by=given.actor.person_id)


class GrantOffGridSlot(AboutGrid):
    """批准非常规时段.  Lets a course that is not regular meet at one weekly time outside the grid.  Seed: D35."""

    may = {ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    grant_id: Line
    teaching_class_id: TeachingClassId
    weekday: Weekday
    begin_period: PeriodNumber
    end_period: PeriodNumber
    starts: ClockTime
    ends: ClockTime
    reason: Reason

    def reads(self) -> list[Reads]:
        return [*super().reads(), Reads((OffGridSlotGranted,), (self.grant_id,))]

    def decide(self, state: Grid, given: Context) -> Iterator[Event]:
        if state.set is None:
            raise Conflict("grid_unset", term=self.term_id)
        if self.begin_period > self.end_period or self.starts >= self.ends:
            raise Conflict("slot_invalid", weekday=self.weekday, begin_period=self.begin_period)
        if state.set.admits(self.weekday, self.begin_period, self.end_period):
            raise Conflict("slot_inside_grid", weekday=self.weekday, begin_period=self.begin_period)
        known = state.grants.get(self.grant_id)
        if known is None:
            yield OffGridSlotGranted(**self.model_dump(), granted_by=given.actor.person_id)
        elif known.model_dump(exclude={"granted_by"}) != self.model_dump():
            raise Conflict("grant_already_made", grant=self.grant_id)
