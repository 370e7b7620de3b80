"""The calendar 校历: terms, their teaching weeks, and the days nobody teaches.  Seed: D32, D35."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Annotated, ClassVar, Self

from pydantic import Field

from domain import Command, Conflict, Context, Day, Event, Line, Reads, Reason, TermId, Unknown
from domain.access import ACADEMIC, ACADEMIC_HEAD, IMPORT, anywhere

REFUSALS = {
    "term_unknown": ("没有这一学期", "There is no such term"),
    "term_already_opened": ("该学期编号已用于别的学期", "This term id is already used by another term"),
    "term_start_not_monday": ("学期第一周必须从星期一开始", "Week 1 of a term begins on a Monday"),
    "term_overlaps": ("与另一学期的日期重叠", "The days overlap those of another term"),
    "day_outside_term": ("日期不在该学期内", "The day is not in the term"),
    "holiday_unknown": ("该日未被定为假日", "The day is not a declared holiday"),
    "holiday_already_declared": ("该日已以其他名称定为假日", "The day is already a holiday of another name"),
}

Weeks = Annotated[int, Field(ge=1, le=30)]
Year = Annotated[int, Field(ge=1900, le=2200)]


class TermOpened(Event):
    """A term of the academic year that began in `year`; week 1 begins on Monday `starts_on`."""

    NAME: ClassVar[str] = "calendar.term_opened"
    TITLE: ClassVar[str] = "开设学期"
    TAGS: ClassVar[tuple[str, ...]] = ("term_id",)
    term_id: TermId
    name: Line
    name_en: Line
    year: Year
    starts_on: Day
    weeks: Weeks

    @property
    def ends_on(self) -> date:
        """The Sunday of the last week."""
        return self.starts_on + timedelta(days=7 * self.weeks - 1)

    def day(self, week: int, weekday: int) -> date:
        """The date of a weekday (1 Monday … 7 Sunday) of a week (1 …)."""
        return self.starts_on + timedelta(days=7 * (week - 1) + weekday - 1)

    def week(self, day: date) -> int | None:
        """The teaching week a date lies in; None outside the term."""
        return (day - self.starts_on).days // 7 + 1 if self.starts_on <= day <= self.ends_on else None


class HolidayDeclared(Event):
    """Nobody teaches on a day of a term."""

    NAME: ClassVar[str] = "calendar.holiday_declared"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "公布放假"
    TAGS: ClassVar[tuple[str, ...]] = ("term_id",)
    term_id: TermId
    day: Day
    name: Line


class HolidayWithdrawn(Event):
    """A day declared a holiday is a teaching day after all."""

    NAME: ClassVar[str] = "calendar.holiday_withdrawn"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "撤销放假"
    TAGS: ClassVar[tuple[str, ...]] = ("term_id",)
    term_id: TermId
    day: Day
    reason: Reason


def holidays_after(told: Iterable[Event]) -> frozenset[date]:
    """The holidays that stand after some events of the calendar."""
    days: set[date] = set()
    for event in told:
        match event:
            case HolidayDeclared():
                days.add(event.day)
            case HolidayWithdrawn():
                days.discard(event.day)
    return frozenset(days)


@dataclass(frozen=True)
class Calendar:
    """The terms a command must know, and the holidays of the one it names (None: withdrawn)."""

    terms: Mapping[str, TermOpened] = field(default_factory=dict)
    holidays: Mapping[date, str | None] = field(default_factory=dict)

    def after(self, event: Event) -> Self:
        match event:
            case TermOpened():
                return replace(self, terms={**self.terms, event.term_id: event})
            case HolidayDeclared():
                return replace(self, holidays={**self.holidays, event.day: event.name})
            case HolidayWithdrawn():
                return replace(self, holidays={**self.holidays, event.day: None})
        return self


class OpenTerm(Command[Calendar]):
    """开设学期.  A term with its teaching weeks; no two terms share a day.  Seed: D35."""

    may = {ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    term_id: TermId
    name: Line
    name_en: Line
    year: Year
    starts_on: Day
    weeks: Weeks

    def reads(self) -> list[Reads]:
        return [Reads((TermOpened,))]  # every term there ever was: two a year

    def decide(self, state: Calendar, given: Context) -> Iterator[Event]:
        said = TermOpened(**self.model_dump())
        known = state.terms.get(self.term_id)
        if known == said:
            return
        if known:
            raise Conflict("term_already_opened", term=self.term_id)
        if self.starts_on.isoweekday() != 1:
            raise Conflict("term_start_not_monday", starts_on=self.starts_on)
        for other in state.terms.values():
            if said.starts_on <= other.ends_on and other.starts_on <= said.ends_on:
                raise Conflict("term_overlaps", term=other.term_id)
        yield said


class AboutHoliday(Command[Calendar]):
    """假日.  What the commands on one day of a term share."""

    term_id: TermId
    day: Day

    def reads(self) -> list[Reads]:
        return [Reads((TermOpened, HolidayDeclared, HolidayWithdrawn), (self.term_id,))]

    def find(self, state: Calendar) -> None:
        if self.term_id not in state.terms:
            raise Unknown("term_unknown", term=self.term_id)


class DeclareHoliday(AboutHoliday):
    """公布假日.  A day of a term on which nobody teaches.  Seed: D35."""

    may = {ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    name: Line

    def decide(self, state: Calendar, given: Context) -> Iterator[Event]:
        if state.terms[self.term_id].week(self.day) is None:
            raise Conflict("day_outside_term", term=self.term_id, day=self.day)
        known = state.holidays.get(self.day)
        if known and known != self.name:
            raise Conflict("holiday_already_declared", term=self.term_id, day=self.day)
        if not known:
            yield HolidayDeclared(**self.model_dump())


class WithdrawHoliday(AboutHoliday):
    """撤销假日.  A declared holiday becomes a teaching day again.  Seed: D35."""

    may = {ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    reason: Reason

    def find(self, state: Calendar) -> None:
        super().find(state)
        if self.day not in state.holidays:
            raise Unknown("holiday_unknown", term=self.term_id, day=self.day)

    def decide(self, state: Calendar, given: Context) -> Iterator[Event]:
        if state.holidays[self.day] is not None:
            yield HolidayWithdrawn(**self.model_dump())
