from datetime import date, timedelta

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import ACADEMIC, HEAD, SECRETARY, STUDENT, TEACHER
from domain.exams import (
    ApproveDeferral,
    BarFromExam,
    BarredFromExam,
    DeferralAdvanced,
    DeferralApproved,
    DeferralRefused,
    DeferralRequested,
    ExamAbsenceRecorded,
    ExamHeld,
    ExamRecordRevoked,
    ExamViolationRecorded,
    RecordAbsence,
    RecordExamHeld,
    RecordViolation,
    RefuseDeferral,
    RequestDeferral,
    RevokeExamRecord,
)
from domain.exams.members import Members
from domain.exams.rules import DEFERRAL_DAYS, DEFERRAL_ROUTE
from domain.students import StudentPlaced
from tests.college import (
    A1,
    ARTS,
    BO,
    CHEN,
    DENG,
    FANG,
    LI,
    M1,
    MATHS,
    MONDAY,
    OFFICE,
    SECRETARY_ARTS,
    SECRETARY_MATHS,
    WU,
    at,
)
from tests.rolls import ROSTER, STUDENT_BO, revised
from tests.sheets import BASE, CLASS, EXAM_DAY, HEAD_MATHS, HELD, Story
from tests.test_grades.test_marking import STRANGER, registered, withdrawn

OF = {**CLASS, "student_id": BO}
ASK = RequestDeferral(**OF, deferral_id="d1", reason="住院手术一周", evidence="诊断证明 8 号")
YES = ApproveDeferral(**OF, deferral_id="d1")
NO = RefuseDeferral(**OF, deferral_id="d1", reason="证明不足以缓考")
ABSENT = RecordAbsence(**OF)
VIOLATION = RecordViolation(**OF, kind="violation", description="多次交头接耳")
BAR = BarFromExam(**OF, reason="旷课超过三分之一", document_no="教〔2026〕9号")
BEFORE = at(14, "09:00")


def asked(*past, command=ASK, by=STUDENT_BO, now=BEFORE):
    story = Story(*(past or BASE))
    event = story.one(command, by=by, now=now)
    assert isinstance(event, DeferralRequested)
    return story, event


def test_an_exam_is_put_on_record_once():
    story = Story(*BASE)
    event = story.one(HELD, by=SECRETARY_MATHS)
    assert isinstance(event, ExamHeld)
    assert (event.day, event.week, event.course_name, event.teacher_ids) == (EXAM_DAY, 2, "algebra", (LI, WU))
    assert story.does(HELD, by=OFFICE) == ()
    other = HELD.model_copy(update={"held_on": date(2026, 9, 15)})
    story.refuses(other, Conflict, "exam_already_held", by=OFFICE)
    tomorrow = HELD.model_copy(update={"held_on": date(2026, 9, 18)})
    Story(*BASE).refuses(tomorrow, Conflict, "exam_in_future", by=OFFICE)
    Story().refuses(HELD, Unknown, "offering_unknown", by=OFFICE)
    Story(*BASE).refuses(HELD, NotAllowed, "out_of_scope", by=SECRETARY_ARTS)
    assert TEACHER not in RecordExamHeld.may
    after_term = HELD.model_copy(update={"held_on": date(2027, 1, 5)})
    assert Story(*BASE).one(after_term, by=OFFICE, now=at(1, "09:00") + timedelta(days=200)).week is None


def test_a_student_asks_to_sit_later_and_two_agree():
    story, event = asked()
    assert [(s.role, s.department_id) for s in event.route.steps] == [(HEAD, MATHS), (ACADEMIC, None)]
    assert (event.department_id, event.offering_department_id, event.requested_by) == (MATHS, MATHS, "person:bo")
    assert story.does(ASK, by=STUDENT_BO, now=BEFORE) == ()
    assert isinstance(story.one(YES, by=HEAD_MATHS), DeferralAdvanced)
    assert isinstance(story.one(YES, by=OFFICE), DeferralApproved)
    story.refuses(YES, Conflict, "deferral_already_decided", by=OFFICE)
    story.refuses(NO, Conflict, "deferral_already_decided", by=OFFICE)
    story.refuses(ASK.model_copy(update={"deferral_id": "d2"}), Conflict, "deferral_already_requested", by=STUDENT_BO)
    story.refuses(ASK.model_copy(update={"evidence": "另一份"}), Conflict, "deferral_already_requested", by=STUDENT_BO)


