from datetime import UTC, datetime, timedelta

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import ACADEMIC_HEAD, DEPUTY, HEAD, TEACHER, standing
from domain.calendar import HolidayDeclared
from domain.organisation import StaffPlaced
from domain.tasks import (
    AcceptTask,
    AssignmentCancelled,
    AssignTask,
    CancelTask,
    DeclineTask,
    DelegateTask,
    PublishTask,
    SplitTask,
    TaskAccepted,
    TaskAssigned,
    TaskCancelled,
    TaskDeclined,
    TaskDelegated,
    TaskPart,
    TaskPublished,
    TaskSplit,
    WithdrawAssignment,
    fall_with_it,
)
from tests.college import ANN, ARTS, LI, MATHS, TERM, WU, at
from tests.rolls import revised
from tests.scenario import given
from tests.tasking import (
    A_LEADER,
    ACADEMICS,
    ACCEPT,
    ACCEPT_BY,
    ACCEPTED,
    ANN_WORKS,
    ASSIGN,
    ASSIGNED,
    BOSS,
    CHARGE,
    CHARGED,
    DUE,
    EVALUATED,
    FOR_THE_BOSS,
    GIVEN,
    HEAD_ARTS,
    HEAD_ID,
    HEAD_MATHS,
    LATE,
    LI_WORKS,
    OFFICE,
    PAST,
    PRESIDENTS,
    PUBLISH,
    PUBLISHED,
    SET,
    SUBMITTED,
    TASK,
    WU_WORKS,
    ids,
    last,
    play,
)

DECLINE = DeclineTask(**ids, reason="不属于本岗位职责")
PASS_ON = DelegateTask(**ids, person_id=WU, reason="由吴老师负责归档")
CANCEL = CancelTask(task_id=TASK, reason="会议决定不再进行")


def duties(event):
    return {d.key: (d.state, d.person_id, d.department_id, d.due_at) for d in event.duties}


def test_a_task_is_published_in_the_name_of_an_office():
    told = last(PUBLISHED)
    assert isinstance(told, TaskPublished)
    task = told.task
    assert (task.publisher_id, task.publisher_role, task.department_id, task.due_at) == (
        BOSS,
        "president",
        OFFICE,
        DUE,
    )
    assert (told.term_id, told.week, told.day) == (TERM, 1, DUE.date())
    given(*PUBLISHED).when(PUBLISH, by=PRESIDENTS, now=SET + timedelta(hours=1)).then()
    other = PUBLISH.model_copy(update={"title": "别的"})
    given(*PUBLISHED).when(other, by=PRESIDENTS, now=SET).rejected(Conflict, "task_already_published")


def test_a_due_moment_lies_ahead_and_outside_a_term_it_has_no_week():
    given(*PAST).when(PUBLISH, by=PRESIDENTS, now=DUE).rejected(Conflict, "due_in_the_past")
    summer = PUBLISH.model_copy(update={"due_at": datetime(2027, 8, 1, tzinfo=UTC)})
    told = last(play((summer, PRESIDENTS, SET)))
    assert (told.term_id, told.week) == (None, None)
    unknown = PUBLISH.model_copy(update={"department_id": "department:none"})
    given(*PAST).when(unknown, by=PRESIDENTS, now=SET).rejected(Unknown, "department_unknown")


def test_heads_publish_for_their_own_department_and_nobody_below_them_does():
    own = PUBLISH.model_copy(update={"department_id": MATHS})
    assert play((own, HEAD_MATHS, SET))
    given(*PAST).when(own, by=HEAD_ARTS, now=SET).rejected(NotAllowed, "out_of_scope")
    given(*PAST).when(own, by=Actor(LI, ACADEMIC_HEAD, OFFICE), now=SET).rejected(NotAllowed, "out_of_scope")
    with pytest.raises(NotAllowed, match="role_lacking"):
        standing(PublishTask, [Actor(LI, TEACHER, MATHS), Actor("person:x", "secretary", MATHS)])
    [told] = given(*PAST).when(PUBLISH, by=FOR_THE_BOSS, now=SET).happens()
    assert (told.task.publisher_id, told.published_by) == (BOSS, FOR_THE_BOSS.person_id)


