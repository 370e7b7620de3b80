from datetime import timedelta

from domain import Actor, Conflict, NotAllowed
from domain.access import CLOCK, DEPUTY, STUDENT, SYSTEM
from domain.conduct import AGENDA, LapseSlipAppeal, SlipAppealDecided, SlipAppealed, SlipAppealLapsed
from domain.duties import Done, Due
from tests.college import ARTS, LI, MATHS, TEACHER_LI, at
from tests.rolls import revised
from tests.scenario import given
from tests.test_conduct.slips import (
    AFFAIRS_HEAD,
    APPEAL,
    APPEALED,
    COLLEGE,
    CONFIRM,
    COUNTED,
    DEPUTY_MATHS,
    DISMISS,
    DISPUTED,
    ISSUE,
    OPEN,
    OTHER_DEPUTY,
    QIAN,
    RETURN,
    SLIP,
    STUDENT_BO,
    UPHOLD,
    issued,
    said,
)

LAST = at(19, "23:59")  # ten days after Wednesday the 9th
THEN = at(11, "09:00")
LAPSE = LapseSlipAppeal(slip_id=SLIP)
THE_CLOCK = SYSTEM[CLOCK]


def test_a_student_appeals_within_ten_days_of_the_confirmation():
    assert isinstance(APPEALED, SlipAppealed)
    assert (APPEALED.appeal, APPEALED.state, APPEALED.counted_hundredths) == ("open", "confirmed", -200)
    assert said(COUNTED, APPEAL, STUDENT_BO, LAST)
    late = LAST + timedelta(minutes=1)
    given(*COUNTED).when(APPEAL, by=STUDENT_BO, now=late).rejected(Conflict, "appeal_too_late")
    short = (*COUNTED, revised("slip.appeal_days", 1))
    assert said(short, APPEAL, STUDENT_BO, at(10, "23:59"))
    given(*short).when(APPEAL, by=STUDENT_BO, now=at(11, "00:00")).rejected(Conflict, "appeal_too_late")


def test_the_department_owes_an_answer_within_working_days():
    duty = APPEALED.duty
    assert (duty.kind, duty.person_id, duty.department_id) == ("slip_appeal", None, MATHS)
    assert duty.due_at == at(17, "23:59", 59)
    quick = (*COUNTED, revised("slip.appeal_workdays", 1))
    assert said(quick, APPEAL, STUDENT_BO, at(10, "09:00")).duty.due_at == at(11, "23:59", 59)


def test_only_ones_own_confirmed_penalty_once():
    given(*COUNTED).when(APPEAL, by=Actor("person:chen", STUDENT), now=THEN).rejected(NotAllowed, "out_of_scope")
    given(*OPEN).when(APPEAL, by=STUDENT_BO, now=THEN).rejected(Conflict, "slip_not_confirmed")
    given(*DISPUTED).when(APPEAL, by=STUDENT_BO, now=THEN).rejected(Conflict, "slip_already_appealed")
    returned = (*OPEN, said(OPEN, RETURN, QIAN, at(9, "10:00")))
    given(*returned).when(APPEAL, by=STUDENT_BO, now=THEN).rejected(Conflict, "slip_closed")
    praise = ISSUE.model_copy(update={"code": "J02", "points_hundredths": 50})
    praised = given(*COLLEGE).when(praise, by=TEACHER_LI, now=at(8, "12:00")).happens()
    given(*COLLEGE, *praised).when(APPEAL, by=STUDENT_BO, now=THEN).rejected(Conflict, "reward_not_appealable")


def test_upheld_the_points_go_out_again():
    event = said(DISPUTED, UPHOLD, DEPUTY_MATHS, THEN)
    assert isinstance(event, SlipAppealDecided)
    assert (event.state, event.appeal, event.counted_hundredths) == ("overturned", "upheld", 0)
    assert (event.duty.key, event.duty.state) == (APPEALED.duty.key, "done")
    given(*DISPUTED, event).when(DISMISS, by=DEPUTY_MATHS, now=THEN).rejected(Conflict, "appeal_already_decided")


def test_dismissed_they_stay():
    event = said(DISPUTED, DISMISS, DEPUTY_MATHS, THEN)
    assert (event.state, event.appeal, event.counted_hundredths) == ("confirmed", "dismissed", -200)
    again = given(*DISPUTED, event).when(APPEAL, by=STUDENT_BO, now=THEN)
    again.rejected(Conflict, "slip_already_appealed")
    given(*COUNTED).when(DISMISS, by=DEPUTY_MATHS, now=THEN).rejected(Conflict, "slip_not_appealed")


def test_neither_the_issuer_nor_who_confirmed_decides():
    by_deputy = (*COLLEGE, issued(by=DEPUTY_MATHS, teaching_class_id=None))
    past = (*by_deputy, said(by_deputy, CONFIRM, QIAN, at(9, "10:00")))
    past = (*past, said(past, APPEAL, STUDENT_BO, at(10, "09:00")))
    given(*past).when(UPHOLD, by=DEPUTY_MATHS, now=THEN).rejected(NotAllowed, "appeal_not_independent")
    assert said(past, UPHOLD, OTHER_DEPUTY, THEN).decided_by == OTHER_DEPUTY.person_id
    assert said(past, UPHOLD, AFFAIRS_HEAD, THEN)
    for concerned in (Actor(LI, DEPUTY, MATHS), Actor(QIAN.person_id, DEPUTY, MATHS)):
        given(*DISPUTED).when(UPHOLD, by=concerned, now=THEN).rejected(NotAllowed, "appeal_not_independent")
    for_him = Actor("person:x", DEPUTY, MATHS, on_behalf_of=QIAN.person_id)
    given(*DISPUTED).when(UPHOLD, by=for_him, now=THEN).rejected(NotAllowed, "appeal_not_independent")


def test_only_the_deputy_of_the_students_department():
    given(*DISPUTED).when(UPHOLD, by=Actor("person:dsa3", DEPUTY, ARTS), now=THEN).rejected(NotAllowed, "out_of_scope")
    given(*DISPUTED).when(UPHOLD, by=AFFAIRS_HEAD, now=THEN).rejected(NotAllowed, "out_of_scope")


def test_an_answer_owed_lapses_by_the_clock():
    due = APPEALED.duty.due_at
    given(*DISPUTED).when(LAPSE, by=THE_CLOCK, now=due).rejected(Conflict, "answer_not_due")
    lapsed = said(DISPUTED, LAPSE, THE_CLOCK, due + timedelta(seconds=60))
    assert isinstance(lapsed, SlipAppealLapsed)
    assert (lapsed.duty.state, lapsed.appeal) == ("lapsed", "open")
    given(*DISPUTED, lapsed).when(LAPSE, by=THE_CLOCK, now=due + timedelta(days=1)).then()
    given(*COUNTED).when(LAPSE, by=THE_CLOCK, now=due + timedelta(days=1)).then()
    event = said((*DISPUTED, lapsed), UPHOLD, DEPUTY_MATHS, due + timedelta(days=1))
    assert event.duty.state == "done_late"
    assert list(AGENDA[SlipAppealed](APPEALED)) == [Due(f"slip/{SLIP}", due + timedelta(seconds=60), LAPSE)]
    assert list(AGENDA[SlipAppealDecided](event)) == [Done(f"slip/{SLIP}")]
