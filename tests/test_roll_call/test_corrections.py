from datetime import timedelta

import pytest

from domain import Conflict, NotAllowed, Unknown
from domain.roll_call import (
    CorrectPeriodsTaught,
    CorrectRollCallMark,
    Counts,
    DisputeDismissed,
    DisputeMark,
    DisputeUpheld,
    MarkDisputed,
    ResolveDispute,
    RollCallMarkCorrected,
)
from domain.words import person_of
from tests.college import ARTS, BO, CHEN, DENG, FANG, MATHS, OFFICE, SECRETARY_ARTS, SECRETARY_MATHS, TEACHER_LI, at
from tests.rolls import DUE, ENDED, HEAD_MATHS, IN_TIME, LATE, PAST, SESSION, STUDENT_BO, TAKE, revised, taken
from tests.scenario import given
from tests.test_roll_call.test_taking import gone, joined

ROLLED = (*PAST, ENDED, IN_TIME)
FIX = CorrectRollCallMark(session_id=SESSION, student_id=CHEN, mark="leave", reason="已补交假条")
AFTER = DUE + timedelta(seconds=1)


def fixed(*past, command=FIX, by=TEACHER_LI, now=DUE):
    [event] = given(*(past or ROLLED)).when(command, by=by, now=now).happens()
    return event


def test_a_teacher_corrects_a_mark_until_the_deadline():
    event = fixed()
    assert isinstance(event, RollCallMarkCorrected)
    assert (event.old, event.new, event.counts) == (
        "absent",
        "leave",
        Counts(department_id=MATHS, roster=2, present=1, leave=1),
    )
    given(*ROLLED, event).when(FIX, by=TEACHER_LI, now=AFTER).then()
    given(*ROLLED).when(FIX, by=TEACHER_LI, now=AFTER).rejected(Conflict, "correction_window_over")


def test_counts_follow_one_correction_after_another():
    first = fixed()
    again = FIX.model_copy(update={"student_id": BO, "mark": "leave"})
    assert fixed(*ROLLED, first, command=again).counts == Counts(department_id=MATHS, roster=2, leave=2)
    arts = FIX.model_copy(update={"student_id": FANG})
    assert fixed(*ROLLED, first, command=arts).counts == Counts(department_id=ARTS, roster=1, leave=1)


def test_later_only_the_office_with_evidence():
    given(*ROLLED).when(FIX, by=SECRETARY_MATHS, now=AFTER).rejected(Conflict, "evidence_missing")
    proved = FIX.model_copy(update={"evidence": "假条 2026-031"})
    assert fixed(command=proved, by=SECRETARY_MATHS, now=AFTER).evidence == "假条 2026-031"
    assert fixed(command=proved, by=OFFICE, now=AFTER + timedelta(days=40)).corrected_by == OFFICE.person_id
    given(*ROLLED).when(proved, by=SECRETARY_ARTS, now=AFTER).rejected(NotAllowed, "out_of_scope")


def test_only_marks_of_a_roll_that_was_taken():
    given(*PAST, ENDED).when(FIX, by=TEACHER_LI, now=DUE).rejected(Conflict, "roll_not_taken")
    stranger = FIX.model_copy(update={"student_id": DENG})
    given(*ROLLED).when(stranger, by=TEACHER_LI, now=DUE).rejected(Conflict, "student_not_on_roster")


def test_who_joined_behind_the_form_gets_a_mark_by_correction():
    since = at(7, "09:00")
    roll = taken(ENDED, joined(DENG, since), gone(CHEN, since))
    past = (*PAST, ENDED, roll)
    event = fixed(*past, command=FIX.model_copy(update={"student_id": DENG, "mark": "present"}))
    assert (event.old, event.counts) == (None, Counts(department_id=MATHS, roster=2, present=2))
    departed = fixed(*past, command=FIX)
    assert departed.counts == Counts(department_id=MATHS, roster=1, present=1)


