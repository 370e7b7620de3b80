"""What if 假如: the figures of a term under other rules, worked out aside; asking changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import asdict
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api.moments import MOST, MomentOrPosition, looked_back
from api.office import Office, viewer_of
from api.openapi import answers, documents
from api.problems import Problem
from api.queries import declaration, json_response
from domain import TermId
from domain.policies import ProposePolicy
from infra.desk import Busy
from infra.what_if import Answer, Askable, Compared, Pair, Sums, TooLong
from infra.what_if.answer import Supposition
from projections import Figure

LOOK_SECONDS: Final = 0.5
T = TypeVar("T")
Supposed = Annotated[str, Field(min_length=3, max_length=200)]


class Supposing(BaseModel):
    """Values to suppose, each as "policy:value"; `figure` narrows to some; people come a page at a time."""

    model_config = ConfigDict(extra="forbid")
    set: list[Supposed] = Field(min_length=1, max_length=10)
    term: TermId | None = None
    as_of: MomentOrPosition | None = None
    at_least: int | None = Field(default=None, ge=0, le=MOST)
    figure: list[str] = Field(default_factory=list, max_length=60)
    limit: int = Field(default=50, ge=0, le=1000)
    offset: int = Field(default=0, ge=0, le=1_000_000)


def side(told: Sums, value: Any) -> dict[str, Any]:
    return {"value": value, "numerator": told.numerator, "denominator": told.denominator, "count": told.count}


def pair(told: Pair) -> dict[str, Any]:
    """As it stands, as it would be, and the difference."""
    return {
        "now": side(told.live, told.now),
        "then": side(told.shadow, told.then),
        "difference": told.difference,
        "same": told.same,
    }


def compared(told: Compared, asked: Supposing) -> dict[str, Any]:
    """One figure: whole, by department, and the people with the largest differences."""
    people = list(told.by_person().items())
    page = people[asked.offset : asked.offset + asked.limit]
    return {
        **declaration(Figure.by_key[told.figure.key]),
        "stopped_at": told.stopped_at,
        "same": told.same,
        "total": pair(told.total),
        "departments": [{"department_id": of} | pair(one) for of, one in told.by_department().items()],
        "people": [{"person_id": who, "department_id": of} | pair(one) for (of, who), one in page],
        "people_in_all": len(people),
    }


def supposition(told: Supposition, proposal: str) -> dict[str, Any]:
    """A policy, where its value comes from, what is in force and what is supposed."""
    return policy(Askable(told.policy)) | {
        "in_force": told.value,
        "version": told.version,
        "supposed": told.supposed,
        "adopting": adopting(told, proposal),
    }


def adopting(told: Supposition, proposal: str) -> dict[str, Any]:
    """How the value supposed would become the rule: proposed by one person, approved by another."""
    return {
        "propose": {
            "method": "POST",
            "path": f"/api/commands/{ProposePolicy.NAME}",
            "body": {
                "proposal_id": proposal,
                "policy": told.policy.key,
                "value": told.supposed,
                "effective_from": None,
                "document_no": None,
            },
        },
        "approve": {
            "method": "POST",
            "path": "/api/commands/approve-policy",
            "body": {"proposal_id": proposal},
        },
    }


def policy(told: Askable) -> dict[str, Any]:
    """A policy of the rulebook; `origin` "ours" or "practice" is a proposal, never the college's own rule."""
    known = told.policy
    return {
        "policy": known.key,
        "title_zh": known.zh,
        "title_en": known.en,
        "kind": known.kind.__name__,
        "unit": known.unit,
        "origin": known.origin,
        "default": known.default,
        "least": known.least,
        "most": known.most,
        "choices": list(known.choices),
    }


def scope(told: Answer) -> dict[str, Any]:
    """Whose rows are counted: a board also counts the viewer's own rows of other departments, an answer does not."""
    if told.departments is None:
        return {"departments": None, "zh": "全校", "en": "The whole college"}
    return {"departments": list(told.departments), "zh": "您负责的部门", "en": "The departments you answer for"}


def document(told: Answer, asked: Supposing) -> dict[str, Any]:
    """An answer as it is sent."""
    wanted = set(asked.figure)
    return {
        "term": told.term,
        "since": told.since,
        "position": told.position,
        "moment": told.moment,
        "scope": scope(told),
        "suppositions": [supposition(one, told.proposal_id(one)) for one in told.suppositions],
        # Counts of the whole college's events, for those who see the whole college.
        "told_again": told.retold and asdict(told.retold),
        "seconds": round(told.seconds, 2),
        "same": told.same,
        "figures": [compared(one, asked) for one in told.figures if not wanted or one.figure.key in wanted],
    }


async def attended(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The outcome of some work, which is given up when the client has gone."""
    task = asyncio.create_task(work)
    try:
        while not (await asyncio.wait({task}, timeout=LOOK_SECONDS))[0]:
            if await request.is_disconnected():
                raise Problem("busy")
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def routes(office: Office) -> APIRouter:
    """GET /api/what-if and /api/what-if/policies."""
    router = APIRouter(tags=["figures 指标"])

    @router.get("/api/what-if/policies", responses=documents() | answers())
    async def policies() -> Response:
        """可试算的规则.  Every policy: whether another value may be supposed, and what it would touch, or why not."""
        words = office.words["policy_not_retold"]
        told = [
            policy(one)
            | {"askable": one.retold, "narrow": one.narrow, "figures": list(one.figures)}
            | ({} if one.retold else {"because_zh": words[0], "because_en": words[1]})
            for one in office.campus.what_if.askable.values()
        ]
        return json_response({"policies": told})

    @router.get("/api/what-if", responses=documents() | answers(403, 404, 409))
    async def what_if(request: Request, asked: Annotated[Supposing, Query()]) -> Response:
        """假如规则不同.  A term's figures as they stand and as they would be; one question at a time, else 503 busy."""
        as_of, told = await looked_back(office, asked.as_of, asked.at_least), office.campus.what_if
        question = told.question(asked.set, asked.term, as_of)
        try:
            answer = await attended(request, told.ask(question, viewer_of(request)))
        except Busy:
            raise Problem("busy") from None
        except TooLong:
            raise Problem("what_if_too_long") from None
        return json_response(document(answer, asked))

    return router
