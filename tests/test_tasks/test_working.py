from datetime import timedelta

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import LEADER, PRESIDENT, TEACHER
from domain.organisation import StaffPlaced
from domain.tasks import (
    AssignTask,
    EvaluateTask,
    GrantExtension,
    MarkTaskOverdue,
    RefuseExtension,
    RequestExtension,
    SplitTask,
    SubmitCompletion,
    TaskCompletionSubmitted,
    TaskExtensionGranted,
    TaskExtensionRefused,
    TaskExtensionRequested,
    TaskOverdue,
    TaskPart,
    TaskProgressReported,
)
from tests.college import ARTS, LI, MATHS, WU, at
from tests.rolls import revised
from tests.scenario import given
from tests.tasking import (
    ACCEPT,
    ACCEPTED,
    ASSIGN,
    ASSIGNED,
    BOSS,
    CHARGED,
    DUE,
    EVALUATED,
    GIVEN,
    HEAD_ID,
    HEAD_MATHS,
    LATE,
    LI_WORKS,
    PRESIDENTS,
    PUBLISHED,
    REPORT,
    SET,
    SUBMIT,
    SUBMITTED,
    TASK,
    THE_CLOCK,
    WU_WORKS,
    ids,
    last,
    play,
)

LATER = DUE + timedelta(days=7)
ASK = RequestExtension(**ids, extension_id="extension:1", due_at=LATER, reason="档案室本周盘点")
GRANT = GrantExtension(**ids, extension_id="extension:1")
REFUSE = RefuseExtension(**ids, extension_id="extension:1", reason="评估日期不能推迟")
BEFORE, AFTER = at(10, "09:00"), DUE + timedelta(days=1)
OVERDUE = play((MarkTaskOverdue(**ids), THE_CLOCK, DUE + timedelta(minutes=1)), past=ACCEPTED)
ASKED = play((ASK, LI_WORKS, BEFORE), past=ACCEPTED)
GRANTED = play((GRANT, PRESIDENTS, BEFORE), past=ASKED)


def owed(event):
    return [(d.state, d.person_id, d.department_id, d.due_at) for d in event.duties if d.kind == "task"]


def test_progress_is_reported_once_accepted():
    told = last(play((REPORT, LI_WORKS, BEFORE), past=ACCEPTED))
    assert isinstance(told, TaskProgressReported)
    assert (told.assignment.state, told.assignment.progress) == ("in_progress", 40)
    given(*ASSIGNED).when(REPORT, by=LI_WORKS, now=BEFORE).rejected(Conflict, "assignment_not_accepted")
    given(*SUBMITTED).when(REPORT, by=LI_WORKS, now=BEFORE).rejected(Conflict, "completion_already_submitted")
    given(*EVALUATED).when(REPORT, by=LI_WORKS, now=BEFORE).rejected(Conflict, "assignment_not_open")
    given(*ACCEPTED).when(REPORT, by=WU_WORKS, now=BEFORE).rejected(NotAllowed, "out_of_scope")


@pytest.mark.parametrize(
    ("late", "states"),
    [
        (timedelta(), [(TaskCompletionSubmitted, "done")]),
        (timedelta(microseconds=999_999), [(TaskCompletionSubmitted, "done")]),
        (timedelta(seconds=1), [(TaskOverdue, "lapsed"), (TaskCompletionSubmitted, "done_late")]),
    ],
    ids=["on the second", "within the second", "a second late"],
)
def test_exactly_at_the_due_moment_is_in_time(late, states):
    told = given(*ACCEPTED).when(SUBMIT, by=LI_WORKS, now=DUE + late).happens()
    assert [(type(e), owed(e)[0][0]) for e in told] == states


def test_nothing_is_submitted_unaccepted_or_twice():
    given(*ASSIGNED).when(SUBMIT, by=LI_WORKS, now=BEFORE).rejected(Conflict, "assignment_not_accepted")
    given(*SUBMITTED).when(SUBMIT, by=LI_WORKS, now=BEFORE).rejected(Conflict, "completion_already_submitted")
    given(*ACCEPTED).when(SUBMIT, by=PRESIDENTS, now=BEFORE).rejected(NotAllowed, "out_of_scope")


