from datetime import date, timedelta

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import ACADEMIC, HEAD, IMPORT, SYSTEM, TEACHER
from domain.exams import ApproveDeferral, BarFromExam, RecordAbsence, RecordViolation, RequestDeferral
from domain.grades import (
    GradeSchemeSet,
    GradeSheetOpened,
    MarkChangedBeforeSubmission,
    MarkRecorded,
    MarkTransferred,
    ReturnGradeSheet,
    Score,
    TransferMark,
)
from domain.grades.events import mark_of
from domain.grades.rules import AFTER_WITHDRAWAL, WEIGHTS_TOTAL
from domain.registrations import StudentRegistered, StudentReregistered, StudentWithdrawn
from domain.rosters import StudentLeft
from tests.college import (
    ALGEBRA,
    ANN,
    BO,
    CHEN,
    DENG,
    LI,
    M1,
    MATHS,
    MONDAY,
    OFFICE,
    OFFICE_HEAD,
    SECRETARY_ARTS,
    SECRETARY_MATHS,
    TEACHER_LI,
    TEACHER_WU,
    TERM,
    at,
)
from tests.rolls import STUDENT_BO, revised
from tests.sheets import (
    BASE,
    CLASS,
    COMPONENTS,
    DUE_ON,
    ENTERED,
    FINAL,
    HEAD_MATHS,
    MIDTERM,
    OPEN,
    PART,
    SCHEME,
    SUBMIT,
    Story,
    component,
    filled,
    mark,
    opened,
    submitted,
)

INSTALLER = SYSTEM[IMPORT]
STRANGER = Actor(ANN, TEACHER, MATHS)


def registered(student: str, **other) -> StudentRegistered:
    told = {"teaching_class_id": ALGEBRA, "term_id": TERM, "department_id": MATHS}
    return StudentRegistered(student_id=student, **told, registered_on=MONDAY, attempt=1, **other)


def withdrawn(student: str, day: date) -> StudentWithdrawn:
    told = registered(student).model_dump()
    return StudentWithdrawn(**told, withdrawn_on=day, before_start=False)


def test_a_sheet_is_opened_by_the_office_and_once():
    story = Story(*BASE)
    event = story.one(OPEN, by=SECRETARY_MATHS)
    assert isinstance(event, GradeSheetOpened)
    assert (event.state, event.course_name, event.department_id) == ("open", "algebra", MATHS)
    assert story.does(OPEN, by=OFFICE) == ()
    story.refuses(OPEN, NotAllowed, "out_of_scope", by=SECRETARY_ARTS)
    assert TEACHER not in OPEN.may
    Story().refuses(OPEN, Unknown, "offering_unknown", by=OFFICE)


def test_the_teachers_window_is_moved_by_opening_anew():
    story = opened()
    story.does(OPEN.model_copy(update={"closes_on": date(2026, 9, 15)}), by=OFFICE)
    assert story.but().does(mark(BO, PART, 80), now=at(15, "23:00"))
    story.refuses(mark(BO, PART, 80), Conflict, "entry_window_closed", now=at(16, "00:00"))
    assert story.but().does(mark(BO, PART, 80), by=INSTALLER, now=at(16, "00:00"))
    longer = story.one(OPEN.model_copy(update={"closes_on": date(2026, 9, 20)}), by=OFFICE)
    assert (longer.state, longer.closes_on) == ("open", date(2026, 9, 20))
    assert story.does(mark(BO, PART, 80), now=at(16, "00:00"))


def test_a_scheme_says_what_a_grade_is_made_of():
    story = Story(*BASE)
    event = story.one(SCHEME)
    assert isinstance(event, GradeSchemeSet)
    assert (event.state, event.mode, event.components) == ("closed", "hundred", COMPONENTS)
    assert story.does(SCHEME) == ()
    story.refuses(SCHEME, NotAllowed, "out_of_scope", by=STRANGER)
    twice = SCHEME.model_copy(update={"components": (component(PART, 5000), component(PART, 5000))})
    story.refuses(twice, Conflict, "component_named_twice")
    submitted().refuses(SCHEME.model_copy(update={"mode": "five_level"}), Conflict, "sheet_locked")


def test_weights_make_a_hundred_percent_unless_the_office_says_why():
    story = Story(*BASE)
    double = SCHEME.model_copy(update={"components": (component(PART, 10_000), component(FINAL, 10_000, "final"))})
    story.refuses(double, Conflict, "weights_total")
    why = double.model_copy(update={"override_reason": "平时与考试各按百分制计"})
    story.refuses(why, Conflict, "weights_total")
    story.refuses(double, Conflict, "weights_total", by=OFFICE)
    for office in (OFFICE, OFFICE_HEAD, INSTALLER):
        assert story.but().one(why, by=office).override_reason
    strict = story.but(revised(WEIGHTS_TOTAL.key, "hundred"))
    strict.refuses(why, Conflict, "weights_total", by=OFFICE)
    assert story.but(revised("grade.weights_total", "any")).does(double)
    nothing = SCHEME.model_copy(update={"components": (component(PART, 0),)})
    story.but(revised("grade.weights_total", "any")).refuses(nothing, Conflict, "weights_total")


