"""What other areas tell people who must act.  Seed: D04."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain import Event
from domain.access import REACTION, SYSTEM
from domain.conduct import SlipConfirmed
from domain.counselor_logs import MeritIneligible, ReturnWeeklyLog, WeeklyLogReturned
from domain.grades import GradeSheetReturned
from domain.notices import REACTIONS, NoticePublished, PublishNotice
from domain.tasks import RejectCompletion, TaskAssigned, TaskCompletionRejected, TaskDelegated
from tests.college import COLLEGE, LI, OPENED, SECRETARY_MATHS, TERM, at
from tests.scenario import given
from tests.sheets import submitted
from tests.tasking import ASSIGNED, CHARGED, PRESIDENTS, SUBMITTED, ids
from tests.test_conduct.slips import CONFIRMED
from tests.test_counselor_logs.corps import DEPUTY_MATHS, MEI, MEI_ACTS, due, owed, submit
from tests.test_counselor_logs.test_merit import judged, misses
from tests.test_grades.test_submitting import BACK


def told(event: Event) -> list[PublishNotice]:
    """The notices that follow an event, each of which can be published and says so much in both languages."""
    notices = list(REACTIONS[type(event)](event))
    assert notices == list(REACTIONS[type(event)](event))
    assert all(n.body.count("\n") == 1 and n.live for n in notices)
    return notices


def first(past: Any, kind: type[Event]) -> Any:
    return next(e for e in past if isinstance(e, kind))


def test_who_is_charged_with_a_task_is_told_to_accept_it():
    event = first(ASSIGNED, TaskAssigned)
    (notice,) = told(event)
    assert (notice.persons, notice.title) == ((LI,), "有任务待接收")
    said, *_ = given(*COLLEGE).when(notice, by=SYSTEM[REACTION]).happens()
    assert isinstance(said, NoticePublished)
    assert event.assignment.title in said.body


def test_a_departments_task_is_told_to_whom_it_is_passed_on():
    assert told(first(CHARGED, TaskAssigned)) == []
    event = first(ASSIGNED, TaskAssigned)
    row = {name: getattr(event, name) for name in TaskAssigned.model_fields if name != "assigned_by"}
    passed = TaskDelegated(**row, former_holder_id=None, reason="由李老师负责", delegated_by=MEI)
    (notice,) = told(passed)
    assert notice.persons == (LI,)
    assert notice.notice_id != told(event)[0].notice_id


def test_work_sent_back_is_told():
    back = RejectCompletion(**ids, reason="缺 2024 年材料")
    events = given(*SUBMITTED).when(back, by=PRESIDENTS, now=at(14, "09:00")).happens()
    (notice,) = told(first(events, TaskCompletionRejected))
    assert notice.persons == (LI,)


def test_a_returned_grade_sheet_is_told_to_its_teachers():
    event = submitted().one(BACK, by=SECRETARY_MATHS)
    assert isinstance(event, GradeSheetReturned)
    (notice,) = told(event)
    assert notice.persons == event.teacher_ids


def test_a_returned_weekly_log_is_told_each_time():
    log = owed(3)
    handed_in = given(OPENED, log).when(submit(3), by=MEI_ACTS, now=due(3)).happens()
    back = ReturnWeeklyLog(person_id=MEI, term_id=TERM, week=3, comment="请补充宿舍走访")
    notices = []
    for days in (1, 2):
        now = due(3) + timedelta(days=days)
        (event,) = given(log, *handed_in).when(back, by=DEPUTY_MATHS, now=now).happens()
        assert isinstance(event, WeeklyLogReturned)
        notices += told(event)
    assert {n.persons for n in notices} == {(MEI,)}
    assert len({n.notice_id for n in notices}) == 2
    assert "宿舍" not in notices[0].body


def test_the_loss_of_merit_is_told_to_the_counselor():
    (event,) = judged(*misses(3, 9, 14))
    assert isinstance(event, MeritIneligible)
    (notice,) = told(event)
    assert notice.persons == (MEI,)
    assert "3, 9, 14" in notice.body


def test_a_penalty_is_told_to_the_student_for_information():
    assert isinstance(CONFIRMED, SlipConfirmed)
    (notice,) = told(CONFIRMED)
    assert (notice.persons, notice.must_read) == (("person:" + CONFIRMED.student_id[8:],), False)
    assert told(CONFIRMED.model_copy(update={"kind": "reward"})) == []
