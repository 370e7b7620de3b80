"""The desk on PostgreSQL: idempotency, roles, races, sealing, and what a retry may never do."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest

from domain import Conflict, NotAllowed, Unknown
from domain.access import IMPORT, SYSTEM
from domain.identity import GrantRole, RevokeRole
from domain.organisation import RegisterDepartment, RegisterStaff
from domain.policies import ApprovePolicy, DeclinePolicy, ProposePolicy
from infra.desk import KeyReused
from infra.keys import ERASED
from infra.log import Scan
from infra.readings import SYSTEM as EVERYTHING

IMPORTER = {"person_id": SYSTEM[IMPORT].person_id, "source": IMPORT}
DEPARTMENT = "department:teaching"
ANN, BO = "person:ann", "person:bo"


def department(name="教务处"):
    return RegisterDepartment(
        department_id=DEPARTMENT, code="JWC", name=name, name_en="Academic affairs", kind="office"
    )


def grant(person_id, role):
    return GrantRole(
        grant_id=f"grant:{person_id.partition(':')[2]}-{role}",
        person_id=person_id,
        role=role,
        department_id=None,
        valid_from=date(2026, 9, 1),
        valid_until=date(2027, 7, 31),
    )


async def test_the_same_key_gives_the_same_receipt_and_another_body_is_refused(campus):
    first = await campus.desk.submit(department(), key="d1", **IMPORTER)
    again = await campus.desk.submit(department(), key="d1", **IMPORTER)
    assert again.repeated
    assert (again.command_id, again.events, again.recorded_at) == (first.command_id, first.events, first.recorded_at)
    with pytest.raises(KeyReused):
        await campus.desk.submit(department("别的"), key="d1", **IMPORTER)
    assert (await campus.log.head())[0] == 1


async def test_a_hundred_at_once_with_one_key_record_once(campus):
    receipts = await asyncio.gather(*(campus.desk.submit(department(), key="same", **IMPORTER) for _ in range(100)))
    assert {r.events for r in receipts} == {receipts[0].events}
    assert (await campus.log.head())[0] == 1


async def test_a_dry_run_leaves_no_trace(campus):
    told = await campus.desk.submit(department(), key="d1", dry_run=True, **IMPORTER)
    assert told.events[0].data["code"] == "JWC"
    assert (await campus.log.head())[0] == 0


async def test_nobody_acts_without_a_role_and_a_revoked_one_no_longer_counts(campus):
    wish = ProposePolicy(
        proposal_id="p1",
        policy="access.grant_max_days",
        value=300,
        effective_from=datetime(2026, 10, 1, tzinfo=UTC),
        document_no="2026-7",
    )
    with pytest.raises(NotAllowed, match="role_lacking"):
        await campus.desk.submit(wish, person_id=ANN, key="p")
    await campus.desk.submit(grant(ANN, "academic"), key="g", **IMPORTER)
    await campus.desk.submit(wish, person_id=ANN, key="p")
    revoke = RevokeRole(grant_id="grant:ann-academic", reason="left the office")
    await campus.desk.submit(revoke, key="r", **IMPORTER)
    with pytest.raises(NotAllowed, match="role_lacking"):
        await campus.desk.submit(wish.model_copy(update={"proposal_id": "p2"}), person_id=ANN, key="p2")


async def test_a_policy_is_approved_by_another_person_and_begins_at_the_next_midnight(campus):
    await campus.desk.submit(grant(ANN, "academic"), key="g1", **IMPORTER)
    await campus.desk.submit(grant(BO, "president"), key="g2", **IMPORTER)
    await campus.desk.submit(grant(ANN, "president"), key="g3", **IMPORTER)
    wish = ProposePolicy(
        proposal_id="p1",
        policy="access.grant_max_days",
        value=300,
        effective_from=datetime(2026, 9, 1, tzinfo=UTC),
        document_no="2026-7",
    )
    await campus.desk.submit(wish, person_id=ANN, key="p")
    with pytest.raises(NotAllowed, match="self_approval_forbidden"):
        await campus.desk.submit(ApprovePolicy(proposal_id="p1"), person_id=ANN, key="a")
    with pytest.raises(Unknown, match="proposal_unknown"):
        await campus.desk.submit(ApprovePolicy(proposal_id="p9"), person_id=BO, key="a9")
    await campus.desk.submit(ApprovePolicy(proposal_id="p1"), person_id=BO, key="a")
    with pytest.raises(Conflict, match="proposal_already_decided"):
        await campus.desk.submit(DeclinePolicy(proposal_id="p1", reason="too late"), person_id=BO, key="b")
    assert (await campus.desk.submit(ApprovePolicy(proposal_id="p1"), person_id=BO, key="c")).noop
    book = await campus.desk.rulebook()
    midnight = datetime(2026, 9, 7, 16, tzinfo=UTC)
    assert book.in_force("access.grant_max_days", midnight - timedelta(seconds=1)) == (366, 0)
    assert book.in_force("access.grant_max_days", midnight) == (300, 1)


async def test_names_are_sealed_in_the_log_and_gone_with_their_key(campus):
    await campus.desk.submit(department(), key="d", **IMPORTER)
    staff = RegisterStaff(
        person_id=ANN,
        staff_number="T-777",
        name="哨兵姓名",
        department_id=DEPARTMENT,
        kind="staff",
        from_day=date(2026, 9, 1),
    )
    await campus.desk.submit(staff, key="s", **IMPORTER)
    (row,) = (await campus.log.read([Scan((), (ANN,))])).rows
    assert "哨兵姓名" not in row.body
    assert not any("T-777" in text for text in (row.body, *row.tags))
    stored, texts = orjson.loads(row.body)["data"], campus.disclosure.texts
    assert await texts(EVERYTHING, [stored["name"], stored["staff_number"]], "test") == ["哨兵姓名", "T-777"]
    await campus.forget(row)
    assert await texts(EVERYTHING, [stored["name"]], "test") == [ERASED]
    await campus.keys.made(["ann"])
    assert await texts(EVERYTHING, [stored["name"]], "test") == [ERASED]


async def test_what_the_envelope_says(campus):
    receipt = await campus.desk.submit(department(), key="d", **IMPORTER)
    (row,) = (await campus.log.read([Scan((), (DEPARTMENT,))])).rows
    body = orjson.loads(row.body)
    assert row.id == receipt.events[0].id
    assert row.id.version == 7
    assert body["actor"] == {
        "person_id": "person:import",
        "role": "import",
        "department_id": None,
        "on_behalf_of": None,
    }
    assert (body["command"], body["command_name"]) == (str(receipt.command_id), "register-department")
    assert body["received_at"] == "2026-09-07T04:00:00Z"
    assert body["source"] == "import"
    assert len(body["command_digest"]) == 64
    assert f"command:{receipt.command_id}" in row.tags
