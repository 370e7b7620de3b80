from datetime import date, timedelta

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import ACADEMIC, ACADEMIC_HEAD, HEAD
from domain.calendar import TermOpened
from domain.grades import (
    ApproveGradeCorrection,
    CourseGradesPublished,
    GradeCorrected,
    GradeCorrectionAdvanced,
    GradeCorrectionApproved,
    GradeCorrectionRefused,
    GradeCorrectionRequested,
    RefuseGradeCorrection,
    RequestGradeCorrection,
    Score,
)
from domain.grades.rules import CORRECTION_ROUTE, CORRECTION_WEEKS, PASS_MARK
from tests.college import ARTS, CHEN, DENG, LI, MATHS, OFFICE, OFFICE_HEAD, SECRETARY_MATHS, TEACHER_WU, WU, at
from tests.rolls import revised
from tests.sheets import CLASS, CONFIRM, FINAL, HEAD_MATHS, MIDTERM, PUBLISH, SUBMIT, mark, opened, published, submitted
from tests.test_grades.test_marking import STRANGER
from tests.test_grades.test_submitting import BACK

OF = {**CLASS, "student_id": CHEN, "correction_id": "c1"}
ASK = RequestGradeCorrection(
    **OF, component=FINAL, score_hundredths=6000, reason="漏加第五题", evidence="试卷扫描 12 号"
)
YES, NO = ApproveGradeCorrection(**OF), RefuseGradeCorrection(**OF, reason="证据不足以更正")
SPRING = TermOpened(
    term_id="term:2027-1", name="春季", name_en="Spring", year=2026, starts_on=date(2027, 3, 1), weeks=16
)
AUTUMN_BEFORE = TermOpened(
    term_id="term:2025-2", name="旧", name_en="Old", year=2025, starts_on=date(2026, 3, 2), weeks=16
)


def asked(story=None, command=ASK):
    story = story or published()
    event = story.one(command)
    assert isinstance(event, GradeCorrectionRequested)
    return story, event


def test_a_mark_is_changed_after_submission_with_reason_evidence_and_two_who_agree():
    story, event = asked()
    assert (event.before, event.after) == (Score(hundredths=4000), Score(hundredths=6000))
    assert [(s.role, s.department_id) for s in event.route.steps] == [(HEAD, MATHS), (ACADEMIC, None)]
    assert story.does(ASK) == ()
    first = story.one(YES, by=HEAD_MATHS)
    assert isinstance(first, GradeCorrectionAdvanced)
    approved, corrected, anew = story.does(YES, by=OFFICE)
    assert isinstance(anew, CourseGradesPublished)
    assert (anew.part, list(anew.grades.values())) == (0, [corrected.grade])
    assert isinstance(approved, GradeCorrectionApproved)
    assert (approved.requested_by, approved.approved_by) == (LI, OFFICE.person_id)
    assert isinstance(corrected, GradeCorrected)
    assert (corrected.before, corrected.score_hundredths, corrected.published) == (Score(hundredths=4000), 6000, True)
    assert (corrected.grade_before.total_hundredths, corrected.grade.total_hundredths) == (5300, 6300)
    assert (corrected.grade_before.passed, corrected.grade.passed) == (False, True)
    story.refuses(YES, Conflict, "correction_already_decided", by=OFFICE)
    story.refuses(NO, Conflict, "correction_already_decided", by=OFFICE)
    again = ASK.model_copy(update={"correction_id": "c2"})
    story.refuses(again, Conflict, "nothing_to_correct")


def test_a_correction_is_refused_at_any_step_and_may_be_asked_for_again():
    story, _ = asked()
    event = story.one(NO, by=HEAD_MATHS)
    assert isinstance(event, GradeCorrectionRefused)
    assert (event.refused_by, event.before) == (HEAD_MATHS.person_id, Score(hundredths=4000))
    assert asked(story, ASK.model_copy(update={"correction_id": "c2"}))


def test_nobody_approves_for_their_own_class_or_their_own_request():
    story, _ = asked()
    for teacher in (LI, WU):
        for himself in (Actor(teacher, HEAD, MATHS), Actor("person:x", HEAD, MATHS, on_behalf_of=teacher)):
            story.refuses(YES, NotAllowed, "self_approval_forbidden", by=himself)
            story.refuses(NO, NotAllowed, "self_approval_forbidden", by=himself)
    proxy = Actor("person:x", "teacher", MATHS, on_behalf_of=LI)
    by_proxy = published()
    assert by_proxy.one(ASK, by=proxy).requested_for == LI
    by_proxy.refuses(YES, NotAllowed, "self_approval_forbidden", by=Actor("person:x", HEAD, MATHS))
    by_proxy.refuses(YES, NotAllowed, "self_approval_forbidden", by=Actor("person:y", HEAD, MATHS, on_behalf_of=LI))


def test_the_route_is_walked_in_order_by_different_people():
    story, _ = asked()
    story.refuses(YES, NotAllowed, "not_your_step", by=OFFICE)
    story.refuses(YES, NotAllowed, "out_of_scope", by=Actor("person:h2", HEAD, ARTS))
    lent = Actor("person:z", HEAD, MATHS, on_behalf_of="person:head")
    story.does(YES, by=lent)
    again = (ACADEMIC, None, "person:head")
    for same in (Actor("person:z", ACADEMIC), Actor("person:head", ACADEMIC), Actor("person:q", *again)):
        story.refuses(YES, NotAllowed, "approved_a_step_already", by=same)
    story.refuses(YES, NotAllowed, "not_your_step", by=OFFICE_HEAD)
    assert story.does(YES, by=OFFICE)


