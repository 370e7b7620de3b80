"""The read tables and figures of grades and exams, on PostgreSQL."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain import Actor, Event
from domain.access import HEAD, STUDENT, TEACHER
from domain.exams import ApproveDeferral, RecordAbsence, RecordViolation, RequestDeferral, RevokeExamRecord
from domain.grades import (
    ApproveGradeCorrection,
    ConcludeGradeReview,
    RecordMakeupMark,
    RefuseGradeCorrection,
    RequestGradeCorrection,
    RequestGradeReview,
    TransferMark,
)
from infra.campus import Campus
from infra.projector import Projector
from infra.readings import SYSTEM as EVERYTHING, Viewer
from infra.readings.differences import differences
from projections import Table, duties, exams, grades
from tests.college import ARTS, BO, CHEN, FANG, LI, LOGIC, MATHS, OFFICE, SECRETARY_MATHS, WU, at
from tests.db.test_tables_organisation import record, told
from tests.rolls import STUDENT_BO
from tests.sheets import (
    CLASS,
    CONFIRM,
    DUE,
    EXAM_DAY,
    FINAL,
    GRADED,
    HEAD_MATHS,
    HELD,
    MIDTERM,
    PART,
    PUBLISH,
    SUBMIT,
    THE_CLOCK,
    Story,
    mark,
    opened,
)
from tests.test_grades.test_deadline import OVER, SETTLE
from tests.test_grades.test_submitting import BACK

TABLES = [t for m in (duties, exams, grades) for t in vars(m).values() if isinstance(t, Table)]
DEFERRAL = {**CLASS, "student_id": BO, "deferral_id": "d1"}
FIRST, SECOND = ({**CLASS, "student_id": CHEN, "correction_id": c} for c in ("c1", "c2"))
REVIEW = {**CLASS, "student_id": CHEN, "review_id": "v1"}


def entered() -> Story:
    """Bo's exam is deferred, Chen fails, Fang has a mark carried over; a violation is recorded and revoked."""
    story = opened()
    story.does(RequestDeferral(**DEFERRAL, reason="住院手术一周", evidence="诊断证明"), by=STUDENT_BO)
    for by in (HEAD_MATHS, OFFICE):
        story.does(ApproveDeferral(**DEFERRAL), by=by)
    story.does(HELD, by=OFFICE)
    of = {**CLASS, "student_id": FANG}
    story.does(RecordViolation(**of, kind="cheating", description="夹带"), by=OFFICE)
    story.does(RevokeExamRecord(**of, record="violation", reason="并非该生所为"), by=OFFICE)
    story.does(RecordAbsence(**CLASS, student_id=CHEN), by=OFFICE)
    story.does(RevokeExamRecord(**CLASS, student_id=CHEN, record="absence", reason="座位登记有误"), by=OFFICE)
    story.does(TransferMark(**of, component=PART, score_hundredths=9500), by=OFFICE)
    for student, key, points in (
        (BO, PART, 70),
        (BO, PART, 80),
        (BO, MIDTERM, 60),
        (CHEN, PART, 70),
        (CHEN, MIDTERM, 60),
    ):
        story.does(mark(student, key, points))
    for student, key, points in ((CHEN, FINAL, 40), (FANG, MIDTERM, 92), (FANG, FINAL, 96)):
        story.does(mark(student, key, points))
    return story


def decided() -> Story:
    """Submitted, returned, submitted again, published; a correction approved, another refused; a review, a make-up."""
    story = entered()
    for command, by in (
        (SUBMIT, None),
        (BACK, SECRETARY_MATHS),
        (SUBMIT, None),
        (CONFIRM, HEAD_MATHS),
        (PUBLISH, OFFICE),
    ):
        story.does(command, **({"by": by} if by else {}), now=GRADED)
    asking: dict[str, Any] = {"reason": "漏加第五题", "evidence": "试卷扫描 12 号"}
    story.does(RequestGradeReview(**REVIEW, reason="期末分数有疑问"), by=Actor("person:chen", STUDENT), now=GRADED)
    story.does(ConcludeGradeReview(**REVIEW, outcome="to_be_corrected", findings="确有漏加一题"), by=OFFICE, now=GRADED)
    story.does(RequestGradeCorrection(**FIRST, component=FINAL, score_hundredths=4600, **asking), now=GRADED)
    story.does(ApproveGradeCorrection(**FIRST), by=HEAD_MATHS, now=GRADED)
    story.does(ApproveGradeCorrection(**FIRST), by=OFFICE, now=GRADED)
    story.does(RequestGradeCorrection(**SECOND, component=PART, score_hundredths=9900, **asking), now=GRADED)
    story.does(RefuseGradeCorrection(**SECOND, reason="证据不足以更正"), by=HEAD_MATHS, now=GRADED)
    makeup = {"score_hundredths": 9000, "taken_on": at(27, "09:00").date()}
    story.does(RecordMakeupMark(**CLASS, student_id=BO, **makeup), now=at(28, "10:00"))
    return story