def test_a_person_is_charged_and_owes_accepting_and_the_work():
    told = last(ASSIGNED)
    assert isinstance(told, TaskAssigned)
    assert duties(told) == {
        f"task_acceptance/{GIVEN}/1": ("open", LI, MATHS, ACCEPT_BY),
        f"task/{GIVEN}": ("open", LI, MATHS, DUE),
    }
    assert told.assignment.remind_at == DUE - timedelta(hours=24)
    given(*ASSIGNED).when(ASSIGN, by=PRESIDENTS, now=SET).then()
    assert LI in told.tags()
    assert told.description == PUBLISH.description, "who is charged reads what is to be done"


def test_accepting_is_counted_in_working_days():
    friday = at(4, "17:00")
    told = last(play((ASSIGN, PRESIDENTS, friday), past=PUBLISHED))
    assert told.assignment.accept_by == at(8, "23:59", 59)
    feast = HolidayDeclared(term_id=TERM, day=at(7, "12:00").date(), name="校庆")
    told = last(play((ASSIGN, PRESIDENTS, friday), past=(*PUBLISHED, feast)))
    assert told.assignment.accept_by == at(9, "23:59", 59)
    told = last(play((ASSIGN, PRESIDENTS, SET), past=(*PUBLISHED, revised("task.accept_workdays", 1))))
    assert told.assignment.accept_by == at(2, "23:59", 59)
    told = last(play((ASSIGN, PRESIDENTS, at(10, "12:00")), past=PUBLISHED))
    assert told.assignment.accept_by == DUE


def test_an_assist_owes_accepting_only():
    told = last(play((ASSIGN.model_copy(update={"part": "assist"}), PRESIDENTS, SET), past=PUBLISHED))
    assert [d.kind for d in told.duties] == ["task_acceptance"]


@pytest.mark.parametrize(
    ("past", "change", "kind", "code"),
    [
        (PUBLISHED, {"person_id": "person:nobody"}, Unknown, "staff_unknown"),
        (PUBLISHED, {"person_id": None, "department_id": "department:none"}, Unknown, "department_unknown"),
        (PUBLISHED, {"person_id": None}, Conflict, "assignee_unclear"),
        (PUBLISHED, {"department_id": ARTS}, Conflict, "assignee_unclear"),
        (PUBLISHED, {"person_id": BOSS}, Conflict, "publisher_not_assignee"),
        (ASSIGNED, {"part": "assist"}, Conflict, "assignment_already_made"),
        (ASSIGNED, {"assignment_id": "assignment:two"}, Conflict, "already_assigned"),
        (EVALUATED, {"assignment_id": "assignment:two"}, Conflict, "task_closed"),
        (PAST, {}, Unknown, "task_unknown"),
    ],
)
def test_who_cannot_be_charged(past, change, kind, code):
    given(*past).when(ASSIGN.model_copy(update=change), by=PRESIDENTS, now=SET).rejected(kind, code)


def test_nobody_is_charged_after_the_due_moment_or_by_another_than_the_publisher():
    given(*PUBLISHED).when(ASSIGN, by=PRESIDENTS, now=LATE).rejected(Conflict, "due_in_the_past")
    given(*PUBLISHED).when(ASSIGN, by=A_LEADER, now=SET).rejected(NotAllowed, "out_of_scope")
    assert play((ASSIGN, FOR_THE_BOSS, SET), past=PUBLISHED)


@pytest.mark.parametrize("role", [HEAD, DEPUTY])
def test_heads_reach_persons_of_their_own_department_and_others_through_theirs(role):
    by = Actor(HEAD_ID, role, MATHS)
    past = play((PUBLISH.model_copy(update={"department_id": MATHS}), by, SET))
    assert play((ASSIGN, by, SET), past=past)
    abroad = ASSIGN.model_copy(update={"person_id": ANN})
    given(*past).when(abroad, by=by, now=SET).rejected(Conflict, "assign_to_the_department")
    routed = CHARGE.model_copy(update={"department_id": ARTS})
    assert last(play((routed, by, SET), past=past)).assignment.department_id == ARTS
    moved = StaffPlaced(person_id=LI, department_id=ARTS, former_department_id=MATHS, kind="staff", from_day=SET.date())
    given(*past, moved).when(ASSIGN, by=by, now=SET).rejected(Conflict, "assign_to_the_department")


