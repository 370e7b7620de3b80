"""A sanction on its way 处分: notice, defence, decision along its route, delivery."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from domain import Actor, Conflict, Context, Day, Event, Line, Reads, Reason, Text
from domain.access import (
    COUNSELOR,
    DEPUTY,
    PRESIDENT,
    STUDENT,
    STUDENT_AFFAIRS,
    STUDENT_AFFAIRS_HEAD,
    anywhere,
)
from domain.conduct.case import (
    MEASURES,
    AboutCase,
    Approval,
    Case,
    DefenceRecorded,
    DisciplineAgreed,
    DisciplineDecided,
    DisciplineDelivered,
    Measure,
    Months,
    SanctionDismissed,
    SanctionNoticeRecorded,
    check_day,
    check_independent,
)
from domain.conduct.events import SLIP_FACTS
from domain.conduct.rules import DEFENCE_DAYS, MONTHS_LEAST, MONTHS_MOST, months_later
from domain.conduct.whereabouts import cared_for, check_counselor, own_department, own_squad, the_student

BEFORE = ("proposed", "noticed", "heard")


class NearStudent(AboutCase):
    """处分.  Commands that those who look after the student may give as well as student affairs."""

    def more(self, state: Case) -> Sequence[Reads]:
        return [cared_for(state.told.squad_id)] if state.told else []


class RecordSanctionNotice(NearStudent):
    """处分告知.  The student was told what is intended and on what grounds, against a receipt.  Seed: D16."""

    may = {
        COUNSELOR: own_squad,
        DEPUTY: own_department,
        STUDENT_AFFAIRS: anywhere,
        STUDENT_AFFAIRS_HEAD: anywhere,
    }
    notice_on: Day
    evidence: Line

    def decide(self, state: Case, given: Context) -> Iterator[Event]:
        check_counselor(self, state, given)
        case = state.case
        if case.notice_on == self.notice_on:
            return
        if case.state != "proposed":
            raise Conflict("notice_already_recorded", sanction=self.case_id)
        check_day(self.notice_on, case.proposed_on, given)
        yield SanctionNoticeRecorded(**state.row(state="noticed", notice_on=self.notice_on), evidence=self.evidence)


class RecordDefence(NearStudent):
    """陈述申辩.  What the student says in defence, written by themselves or taken down, or that they waive it.

    The office records a waiver only once the days of the defence are over; the student may at any time.  Seed: D16.
    """

    may = {
        STUDENT: the_student,
        COUNSELOR: own_squad,
        DEPUTY: own_department,
        STUDENT_AFFAIRS: anywhere,
        STUDENT_AFFAIRS_HEAD: anywhere,
    }
    heard_on: Day
    waived: bool = False
    statement: Text | None = None

    def decide(self, state: Case, given: Context) -> Iterator[Event]:
        check_counselor(self, state, given)
        case, rules = state.case, given.rules.at(given.now)
        if case.notice_on is None:
            raise Conflict("notice_missing", sanction=self.case_id)
        if case.state != "noticed":
            raise Conflict("defence_already_recorded", sanction=self.case_id)
        check_day(self.heard_on, case.notice_on, given)
        if self.waived == (self.statement is not None):
            raise Conflict("statement_or_waiver", sanction=self.case_id)
        until = case.notice_on + timedelta(days=rules(DEFENCE_DAYS))
        if self.waived and given.actor.role != STUDENT and given.today <= until:
            raise Conflict("defence_period_running", sanction=self.case_id, last_day=until)
        yield DefenceRecorded(
            **state.row(state="heard", heard_on=self.heard_on, waived=self.waived),
            statement=self.statement,
            recorded_by=given.actor.person_id,
            policies=rules.used(DEFENCE_DAYS),
        )


def their_step(command: Any, state: Any, actor: Actor) -> bool:
    """s: the step of the route to be decided now; any step of it once all is decided, to be told so."""
    case = state.case
    passed = len(case.approvals)
    steps = case.route.steps[passed : passed + 1] if case.state in BEFORE else case.route.steps
    return any(s.role == actor.role and s.department_id in (None, actor.department_id) for s in steps)


class DecideCase(AboutCase):
    """处分决定.  What agreeing to a sanction and dismissing it share."""

    def more(self, state: Case) -> Sequence[Reads]:
        return [Reads(SLIP_FACTS, (s,)) for s in state.told.slip_ids] if state.told else []

    def check_open(self, state: Case, given: Context) -> None:
        """Raise unless this person may decide the current step."""
        if state.case.state not in BEFORE:
            raise Conflict("sanction_already_decided", sanction=self.case_id)
        check_independent(state, given, self.case_id)


class DecideDiscipline(DecideCase):
    """处分决定.  Agrees to the current step: as proposed, or lighter; the last step decides.  Seed: D16.

    From a demerit on two people decide, and an expulsion the president; nobody who asked for it or issued a slip.
    """

    may = {
        DEPUTY: their_step,
        STUDENT_AFFAIRS: their_step,
        STUDENT_AFFAIRS_HEAD: their_step,
        PRESIDENT: their_step,
    }
    measure: Measure
    months: Months | None = None
    document_no: Line
    reason: Reason

    def decide(self, state: Case, given: Context) -> Iterator[Event]:
        self.check_open(state, given)
        self._check_heard(state)
        self._check_measure(state, given)
        case, actor = state.case, given.actor
        last = case.route.check([a.by for a in case.approvals], case.proposed_by, actor)
        approval = Approval(by=actor.person_id, on_behalf_of=actor.on_behalf_of)
        row = state.row(
            measure=self.measure,
            months=self.months,
            document_no=self.document_no,
            approvals=(*case.approvals, approval),
        )
        used = given.rules.at(given.now).used(MONTHS_LEAST, MONTHS_MOST)
        if last:
            row |= {"state": "decided", "decided_at": given.now}
            yield DisciplineDecided(**row, reason=self.reason, policies=used)
        else:
            yield DisciplineAgreed(**row, reason=self.reason, policies=used)

    def _check_heard(self, state: Case) -> None:
        if state.case.state == "proposed":
            raise Conflict("notice_missing", sanction=self.case_id)
        if state.case.state == "noticed":
            raise Conflict("defence_missing", sanction=self.case_id)
        if fallen := [s.slip_id for s in state.slips.values() if s.state != "confirmed"]:
            raise Conflict("grounds_fell_away", sanction=self.case_id, slips=fallen)
        if disputed := [s.slip_id for s in state.slips.values() if s.appeal == "open"]:
            raise Conflict("appeal_open", sanction=self.case_id, slips=disputed)

    def _check_measure(self, state: Case, given: Context) -> None:
        if MEASURES.index(self.measure) > MEASURES.index(state.case.measure):
            raise Conflict("heavier_than_proposed", sanction=self.case_id, proposed=state.case.measure)
        if self.measure == "expulsion":
            if self.months is not None:
                raise Conflict("expulsion_has_no_period", sanction=self.case_id)
            return
        rules = given.rules.at(given.now)
        least, most = rules(MONTHS_LEAST), rules(MONTHS_MOST)
        if self.months is None or not least <= self.months <= most:
            raise Conflict("months_out_of_range", sanction=self.case_id, least=least, most=most)


class DismissSanction(DecideCase):
    """不予处分.  Says at the current step that there is to be no sanction.  Seed: D16."""

    may = {
        DEPUTY: their_step,
        STUDENT_AFFAIRS: their_step,
        STUDENT_AFFAIRS_HEAD: their_step,
        PRESIDENT: their_step,
    }
    reason: Reason

    def decide(self, state: Case, given: Context) -> Iterator[Event]:
        if state.case.state == "dismissed":
            return
        self.check_open(state, given)
        yield SanctionDismissed(**state.row(state="dismissed"), dismissed_by=given.actor.person_id, reason=self.reason)


class DeliverDiscipline(NearStudent):
    """送达处分决定.  The written decision reached the student; its period begins on that day.  Seed: D16."""

    may = {
        COUNSELOR: own_squad,
        DEPUTY: own_department,
        STUDENT_AFFAIRS: anywhere,
        STUDENT_AFFAIRS_HEAD: anywhere,
    }
    delivered_on: Day
    evidence: Line

    def decide(self, state: Case, given: Context) -> Iterator[Event]:
        check_counselor(self, state, given)
        case = state.case
        if case.delivered_on == self.delivered_on:
            return
        if case.delivered_on:
            raise Conflict("discipline_already_delivered", sanction=self.case_id)
        if case.state != "decided" or case.decided_at is None:
            raise Conflict("sanction_not_decided", sanction=self.case_id)
        check_day(self.delivered_on, case.decided_at.astimezone(given.zone).date(), given)
        ends = months_later(self.delivered_on, case.months) if case.months else None
        row = state.row(state="delivered", delivered_on=self.delivered_on, ends_on=ends)
        yield DisciplineDelivered(**row, evidence=self.evidence)
