from datetime import timedelta

from domain import Conflict
from domain.access import CLOCK
from domain.duties import Done, Due
from domain.tasks import (
    AGENDA,
    DeclineTask,
    DelegateTask,
    GrantExtension,
    LapseTaskAcceptance,
    MarkTaskOverdue,
    RemindTask,
    RequestExtension,
    TaskAcceptanceLapsed,
    TaskOverdue,
    TaskReminded,
    WithdrawAssignment,
)
from tests.college import LI, MATHS, WU, at
from tests.rolls import revised
from tests.scenario import given
from tests.tasking import (
    ACCEPT,
    ACCEPT_BY,
    ACCEPTED,
    ASSIGN,
    ASSIGNED,
    DUE,
    EVALUATED,
    GIVEN,
    LATE,
    LI_WORKS,
    PRESIDENTS,
    PUBLISHED,
    SET,
    SUBMITTED,
    THE_CLOCK,
    WU_WORKS,
    ids,
    last,
    play,
)

OVERDUE, LAPSE, REMIND = MarkTaskOverdue(**ids), LapseTaskAcceptance(**ids), RemindTask(**ids)
MINUTE = timedelta(minutes=1)


def agenda(event):
    return {e.key: e.at if isinstance(e, Due) else None for e in AGENDA[type(event)](event)}


def test_the_clock_writes_once_that_a_task_is_overdue():
    given(*ACCEPTED).when(OVERDUE, by=THE_CLOCK, now=DUE).then()
    told = last(play((OVERDUE, THE_CLOCK, DUE + MINUTE), past=ACCEPTED))
    assert isinstance(told, TaskOverdue)
    assert [(d.state, d.person_id, d.department_id, d.settled_at) for d in told.duties] == [("lapsed", LI, MATHS, DUE)]
    given(*ACCEPTED, told).when(OVERDUE, by=THE_CLOCK, now=DUE + 2 * MINUTE).then()
    given(*SUBMITTED).when(OVERDUE, by=THE_CLOCK, now=DUE + MINUTE).then()
    assert last(play((OVERDUE, THE_CLOCK, LATE), past=ASSIGNED)).assignment.state == "assigned"


def test_it_stays_with_whoever_held_it_then():
    pass_on = DelegateTask(**ids, person_id=WU, reason="由吴老师办理")
    in_time = play((pass_on, LI_WORKS, DUE), past=ACCEPTED)
    told = last(play((OVERDUE, THE_CLOCK, DUE + MINUTE), past=in_time))
    assert [d.person_id for d in told.duties] == [WU]
    late = given(*ACCEPTED).when(pass_on, by=LI_WORKS, now=LATE).happens()
    assert [type(e).__name__ for e in late] == ["TaskOverdue", "TaskDelegated"]
    assert [d.person_id for d in late[0].duties] == [LI]
    assert [d.kind for d in late[1].duties] == ["task_acceptance"], "the miss is not passed on"
    assert late[1].assignment.accept_by == at(15, "23:59", 59)


def test_what_is_overdue_and_then_falls_away_is_excused_not_erased():
    back = WithdrawAssignment(**ids, reason="不再需要此项")
    past = play((OVERDUE, THE_CLOCK, DUE + MINUTE), past=ACCEPTED)
    told = last(play((back, PRESIDENTS, DUE + 2 * MINUTE), past=past))
    assert [(d.kind, d.state) for d in told.duties] == [("task", "waived")]
    decline = DeclineTask(**ids, reason="不属于本岗位职责")
    told = given(*ASSIGNED).when(decline, by=LI_WORKS, now=LATE).happens()
    assert [(d.kind, d.state) for e in told for d in e.duties] == [
        ("task", "lapsed"),
        ("task", "waived"),
        ("task_acceptance", "waived"),
    ]


