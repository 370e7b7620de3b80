import pytest

from domain import Conflict, Unknown
from domain.time_grid import (
    GrantOffGridSlot,
    GridSlot,
    OffGridSlotGranted,
    Period,
    SchedulingStarted,
    SetTimeGrid,
    StartScheduling,
    TimeGridSet,
)
from tests.college import ALGEBRA, GRID, OFFICE, OFFICE_HEAD, OPENED, STARTED, TERM
from tests.scenario import given

SET = SetTimeGrid(**GRID.model_dump())
SHORTER = SET.model_copy(update={"days": (1, 2, 3, 4)})
GRANT = GrantOffGridSlot(
    grant_id="g1",
    term_id=TERM,
    teaching_class_id=ALGEBRA,
    weekday=6,
    begin_period=1,
    end_period=2,
    starts="09:00",
    ends="10:30",
    reason="周末讲座,平时无教室",
)
GRANTED = OffGridSlotGranted(**GRANT.model_dump(), granted_by=OFFICE.person_id)


def test_grid_is_set_once_and_the_same_again_changes_nothing():
    given(OPENED).when(SET).then(GRID)
    given(OPENED, GRID).when(SET).then()


def test_grid_may_be_revised_until_scheduling_starts():
    revised = TimeGridSet(**SHORTER.model_dump())
    given(OPENED, GRID).when(SHORTER).then(revised)
    given(OPENED, GRID, STARTED).when(SHORTER).rejected(Conflict, "grid_frozen")
    given(OPENED, GRID, STARTED).when(SET).then()


def test_grid_of_an_unknown_term():
    given().when(SET).rejected(Unknown, "term_unknown")


@pytest.mark.parametrize(
    "hours",
    [
        [(1, "08:00", "08:00")],
        [(1, "08:00", "08:45"), (2, "08:40", "09:30")],
        [(1, "08:00", "08:45"), (3, "08:55", "09:40")],
        [(2, "08:00", "08:45")],
    ],
)
def test_periods_follow_each_other(hours):
    periods = tuple(Period(number=n, starts=a, ends=b) for n, a, b in hours)
    given(OPENED).when(SET.model_copy(update={"periods": periods})).rejected(Conflict, "grid_invalid")


def test_free_slots_lie_within_the_periods_and_keep_regular_teaching_out():
    free = GridSlot(weekday=2, begin_period=4, end_period=5)
    [told] = given(OPENED).when(SET.model_copy(update={"no_class": (free,)})).happens()
    assert not told.admits(2, 3, 4)
    assert told.admits(2, 2, 3)
    assert told.admits(3, 4, 5)
    beyond = SET.model_copy(update={"no_class": (GridSlot(weekday=2, begin_period=4, end_period=6),)})
    given(OPENED).when(beyond).rejected(Conflict, "slot_invalid")


def test_scheduling_starts_once_and_needs_a_grid():
    start = StartScheduling(term_id=TERM)
    given(OPENED).when(start).rejected(Conflict, "grid_unset")
    given(OPENED, GRID).when(start, by=OFFICE_HEAD).then(
        SchedulingStarted(term_id=TERM, started_by=OFFICE_HEAD.person_id)
    )
    given(OPENED, GRID, STARTED).when(start).then()


def test_only_a_slot_outside_the_grid_needs_a_grant():
    given(OPENED, GRID).when(GRANT, by=OFFICE).then(GRANTED)
    given(OPENED, GRID, GRANTED).when(GRANT, by=OFFICE).then()
    inside = GRANT.model_copy(update={"weekday": 5})
    given(OPENED, GRID).when(inside).rejected(Conflict, "slot_inside_grid")
    backwards = GRANT.model_copy(update={"ends": "09:00"})
    given(OPENED, GRID).when(backwards).rejected(Conflict, "slot_invalid")
    given(OPENED).when(GRANT).rejected(Conflict, "grid_unset")


def test_a_grant_id_is_used_for_one_grant():
    other = GRANT.model_copy(update={"weekday": 7})
    given(OPENED, GRID, GRANTED).when(other).rejected(Conflict, "grant_already_made")
