"""Why this number 为什么是这个数: any figure opened to its rows, events, rule versions, tables and checkpoint."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from api.explanations import ExplanationDocument, document
from api.office import Office, viewer_of
from api.openapi import answers
from api.problems import Problem
from api.queries import PAGE, Asked, Cursor, figure_of, json_response, looked_back
from api.sight import Sight
from infra.readings import RULES_UPTO

ANY_NUMBER: Final = 2**53
RULE: Final[dict[str, Any]] = {
    "key": "rollcall.deadline_hours",
    "title_zh": "授课结束后完成点名的时限(小时)",
    "title_en": "Hours after class within which the roll must be taken",
    "unit": "hours",
    "origin": "seed",
    "version": 1,
    "value": 24,
    "effective_from": "2026-10-11T16:00:00Z",
    "document_no": "教〔2026〕7号",
    "proposed_by": "person:academic",
    "approved_by": "person:president",
    "approved_at": "2026-10-09T02:00:00Z",
    "position": 91_022,
}
BEFORE: Final[dict[str, Any]] = dict.fromkeys(
    ("effective_from", "document_no", "proposed_by", "approved_by", "approved_at", "position")
)
EXAMPLE: Final[dict[str, Any]] = {
    "figure": "roll_call_timeliness",
    "title_zh": "点名及时率",
    "title_en": "Roll calls in time",
    "definition_zh": "按期完成点名的课次 ÷ 已结束且点名期限已过的课次",
    "definition_en": "Sessions rolled by their deadline ÷ ended sessions past their deadline",
    "unit": "percent",
    "scale": 100,
    "axis": "A-teach",
    "owner": "教务处",
    "better": "higher",
    "asked": {"department": "department:nursing", "term": "term:2026-autumn"},
    "as_of": 180_384,
    "recorded_at": "2026-12-31T12:00:00Z",
    "moment": "2026-12-31T12:00:00Z",
    "state": "ok",
    "value": 97.5,
    "numerator": 39,
    "denominator": 40,
    "count": 40,
    "formula": "39 ÷ 40 = 97.5 %",
    "check": {"adds_up": True, "rows": 40, "numerator": 39, "denominator": 40, "value": 97.5},
    "events": [
        {
            "type": "roll_call.taken",
            "title_zh": "完成点名",
            "title_en": "Roll call taken",
            "rows": 39,
            "numerator": 39,
            "denominator": 39,
        },
        {
            "type": "roll_call.deadline_lapsed",
            "title_zh": "点名逾期",
            "title_en": "Roll call deadline lapsed",
            "rows": 1,
            "numerator": 0,
            "denominator": 1,
        },
    ],
    "rules": [],
    "rules_under": [RULE | BEFORE | {"version": 0, "value": 48, "rows": 28}, RULE | {"rows": 12}],
    "tables": [
        {
            "name": "duty",
            "generation": 1,
            "digest": "691565789b0528c2c5b6f2f8cf1e0c1f6d2a2b9a4d7e8f90123456789abcdef0",
            "position": 180_384,
            "recorded_at": "2026-12-31T12:00:00Z",
        }
    ],
    "checkpoint": {
        "size": 180_384,
        "root": "K8xTqbNfU3My5c0Zb1oJr4eVn7uWqk2s9hTgLxPYd1A=",
        "sealed_at": "2026-12-31T12:00:01Z",
        "checkpoint": "campus.example/ledger\n180384\nK8xTqbNfU3My5c0Zb1oJr4eVn7uWqk2s9hTgLxPYd1A=\n\n— …\n",
    },
    "rows": [
        {
            "department_id": "department:nursing",
            "term_id": "term:2026-autumn",
            "week": 16,
            "day": "2026-12-25",
            "person_id": "person:01",
            "about": "session:01",
            "numerator": 1,
            "denominator": 1,
            "position": 179_460,
            "event_id": "0198f0a2-4668-7a8b-9390-0b5f92ee6402",
            "cursor": "179460/session:01/person:01/department:nursing/term:2026-autumn/2026-12-25/000001",
            "event": {
                "position": 179_460,
                "within_sight": True,
                "id": "0198f0a2-4668-7a8b-9390-0b5f92ee6402",
                "type": "roll_call.taken",
                "title_zh": "完成点名",
                "title_en": "Roll call taken",
                "occurred_at": "2026-12-25T03:40:00Z",
                "recorded_at": "2026-12-25T03:40:00Z",
                "actor": {"person_id": "person:01", "role": "teacher", "department_id": None, "on_behalf_of": None},
                "command": "0198f0a2-4667-7b11-8d6e-3f6f1f0a9b1c",
                "command_name": "take-roll-call",
                "policies": [{"key": "rollcall.deadline_hours", "version": 1}],
            },
        }
    ],
    "after": None,
}


class ExplainAsked(Asked):
    """A figure's filters, and a page of its rows.  `rules` counts the rule versions under however many rows."""

    limit: int = Field(default=50, ge=0, le=PAGE)
    after: Cursor | None = None
    rules: bool | None = None

    @property
    def rules_upto(self) -> int:
        """Up to how many rows the rule versions under them are counted."""
        return RULES_UPTO if self.rules is None else ANY_NUMBER if self.rules else -1


def routes(office: Office) -> APIRouter:
    """GET /api/figures/{key}/explain."""
    router = APIRouter(tags=["figures 指标"])
    told: dict[int | str, dict[str, Any]] = {
        200: {"model": ExplanationDocument, "content": {"application/json": {"example": EXAMPLE}}}
    }

    @router.get("/api/figures/{key}/explain", responses=told | answers(404))
    async def explain(request: Request, key: str, asked: Annotated[ExplainAsked, Query()]) -> Response:
        """为什么是这个数.  The sum of all rows beside the figure, and what stands under it, from one snapshot.

        Rows are within the viewer's scope, newest event first; `after` is where the next page begins.
        """
        figure = figure_of(key)
        as_of, viewer = await looked_back(office, asked.as_of, asked.at_least), viewer_of(request)
        explanation = await office.campus.readings.explanation(
            key,
            viewer,
            as_of=as_of,
            limit=asked.limit,
            after=asked.after,
            rules_upto=asked.rules_upto,
            **asked.narrowing(),
        )
        if explanation.told.state == "stopped":
            raise Problem("figure_stopped", position=explanation.told.stopped_at)
        return json_response(document(explanation, figure, Sight(viewer)))

    return router
