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
from api.queries import PAGE, Asked, Cursor, figure_of, json_response, position_of, wait_for
from api.sight import Sight
from infra.readings import RULES_UPTO

ANY_NUMBER: Final = 2**53
EXAMPLE: Final[dict[str, Any]] = {}


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
        await wait_for(office, asked.at_least)
        as_of, viewer = await position_of(office, asked.as_of), viewer_of(request)
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
