"""Wishes to place, as the stories of this folder make them."""

import pytest

from domain import Conflict
from domain.timetable import (
    Placement,
    PlaceOffering,
    TimetableLocked,
    TimetablePublished,
)
from tests.college import (
    ALGEBRA,
    OFFICE,
    OFFICE_HEAD,
    R101,
    TERM,
    offering,
)
from tests.scenario import given

WEEKS = tuple(range(1, 17))
MONDAYS = Placement(weeks=WEEKS, weekday=1, begin_period=1, end_period=2, room_id=R101)
OFFER = offering(ALGEBRA)
PLACE = PlaceOffering(teaching_class_id=ALGEBRA, placements=(MONDAYS,))
LOCKED = TimetableLocked(term_id=TERM, locked_by=OFFICE.person_id)
PUBLISHED = TimetablePublished(term_id=TERM, published_by=OFFICE_HEAD.person_id)
WHY = "教务处同意并班上课"


def once(weekday=1, begin=1, end=2, room_id=R101, **other):
    return Placement(weeks=(1,), weekday=weekday, begin_period=begin, end_period=end, room_id=room_id, **other)


def place(class_id=ALGEBRA, *placements, **other):
    return PlaceOffering(teaching_class_id=class_id, placements=placements or (once(),), **other)


def placed(*past, by=OFFICE, command=PLACE):
    return given(*past).when(command, by=by).happens()


def clashes(*past, command):
    with pytest.raises(Conflict) as no:
        given(*past).when(command, by=OFFICE).happens()
    return no.value.code, no.value.facts
