"""Disputes 考勤异议: a student says that a mark is wrong."""

from __future__ import annotations

from typing import Any

from domain import Command, Line, Reason, SessionId, StudentId
from domain.access import ACADEMIC, HEAD, STUDENT, TEACHER, anywhere, own_department
from domain.roll_call.events import Mark
from domain.roll_call.roll import own_session, the_student


class DisputeMark(Command[Any]):
    """考勤异议.  The student says what the mark should be.  Seed: D10."""

    may = {STUDENT: the_student}
    session_id: SessionId
    dispute_id: Line
    student_id: StudentId
    claimed: Mark
    reason: Reason


class ResolveDispute(Command[Any]):
    """处理考勤异议.  Corrects the mark as claimed, or lets it stand.  Seed: D10."""

    may = {TEACHER: own_session, HEAD: own_department, ACADEMIC: anywhere}
    session_id: SessionId
    dispute_id: Line
    uphold: bool
    reason: Reason
