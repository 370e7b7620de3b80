"""Slips of a small college: Bo and Chen of M1 in mathematics, whose counselor is Qian; Fang of arts has none.

Everything happens in September 2026; the 7th is the Monday of week 1.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from domain import Actor, Event
from domain.access import COUNSELOR, DEPUTY, HEAD, PRESIDENT, STUDENT, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD
from domain.conduct import (
    AppealSlip,
    ConfirmSlip,
    DecideSlipAppeal,
    DefineSlipCategory,
    IssueSlip,
    ReturnSlip,
    RevokeSlip,
    SlipCategoryDefined,
)
from domain.organisation import CounselorAssigned
from tests.college import BO, M1, MATHS, MONDAY, OPENED, SQUADS, STUDENTS, at
from tests.rolls import OFFER, ROSTER
from tests.scenario import given

QIAN = Actor("person:qian", COUNSELOR, MATHS)
DEPUTY_MATHS = Actor("person:dsa", DEPUTY, MATHS)
OTHER_DEPUTY = Actor("person:dsa2", DEPUTY, MATHS)
HEAD_MATHS = Actor("person:head", HEAD, MATHS)
AFFAIRS = Actor("person:sao", STUDENT_AFFAIRS)
AFFAIRS_HEAD = Actor("person:sah", STUDENT_AFFAIRS_HEAD)
PRESIDENT_LU = Actor("person:lu", PRESIDENT)
STUDENT_BO = Actor("person:bo", STUDENT)

ASSIGNED = CounselorAssigned(squad_id=M1, person_id=QIAN.person_id, department_id=MATHS, from_day=date(2026, 9, 1))


def category(code: str = "F12", **other: Any) -> SlipCategoryDefined:
    wish: dict[str, Any] = {
        "code": code,
        "title": "旷课",
        "title_en": "Truancy",
        "kind": "penalty",
        "least_hundredths": 100,
        "most_hundredths": 500,
    }
    [event] = given().when(DefineSlipCategory.model_validate(wish | other), by=AFFAIRS).happens()
    assert isinstance(event, SlipCategoryDefined)
    return event


TRUANCY = category()
HELP = category("J01", title="助人为乐", title_en="Helpfulness", kind="reward")
SMALL = category("J02", title="整洁", title_en="Tidiness", kind="reward", least_hundredths=50, needs_approval=False)
COLLEGE = (OPENED, *SQUADS, *STUDENTS, OFFER, ROSTER, ASSIGNED, TRUANCY, HELP, SMALL)

SLIP = "slip:1"
TUESDAY = date(2026, 9, 8)
ISSUED_AT = at(8, "12:00")
ISSUE = IssueSlip(
    slip_id=SLIP,
    student_id=BO,
    code="F12",
    points_hundredths=200,
    occurred_on=MONDAY,
    occurred_time="08:30",
    teaching_class_id=OFFER.teaching_class_id,
    place="A101",
    description="上课睡觉后离开教室",
    evidence="照片 3 张",
)
CONFIRM = ConfirmSlip(slip_id=SLIP)
RETURN = ReturnSlip(slip_id=SLIP, reason="当天有请假条")
REVOKE = RevokeSlip(slip_id=SLIP, reason="认错了学生")
APPEAL = AppealSlip(slip_id=SLIP, grounds="当时我在医务室")
UPHOLD = DecideSlipAppeal(slip_id=SLIP, uphold=True, reason="医务室记录属实")
DISMISS = DecideSlipAppeal(slip_id=SLIP, uphold=False, reason="记录与所述不符")


def said(past: tuple[Event, ...], command: Any, by: Actor, now: datetime) -> Any:
    """The one event that a wish yields after a past."""
    [event] = given(*past).when(command, by=by, now=now).happens()
    return event


def issued(past: tuple[Event, ...] = COLLEGE, by: Actor | None = None, now: datetime = ISSUED_AT, **other: Any) -> Any:
    """A slip as issued; by the teacher unless said otherwise."""
    return said(past, ISSUE.model_copy(update=other), by or Actor("person:li", "teacher", MATHS), now)


ISSUED = issued()
OPEN = (*COLLEGE, ISSUED)
CONFIRMED = said(OPEN, CONFIRM, QIAN, at(9, "10:00"))
COUNTED = (*OPEN, CONFIRMED)
APPEALED = said(COUNTED, APPEAL, STUDENT_BO, at(10, "09:00"))
DISPUTED = (*COUNTED, APPEALED)