def test_a_head_charges_persons_not_the_own_department():
    past = play((PUBLISH.model_copy(update={"department_id": MATHS}), HEAD_MATHS, SET))
    given(*past).when(CHARGE, by=HEAD_MATHS, now=SET).rejected(Conflict, "assign_to_persons")
    academic = PUBLISH.model_copy(update={"department_id": OFFICE})
    assert play((academic, ACADEMICS, SET), (ASSIGN, ACADEMICS, SET))


def test_a_departments_head_accepts_and_passes_on_to_own_staff():
    told = last(CHARGED)
    assert duties(told)[f"task/{GIVEN}"] == ("open", None, MATHS, DUE)
    given(*CHARGED).when(ACCEPT, by=HEAD_ARTS, now=SET).rejected(NotAllowed, "out_of_scope")
    given(*CHARGED).when(ACCEPT, by=LI_WORKS, now=SET).rejected(NotAllowed, "out_of_scope")
    accepted = play((ACCEPT, HEAD_MATHS, at(2, "09:00")), past=CHARGED)
    told = last(accepted)
    assert duties(told) == {
        f"task_acceptance/{GIVEN}/1": ("done", HEAD_ID, MATHS, ACCEPT_BY),
        f"task/{GIVEN}": ("open", HEAD_ID, MATHS, DUE),
    }
    abroad = PASS_ON.model_copy(update={"person_id": ANN})
    given(*accepted).when(abroad, by=HEAD_MATHS, now=SET).rejected(Conflict, "delegate_outside_department")
    passed = play((PASS_ON, HEAD_MATHS, at(3, "09:00")), past=accepted)
    told = last(passed)
    assert isinstance(told, TaskDelegated)
    assert duties(told) == {
        f"task_acceptance/{GIVEN}/2": ("open", WU, MATHS, at(7, "23:59", 59)),
        f"task/{GIVEN}": ("open", WU, MATHS, DUE),
    }
    assert (told.former_holder_id, told.assignment.state) == (HEAD_ID, "assigned")
    assert (told.description, WU in told.tags()) == (PUBLISH.description, True)
    given(*passed).when(ACCEPT, by=HEAD_MATHS, now=SET).rejected(NotAllowed, "out_of_scope")
    assert last(play((ACCEPT, WU_WORKS, at(4, "09:00")), past=passed)).assignment.holder_id == WU
    again = PASS_ON.model_copy(update={"person_id": LI})
    assert last(play((again, HEAD_MATHS, at(4, "09:00")), past=passed)).assignment.holder_id == LI


def test_passing_on_answers_the_question_of_accepting():
    told = last(play((PASS_ON, HEAD_MATHS, at(2, "09:00")), past=CHARGED))
    assert [(d.key[-2:], d.state) for d in told.duties] == [("/1", "done"), ("/2", "open"), ("ne", "open")]
    given(*ASSIGNED).when(PASS_ON.model_copy(update={"person_id": LI}), by=LI_WORKS, now=SET).then()


def test_what_is_passed_on_is_passed_on_only_so_often():
    past = play((PASS_ON, LI_WORKS, at(2, "09:00")), past=ASSIGNED)
    back = PASS_ON.model_copy(update={"person_id": LI})
    assert play((back, WU_WORKS, at(2, "10:00")), past=past)
    once = (*past, revised("task.delegations", 1))
    given(*once).when(back, by=WU_WORKS, now=at(2, "10:00")).rejected(Conflict, "delegated_too_often")
    nobody = PASS_ON.model_copy(update={"person_id": "person:nobody"})
    given(*ASSIGNED).when(nobody, by=LI_WORKS, now=SET).rejected(Unknown, "staff_unknown")
    given(*SUBMITTED).when(PASS_ON, by=LI_WORKS, now=at(10, "10:00")).rejected(Conflict, "completion_already_submitted")


