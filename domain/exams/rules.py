"""What the rulebook says of exams."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.policies import Policy

ENTRY_DAYS = Policy(
    "grade.entry_days",
    int,
    7,
    "practice",
    "考试结束后录入成绩的期限(日历日)",
    "Calendar days after an exam within which its grades are to be submitted",
    unit="days",
    least=1,
    most=90,
)
DEFERRAL_ROUTE = Policy(
    "exam.deferral_route",
    str,
    "head@>academic",
    "practice",
    "缓考申请的审批流程",
    "Who decides a request to sit an exam later, step by step; @ is the student's department",
    choices=("head@>academic", "secretary@>academic", "head@", "academic"),
)
DEFERRAL_DAYS = Policy(
    "exam.deferral_days",
    int,
    3,
    "ours",
    "考试结束后仍可申请缓考的天数(突发情况补办)",
    "Days after an exam within which a deferral may still be requested, for emergencies",
    unit="days",
    least=0,
    most=30,
)
POLICIES = (ENTRY_DAYS, DEFERRAL_ROUTE, DEFERRAL_DAYS)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a local day."""
    return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)


def entry_due(held_on: date, days: int, zone: ZoneInfo) -> datetime:
    """The last second of the day by which the grades of an exam are to be submitted."""
    return end_of(held_on + timedelta(days=days), zone)
