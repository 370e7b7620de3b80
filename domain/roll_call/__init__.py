"""Roll call 点名: who was in the room, within 48 hours of the session's end.  Seed: D10."""

from __future__ import annotations

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

REFUSALS: dict[str, tuple[str, str]] = {}
