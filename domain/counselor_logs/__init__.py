"""Counselors' weekly logs 辅导员周工作日志, and what missing three in a semester costs.  Seed: D19.

「每周按时填写“辅导员周工作日志”。一学期如累计3次未按时填写《辅导员日志》,本学年不给予评优」: a log handed in late
is 未按时 as one never handed in; the third miss of a semester counts, for the academic year that contains it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time

from domain.calendar import TermOpened
from domain.counselor_logs import rules
from domain.counselor_logs.events import (
    MeritAwarded as MeritAwarded,
    MeritAwardQuestioned as MeritAwardQuestioned,
    MeritAwardRevoked as MeritAwardRevoked,
    MeritAwardUpheld as MeritAwardUpheld,
    MeritEligibilityRestored as MeritEligibilityRestored,
    MeritIneligible as MeritIneligible,
    MeritNominated as MeritNominated,
    OfLog as OfLog,
    WeekExempted as WeekExempted,
    WeeklyLogAmended as WeeklyLogAmended,
    WeeklyLogDue as WeeklyLogDue,
    WeeklyLogMissed as WeeklyLogMissed,
    WeeklyLogReturned as WeeklyLogReturned,
    WeeklyLogReviewed as WeeklyLogReviewed,
    WeeklyLogSubmitted as WeeklyLogSubmitted,
    WeeklyLogSubmittedLate as WeeklyLogSubmittedLate,
    log_of as log_of,
    merit_of as merit_of,
)
from domain.counselor_logs.filling import (
    AmendWeeklyLog as AmendWeeklyLog,
    OpenLogWeek as OpenLogWeek,
    SettleWeeklyLog as SettleWeeklyLog,
    SubmitWeeklyLog as SubmitWeeklyLog,
)
from domain.counselor_logs.merit import (
    AwardMerit as AwardMerit,
    DecideMeritAward as DecideMeritAward,
    JudgeMerit as JudgeMerit,
    NominateForMerit as NominateForMerit,
    RestoreMeritEligibility as RestoreMeritEligibility,
)
from domain.counselor_logs.retold import RETOLD as RETOLD
from domain.counselor_logs.reviewing import (
    ExemptWeek as ExemptWeek,
    ReturnWeeklyLog as ReturnWeeklyLog,
    ReviewWeeklyLog as ReviewWeeklyLog,
)
from domain.duties import Done, Due

POLICIES = rules.POLICIES
REFUSALS = {
    "week_outside_term": ("周次超出该学期", "The week lies outside the term"),
    "week_not_begun": ("该周尚未开始", "The week has not begun yet"),
    "week_exempt": ("该周已免填", "The week needs no log"),
    "log_not_due": ("该周不需要填写周志", "No log of this week is owed"),
    "log_already_submitted": ("该周周志已提交,请使用补充", "The log was handed in already; amend it instead"),
    "log_not_submitted": ("该周周志尚未提交", "The log has not been handed in"),
    "log_already_reviewed": ("该周周志已批阅", "The log has been reviewed already"),
    "log_deadline_not_over": ("周志时限未到", "The log's deadline is not over yet"),
    "counselor_unknown": ("没有这位辅导员", "There is no such counselor"),
    "merit_ineligible": ("本学年已失去评优资格", "No merit award is possible in this academic year"),
    "merit_not_lost": ("本学年并未失去评优资格", "The eligibility for merit was not lost in this academic year"),
    "merit_already_decided": ("该评优推荐已有结论", "The nomination has been decided already"),
    "nomination_already_made": ("该推荐编号已用于别的推荐", "This nomination id is already used by another nomination"),
    "nomination_unknown": ("没有这一评优推荐", "There is no such nomination"),
    "self_nomination_forbidden": ("不得推荐本人评优", "Nobody nominates themselves"),
    "award_not_questioned": ("该评优不在待复核状态", "The award is not up for decision"),
}


def _weeks(event: TermOpened) -> Iterator[Due | Done]:
    for week in range(1, event.weeks + 1):
        opens = datetime.combine(event.day(week, 1), time())
        yield Due(f"log_week/{event.term_id}/{week}", opens, OpenLogWeek(term_id=event.term_id, week=week))


def _owed(event: WeeklyLogDue) -> Iterator[Due | Done]:
    yield Done(f"log_week/{event.term_id}/{event.week}")
    command = SettleWeeklyLog(person_id=event.person_id, term_id=event.term_id, week=event.week)
    yield Due(event.duty.key, event.due_at + rules.SETTLED_AFTER, command)


def _settled(event: WeeklyLogSubmitted | WeeklyLogMissed | WeekExempted) -> Iterator[Due | Done]:
    if event.duty:
        yield Done(event.duty.key)


def _counted(event: WeeklyLogMissed | WeekExempted) -> Iterator[JudgeMerit]:
    if isinstance(event, WeeklyLogMissed) or event.after_miss:
        yield JudgeMerit(person_id=event.person_id, year=event.year)


AGENDA = {
    TermOpened: _weeks,
    WeeklyLogDue: _owed,
    WeeklyLogSubmitted: _settled,
    WeeklyLogMissed: _settled,
    WeekExempted: _settled,
}
REACTIONS = {WeeklyLogMissed: _counted, WeekExempted: _counted}
