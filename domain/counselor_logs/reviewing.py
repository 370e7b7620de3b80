"""Weekly logs read by those answerable for counselors, and weeks that need no log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from domain import Conflict, Context, Event, Personal, Reads, Reason, Text, Unknown
from domain.access import DEPUTY, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD, anywhere, own_department
from domain.counselor_logs.events import (
    Grounds,
    OfLog,
    Section,
    WeekExempted,
    WeeklyLogReturned,
    WeeklyLogReviewed,
    log_of,
    merit_of,
)
from domain.counselor_logs.log import AboutLog, InTerm, Log, not_about_oneself, place, row_of, submitted
from domain.counselor_logs.rules import DUE, deadline, midnight
from domain.organisation import CounselorAssigned, StaffPlaced, StaffRegistered


class ExemptWeek(InTerm):
    """免填周志.  A counselor need not hand in a week's log, as when on leave of three days or more.  Seed: D19.

    Only student affairs may, before the week as after the miss, which then counts no more.
    """

    may = {STUDENT_AFFAIRS: anywhere, STUDENT_AFFAIRS_HEAD: anywhere}
    grounds: Grounds
    reason: Reason

    def reads(self) -> Sequence[Reads]:
        person = Reads((CounselorAssigned, StaffRegistered, StaffPlaced), (self.person_id,))
        return [*super().reads(), person]

    def find(self, state: Log) -> None:
        super().find(state)
        if not (state.counselor and state.places):
            raise Unknown("counselor_unknown", person=self.person_id)

    def decide(self, state: Log, given: Context) -> Iterator[Event]:
        log = state.last or self._unbegun(state, given)
        not_about_oneself(self.person_id, given.actor)
        if log.state == "submitted":
            raise Conflict("log_already_submitted", log=log.log_id)
        if log is state.last and log.state == "exempt":
            return
        yield WeekExempted(
            **row_of(log, state="exempt"),
            grounds=self.grounds,
            reason=self.reason,
            after_miss=log.state in ("missed", "submitted_late"),
            exempted_by=given.actor.person_id,
            duty=state.duty.waived(given.now) if state.duty else None,
        )

    def _unbegun(self, state: Log, given: Context) -> OfLog:
        """The log of a week that was never due to this counselor, perhaps not yet."""
        monday, term = self.monday(state), state.term
        assert term
        choice = given.rules.at(midnight(monday, given.zone))(DUE)
        return OfLog(
            log_id=log_of(self.person_id, self.term_id, self.week),
            merit_id=merit_of(self.person_id, term.year),
            person_id=self.person_id,
            department_id=place(state.places, monday),
            term_id=self.term_id,
            year=term.year,
            week=self.week,
            day=monday,
            due_at=deadline(monday, choice, given.zone),
            state="due",
        )


READERS = {DEPUTY: own_department, STUDENT_AFFAIRS: anywhere, STUDENT_AFFAIRS_HEAD: anywhere}


class ReadLog(AboutLog):
    """阅周志.  What agreeing to a log and asking for more share."""

    def unread(self, state: Log, given: Context) -> OfLog:
        """The log handed in; raises if somebody has found it sufficient already."""
        log = submitted(self, state)
        not_about_oneself(self.person_id, given.actor)
        if log.review == "reviewed" and log.reviewed_by != given.actor.person_id:
            raise Conflict("log_already_reviewed", log=log.log_id)
        return log


class ReviewWeeklyLog(ReadLog):
    """批阅周志.  Finds a log sufficient, with a comment where one is due.  Seed: D19."""

    may = READERS
    comment: Section = None

    def decide(self, state: Log, given: Context) -> Iterator[Event]:
        log = self.unread(state, given)
        if log.review != "reviewed":
            yield WeeklyLogReviewed(
                **row_of(log, review="reviewed", reviewed_by=given.actor.person_id), comment=self.comment
            )


class ReturnWeeklyLog(ReadLog):
    """退回周志.  Asks the counselor for more; that the log was in time stands.  Seed: D19."""

    may = READERS
    comment: Annotated[Text, Personal("person_id")]

    def decide(self, state: Log, given: Context) -> Iterator[Event]:
        log = self.unread(state, given)
        if log.review == "reviewed":
            raise Conflict("log_already_reviewed", log=log.log_id)
        if log.review != "returned":
            row = row_of(log, review="returned", reviewed_by=given.actor.person_id)
            yield WeeklyLogReturned(**row, returned_at=given.now, comment=self.comment)
