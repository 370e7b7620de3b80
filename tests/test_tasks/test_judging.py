from datetime import timedelta

import pytest
from pydantic import ValidationError

from domain import Actor, Conflict, NotAllowed
from domain.access import HEAD, LEADER, PRESIDENT, TEACHER, standing
from domain.calendar import HolidayDeclared
from domain.tasks import (
    AssignTask,
    DelegateTask,
    EvaluateTask,
    RejectCompletion,
    RequestExtension,
    SplitTask,
    TaskClosed,
    TaskCompletionRejected,
    TaskEvaluated,
    TaskPart,
)
from tests.college import LI, MATHS, TERM, WU, at
from tests.rolls import revised
from tests.scenario import given
from tests.tasking import (
    ACCEPT,
    ACCEPTED,
    ASSIGNED,
    BOSS,
    CHARGED,
    DUE,
    EVALUATE,
    EVALUATED,
    FOR_THE_BOSS,
    HEAD_MATHS,
    LI_WORKS,
    PRESIDENTS,
    SET,
    SUBMIT,
    SUBMITTED,
    TASK,
    WU_WORKS,
    ZHAO,
    ids,
    last,
    play,
)

BACK = RejectCompletion(**ids, reason="缺 2024 年材料")
BEFORE, AFTER = at(10, "12:00"), at(14, "09:00")
TWO = {"task_id": TASK, "assignment_id": "assignment:two"}


def owed(event):
    return [(d.state, d.due_at) for d in event.duties]


def test_the_publisher_scores_submitted_work_and_the_last_score_closes_the_task():
    told = EVALUATED[-2:]
    assert [type(e) for e in told] == [TaskEvaluated, TaskClosed]
    assert (told[0].assignment.score, told[0].assignment.state, told[1].task.state) == (5, "evaluated", "closed")
    given(*EVALUATED).when(EVALUATE, by=PRESIDENTS, now=AFTER).rejected(Conflict, "assignment_not_open")
    with pytest.raises(ValidationError):
        EvaluateTask(**ids, score=6, comment="好")


def test_a_task_with_something_open_stays_open():
    two = play((AssignTask(**TWO, person_id=WU), PRESIDENTS, SET), past=SUBMITTED)
    told = given(*two).when(EVALUATE, by=PRESIDENTS, now=AFTER).happens()
    assert [type(e) for e in told] == [TaskEvaluated]


@pytest.mark.parametrize("past", [ASSIGNED, ACCEPTED])
def test_no_step_is_skipped(past):
    given(*past).when(EVALUATE, by=PRESIDENTS, now=BEFORE).rejected(Conflict, "completion_not_submitted")
    given(*past).when(BACK, by=PRESIDENTS, now=BEFORE).rejected(Conflict, "completion_not_submitted")


def test_only_the_publisher_or_who_acts_for_them_judges():
    assert play((EVALUATE, FOR_THE_BOSS, AFTER), past=SUBMITTED)
    for stranger in (Actor("person:l", LEADER), Actor(ZHAO, PRESIDENT), HEAD_MATHS):
        given(*SUBMITTED).when(EVALUATE, by=stranger, now=AFTER).rejected(NotAllowed, "out_of_scope")
        given(*SUBMITTED).when(BACK, by=stranger, now=AFTER).rejected(NotAllowed, "out_of_scope")
    with pytest.raises(NotAllowed, match="role_lacking"):
        standing(EvaluateTask, [Actor(LI, TEACHER, MATHS)])


def test_nobody_judges_what_they_had_a_part_in():
    lent = Actor(LI, PRESIDENT, on_behalf_of=BOSS)
    given(*SUBMITTED).when(EVALUATE, by=lent, now=AFTER).rejected(NotAllowed, "self_approval_forbidden")
    given(*SUBMITTED).when(BACK, by=lent, now=AFTER).rejected(NotAllowed, "self_approval_forbidden")
    for_li = Actor(BOSS, PRESIDENT, on_behalf_of=LI)
    given(*SUBMITTED).when(EVALUATE, by=for_li, now=AFTER).rejected(NotAllowed, "self_approval_forbidden")


