"""Ids, texts and numbers: what the smallest words admit."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from domain import Day, Line, Moment, PersonId, RoomId, StudentId, Text, blind, derived, person_of


def admits(kind, value):
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("value", "stands"),
    [
        ("person:0198a3f2-7c11-7d2e-8b1a-0123456789ab", True),
        ("person:li", True),
        ("person:", False),
        ("person:Li", False),
        ("person:-li", False),
        ("student:li", False),
        ("person:li\n", False),
        ("person:" + "x" * 64, False),
        ("person:李", False),
    ],
)
def test_an_id_says_its_kind_and_nothing_readable_but_a_slug(value, stands):
    assert admits(PersonId, value) is stands


@pytest.mark.parametrize("kind", [Line, Text])
@pytest.mark.parametrize("value", ["", "a\x00b", "a\ud800b", 7], ids=["empty", "NUL", "surrogate", "number"])
def test_a_text_that_would_spoil_the_log_is_refused(kind, value):
    assert not admits(kind, value)


def test_a_text_may_be_in_any_script_up_to_its_length():
    assert admits(Line, "思博学院 🏫")
    assert admits(Line, "字" * 200)
    assert not admits(Line, "字" * 201)
    assert not admits(Text, "字" * 2001)


@pytest.mark.parametrize("value", ["1899-12-31", "2201-01-01", "2026-02-30"])
def test_a_day_is_one_the_college_may_live_to_see(value):
    assert not admits(Day, value)


def test_a_moment_says_its_zone():
    assert admits(Moment, "2026-09-07T12:00:00+08:00")
    assert not admits(Moment, "2026-09-07T12:00:00")


def test_the_same_words_always_give_the_same_id():
    assert derived("room", "A", 101) == derived("room", "A", "101") != derived("room", "A1", "01")
    assert admits(RoomId, derived("room", "A", 101))
    assert derived("session", "x").partition(":")[2] != derived("room", "x").partition(":")[2]


def test_a_student_and_the_human_being_share_one_uuid():
    assert person_of("student:wu") == person_of("person:wu") == "person:wu"
    assert admits(StudentId, "student:wu")


def test_a_number_is_marked_to_be_hidden():
    assert blind("staff_number", "T001").startswith("?")
    assert blind("staff_number", "T001") != blind("student_number", "T001")