def test_periods_are_corrected_by_the_teacher_until_the_deadline_only():
    less = CorrectPeriodsTaught(session_id=SESSION, periods_taught=1, reason="第二节停电未上")
    event = fixed(command=less)
    assert (event.old_periods_taught, event.periods_taught, event.on_time) == (2, 1, True)
    given(*ROLLED, event).when(less, by=TEACHER_LI, now=AFTER).then()
    given(*ROLLED).when(less, by=TEACHER_LI, now=AFTER).rejected(Conflict, "correction_window_over")
    given(*PAST, ENDED).when(less, by=TEACHER_LI, now=DUE).rejected(Conflict, "roll_not_taken")
    more = less.model_copy(update={"periods_taught": 3})
    given(*ROLLED).when(more, by=TEACHER_LI, now=DUE).rejected(Conflict, "periods_exceed_planned")


DISPUTE = DisputeMark(session_id=SESSION, dispute_id="d1", student_id=BO, claimed="late", reason="当天迟到五分钟")
STUDENT_CHEN = type(STUDENT_BO)(person_of(CHEN), "student", MATHS)


def disputed(*past, command=DISPUTE, by=STUDENT_BO, now=DUE):
    [event] = given(*(past or ROLLED)).when(command, by=by, now=now).happens()
    return event


def test_a_student_disputes_their_own_mark():
    event = disputed()
    assert isinstance(event, MarkDisputed)
    assert (event.marked, event.claimed) == ("present", "late")
    given(*ROLLED, event).when(DISPUTE, by=STUDENT_BO, now=DUE).then()
    given(*ROLLED).when(DISPUTE, by=STUDENT_CHEN, now=DUE).rejected(NotAllowed, "out_of_scope")


@pytest.mark.parametrize(
    ("change", "past", "code"),
    [
        ({}, (*PAST, ENDED), "roll_not_taken"),
        ({"claimed": "present"}, ROLLED, "nothing_to_dispute"),
        ({"dispute_id": "d2"}, (*ROLLED, disputed()), "dispute_already_open"),
        ({"claimed": "absent"}, (*ROLLED, disputed()), "dispute_already_open"),
    ],
)
def test_what_a_dispute_needs(change, past, code):
    given(*past).when(DISPUTE.model_copy(update=change), by=STUDENT_BO, now=DUE).rejected(Conflict, code)


def test_a_mark_is_disputed_within_days_the_rulebook_says():
    last = DUE + timedelta(days=7)
    assert disputed(now=last)
    given(*ROLLED).when(DISPUTE, by=STUDENT_BO, now=last + timedelta(days=1)).rejected(Conflict, "dispute_window_over")
    longer = revised("rollcall.dispute_days", 8)
    assert disputed(*ROLLED, longer, now=last + timedelta(days=1))
    stranger = DISPUTE.model_copy(update={"student_id": DENG})
    deng = type(STUDENT_BO)(person_of(DENG), "student", MATHS)
    given(*ROLLED).when(stranger, by=deng, now=DUE).rejected(Conflict, "student_not_on_roster")


UPHOLD = ResolveDispute(session_id=SESSION, dispute_id="d1", uphold=True, reason="经核实确为迟到")


def test_a_dispute_upheld_corrects_the_mark_and_one_dismissed_does_not():
    past = (*ROLLED, disputed())
    upheld, corrected = given(*past).when(UPHOLD, by=TEACHER_LI, now=AFTER).happens()
    assert isinstance(upheld, DisputeUpheld)
    assert (corrected.new, corrected.dispute_id) == ("late", "d1")
    [dismissed] = given(*past).when(UPHOLD.model_copy(update={"uphold": False}), by=HEAD_MATHS, now=AFTER).happens()
    assert isinstance(dismissed, DisputeDismissed)
    for done in ((upheld, corrected), (dismissed,)):
        given(*past, *done).when(UPHOLD, by=OFFICE, now=AFTER).rejected(Conflict, "dispute_already_decided")


def test_only_a_dispute_there_is_can_be_resolved():
    given(*ROLLED).when(UPHOLD, by=OFFICE, now=AFTER).rejected(Unknown, "dispute_unknown")


def test_what_the_teacher_said_first_stays():
    event = fixed(command=FIX.model_copy(update={"evidence": "假条"}), by=OFFICE, now=AFTER)
    assert (IN_TIME.marks[CHEN], event.old, event.new) == ("absent", "absent", "leave")
    assert TAKE.marks[CHEN] == "absent"
    assert LATE.marks[CHEN] == "absent"
