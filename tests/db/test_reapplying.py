"""A crash anywhere in an erasure, and what was restored, are made good before anything is opened, once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.access import IMPORT, STUDENT_AFFAIRS, SYSTEM
from domain.identity import GrantRole
from domain.organisation import RegisterDepartment
from domain.privacy import ApproveErasure, RequestErasure
from domain.students import AdmitStudent, FormSquad
from infra.campus import Campus
from infra.cli.common import load_areas
from infra.erasures import Erasure
from infra.reapplying import reapply

IMPORTER = {"person_id": SYSTEM[IMPORT].person_id, "source": IMPORT}
NOTHING = {"listed": 0, "destroyed": 0, "recorded": 0}


@pytest.fixture
async def decided(campus: Campus) -> Campus:
    """Two people decided that wu is erased; nobody has done anything about it yet."""
    day = {"valid_from": date(2026, 9, 1), "valid_until": date(2027, 6, 1)}
    squad = {"squad_id": "squad:1", "department_id": "department:m", "cohort": 2026}
    admitted = {"student_id": "student:wu", "student_number": "1", "name": "吴一", "squad_id": "squad:1"}
    for number, command in enumerate(
        [
            RegisterDepartment(department_id="department:m", code="M", name="数学系", name_en="M", kind="academic"),
            FormSquad(name="一班", **squad),
            AdmitStudent(**admitted, from_day=date(2026, 9, 1)),
            GrantRole(grant_id="grant:g1", person_id="person:a1", role=STUDENT_AFFAIRS, department_id=None, **day),
            GrantRole(grant_id="grant:g2", person_id="person:a2", role=STUDENT_AFFAIRS, department_id=None, **day),
        ]
    ):
        await campus.desk.submit(command, key=str(number), **IMPORTER)
    asked = {"request_id": "erasure:wu", "person_id": "person:wu", "grounds": "other_law", "document_no": "1"}
    await campus.desk.submit(RequestErasure(**asked), person_id="person:a1", key="ask")
    await campus.desk.submit(ApproveErasure(request_id="erasure:wu"), person_id="person:a2", key="agree")
    assert list(await campus.keys.kept(["wu"])) == ["wu"]
    return campus


async def applied(campus: Campus) -> dict[str, Any]:
    return await reapply(campus.institution, campus.settings, load_areas())


async def test_a_crash_right_after_the_decision(decided: Campus):
    assert await applied(decided) == {"erased": 1, "listed": 1, "destroyed": 1, "recorded": 0}
    assert await decided.keys.kept(["wu"]) == {}
    assert [one.subject for one in decided.erasures.read()] == ["wu"]
    assert await applied(decided) == {"erased": 1, **NOTHING}


async def test_a_crash_between_the_list_and_the_key(decided: Campus):
    (row,) = await decided.log.page(0, types=("privacy.person_erased",))
    at = row.recorded_at.astimezone(UTC).isoformat()
    decided.erasures.add([Erasure("wu", "erasure:wu", str(row.id), at)])
    assert await applied(decided) == {"erased": 1, "listed": 0, "destroyed": 1, "recorded": 0}
    await decided.forget(row)
    await decided.forget(row)
    assert len(decided.erasures.read()) == 1
    assert await applied(decided) == {"erased": 1, **NOTHING}


async def test_erasures_that_a_log_lost_are_recorded_once_with_the_moment_they_were_taken_down(campus: Campus):
    taken, lost = datetime(2026, 9, 1, tzinfo=UTC), 200
    campus.erasures.add(Erasure(f"p{n}", f"erasure:p{n}", f"event-{n}", taken.isoformat()) for n in range(lost))
    assert await applied(campus) == {"erased": lost, "listed": 0, "destroyed": lost, "recorded": lost}
    rows = await campus.log.page(0, types=("privacy.erasure_reapplied",), limit=lost + 1)
    assert len(rows) == lost
    said = campus.codec.event(rows[0]).model_dump()
    assert (said["erased_at"], said["lost_event"][:6]) == (taken, "event-")
    assert await applied(campus) == {"erased": lost, **NOTHING}