def test_accepting_lapses_and_is_late_afterwards():
    given(*ASSIGNED).when(LAPSE, by=THE_CLOCK, now=ACCEPT_BY).then()
    told = last(play((LAPSE, THE_CLOCK, ACCEPT_BY + MINUTE), past=ASSIGNED))
    assert isinstance(told, TaskAcceptanceLapsed)
    assert [(d.key, d.state) for d in told.duties] == [(f"task_acceptance/{GIVEN}/1", "lapsed")]
    given(*ASSIGNED, told).when(LAPSE, by=THE_CLOCK, now=ACCEPT_BY + 2 * MINUTE).then()
    given(*ACCEPTED).when(LAPSE, by=THE_CLOCK, now=ACCEPT_BY + MINUTE).then()
    accepted = last(play((ACCEPT, LI_WORKS, at(4, "09:00")), past=(*ASSIGNED, told)))
    assert [d.state for d in accepted.duties] == ["done_late"]
    pass_on = DelegateTask(**ids, person_id=WU, reason="由吴老师办理")
    for in_time in (ACCEPT, pass_on):
        given(*ASSIGNED, told).when(in_time, by=LI_WORKS, now=ACCEPT_BY).rejected(Conflict, "lapse_already_recorded")
    in_time = last(play((ACCEPT, LI_WORKS, ACCEPT_BY), past=ASSIGNED))
    assert [d.state for d in in_time.duties] == ["done"]


def test_the_clock_reminds_once_and_the_publisher_as_often_as_it_takes():
    before = DUE - timedelta(hours=24)
    given(*ACCEPTED).when(REMIND, by=THE_CLOCK, now=before - MINUTE).then()
    past = play((REMIND, THE_CLOCK, before), past=ACCEPTED)
    assert isinstance(last(past), TaskReminded)
    assert (last(past).by, last(past).assignment.reminded_at) == ("clock", before)
    given(*past).when(REMIND, by=THE_CLOCK, now=before).then()
    given(*SUBMITTED).when(REMIND, by=THE_CLOCK, now=before).then()
    ask = RequestExtension(**ids, extension_id="extension:1", due_at=DUE + timedelta(days=7))
    grant = GrantExtension(**ids, extension_id="extension:1")
    longer = play((ask, LI_WORKS, before), (grant, PRESIDENTS, before), past=past)
    assert last(longer).assignment.remind_at is None
    for _ in range(2):
        past = play((REMIND, PRESIDENTS, DUE), past=past)
        assert last(past).by == "publisher"
    given(*EVALUATED).when(REMIND, by=PRESIDENTS, now=DUE).rejected(Conflict, "assignment_not_open")


def test_when_the_clock_reminds_is_a_rule():
    told = last(play((ASSIGN, PRESIDENTS, SET), past=(*PUBLISHED, revised("task.remind_hours_before", 48))))
    assert told.assignment.remind_at == DUE - timedelta(hours=48)
    told = last(play((ASSIGN, PRESIDENTS, SET), past=(*PUBLISHED, revised("task.remind_hours_before", 0))))
    assert told.assignment.remind_at is None
    told = last(play((ASSIGN, PRESIDENTS, DUE - timedelta(hours=1)), past=PUBLISHED))
    assert told.assignment.remind_at is None


def test_the_agenda_follows_the_assignment():
    accepting, working, reminding = (f"{k}/{GIVEN}" for k in ("task_acceptance", "task", "task_reminder"))
    assert agenda(last(ASSIGNED)) == {
        accepting: ACCEPT_BY + MINUTE,
        working: DUE + MINUTE,
        reminding: DUE - timedelta(hours=24),
    }
    assert agenda(last(ACCEPTED))[accepting] is None
    assert set(agenda(last(SUBMITTED)).values()) == {None}
    overdue = last(play((OVERDUE, THE_CLOCK, DUE + MINUTE), past=ACCEPTED))
    assert set(agenda(overdue).values()) == {None}
    lapsed = last(play((LAPSE, THE_CLOCK, ACCEPT_BY + MINUTE), past=ASSIGNED))
    assert agenda(lapsed)[accepting] is None
    commands = [e.command for e in AGENDA[type(last(ASSIGNED))](last(ASSIGNED)) if isinstance(e, Due)]
    assert all(CLOCK in c.may for c in commands)
    assert not any(isinstance(e, Done) for e in AGENDA[type(last(ASSIGNED))](last(ASSIGNED)))
    passed = play((DelegateTask(**ids, person_id=WU, reason="由吴老师办理"), LI_WORKS, at(4, "09:00")), past=ACCEPTED)
    assert agenda(last(passed))[accepting] == at(8, "23:59", 59) + MINUTE
    assert agenda(last(play((ACCEPT, WU_WORKS, at(4, "10:00")), past=passed)))[accepting] is None
