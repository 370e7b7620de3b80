"""Many hands on one slip or sanction at once: whatever wins, the story told is one that the rules allow."""

from __future__ import annotations

import asyncio
from typing import Any

from domain import Actor, Command, Rejected
from domain.access import STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD
from domain.conduct import DisciplineAgreed, OfSlip, SlipConfirmed, SlipIssued, SlipReturned, SlipRevoked
from infra.campus import Campus
from tests.college import TEACHER_LI, at
from tests.db.teaching import grant
from tests.db.test_tables_organisation import record
from tests.test_conduct.cases import AGREE, DECIDED_AT, HEARD
from tests.test_conduct.slips import AFFAIRS, COLLEGE, CONFIRM, ISSUE, ISSUED_AT, QIAN, RETURN, REVOKE

SLIPS = [f"slip:{number}" for number in range(12)]


async def tried(campus: Campus, wish: Command[Any], by: Actor, key: str, now: Any) -> str:
    """`recorded`, `noop` or why not."""
    try:
        receipt = await campus.desk.submit(wish, person_id=by.person_id, key=key, received_at=now)
    except Rejected as no:
        return no.code
    return "recorded" if receipt.events else "noop"


async def test_a_slip_is_confirmed_returned_and_revoked_at_once(campus: Campus) -> None:
    grants = [grant(a.person_id, a.role) for a in (TEACHER_LI, QIAN, AFFAIRS)]
    await record(campus, *COLLEGE, *grants)
    wishes = [ISSUE.model_copy(update={"slip_id": slip}) for slip in SLIPS]
    assert [await tried(campus, w, TEACHER_LI, w.slip_id, ISSUED_AT) for w in wishes] == ["recorded"] * len(SLIPS)
    outcomes = await asyncio.gather(
        *(
            tried(campus, wish.model_copy(update={"slip_id": slip}), by, f"{slip}/{wish.NAME}", at(9, "10:00"))
            for slip in SLIPS
            for wish, by in ((CONFIRM, QIAN), (RETURN, QIAN), (REVOKE, AFFAIRS))
        )
    )
    assert set(outcomes) <= {"recorded", "slip_closed", "slip_already_confirmed"}
    told = [campus.codec.event(row) for row in await campus.log.page(0, limit=1_000)]
    for slip in SLIPS:
        story = [type(e) for e in told if isinstance(e, OfSlip) and e.slip_id == slip]
        assert story[0] is SlipIssued
        assert story[1:] in ([SlipConfirmed, SlipRevoked], [SlipReturned], [SlipRevoked])


async def test_a_step_of_a_sanction_is_taken_once(campus: Campus) -> None:
    officers = [Actor(f"person:sao-{n}", STUDENT_AFFAIRS) for n in range(6)]
    both = [grant(a.person_id, STUDENT_AFFAIRS) for a in officers]
    heads = [
        grant(a.person_id, STUDENT_AFFAIRS_HEAD).model_copy(update={"grant_id": f"head-{a.person_id}"})
        for a in officers
    ]
    await record(campus, *HEARD, *both, *heads)
    await asyncio.gather(*(tried(campus, AGREE, by, "agree", DECIDED_AT) for by in officers))
    told = [campus.codec.event(row) for row in await campus.log.page(0, limit=1_000)]
    steps = [e for e in told if getattr(e, "approvals", ())]
    assert [type(e) for e in steps][:1] == [DisciplineAgreed]
    assert [e.state for e in steps] == ["heard", "decided"]
    first, second = (a.by for a in steps[-1].approvals)
    assert first != second
