"""Notices and daily logins, told as stories.  Seed: D04."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from domain import Actor, Conflict, Event, NotAllowed, Unknown
from domain.access import (
    CLOCK,
    HEAD,
    LEADER,
    PRESIDENT,
    REACTION,
    ROLES,
    STUDENT,
    SYSTEM,
    TEACHER,
    RoleGranted,
    RoleRevoked,
)
from domain.calendar import HolidayDeclared
from domain.duties import Done, Due
from domain.notices import (
    AGENDA,
    LapseNotice,
    LoginRecorded,
    MarkNoticeRead,
    NoticeAddressed,
    NoticeLimitPassed,
    NoticePublished,
    NoticeRead,
    NoticeRecalled,
    NoticeUnaddressed,
    NoticeUnreadLapsed,
    PublishNotice,
    RecallNotice,
    RecordLogin,
)
from domain.notices.rules import READ_WORKDAYS
from domain.organisation import StaffPlaced, StaffRegistered
from domain.policies import PolicyRevised
from tests.college import ANN, ARTS, COLLEGE, LI, MATHS, TERM, WU, at, staff
from tests.scenario import given

BOSS = Actor("person:boss", PRESIDENT)
HEAD_MATHS = Actor("person:head", HEAD, MATHS)
SAID = {"notice_id": "notice:1", "title": "期中检查", "body": "请各位教师提交教案"}
PUBLISHED_AT = at(10, "09:00")  # a Thursday
DUE = at(11, "23:59", 59)
TO_BOTH = PublishNotice(**SAID, persons=(LI, ANN))
READ = MarkNoticeRead(notice_id="notice:1", person_id=LI)
LAPSE = LapseNotice(notice_id="notice:1")
RECALL = RecallNotice(notice_id="notice:1", reason="发错了对象")
BY_LI = Actor(LI, TEACHER, MATHS)


def published(command: PublishNotice = TO_BOTH, *past: Event, by: Actor = BOSS) -> tuple[Any, ...]:
    return tuple(given(*COLLEGE, *past).when(command, by=by, now=PUBLISHED_AT).happens())


def addressed(*past: Event, **audience: Any) -> dict[str, Any]:
    _, *told = published(PublishNotice(**SAID, **audience), *past)
    return {e.person_id: e for e in told}


def granted(person_id: str, role: str, department_id: str, until: date = date(2027, 8, 31)) -> RoleGranted:
    return RoleGranted(
        grant_id=f"grant-{person_id}",
        person_id=person_id,
        role=role,
        department_id=department_id,
        valid_from=date(2026, 9, 1),
        valid_until=until,
        granted_by="person:it",
    )


def test_a_notice_is_published_to_persons_each_of_whom_owes_a_reading():
    said, to_ann, to_li = published()
    assert isinstance(said, NoticePublished)
    assert (said.persons, said.addressed, said.due_at) == ((ANN, LI), 2, DUE)
    assert isinstance(to_li, NoticeAddressed)
    assert (to_ann.department_id, to_li.department_id, to_li.reader) == (ARTS, MATHS, "staff")
    assert (to_li.duty.kind, to_li.duty.due_at, to_li.duty.state, to_li.day) == (
        "notice",
        DUE,
        "open",
        date(2026, 9, 11),
    )
    given(*COLLEGE, said).when(TO_BOTH, by=BOSS).then()
    other = PublishNotice(**SAID | {"title": "期末检查"}, persons=(LI,))
    given(*COLLEGE, said).when(other, by=BOSS).rejected(Conflict, "notice_already_published")


def test_the_limit_passes_over_weekends_and_holidays_and_is_the_rulebooks():
    holiday = HolidayDeclared(term_id=TERM, day=date(2026, 9, 11), name="校庆")
    assert published(TO_BOTH, holiday)[0].due_at == at(14, "23:59", 59)
    told = {"proposal_id": "p1", "document_no": "办〔2026〕1号", "proposed_by": LI, "approved_by": WU}
    three = PolicyRevised(policy=READ_WORKDAYS.key, value=3, effective_from=at(1, "00:00"), **told)
    said = published(TO_BOTH, three)[0]
    assert (said.due_at, said.policies[0].version) == (at(15, "23:59", 59), 1)
    zero = three.model_copy(update={"value": 0})
    assert published(TO_BOTH, zero)[0].due_at == at(10, "23:59", 59)


def test_the_publisher_may_set_another_limit_or_none():
    until = at(10, "18:00")
    said, first, _ = published(PublishNotice(**SAID, persons=(LI, ANN), must_read_until=until))
    assert (said.due_at, said.policies, first.duty.due_at) == (until, (), until)
    said, first, _ = published(PublishNotice(**SAID, persons=(LI, ANN), must_read=False))
    assert (said.due_at, first.duty, first.day) == (None, None, date(2026, 9, 10))
    past = PublishNotice(**SAID, persons=(LI,), must_read_until=PUBLISHED_AT)
    given(*COLLEGE).when(past, by=BOSS, now=PUBLISHED_AT).rejected(Conflict, "read_limit_past")


def test_a_department_is_its_staff_of_the_day():
    assert set(addressed(departments=(MATHS,))) == {LI, WU}
    moved = StaffPlaced(
        person_id=WU,
        department_id=ARTS,
        former_department_id=MATHS,
        kind="staff",
        from_day=date(2026, 9, 10),
    )
    assert set(addressed(moved, departments=(MATHS,))) == {LI}
    assert set(addressed(moved, departments=(ARTS,))) == {ANN, WU}
    later = moved.model_copy(update={"from_day": date(2026, 9, 11)})
    assert addressed(later, departments=(MATHS, ARTS))[WU].department_id == MATHS


def test_with_roles_it_is_those_who_hold_them_in_the_departments():
    grant = granted(LI, HEAD, ARTS)
    assert set(addressed(grant, departments=(ARTS,), roles=(HEAD,))) == {LI}
    assert set(addressed(grant, departments=(ARTS,), roles=(HEAD,), persons=(WU,))) == {LI, WU}
    revoked = RoleRevoked(**grant.model_dump(include={"grant_id", "person_id", "role", "department_id"}), reason="卸任")
    nobody = PublishNotice(**SAID, departments=(ARTS,), roles=(HEAD,))
    for past in ((grant, revoked), (granted(LI, HEAD, ARTS, date(2026, 9, 9)),), (granted(LI, TEACHER, ARTS),)):
        given(*COLLEGE, *past).when(nobody, by=BOSS, now=PUBLISHED_AT).rejected(Conflict, "audience_empty")


def test_students_are_readers_too_of_their_own_department():
    told = addressed(persons=("person:bo",))["person:bo"]
    assert (told.reader, told.department_id) == ("student", MATHS)


def test_nobody_unknown_is_addressed_nor_more_than_five_hundred():
    given(*COLLEGE).when(PublishNotice(**SAID, persons=("person:x",)), by=BOSS).rejected(Unknown, "recipient_unknown")
    crowd = [staff(f"person:t{n}") for n in range(501)]
    many = PublishNotice(**SAID, departments=(MATHS,))
    given(*crowd).when(many, by=BOSS).rejected(Conflict, "audience_too_large")
    assert len(given(*crowd[:500]).when(many, by=BOSS).happens()) == 501


def test_a_department_speaks_to_its_own():
    own = PublishNotice(**SAID, persons=(LI, WU))
    assert len(published(own, by=HEAD_MATHS)) == 3
    assert published(PublishNotice(**SAID, departments=(MATHS,)), by=HEAD_MATHS)[0].publisher_department_id == MATHS
    for command in (TO_BOTH, PublishNotice(**SAID, departments=(MATHS, ARTS))):
        given(*COLLEGE).when(command, by=HEAD_MATHS).rejected(NotAllowed, "out_of_scope")
    assert len(published(TO_BOTH, by=Actor("person:leader", LEADER))) == 3
    leader = Actor("person:leader", LEADER, MATHS)
    given(*COLLEGE).when(TO_BOTH, by=leader).rejected(NotAllowed, "out_of_scope")


def test_a_notice_read_by_its_limit_is_read_in_time():
    past = published()
    (told,) = given(*past).when(READ, by=BY_LI, now=DUE.replace(microsecond=900_000)).happens()
    assert isinstance(told, NoticeRead)
    assert (told.state, told.duty.state) == ("read", "done")
    given(*past, told).when(READ, by=BY_LI, now=DUE + timedelta(days=3)).then()
    (late,) = given(*past).when(READ, by=BY_LI, now=DUE + timedelta(seconds=1)).happens()
    assert (late.state, late.duty.state) == ("read_late", "done_late")
    given(*past).when(READ, by=Actor(WU, TEACHER, MATHS)).rejected(NotAllowed, "out_of_scope")
    stranger = MarkNoticeRead(notice_id="notice:1", person_id=WU)
    given(*past).when(stranger, by=Actor(WU, TEACHER, MATHS)).rejected(Unknown, "notice_not_addressed")
    assert set(MarkNoticeRead.may) == set(ROLES)


def test_what_is_for_information_is_read_without_a_duty():
    past = published(PublishNotice(**SAID, persons=(LI,), must_read=False))
    (told,) = given(*past).when(READ, by=BY_LI, now=DUE + timedelta(days=9)).happens()
    assert (told.state, told.duty) == ("read", None)
    given(*past).when(LAPSE, by=SYSTEM[CLOCK], now=DUE + timedelta(days=9)).then()


def test_after_the_limit_the_clock_puts_on_record_who_has_not_read_it():
    past = published()
    read = given(*past).when(READ, by=BY_LI, now=DUE).happens()
    given(*past).when(LAPSE, now=DUE).rejected(Conflict, "read_limit_not_over")
    given().when(LAPSE, now=DUE).rejected(Unknown, "notice_unknown")
    lapse, over = given(*past, *read).when(LAPSE, now=DUE + timedelta(seconds=60)).happens()
    assert isinstance(lapse, NoticeUnreadLapsed)
    assert (lapse.person_id, lapse.state, lapse.duty.state) == (ANN, "lapsed", "lapsed")
    assert isinstance(over, NoticeLimitPassed)
    assert (over.addressed, over.read_in_time) == (2, 1)
    given(*past, *read, lapse, over).when(LAPSE, now=DUE + timedelta(hours=1)).then()
    by_ann = MarkNoticeRead(notice_id="notice:1", person_id=ANN)
    for now in (DUE, DUE + timedelta(hours=1)):
        (late,) = given(*past, *read, lapse, over).when(by_ann, by=Actor(ANN, TEACHER, ARTS), now=now).happens()
        assert (late.state, late.duty.state) == ("read_late", "done_late")


def test_a_recalled_notice_is_owed_by_nobody_and_keeps_who_read_it():
    past = published()
    read = given(*past).when(READ, by=BY_LI, now=DUE).happens()
    told, freed = given(*past, *read).when(RECALL, by=BOSS, now=DUE).happens()
    assert isinstance(told, NoticeRecalled)
    assert isinstance(freed, NoticeUnaddressed)
    assert (freed.person_id, freed.state, freed.duty.state) == (ANN, "cancelled", "cancelled")
    everything = (*past, *read, told, freed)
    given(*everything).when(RECALL, by=BOSS).then()
    given(*everything).when(LAPSE, now=DUE + timedelta(hours=1)).then()
    by_ann = MarkNoticeRead(notice_id="notice:1", person_id=ANN)
    given(*everything).when(by_ann, by=Actor(ANN, TEACHER, ARTS)).rejected(Conflict, "notice_recalled")


def test_only_the_publisher_recalls_or_the_president():
    past = published(by=Actor("person:leader", LEADER))
    given(*past).when(RECALL, by=HEAD_MATHS).rejected(NotAllowed, "out_of_scope")
    assert given(*past).when(RECALL, by=BOSS).happens()
    assert given(*past).when(RECALL, by=Actor("person:leader", LEADER)).happens()
    assert REACTION not in RecallNotice.may


def test_the_clock_comes_a_minute_after_the_limit_and_only_where_there_is_one():
    said = published()[0]
    assert list(AGENDA[NoticePublished](said)) == [Due("notice/notice:1", DUE + timedelta(seconds=60), LAPSE)]
    open_ended = published(PublishNotice(**SAID, persons=(LI,), must_read=False))[0]
    assert list(AGENDA[NoticePublished](open_ended)) == []
    (told, *_) = given(*published()).when(RECALL, by=BOSS).happens()
    assert list(AGENDA[NoticeRecalled](told)) == [Done("notice/notice:1")]


LOGIN = RecordLogin(person_id=LI, day=date(2026, 9, 10))


def test_the_first_login_of_a_day_is_on_record_once_with_the_department_of_the_day():
    (told,) = given(*COLLEGE).when(LOGIN, by=SYSTEM[REACTION]).happens()
    assert isinstance(told, LoginRecorded)
    assert (told.person_id, told.department_id, told.day) == (LI, MATHS, date(2026, 9, 10))
    given(*COLLEGE, told).when(LOGIN, by=SYSTEM[REACTION]).then()
    assert set(RecordLogin.may) == {REACTION}


def test_who_is_not_of_the_staff_leaves_no_trace():
    given(*COLLEGE).when(RecordLogin(person_id="person:bo", day=LOGIN.day), by=SYSTEM[REACTION]).then()
    tomorrow = StaffRegistered(**staff("person:new").model_dump() | {"from_day": date(2026, 9, 11)})
    given(tomorrow).when(RecordLogin(person_id="person:new", day=LOGIN.day), by=SYSTEM[REACTION]).then()
    assert STUDENT not in RecordLogin.may
