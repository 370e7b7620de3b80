from datetime import date, timedelta

from domain import Conflict
from domain.duties import Done, Due
from domain.exams import ExamHeld
from domain.exams.rules import ENTRY_DAYS
from domain.grades import (
    AGENDA,
    REACTIONS,
    GradeEntryFulfilled,
    GradeEntryLapsed,
    GradeSheetSubmitted,
    SettleGradeEntry,
)
from tests.college import ALGEBRA, LI, MATHS, OFFICE, SECRETARY_MATHS
from tests.rolls import revised
from tests.sheets import (
    CLASS,
    DUE,
    EXAM_DAY,
    GRADED,
    HELD,
    REACTING,
    SUBMIT,
    THE_CLOCK,
    filled,
    mark,
    opened,
    submitted,
)
from tests.test_grades.test_submitting import BACK

SETTLE = SettleGradeEntry(**CLASS)
OVER = DUE + timedelta(seconds=60)


def held(story, now=GRADED):
    event = story.one(HELD, by=OFFICE, now=now)
    assert isinstance(event, ExamHeld)
    return story, event


def test_an_exam_opens_the_duty_to_enter_its_grades():
    _, event = held(opened())
    duty = event.duty
    assert (duty.key, duty.kind, duty.about) == (f"grade_entry/{ALGEBRA}", "grade_entry", ALGEBRA)
    assert (duty.person_id, duty.department_id, duty.due_at, duty.state) == (LI, MATHS, DUE, "open")
    assert (event.day, event.week) == (EXAM_DAY, 2)
    [due] = AGENDA[ExamHeld](event)
    assert due == Due(duty.key, OVER, SETTLE)
    shorter, event = held(opened(revised(ENTRY_DAYS.key, 5)))
    assert event.duty.due_at == DUE - timedelta(days=2)
    _, event = held(opened(revised("grade.entry_days", 14)))
    assert event.duty.due_at == DUE + timedelta(days=7)


def test_a_sheet_submitted_by_the_last_second_is_in_time():
    story, _ = held(filled())
    *_, sent = story.does(SUBMIT, now=DUE + timedelta(milliseconds=900))
    assert isinstance(sent, GradeSheetSubmitted)
    assert (sent.on_time, sent.due_at, sent.duty.state) == (True, DUE, "done")
    assert (sent.week, sent.day) == (2, EXAM_DAY)
    [done] = AGENDA[GradeSheetSubmitted](sent)
    assert done == Done(sent.duty.key)
    assert story.does(SETTLE, by=THE_CLOCK, now=OVER) == ()
    late, _ = held(filled())
    *_, sent = late.does(SUBMIT, now=DUE + timedelta(seconds=1))
    assert (sent.on_time, sent.duty.state) == (False, "done_late")


def test_the_clock_lapses_what_was_not_submitted_for_ever():
    story, _ = held(filled())
    story.refuses(SETTLE, Conflict, "entry_not_due", by=THE_CLOCK, now=DUE)
    event = story.one(SETTLE, by=THE_CLOCK, now=OVER)
    assert isinstance(event, GradeEntryLapsed)
    assert (event.duty.state, event.on_time, event.state) == ("lapsed", False, "open")
    assert story.does(SETTLE, by=THE_CLOCK, now=OVER) == ()
    *_, sent = story.does(SUBMIT, now=DUE - timedelta(seconds=5))  # received in time, met the lapse on its retry
    assert (sent.on_time, sent.duty.state) == (False, "done_late")


def test_marks_are_entered_after_a_lapse_too():
    story, _ = held(opened())
    story.does(SETTLE, by=THE_CLOCK, now=OVER)
    assert story.does(mark("student:bo", "平时", 70), now=OVER)


def test_the_first_submission_keeps_the_duty_whatever_is_returned():
    story, _ = held(filled())
    story.does(SUBMIT, now=GRADED)
    back = story.one(BACK, by=SECRETARY_MATHS, now=GRADED)
    assert (back.duty, back.on_time) == (None, True)
    *_, again = story.does(SUBMIT, now=DUE + timedelta(days=3))
    assert (again.on_time, again.duty) == (True, None)
    assert list(AGENDA[GradeSheetSubmitted](again)) == []


def test_an_exam_put_on_record_after_submission_owes_nothing():
    story, event = held(submitted())
    [order] = REACTIONS[ExamHeld](event)
    assert order == SETTLE
    found = story.one(order, by=REACTING, now=GRADED)
    assert isinstance(found, GradeEntryFulfilled)
    assert (found.duty.state, found.duty.settled_at, found.on_time, found.state) == ("done", GRADED, True, "submitted")
    [done] = AGENDA[GradeEntryFulfilled](found)
    assert done.key == event.duty.key
    tardy = submitted()
    late = tardy.one(HELD.model_copy(update={"held_on": date(2026, 9, 8)}), by=OFFICE, now=GRADED)
    found = tardy.one(next(REACTIONS[ExamHeld](late)), by=REACTING, now=GRADED)
    assert (found.duty.state, found.on_time) == ("done_late", False)


def test_only_the_clock_lapses():
    story, _ = held(filled(), now=DUE + timedelta(days=9))
    assert story.does(SETTLE, by=REACTING, now=DUE + timedelta(days=9)) == ()
    assert story.one(SETTLE, by=THE_CLOCK, now=DUE + timedelta(days=9))