def test_overdue_is_for_ever():
    told = last(OVERDUE)
    assert isinstance(told, TaskOverdue)
    assert owed(told) == [("lapsed", LI, MATHS, DUE)]
    told = last(play((SUBMIT, LI_WORKS, AFTER), past=OVERDUE))
    assert owed(told) == [("done_late", LI, MATHS, DUE)]
    assert told.assignment.overdue_at == DUE


def test_what_came_in_time_but_met_the_lapse_is_handed_in_again():
    given(*OVERDUE).when(SUBMIT, by=LI_WORKS, now=DUE).rejected(Conflict, "lapse_already_recorded")


def test_an_extension_granted_afterwards_does_not_erase_that_it_was_overdue():
    past = play((ASK, LI_WORKS, AFTER), (GRANT, PRESIDENTS, AFTER), past=OVERDUE)
    granted = last(past)
    assert isinstance(granted, TaskExtensionGranted)
    assert (granted.duties, granted.assignment.due_at, granted.assignment.overdue_at) == ((), LATER, DUE)
    assert granted.extension.after_due
    told = last(play((SUBMIT, LI_WORKS, AFTER), past=past))
    assert owed(told) == [("done_late", LI, MATHS, DUE)]


def test_granting_after_the_due_moment_first_writes_the_miss_the_clock_has_not_written():
    past = play((ASK, LI_WORKS, BEFORE), past=ACCEPTED)
    told = given(*past).when(GRANT, by=PRESIDENTS, now=LATE).happens()
    assert [type(e) for e in told] == [TaskOverdue, TaskExtensionGranted]
    assert told[1].duties == ()


def test_an_extension_in_time_moves_the_duty():
    asked, granted = last(ASKED), last(GRANTED)
    assert isinstance(asked, TaskExtensionRequested)
    assert (asked.extension.requested_by, asked.extension.from_due_at, asked.extension.after_due) == (LI, DUE, False)
    assert owed(granted) == [("open", LI, MATHS, LATER)]
    assert (granted.day, granted.week, granted.assignment.extensions) == (LATER.date(), 2, 1)
    assert granted.assignment.remind_at == LATER - timedelta(hours=24)
    told = last(play((SUBMIT, LI_WORKS, LATER), past=GRANTED))
    assert owed(told) == [("done", LI, MATHS, LATER)]
    given(*GRANTED).when(GRANT, by=PRESIDENTS, now=BEFORE).rejected(Conflict, "extension_already_decided")
    given(*GRANTED).when(REFUSE, by=PRESIDENTS, now=BEFORE).rejected(Conflict, "extension_already_decided")


def test_less_may_be_granted_than_asked_but_never_more_or_nothing():
    less = GRANT.model_copy(update={"due_at": DUE + timedelta(days=1)})
    told = last(play((less, PRESIDENTS, BEFORE), past=ASKED))
    assert told.extension.granted_due_at == DUE + timedelta(days=1)
    for due_at in (DUE, LATER + timedelta(seconds=1)):
        wrong = GRANT.model_copy(update={"due_at": due_at})
        given(*ASKED).when(wrong, by=PRESIDENTS, now=BEFORE).rejected(Conflict, "extension_not_later")


def test_after_the_due_moment_an_extension_needs_a_reason():
    bare = ASK.model_copy(update={"reason": None})
    given(*ACCEPTED).when(bare, by=LI_WORKS, now=LATE).rejected(Conflict, "extension_reason_required")
    given(*OVERDUE).when(bare, by=LI_WORKS, now=AFTER).rejected(Conflict, "extension_reason_required")
    assert play((bare, LI_WORKS, DUE), past=ACCEPTED)


