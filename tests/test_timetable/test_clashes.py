from datetime import timedelta

import pytest

from domain import Conflict, NotAllowed
from domain.calendar import HolidayDeclared, HolidayWithdrawn
from domain.organisation import RoomClosed, RoomUpdated
from domain.policies import PolicyRevised
from domain.timetable import (
    Placement,
)
from tests.college import (
    ALGEBRA,
    HALL,
    LI,
    LOGIC,
    M1,
    M2,
    MONDAY,
    R101,
    R102,
    SCHEDULING,
    SECRETARY_MATHS,
    TERM,
    WU,
    at,
    offering,
    room,
)
from tests.scenario import given
from tests.test_timetable.wishes import OFFER, PLACE, WHY, clashes, once, place, placed


@pytest.mark.parametrize(
    ("other", "where", "code"),
    [
        ({"teacher_ids": (WU,), "squad_ids": (M2,)}, R101, "conflict_room"),
        ({"teacher_ids": (LI,), "squad_ids": (M2,)}, R102, "conflict_teacher"),
        ({"teacher_ids": (WU,), "squad_ids": (M2, M1)}, R102, "conflict_class"),
        ({"teacher_ids": (LI,), "squad_ids": (M2,)}, None, "conflict_teacher"),
    ],
)
def test_nobody_and_nothing_is_in_two_places(other, where, code):
    sessions = placed(*SCHEDULING, OFFER)
    logic = offering(LOGIC, capacity=10, **other)
    rival = place(LOGIC, once(begin=2, end=3, room_id=where))
    told, facts = clashes(*SCHEDULING, OFFER, logic, *sessions, command=rival)
    assert told == code
    assert [(c["with_session"], c["with_class"], c["joint"]) for c in facts["clashes"]] == [
        (sessions[0].session_id, ALGEBRA, False)
    ]
    beside = place(LOGIC, once(begin=3, end=4, room_id=where))
    assert placed(*SCHEDULING, OFFER, logic, *sessions, command=beside)


def test_rooms_not_fixed_yet_never_clash():
    nowhere = place(ALGEBRA, once(room_id=None))
    [session] = placed(*SCHEDULING, OFFER, command=nowhere)
    logic = offering(LOGIC, teacher_ids=(WU,), squad_ids=(M2,))
    assert placed(*SCHEDULING, OFFER, logic, session, command=place(LOGIC, once(room_id=None)))


def test_an_offering_does_not_overlap_itself():
    both = place(ALGEBRA, once(), once(begin=2, end=3))
    code, facts = clashes(*SCHEDULING, OFFER, command=both)
    assert code == "conflict_room"
    assert {c["code"] for c in facts["clashes"]} == {"conflict_room", "conflict_teacher", "conflict_class"}


def test_every_clash_is_told_at_once_and_the_wish_made_again_stands():
    sessions = placed(*SCHEDULING, OFFER)
    logic = offering(LOGIC, teacher_ids=(LI, WU), squad_ids=(M2,), capacity=10)
    joint, other = once(), Placement(weeks=(2,), weekday=1, begin_period=1, end_period=1, room_id=R101)
    wish = place(LOGIC, joint, other)
    code, facts = clashes(*SCHEDULING, OFFER, logic, *sessions, command=wish)
    assert code == "conflict_room"
    assert facts["total"] == 4
    assert facts["would_be_joint_with"] == [ALGEBRA]
    again = wish.model_copy(update={"joint_with": (ALGEBRA,), "override_reason": WHY})
    first, second = placed(*SCHEDULING, OFFER, logic, *sessions, command=again)
    assert (first.override_reason, first.overrides) == (None, ())
    assert second.override_reason == WHY
    assert {(o.code, o.teaching_class_id) for o in second.overrides} == {
        ("conflict_room", ALGEBRA),
        ("conflict_teacher", ALGEBRA),
    }


def test_joint_teaching_is_declared_by_either_side_and_needs_teacher_room_and_time():
    first = place(ALGEBRA, once(), joint_with=(LOGIC,))
    sessions = placed(*SCHEDULING, OFFER, command=first)
    logic = offering(LOGIC, squad_ids=(M2,), capacity=10)
    assert placed(*SCHEDULING, OFFER, logic, *sessions, command=place(LOGIC, once()))
    stranger = offering(LOGIC, teacher_ids=(WU,), squad_ids=(M2,), capacity=10)
    code, facts = clashes(*SCHEDULING, OFFER, stranger, *sessions, command=place(LOGIC, once(), joint_with=(ALGEBRA,)))
    assert (code, facts["would_be_joint_with"]) == ("conflict_room", [])


