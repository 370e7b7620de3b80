from datetime import date

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import COUNSELOR, HEAD, TEACHER
from domain.conduct import EducationTalkRecorded, RecordEducationTalk
from tests.college import ARTS, BO, CHEN, M1, MATHS, TERM, at
from tests.scenario import given
from tests.test_conduct.slips import AFFAIRS, DEPUTY_MATHS, HEAD_MATHS, OPEN, QIAN, SLIP, said

NOW = at(9, "16:00")
TALK = RecordEducationTalk(
    talk_id="talk:1",
    student_id=BO,
    slip_id=SLIP,
    held_on=date(2026, 9, 9),
    subject="penalty",
    notes="谈了课堂纪律,学生表示改正",
)


def test_the_counselor_records_a_talk_about_a_slip():
    event = said(OPEN, TALK, QIAN, NOW)
    assert isinstance(event, EducationTalkRecorded)
    assert (event.squad_id, event.department_id, event.term_id, event.week) == (M1, MATHS, TERM, 1)
    assert (event.day, event.held_by, event.slip_id) == (TALK.held_on, QIAN.person_id, SLIP)
    assert {"talk:1", BO, SLIP, QIAN.person_id, MATHS} == set(event.tags())
    given(*OPEN, event).when(TALK, by=QIAN, now=NOW).then()
    other = TALK.model_copy(update={"subject": "study"})
    given(*OPEN, event).when(other, by=QIAN, now=NOW).rejected(Conflict, "talk_already_recorded")


@pytest.mark.parametrize("by", [HEAD_MATHS, DEPUTY_MATHS, AFFAIRS])
def test_so_may_those_who_answer_for_the_student(by):
    assert (
        said(OPEN, TALK.model_copy(update={"slip_id": None, "subject": "wellbeing"}), by, NOW).held_by == by.person_id
    )


@pytest.mark.parametrize(
    ("change", "by", "kind", "code"),
    [
        ({"student_id": CHEN}, QIAN, Conflict, "slip_of_another_student"),
        ({"held_on": date(2026, 9, 10)}, QIAN, Conflict, "day_in_the_future"),
        ({"held_on": date(2026, 8, 1)}, AFFAIRS, Conflict, "student_not_active"),
        ({"student_id": "student:nobody"}, AFFAIRS, Unknown, "student_unknown"),
        ({"slip_id": "slip:none"}, QIAN, Unknown, "slip_unknown"),
        ({}, Actor("person:zhao", COUNSELOR, MATHS), NotAllowed, "out_of_scope"),
        ({}, Actor("person:head2", HEAD, ARTS), NotAllowed, "out_of_scope"),
    ],
)
def test_what_is_no_talk_of_theirs(change, by, kind, code):
    given(*OPEN).when(TALK.model_copy(update=change), by=by, now=NOW).rejected(kind, code)
    assert TEACHER not in TALK.may
