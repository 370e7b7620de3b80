"""Proofs over HTTP: of an event to whoever sees it, of growth to anybody; and a witness that asks for them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from psycopg import sql

from domain import derived
from domain.identity import GrantRole
from domain.students import AdmitStudent, FormSquad
from infra.campus import Campus
from infra.campus_verify import Bad, Key, Note, examine
from infra.postgres import connect
from infra.seal.keys import install_seal_key
from infra.seal.sealer import Sealer
from infra.seal.tree import check_consistency
from infra.seal.witness import hashes
from tests.api.conftest import DEPARTMENT, OTHER, Staffing
from tests.db.sealing import mighty

ROOM = {"room_id": "room:a101", "campus": "主校区", "name": "A101", "seats": 60}


async def seal(campus: Campus) -> None:
    await Sealer(campus.institution, install_seal_key(campus.institution, campus.settings)).catch_up()


def checked(told: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """What campus-verify says of a proof kept in a file."""
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(told))
    return examine(file, [Key(told["key"])], None, [])


@pytest.fixture
async def auditor(staff: Staffing, campus: Campus) -> dict[str, str]:
    headers = await staff.token("shen", "auditor")
    await seal(campus)
    return headers


@pytest.fixture
async def assets(staff: Staffing, campus: Campus) -> dict[str, str]:
    headers = await staff.token("wang", "assets")
    await seal(campus)
    return headers


async def test_a_receipt_becomes_a_proof_within_a_second_of_sealing(
    assets, send: Any, client: httpx.AsyncClient, campus: Campus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("api.proofs.PATIENCE_SECONDS", 0.05)
    [event] = (await send(assets, "register-room", ROOM)).json()["events"]
    early = await client.get(f"/api/proofs/{event['id']}", headers=assets)
    assert (early.status_code, early.json()["code"], early.headers["retry-after"]) == (503, "not_sealed_yet", "1")
    await seal(campus)
    told = (await client.get(f"/api/proofs/{event['id']}", headers=assets)).json()
    assert told == (await client.get(f"/api/proofs/{event['position']}", headers=assets)).json()
    assert json.loads(told["stored"]["body"])["data"]["name"] == "A101"
    assert checked(told, tmp_path) == {
        "event": event["position"],
        "whole": True,
        "checkpoint": event["position"],
        "root": Note(told["checkpoint"]).root.hex(),
    }
    lines = told["tlog_proof"].split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", f"extra {told['leaf']}", f"index {event['position'] - 1}"]
    assert lines[3 : lines.index("")] == told["path"]
    for spoilt in (
        told | {"stored": told["stored"] | {"type": "x"}},
        told | {"index": told["index"] - 1},
        told | {"path": told["path"][1:]},
        told | {"path": [*told["path"], told["leaf"]]},
        told | {"leaf": told["path"][0]},
        told | {"checkpoint": told["checkpoint"].replace("\n", "\n1", 1)},
        told | {"stored": None, "index": told["index"] + 1},
    ):
        with pytest.raises(Bad):
            checked(spoilt, tmp_path)


async def test_the_proof_is_printed_with_a_code(auditor, client: httpx.AsyncClient):
    page = await client.get("/proofs/1", headers=auditor | {"Accept": "text/html"})
    assert page.status_code == 200
    assert "事件证明" in page.text
    assert "data:image/svg+xml" in page.text
    assert "script" not in page.text
    away = await client.get("/proofs/1", headers={"Accept": "text/html"})
    assert away.headers["location"] == "/login?next=%2Fproofs%2F1"
    assert (await client.get("/assets/door/proof.css")).status_code == 200


UNPROVEN = [
    ("/api/proofs/0", 404, "event_unknown"),
    ("/api/proofs/999999", 404, "event_unknown"),
    ("/api/proofs/00000000-0000-0000-0000-000000000000", 404, "event_unknown"),
    ("/api/proofs/x", 422, "query_invalid"),
    ("/proofs/999999", 404, "event_unknown"),
    ("/api/proofs/consistency", 422, "query_invalid"),
    ("/api/proofs/consistency?old=3&new=2", 422, "query_invalid"),
    ("/api/proofs/consistency?old=-1&new=2", 422, "query_invalid"),
    ("/api/proofs/consistency?old=1&new=999999", 404, "position_unknown"),
    ("/api/checkpoint?format=xml", 422, "query_invalid"),
]


async def test_what_cannot_be_proven(auditor, client: httpx.AsyncClient):
    for path, status, code in UNPROVEN:
        answer = await client.get(path, headers=auditor)
        assert (path, answer.status_code, answer.json()["code"]) == (path, status, code)
        assert (await client.get(path)).status_code == 401


async def test_growth_is_proven_between_any_two_sizes(assets, client: httpx.AsyncClient, send: Any, campus: Campus):
    before = Note((await client.get("/api/checkpoint", headers=assets)).json()["checkpoint"])
    await send(assets, "register-room", ROOM)
    await seal(campus)
    said = (await client.get("/api/checkpoint", headers=assets)).json()
    note = await client.get("/api/checkpoint", headers=assets, params={"format": "note"})
    assert (note.text, note.headers["content-type"]) == (said["checkpoint"], "text/plain; charset=utf-8")
    after = Note(note.text)
    after.check([Key(said["key"])])
    asked = {"old": before.size, "new": after.size}
    await send(assets, "register-room", ROOM | {"room_id": "room:a102", "name": "A102"}, key="k2")
    early = await client.get("/api/proofs/consistency", headers=assets, params={**asked, "new": after.size + 1})
    assert (early.status_code, early.json()["code"]) == (503, "not_sealed_yet")
    proof = (await client.get("/api/proofs/consistency", headers=assets, params=asked)).json()
    check_consistency(before.size, after.size, before.root, after.root, hashes(proof))
    for same in ({"old": 0, "new": 3}, {"old": 3, "new": 3}):
        assert (await client.get("/api/proofs/consistency", headers=assets, params=same)).json()["path"] == []


async def test_nothing_is_proven_of_an_event_out_of_sight(
    staff: Staffing, client: httpx.AsyncClient, campus: Campus, send: Any
):
    head = await staff.token("li", "head", DEPARTMENT)
    other = await staff.token("zhao", "head", OTHER)
    own = (await client.get("/api/events", headers=head, params={"type": "organisation.staff_registered"})).json()
    [position] = [e["position"] for e in own["events"] if e["data"]["department_id"] == DEPARTMENT][:1]
    await seal(campus)
    assert (await client.get(f"/api/proofs/{position}", headers=head)).status_code == 200
    assert (await client.get(f"/api/proofs/{position}", headers=other)).json()["code"] == "event_unknown"


async def test_a_student_proves_an_event_without_reading_more_of_it(
    staff: Staffing, client: httpx.AsyncClient, app: Any, campus: Campus, tmp_path: Path
):
    squad, student, who = "squad:s1", "student:xiaoli", "person:xiaoli"
    await staff.submit(FormSquad(squad_id=squad, name="软件一班", department_id=DEPARTMENT, cohort=2026), "squad")
    admit = AdmitStudent(
        student_id=student,
        student_number="2026001",
        name="小李",
        squad_id=squad,
        from_day=date(2026, 9, 1),
    )
    receipt = await staff.submit(admit, "admit")
    grant = GrantRole(
        grant_id=derived("grant", "xiaoli"),
        person_id=who,
        role="student",
        department_id=None,
        valid_from=date(2026, 9, 1),
        valid_until=date(2027, 9, 1),
    )
    await staff.submit(grant, "grant")
    token = {"Authorization": f"Bearer {await app.office.door.mint(who, timedelta(days=1))}"}
    await seal(campus)
    told = (await client.get(f"/api/proofs/{receipt.events[0].position}", headers=token)).json()
    assert told["stored"] is None
    assert told["event"]["data"]["student_id"] == student
    assert checked(told, tmp_path)["whole"] is False


async def test_a_proof_of_an_altered_event_is_refused(auditor, client: httpx.AsyncClient, campus: Campus):
    async with mighty(campus.institution) as execute:
        await execute("update {event} set type = 'x' where position = 2")
    for position in (1, 2):
        told = await client.get(f"/api/proofs/{position}", headers=auditor)
        assert (told.status_code, told.json()["code"]) == (500, "seal_broken")


async def test_the_api_needs_no_more_than_the_public_half(auditor, client: httpx.AsyncClient, campus: Campus):
    (campus.settings.data / "keys" / f"{campus.institution.key}.seal").unlink()
    assert (await client.get("/api/checkpoint", headers=auditor)).status_code == 200
    async with await connect(campus.institution, "writer") as line:
        table = sql.Identifier(campus.institution.schema, "seal_checkpoint")
        found = await line.execute(sql.SQL("select count(*) from {}").format(table))
        assert await found.fetchone() == (1,)
