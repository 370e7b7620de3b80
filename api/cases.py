"""Cases 案卷与抽样: what auditors take along, and what they look at: case files, and fair samples.  Auditors only.

A case file holds the exact stored text of its events, in which personal texts stay sealed; it names nobody, so that
making one is no look at a person.
"""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from api.moments import MOST, MomentOrPosition, position_of
from api.office import Office, viewer_of
from api.openapi import answers, documents
from api.problems import Problem
from api.queries import json_response
from domain.access import AUDITOR
from infra.export import case, sampling
from infra.readings import Viewer
from infra.seal.archive import NothingSealed
from infra.seal.keys import public_key
from infra.seal.proof import NotSealedYet, SealBroken

FILE: Final = "case.zip"
AT_ONCE: Final = 500
Named = Annotated[str, Field(pattern=r"^(\d{1,15}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]
Id = Annotated[str, Field(pattern=r"^[a-z_]{1,40}:[0-9a-z@:-]{1,100}$")]
Type = Annotated[str, Field(pattern=r"^[a-z_.]{1,80}$")]
Line = Annotated[str, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Seed = Annotated[
    str,
    Query(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="事先公布的种子 · published first"),
]


def auditor(request: Request) -> Viewer:
    """The viewer, who must be an auditor; raises `auditors_only`."""
    viewer = viewer_of(request)
    if not any(actor.role == AUDITOR for actor in viewer.actors):
        raise Problem("auditors_only")
    return viewer


async def filed(office: Office, wanted: case.Wanted) -> bytes:
    """A case file; raises `event_unknown`, `case_too_large`, `not_sealed_yet`, `seal_broken`."""
    campus, made = office.campus, BytesIO()
    key = str(await asyncio.to_thread(public_key, campus.institution, campus.settings))
    try:
        await case.write(campus.institution, key, wanted, made, FILE, most=AT_ONCE)
    except case.EventUnknown:
        raise Problem("event_unknown") from None
    except case.TooMany:
        raise Problem("case_too_large", most=AT_ONCE) from None
    except (NothingSealed, NotSealedYet):
        raise Problem("not_sealed_yet") from None
    except SealBroken as broken:
        raise Problem("seal_broken", position=broken.args[0]) from None
    return made.getvalue()


async def sampled(office: Office, draw: sampling.Draw, at: int | None) -> dict[str, Any]:
    """A sample; raises `not_sealed_yet`, `checkpoint_unknown`."""
    try:
        return await sampling.sample(office.campus.institution, draw, at)
    except NothingSealed:
        raise Problem("not_sealed_yet") from None
    except sampling.CheckpointUnknown:
        raise Problem("checkpoint_unknown", size=at) from None


def routes(office: Office) -> APIRouter:
    """GET /api/case-file and /api/samples."""
    router = APIRouter(tags=["audit 审计"])

    @router.get("/api/case-file", responses=documents("application/zip") | answers(403, 404, 413, 500))
    async def case_file(
        request: Request,
        event: Annotated[
            list[Named] | None, Query(max_length=AT_ONCE, description="编号或位置 · ids or positions")
        ] = None,
        about: Annotated[list[Id] | None, Query(max_length=20, description="涉及某编号 · all that carry an id")] = None,
        title: Line = "",
        why: Line = "",
    ) -> Response:
        """案卷.  Chosen events, the proof of each, and a page to read, in one file that campus-verify checks."""
        viewer = auditor(request)
        if not event and not about:
            raise Problem("query_invalid", fields=[{"pointer": "/event", "error": "missing"}])
        wanted = case.Wanted(tuple(event or ()), tuple(about or ()), title, why, viewer.person_id)
        headers = {"Content-Disposition": f'attachment; filename="{FILE}"'}
        return Response(await filed(office, wanted), 200, headers, "application/zip")

    @router.get("/api/samples", responses=documents() | answers(403, 404))
    async def samples(
        request: Request,
        seed: Seed,
        size: Annotated[int, Query(ge=1, le=AT_ONCE, description="几条 · how many; by_type: of each type")],
        types: Annotated[list[Type] | None, Query(alias="type", max_length=50)] = None,
        by_type: bool = False,
        since: MomentOrPosition | None = None,
        until: MomentOrPosition | None = None,
        at: Annotated[
            int | None, Query(ge=1, le=MOST, description="某一封存点 · under the checkpoint of this size")
        ] = None,
    ) -> Response:
        """抽样.  Events drawn by a published seed and the root of a signed checkpoint, as anybody can reckon again."""
        auditor(request)
        after, upto = await position_of(office, since) or 0, await position_of(office, until)
        draw = sampling.Draw(seed, size, tuple(types or ()), by_type, after, upto)
        return json_response(await sampled(office, draw, at))

    return router
