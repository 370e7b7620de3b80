"""Waivers 补认定: hours recognised in spite of a missed deadline, along a route frozen when asked."""

from __future__ import annotations

from typing import Any

from domain import Command, Line, Reason, SessionId
from domain.access import ACADEMIC, ACADEMIC_HEAD, HEAD, TEACHER, anywhere, own_department
from domain.roll_call.roll import own_session


class RequestRollCallWaiver(Command[Any]):
    """申请补认定.  Asks that the hours of a session count though its deadline was missed.  Seed: D10, D11."""

    may = {TEACHER: own_session}
    session_id: SessionId
    waiver_id: Line
    reason: Reason
    evidence: Line


class GrantRollCallWaiver(Command[Any]):
    """批准补认定.  Agrees to the current step of a waiver; the last one recognises the hours.  Seed: D10, D11."""

    may = {HEAD: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere}
    session_id: SessionId
    waiver_id: Line


class RefuseRollCallWaiver(Command[Any]):
    """驳回补认定.  Says no at the current step of a waiver.  Seed: D10, D11."""

    may = {HEAD: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere}
    session_id: SessionId
    waiver_id: Line
    reason: Reason
