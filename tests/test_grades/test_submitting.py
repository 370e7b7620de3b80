from datetime import timedelta

import pytest

from domain import Actor, Conflict, NotAllowed
from domain.access import ACADEMIC, HEAD, IMPORT, SECRETARY, SYSTEM, TEACHER
from domain.exams import RecordAbsence, RecordViolation
from domain.grades import (
    Bands,
    CourseGrade,
    CourseGradesPublished,
    CourseGradesReckoned,
    GradeSheetConfirmed,
    GradeSheetReturned,
    GradeSheetSubmitted,
    GradesPublished,
    ReturnGradeSheet,
)
from domain.grades.events import Score
from domain.grades.reckoning import Scale, weighted
from domain.grades.rules import EXCELLENT_MARK, MANY_FAILED, PASS_MARK
from domain.policies import Rulebook
from domain.rosters import RosterSet
from tests.college import ALGEBRA, BO, CHEN, FANG, LI, MATHS, MONDAY, OFFICE, SECRETARY_ARTS, SECRETARY_MATHS, WU, at
from tests.rolls import member, revised
from tests.scenario import NOON
from tests.sheets import (
    BASE,
    CLASS,
    COMPONENTS,
    CONFIRM,
    FINAL,
    GRADED,
    HEAD_MATHS,
    MIDTERM,
    OPEN,
    PART,
    PUBLISH,
    SCHEME,
    SUBMIT,
    Story,
    component,
    filled,
    mark,
    opened,
    published,
    submitted,
)
from tests.test_grades.test_marking import STRANGER

BACK = ReturnGradeSheet(**CLASS, reason="期中成绩核对有误")


def grade(total: int | None, level: str | None, **other) -> CourseGrade:
    passed = None if level is None else level != "failed"
    return CourseGrade(total_hundredths=total, level=level, passed=passed, **other)


def test_submission_locks_the_sheet_and_reckons_every_grade():
    story = filled()
    reckoned, sent = story.does(SUBMIT, now=GRADED)
    assert isinstance(reckoned, CourseGradesReckoned)
    assert reckoned.grades == {
        BO: grade(8475, "good"),  # 0.3 × 80 + 0.2 × 90 + 0.5 × 85.5
        CHEN: grade(5300, "failed"),
        FANG: grade(9490, "excellent"),
    }
    assert isinstance(sent, GradeSheetSubmitted)
    assert (sent.state, sent.members, sent.marks, sent.submission) == ("submitted", 3, 9, 1)
    assert (sent.submitted_at, sent.submitted_by, sent.on_time, sent.duty) == (GRADED, LI, None, None)
    assert sent.bands == Bands(excellent=1, good=1, failed=1)
    assert sent.anomalies == ()
    assert {p.key for p in sent.policies} >= {"grade.pass_mark", "grade.excellent_mark"}
    assert story.does(SUBMIT, now=GRADED) == ()


def test_every_member_needs_a_mark_or_a_reason_in_whatever_counts():
    story = opened()
    story.does(mark(BO, PART, 80))
    with pytest.raises(Conflict) as no:
        story.does(SUBMIT)
    assert no.value.code == "marks_missing"
    assert no.value.facts == {"teaching_class": ALGEBRA, "number": 3, "students": [BO, CHEN, FANG]}
    story = filled(points={BO: (80, 90, 85), CHEN: (70, 60, 40)})
    story.refuses(SUBMIT, Conflict, "marks_missing")
    for key in (PART, MIDTERM, FINAL):
        story.does(mark(FANG, key, special="exempt"))
    reckoned, sent = story.does(SUBMIT)
    assert reckoned.grades[FANG] == grade(None, None, outcome="exempt")
    assert sent.bands.pending == 1
    weightless = (*COMPONENTS, component("考勤", 0))
    free = opened()
    free.does(SCHEME.model_copy(update={"components": weightless}))
    for student in (BO, CHEN, FANG):
        for key in (PART, MIDTERM, FINAL):
            free.does(mark(student, key, 70))
    assert free.does(SUBMIT)


