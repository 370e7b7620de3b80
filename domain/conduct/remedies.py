"""After a sanction was delivered: the student's appeal 申诉 to the committee, and its lifting 解除."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from domain import Conflict, Context, Event, Line, NotAllowed, Reason
from domain.access import PRESIDENT, STUDENT, STUDENT_AFFAIRS_HEAD, anywhere
from domain.conduct.case import (
    AboutCase,
    Case,
    DisciplineAppealDecided,
    DisciplineAppealed,
    DisciplineLifted,
)
from domain.conduct.rules import SANCTION_APPEAL_DAYS
from domain.conduct.whereabouts import acting, the_student


class AppealDiscipline(AboutCase):
    """申诉处分.  The student appeals to the committee, once and in time; the sanction stands meanwhile.  Seed: D16."""

    may = {STUDENT: the_student}
    grounds: Reason

    def decide(self, state: Case, given: Context) -> Iterator[Event]:
        case, rules = state.case, given.rules.at(given.now)
        if case.delivered_on is None:
            raise Conflict("discipline_not_delivered", sanction=self.case_id)
        if case.appeal:
            raise Conflict("discipline_already_appealed", sanction=self.case_id)
        last = case.delivered_on + timedelta(days=rules(SANCTION_APPEAL_DAYS))
        if given.today > last:
            raise Conflict("appeal_too_late", sanction=self.case_id, last_day=last)
        yield DisciplineAppealed(
            **state.row(appeal="open"), grounds=self.grounds, policies=rules.used(SANCTION_APPEAL_DAYS)
        )


class DecideDisciplineAppeal(AboutCase):
    """裁决处分申诉.  The committee annuls the sanction or dismisses the appeal; recorded by its chair.  Seed: D16."""

    may = {PRESIDENT: anywhere}
    uphold: bool
    reason: Reason

    def decide(self, state: Case, given: Context) -> Iterator[Event]:
        case = state.case
        if (state.proposers | state.deciders) & acting(given.actor):
            raise NotAllowed("appeal_not_independent", sanction=self.case_id)
        if case.appeal is None:
            raise Conflict("discipline_not_appealed", sanction=self.case_id)
        if case.appeal != "open":
            raise Conflict("appeal_already_decided", sanction=self.case_id)
        changed = {"state": "annulled", "appeal": "upheld"} if self.uphold else {"appeal": "dismissed"}
        yield DisciplineAppealDecided(**state.row(**changed), decided_by=given.actor.person_id, reason=self.reason)


class LiftDiscipline(AboutCase):
    """解除处分.  Ends a sanction once its period is over; an expulsion is never lifted.  Seed: D16."""

    may = {STUDENT_AFFAIRS_HEAD: anywhere}
    document_no: Line

    def decide(self, state: Case, given: Context) -> Iterator[Event]:
        case = state.case
        if case.state == "lifted":
            return
        if case.state != "delivered":
            raise Conflict("discipline_not_in_force", sanction=self.case_id)
        if case.ends_on is None:
            raise Conflict("expulsion_not_lifted", sanction=self.case_id)
        if case.appeal == "open":
            raise Conflict("appeal_open", sanction=self.case_id)
        if given.today < case.ends_on:
            raise Conflict("period_not_over", sanction=self.case_id, ends_on=case.ends_on)
        yield DisciplineLifted(
            **state.row(state="lifted", lifted_on=given.today),
            lifted_by=given.actor.person_id,
            lifting_document_no=self.document_no,
        )