def lapsed() -> tuple[Event, ...]:
    """Another class of the same teacher, whose grades nobody submitted."""
    story = opened()
    held = story.does(HELD, by=OFFICE)
    lapse = story.does(SETTLE, by=THE_CLOCK, now=OVER)

    def elsewhere(event: Any) -> Event:
        duty = event.duty.model_copy(update={"key": f"grade_entry/{LOGIC}", "about": LOGIC})
        moved: Event = event.model_copy(update={"teaching_class_id": LOGIC, "duty": duty})
        return moved

    return tuple(elsewhere(e) for e in (*held, *lapse))


DECIDED = decided().past
PAST = (*DECIDED, *lapsed())


@pytest.mark.parametrize("batch", [1, 7, 500])
async def test_the_tables_are_the_same_cold_and_live(campus: Campus, batch: int) -> None:
    projector = Projector(campus.institution, TABLES, batch=batch)
    await projector.prepare()
    head = await record(campus, *PAST)
    assert await projector.catch_up() == head
    for size in (None, 1, 7, 500):
        assert {c["differences"] for c in await projector.compare(batch=size)} == {0}


@pytest.fixture
async def college(campus: Campus) -> Campus:
    """A sheet with all that may happen to it, and one that lapsed."""
    await Projector(campus.institution, TABLES).prepare()
    await record(campus, *PAST)
    await Projector(campus.institution, TABLES, batch=7).catch_up()
    return campus


async def test_a_sheet_its_marks_and_its_grades(college: Campus) -> None:
    sheets = {s["teaching_class_id"]: s for s in await told(college, "grade_sheet")}
    sheet = sheets[CLASS["teaching_class_id"]]
    assert (sheet["state"], sheet["teacher_id"], sheet["members"], sheet["marks"]) == ("published", LI, 3, 8)
    assert (sheet["due_at"], sheet["submitted_at"], sheet["on_time"], sheet["day"]) == (DUE, GRADED, True, EXAM_DAY)
    assert (sheets[LOGIC]["on_time"], sheets[LOGIC]["state"]) == (False, "open")
    marks = {(m["student_id"], m["component"]): m for m in await told(college, "grade_mark")}
    assert len(marks) == 8
    assert marks[BO, PART]["score_hundredths"] == 8000
    assert (marks[FANG, PART]["banked"], marks[FANG, FINAL]["banked"]) == (True, False)
    assert (marks[CHEN, FINAL]["score_hundredths"], marks[CHEN, FINAL]["corrected"]) == (4600, True)
    totals = {
        g["student_id"]: (g["total_hundredths"], g["passed"], g["attempt"]) for g in await told(college, "course_grade")
    }
    assert totals == {BO: (8100, True, "deferred"), CHEN: (5600, False, "regular"), FANG: (9490, True, "regular")}


async def test_requests_and_records(college: Campus) -> None:
    corrections = {c["correction_id"]: c for c in await told(college, "grade_correction")}
    assert {k: c["state"] for k, c in corrections.items()} == {"c1": "approved", "c2": "refused"}
    assert (corrections["c1"]["before_hundredths"], corrections["c1"]["after_hundredths"]) == (4000, 4600)
    assert [r["state"] for r in await told(college, "grade_review")] == ["to_be_corrected"]
    assert [(d["state"], d["department_id"]) for d in await told(college, "deferral")] == [("approved", MATHS)]
    records = {
        (r["student_id"], r["record"]): (r["state"], r["department_id"]) for r in await told(college, "exam_record")
    }
    assert records == {(FANG, "violation"): ("revoked", ARTS), (CHEN, "absence"): ("revoked", MATHS)}
    assert {e["due_at"] for e in await told(college, "exam_held")} == {DUE}
    states = {d["about"]: d["state"] for d in await told(college, "duty")}
    assert states == {CLASS["teaching_class_id"]: "done", LOGIC: "lapsed"}


async def test_what_was_written_stays_sealed_and_is_shown_to_who_is_concerned(college: Campus) -> None:
    grades_said = await told(college, "grade_text")
    assert [(t["about"], t["said_in"].partition(".")[2], set(t["shown_to"])) for t in grades_said] == [
        ("v1", "review_requested", {CHEN}),
        ("v1", "review_concluded", {CHEN, LI, WU}),
        ("c1", "correction_requested", {LI, WU}),
        ("c2", "correction_requested", {LI, WU}),
        ("c2", "correction_refused", {LI, WU}),
    ]
    exams_said = await told(college, "exam_text")
    assert [(t["about"], t["said_in"].partition(".")[2]) for t in exams_said] == [
        ("d1", "deferral_requested"),
        (FANG, "violation_recorded"),
        (FANG, "record_revoked"),
        (CHEN, "record_revoked"),
    ]
    for text in (*grades_said, *exams_said):
        assert set(text["text"]) == {"sealed", "of", "at"}
        assert text["text"]["of"] == text["student_id"].partition(":")[2]


