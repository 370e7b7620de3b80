"""What the rulebook says of roll calls, and the deadlines that follow from it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.policies import Policy

DEADLINE_HOURS = Policy(
    "rollcall.deadline_hours",
    int,
    48,
    "seed",
    "授课结束后完成点名的时限(小时)",
    "Hours after the end of a session within which its roll call is due",
    unit="hours",
    least=1,
    most=336,
)
HOLIDAY_EXTENSION = Policy(
    "rollcall.holiday_extension",
    bool,
    False,
    "ours",
    "点名时限是否扣除法定假日",
    "Whether declared holidays stop the clock of a roll call's deadline",
)
EARLIEST = Policy(
    "rollcall.earliest",
    str,
    "session_start",
    "practice",
    "最早可点名的时刻:session_start 上课时,session_end 下课时",
    "When a roll call may be taken at the earliest: from the session's start, or from its end",
    choices=("session_start", "session_end"),
)
LATE_ACCEPT = Policy(
    "rollcall.late_accept",
    str,
    "term_end",
    "ours",
    "逾期点名是否仍作考勤收录:term_end 至学期结束,deadline 不收,always 不限",
    "Whether a late roll call is kept as attendance: until the term ends, not at all, or always",
    choices=("term_end", "deadline", "always"),
)
WAIVER = Policy(
    "rollcall.waiver",
    str,
    "allowed",
    "ours",
    "逾期点名可否申请补认定课时",
    "Whether hours lost to a missed deadline may be recognised on request",
    choices=("allowed", "never"),
)
WAIVER_ROUTE = Policy(
    "rollcall.waiver_route",
    str,
    "academic_head",
    "ours",
    "补认定的审批流程",
    "Who decides a request for recognition, step by step",
    choices=("academic_head", "academic", "head@>academic_head", "head@>academic"),
)
WAIVER_DAYS = Policy(
    "rollcall.waiver_days",
    int,
    10,
    "ours",
    "申请补认定的期限(逾期后的工作日数)",
    "Working days after the missed deadline within which recognition may be requested",
    unit="working days",
    least=1,
    most=90,
)
DISPUTE_DAYS = Policy(
    "rollcall.dispute_days",
    int,
    7,
    "ours",
    "学生提出考勤异议的期限(点名后的天数)",
    "Days after a roll call within which a student may dispute their mark",
    unit="days",
    least=1,
    most=180,
)
POLICIES = (
    DEADLINE_HOURS,
    HOLIDAY_EXTENSION,
    EARLIEST,
    LATE_ACCEPT,
    WAIVER,
    WAIVER_ROUTE,
    WAIVER_DAYS,
    DISPUTE_DAYS,
)


def deadline(ended_at: datetime, hours: int, holidays: Collection[date], zone: ZoneInfo) -> datetime:
    """The moment `hours` after the end, not counting local days that are among `holidays`."""
    moment, left = ended_at, timedelta(hours=hours)
    while True:
        local = moment.astimezone(zone)
        midnight = datetime.combine(local.date() + timedelta(days=1), time(), zone).astimezone(UTC)
        if local.date() not in holidays:
            if midnight - moment >= left:
                return (moment + left).astimezone(UTC)
            left -= midnight - moment
        moment = midnight


def working_days_later(day: date, number: int, holidays: Collection[date]) -> date:
    """The last of so many working days (Monday to Friday, no holiday) after a day."""
    while number > 0:
        day += timedelta(days=1)
        if day.isoweekday() <= 5 and day not in holidays:
            number -= 1
    return day
