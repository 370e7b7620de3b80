"""Texts 文字记录: what was written under a person's key, opened for who answers for them, and every look kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel

from api.moments import Past
from api.office import Office, viewer_of
from api.openapi import answers
from api.queries import json_response
from api.sight import Sight
from domain import Line
from infra.readings import Viewer
from projections import Table

SEALED: Final = ("text", "place", "evidence")
TOLD: Final = ("about", "said_in", "section", "teaching_class_id", "written_at")
MOST_ROWS: Final = 200
ABOUT: Final[dict[str, Any]] = {
    "slip": {"summary": "奖罚单 · A slip", "value": "slip:0198f0c2-5a1e-7c3b-9d2f-4b6a8e1c7d90"},
    "talk": {"summary": "谈话 · A talk", "value": "talk:0198f0c2-6b2f-7d4c-8e3a-5c7b9f2d8ea1"},
    "sanction": {"summary": "处分 · A sanction", "value": "sanction:0198f0c2-7c30-7e5d-9f4b-6d8ca03e9fb2"},
    "log": {"summary": "周志 · A weekly log", "value": "weekly_log:5f0c1c0e-8d41-5b6e-a05c-7e9db14fa0c3"},
    "correction": {"summary": "成绩更正 · A correction", "value": "correction:0198f0c2-9e52-7f7f-816d-8fafc261c2e5"},
    "review": {"summary": "成绩复核 · A review of a grade", "value": "review:0198f0c2-af63-7080-927e-90b0d372d3f6"},
    "deferral": {"summary": "缓考 · A deferral", "value": "deferral:0198f0c2-b074-7191-a38f-a1c1e483e407"},
    "student": {"summary": "学生考试记录 · Exam records", "value": "student:0198f0c2-c185-72a2-b490-b2d2f594f518"},
}


class WrittenText(BaseModel):
    """One text, or one section of a weekly log; `said_in` is the event it stands in."""

    about: str
    said_in: str
    written_at: AwareDatetime
    section: str | None = None
    teaching_class_id: str | None = None
    written_by: str | None = None
    text: str | None = None
    place: str | None = None
    evidence: str | None = None


class WrittenTexts(BaseModel):
    """What was written about one thing, in the order it was."""

    texts: list[WrittenText]


EXAMPLE: Final = {
    "texts": [
        {
            "about": ABOUT["log"]["value"],
            "said_in": said_in,
            "section": section,
            "written_by": person,
            "written_at": f"2026-09-{day}T08:30:00Z",
            "text": text,
        }
        for said_in, section, person, day, text in (
            ("counselor_logs.submitted", "class_situation", "person:mei", 13, "本周班级情况平稳，两名学生请病假"),
            ("counselor_logs.submitted", "next_week_plan", "person:mei", 13, "走访三号宿舍楼"),
            ("counselor_logs.returned", "comment", "person:deputy", 14, "请补充两名病假学生的随访情况"),
        )
    ]
}


def routes(office: Office) -> APIRouter:
    """GET /api/texts."""
    router = APIRouter(tags=["texts 文字记录"])
    found: dict[int | str, dict[str, Any]] = {
        200: {
            "description": "无权查看则为空 · Empty to who may not read them",
            "model": WrittenTexts,
            "content": {"application/json": {"example": EXAMPLE}},
        }
    }

    @router.get("/api/texts", responses=found | answers(404))
    async def texts(
        request: Request,
        about: Annotated[Line, Query(description="所写之事的编号 · What they are about", openapi_examples=ABOUT)],
        as_of: Past = None,
    ) -> Response:
        """文字记录.  To whom they concern, to the writer, and to those who decide on them or answer for the person.

        An erased or restricted person's texts read as such.  A look at another's texts is put on record before it is
        answered.
        """
        viewer = viewer_of(request)
        told: list[dict[str, Any]] = []
        for table in (t for t in Table.by_name.values() if t.readers):
            near = Viewer(viewer.person_id, tuple(a for a in viewer.actors if a.role in table.readers))
            order = [column for column in ("since", "number") if column == "since" or column in table.columns]
            rows = await office.campus.readings.rows(
                table.name, near, where={"about": about}, as_of=as_of, order=order, limit=MOST_ROWS
            )
            if others := {f"person:{value['of']}" for value in sealed(rows)} - {viewer.person_id}:
                await office.looks.note(near, f"texts/{about}", sorted(others))
            told += await opened(office, rows, Sight(viewer), f"texts/{about}")
        return json_response({"texts": told})

    return router


def sealed(rows: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, str]]:
    """The sealed values of the rows, in order; each says whose key it is under."""
    return (row[column] for row in rows for column in SEALED if row.get(column))


async def opened(office: Office, rows: Sequence[Mapping[str, Any]], sight: Sight, purpose: str) -> list[dict[str, Any]]:
    """The rows with their texts readable; who wrote them stays hidden from students."""
    plain = iter(await office.campus.disclosure.texts(sight.viewer, sealed(rows), purpose))
    told = []
    for row in rows:
        hidden = sight.narrow and row["written_by"] != sight.viewer.person_id
        told.append(
            {
                **{column: row.get(column) for column in TOLD},
                "written_by": None if hidden else row["written_by"],
                **{column: next(plain) if row.get(column) else None for column in SEALED},
            }
        )
    return told