def test_neither_does_a_former_holder_nor_who_submitted_for_the_holder_nor_another_assignee():
    passed = DelegateTask(**ids, person_id=WU, reason="由吴老师办理")
    past = play((passed, LI_WORKS, SET), (ACCEPT, WU_WORKS, SET), (SUBMIT, WU_WORKS, BEFORE), past=ASSIGNED)
    lent = Actor(LI, PRESIDENT, on_behalf_of=BOSS)
    given(*past).when(EVALUATE, by=lent, now=AFTER).rejected(NotAllowed, "self_approval_forbidden")
    wu_for_li = Actor(WU, TEACHER, MATHS, on_behalf_of=LI)
    past = play((SUBMIT, wu_for_li, BEFORE), past=ACCEPTED)
    wu_for_the_boss = Actor(WU, PRESIDENT, on_behalf_of=BOSS)
    given(*past).when(EVALUATE, by=wu_for_the_boss, now=AFTER).rejected(NotAllowed, "self_approval_forbidden")
    two = play((AssignTask(**TWO, person_id=WU, part="assist"), PRESIDENTS, SET), past=SUBMITTED)
    given(*two).when(EVALUATE, by=wu_for_the_boss, now=AFTER).rejected(NotAllowed, "self_approval_forbidden")


def test_work_sent_back_in_time_is_due_when_it_was():
    told = last(play((BACK, PRESIDENTS, BEFORE), past=SUBMITTED))
    assert isinstance(told, TaskCompletionRejected)
    assert (told.assignment.state, told.assignment.rejections, told.assignment.due_at) == ("in_progress", 1, DUE)
    assert owed(told) == [("open", DUE)]
    assert told.assignment.submitted_at is None
    again = play((SUBMIT, LI_WORKS, DUE), (EVALUATE, PRESIDENTS, AFTER), past=(*SUBMITTED, told))
    assert isinstance(again[-1], TaskClosed)


def test_work_sent_back_after_its_due_moment_is_given_working_days():
    told = last(play((BACK, PRESIDENTS, AFTER), past=SUBMITTED))
    assert owed(told) == [("open", at(17, "23:59", 59))]
    feast = HolidayDeclared(term_id=TERM, day=at(15, "12:00").date(), name="校庆")
    assert owed(last(play((BACK, PRESIDENTS, AFTER), past=(*SUBMITTED, feast)))) == [("open", at(18, "23:59", 59))]
    short = revised("task.redo_workdays", 1)
    assert owed(last(play((BACK, PRESIDENTS, AFTER), past=(*SUBMITTED, short)))) == [("open", at(15, "23:59", 59))]
    chosen = BACK.model_copy(update={"due_at": at(16, "12:00")})
    assert owed(last(play((chosen, PRESIDENTS, AFTER), past=SUBMITTED))) == [("open", at(16, "12:00"))]
    past_one = BACK.model_copy(update={"due_at": DUE})
    given(*SUBMITTED).when(past_one, by=PRESIDENTS, now=AFTER).rejected(Conflict, "due_in_the_past")


def test_what_was_overdue_stays_so_when_the_work_is_sent_back():
    late = play((SUBMIT, LI_WORKS, DUE + timedelta(hours=1)), past=ACCEPTED)
    told = last(play((BACK, PRESIDENTS, AFTER), past=late))
    assert owed(told) == [("lapsed", DUE)]
    assert told.assignment.due_at == at(17, "23:59", 59)
    again = last(play((SUBMIT, LI_WORKS, AFTER), past=(*late, told)))
    assert owed(again) == [("done_late", DUE)]


def test_a_part_sent_back_is_due_no_later_than_the_whole():
    part = TaskPart(task_id="task:part", title="数学系部分", description="材料", due_at=at(9, "12:00"))
    mine = {"task_id": "task:part", "assignment_id": "assignment:part"}
    past = play(
        (ACCEPT, HEAD_MATHS, at(2, "09:00")),
        (SplitTask(**ids, parts=(part,)), HEAD_MATHS, at(2, "10:00")),
        (AssignTask(**mine, person_id=WU), HEAD_MATHS, at(2, "11:00")),
        (ACCEPT.model_copy(update=mine), WU_WORKS, at(3, "09:00")),
        (SUBMIT.model_copy(update=mine), WU_WORKS, at(9, "12:00")),
        past=CHARGED,
    )
    back = BACK.model_copy(update=mine)
    assert last(play((back, HEAD_MATHS, BEFORE), past=past)).assignment.due_at == DUE
    later = back.model_copy(update={"due_at": DUE + timedelta(seconds=1)})
    given(*past).when(later, by=HEAD_MATHS, now=BEFORE).rejected(Conflict, "due_after_parent")
    ask = RequestExtension(**mine, extension_id="extension:p", due_at=DUE + timedelta(days=1))
    given(*past[:-1]).when(ask, by=WU_WORKS, now=at(9, "09:00")).rejected(Conflict, "due_after_parent")


def test_a_head_judges_only_what_they_published():
    other = Actor("person:head2", HEAD, MATHS)
    given(*SUBMITTED).when(EVALUATE, by=other, now=AFTER).rejected(NotAllowed, "out_of_scope")
