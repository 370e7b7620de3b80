"""Correcting a roll 更正点名: what the teacher said first stays beside what was decided later."""

from __future__ import annotations

from typing import Any

from domain import Command, Line, Reason, SessionId, StudentId
from domain.access import ACADEMIC, SECRETARY, TEACHER, anywhere, own_department
from domain.roll_call.events import Mark, Taught
from domain.roll_call.roll import own_session


class CorrectRollCallMark(Command[Any]):
    """更正点名.  Changes one mark, with a reason; after the deadline only the office may, with evidence.  Seed: D10."""

    may = {TEACHER: own_session, SECRETARY: own_department, ACADEMIC: anywhere}
    session_id: SessionId
    student_id: StudentId
    mark: Mark
    reason: Reason
    evidence: Line | None = None


class CorrectPeriodsTaught(Command[Any]):
    """更正节数.  Changes how many periods were taught, until the deadline.  Seed: D10, D12."""

    may = {TEACHER: own_session}
    session_id: SessionId
    periods_taught: Taught
    reason: Reason
