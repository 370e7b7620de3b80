"""The event stream: in order, none skipped, resumed where it broke off, and only what the reader may see."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from tests.api.conftest import DEPARTMENT, OTHER, Staffing, person

DAY = timedelta(days=1)


class Stream:
    """A response read while it is still being written."""

    def __init__(self) -> None:
        self._came: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._text = ""

    async def take(self, message: dict[str, Any]) -> None:
        await self._came.put(message)

    async def message(self) -> dict[str, str]:
        """The next message of the stream, its fields by name; comments and retry hints are passed over."""
        while True:
            while "\n\n" not in self._text:
                came = await asyncio.wait_for(self._came.get(), 10)
                if came["type"] == "http.response.start":
                    assert came["status"] == 200
                self._text += came.get("body", b"").decode()
            block, _, self._text = self._text.partition("\n\n")
            fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
            if "id" in fields or "event" in fields:
                return fields

    async def events(self, count: int) -> list[dict[str, str]]:
        """The next messages that are events."""
        found: list[dict[str, str]] = []
        while len(found) < count:
            told = await self.message()
            if "event" in told:
                found.append(told)
        return found


@asynccontextmanager
async def streamed(app: Any, path: str, query: str, headers: dict[str, str]) -> AsyncIterator[Stream]:
    """Open a stream and hang up at the end."""
    stream, gone = Stream(), asyncio.Event()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        "scheme": "http",
        "server": ("campus.test", 80),
        "client": ("127.0.0.1", 1),
    }

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    running = asyncio.create_task(app(scope, receive, stream.take))
    try:
        yield stream
    finally:
        gone.set()
        await asyncio.wait({running}, timeout=5)


async def test_events_arrive_in_order_as_they_are_recorded(app: Any, staff: Staffing, campus: Any):
    """CloudEvents, each with its position as the message's id; what comes later comes too."""
    auditor = await staff.token("shen", "auditor")
    head, _ = await campus.log.head()
    async with streamed(app, "/api/feed", "after=0", auditor) as stream:
        first = await stream.events(head)
        assert [int(m["id"]) for m in first] == list(range(1, head + 1))
        told = json.loads(first[0]["data"])
        assert told["specversion"] == "1.0"
        assert told["type"] == first[0]["event"]
        assert told["source"] == f"/institutions/{campus.institution.key}"
        assert "张老师" not in str(first)
        await staff.appoint("wang", "teacher", DEPARTMENT)
        now, _ = await campus.log.head()
        assert [int(m["id"]) for m in await stream.events(now - head)] == list(range(head + 1, now + 1))


async def test_a_broken_stream_is_taken_up_where_it_was(app: Any, staff: Staffing, campus: Any):
    """Last-Event-ID goes before `after`."""
    auditor = await staff.token("shen", "auditor")
    head, _ = await campus.log.head()
    async with streamed(app, "/api/feed", "after=0", auditor | {"Last-Event-ID": str(head - 1)}) as stream:
        assert [int(m["id"]) for m in await stream.events(1)] == [head]


async def test_a_stream_shows_only_what_its_reader_may_see(app: Any, staff: Staffing, campus: Any):
    """Of the rest not even the type; the id moves on all the same."""
    teacher = await staff.token("wang", "teacher", DEPARTMENT)
    await staff.appoint("li", "teacher", OTHER)
    await staff.appoint("wang", "finance")
    async with streamed(app, "/api/feed", "after=0", teacher) as stream:
        seen = await stream.events(3)
    assert all(person("wang") in str(m["data"]) for m in seen)
    assert person("li") not in str(seen)


async def test_a_stream_ends_with_its_session(app: Any, staff: Staffing, project: Any, monkeypatch: pytest.MonkeyPatch):
    """The door is asked again while the stream runs."""
    await project()
    monkeypatch.setattr("api.door.REMEMBERED_SECONDS", 0.0)
    monkeypatch.setattr("api.feed.ASK_AGAIN_SECONDS", 0.1)
    monkeypatch.setattr("api.announcements.WHILE_SECONDS", 0.1)
    auditor = await staff.token("shen", "auditor")
    for path in ("/api/feed", "/api/freshness"):
        async with streamed(app, path, "", auditor) as stream:
            await stream.message()
            await app.office.door.close_all(person("shen"))
            while (told := await stream.message()).get("event") != "ended":
                pass
            assert json.loads(told["data"])["code"] == "token_invalid"
        auditor = {"Authorization": f"Bearer {await app.office.door.mint(person('shen'), DAY)}"}


async def test_freshness_says_how_far_the_tables_are(app: Any, staff: Staffing, campus: Any, project: Any):
    """Head, position, lag and state."""
    await project()
    auditor = await staff.token("shen", "auditor")
    head, _ = await campus.log.head()
    async with streamed(app, "/api/freshness", "", auditor) as stream:
        told = json.loads((await stream.message())["data"])
        assert told["head"] == head
        assert told["state"] in ("catching_up", "live")
