"""Events 事件: the log as people may page through it, by tag and type, within their sight; receipts found again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from psycopg import sql
from pydantic import Field

from api.commands import written
from api.office import Office, viewer_of
from api.openapi import answers, documents
from api.problems import Problem
from api.sight import Sight
from infra.desk import Receipt, Told
from infra.envelope import command_tag
from infra.log import Row, Scan

PAGE: Final = 500
MOST: Final = 2**53

Tag = Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}:[0-9a-z@:-]{1,100}$", description="如 session:… · an id")]
Type = Annotated[str, Field(pattern=r"^[a-z_.]{1,80}$")]
Types = Annotated[list[Type] | None, Query(alias="type", max_length=50, description="如 roll_call.taken")]
Position = Annotated[int, Query(ge=0, le=MOST)]


async def tagged(
    office: Office, all_of: str | None, any_of: Sequence[str], types: Sequence[str], after: int, limit: int
) -> list[Row]:
    """The next events carrying a tag and one of others (where given), in order.

    The port's `read` answers decisions and has no page; a department's tag may carry a term's events.
    """
    schema = office.campus.institution.schema
    first = [all_of] if all_of else list(any_of)
    query = sql.SQL(
        """select e.position, e.id, e.type, e.tags, e.body::text, e.recorded_at from {event} e
           where e.position in (
             select t.position from {event_tag} t join {event} f using (position)
             where t.tag = any(%(first)s) and t.position > %(after)s
               and (cardinality(%(types)s::text[]) = 0 or t.type = any(%(types)s))
               and (cardinality(%(any)s::text[]) = 0 or f.tags && %(any)s)
             group by t.position order by t.position limit %(limit)s)
           order by e.position"""
    ).format(event=sql.Identifier(schema, "event"), event_tag=sql.Identifier(schema, "event_tag"))
    values = {"first": first, "any": list(any_of), "types": list(types), "after": after, "limit": limit}
    async with office.campus.pool.connection() as db:
        found = await db.execute(query, values)
        return [Row(p, i, t, tuple(tags), body, at) async for p, i, t, tags, body, at in found]


def routes(office: Office) -> APIRouter:
    """GET /api/events, /api/events/{position}, /api/commands/{command_id}."""
    router = APIRouter(tags=["events 事件"])

    @router.get("/api/events", responses=documents() | answers())
    async def events(
        request: Request,
        tag: Tag = None,
        types: Types = None,
        after: Position = 0,
        limit: Annotated[int, Query(ge=1, le=PAGE)] = 100,
    ) -> Response:
        """事件列表.  In order of position; `after` of the answer is where the next page begins."""
        sight = Sight(viewer_of(request))
        if sight.viewer.college and not tag:
            rows = await office.campus.log.page(after, types=types or (), limit=limit)
        else:
            within = () if sight.viewer.college else sorted(sight.tags)
            rows = await tagged(office, tag, within, types or (), after, limit)
        head, _ = await office.campus.log.head()
        told = {
            "events": [sight.event(row) for row in rows if sight.sees(row)],
            "after": rows[-1].position if len(rows) == limit else None,
            "head": head,
        }
        return Response(orjson.dumps(told, option=orjson.OPT_UTC_Z), media_type="application/json")

    @router.get("/api/events/{position}", responses=documents() | answers(404))
    async def event(request: Request, position: Annotated[int, Path(ge=1, le=MOST)]) -> Response:
        """一条事件.  The whole envelope; personal texts stay sealed."""
        sight = Sight(viewer_of(request))
        rows = await office.campus.log.page(position - 1, position, limit=1)
        if not rows or not sight.sees(rows[0]):
            raise Problem("event_unknown", position=position)
        return Response(orjson.dumps(sight.event(rows[0]), option=orjson.OPT_UTC_Z), media_type="application/json")

    @router.get("/api/commands/{command_id}", responses=documents() | answers(404))
    async def receipt(request: Request, command_id: UUID) -> Response:
        """回执.  The receipt of a recorded command, to whoever gave it or sees its events."""
        sight = Sight(viewer_of(request))
        answer = await office.campus.log.read([Scan((), (command_tag(command_id),))])
        rows = answer.rows
        if not rows or not (gave(rows[0], sight) or all(map(sight.sees, rows))):
            raise Problem("receipt_unknown", command_id=str(command_id))
        told = tuple(Told(row.position, row.id, row.type) for row in rows)
        content: dict[str, Any] = written(Receipt(command_id, told, rows[-1].recorded_at))
        return Response(orjson.dumps(content, option=orjson.OPT_UTC_Z), media_type="application/json")

    return router


def gave(row: Row, sight: Sight) -> bool:
    """Whether the viewer gave the command that recorded the event, or it was given for them."""
    actor = orjson.loads(row.body)["actor"]
    return not sight.own.isdisjoint((actor["person_id"], actor["on_behalf_of"]))
