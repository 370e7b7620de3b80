"""Placing an offering on the timetable 排课: all its sessions in one command."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from domain import Command, Fact, PersonId, Reason, RoomId, SessionId, TeachingClassId
from domain.access import ACADEMIC, ACADEMIC_HEAD, IMPORT, SECRETARY, anywhere, own_department
from domain.time_grid import PeriodNumber, Weekday
from domain.timetable.events import WeekNumber


class Placement(Fact):
    """A weekly arrangement: these weeks, this weekday, these periods.

    No room: not fixed yet.  No teachers: all of the offering's.
    """

    weeks: Annotated[tuple[WeekNumber, ...], Field(min_length=1, max_length=30)]
    weekday: Weekday
    begin_period: PeriodNumber
    end_period: PeriodNumber
    room_id: RoomId | None = None
    teacher_ids: Annotated[tuple[PersonId, ...], Field(max_length=20)] | None = None


class PlaceOffering(Command[Any]):
    """排课.  Puts every dated session of an offering on the timetable; placing the same again changes nothing.  Seed: D36.

    Refused with every clash at once (facts `clashes`, each with code, the other session and class, and whether
    it would be joint teaching).  Joint teaching 合班 is declared by `joint_with`; anything else that is to stand
    in spite of a clash, of missing seats or of a holiday needs `override_reason`, from academic affairs.
    """

    may = {SECRETARY: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    teaching_class_id: TeachingClassId
    placements: Annotated[tuple[Placement, ...], Field(min_length=1, max_length=60)]
    joint_with: Annotated[tuple[TeachingClassId, ...], Field(max_length=50)] = ()
    override_reason: Reason | None = None


class AssignRoom(Command[Any]):
    """安排教室.  Gives sessions of an offering a room, or another one, before the timetable is published.  Seed: D36."""

    may = {SECRETARY: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    teaching_class_id: TeachingClassId
    session_ids: Annotated[tuple[SessionId, ...], Field(min_length=1, max_length=300)]
    room_id: RoomId
    joint_with: Annotated[tuple[TeachingClassId, ...], Field(max_length=50)] = ()
    override_reason: Reason | None = None


class RemoveSession(Command[Any]):
    """撤排.  Takes a session off the timetable before it is published.  Seed: D36."""

    may = {SECRETARY: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    teaching_class_id: TeachingClassId
    session_id: SessionId
    reason: Reason