async def figure(campus: Campus, key: str, **asked: Any) -> tuple[Decimal, Decimal] | None:
    (found,) = await campus.readings.figure(key, EVERYTHING, at=OVER, **asked)
    return (found.numerator, found.denominator) if found.count else None


async def test_the_figures(college: Campus) -> None:
    assert await figure(college, "grade_timeliness") == (1, 2)
    (before,) = await college.readings.figure("grade_timeliness", EVERYTHING, at=DUE)
    assert before.count == 0
    assert await figure(college, "grade_corrections") == (1, 8)
    assert await figure(college, "grade_pass_rate") == (2, 3)
    assert await figure(college, "grade_excellent_rate") == (1, 3)
    assert await figure(college, "grade_pass_rate", department=ARTS) is None
    published = next(n for n, e in enumerate(PAST, 1) if e.NAME == "grades.published")
    assert await figure(college, "grade_pass_rate", as_of=published) == (1, 2)
    assert await figure(college, "grade_corrections", as_of=published) == (0, 8)


@pytest.fixture
async def corrected(campus: Campus) -> Campus:
    """Two grades of one class corrected after each other: who failed has passed, and who passed has failed."""
    story = entered()
    for command, by in ((SUBMIT, None), (CONFIRM, HEAD_MATHS), (PUBLISH, OFFICE)):
        story.does(command, **({"by": by} if by else {}), now=GRADED)
    for name, student, points in (("c1", CHEN, 9000), ("c2", FANG, 1000)):
        of: dict[str, Any] = {**CLASS, "student_id": student, "correction_id": name}
        asking = {"component": FINAL, "score_hundredths": points, "reason": "两份试卷登记互换", "evidence": "试卷扫描"}
        story.does(RequestGradeCorrection(**of, **asking), now=GRADED)
        for by in (HEAD_MATHS, OFFICE):
            story.does(ApproveGradeCorrection(**of), by=by, now=GRADED)
    projector = Projector(campus.institution, TABLES)
    await projector.prepare()
    await record(campus, *story.past)
    await projector.catch_up()
    return campus


async def test_opposite_corrections_of_one_class_are_both_named(corrected: Campus) -> None:
    rows = await corrected.log.page(0, limit=500)
    published = next(row.position for row in rows if row.type == "grades.published")
    head = rows[-1].position
    told = await differences(corrected.readings, "grade_pass_rate", EVERYTHING, published, head)
    assert told.whole.then == told.whole.now
    assert (told.corrections, {change.kind for change in told.changes}) == (2, {"corrected"})
    assert sorted(int(c.sides.now.numerator - c.sides.then.numerator) for c in told.changes) == [-1, 1]
    assert {change.about for change in told.changes} == {CLASS["teaching_class_id"]}
    named = [{tag for cause in c.causes for tag in cause.event.tags} & {BO, CHEN, FANG} for c in told.changes]
    assert sorted(named, key=sorted) == sorted(({CHEN}, {FANG}), key=sorted)
    pages, cursor = [], None
    while cursor is not None or not pages:
        page = await differences(
            corrected.readings, "grade_pass_rate", EVERYTHING, published, head, limit=1, after=cursor
        )
        pages += page.changes
        cursor = page.after
        assert CHEN not in str(cursor)
        assert FANG not in str(cursor)
    assert pages == list(told.changes)


async def test_a_second_correction_of_a_class_does_not_change_the_first(corrected: Campus) -> None:
    first = await corrected.log.page(0, types=("grades.correction_approved",), limit=5)
    told = await differences(corrected.readings, "grade_corrections", EVERYTHING, first[0].position, first[1].position)
    assert (told.whole.then.numerator, told.whole.now.numerator) == (1, 2)
    assert [(change.kind, change.sides.now.numerator) for change in told.changes] == [("new", 1)]


async def test_students_see_what_is_published_of_themselves_and_teachers_their_classes(college: Campus) -> None:
    chen = Viewer("person:chen", (Actor("person:chen", STUDENT),))
    assert {g["student_id"] for g in await told(college, "course_grade", chen)} == {CHEN}
    for hidden in ("grade_mark", "grade_sheet", "grade_correction"):
        assert await told(college, hidden, chen) == []
    teacher, stranger = (Viewer(p, (Actor(p, TEACHER, MATHS),)) for p in (WU, "person:ann"))
    assert len(await told(college, "grade_mark", teacher)) == 8
    assert await told(college, "grade_mark", stranger) == []
    arts = Viewer("person:h2", (Actor("person:h2", HEAD, ARTS),))
    assert await told(college, "course_grade", arts) == []
    assert len(await told(college, "exam_record", arts)) == 1
