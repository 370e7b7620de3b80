"""What the rulebook says of notices, and the limit that follows from it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.policies import Policy
from domain.roll_call.rules import working_days_later

READ_WORKDAYS = Policy(
    "notice.read_workdays",
    int,
    1,
    "ours",
    "通知须在发布后几个工作日内阅读",
    "Working days after publication within which a notice is to be read",
    unit="working days",
    least=0,
    most=30,
)
POLICIES = (READ_WORKDAYS,)
SETTLED_AFTER = timedelta(seconds=60)


def limit(published: date, days: int, holidays: Collection[date], zone: ZoneInfo) -> datetime:
    """The last second of the last of so many working days after a day, in UTC."""
    last = working_days_later(published, days, holidays)
    return datetime.combine(last, time(23, 59, 59), zone).astimezone(UTC)
