"""Weekly logs read and returned, and weeks that need none.  Seed: D19."""

from __future__ import annotations

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import DEPUTY, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD
from domain.counselor_logs import (
    AmendWeeklyLog,
    ExemptWeek,
    ReturnWeeklyLog,
    ReviewWeeklyLog,
    WeekExempted,
    WeeklyLogReturned,
    WeeklyLogReviewed,
)
from tests.college import LI, MATHS, OPENED, TERM
from tests.scenario import given
from tests.test_counselor_logs.corps import (
    AFFAIRS,
    CORPS,
    DEPUTY_ARTS,
    DEPUTY_MATHS,
    MEI,
    MEI_ACTS,
    due,
    missed,
    monday,
    opened,
    owed,
    submit,
)

WEEK = {"person_id": MEI, "term_id": TERM, "week": 3}
REVIEW = ReviewWeeklyLog(**WEEK, comment="谈话记录详实")
RETURN = ReturnWeeklyLog(**WEEK, comment="请补充宿舍走访")
EXEMPT = ExemptWeek(**WEEK, grounds="leave", reason="病假五个工作日")
LOG = owed(3)
IN_TIME = (LOG, *given(OPENED, LOG).when(submit(3), by=MEI_ACTS, now=due(3)).happens())


def test_the_deputy_of_the_department_or_student_affairs_reviews():
    (told,) = given(*IN_TIME).when(REVIEW, by=DEPUTY_MATHS).happens()
    assert isinstance(told, WeeklyLogReviewed)
    assert (told.review, told.reviewed_by, told.state) == ("reviewed", "person:deputy", "submitted")
    given(*IN_TIME).when(REVIEW, by=DEPUTY_ARTS).rejected(NotAllowed, "out_of_scope")
    assert len(given(*IN_TIME).when(REVIEW, by=AFFAIRS).happens()) == 1
    given(*IN_TIME, told).when(REVIEW, by=DEPUTY_MATHS).then()
    given(*IN_TIME, told).when(REVIEW, by=AFFAIRS).rejected(Conflict, "log_already_reviewed")
    given(*IN_TIME, told).when(RETURN, by=DEPUTY_MATHS).rejected(Conflict, "log_already_reviewed")


@pytest.mark.parametrize("command", [REVIEW, RETURN, EXEMPT])
@pytest.mark.parametrize("behalf", [False, True])
def test_nobody_judges_their_own_log(command, behalf):
    role = STUDENT_AFFAIRS
    oneself = Actor("person:friend", role, on_behalf_of=MEI) if behalf else Actor(MEI, role)
    past = IN_TIME if command is not EXEMPT else (LOG,)
    given(*CORPS, *past).when(command, by=oneself).rejected(NotAllowed, "self_approval_forbidden")


def test_a_returned_log_was_still_in_time_and_is_read_again_once_amended():
    (back,) = given(*IN_TIME).when(RETURN, by=DEPUTY_MATHS).happens()
    assert isinstance(back, WeeklyLogReturned)
    assert (back.review, back.state) == ("returned", "submitted")
    given(*IN_TIME, back).when(RETURN, by=DEPUTY_MATHS).then()
    amended = given(*IN_TIME, back).when(AmendWeeklyLog(**WEEK, text="已走访三间"), by=MEI_ACTS).happens()
    (told,) = given(*IN_TIME, back, *amended).when(REVIEW, by=DEPUTY_MATHS).happens()
    assert told.review == "reviewed"


def test_only_a_log_handed_in_is_read():
    given(LOG).when(REVIEW, by=AFFAIRS).rejected(Conflict, "log_not_submitted")
    given().when(RETURN, by=AFFAIRS).rejected(Conflict, "log_not_due")


def test_an_exempted_week_is_not_owed():
    (told,) = given(*CORPS, LOG).when(EXEMPT, by=AFFAIRS, now=monday(3)).happens()
    assert isinstance(told, WeekExempted)
    assert (told.state, told.after_miss, told.duty and told.duty.state) == ("exempt", False, "waived")
    given(*CORPS, LOG, told).when(EXEMPT, by=AFFAIRS).then()
    given(*CORPS, *IN_TIME).when(EXEMPT, by=AFFAIRS).rejected(Conflict, "log_already_submitted")


def test_a_week_exempted_before_it_begins_never_falls_due():
    (told,) = given(*CORPS).when(EXEMPT, by=AFFAIRS, now=monday(1)).happens()
    assert (told.duty, told.department_id, told.due_at) == (None, MATHS, due(3))
    assert {e.person_id for e in opened(3, told)} == {"person:qin"}
    beyond = ExemptWeek(**WEEK | {"week": 17}, grounds="other", reason="学期以外的一周")
    given(*CORPS).when(beyond, by=AFFAIRS).rejected(Conflict, "week_outside_term")
    stranger = ExemptWeek(**WEEK | {"person_id": LI}, grounds="other", reason="不是辅导员的教师")
    given(*CORPS).when(stranger, by=AFFAIRS).rejected(Unknown, "counselor_unknown")


def test_after_the_miss_only_student_affairs_may_exempt_and_the_miss_is_gone():
    (told,) = given(*CORPS, *missed(3)).when(EXEMPT, by=AFFAIRS, now=due(5)).happens()
    assert (told.after_miss, told.state, told.duty.state) == (True, "exempt", "waived")
    late = given(OPENED, *missed(3)).when(submit(3), by=MEI_ACTS, now=due(4)).happens()
    (told,) = given(*CORPS, *missed(3), *late).when(EXEMPT, by=AFFAIRS, now=due(5)).happens()
    assert told.after_miss
    assert set(ExemptWeek.may) == {STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD}
    assert DEPUTY not in ExemptWeek.may
