"""Differences 两时点之差: what a figure said then, what is said of that time since, and now, and by which events."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api.office import Office, viewer_of
from api.openapi import answers, documents
from api.problems import Problem
from api.queries import MOST, MomentOrPosition, declaration, figure_of, json_response, looked_back
from domain import DepartmentId, Event, Moment, PersonId, TermId
from infra.readings.differences import Cause, Change, Difference, Kind, Side, Three, differences
from infra.sight import Sight

PAGE: Final = 200


class DifferenceAsked(BaseModel):
    """Two moments, each a position or a time; without `to`, now.  `at_least` waits for a position.

    `at` is the moment that `to` is judged at: with both as the first page told them, the next goes on where it ended.
    """

    model_config = ConfigDict(extra="forbid")
    since: MomentOrPosition = Field(alias="from")
    until: MomentOrPosition | None = Field(default=None, alias="to")
    at: Moment | None = None
    department: DepartmentId | None = None
    term: TermId | None = None
    week: int | None = Field(default=None, ge=1, le=60)
    person: PersonId | None = None
    kind: list[Kind] = Field(default_factory=list, max_length=7)
    limit: int = Field(default=50, ge=1, le=PAGE)
    after: Annotated[str | None, Field(pattern=r"^[0-2]/\d{1,18}/[!-~]{0,400}$")] = None
    at_least: int | None = Field(default=None, ge=0, le=MOST)


def side(told: Side) -> dict[str, Any]:
    return {"value": told.value, "numerator": told.numerator, "denominator": told.denominator, "count": told.count}


def three(told: Three) -> dict[str, Any]:
    """The same sum as known then, as corrected since, and now."""
    return {"then": side(told.then), "corrected": side(told.corrected), "now": side(told.now)}


def cause(told: Cause, sight: Sight) -> dict[str, Any]:
    """An event, as much of it as the viewer may read: what it is, who did it, when and why."""
    seen = sight.event(told.event)
    kind = Event.by_name.get(told.event.type)
    zh, en = kind.titles() if kind else (told.event.type, told.event.type)
    return {
        "position": told.event.position,
        "type": told.event.type,
        "title_zh": zh,
        "title_en": en,
        "recorded_at": told.event.recorded_at,
        "actor": seen["actor"],
        "command": told.command,
        "corrects": told.corrects,
        "reason": told.reason,
    }


def change(told: Change, sight: Sight) -> dict[str, Any]:
    """One contribution that differs, with the events in sight that made it so."""
    return {
        "about": told.about,
        "person_id": told.person,
        "department_id": told.department,
        "term_id": told.term,
        "week": told.week,
        "day": told.day,
        "kind": told.kind,
        **three(told.sides),
        "events": [cause(one, sight) for one in told.causes if sight.sees(one.event)],
    }


def written(told: Difference, sight: Sight) -> dict[str, Any]:
    """A difference as its document."""
    return {
        "from": {"position": told.before.position, "moment": told.before.at},
        "to": {"position": told.now.position, "moment": told.now.at},
        **three(told.whole),
        "many": told.whole.many,
        "corrections": told.corrections,
        "known_later": told.known_later,
        "kinds": [{"kind": kind, "many": sides.many, **three(sides)} for kind, sides in sorted(told.kinds.items())],
        "departments": [
            {"department_id": of, "many": sides.many, **three(sides)}
            for of, sides in sorted(told.departments.items(), key=lambda pair: pair[0] or "")
        ],
        "rules": [{"policy": key, "then": then, "now": now} for key, (then, now) in sorted(told.rules.items())],
        "changes": [change(one, sight) for one in told.changes],
        "after": told.after,
    }


def routes(office: Office) -> APIRouter:
    """GET /api/figures/{key}/differences."""
    router = APIRouter(tags=["figures 指标"])

    @router.get("/api/figures/{key}/differences", responses=documents() | answers(404, 409))
    async def figure_differences(request: Request, key: str, asked: Annotated[DifferenceAsked, Query()]) -> Response:
        """两时点之差.  As known then, as corrected since, and now; the rows that differ, and the events behind each."""
        declared = figure_of(key)
        viewer = viewer_of(request)
        since = await looked_back(office, asked.since, asked.at_least)
        assert since is not None
        told = await differences(
            office.campus.readings,
            key,
            viewer,
            since,
            await looked_back(office, asked.until),
            at=asked.at,
            department=asked.department,
            term=asked.term,
            week=asked.week,
            person=asked.person,
            kinds=asked.kind,
            limit=asked.limit,
            after=asked.after,
        )
        if told.stopped_at is not None:
            raise Problem("figure_stopped", position=told.stopped_at)
        shown = {"figure": key, **{n: declaration(declared)[n] for n in ("unit", "title_zh", "title_en", "better")}}
        return json_response(shown | written(told, Sight(viewer)))

    return router
