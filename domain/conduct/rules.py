"""What the rulebook says of slips and sanctions, and the days that follow from it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from domain.policies import Policy
from domain.roll_call.rules import working_days_later

CONFIRM_WORKDAYS = Policy(
    "slip.confirm_workdays",
    int,
    3,
    "ours",
    "辅导员核实奖罚单的期限(开具后的工作日数)",
    "Working days after a slip was issued within which its confirmation is owed",
    unit="working days",
    least=1,
    most=30,
)
PENALTY_DAYS = Policy(
    "slip.penalty_days",
    int,
    30,
    "ours",
    "罚单的追溯期限(事发后的天数)",
    "Days after the occurrence within which a penalty slip may be issued",
    unit="days",
    least=1,
    most=365,
)
APPEAL_DAYS = Policy(
    "slip.appeal_days",
    int,
    10,
    "practice",
    "学生对罚单提出申诉的期限(核实后的天数)",
    "Days after its confirmation within which a student may appeal against a penalty slip",
    unit="days",
    least=1,
    most=90,
)
APPEAL_WORKDAYS = Policy(
    "slip.appeal_workdays",
    int,
    5,
    "ours",
    "罚单申诉的答复期限(申诉后的工作日数)",
    "Working days within which an appeal against a slip is to be decided",
    unit="working days",
    least=1,
    most=60,
)
DEFENCE_DAYS = Policy(
    "sanction.defence_days",
    int,
    3,
    "ours",
    "学生陈述申辩的期限(处分告知后的天数)",
    "Days after the notice which belong to the student's defence",
    unit="days",
    least=1,
    most=60,
)
SANCTION_APPEAL_DAYS = Policy(
    "sanction.appeal_days",
    int,
    10,
    "practice",
    "学生对处分决定提出申诉的期限(送达后的天数)",
    "Days after its delivery within which a student may appeal against a sanction",
    unit="days",
    least=1,
    most=90,
)
MONTHS_LEAST = Policy(
    "sanction.months_least",
    int,
    6,
    "practice",
    "处分期最短月数(开除学籍除外)",
    "The shortest period of a sanction in months; expulsion has none",
    unit="months",
    least=1,
    most=24,
)
MONTHS_MOST = Policy(
    "sanction.months_most",
    int,
    12,
    "practice",
    "处分期最长月数(开除学籍除外)",
    "The longest period of a sanction in months; expulsion has none",
    unit="months",
    least=1,
    most=36,
)
ROUTE_WARNING = Policy(
    "sanction.route_warning",
    str,
    "student_affairs_head",
    "ours",
    "警告、严重警告的审批流程",
    "Who decides a warning or a serious warning, step by step",
    choices=("student_affairs_head", "deputy@>student_affairs_head", "student_affairs>student_affairs_head"),
)
# From a demerit on it takes two people: no choice has one step only.
ROUTE_DEMERIT = Policy(
    "sanction.route_demerit",
    str,
    "student_affairs>student_affairs_head",
    "ours",
    "记过、留校察看的审批流程(至少两人)",
    "Who decides a demerit or probation, step by step; always two people",
    choices=(
        "student_affairs>student_affairs_head",
        "deputy@>student_affairs_head",
        "student_affairs_head>president",
    ),
)
ROUTE_EXPULSION = Policy(
    "sanction.route_expulsion",
    str,
    "student_affairs_head>president",
    "ours",
    "开除学籍的审批流程(由校长室决定)",
    "Who decides an expulsion, step by step; the president last",
    choices=(
        "student_affairs_head>president",
        "deputy@>student_affairs_head>president",
        "student_affairs>student_affairs_head>president",
    ),
)
POLICIES = (
    CONFIRM_WORKDAYS,
    PENALTY_DAYS,
    APPEAL_DAYS,
    APPEAL_WORKDAYS,
    DEFENCE_DAYS,
    SANCTION_APPEAL_DAYS,
    MONTHS_LEAST,
    MONTHS_MOST,
    ROUTE_WARNING,
    ROUTE_DEMERIT,
    ROUTE_EXPULSION,
)


def end_of_workday(day: date, number: int, holidays: Collection[date], zone: ZoneInfo) -> datetime:
    """The last second of the last of so many working days after a day."""
    last = working_days_later(day, number, holidays)
    return datetime.combine(last, time(23, 59, 59), zone).astimezone(UTC)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last day if it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