def test_only_twenty_of_those_without_marks_are_named():
    names = [f"student:x{n:02}" for n in range(30)]
    crowd = RosterSet(
        teaching_class_id=ALGEBRA, members=tuple(member(n) for n in names), effective_on=MONDAY, set_at=at(1, "09:00")
    )
    story = Story(*BASE[:-1], crowd)
    story.does(OPEN, by=OFFICE)
    story.refuses(SUBMIT, Conflict, "scheme_not_set")
    story.does(SCHEME)
    with pytest.raises(Conflict) as no:
        story.does(SUBMIT)
    assert (no.value.facts["number"], no.value.facts["students"]) == (30, names[:20])
    nobody = Story(*BASE[:-1])
    nobody.does(OPEN, by=OFFICE)
    nobody.does(SCHEME)
    nobody.refuses(SUBMIT, Conflict, "roster_empty")


def test_grades_of_thousands_come_in_parts():
    names = [f"student:x{n:04}" for n in range(1_001)]
    crowd = RosterSet(
        teaching_class_id=ALGEBRA, members=tuple(member(n) for n in names), effective_on=MONDAY, set_at=at(1, "09:00")
    )
    story = Story(*BASE[:-1], crowd)
    story.does(OPEN, by=OFFICE)
    story.does(SCHEME.model_copy(update={"components": (component(PART, 10_000),)}))
    [first] = Story(*story.past).does(mark(names[0], PART, 70))
    story = story.but(*(first.model_copy(update={"student_id": n}) for n in names))
    *parts, sent = story.does(SUBMIT)
    assert [len(p.grades) for p in parts] == [500, 500, 1]
    assert [len(p.model_dump_json()) < 256 * 1024 for p in parts] == [True] * 3
    assert sent.anomalies == ("all_same_score",)
    story.does(CONFIRM, by=SECRETARY_MATHS)
    *parts, _ = story.does(PUBLISH, by=OFFICE)
    assert [p.part for p in parts] == [1, 2, 3]


def test_who_submits_and_what_is_needed():
    story = filled()
    story.refuses(SUBMIT, NotAllowed, "out_of_scope", by=STRANGER)
    assert story.but().does(SUBMIT, by=SYSTEM[IMPORT])
    assert not {SECRETARY, HEAD, ACADEMIC} & set(SUBMIT.may)
    Story(*BASE).refuses(SUBMIT, Conflict, "sheet_not_open")


def test_what_is_unusual_is_told_not_refused():
    same = filled(points={BO: (70, 70, 70), CHEN: (70, 70, 70), FANG: (70, 70, 70)})
    assert same.does(SUBMIT)[-1].anomalies == ("all_same_score",)
    points = {BO: (50, 50, 50), CHEN: (40, 40, 40), FANG: (90, 90, 90)}
    story = filled(points=points)
    assert story.but().does(SUBMIT)[-1].anomalies == ("many_failed",)
    lenient = story.but(revised(MANY_FAILED.key, 67))
    assert lenient.does(SUBMIT)[-1].anomalies == ()


def test_the_pass_mark_and_the_mark_of_excellence_are_the_rulebooks():
    lower = filled(revised(PASS_MARK.key, 50), revised(EXCELLENT_MARK.key, 95))
    reckoned, _ = lower.does(SUBMIT)
    assert [g.level for g in reckoned.grades.values()] == ["good", "passed", "good"]


def test_levels_lie_in_equal_thirds_between_the_two():
    scale = Scale.of("hundred", Rulebook().at(NOON))
    told = [scale.level(t) for t in (5999, 6000, 6999, 7000, 7999, 8000, 8999, 9000)]
    assert told == ["failed", "passed", "passed", "fair", "fair", "good", "good", "excellent"]
    two = Scale.of("pass_fail", Rulebook().at(NOON))
    assert [two.level(t) for t in (5999, 6000, 9999)] == ["failed", "passed", "passed"]


def test_a_total_is_weighted_by_what_counts_and_rounded_half_up():
    scheme = (component("a", 10_000), component("b", 10_000), component("c", 5_000))
    scores = {"a": Score(hundredths=7001), "b": Score(hundredths=7002), "c": Score(special="no_score")}
    assert weighted(scheme, scores) == 7002  # 7001.5
    assert weighted(scheme, {**scores, "c": Score(special="absent_exam")}) == 5601  # 5601.2
    assert weighted(scheme, {}) is None


