from datetime import date, timedelta

import pytest

from domain import Conflict, NotAllowed
from domain.exams import ApproveDeferral, BarFromExam, RecordViolation, RequestDeferral
from domain.grades import (
    ApproveGradeCorrection,
    MakeupMarkRecorded,
    RecordMakeupMark,
    RequestGradeCorrection,
)
from domain.grades.rules import MAKEUP_ALLOWED, MAKEUP_TOTAL
from tests.college import BO, CHEN, DENG, OFFICE, SECRETARY_MATHS, at
from tests.rolls import STUDENT_BO, revised
from tests.sheets import (
    CLASS,
    CONFIRM,
    FINAL,
    GRADED,
    HEAD_MATHS,
    MIDTERM,
    PART,
    PUBLISH,
    SUBMIT,
    filled,
    mark,
    opened,
    published,
    submitted,
)
from tests.test_grades.test_marking import STRANGER

LATER = at(28, "10:00")
TAKEN = date(2026, 9, 27)


def makeup(student=CHEN, points: float | None = 72, **other) -> RecordMakeupMark:
    score = None if points is None else round(points * 100)
    return RecordMakeupMark(**CLASS, student_id=student, score_hundredths=score, taken_on=TAKEN, **other)


def deferred(*further):
    """Bo's exam is deferred; the others have their grades."""
    story = opened(*further)
    ask = RequestDeferral(**CLASS, student_id=BO, deferral_id="d1", reason="住院手术一周", evidence="诊断证明")
    yes = ApproveDeferral(**CLASS, student_id=BO, deferral_id="d1")
    story.does(ask, by=STUDENT_BO)
    story.does(yes, by=HEAD_MATHS)
    story.does(yes, by=OFFICE)
    for student, final in ((BO, None), (CHEN, 40), ("student:fang", 90)):
        story.does(mark(student, PART, 80))
        story.does(mark(student, MIDTERM, 60))
        if final:
            story.does(mark(student, FINAL, final))
    story.does(SUBMIT, now=GRADED)
    story.does(CONFIRM, by=SECRETARY_MATHS, now=GRADED)
    story.does(PUBLISH, by=OFFICE, now=GRADED)
    return story


def test_a_passed_make_up_exam_counts_as_the_pass_mark():
    story = published()
    event = story.one(makeup(), now=LATER)
    assert isinstance(event, MakeupMarkRecorded)
    assert (event.grade_before.total_hundredths, event.grade.total_hundredths) == (5300, 6000)
    assert (event.grade.passed, event.grade.level, event.grade.attempt) == (True, "passed", "makeup")
    assert story.does(makeup(), now=LATER) == ()
    full = published(revised(MAKEUP_TOTAL.key, "full"))
    assert full.one(makeup(), by=OFFICE, now=LATER).grade.total_hundredths == 7200


def test_a_failed_one_leaves_the_better_of_both():
    assert published().one(makeup(points=55), now=LATER).grade.total_hundredths == 5500
    event = published().one(makeup(points=10), now=LATER)
    assert (event.grade.total_hundredths, event.grade.passed) == (5300, False)
    away = published().one(makeup(points=None, special="absent_exam"), now=LATER)
    assert (away.grade.outcome, away.grade.passed) == ("absent_exam", False)
    cheat = published().one(makeup(points=None, special="cheating"), now=LATER)
    assert (cheat.grade.outcome, cheat.grade.total_hundredths) == ("cheating", 0)


def test_a_deferred_exam_takes_the_place_of_the_final():
    story = deferred()
    event = story.one(makeup(BO, 90), now=LATER)
    assert (event.grade_before.outcome, event.grade_before.total_hundredths) == ("deferred", None)
    assert (event.grade.total_hundredths, event.grade.attempt, event.grade.level) == (8100, "deferred", "good")
    story.refuses(makeup(BO, 95), Conflict, "makeup_not_due", now=LATER)
    failing = deferred()
    assert failing.one(makeup(BO, 20), now=LATER).grade.passed is False
    again = failing.one(makeup(BO, 70), now=LATER + timedelta(days=9))
    assert (again.grade.total_hundredths, again.grade.attempt) == (6000, "makeup")
    absent = deferred().one(makeup(BO, None, special="absent_exam"), now=LATER)
    assert (absent.grade.outcome, absent.grade.passed) == ("absent_exam", False)


@pytest.mark.parametrize(
    ("story", "command", "kind", "code"),
    [
        (submitted, makeup(), Conflict, "grades_not_published"),
        (opened, makeup(), Conflict, "grades_not_published"),
        (published, makeup(BO), Conflict, "makeup_not_due"),
        (published, makeup(DENG), Conflict, "student_not_on_sheet"),
        (published, makeup(points=None), Conflict, "score_or_special"),
        (published, makeup().model_copy(update={"taken_on": date(2026, 9, 29)}), Conflict, "exam_in_future"),
    ],
)
def test_when_there_is_no_exam_to_sit_again(story, command, kind, code):
    story().refuses(command, kind, code, now=LATER)


def test_only_once_and_only_by_a_teacher_of_the_class_or_the_office():
    story = published()
    story.does(makeup(points=50), now=LATER)
    story.refuses(makeup(points=80), Conflict, "makeup_already_recorded", now=LATER)
    published().refuses(makeup(), NotAllowed, "out_of_scope", by=STRANGER, now=LATER)
    assert SECRETARY_MATHS.role not in makeup().may


def test_who_cheated_or_was_barred_retakes_the_course():
    of = {**CLASS, "student_id": CHEN}
    for record in (
        RecordViolation(**of, kind="cheating", description="夹带"),
        BarFromExam(**of, reason="旷课超过三分之一", document_no="教〔2026〕9号"),
    ):
        story = filled()
        story.does(record, by=OFFICE)
        story.does(SUBMIT, now=GRADED)
        story.does(CONFIRM, by=SECRETARY_MATHS, now=GRADED)
        story.does(PUBLISH, by=OFFICE, now=GRADED)
        story.refuses(makeup(), Conflict, "course_to_be_retaken", now=LATER)
        assert story.but(revised(MAKEUP_ALLOWED.key, True)).does(makeup(), now=LATER)


def test_a_correction_after_a_make_up_exam_keeps_what_was_reached_in_it():
    story = published(revised("grade.makeup_total", "full"))
    story.does(makeup(), now=LATER)
    of = {**CLASS, "student_id": CHEN, "correction_id": "c1"}
    ask = RequestGradeCorrection(**of, component=PART, score_hundredths=7500, reason="漏登一次作业", evidence="作业本")
    yes = ApproveGradeCorrection(**of)
    story.does(ask, now=LATER)
    story.does(yes, by=HEAD_MATHS, now=LATER)
    _, corrected, _ = story.does(yes, by=OFFICE, now=LATER)
    assert (corrected.grade.total_hundredths, corrected.grade.attempt) == (7200, "makeup")