@pytest.mark.parametrize(
    ("past", "change", "code"),
    [
        (ASSIGNED, {}, "assignment_not_accepted"),
        (SUBMITTED, {}, "completion_already_submitted"),
        (ACCEPTED, {"due_at": DUE}, "extension_not_later"),
        (ACCEPTED, {"due_at": DUE + timedelta(days=30, seconds=1)}, "extension_too_long"),
        ((*ACCEPTED, revised("task.extension_days", 6)), {}, "extension_too_long"),
        ((*ACCEPTED, revised("task.extensions", 0)), {}, "extension_limit_reached"),
        (ASKED, {"extension_id": "extension:2"}, "extension_already_requested"),
        (ASKED, {"due_at": LATER + timedelta(days=1)}, "extension_already_requested"),
    ],
)
def test_when_no_extension_can_be_asked_for(past, change, code):
    given(*past).when(ASK.model_copy(update=change), by=LI_WORKS, now=BEFORE).rejected(Conflict, code)


def test_an_extension_is_asked_for_twice_and_no_more():
    second = {"extension_id": "extension:2", "due_at": LATER + timedelta(days=1)}
    past = play(
        (ASK.model_copy(update=second), LI_WORKS, BEFORE),
        (GRANT.model_copy(update={"extension_id": "extension:2"}), PRESIDENTS, BEFORE),
        past=GRANTED,
    )
    third = ASK.model_copy(update={"extension_id": "extension:3", "due_at": LATER + timedelta(days=2)})
    given(*past).when(third, by=LI_WORKS, now=BEFORE).rejected(Conflict, "extension_limit_reached")
    given(*ASKED).when(ASK, by=LI_WORKS, now=BEFORE).then()


def test_only_the_publisher_decides_an_extension_and_never_for_oneself():
    given(*ASKED).when(GRANT, by=Actor(LI, LEADER), now=BEFORE).rejected(NotAllowed, "out_of_scope")
    given(*ASKED).when(GRANT, by=Actor("person:l", LEADER), now=BEFORE).rejected(NotAllowed, "out_of_scope")
    lent = Actor(LI, PRESIDENT, on_behalf_of=BOSS)
    given(*ASKED).when(GRANT, by=lent, now=BEFORE).rejected(NotAllowed, "self_approval_forbidden")
    given(*ASKED).when(REFUSE, by=lent, now=BEFORE).rejected(NotAllowed, "self_approval_forbidden")
    by_wu = Actor(WU, TEACHER, MATHS, on_behalf_of=LI)
    past = play((ASK, by_wu, BEFORE), past=ACCEPTED)
    wu_for_the_boss = Actor(WU, PRESIDENT, on_behalf_of=BOSS)
    given(*past).when(GRANT, by=wu_for_the_boss, now=BEFORE).rejected(NotAllowed, "self_approval_forbidden")


def test_a_refused_extension_leaves_the_due_moment():
    told = last(play((REFUSE, PRESIDENTS, BEFORE), past=ASKED))
    assert isinstance(told, TaskExtensionRefused)
    assert (told.assignment.due_at, told.extension.answer) == (DUE, REFUSE.reason)
    again = ASK.model_copy(update={"extension_id": "extension:2"})
    assert play((again, LI_WORKS, BEFORE), past=(*ASKED, told))
    none = GRANT.model_copy(update={"extension_id": "extension:none"})
    given(*ASKED).when(none, by=PRESIDENTS, now=BEFORE).rejected(Unknown, "extension_unknown")
    done = play((SUBMIT, LI_WORKS, BEFORE), past=ASKED)
    given(*done).when(GRANT, by=PRESIDENTS, now=BEFORE).rejected(Conflict, "completion_already_submitted")


PART = TaskPart(task_id="task:part", title="数学系部分", description="整理数学系材料", due_at=DUE)
SPLIT = SplitTask(**ids, parts=(PART,))
PART_IDS = {"task_id": "task:part", "assignment_id": "assignment:part"}
SPLITTED = play(
    (ACCEPT, HEAD_MATHS, at(2, "09:00")),
    (SPLIT, HEAD_MATHS, at(2, "10:00")),
    (AssignTask(**PART_IDS, person_id=WU), HEAD_MATHS, at(2, "11:00")),
    (ACCEPT.model_copy(update=PART_IDS), WU_WORKS, at(3, "09:00")),
    past=CHARGED,
)


