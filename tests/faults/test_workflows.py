"""The campaign behind `make show-2.4`, small: nothing wrong is found, and what is broken on purpose is."""

from __future__ import annotations

import pytest

from tests.faults.workflows.broken import ALL, noticed
from tests.faults.workflows.campaign import KINDS, run
from tests.faults.workflows.verdict import JUDGED, TRIED, verdict


async def test_nothing_is_approved_by_oneself_and_no_step_is_left_out():
    found = await run(seed=7, number=400, students=5)
    assert found.findings.wrong == {}
    assert found.surprises == {}
    assert set(found.workflows) == set(KINDS)
    assert set(found.findings.judged) >= JUDGED
    assert set(found.refused) >= TRIED - {"approved_a_step_already"}
    assert found.findings.borrowed > 20


@pytest.mark.parametrize("breakage", ALL, ids=lambda b: b.what.replace(" ", "_"))
async def test_a_broken_decider_is_found_out(breakage):
    number, _ = await noticed(breakage)
    assert number > 0


def test_what_was_never_tried_proves_nothing():
    counted = {
        "workflows": {"tasks": 10},
        "refused": {"self_approval_forbidden": 3},
        "judged": {"task evaluated": 4},
        "surprises": {},
        "wrong": {},
        "borrowed": 0,
    }
    wrong = verdict(counted, 20)
    assert set(wrong) == {"workflows", "never_tried", "never_judged", "nothing_borrowed"}