def test_only_the_holder_accepts_and_once():
    told = last(ACCEPTED)
    assert isinstance(told, TaskAccepted)
    assert duties(told) == {f"task_acceptance/{GIVEN}/1": ("done", LI, MATHS, ACCEPT_BY)}
    given(*ACCEPTED).when(ACCEPT, by=LI_WORKS, now=SET).then()
    for stranger in (WU_WORKS, ANN_WORKS, HEAD_MATHS, PRESIDENTS):
        given(*ASSIGNED).when(ACCEPT, by=stranger, now=SET).rejected(NotAllowed, "out_of_scope")
    for_li = Actor(WU, TEACHER, MATHS, on_behalf_of=LI)
    assert last(play((ACCEPT, for_li, SET), past=ASSIGNED)).assignment.parties == (LI, WU)
    wrong = AcceptTask(task_id=TASK, assignment_id="assignment:none")
    given(*ASSIGNED).when(wrong, by=LI_WORKS, now=SET).rejected(Unknown, "assignment_unknown")


def test_the_publisher_has_no_part_in_doing_it():
    lent = Actor(BOSS, TEACHER, MATHS, on_behalf_of=LI)
    given(*ASSIGNED).when(ACCEPT, by=lent, now=SET).rejected(NotAllowed, "publisher_not_assignee")
    headed = Actor(BOSS, HEAD, MATHS)
    given(*CHARGED).when(ACCEPT, by=headed, now=SET).rejected(NotAllowed, "publisher_not_assignee")
    mine = play((PUBLISH.model_copy(update={"department_id": MATHS}), HEAD_MATHS, SET), (ASSIGN, HEAD_MATHS, SET))
    to_me = PASS_ON.model_copy(update={"person_id": HEAD_ID})
    given(*mine).when(to_me, by=LI_WORKS, now=SET).rejected(Conflict, "publisher_not_assignee")


def test_declining_says_why_and_owes_nothing_more():
    told = last(play((DECLINE, LI_WORKS, at(2, "09:00")), past=ASSIGNED))
    assert isinstance(told, TaskDeclined)
    assert {d.state for d in told.duties} == {"cancelled"}
    given(*ASSIGNED, told).when(DECLINE, by=LI_WORKS, now=SET).then()
    given(*ASSIGNED, told).when(ACCEPT, by=LI_WORKS, now=SET).rejected(Conflict, "assignment_not_open")
    given(*ACCEPTED).when(DECLINE, by=LI_WORKS, now=SET).rejected(Conflict, "assignment_already_accepted")
    again = AssignTask(task_id=TASK, assignment_id="assignment:two", person_id=LI)
    assert play((again, PRESIDENTS, SET), past=(*ASSIGNED, told))


def test_cancelling_a_task_ends_what_is_open_of_it():
    second = AssignTask(task_id=TASK, assignment_id="assignment:two", person_id=WU)
    past = play((second, PRESIDENTS, SET), past=SUBMITTED)
    told = given(*past).when(CANCEL, by=PRESIDENTS, now=at(10, "12:00")).happens()
    assert [type(e) for e in told] == [TaskCancelled, AssignmentCancelled, AssignmentCancelled]
    assert [[d.state for d in e.duties] for e in told[1:]] == [[], ["cancelled", "waived"]]
    given(*past, *told).when(CANCEL, by=PRESIDENTS, now=at(10, "12:00")).then()
    given(*past, *told).when(ASSIGN.model_copy(update={"assignment_id": "assignment:x"}), by=PRESIDENTS).rejected(
        Conflict, "task_cancelled"
    )
    given(*EVALUATED).when(CANCEL, by=PRESIDENTS, now=at(15, "12:00")).rejected(Conflict, "task_closed")
    given(*past).when(CANCEL, by=A_LEADER, now=at(10, "12:00")).rejected(NotAllowed, "out_of_scope")


