from datetime import timedelta

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import HEAD, STUDENT
from domain.grades import ConcludeGradeReview, GradeReviewConcluded, GradeReviewRequested, RequestGradeReview
from domain.grades.rules import REVIEW_DAYS
from tests.college import ARTS, BO, DENG, LI, MATHS, OFFICE
from tests.rolls import STUDENT_BO, revised
from tests.sheets import CLASS, GRADED, HEAD_MATHS, TEACHER_LI, published, submitted

OF = {**CLASS, "student_id": BO, "review_id": "v1"}
ASK = RequestGradeReview(**OF, reason="期末分数与自评差距较大")
STANDS = ConcludeGradeReview(**OF, outcome="stands", findings="复核试卷无误")


def test_a_student_asks_for_a_review_of_a_published_grade():
    story = published()
    event = story.one(ASK, by=STUDENT_BO)
    assert isinstance(event, GradeReviewRequested)
    assert story.does(ASK, by=STUDENT_BO) == ()
    story.refuses(ASK, NotAllowed, "out_of_scope", by=Actor("person:chen", STUDENT))
    submitted().refuses(ASK, Conflict, "grades_not_published", by=STUDENT_BO)
    story.refuses(ASK.model_copy(update={"review_id": "v2"}), Conflict, "review_already_open", by=STUDENT_BO)
    stranger = ASK.model_copy(update={"student_id": DENG})
    published().refuses(stranger, Conflict, "student_not_on_sheet", by=Actor("person:deng", STUDENT))


def test_within_days_of_publication():
    last = GRADED + timedelta(days=30)
    assert published().does(ASK, by=STUDENT_BO, now=last)
    published().refuses(ASK, Conflict, "review_window_over", by=STUDENT_BO, now=last + timedelta(days=1))
    longer = published(revised(REVIEW_DAYS.key, 31))
    assert longer.does(ASK, by=STUDENT_BO, now=last + timedelta(days=1))


def test_it_is_concluded_by_somebody_who_does_not_teach_the_class():
    story = published()
    story.refuses(STANDS, Unknown, "review_unknown", by=OFFICE)
    story.does(ASK, by=STUDENT_BO)
    story.refuses(STANDS, NotAllowed, "self_approval_forbidden", by=Actor(LI, HEAD, MATHS))
    story.refuses(STANDS, NotAllowed, "out_of_scope", by=Actor("person:h2", HEAD, ARTS))
    event = story.one(STANDS, by=HEAD_MATHS)
    assert isinstance(event, GradeReviewConcluded)
    assert (event.outcome, event.concluded_by) == ("stands", HEAD_MATHS.person_id)
    assert story.does(STANDS, by=OFFICE) == ()
    other = STANDS.model_copy(update={"outcome": "to_be_corrected"})
    story.refuses(other, Conflict, "review_already_concluded", by=OFFICE)
    assert story.does(ASK.model_copy(update={"review_id": "v2"}), by=STUDENT_BO)
    assert TEACHER_LI.role not in STANDS.may