def test_a_refused_request_may_be_made_again():
    story, _ = asked()
    event = story.one(NO, by=HEAD_MATHS)
    assert isinstance(event, DeferralRefused)
    assert story.does(ASK.model_copy(update={"deferral_id": "d2"}), by=STUDENT_BO, now=BEFORE)
    story.refuses(YES.model_copy(update={"deferral_id": "d9"}), Unknown, "deferral_unknown", by=HEAD_MATHS)


def test_it_is_the_students_department_that_agrees():
    guest = {**CLASS, "student_id": FANG}
    wish = RequestDeferral(**guest, deferral_id="d1", reason="参加省级竞赛", evidence="竞赛通知")
    story, event = asked(command=wish, by=Actor("person:fang", STUDENT))
    assert (event.department_id, event.offering_department_id) == (ARTS, MATHS)
    yes = ApproveDeferral(**guest, deferral_id="d1")
    story.refuses(yes, NotAllowed, "out_of_scope", by=HEAD_MATHS)
    assert story.does(yes, by=Actor("person:h2", HEAD, ARTS))
    moved = StudentPlaced(
        student_id=BO,
        person_id="person:bo",
        squad_id=A1,
        department_id=ARTS,
        former_squad_id=M1,
        former_department_id=MATHS,
        from_day=MONDAY,
    )
    _, event = asked(*BASE, moved)
    assert event.department_id == ARTS


def test_neither_the_student_nor_a_teacher_nor_one_person_twice_decides():
    story, _ = asked()
    for himself in (Actor("person:bo", HEAD, MATHS), Actor(LI, HEAD, MATHS), Actor("person:x", HEAD, MATHS, WU)):
        story.refuses(YES, NotAllowed, "self_approval_forbidden", by=himself)
    story.refuses(YES, NotAllowed, "not_your_step", by=OFFICE)
    story.does(YES, by=Actor("person:z", HEAD, MATHS, on_behalf_of="person:head"))
    for same in (Actor("person:z", ACADEMIC), Actor("person:head", ACADEMIC)):
        story.refuses(YES, NotAllowed, "approved_a_step_already", by=same)
    assert TEACHER not in YES.may


def test_the_route_is_the_rulebooks_when_asked():
    story, _ = asked(*BASE, revised(DEFERRAL_ROUTE.key, "secretary@>academic"))
    story = story.but(revised("exam.deferral_route", "academic"))
    story.refuses(YES, NotAllowed, "not_your_step", by=HEAD_MATHS)
    assert isinstance(story.one(YES, by=SECRETARY_MATHS), DeferralAdvanced)
    assert SECRETARY in YES.may


def test_until_a_few_days_after_the_exam():
    held = Story(*BASE)
    held.does(HELD, by=OFFICE)
    last = at(19, "20:00")
    assert held.but().does(ASK, by=STUDENT_BO, now=last)
    held.refuses(ASK, Conflict, "deferral_window_over", by=STUDENT_BO, now=last + timedelta(days=1))
    longer = held.but(revised(DEFERRAL_DAYS.key, 4))
    assert longer.does(ASK, by=STUDENT_BO, now=last + timedelta(days=1))
    strict = held.but(revised("exam.deferral_days", 0))
    strict.refuses(ASK, Conflict, "deferral_window_over", by=STUDENT_BO, now=at(17, "09:00"))


