"""Events 事件: the log as people may search it, within their sight; what led to an event; receipts found again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from api.commands import written
from api.moments import MOST as MOST, MomentOrPosition, Past, looked_back
from api.office import Office, viewer_of
from api.openapi import answers, documents
from api.problems import Problem
from api.sight import Sight
from domain import DepartmentId
from infra.desk import Receipt, Told
from infra.envelope import command_tag
from infra.log import Row, Scan
from infra.story.asked import Asked, answered, zoned
from infra.story.naming import command_titles, event_titles
from infra.story.timeline import timeline
from infra.story.tree import MOST as MOST_OF_TREE, Causes, Deed, Tree

PAGE: Final = 500
NAME: Final = r"^[a-z_.]{1,80}$"
Source = Literal["ui", "api", "import", "device", "clock", "reaction"]
WHO: Final = r"^(person|student):[0-9a-z][0-9a-z-]{0,62}$"

Position = Annotated[int, Path(ge=1, le=MOST)]
Type = Annotated[str, Field(pattern=NAME)]
Area = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]


class Filters(BaseModel):
    """What an event must meet, all of it; and which page."""

    tag: str | None = Field(None, pattern=r"^[a-z_]{1,40}:[0-9a-z@:-]{1,100}$", description="如 session:… · an id")
    type: list[Type] = Field([], max_length=50, description="事件类型 · kinds of event", examples=[["roll_call.taken"]])
    area: list[Area] = Field([], max_length=50, description="领域 · all of an area", examples=[["roll_call"]])
    q: str | None = Field(None, max_length=60, description="名称中的词 · words of its title", examples=["点名 逾期"])
    person: str | None = Field(None, pattern=WHO, description="涉及的人 · whom it is about", examples=["person:li"])
    department: DepartmentId | None = Field(
        None, description="涉及的部门 · which department it is about", examples=["department:arts"]
    )
    actor: str | None = Field(None, pattern=WHO, description="由谁办理 · done by, or for", examples=["person:li"])
    command: str | None = Field(
        None, pattern=r"^[0-9a-z-]{1,80}$", description="命令名或编号 · its name or id", examples=["take-roll-call"]
    )
    source: Source | None = Field(None, description="来源 · where the command came from", examples=["clock"])
    correlation: UUID | None = Field(None, description="同一起因 · of one beginning")
    since: datetime | None = Field(None, description="入簿时间起（含） · recorded at or after")
    until: datetime | None = Field(None, description="入簿时间止（含） · recorded at or before")
    after: int = Field(0, ge=0, le=MOST, description="这一位置之后 · only after this position")
    before: int | None = Field(None, ge=1, le=MOST, description="这一位置之前 · only before this position")
    as_of: MomentOrPosition | None = Field(None, description="截至编号或时间 · as of a position or a moment")
    order: Literal["asc", "desc"] = Field("asc", description="asc 由旧到新, desc 由新到旧 · oldest or newest first")
    limit: int = Field(100, ge=1, le=PAGE)

    def asked(self, as_of: int | None) -> Asked:
        """The filters as the log is asked them, up to a position."""
        return Asked(
            tags=(self.tag,) if self.tag else (),
            types=tuple(self.type),
            areas=tuple(self.area),
            words=self.q,
            person=self.person,
            department=self.department,
            actor=self.actor,
            command=self.command,
            source=self.source,
            correlation=self.correlation,
            since=self.since,
            until=self.until,
            after=self.after,
            before=self.before if as_of is None else min(self.before or MOST, as_of + 1),
        )


def json_of(content: Any) -> Response:
    return Response(orjson.dumps(content, option=orjson.OPT_UTC_Z), media_type="application/json")


def causes(office: Office) -> Causes:
    """What follows events of this institution to what they led to."""
    campus = office.campus
    zone, declared = ZoneInfo(campus.institution.zone), campus.declared
    return Causes(campus.pool, campus.institution.schema, campus.codec, zone, declared.entries, declared.reactions)


def routes(office: Office) -> APIRouter:
    """GET /api/events, /api/events/timeline, /api/events/{position}, …/tree, /api/commands/{command_id}."""
    router = APIRouter(tags=["events 事件"])

    @router.get("/api/events", responses=documents() | answers())
    async def events(request: Request, filters: Annotated[Filters, Query()]) -> Response:
        """事件检索.  Events that meet every filter, in order of position.

        Read on with `after` of the answer (or, newest first, with `before`); both null: there is nothing more.
        `partial`: the time for one answer ran out before the page was full; read on in the same way.
        """
        sight, as_of = Sight(viewer_of(request)), await looked_back(office, filters.as_of)
        newest, asked = filters.order == "desc", filters.asked(as_of)
        found = await answered(office.campus, asked, sight, "newest" if newest else "oldest", filters.limit)
        head = as_of if as_of is not None else (await office.campus.log.head())[0]
        return json_of(
            {
                "events": [sight.event(row) for row in found.rows],
                "after": None if newest else found.edge,
                "before": found.edge if newest else None,
                "partial": found.edge is not None and not found.full,
                "head": head,
            }
        )

    @router.get("/api/events/timeline", responses=documents() | answers())
    async def spans(since: datetime | None = None, until: datetime | None = None, as_of: Past = None) -> Response:
        """事件时间线.  How many events were recorded when, in at most 120 pieces of equal length.

        They are all the college's, as positions are: nobody learns more than from two positions and their times.
        """
        institution = office.campus.institution
        zone = ZoneInfo(institution.zone)
        ends = [zoned(moment, zone) if moment else None for moment in (since, until)]
        told = await timeline(office.campus.pool, institution.schema, zone, *ends)
        known = [(s, s.last if as_of is None else min(s.last, as_of)) for s in told if s.first <= (as_of or MOST)]
        return json_of(
            {
                "spans": [
                    {"since": s.since, "until": s.until, "first": s.first, "last": last, "count": last - s.first + 1}
                    for s, last in known
                ]
            }
        )

    @router.get("/api/events/{position}", responses=documents() | answers(404))
    async def event(request: Request, position: Position, as_of: Past = None) -> Response:
        """一条事件.  The whole envelope; personal texts stay sealed."""
        sight = Sight(viewer_of(request))
        return json_of(sight.event(await seen(office, sight, position, as_of)))

    @router.get("/api/events/{position}/tree", responses=documents() | answers(404))
    async def tree(
        request: Request,
        position: Position,
        limit: Annotated[int, Query(ge=1, le=MOST_OF_TREE)] = MOST_OF_TREE,
        as_of: Past = None,
    ) -> Response:
        """因果树.  What led to an event, from the first command on, and everything it led to.

        `before` are the commands above it, each with the event that led on; `commands` its own and those below, each
        with its events and the position of its `cause`; `more`: there are more than `limit` events below.
        """
        sight = Sight(viewer_of(request))
        row = await seen(office, sight, position, as_of)
        return json_of(told(await causes(office).tree(row, limit), sight, MOST if as_of is None else as_of))

    @router.get("/api/commands/{command_id}", responses=documents() | answers(404))
    async def receipt(request: Request, command_id: UUID, as_of: Past = None) -> Response:
        """回执.  The receipt of a recorded command, to whoever gave it or sees its events."""
        sight = Sight(viewer_of(request))
        answer = await office.campus.log.read([Scan((), (command_tag(command_id),))])
        rows = [row for row in answer.rows if as_of is None or row.position <= as_of]
        if not rows or not (gave(rows[0], sight) or all(map(sight.sees, rows))):
            raise Problem("receipt_unknown", command_id=str(command_id))
        recorded = tuple(Told(row.position, row.id, row.type) for row in rows)
        content: dict[str, Any] = written(Receipt(command_id, recorded, rows[-1].recorded_at))
        return json_of(content)

    return router


async def seen(office: Office, sight: Sight, position: int, as_of: int | None = None) -> Row:
    """The event at a position, if the viewer sees it and it had been recorded; raises `event_unknown`."""
    rows = await office.campus.log.page(position - 1, position, limit=1)
    if not rows or position > (MOST if as_of is None else as_of) or not sight.sees(rows[0]):
        raise Problem("event_unknown", position=position)
    return rows[0]


def told(tree: Tree, sight: Sight, upto: int) -> dict[str, Any]:
    """A tree as JSON, as far as it had grown by a position: events the viewer does not see are counted, not told."""
    # Students are not told how much is kept from them.
    hidden = 0 if sight.narrow else sum(not sight.sees(row) for row in tree.rows if row.position <= upto)

    def deeds(those: tuple[Deed, ...]) -> list[dict[str, Any]]:
        found = [(deed, [row for row in deed.rows if row.position <= upto and sight.sees(row)]) for deed in those]
        return [
            {
                "command": deed.command,
                "command_name": deed.name,
                "titles": command_titles(deed.name),
                "how": deed.how,
                "cause": deed.cause,
                "events": [{**sight.event(row), "titles": event_titles(row.type)} for row in rows],
            }
            for deed, rows in found
            if rows
        ]

    return {
        "position": tree.asked,
        "before": deeds(tree.before),
        "commands": deeds(tree.deeds),
        "hidden": hidden,
        "more": tree.more,
    }


def gave(row: Row, sight: Sight) -> bool:
    """Whether the viewer gave the command that recorded the event, or it was given for them."""
    actor = orjson.loads(row.body)["actor"]
    return not sight.own.isdisjoint((actor["person_id"], actor["on_behalf_of"]))