def test_departments_do_not_override():
    given(*SCHEDULING, OFFER).when(place(override_reason=WHY), by=SECRETARY_MATHS).rejected(
        NotAllowed, "override_not_allowed"
    )
    assert placed(*SCHEDULING, OFFER, by=SECRETARY_MATHS)


def test_a_room_seats_the_offering_and_all_that_is_taught_jointly():
    in_small = place(ALGEBRA, once(room_id=R102))
    assert clashes(*SCHEDULING, OFFER, command=in_small)[0] == "seats_insufficient"
    [session] = placed(*SCHEDULING, OFFER, command=in_small.model_copy(update={"override_reason": WHY}))
    assert [o.code for o in session.overrides] == ["seats_insufficient"]
    assert placed(*SCHEDULING, OFFER, RoomUpdated(**room(R102, 30).model_dump()), command=in_small)
    assert placed(*SCHEDULING, offering(ALGEBRA, capacity=None), command=in_small)
    assert placed(*SCHEDULING, offering(ALGEBRA, capacity=900), command=place(ALGEBRA, once(room_id=HALL)))
    sessions = placed(*SCHEDULING, OFFER)
    logic = offering(LOGIC, squad_ids=(M2,), capacity=11)
    jointly = place(LOGIC, once(), joint_with=(ALGEBRA,))
    assert clashes(*SCHEDULING, OFFER, logic, *sessions, command=jointly)[0] == "seats_insufficient"


def test_nothing_is_placed_in_a_closed_room():
    closed = RoomClosed(**room(R101, 40).model_dump(), from_day=MONDAY + timedelta(days=7), reason="教室消防改造")
    given(*SCHEDULING, OFFER, closed).when(PLACE).rejected(Conflict, "room_closed")
    assert placed(*SCHEDULING, OFFER, closed, command=place())


def revised(policy, value):
    return PolicyRevised(
        proposal_id="p1",
        policy=policy,
        value=value,
        effective_from=at(1, "09:00"),
        document_no="教〔2026〕1号",
        proposed_by="person:a",
        approved_by="person:b",
    )


def test_holidays_are_refused_overridden_or_skipped_by_the_rulebook():
    day = MONDAY + timedelta(weeks=3)
    feast = HolidayDeclared(term_id=TERM, day=day, name="国庆节")
    code, facts = clashes(*SCHEDULING, OFFER, feast, command=PLACE)
    assert (code, [c["day"] for c in facts["clashes"]]) == ("on_holiday", [day.isoformat()])
    assert len(placed(*SCHEDULING, OFFER, feast, command=PLACE.model_copy(update={"override_reason": WHY}))) == 16
    skipping = revised("timetable.on_holiday", "skip")
    assert day not in {s.day for s in placed(*SCHEDULING, OFFER, feast, skipping)}
    withdrawn = HolidayWithdrawn(term_id=TERM, day=day, reason="校历有所调整")
    assert len(placed(*SCHEDULING, OFFER, feast, withdrawn)) == 16


def test_a_sports_ground_is_shared_by_design():
    ground = RoomUpdated(**{**room(R101, 40).model_dump(), "shared": True})
    sessions = placed(*SCHEDULING, ground, OFFER)
    logic = offering(LOGIC, teacher_ids=(WU,), squad_ids=(M2,))
    past = (*SCHEDULING, ground, OFFER, logic, *sessions)
    assert placed(*past, command=place(LOGIC, once(begin=2, end=3)))
    busy = offering(LOGIC, teacher_ids=(LI,), squad_ids=(M2,))
    there = place(LOGIC, once(begin=2, end=3))
    assert clashes(*SCHEDULING, ground, OFFER, busy, *sessions, command=there)[0] == "conflict_teacher"
    no_longer = RoomUpdated(**room(R101, 40).model_dump())
    assert clashes(*past, no_longer, command=there)[0] == "conflict_room"