def test_a_component_goes_only_while_it_has_no_marks():
    story = opened()
    fewer = SCHEME.model_copy(update={"components": (component(PART, 4000), component(FINAL, 6000, "final"))})
    assert story.but().does(fewer)
    story.does(mark(BO, PART, 80))
    assert story.but().does(fewer)
    story.does(mark(BO, MIDTERM, 80))
    story.refuses(fewer, Conflict, "component_has_marks")
    heavier = (component(PART, 4000), component(MIDTERM, 2000), component(FINAL, 4000, "final"))
    assert story.does(SCHEME.model_copy(update={"components": heavier}))


def test_a_mark_is_recorded_then_changed_and_says_what_it_was():
    story = opened()
    event = story.one(mark(BO, PART, 80, submitted_on=DUE_ON))
    assert isinstance(event, MarkRecorded)
    assert (event.score_hundredths, event.special, event.late, event.recorded_by) == (8000, "none", False, LI)
    assert event.tags() == (mark_of(ALGEBRA, BO, PART), BO, ALGEBRA, MATHS)
    assert story.does(mark(BO, PART, 80, submitted_on=DUE_ON)) == ()
    late = story.one(mark(BO, PART, 80, submitted_on=DUE_ON + timedelta(days=1)), by=TEACHER_WU)
    assert isinstance(late, MarkChangedBeforeSubmission)
    assert (late.late, late.before) == (True, Score(hundredths=8000))
    given_up = story.one(mark(BO, PART, special="no_score"))
    assert (given_up.score_hundredths, given_up.special, given_up.before.hundredths) == (None, "no_score", 8000)


@pytest.mark.parametrize(
    ("command", "kind", "code"),
    [
        (mark(BO, PART), Conflict, "score_or_special"),
        (mark(BO, PART, 80, special="exempt"), Conflict, "score_or_special"),
        (mark(BO, "实训", 80), Unknown, "component_unknown"),
        (mark(DENG, PART, 80), Conflict, "student_not_on_roster"),
        (mark(BO, FINAL, special="deferred"), Conflict, "deferral_by_office_only"),
    ],
)
def test_what_a_mark_must_be(command, kind, code):
    opened().refuses(command, kind, code)


def test_a_score_lies_between_nothing_and_a_hundred():
    for wrong in (-1, 10_001):
        with pytest.raises(ValueError, match="score_hundredths"):
            mark(BO, PART).model_validate({**CLASS, "student_id": BO, "component": PART, "score_hundredths": wrong})


def test_marks_need_an_open_sheet_and_a_scheme():
    story = Story(*BASE)
    story.refuses(mark(BO, PART, 80), Conflict, "sheet_not_open")
    story.does(OPEN, by=OFFICE)
    story.refuses(mark(BO, PART, 80), Conflict, "scheme_not_set")
    Story().refuses(mark(BO, PART, 80), Unknown, "offering_unknown")


def test_only_a_teacher_of_the_class_enters_marks():
    story = opened()
    story.refuses(mark(BO, PART, 80), NotAllowed, "out_of_scope", by=STRANGER)
    for_li = Actor("person:x", TEACHER, MATHS, on_behalf_of=LI)
    assert story.but().one(mark(BO, PART, 80), by=for_li).recorded_by == "person:x"
    assert not {HEAD, ACADEMIC} & set(mark(BO, PART).may)
    assert STUDENT_BO.role not in mark(BO, PART).may


def test_after_submission_nobody_enters_a_mark():
    """「一经提交,不得更改」"""
    story = submitted()
    for by in (TEACHER_LI, INSTALLER):
        story.refuses(mark(BO, PART, 99), Conflict, "sheet_locked", by=by)
    story.refuses(mark(BO, PART, 80), Conflict, "sheet_locked")
    story.refuses(OPEN.model_copy(update={"closes_on": DUE_ON}), Conflict, "sheet_locked", by=OFFICE)
    banked = TransferMark(**CLASS, student_id=BO, component=PART, score_hundredths=7000)
    story.refuses(banked, Conflict, "sheet_locked", by=OFFICE)


