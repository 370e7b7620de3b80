"""Correcting a roll 更正点名: what the teacher said first stays beside what was decided later."""

from __future__ import annotations

from collections.abc import Iterator

from domain import Conflict, Context, Event, Line, Reason, StudentId
from domain.access import ACADEMIC, SECRETARY, TEACHER, anywhere, own_department
from domain.roll_call.events import Mark, PeriodsTaughtCorrected, RollCallTaken, Taught
from domain.roll_call.roll import AboutRoll, Roll, of_session, own_session


class CorrectRollCallMark(AboutRoll):
    """更正点名.  Changes one mark, with a reason; after the deadline only the office may, with evidence.  Seed: D10."""

    may = {TEACHER: own_session, SECRETARY: own_department, ACADEMIC: anywhere}
    student_id: StudentId
    mark: Mark
    reason: Reason
    evidence: Line | None = None

    def decide(self, state: Roll, given: Context) -> Iterator[Event]:
        taken = self.rolled(state)
        said = {"reason": self.reason, "evidence": self.evidence}
        told = list(self.corrected(state, self.student_id, self.mark, given, **said))
        if told and given.actor.role == TEACHER:
            check_window(taken, given)
        elif told and self.evidence is None:
            raise Conflict("evidence_missing", session=self.session_id)
        yield from told


class CorrectPeriodsTaught(AboutRoll):
    """更正节数.  Changes how many periods were taught, until the deadline.  Seed: D10, D12."""

    may = {TEACHER: own_session}
    periods_taught: Taught
    reason: Reason

    def decide(self, state: Roll, given: Context) -> Iterator[Event]:
        taken, session = self.rolled(state), state.session
        assert session
        if self.periods_taught == state.periods:
            return
        if self.periods_taught > taken.planned_periods:
            planned = taken.planned_periods
            raise Conflict("periods_exceed_planned", session=self.session_id, planned_periods=planned)
        check_window(taken, given)
        yield PeriodsTaughtCorrected(
            **of_session(session),
            teacher_id=taken.teacher_id,
            old_periods_taught=state.periods,
            periods_taught=self.periods_taught,
            planned_periods=taken.planned_periods,
            taken_at=taken.taken_at,
            elapsed_minutes=taken.elapsed_minutes,
            on_time=taken.on_time,
            reason=self.reason,
            corrected_by=given.actor.person_id,
        )


def check_window(taken: RollCallTaken, given: Context) -> None:
    """Raise once the teacher may no longer correct the roll alone."""
    if given.second > taken.duty.due_at:
        raise Conflict("correction_window_over", session=taken.session_id, due_at=taken.duty.due_at)
