"""Teaching hours 课时认定: what a roll call in time makes payable.  Seed: D11."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from domain import (
    Command,
    DepartmentId,
    Event,
    Fact,
    Line,
    PersonId,
    Reason,
    SessionId,
)
from domain.access import ACADEMIC_HEAD, CLOCK, REACTION, anywhere
from domain.roll_call.events import OfSession, Taught

Hundredths = Annotated[int, Field(ge=0, le=3_000)]


class HourShare(Fact):
    """One teacher's part of a session, in hundredths of a period; `department_id` is theirs on the day (A-staff)."""

    teacher_id: PersonId
    department_id: DepartmentId
    planned_hundredths: Hundredths
    recognised_hundredths: Hundredths


class HoursRecognised(OfSession, Event):
    """The hours of a session count: the roll call was in time, or its lateness was waived."""

    NAME: ClassVar[str] = "teaching_hours.recognised"
    TAGS: ClassVar[tuple[str, ...]] = ("session_id", "teacher_ids", "teaching_class_id", "department_id")
    shares: tuple[HourShare, ...]
    outcome: Literal["recognised", "waived"]


class HoursNotRecognised(OfSession, Event):
    """The hours of a session do not count."""

    NAME: ClassVar[str] = "teaching_hours.not_recognised"
    TAGS: ClassVar[tuple[str, ...]] = ("session_id", "teacher_ids", "teaching_class_id", "department_id")
    shares: tuple[HourShare, ...]
    reason: Literal["no_roll_call", "late_roll_call"]


class HoursRecognitionOverridden(OfSession, Event):
    """The head of academic affairs decided otherwise about the hours of a session, by a document."""

    NAME: ClassVar[str] = "teaching_hours.recognition_overridden"
    TAGS: ClassVar[tuple[str, ...]] = ("session_id", "teacher_ids", "teaching_class_id", "department_id")
    shares: tuple[HourShare, ...]
    outcome: Literal["overridden"] = "overridden"
    reason: Reason
    document_no: Line
    decided_by: PersonId


class SettleSession(Command[Any]):
    """课时认定.  Once the deadline is over: recognises the hours of a session, or lapses its duty.  Seed: D11."""

    may = {CLOCK: anywhere}
    session_id: SessionId


class RecogniseWaivedHours(Command[Any]):
    """补认定课时.  Recognises hours whose late roll call was waived.  Seed: D11."""

    may = {REACTION: anywhere}
    session_id: SessionId
    waiver_id: Line


class OverrideRecognition(Command[Any]):
    """改判课时.  Decides otherwise how many periods of a session count, by a document.  Seed: D11."""

    may = {ACADEMIC_HEAD: anywhere}
    session_id: SessionId
    recognised_periods: Taught
    reason: Reason
    document_no: Line
