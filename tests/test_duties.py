"""Duties: in time to the second, late, lapsed, waived.  Seed: 任务驱动, 过程监控."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.duties import Duty

DUE = datetime(2026, 9, 9, 1, 40, tzinfo=UTC)
OWED = Duty(
    key="roll_call/session:1",
    kind="roll_call",
    about="session:1",
    person_id="person:li",
    department_id="department:code",
    opened_at=DUE - timedelta(hours=48),
    due_at=DUE,
)


@pytest.mark.parametrize(
    ("late", "state"),
    [
        (timedelta(seconds=-1), "done"),
        (timedelta(), "done"),
        (timedelta(microseconds=999_999), "done"),
        (timedelta(seconds=1), "done_late"),
    ],
    ids=["a second early", "on the second", "within the second", "a second late"],
)
def test_a_duty_is_done_in_time_up_to_and_with_its_second(late, state):
    done = OWED.done(DUE + late)
    assert (done.state, done.settled_at) == (state, DUE + late)


def test_a_lapse_is_settled_at_the_due_moment():
    assert (OWED.lapsed().state, OWED.lapsed().settled_at) == ("lapsed", DUE)


def test_what_is_done_after_a_lapse_is_late():
    assert OWED.lapsed().done(DUE + timedelta(days=1)).state == "done_late"


def test_a_duty_may_be_waived_or_fall_away():
    at = DUE + timedelta(days=2)
    assert (OWED.lapsed().waived(at).state, OWED.cancelled(at).state) == ("waived", "cancelled")


def test_settling_a_duty_changes_nothing_else():
    kept = {"key", "kind", "about", "person_id", "department_id", "opened_at", "due_at"}
    for settled in (OWED.done(DUE), OWED.lapsed(), OWED.waived(DUE), OWED.cancelled(DUE)):
        assert settled.model_dump(include=kept) == OWED.model_dump(include=kept)
