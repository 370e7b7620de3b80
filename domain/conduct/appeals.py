"""Appeals 申诉 against penalty slips: decided by the deputy, who neither issued nor confirmed them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from domain import Actor, Conflict, Context, Event, NotAllowed, Reason
from domain.access import CLOCK, DEPUTY, STUDENT, STUDENT_AFFAIRS_HEAD, anywhere
from domain.conduct.events import SlipAppealDecided, SlipAppealed, SlipAppealLapsed
from domain.conduct.rules import APPEAL_DAYS, APPEAL_WORKDAYS, end_of_workday
from domain.conduct.slip import AboutSlip, Slip, WithCalendar
from domain.conduct.whereabouts import acting, own_department, the_student
from domain.duties import Duty


class AppealSlip(WithCalendar):
    """申诉奖罚单.  The student says that a confirmed penalty is wrong, once and in time.  Seed: D16."""

    may = {STUDENT: the_student}
    grounds: Reason

    def decide(self, state: Slip, given: Context) -> Iterator[Event]:
        slip, rules = state.slip, given.rules.at(given.now)
        self.check_standing(state)
        if slip.kind == "reward":
            raise Conflict("reward_not_appealable", slip=self.slip_id)
        if slip.confirmed_at is None:
            raise Conflict("slip_not_confirmed", slip=self.slip_id)
        if slip.appeal:
            raise Conflict("slip_already_appealed", slip=self.slip_id)
        last = slip.confirmed_at.astimezone(given.zone).date() + timedelta(days=rules(APPEAL_DAYS))
        if given.today > last:
            raise Conflict("appeal_too_late", slip=self.slip_id, last_day=last)
        duty = Duty(
            key=f"slip_appeal/{self.slip_id}",
            kind="slip_appeal",
            about=self.slip_id,
            person_id=None,
            department_id=slip.department_id,
            opened_at=given.now,
            due_at=end_of_workday(given.today, rules(APPEAL_WORKDAYS), state.homes.holidays, given.zone),
        )
        yield SlipAppealed(
            **state.row(appeal="open"),
            grounds=self.grounds,
            duty=duty,
            policies=rules.used(APPEAL_DAYS, APPEAL_WORKDAYS),
        )


def where_a_deputy_took_part(command: Any, state: Any, actor: Actor) -> bool:
    """s: slips that a deputy issued or confirmed, whose appeals no deputy of that department should decide."""
    return DEPUTY in (state.slip.issued_as, state.slip.confirmed_as)


class DecideSlipAppeal(AboutSlip):
    """裁决奖罚单申诉.  Upholds an appeal, so that the points are out again, or dismisses it.  Seed: D16."""

    may = {DEPUTY: own_department, STUDENT_AFFAIRS_HEAD: where_a_deputy_took_part}
    uphold: bool
    reason: Reason

    def decide(self, state: Slip, given: Context) -> Iterator[Event]:
        slip, duty = state.slip, state.answer
        if (state.issuers | state.confirmers) & acting(given.actor):
            raise NotAllowed("appeal_not_independent", slip=self.slip_id)
        if slip.appeal is None:
            raise Conflict("slip_not_appealed", slip=self.slip_id)
        if slip.appeal != "open":
            raise Conflict("appeal_already_decided", slip=self.slip_id)
        assert duty
        changed = {"state": "overturned", "appeal": "upheld"} if self.uphold else {"appeal": "dismissed"}
        yield SlipAppealDecided(
            **state.row(**changed),
            decided_by=given.actor.person_id,
            reason=self.reason,
            duty=duty.done(given.now),
        )


class LapseSlipAppeal(AboutSlip):
    """申诉答复逾期.  Once the days are over: the appeal was not decided.  Seed: D16."""

    may = {CLOCK: anywhere}

    def decide(self, state: Slip, given: Context) -> Iterator[Event]:
        duty = state.answer
        if duty is None or duty.state != "open":
            return
        if given.second <= duty.due_at:
            raise Conflict("answer_not_due", slip=self.slip_id, due_at=duty.due_at)
        yield SlipAppealLapsed(**state.row(), duty=duty.lapsed())
