"""What the rulebook says of tasks, who may publish them, and the moments that follow."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain import Context
from domain.access import (
    ACADEMIC,
    ACADEMIC_HEAD,
    ASSETS,
    AUDITOR,
    DEPUTY,
    FINANCE,
    HEAD,
    HR,
    IT,
    LEADER,
    PRESIDENT,
    ROLES,
    STUDENT,
    STUDENT_AFFAIRS,
    STUDENT_AFFAIRS_HEAD,
)
from domain.policies import Policy
from domain.roll_call.rules import working_days_later

ACCEPT_WORKDAYS = Policy(
    "task.accept_workdays",
    int,
    2,
    "ours",
    "接收任务的期限(分派后的工作日数)",
    "Working days within which an assignment is to be accepted",
    unit="working days",
    least=1,
    most=30,
)
REMIND_HOURS = Policy(
    "task.remind_hours_before",
    int,
    24,
    "ours",
    "到期前自动提醒的小时数(0 为不提醒)",
    "Hours before the due moment at which the clock reminds the holder (0: never)",
    unit="hours",
    least=0,
    most=720,
)
EXTENSIONS = Policy(
    "task.extensions",
    int,
    2,
    "ours",
    "一项分派最多可延期的次数",
    "How often the due moment of an assignment may be moved",
    unit="times",
    least=0,
    most=20,
)
EXTENSION_DAYS = Policy(
    "task.extension_days",
    int,
    30,
    "ours",
    "延期总长的上限(自原定期限起的天数)",
    "Days beyond the first due moment up to which it may be moved in all",
    unit="days",
    least=1,
    most=366,
)
REDO_WORKDAYS = Policy(
    "task.redo_workdays",
    int,
    3,
    "ours",
    "到期后退回重办的期限(工作日数)",
    "Working days given to work sent back after its due moment",
    unit="working days",
    least=1,
    most=60,
)
DELEGATIONS = Policy(
    "task.delegations",
    int,
    3,
    "ours",
    "一项分派最多可转办的次数",
    "How often an assignment may be passed on",
    unit="times",
    least=0,
    most=20,
)
POLICIES = (ACCEPT_WORKDAYS, REMIND_HOURS, EXTENSIONS, EXTENSION_DAYS, REDO_WORKDAYS, DELEGATIONS)

PUBLISHERS = (
    HEAD,
    DEPUTY,
    ACADEMIC,
    ACADEMIC_HEAD,
    STUDENT_AFFAIRS,
    STUDENT_AFFAIRS_HEAD,
    HR,
    ASSETS,
    FINANCE,
    IT,
    LEADER,
    PRESIDENT,
)
# Whoever stands in one of these for a department answers for it; an office has no role of its own for its head.
HEADS = frozenset({HEAD, ACADEMIC_HEAD, STUDENT_AFFAIRS_HEAD, HR, ASSETS, FINANCE, IT, LEADER, PRESIDENT})
WITHIN_DEPARTMENT = frozenset({HEAD, DEPUTY})
WORKERS = tuple(role for role in ROLES if role not in (STUDENT, AUDITOR))


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a local day, in UTC."""
    return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)


def acceptance_due(due_at: datetime, holidays: Collection[date], given: Context) -> datetime:
    """The end of the last working day for accepting, or the due moment of the work if that comes first."""
    last = working_days_later(given.today, given.rules.at(given.now)(ACCEPT_WORKDAYS), holidays)
    end = end_of(last, given.zone)
    return min(end, due_at) if due_at > given.second else end


def redo_due(holidays: Collection[date], given: Context) -> datetime:
    """When work sent back today is due, unless the publisher says otherwise."""
    last = working_days_later(given.today, given.rules.at(given.now)(REDO_WORKDAYS), holidays)
    return end_of(last, given.zone)


def reminder(due_at: datetime, given: Context) -> datetime | None:
    """When the clock reminds of a due moment; None when that is over, or never."""
    hours = given.rules.at(given.now)(REMIND_HOURS)
    at = due_at - timedelta(hours=hours)
    return at if hours and at > given.now else None


def whole(moment: datetime) -> datetime:
    """A moment in UTC and whole seconds, as due moments are kept and compared."""
    return moment.astimezone(UTC).replace(microsecond=0)
