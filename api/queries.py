"""Queries 查询: figures down to the events under them, duties, names and refusals, each within the viewer's rows."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api import exports
from api.figure_files import ZIP, exported
from api.moments import (
    MOST as MOST,
    MomentOrPosition as MomentOrPosition,
    Past,
    looked_back as looked_back,
    position_of as position_of,
    wait_for as wait_for,
)
from api.office import Office, viewer_of
from api.openapi import answers, documents
from api.problems import Problem
from domain import DepartmentId, Moment, PersonId, TermId
from domain.access import AUDITOR, HEAD, LEADER, PRESIDENT
from infra.readings import Group, Reading, Readings, Viewer
from infra.readings.going import stop_under
from projections import Figure

PAGE: Final = 1000
Cursor = Annotated[str, Field(pattern=r"^\d{1,18}/[!-~]{0,400}$")]


class Asked(BaseModel):
    """What may be asked of a figure.  `as_of` is a position or a moment; `at_least` waits for a position."""

    model_config = ConfigDict(extra="forbid")
    as_of: MomentOrPosition | None = None
    at: Moment | None = None
    department: DepartmentId | None = None
    term: TermId | None = None
    week: int | None = Field(default=None, ge=1, le=60)
    person: PersonId | None = None
    at_least: int | None = Field(default=None, ge=0, le=MOST)

    def narrowing(self) -> dict[str, Any]:
        """The filters as readings take them."""
        return {
            "at": self.at,
            "department": self.department,
            "term": self.term,
            "week": self.week,
            "person": self.person,
        }


class FigureAsked(Asked):
    """The same, by groups."""

    by: list[Group] = Field(default_factory=list, max_length=6)


class RowsAsked(Asked):
    """The same, a page at a time; an export holds all pages."""

    limit: int = Field(default=200, ge=1, le=PAGE)
    after: Cursor | None = None
    format: Literal["json", "csv", "xlsx", "zip"] = "json"


def plain(value: Any) -> Any:
    """What JSON does not know: decimals as numbers, anything else as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def json_response(told: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(told, default=plain, option=orjson.OPT_UTC_Z), status, None, "application/json")


def figure_of(key: str) -> Figure:
    """The declared figure; raises `figure_unknown`."""
    if (figure := Figure.by_key.get(key)) is None:
        raise Problem("figure_unknown")
    return figure


async def check_going(office: Office, key: str, viewer: Viewer, as_of: int | None) -> None:
    """Raise `figure_stopped` where a table under the figure stands short of the position asked."""
    if (stop := await stop_under(office.campus.readings, key, viewer, as_of)) is not None:
        raise Problem("figure_stopped", position=stop)


def declaration(figure: Figure) -> dict[str, Any]:
    """What a figure is, as its declaration says."""
    return {
        "key": figure.key,
        "column": figure.column,
        "title_zh": figure.zh,
        "title_en": figure.en,
        "unit": figure.unit,
        "axis": figure.axis,
        "owner": figure.owner,
        "better": figure.better,
        "definition_zh": figure.definition_zh,
        "definition_en": figure.definition_en,
        "policies": sorted({policy.key for policy in figure.policies.values()}),
    }


def shown(reading: Reading) -> dict[str, Any]:
    """One value with what it is made of."""
    return {
        "group": dict(reading.group),
        "value": reading.value,
        "numerator": reading.numerator,
        "denominator": reading.denominator,
        "count": reading.count,
        "state": reading.state,
        "stopped_at": reading.stopped_at,
        "as_of": reading.as_of,
        "moment": reading.moment,
    }


def figure_routes(office: Office) -> APIRouter:
    """GET /api/figures, /api/figures/{key} and /api/figures/{key}/rows."""
    router = APIRouter(tags=["figures 指标"])

    @router.get("/api/figures", responses=documents() | answers())
    async def figures() -> Response:
        """指标目录.  Every figure as it is declared."""
        return json_response({"figures": [declaration(f) for _, f in sorted(Figure.by_key.items())]})

    @router.get("/api/figures/{key}", responses=documents() | answers(404))
    async def figure(request: Request, key: str, asked: Annotated[FigureAsked, Query()]) -> Response:
        """指标读数.  One reading, or with `by` one per group."""
        declared = figure_of(key)
        as_of = await looked_back(office, asked.as_of, asked.at_least)
        readings = await office.campus.readings.figure(
            key, viewer_of(request), as_of=as_of, by=asked.by, **asked.narrowing()
        )
        told: dict[str, Any] = {"figure": key, "unit": declared.unit, "readings": [shown(r) for r in readings]}
        if not asked.by and readings:
            told |= shown(readings[0])
        return json_response(told)

    @router.get("/api/figures/{key}/rows", responses=documents(exports.CSV, exports.XLSX, ZIP) | answers(404, 413))
    async def rows(request: Request, key: str, asked: Annotated[RowsAsked, Query()]) -> Response:
        """指标明细.  Every row the figure sums, each with the position and id of the event that made it true.

        `as_of` and `moment` say where the page stands: the next page is asked for with `after` of this one, that
        `as_of`, and the moment as `at`.  A file holds all rows, and the explanation of the figure: a second sheet of
        xlsx, beside the rows in zip.
        """
        figure = figure_of(key)
        as_of, viewer = await looked_back(office, asked.as_of, asked.at_least), viewer_of(request)
        if asked.format != "json":
            return await exported(office, figure, viewer, asked.format, as_of, asked.narrowing())
        await check_going(office, key, viewer, as_of)
        found = await office.campus.readings.contributions(
            key, viewer, as_of=as_of, limit=asked.limit, after=asked.after, **asked.narrowing()
        )
        following = found[-1]["cursor"] if len(found) == asked.limit else None
        stands = {"as_of": found.as_of, "moment": found.moment}
        return json_response({"figure": key, **stands, "rows": found, "after": following})

    return router


