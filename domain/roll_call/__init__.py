"""Roll call 点名: who was in the room, within 48 hours of the session's end.  Seed: D10."""

from __future__ import annotations

from collections.abc import Iterator

from domain.duties import Done, Due
from domain.roll_call import rules
from domain.roll_call.corrections import (
    CorrectPeriodsTaught as CorrectPeriodsTaught,
    CorrectRollCallMark as CorrectRollCallMark,
)
from domain.roll_call.disputes import DisputeMark as DisputeMark, ResolveDispute as ResolveDispute
from domain.roll_call.events import (
    MARKS as MARKS,
    Counts as Counts,
    DisputeDismissed as DisputeDismissed,
    DisputeUpheld as DisputeUpheld,
    Mark as Mark,
    MarkDisputed as MarkDisputed,
    OfSession as OfSession,
    PeriodsTaughtCorrected as PeriodsTaughtCorrected,
    RollCallDeadlineLapsed as RollCallDeadlineLapsed,
    RollCallMarkCorrected as RollCallMarkCorrected,
    RollCallTaken as RollCallTaken,
    RollCallWaiverAdvanced as RollCallWaiverAdvanced,
    RollCallWaiverGranted as RollCallWaiverGranted,
    RollCallWaiverRefused as RollCallWaiverRefused,
    RollCallWaiverRequested as RollCallWaiverRequested,
    RosterDifference as RosterDifference,
)
from domain.roll_call.taking import EndSession as EndSession, TakeRollCall as TakeRollCall
from domain.roll_call.waivers import (
    GrantRollCallWaiver as GrantRollCallWaiver,
    RefuseRollCallWaiver as RefuseRollCallWaiver,
    RequestRollCallWaiver as RequestRollCallWaiver,
)
from domain.timetable import SessionRemoved, SessionScheduled

POLICIES = rules.POLICIES
REFUSALS = {
    "session_removed": ("课次已撤排", "The session was taken off the timetable"),
    "session_not_over": ("课次尚未结束", "The session is not over yet"),
    "too_early": ("尚未到可点名的时间", "It is too early to take the roll"),
    "roster_empty": ("该日教学班名单为空", "Nobody is on the roster of that day"),
    "marks_incomplete": ("有学生尚未标记", "Some students have no mark"),
    "periods_exceed_planned": ("节数超过该课次计划节数", "More periods than the session was planned for"),
    "roll_already_taken": ("该课次已点名,请使用更正", "The roll was taken already; correct it instead"),
    "roll_not_taken": ("该课次尚未点名", "The roll has not been taken"),
    "roll_call_closed": ("已过点名收录期限", "Late roll calls are no longer kept"),
    "deadline_lapsed": ("点名时限已作逾期处理,可申请补认定", "The deadline has lapsed on record; request a waiver"),
    "correction_window_over": ("已过教师自行更正期限", "The teacher may no longer correct this alone"),
    "evidence_missing": ("须附证明材料", "Evidence is required"),
    "waiver_not_allowed": ("学院不受理补认定", "The college grants no waivers"),
    "waiver_already_requested": ("已有补认定申请", "A waiver has been requested already"),
    "waiver_already_decided": ("该补认定申请已有结论", "The waiver has been decided already"),
    "waiver_unknown": ("没有这一补认定申请", "There is no such waiver"),
    "waiver_window_over": ("已过补认定申请期限", "The time for requesting a waiver is over"),
    "nothing_to_waive": ("该课次没有逾期点名", "This session missed no deadline"),
    "nothing_to_dispute": ("考勤记录与主张相同", "The mark is already what is claimed"),
    "dispute_already_open": ("已有未处理的考勤异议", "A dispute is open already"),
    "dispute_already_decided": ("该考勤异议已有结论", "The dispute has been decided already"),
    "dispute_unknown": ("没有这一考勤异议", "There is no such dispute"),
    "dispute_window_over": ("已过考勤异议期限", "The time for disputing a mark is over"),
}


def _ends(event: SessionScheduled) -> Iterator[Due | Done]:
    command = EndSession(session_id=event.session_id, teaching_class_id=event.teaching_class_id)
    yield Due(f"session/{event.session_id}", event.ends_at, command)


def _falls_away(event: SessionRemoved) -> Iterator[Due | Done]:
    yield Done(f"session/{event.session_id}")


# What falls due after the end of a session, under the same key, is told by teaching_hours.
AGENDA = {SessionScheduled: _ends, SessionRemoved: _falls_away}
