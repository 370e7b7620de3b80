"""Texts 文字记录: what was written about a student, opened for those who answer for them, and every look kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.office import Office, viewer_of
from api.openapi import answers, documents
from api.queries import MOST, json_response, wait_for
from api.sight import Sight
from domain import person_of
from domain.access import AUDITOR, COUNSELOR, DEPUTY, HEAD, PRESIDENT, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD
from infra.keys import open_texts
from infra.readings import Viewer
from projections import Table

READERS: Final = frozenset({AUDITOR, COUNSELOR, DEPUTY, HEAD, PRESIDENT, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD})
SEALED: Final = ("text", "place", "evidence")
COLUMNS: Final = frozenset({"about", "said_in", "student_id", "written_by", "written_at", *SEALED})
MOST_ROWS: Final = 200


def routes(office: Office) -> APIRouter:
    """GET /api/texts."""
    router = APIRouter(tags=["texts 文字记录"])

    @router.get("/api/texts", responses=documents() | answers(404))
    async def texts(
        request: Request,
        about: Annotated[str, Query(pattern=r"^[a-z_]{1,40}:[0-9a-z-]{1,63}$", description="如 slip:… · an id")],
        at_least: Annotated[int | None, Query(ge=0, le=MOST)] = None,
    ) -> Response:
        """文字记录.  To the student, the writer, and the counselors, heads and offices answering for the student."""
        await wait_for(office, at_least)
        viewer = viewer_of(request)
        near = Viewer(viewer.person_id, tuple(a for a in viewer.actors if a.role in READERS))
        rows: list[Mapping[str, Any]] = []
        for name in (name for name, table in Table.by_name.items() if set(table.columns) >= COLUMNS):
            rows += await office.campus.readings.rows(
                name, near, where={"about": about}, order=("since",), limit=MOST_ROWS
            )
        if others := {person_of(row["student_id"]) for row in rows} - {viewer.person_id}:
            await office.looks.note(near, f"texts/{about}", sorted(others))
        return json_response({"texts": await opened(office, rows, Sight(viewer))})

    return router


async def opened(office: Office, rows: list[Mapping[str, Any]], sight: Sight) -> list[dict[str, Any]]:
    """The rows with their texts readable; who wrote them stays hidden from students."""
    sealed = [row[column] for row in rows for column in SEALED if row[column]]
    plain = iter(await open_texts(office.campus.keys, sealed))
    told = []
    for row in rows:
        hidden = sight.narrow and row["written_by"] != sight.viewer.person_id
        told.append(
            {
                **{column: row[column] for column in ("about", "said_in", "written_at")},
                "written_by": None if hidden else row["written_by"],
                **{column: next(plain) if row[column] else None for column in SEALED},
            }
        )
    return told
