"""Access and rules 权限与规则: who one is, who may do what, the rulebook in force, and the institution's clock."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from api.bodies import body_of, read_model
from api.moments import Past
from api.office import Office, viewer_of
from api.openapi import answers, documents, takes
from api.problems import Problem
from api.queries import json_response
from domain import Command, Moment
from domain.access import IT, ROLES, SYSTEM
from domain.policies import Policy
from infra.agenda import Unsettled

LIMIT: Final = 1024
CLOCK_SETTERS: Final = frozenset({IT})


class ClockSetting(BaseModel):
    """Where the clock is to stand, and whether it stays there."""

    model_config = ConfigDict(extra="forbid")
    to: Moment
    frozen: bool = False


def matrix() -> list[dict[str, Any]]:
    """One row per command: its titles and, per role, in which scope it may (s, d, c, o)."""
    rows = []
    for name, kind in sorted(Command.by_name.items()):
        zh, en = kind.titles()
        may = {role: (scope.__doc__ or "").partition(":")[0] or "s" for role, scope in sorted(kind.may.items())}
        rows.append({"command": name, "title_zh": zh, "title_en": en, "may": may})
    return rows


def routes(office: Office) -> APIRouter:
    """GET /api/me, /api/access, /api/policies; GET and POST /api/clock."""
    router = APIRouter(tags=["access 权限"])
    setting = asyncio.Lock()

    @router.get("/api/me", responses=documents() | answers())
    async def me(request: Request) -> Response:
        """本人.  Who one is here, with every role held now."""
        viewer = viewer_of(request)
        roles = [
            {
                "role": a.role,
                "title_zh": ROLES[a.role][0],
                "title_en": ROLES[a.role][1],
                "department_id": a.department_id,
            }
            for a in viewer.actors
        ]
        told = {"person_id": viewer.person_id, "roles": roles, "college": viewer.college}
        return json_response(told | {"departments": viewer.departments, "csrf": request.scope["state"]["csrf"]})

    @router.get("/api/access", responses=documents() | answers())
    async def access() -> Response:
        """权限矩阵.  Role by command, gathered from the commands themselves."""
        roles = [{"role": role, "title_zh": zh, "title_en": en} for role, (zh, en) in ROLES.items()]
        return json_response({"roles": roles, "system": sorted(SYSTEM), "commands": matrix()})

    @router.get("/api/policies", responses=documents() | answers())
    async def policies(at: Moment | None = None, as_of: Past = None) -> Response:
        """规则手册.  Every policy with its value in force (now, or at a moment) and every version it has had."""
        recorded = None if as_of is None else await office.campus.readings.recorded_at(as_of)
        moment = at or recorded or office.campus.clock.now()
        book = await office.campus.desk.rulebook(as_of)
        told = []
        for key, policy in sorted(Policy.by_key.items()):
            value, version = book.in_force(key, moment)
            versions = [v.model_dump(mode="json", exclude={"policy"}) for v in book.versions.get(key, ())]
            told.append(_described(policy) | {"value": value, "version": version, "versions": versions})
        return json_response({"at": moment, "policies": told})

    @router.get("/api/clock", responses=documents() | answers())
    async def clock() -> Response:
        """时钟.  The institution's moment, and whether its clock may be set."""
        return json_response(_told(office))

    @router.post(
        "/api/clock", openapi_extra=takes(ClockSetting), responses=documents() | answers(400, 403, 409, 413, 415)
    )
    async def set_clock(request: Request) -> Response:
        """调整时钟.  On offset institutions: to a later moment, through every due moment on the way."""
        if not any(actor.role in CLOCK_SETTERS for actor in viewer_of(request).actors):
            raise Problem("clock_setters_only")
        said = read_model(ClockSetting, await body_of(request.scope, request.receive, LIMIT))
        campus = office.campus
        if not campus.clock.offset:
            raise Problem("clock_is_real")
        async with setting:
            if said.to < campus.clock.now():
                raise Problem("clock_goes_forward")
            try:
                await campus.advance(said.to, said.frozen)
            except Unsettled:
                raise Problem("not_settled_yet") from None
        return json_response(_told(office))

    def _told(office: Office) -> dict[str, Any]:
        clock = office.campus.clock
        return {"now": clock.now(), "kind": "offset" if clock.offset else "real", "frozen": clock.frozen}

    return router


def _described(policy: Policy[Any]) -> dict[str, Any]:
    return {
        "key": policy.key,
        "title_zh": policy.zh,
        "title_en": policy.en,
        "kind": policy.kind.__name__,
        "unit": policy.unit,
        "origin": policy.origin,
        "default": policy.default,
        "least": policy.least,
        "most": policy.most,
        "choices": policy.choices,
    }