def test_only_for_themselves_and_only_who_takes_the_course():
    Story(*BASE).refuses(ASK, NotAllowed, "out_of_scope", by=Actor("person:chen", STUDENT))
    stranger = ASK.model_copy(update={"student_id": DENG})
    deng = Actor("person:deng", STUDENT)
    Story(*BASE).refuses(stranger, Conflict, "student_not_on_roster", by=deng)
    assert Story(*BASE, registered(DENG)).does(stranger, by=deng)
    gone = Story(*BASE, registered(DENG), withdrawn(DENG, date(2026, 9, 10)))
    gone.refuses(stranger, Conflict, "student_not_on_roster", by=deng)
    nobody = ASK.model_copy(update={"student_id": "student:nobody"})
    Story(*BASE).refuses(nobody, Unknown, "student_unknown", by=Actor("person:nobody", STUDENT))


def test_absences_and_violations_are_recorded_once():
    story = Story(*BASE)
    event = story.one(ABSENT)
    assert isinstance(event, ExamAbsenceRecorded)
    assert (event.day, event.recorded_by, event.department_id) == (date(2026, 9, 17), LI, MATHS)
    assert story.does(ABSENT, by=SECRETARY_MATHS) == ()
    event = story.one(VIOLATION, by=SECRETARY_MATHS)
    assert isinstance(event, ExamViolationRecorded)
    assert story.does(VIOLATION, by=OFFICE) == ()
    worse = VIOLATION.model_copy(update={"kind": "cheating"})
    story.refuses(worse, Conflict, "violation_already_recorded", by=OFFICE)
    for wish in (ABSENT, VIOLATION):
        Story(*BASE).refuses(wish, NotAllowed, "out_of_scope", by=STRANGER)
        Story(*BASE).refuses(wish, NotAllowed, "out_of_scope", by=SECRETARY_ARTS)
        Story(*BASE).refuses(wish.model_copy(update={"student_id": DENG}), Conflict, "student_not_on_roster")


def test_whose_exam_is_deferred_is_not_absent():
    story, _ = asked()
    story.does(YES, by=HEAD_MATHS)
    story.does(YES, by=OFFICE)
    story.refuses(ABSENT, Conflict, "student_deferred")


def test_a_student_is_barred_by_academic_affairs_with_a_document():
    story = Story(*BASE)
    event = story.one(BAR, by=OFFICE)
    assert isinstance(event, BarredFromExam)
    assert story.does(BAR, by=OFFICE) == ()
    story.refuses(BAR.model_copy(update={"document_no": "别号"}), Conflict, "barred_from_exam", by=OFFICE)
    story.refuses(ASK, Conflict, "barred_from_exam", by=STUDENT_BO)
    assert not {TEACHER, HEAD, SECRETARY} & set(BAR.may)
    stranger = BAR.model_copy(update={"student_id": DENG})
    Story(*BASE).refuses(stranger, Conflict, "student_not_on_roster", by=OFFICE)


@pytest.mark.parametrize(("record", "wish"), [("absence", ABSENT), ("violation", VIOLATION), ("bar", BAR)])
def test_what_was_recorded_wrongly_is_revoked_and_may_be_recorded_again(record, wish):
    revoke = RevokeExamRecord(**OF, record=record, reason="座位登记有误")
    story = Story(*BASE)
    story.refuses(revoke, Unknown, "exam_record_unknown", by=OFFICE)
    story.does(wish, by=OFFICE)
    event = story.one(revoke, by=OFFICE)
    assert isinstance(event, ExamRecordRevoked)
    assert (event.record, event.revoked_by) == (record, OFFICE.person_id)
    assert story.does(wish, by=OFFICE)
    assert TEACHER not in revoke.may


def test_members_are_on_the_roster_or_registered():
    told = Members()
    for event in (ROSTER, registered(DENG), withdrawn(CHEN, date(2026, 9, 10))):
        told = told.after(event)
    assert list(told.on(EXAM_DAY)) == [BO, DENG, FANG]
    assert (told.left(CHEN, date(2026, 9, 10)), told.left(CHEN, date(2026, 9, 11))) == (None, date(2026, 9, 10))
    assert (told.ever(CHEN), told.ever("student:x"), told.left("student:x", EXAM_DAY)) == (True, False, None)
