"""What the rulebook says of weekly logs, and the deadlines that follow from it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.policies import Policy

DUE = Policy(
    "counselorlog.due",
    str,
    "sunday_235959",
    "ours",
    "周工作日志的截止时刻:sunday_235959 周日 23:59:59,friday_170000 周五 17:00,monday_120000 次周一 12:00",
    "When a week's log is due: Sunday 23:59:59, Friday 17:00, or noon of the next Monday",
    choices=("sunday_235959", "friday_170000", "monday_120000"),
)
MAX_MISSED = Policy(
    "counselorlog.max_missed",
    int,
    3,
    "seed",
    "一学期累计未按时填写达到此次数,本学年不予评优",
    "So many misses in one semester cost the academic year's merit award",
    unit="weeks",
    least=1,
    most=30,
)
SETTLED_AFTER = timedelta(seconds=60)
POLICIES = (DUE, MAX_MISSED)

# Days after the week's Monday, and the local time.
MOMENTS = {
    "sunday_235959": (6, time(23, 59, 59)),
    "friday_170000": (4, time(17)),
    "monday_120000": (7, time(12)),
}


def deadline(monday: date, choice: str, zone: ZoneInfo) -> datetime:
    """The last second in which the log of the week that begins on `monday` is in time, in UTC."""
    days, at = MOMENTS[choice]
    return datetime.combine(monday + timedelta(days=days), at, zone).astimezone(UTC)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment a local day begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
