"""Disputes 考勤异议: a student says that a mark is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from domain import Conflict, Context, Event, Line, Reason, StudentId, Unknown
from domain.access import ACADEMIC, HEAD, STUDENT, TEACHER, anywhere, own_department
from domain.roll_call.events import DisputeDismissed, DisputeUpheld, Mark, MarkDisputed
from domain.roll_call.roll import AboutRoll, Roll, of_session, own_session, the_student
from domain.roll_call.rules import DISPUTE_DAYS


class DisputeMark(AboutRoll):
    """考勤异议.  The student says what the mark should be.  Seed: D10."""

    may = {STUDENT: the_student}
    dispute_id: Line
    student_id: StudentId
    claimed: Mark
    reason: Reason

    def decide(self, state: Roll, given: Context) -> Iterator[Event]:
        taken, session = self.rolled(state), state.session
        assert session
        if self.student_id not in state.marks:
            raise Conflict("student_not_on_roster", session=self.session_id, students=[self.student_id])
        said = MarkDisputed(
            **of_session(session),
            **self.model_dump(exclude={"session_id"}),
            marked=state.marks[self.student_id],
        )
        if (known := state.disputes.get(self.dispute_id)) is not None:
            if known.model_copy(update={"marked": said.marked}) == said:
                return
            raise Conflict("dispute_already_open", dispute=self.dispute_id)
        for dispute_id, dispute in state.disputes.items():
            if dispute.student_id == self.student_id and dispute_id not in state.resolved:
                raise Conflict("dispute_already_open", dispute=dispute_id)
        if said.marked == self.claimed:
            raise Conflict("nothing_to_dispute", session=self.session_id)
        last = taken.taken_at.astimezone(given.zone).date() + timedelta(days=given.rules.at(given.now)(DISPUTE_DAYS))
        if given.today > last:
            raise Conflict("dispute_window_over", session=self.session_id, last_day=last)
        yield said


class ResolveDispute(AboutRoll):
    """处理考勤异议.  Corrects the mark as claimed, or lets it stand.  Seed: D10."""

    may = {TEACHER: own_session, HEAD: own_department, ACADEMIC: anywhere}
    dispute_id: Line
    uphold: bool
    reason: Reason

    def find(self, state: Roll) -> None:
        super().find(state)
        if self.dispute_id not in state.disputes:
            raise Unknown("dispute_unknown", dispute=self.dispute_id)

    def decide(self, state: Roll, given: Context) -> Iterator[Event]:
        dispute, session = state.disputes[self.dispute_id], state.session
        assert session
        if self.dispute_id in state.resolved:
            raise Conflict("dispute_already_decided", dispute=self.dispute_id)
        said = {
            **of_session(session),
            "dispute_id": self.dispute_id,
            "student_id": dispute.student_id,
            "decided_by": given.actor.person_id,
            "reason": self.reason,
        }
        if not self.uphold:
            yield DisputeDismissed(**said)
            return
        yield DisputeUpheld(**said)
        told = {"reason": self.reason, "evidence": None, "dispute_id": self.dispute_id}
        yield from self.corrected(state, dispute.student_id, dispute.claimed, given, **told)
