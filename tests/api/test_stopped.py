"""A table that cannot fold an event, seen over HTTP: whatever stands on it says so, and everything else goes on."""

from __future__ import annotations

from typing import Any

import httpx
import orjson

from infra.campus import Campus
from tests.api.conftest import Project, Staffing
from tests.api.test_feed import streamed
from tests.db.teaching import play
from tests.faults.halted_table import FIGURE, TABLE, UNTOUCHED, record_what_cannot_be_folded

ROOM = {"room_id": "room:a101", "campus": "主校区", "name": "A101", "seats": 60}


async def test_what_has_stopped_says_so_and_the_rest_goes_on(
    app: Any, staff: Staffing, client: httpx.AsyncClient, send: Any, project: Project, campus: Campus
) -> None:
    await project()
    await play(campus, seed=11)
    president, assets = await staff.token("xu", "president"), await staff.token("wang", "assets")
    at = await record_what_cannot_be_folded(campus)
    assert (await send(assets, "register-room", ROOM)).status_code == 201
    head = await project()

    async def get(path: str, **asked: Any) -> httpx.Response:
        return await client.get(path, params=asked, headers=president)

    status = (await get("/api/status")).json()
    assert {t["name"]: t["position"] for t in status["tables"] if t["state"] == "halted"} == {TABLE: at - 1}
    assert {t["position"] for t in status["tables"] if t["name"] != TABLE} == {head}
    over = (await get(f"/api/figures/{FIGURE}")).json()
    assert (over["state"], over["stopped_at"], over["value"]) == ("stopped", at - 1, None)
    for kind in ("json", "csv", "xlsx"):
        rows = await get(f"/api/figures/{FIGURE}/rows", format=kind)
        assert (rows.status_code, rows.json()["code"]) == (503, "figure_stopped")
        assert rows.json()["facts"] == {"position": at - 1}
        assert (await get(f"/api/figures/{FIGURE}/rows", format=kind, as_of=at - 1)).status_code == 200
    assert (await get(f"/api/figures/{FIGURE}", as_of=at - 1)).json()["state"] == "ok"
    other = (await get(f"/api/figures/{UNTOUCHED}", at_least=head)).json()
    assert (other["state"], other["as_of"]) == ("ok", head)
    assert (await get(f"/api/figures/{UNTOUCHED}/rows")).json()["rows"]
    async with streamed(app, "/api/freshness", "", president) as stream:
        told = orjson.loads((await stream.message())["data"])
    assert (told["state"], told["stopped"]) == ("stopped", [TABLE])