def test_the_whole_waits_for_its_parts_or_says_why_not():
    given(*SPLITTED).when(SUBMIT, by=HEAD_MATHS, now=BEFORE).rejected(Conflict, "parts_still_open")
    anyway = SUBMIT.model_copy(update={"open_parts_reason": "余下部分不影响评估"})
    told = last(play((anyway, HEAD_MATHS, BEFORE), past=SPLITTED))
    assert (told.open_parts, told.assignment.state) == (("task:part",), "submitted")
    closed = play(
        (SubmitCompletion(**PART_IDS, report="已完成"), WU_WORKS, BEFORE),
        (EvaluateTask(**PART_IDS, score=4, comment="好"), HEAD_MATHS, BEFORE),
        past=SPLITTED,
    )
    assert last(play((SUBMIT, HEAD_MATHS, BEFORE), past=closed)).open_parts == ()


def test_parts_of_others_hold_nobody_up():
    other = AssignTask(task_id=TASK, assignment_id="assignment:arts", person_id=LI)
    mine = {"task_id": TASK, "assignment_id": "assignment:arts"}
    past = play((other, PRESIDENTS, SET), (ACCEPT.model_copy(update=mine), LI_WORKS, SET), past=SPLITTED)
    assert last(play((SUBMIT.model_copy(update=mine), LI_WORKS, BEFORE), past=past)).open_parts == ()
    whole = SplitTask(task_id=TASK, parts=(PART.model_copy(update={"task_id": "task:common"}),))
    past = play((whole, PRESIDENTS, at(2, "12:00")), past=past)
    given(*past).when(SUBMIT.model_copy(update=mine), by=LI_WORKS, now=BEFORE).rejected(Conflict, "parts_still_open")


def test_a_part_is_not_extended_beyond_the_whole():
    ask = ASK.model_copy(update=PART_IDS)
    given(*SPLITTED).when(ask, by=WU_WORKS, now=BEFORE).rejected(Conflict, "due_after_parent")
    whole_first = play((ASK, HEAD_MATHS, BEFORE), (GRANT, PRESIDENTS, BEFORE), past=SPLITTED)
    ask = ask.model_copy(update={"extension_id": "extension:2"})
    grant = GRANT.model_copy(update={**PART_IDS, "extension_id": "extension:2"})
    told = last(play((ask, WU_WORKS, BEFORE), (grant, HEAD_MATHS, BEFORE), past=whole_first))
    assert told.assignment.due_at == LATER


def test_it_counts_for_the_holders_department_when_it_was_due():
    moved = StaffPlaced(person_id=LI, department_id=ARTS, former_department_id=MATHS, kind="staff", from_day=DUE.date())
    told = last(play((SUBMIT, LI_WORKS, DUE), past=(*ACCEPTED, moved)))
    assert owed(told) == [("done", LI, ARTS, DUE)]
    told = last(play((MarkTaskOverdue(**ids), THE_CLOCK, LATE), past=(*ACCEPTED, moved)))
    assert owed(told) == [("lapsed", LI, ARTS, DUE)]
    headed = play((ACCEPT, HEAD_MATHS, at(2, "09:00")), past=CHARGED)
    away = moved.model_copy(update={"person_id": HEAD_ID})
    told = last(play((SUBMIT, HEAD_MATHS, DUE), past=(*headed, away)))
    assert owed(told) == [("done", HEAD_ID, MATHS, DUE)], "a department answers for what it was charged with"


def test_an_assist_owes_no_work_of_its_own_but_submits_it():
    assist = ASSIGN.model_copy(update={"part": "assist"})
    past = play((assist, PRESIDENTS, SET), (ACCEPT, LI_WORKS, SET), (SUBMIT, LI_WORKS, BEFORE), past=PUBLISHED)
    assert (last(past).duties, last(past).assignment.submitted_at) == ((), BEFORE)
    assert last(past).assignment.assignment_id == GIVEN