def routes(office: Office) -> APIRouter:
    """Every query but events and access."""
    router = APIRouter()
    router.include_router(figure_routes(office))

    @router.get("/api/duties", tags=["duties 应办"], responses=documents() | answers(404))
    async def duties(
        request: Request,
        person: PersonId | None = None,
        department: DepartmentId | None = None,
        state: Literal["open", "done", "lapsed", "done_late", "waived", "cancelled"] | None = None,
        as_of: Past = None,
        limit: Annotated[int, Query(ge=1, le=PAGE)] = 200,
    ) -> Response:
        """应办事项.  What is owed, by whom and by when; the soonest due first."""
        asked = {"person_id": person, "department_id": department, "state": state}
        where = {name: value for name, value in asked.items() if value is not None}
        found = await office.campus.readings.rows(
            "duty", viewer_of(request), where=where, as_of=as_of, order=("due_at", "key"), limit=limit
        )
        return json_response({"duties": found})

    @router.get("/api/people/names", tags=["people 人员"], responses=documents() | answers(404))
    async def names(
        request: Request,
        person: Annotated[list[PersonId], Query(min_length=1, max_length=200)],
        figure: Annotated[str | None, Query(max_length=100)] = None,
        as_of: Past = None,
    ) -> Response:
        """姓名.  To their department's head, themselves and auditors; to others from a figure only, and then kept."""
        if figure is not None:
            figure_of(figure)
        return json_response({"names": await names_for(office, viewer_of(request), person, figure, as_of)})

    @router.get("/api/refusals", tags=["audit 审计"], responses=documents() | answers(403))
    async def refusals(
        request: Request, before: UUID | None = None, limit: Annotated[int, Query(ge=1, le=PAGE)] = 100
    ) -> Response:
        """被拒绝的操作.  Who, which and why, the newest first; for auditors."""
        _only(viewer_of(request), "auditors_only", AUDITOR)
        return json_response({"refusals": await office.refusals.listed(limit, before)})

    @router.get("/api/refusals/counts", tags=["audit 审计"], responses=documents() | answers(403))
    async def refusal_counts(request: Request, days: Annotated[int, Query(ge=1, le=366)] = 30) -> Response:
        """拒绝次数.  How often which operation met which rule, over the last days; for leaders and auditors."""
        _only(viewer_of(request), "leaders_only", AUDITOR, LEADER, HEAD, PRESIDENT)
        since = office.campus.clock.now() - timedelta(days=days)
        return json_response({"since": since, "counts": await office.refusals.counted(since)})

    return router


def _only(viewer: Viewer, code: str, *roles: str) -> None:
    if not any(actor.role in roles for actor in viewer.actors):
        raise Problem(code)


LED_TO = """
    select t.person_id from {session}, unnest(teacher_ids) as t(person_id)
    where teacher_ids && %(persons)s and t.person_id = any(%(persons)s)
    union select 'person:' || split_part(student_id, ':', 2) from {roster_member} where student_id = any(%(students)s)
"""


async def led_to_by(
    readings: Readings, viewer: Viewer, figure: str, persons: list[str], as_of: int | None = None
) -> set[str]:
    """Those of the persons whom a figure leads to: in its rows, or teaching or on the roll of what is under it.

    Raises Unknown("figure_unknown").
    """
    inside = {r.group["person"] for r in await readings.figure(figure, viewer, by=("person",), as_of=as_of)} & set(
        persons
    )
    if further := sorted(set(persons) - inside):
        asked = {"persons": further, "students": ["student:" + p.partition(":")[2] for p in further]}
        inside |= {r["person_id"] for r in await readings.select(LED_TO, asked, viewer, as_of=as_of)}
    return inside


async def names_for(
    office: Office, viewer: Viewer, persons: list[str], figure: str | None, as_of: int | None = None
) -> dict[str, str]:
    """Names by person, of those the viewer may read; a look that needs a figure is recorded before it is answered.

    So is an auditor's look at restricted people, whom nobody else but themselves is told of.
    """
    auditor = any(a.role == AUDITOR for a in viewer.actors)
    near = viewer if auditor else Viewer(viewer.person_id, tuple(a for a in viewer.actors if a.role == HEAD))
    where = {"person_id": sorted(set(persons))}
    readings = office.campus.readings
    found = {r["person_id"]: r["name"] for r in await readings.rows("person_directory", near, where=where, as_of=as_of)}
    if figure is not None and not auditor:
        led_to = await led_to_by(readings, viewer, figure, where["person_id"], as_of)
        wanted = {"person_id": sorted(led_to)}
        wider = await readings.rows("person_directory", viewer, where=wanted, as_of=as_of) if led_to else []
        further = {r["person_id"]: r["name"] for r in wider if r["person_id"] not in found}
        await office.looks.note(viewer, figure, list(further))
        found |= further
    texts = await office.campus.disclosure.texts(viewer, [v for v in found.values() if v], figure or "names")
    opened = iter(texts)
    return {person: next(opened) if sealed else "" for person, sealed in found.items()}
