"""Feeds 事件流: events as they are recorded (CloudEvents over SSE), and how fresh the read models are.

A stream asks the door again every few seconds, so it ends when the session does and follows a change of roles.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from api.events import MOST
from api.health import proven
from api.office import Office, viewer_of
from api.openapi import answers
from api.problems import Problem
from api.sight import Sight
from infra.export.cloud import cloud_event
from infra.log import LogUnavailable

HEARTBEAT_SECONDS: Final = 10.0
ASK_AGAIN_SECONDS: Final = 5.0
FRESHNESS_SECONDS: Final = 1.0
SSE: Final = "text/event-stream"
HEADERS: Final = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}


def written(position: int, kind: str, document: Any) -> bytes:
    """One message of a stream."""
    data = orjson.dumps(document, option=orjson.OPT_UTC_Z).decode()
    return f"id: {position}\nevent: {kind}\ndata: {data}\n\n".encode()


async def events_after(office: Office, request: Request, position: int) -> AsyncIterator[bytes]:
    """Every event in sight later than a position, for as long as the caller may ask."""
    sight, asked, beaten = Sight(viewer_of(request)), time.monotonic(), time.monotonic()
    source = office.campus.institution.key
    yield b"retry: 2000\n\n"
    while True:
        rows = await office.announcements.later_than(position)
        now = time.monotonic()
        if now - asked > ASK_AGAIN_SECONDS:
            sight, asked = Sight(await request.scope["state"]["ask_again"]()), now
        told = [written(r.position, r.type, cloud_event(source, sight.event(r))) for r in rows if sight.sees(r)]
        if told:
            yield b"".join(told)
        if rows and not sight.sees(rows[-1]):
            # The id moves on past what is not seen, so that a reconnection does not read it all again.
            yield f"id: {rows[-1].position}\n\n".encode()
        elif not rows and now - beaten > HEARTBEAT_SECONDS:
            yield b": \n\n"
        position = rows[-1].position if rows else position
        beaten = now if rows or now - beaten > HEARTBEAT_SECONDS else beaten


async def freshness(office: Office, request: Request) -> AsyncIterator[bytes]:
    """How far log and tables have come, whenever it changes and every ten seconds.

    The lag is at least as long as the tables were seen to stand, whatever the institution's clock does.
    """
    before: Any = None
    asked = told_at = stood_since = time.monotonic()
    stood = -1
    while True:
        try:
            now = time.monotonic()
            if now - asked > ASK_AGAIN_SECONDS:
                await request.scope["state"]["ask_again"]()
                asked = now
            status = await office.status()
            if status.lag_events == 0 or status.position != stood:
                stood, stood_since = status.position, now
            halted = [t.name for t in status.tables if t.state == "halted"]
            state = "stopped" if halted else "live" if status.lag_events == 0 else "catching_up"
            document: dict[str, Any] = {
                "head": status.head,
                "position": status.position,
                "lag_events": status.lag_events,
                "lag_seconds": max(status.lag_seconds, round(now - stood_since, 1)),
                "recorded_at": status.recorded_at,
                "state": state,
                "stopped": halted,
                "integrity": proven(await office.integrity()),
            }
        except (LogUnavailable, OperationalError, PoolTimeout):
            document = {"state": "unavailable"}
        if document != before or now - told_at > HEARTBEAT_SECONDS:
            yield written(document.get("head", 0), "freshness", document)
            before, told_at = document, now
        await asyncio.sleep(FRESHNESS_SECONDS)


async def until_ended(pages: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A stream that stops in order when its session has ended."""
    try:
        async for page in pages:
            yield page
    except Problem as problem:
        yield written(0, "ended", {"code": problem.code})
    except (LogUnavailable, OperationalError, PoolTimeout):
        # The client comes back by itself, with the id of the last event it has.
        yield b'event: ended\ndata: {"code":"log_unavailable"}\n\n'


def routes(office: Office) -> APIRouter:
    """GET /api/feed and /api/freshness."""
    router = APIRouter(tags=["feed 事件流"])
    described: dict[int | str, dict[str, Any]] = {
        200: {"description": "事件流 · A stream", "content": {SSE: {"schema": {"type": "string"}}}}
    }

    @router.get("/api/feed", responses=described | answers())
    async def feed(
        request: Request,
        after: Annotated[int, Query(ge=0, le=MOST)] = 0,
        last_event_id: Annotated[str | None, Header(pattern=r"^\d{1,15}$")] = None,
    ) -> StreamingResponse:
        """事件流.  Events in order, none skipped, as CloudEvents; resumes after Last-Event-ID."""
        start = int(last_event_id) if last_event_id else after
        return StreamingResponse(until_ended(events_after(office, request, start)), 200, HEADERS, SSE)

    @router.get("/api/freshness", responses=described | answers())
    async def fresh(request: Request) -> StreamingResponse:
        """新鲜度.  How far the read models are behind the log, as it changes."""
        return StreamingResponse(until_ended(freshness(office, request)), 200, HEADERS, SSE)

    return router
