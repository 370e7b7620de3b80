"""Locking and publishing the timetable of a term 锁定, 发布."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from domain import Command, Conflict, Context, Event, Reads, TermId, Unknown
from domain.access import ACADEMIC, ACADEMIC_HEAD, IMPORT, anywhere
from domain.calendar import TermOpened
from domain.time_grid import SchedulingStarted
from domain.timetable.events import TimetableLocked, TimetablePublished


@dataclass(frozen=True)
class Stage:
    """How far the timetable of a term has come."""

    term: TermOpened | None = None
    started: bool = False
    locked: bool = False
    published: bool = False

    def after(self, event: Event) -> Self:
        match event:
            case TermOpened():
                return replace(self, term=event)
            case SchedulingStarted():
                return replace(self, started=True)
            case TimetableLocked():
                return replace(self, locked=True)
            case TimetablePublished():
                return replace(self, published=True)
        return self


class AboutTimetable(Command[Stage]):
    """课表.  What the commands on a whole term's timetable share."""

    term_id: TermId

    def reads(self) -> list[Reads]:
        return [Reads((TermOpened, SchedulingStarted, TimetableLocked, TimetablePublished), (self.term_id,))]

    def find(self, state: Stage) -> None:
        if state.term is None:
            raise Unknown("term_unknown", term=self.term_id)


class LockTimetable(AboutTimetable):
    """锁定课表.  Departments have finished; only academic affairs still change the timetable.  Seed: D36."""

    may = {ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}

    def decide(self, state: Stage, given: Context) -> Iterator[Event]:
        if not state.started:
            raise Conflict("scheduling_not_started", term=self.term_id)
        if not state.locked:
            yield TimetableLocked(term_id=self.term_id, locked_by=given.actor.person_id)


class PublishTimetable(AboutTimetable):
    """发布课表.  The locked timetable stands; only schedule changes alter it from now on.  Seed: D36."""

    may = {ACADEMIC_HEAD: anywhere, IMPORT: anywhere}

    def decide(self, state: Stage, given: Context) -> Iterator[Event]:
        if not state.locked:
            raise Conflict("timetable_not_locked", term=self.term_id)
        if not state.published:
            yield TimetablePublished(term_id=self.term_id, published_by=given.actor.person_id)