def test_the_route_is_the_rulebooks_when_asked():
    short = published(revised(CORRECTION_ROUTE.key, "academic_head"))
    _, event = asked(short)
    assert [s.role for s in event.route.steps] == [ACADEMIC_HEAD]
    short = short.but(revised("grade.correction_route", "academic"))
    approved, *_ = short.does(YES, by=OFFICE_HEAD)
    assert isinstance(approved, GradeCorrectionApproved)


@pytest.mark.parametrize(
    ("change", "kind", "code"),
    [
        ({"score_hundredths": 4000}, Conflict, "nothing_to_correct"),
        ({"special": "cheating"}, Conflict, "score_or_special"),
        ({"score_hundredths": None, "special": "deferred"}, Conflict, "deferral_by_office_only"),
        ({"student_id": DENG}, Conflict, "student_not_on_sheet"),
        ({"component": "实训"}, Unknown, "component_unknown"),
    ],
)
def test_what_a_correction_must_be(change, kind, code):
    published().refuses(ASK.model_copy(update=change), kind, code)


def test_reason_and_evidence_are_needed():
    with pytest.raises(ValueError, match="reason"):
        RequestGradeCorrection(**OF, component=FINAL, score_hundredths=6000, reason="错", evidence="试卷")
    with pytest.raises(ValueError, match="evidence"):
        RequestGradeCorrection.model_validate({**OF, "component": FINAL, "reason": "漏加第五题"})


def test_one_request_at_a_time_for_a_mark():
    story, _ = asked()
    story.refuses(ASK.model_copy(update={"correction_id": "c2"}), Conflict, "correction_already_requested")
    story.refuses(ASK.model_copy(update={"score_hundredths": 6100}), Conflict, "correction_already_requested")
    other = ASK.model_copy(update={"correction_id": "c2", "component": MIDTERM, "score_hundredths": 6500})
    assert story.does(other, by=TEACHER_WU)
    story.refuses(YES.model_copy(update={"correction_id": "c3"}), Unknown, "correction_unknown", by=HEAD_MATHS)


def test_before_submission_there_is_nothing_to_correct_and_a_returned_sheet_is_entered():
    opened().refuses(ASK, Conflict, "sheet_not_submitted")
    story, _ = asked(submitted())
    story.does(BACK, by=SECRETARY_MATHS)
    story.refuses(YES, Conflict, "sheet_not_submitted", by=HEAD_MATHS)
    submitted().refuses(ASK, NotAllowed, "out_of_scope", by=STRANGER)


def test_what_is_corrected_before_publication_is_published_so():
    story, _ = asked(submitted())
    story.does(YES, by=HEAD_MATHS)
    *_, corrected = story.does(YES, by=OFFICE)
    assert corrected.published is False
    story.does(CONFIRM, by=SECRETARY_MATHS)
    grades, _ = story.does(PUBLISH, by=OFFICE)
    assert isinstance(grades, CourseGradesPublished)
    assert grades.grades[CHEN].total_hundredths == 6300


def test_a_corrected_mark_stands_when_the_sheet_is_returned():
    story, _ = asked(submitted())
    story.does(YES, by=HEAD_MATHS)
    story.does(YES, by=OFFICE)
    story.does(BACK, by=SECRETARY_MATHS)
    assert story.does(mark(CHEN, FINAL, 60)) == ()
    reckoned, _ = story.does(SUBMIT)
    assert reckoned.grades[CHEN].total_hundredths == 6300


def test_a_correction_is_judged_by_the_rules_of_its_day():
    story, _ = asked()
    story = story.but(revised(PASS_MARK.key, 65))
    story.does(YES, by=HEAD_MATHS)
    _, corrected, _ = story.does(YES, by=OFFICE)
    assert (corrected.grade.passed, corrected.policies[0].version) == (False, 1)


def test_corrections_are_asked_for_until_a_week_of_the_next_term():
    story = published(AUTUMN_BEFORE)
    far = at(1, "09:00") + timedelta(days=300)
    assert story.but().does(ASK, now=far)  # nobody has put the next term in the calendar yet
    story = story.but(SPRING)
    last = at(1, "23:59").replace(year=2027, month=3, day=21)
    assert story.but().does(ASK, now=last)
    story.refuses(ASK, Conflict, "grade_correction_window_over", now=last + timedelta(minutes=1))
    longer = story.but(revised(CORRECTION_WEEKS.key, 4))
    assert longer.does(ASK, now=last + timedelta(days=7))
    none = story.but(revised("grade.correction_window_weeks", 0))
    none.refuses(ASK, Conflict, "grade_correction_window_over", now=last - timedelta(days=20))
    assert none.does(ASK, now=last - timedelta(days=21))


def test_others_have_no_part_in_it():
    assert OFFICE.role not in ASK.may
    assert SECRETARY_MATHS.role not in YES.may