def test_what_the_exam_has_on_record_stands_above_the_scores():
    of = {**CLASS, "student_id": CHEN}
    for record, outcome, total in (
        (RecordAbsence(**of), "absent_exam", 3300),
        (RecordViolation(**of, kind="violation", description="交头接耳"), "violation", 0),
        (RecordViolation(**of, kind="cheating", description="夹带"), "cheating", 0),
    ):
        story = filled()
        story.does(record, by=OFFICE)
        reckoned, sent = story.does(SUBMIT)
        assert reckoned.grades[CHEN] == grade(total, "failed", outcome=outcome)
        assert sent.bands.failed == 1
    entered = filled(points={BO: (80, 90, 85), FANG: (80, 90, 86)})
    for key, value in ((PART, 70), (MIDTERM, 60)):
        entered.does(mark(CHEN, key, value))
    entered.does(mark(CHEN, FINAL, special="absent_exam"))
    assert entered.does(SUBMIT)[0].grades[CHEN] == grade(3300, "failed", outcome="absent_exam")


def test_a_returned_sheet_is_reckoned_anew():
    story = submitted()
    event = story.one(BACK, by=SECRETARY_MATHS)
    assert isinstance(event, GradeSheetReturned)
    assert (event.state, event.submitted_at, event.marks) == ("returned", GRADED, 9)
    assert story.does(BACK, by=SECRETARY_MATHS) == ()
    story.does(mark(CHEN, FINAL, 60))
    later = GRADED + timedelta(hours=2)
    reckoned, sent = story.does(SUBMIT, now=later)
    assert (reckoned.submission, reckoned.grades[CHEN].total_hundredths, sent.submitted_at) == (2, 6300, later)
    story.does(CONFIRM, by=HEAD_MATHS)
    grades, _ = story.does(PUBLISH, by=OFFICE)
    assert grades.grades[CHEN].total_hundredths == 6300


def test_a_sheet_is_returned_before_publication_only():
    opened().refuses(BACK, Conflict, "sheet_not_submitted", by=SECRETARY_MATHS)
    published().refuses(BACK, Conflict, "sheet_locked", by=OFFICE)
    submitted().refuses(BACK, NotAllowed, "out_of_scope", by=SECRETARY_ARTS)
    story = submitted()
    story.does(CONFIRM, by=SECRETARY_MATHS)
    assert story.one(BACK, by=OFFICE).state == "returned"


def test_the_department_confirms_and_the_office_publishes():
    story = submitted()
    story.refuses(PUBLISH, Conflict, "sheet_not_confirmed", by=OFFICE)
    event = story.one(CONFIRM, by=SECRETARY_MATHS)
    assert isinstance(event, GradeSheetConfirmed)
    assert story.does(CONFIRM, by=HEAD_MATHS) == ()
    grades, done = story.does(PUBLISH, by=OFFICE, now=GRADED)
    assert isinstance(grades, CourseGradesPublished)
    assert list(grades.grades) == [BO, CHEN, FANG]
    assert set(grades.tags()) == {ALGEBRA, MATHS, BO, CHEN, FANG}
    assert isinstance(done, GradesPublished)
    assert (done.state, done.published_at, done.published_by) == ("published", GRADED, OFFICE.person_id)
    assert story.does(PUBLISH, by=OFFICE) == ()
    story.refuses(CONFIRM, Conflict, "sheet_locked", by=SECRETARY_MATHS)
    story.refuses(SUBMIT, Conflict, "sheet_locked")


def test_no_teacher_of_the_class_confirms_returns_or_publishes():
    for teacher in (LI, WU):
        for himself in (Actor(teacher, HEAD, MATHS), Actor("person:x", HEAD, MATHS, on_behalf_of=teacher)):
            submitted().refuses(CONFIRM, NotAllowed, "self_approval_forbidden", by=himself)
            submitted().refuses(BACK, NotAllowed, "self_approval_forbidden", by=himself)
    story = submitted()
    story.does(CONFIRM, by=SECRETARY_MATHS)
    story.refuses(PUBLISH, NotAllowed, "self_approval_forbidden", by=Actor(LI, ACADEMIC))
    opened().refuses(CONFIRM, Conflict, "sheet_not_submitted", by=SECRETARY_MATHS)
    submitted().refuses(CONFIRM, NotAllowed, "out_of_scope", by=SECRETARY_ARTS)
    assert TEACHER not in CONFIRM.may
