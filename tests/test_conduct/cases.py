"""A sanction of Bo on its way: proposed by Qian for a demerit, notice on the 11th, heard on the 14th."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from domain import Actor, Event
from domain.conduct import (
    DecideDiscipline,
    DeliverDiscipline,
    DismissSanction,
    EscalateSlip,
    RecordDefence,
    RecordSanctionNotice,
)
from tests.college import at
from tests.scenario import given
from tests.test_conduct.slips import AFFAIRS, AFFAIRS_HEAD, COUNTED, PRESIDENT_LU, QIAN, SLIP, STUDENT_BO, said

CASE = "sanction:1"
ESCALATED_AT = at(10, "10:00")
HEARD_AT = at(14, "10:00")
DECIDED_AT = at(15, "10:00")
DELIVERED_AT = at(16, "10:00")
ESCALATE = EscalateSlip(case_id=CASE, slip_ids=(SLIP,), measure="demerit", grounds="一周内屡教不改")
NOTICE = RecordSanctionNotice(case_id=CASE, notice_on=date(2026, 9, 11), evidence="告知书回执 1 号")
DEFENCE = RecordDefence(case_id=CASE, heard_on=date(2026, 9, 14), statement="我已认识到错误")
WAIVER = RecordDefence(case_id=CASE, heard_on=date(2026, 9, 14), waived=True)
AGREE = DecideDiscipline(
    case_id=CASE, measure="demerit", months=6, document_no="学〔2026〕5号", reason="事实清楚,证据充分"
)
DISMISS = DismissSanction(case_id=CASE, reason="情节显著轻微")
DELIVER = DeliverDiscipline(case_id=CASE, delivered_on=date(2026, 9, 16), evidence="送达回证 1 号")


def proposed(past: tuple[Event, ...] = COUNTED, by: Actor = QIAN, **other: Any) -> tuple[Event, ...]:
    """The past with a sanction proposed."""
    told = given(*past).when(ESCALATE.model_copy(update=other), by=by, now=ESCALATED_AT).happens()
    return (*past, *told)


def heard(past: tuple[Event, ...]) -> tuple[Event, ...]:
    """The past with notice given and the student heard."""
    past = (*past, said(past, NOTICE, AFFAIRS, at(11, "10:00")))
    return (*past, said(past, DEFENCE, STUDENT_BO, HEARD_AT))


def decided(past: tuple[Event, ...], *steps: Actor, **other: Any) -> tuple[Event, ...]:
    """The past with these persons agreeing, one after the other."""
    for by in steps:
        past = (*past, said(past, AGREE.model_copy(update=other), by, DECIDED_AT))
    return past


def delivered(past: tuple[Event, ...], now: datetime = DELIVERED_AT) -> tuple[Event, ...]:
    """The past with the decision delivered."""
    return (*past, said(past, DELIVER, QIAN, now))


PROPOSED = proposed()
HEARD = heard(PROPOSED)
DECIDED = decided(HEARD, AFFAIRS, AFFAIRS_HEAD)
DELIVERED = delivered(DECIDED)
EXPELLED = delivered(
    decided(heard(proposed(measure="expulsion")), AFFAIRS_HEAD, PRESIDENT_LU, measure="expulsion", months=None)
)