def test_who_gave_the_course_up_has_marks_for_what_was_handed_in_before():
    left = opened(registered(DENG), withdrawn(DENG, date(2026, 9, 10)))
    assert left.but().does(mark(DENG, PART, 60, submitted_on=date(2026, 9, 10)))
    after = mark(DENG, PART, 60, submitted_on=date(2026, 9, 11))
    left.refuses(after, Conflict, "student_withdrawn")
    left.refuses(mark(DENG, PART, 60), Conflict, "student_withdrawn")
    accepting = left.but(revised(AFTER_WITHDRAWAL.key, "accept"))
    assert accepting.does(after)
    again = StudentReregistered(**registered(DENG).model_dump())
    assert left.but(again).does(after)
    banked = TransferMark(**CLASS, student_id=DENG, component=PART, score_hundredths=7000)
    assert left.does(banked, by=OFFICE)


def test_who_left_the_roster_has_given_the_course_up():
    told = {"squad_id": M1, "department_id": MATHS, "guest": False, "from_day": MONDAY}
    gone = StudentLeft(
        teaching_class_id=ALGEBRA, student_id=CHEN, **told, effective_on=date(2026, 9, 10), left_at=ENTERED
    )
    story = opened(gone)
    assert story.but().does(mark(CHEN, PART, 60, submitted_on=date(2026, 9, 9)))
    story.refuses(mark(CHEN, PART, 60, submitted_on=date(2026, 9, 10)), Conflict, "student_withdrawn")


def test_a_mark_is_carried_over_from_an_earlier_attempt():
    story = opened()
    wish = TransferMark(
        **CLASS, student_id=BO, component=PART, score_hundredths=7000, from_teaching_class_id="teaching_class:old"
    )
    event = story.one(wish, by=INSTALLER)
    assert isinstance(event, MarkTransferred)
    assert (event.banked, event.submitted_on, event.late) == (True, None, False)
    assert story.does(wish, by=OFFICE) == ()
    assert story.but().does(wish.model_copy(update={"score_hundredths": 7100}), by=OFFICE)
    assert story.one(mark(BO, PART, 70)).banked is False
    story.refuses(wish, Conflict, "mark_already_recorded", by=OFFICE)
    stranger = wish.model_copy(update={"student_id": DENG})
    story.refuses(stranger, Conflict, "student_not_on_roster", by=OFFICE)
    neither = wish.model_copy(update={"score_hundredths": None})
    story.refuses(neither, Conflict, "score_or_special", by=OFFICE)


def test_a_deferred_exam_has_no_mark_in_the_final_component():
    """缓考 is approved, and then nobody enters anything in the final component."""
    story = opened()
    ask = RequestDeferral(**CLASS, student_id=BO, deferral_id="d1", reason="住院手术一周", evidence="诊断证明")
    story.does(ask, by=STUDENT_BO)
    assert story.but().does(mark(BO, FINAL, 80))
    yes = ApproveDeferral(**CLASS, student_id=BO, deferral_id="d1")
    story.does(yes, by=HEAD_MATHS)
    story.does(yes, by=OFFICE)
    for wish in (mark(BO, FINAL, 80), mark(BO, FINAL, special="absent_exam"), mark(BO, FINAL, special="deferred")):
        story.refuses(wish, Conflict, "student_deferred", by=INSTALLER)
    assert story.but().does(mark(BO, PART, 80))
    assert story.does(mark(CHEN, FINAL, 80))


def test_what_the_exam_has_on_record_leaves_no_score():
    of = {**CLASS, "student_id": BO}
    bar = BarFromExam(**of, reason="旷课超过三分之一", document_no="教〔2026〕9号")
    violation = RecordViolation(**of, kind="cheating", description="携带小抄")
    for record, code in (
        (RecordAbsence(**of), "exam_absence_on_record"),
        (violation, "exam_violation_on_record"),
        (bar, "barred_from_exam"),
    ):
        story = opened()
        story.does(record, by=OFFICE)
        story.refuses(mark(BO, FINAL, 80), Conflict, code)
        assert story.but().does(mark(BO, PART, 80))
        assert story.does(mark(BO, FINAL, special="absent_exam"))


def test_a_returned_sheet_is_entered_again():
    story = submitted()
    back = ReturnGradeSheet(**CLASS, reason="期中成绩核对有误")
    assert story.one(back, by=SECRETARY_MATHS).state == "returned"
    assert story.does(mark(BO, PART, 81))
    assert story.one(OPEN.model_copy(update={"closes_on": date(2026, 9, 25)}), by=OFFICE).state == "returned"
    assert [e.NAME for e in story.does(SUBMIT)] == ["grades.course_grades_reckoned", "grades.sheet_submitted"]


def test_the_boundary_of_a_mark_is_the_sheet_and_one_student():
    reads = mark(BO, PART, 80).reads()
    assert [len(r.tags) for r in reads] == [1, 2, 1]
    others = [e for e in filled().past if isinstance(e, MarkRecorded) and e.student_id == CHEN]
    assert not any(r.covers(e) for r in reads for e in others)
