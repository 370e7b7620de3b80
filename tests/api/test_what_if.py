"""What if over HTTP: which rules may be asked, whose rows are told, and how a value would be adopted."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx

from domain.calendar import OpenTerm
from domain.policies import Policy
from infra.campus import Campus
from tests.api.conftest import DEPARTMENT, Project, Staffing

TERM = "term:2026-1"
AUTUMN = OpenTerm(term_id=TERM, name="秋季", name_en="Autumn", year=2026, starts_on=date(2026, 9, 7), weeks=16)
ASKED = {"set": "rollcall.deadline_hours:24", "term": TERM}


async def test_every_policy_says_whether_it_may_be_asked(staff: Staffing, client: httpx.AsyncClient):
    """Its bounds, whose it is, what it would touch; of one that may not be asked, why."""
    token = await staff.token("wang", "president")
    told = (await client.get("/api/what-if/policies", headers=token)).json()["policies"]
    by_key = {one["policy"]: one for one in told}
    assert set(by_key) == set(Policy.by_key)
    hours = by_key["rollcall.deadline_hours"]
    assert (hours["askable"], hours["origin"], hours["least"], hours["most"]) == (True, "seed", 1, 336)
    assert {"hours_recognised", "roll_call_timeliness"} <= set(hours["figures"])
    assert by_key["grade.entry_days"]["origin"] == "practice"
    route = by_key["grade.correction_route"]
    assert (route["askable"], route["because_zh"]) == (False, "该规则只影响以后的决定，不能重述已发生的事")
    assert by_key["rollcall.waiver"]["narrow"]


async def test_an_answer_is_told_and_how_to_adopt_it(
    staff: Staffing, client: httpx.AsyncClient, campus: Campus, project: Project
):
    """Figures as they are and as they would be; the ordinary commands that would adopt the value."""
    await staff.submit(AUTUMN, "autumn")
    token = await staff.token("wang", "president")
    head = await project()
    answer = await client.get("/api/what-if", params=ASKED, headers=token)
    told = answer.json()
    assert (answer.status_code, told["term"], told["position"], told["same"]) == (200, TERM, head, True)
    [supposed] = told["suppositions"]
    assert (supposed["in_force"], supposed["version"], supposed["supposed"]) == (48, 0, 24)
    adopting = supposed["adopting"]
    assert adopting["propose"]["path"] == "/api/commands/propose-policy"
    assert adopting["propose"]["body"]["value"] == 24
    assert adopting["propose"]["body"]["proposal_id"] == adopting["approve"]["body"]["proposal_id"]
    assert told["scope"]["departments"] is None
    figures = {one["key"]: one for one in told["figures"]}
    assert figures["hours_recognised"]["total"]["now"]["value"] == 0
    assert figures["roll_call_timeliness"]["total"]["then"]["value"] is None  # nothing was due
    narrowed = await client.get("/api/what-if", params={**ASKED, "figure": "hours_recognised"}, headers=token)
    assert [one["key"] for one in narrowed.json()["figures"]] == ["hours_recognised"]
    assert (await campus.log.head())[0] == head


async def test_a_value_may_be_proposed_again_after_it_was(
    staff: Staffing, client: httpx.AsyncClient, send: Any, project: Project
):
    """A suggestion that was used up is not made again, of the past as of the present."""
    await staff.submit(AUTUMN, "autumn")
    token, academic = await staff.token("wang", "president"), await staff.token("zhao", "academic")
    past = await project()
    for asked in (ASKED, {**ASKED, "as_of": past}, {**ASKED, "set": "rollcall.late_accept:always"}):
        for _ in range(2):
            told = (await client.get("/api/what-if", params=asked, headers=token)).json()
            [supposed] = told["suppositions"]
            body = supposed["adopting"]["propose"]["body"] | {"effective_from": "2031-01-01T00:00:00+08:00"}
            assert body["proposal_id"] == body["proposal_id"].lower()
            answer = await send(
                academic, "propose-policy", body | {"document_no": "教〔2026〕3号"}, key=body["proposal_id"]
            )
            assert answer.status_code == 201, answer.text
            await project()


async def test_refusals_have_their_codes(staff: Staffing, client: httpx.AsyncClient, project: Project):
    """Unknown policies and terms, values out of bounds, policies that cannot be told again, somebody without rows."""
    await staff.submit(AUTUMN, "autumn")
    president = await staff.token("wang", "president")
    teacher = await staff.token("li", "teacher", DEPARTMENT)
    await project()

    async def said(token: Any, **params: Any) -> tuple[int, str]:
        answer = await client.get("/api/what-if", params=params, headers=token)
        return answer.status_code, answer.json()["code"]

    assert await said(president, set="nobody.knows:1") == (404, "policy_unknown")
    assert await said(president, set="rollcall.deadline_hours:0") == (409, "policy_value_invalid")
    assert await said(president, set="grade.correction_route:academic") == (409, "policy_not_retold")
    assert await said(president, set="rollcall.deadline_hours:24", term="term:never") == (404, "term_unknown")
    assert await said(president) == (422, "query_invalid")
    assert await said(teacher, **ASKED) == (403, "beyond_supposing")
    assert (await client.get("/api/what-if", params=ASKED)).status_code == 401


async def test_a_head_may_ask_for_the_own_department(staff: Staffing, client: httpx.AsyncClient, project: Project):
    await staff.submit(AUTUMN, "autumn")
    token = await staff.token("chen", "head", DEPARTMENT)
    await project()
    told = (await client.get("/api/what-if", params=ASKED, headers=token)).json()
    assert told["scope"] == {
        "departments": [DEPARTMENT],
        "zh": "您负责的部门",
        "en": "The departments you answer for",
    }
    assert {d["department_id"] for figure in told["figures"] for d in figure["departments"]} <= {DEPARTMENT}
    assert told["told_again"] is None
