"""The past over HTTP: every query of the college takes `as_of`, and answers with nothing that was recorded later."""

from __future__ import annotations

from typing import Any, Final

import httpx
import pytest

from api import CampusApp
from infra.campus import Campus
from infra.keys import ERASED
from tests.api.conftest import DEPARTMENT, Project, Staffing, person

# What has no past to be read as of, and why.
EXEMPT: Final = {
    "/api/access": "which role may give which command stands in the code, not in the log",
    "/api/announcements": "a stream of what comes next",
    "/api/case-file": "every event of it is proven in the newest log that was signed",
    "/api/checkpoint": "the newest signed size of the log; older ones are asked for by size",
    "/api/clock": "the institution's clock",
    "/api/feed": "a stream of what comes next",
    "/api/figures": "which figures there are stands in the code, not in the log",
    "/api/figures/{key}/differences": "takes two moments of its own, `from` and `to`",
    "/api/freshness": "a stream of how far the tables have come",
    "/api/me": "who one is at this door now, with the token of this session",
    "/api/proofs/consistency": "takes two sizes of the log of its own",
    "/api/proofs/{event}": "a proof holds for the log that was signed, whatever its size",
    "/api/refusals": "kept beside the log, without a position",
    "/api/refusals/counts": "kept beside the log, without a position",
    "/api/samples": "drawn under a signed size of the log, from `since` to `until` of its own",
    "/api/what-if/policies": "which rules may be supposed otherwise stands in the code, not in the log",
    "/api/status": "how far log and tables have come now",
    "/problems/{code}": "what a code means stands in the code, not in the log",
    "/health/live": "whether this process runs",
    "/health/ready": "whether this process can answer",
}


def test_every_query_takes_a_past_position_or_says_why_not(app: CampusApp) -> None:
    queries = {path: found["get"] for path, found in app.openapi()["paths"].items() if "get" in found}
    taking = {
        path
        for path, query in queries.items()
        if any(p["name"] == "as_of" and p["in"] == "query" for p in query.get("parameters", ()))
    }
    assert taking.isdisjoint(EXEMPT)
    assert queries.keys() - taking - EXEMPT.keys() == set(), "a new query takes as_of, or stands in EXEMPT"


async def test_names_are_those_of_then_and_only_of_who_was_there(
    staff: Staffing, client: httpx.AsyncClient, project: Project
) -> None:
    auditor = await staff.token("audit", "auditor")
    before = await project()
    await staff.appoint("late", "teacher", DEPARTMENT)
    head = await project()

    async def named(**when: Any) -> dict[str, str]:
        asked = {"person": [person("late"), person("audit")], **when}
        told = await client.get("/api/people/names", params=asked, headers=auditor)
        assert told.status_code == 200, told.text
        found: dict[str, str] = told.json()["names"]
        return found

    assert (await named())[person("late")] == "张老师"
    assert (await named(as_of=head))[person("late")] == "张老师"
    assert set(await named(as_of=before)) == {person("audit")}


async def test_what_was_erased_since_is_not_brought_back_by_looking_back(
    staff: Staffing, client: httpx.AsyncClient, project: Project, campus: Campus
) -> None:
    auditor = await staff.token("audit", "auditor")
    await staff.appoint("gone", "teacher", DEPARTMENT)
    then = await project()
    asked = {"person": person("gone"), "as_of": then}
    assert (await client.get("/api/people/names", params=asked, headers=auditor)).json()["names"] == {
        person("gone"): "张老师"
    }
    await campus.keys.erase(person("gone").partition(":")[2])
    told = await client.get("/api/people/names", params=asked, headers=auditor)
    assert told.json()["names"] == {person("gone"): ERASED}


async def test_events_end_where_one_looks_back_to(
    staff: Staffing, send: Any, client: httpx.AsyncClient, project: Project
) -> None:
    auditor, assets = await staff.token("audit", "auditor"), await staff.token("wang", "assets")
    room = {"room_id": "room:a101", "campus": "主校区", "name": "A101", "seats": 60}
    recorded = await send(assets, "register-room", room)
    (position,) = recorded.json()["positions"]
    command = recorded.json()["command_id"]
    await project()

    async def status(path: str, **when: Any) -> int:
        return (await client.get(path, params=when, headers=auditor)).status_code

    for path in (f"/api/events/{position}", f"/api/commands/{command}"):
        assert await status(path) == await status(path, as_of=position) == 200
        assert await status(path, as_of=position - 1) == 404
    for asked in ({}, {"tag": "room:a101"}):
        told = (await client.get("/api/events", params={**asked, "as_of": position - 1}, headers=auditor)).json()
        assert told["head"] == position - 1
        assert all(event["position"] < position for event in told["events"])
    last = (await client.get("/api/events", params={"tag": "room:a101", "as_of": position}, headers=auditor)).json()
    assert [event["position"] for event in last["events"]] == [position]


@pytest.mark.parametrize(
    "path", ["/api/duties", "/api/events", "/api/policies", "/api/people/names?person=person:x", "/api/texts?about=x"]
)
async def test_a_position_the_log_has_not_reached_is_unknown(
    staff: Staffing, client: httpx.AsyncClient, project: Project, path: str
) -> None:
    auditor = await staff.token("audit", "auditor")
    head = await project()
    join = "&" if "?" in path else "?"
    refused = await client.get(f"{path}{join}as_of={head + 1}", headers=auditor)
    assert (refused.status_code, refused.json()["code"]) == (404, "position_unknown")
    misread = await client.get(f"{path}{join}as_of=yesterday", headers=auditor)
    assert (misread.status_code, misread.json()["code"]) == (422, "query_invalid")
    for said in (str(head), "2026-01-01", "2999-01-01T08:00", "2999-01-01T08:00Z"):
        told = await client.get(f"{path}{join}as_of={said}", headers=auditor)
        assert told.status_code == 200, told.text


async def test_rules_are_those_known_then(
    staff: Staffing, client: httpx.AsyncClient, project: Project, send: Any
) -> None:
    auditor = await staff.token("audit", "auditor")
    then = await project()
    told = (await client.get("/api/policies", params={"as_of": then}, headers=auditor)).json()["policies"]
    now = (await client.get("/api/policies", headers=auditor)).json()["policies"]
    assert [p["key"] for p in told] == [p["key"] for p in now]
    assert all(p["version"] == 0 and p["versions"] == [] for p in told)
