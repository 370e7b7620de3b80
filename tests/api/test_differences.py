"""Differences over HTTP: three readings of a figure, what changed, and the events behind it within one's sight."""

from __future__ import annotations

from random import Random
from typing import Any

import httpx

from infra.campus import Campus
from tests.api.conftest import OTHER, Project, Staffing
from tests.college import MATHS
from tests.db.teaching import at
from tests.db.test_differences import InTime

ADDRESS = "/api/figures/truancy_rate/differences"


async def played(campus: Campus, project: Project) -> tuple[int, int]:
    """Two weeks of teaching; the position before the first correction of a mark that counts, and the head."""
    acted = InTime(campus, Random(11))  # noqa: S311 - a test's dice
    for session in await acted.prepare():
        acted.plan(session)
    acted.later(at(11, "20:00"), acted.transfer)
    await acted.run()
    head = await project()
    rows = await campus.log.page(0, types=("roll_call.mark_corrected",), limit=500)
    return rows[0].position - 1, head


async def test_what_changed_is_told_with_the_events_behind_it(
    campus: Campus, staff: Staffing, client: httpx.AsyncClient, project: Project
) -> None:
    before, head = await played(campus, project)
    auditor = await staff.token("audit", "auditor")
    secretary, stranger = await staff.token("clerk", "secretary", MATHS), await staff.token("nurse", "head", OTHER)

    async def asked(headers: dict[str, str], **how: Any) -> Any:
        told = await client.get(ADDRESS, params={"from": before, "to": head, **how}, headers=headers)
        assert told.status_code == 200, told.text
        return told.json()

    told = await asked(auditor, limit=200)
    assert told["from"]["position"] == before
    assert told["to"]["position"] == head
    assert (told["unit"], told["title_en"], told["better"]) == ("per_mille", "Truancy", "lower")
    assert told["many"] == len(told["changes"]) == sum(kind["many"] for kind in told["kinds"])
    assert told["corrections"] > 0
    assert told["changes"][0]["kind"] == "corrected"
    (cause, *_) = [event for event in told["changes"][0]["events"] if event["corrects"]]
    assert (cause["type"], cause["command"]) == ("roll_call.mark_corrected", "correct-roll-call-mark")
    assert cause["reason"]
    assert cause["actor"]["person_id"].startswith("person:")
    for side, position in (("then", before), ("now", head)):
        read = await client.get("/api/figures/truancy_rate", params={"as_of": position}, headers=auditor)
        assert {k: read.json()[k] for k in ("numerator", "denominator", "value", "count")} == told[side]

    pages, cursor = [], None
    while True:
        page = await asked(auditor, limit=7, **({"after": cursor} if cursor else {}))
        pages += page["changes"]
        if (cursor := page["after"]) is None:
            break
    assert pages == told["changes"]
    only = await asked(auditor, kind="corrected", limit=200)
    assert only["changes"] == [change for change in told["changes"] if change["kind"] == "corrected"]

    own = await asked(secretary)
    assert {department["department_id"] for department in own["departments"]} == {MATHS}
    assert own["many"] < told["many"]
    assert (await asked(stranger))["changes"] == []


async def test_moments_are_positions_or_times_in_order(
    staff: Staffing, client: httpx.AsyncClient, project: Project
) -> None:
    auditor = await staff.token("audit", "auditor")
    head = await project()
    for asked, status, code in (
        ({"from": head, "to": 1}, 409, "moments_out_of_order"),
        ({"from": 1, "to": head + 1}, 404, "position_unknown"),
        ({"from": head + 1}, 404, "position_unknown"),
        ({"from": "last week"}, 422, "query_invalid"),
        ({}, 422, "query_invalid"),
        ({"from": 1, "after": "9/1/x"}, 422, "query_invalid"),
        ({"from": 1, "kind": "better"}, 422, "query_invalid"),
    ):
        refused = await client.get(ADDRESS, params=asked, headers=auditor)
        assert (refused.status_code, refused.json()["code"]) == (status, code), asked
    unknown = await client.get("/api/figures/none/differences", params={"from": 1}, headers=auditor)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "figure_unknown")
    told = await client.get(ADDRESS, params={"from": "2020-01-01", "to": "2999-01-01T08:00"}, headers=auditor)
    assert (told.json()["from"]["position"], told.json()["to"]["position"]) == (0, head)
    now = await client.get(ADDRESS, params={"from": head}, headers=auditor)
    assert (now.json()["many"], now.json()["changes"], now.json()["after"]) == (0, [], None)