def test_one_assignment_is_taken_back():
    back = WithdrawAssignment(**ids, reason="人员调整，另行安排")
    told = last(play((back, PRESIDENTS, at(2, "09:00")), past=ACCEPTED))
    assert (told.assignment.state, duties(told)[f"task/{GIVEN}"][0]) == ("cancelled", "cancelled")
    given(*ACCEPTED, told).when(back, by=PRESIDENTS, now=at(2, "09:00")).then()
    given(*EVALUATED).when(back, by=PRESIDENTS, now=at(15, "09:00")).rejected(Conflict, "assignment_not_open")


PART = TaskPart(task_id="task:part", title="数学系部分", description="整理数学系材料", due_at=DUE)
SPLIT = SplitTask(**ids, parts=(PART,))
HEADED = play((ACCEPT, HEAD_MATHS, at(2, "09:00")), past=CHARGED)


def test_a_head_splits_what_the_department_has():
    split, part = given(*HEADED).when(SPLIT, by=HEAD_MATHS, now=at(2, "10:00")).happens()
    assert isinstance(split, TaskSplit)
    assert (part.task.parent_task_id, part.task.parent_assignment_id) == (TASK, GIVEN)
    assert (part.task.publisher_id, part.task.department_id, part.task.source) == (HEAD_ID, MATHS, "meeting")
    past = (*HEADED, split, part)
    given(*past).when(SPLIT, by=HEAD_MATHS, now=at(2, "11:00")).then()
    to_wu = AssignTask(task_id="task:part", assignment_id="assignment:part", person_id=WU)
    assert last(play((to_wu, HEAD_MATHS, at(2, "11:00")), past=past)).assignment.department_id == MATHS
    abroad = to_wu.model_copy(update={"person_id": ANN})
    given(*past).when(abroad, by=HEAD_MATHS, now=at(2, "11:00")).rejected(Conflict, "assign_to_the_department")


def test_a_part_is_due_no_later_than_the_whole():
    later = SPLIT.model_copy(update={"parts": (PART.model_copy(update={"due_at": LATE}),)})
    given(*HEADED).when(later, by=HEAD_MATHS, now=at(2, "10:00")).rejected(Conflict, "due_after_parent")
    over = SPLIT.model_copy(update={"parts": (PART.model_copy(update={"due_at": SET}),)})
    given(*HEADED).when(over, by=HEAD_MATHS, now=at(2, "10:00")).rejected(Conflict, "due_in_the_past")
    taken = SPLIT.model_copy(update={"parts": (PART.model_copy(update={"task_id": TASK}),)})
    given(*HEADED).when(taken, by=HEAD_MATHS, now=at(2, "10:00")).rejected(Conflict, "task_already_published")
    twice = SPLIT.model_copy(update={"parts": (PART, PART)})
    given(*HEADED).when(twice, by=HEAD_MATHS, now=at(2, "10:00")).rejected(Conflict, "task_already_published")


def test_who_splits_what():
    given(*CHARGED).when(SPLIT, by=HEAD_MATHS, now=at(2, "10:00")).rejected(Conflict, "assignment_not_accepted")
    given(*HEADED).when(SPLIT, by=HEAD_ARTS, now=at(2, "10:00")).rejected(NotAllowed, "out_of_scope")
    whole = SplitTask(task_id=TASK, parts=(PART,))
    given(*HEADED).when(whole, by=HEAD_MATHS, now=at(2, "10:00")).rejected(NotAllowed, "out_of_scope")
    told = given(*HEADED).when(whole, by=PRESIDENTS, now=at(2, "10:00")).happens()
    assert told[1].task.publisher_id == BOSS
    assert TEACHER not in SplitTask.may
    wrong = SPLIT.model_copy(update={"assignment_id": "assignment:none"})
    given(*HEADED).when(wrong, by=HEAD_MATHS, now=at(2, "10:00")).rejected(Unknown, "assignment_unknown")


def test_parts_fall_with_the_whole():
    past = play((SPLIT, HEAD_MATHS, at(2, "10:00")), past=HEADED)
    told = given(*past).when(CANCEL, by=PRESIDENTS, now=at(3, "10:00")).happens()
    [command] = fall_with_it(told[0])
    assert (command.task_id, command.reason) == ("task:part", CANCEL.reason)
