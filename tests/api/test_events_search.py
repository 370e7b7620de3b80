"""Searching the log over HTTP: every filter against a plain one, pages without loss or repeat, and nobody's secrets."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import orjson
import pytest
from psycopg.sql import SQL

from domain import Event
from infra.campus import Campus
from infra.log import Attempt, Draft, Row
from infra.story import search as searching
from infra.story.naming import area_of, area_titles, areas, command_titles, event_titles, told
from infra.story.search import Wanted, search
from infra.story.timeline import boundaries, timeline
from tests.api.conftest import DEPARTMENT, OTHER, Staffing, person

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGIN = datetime(2026, 9, 7, 4, 0, tzinfo=UTC)
TYPES = ("roll_call.taken", "roll_call.deadline_lapsed", "tasks.assigned", "notices.read", "grades.published")
TEACHERS = ("person:li", "person:wu", "person:zhou")
STUDENTS = tuple(f"student:s{n}" for n in range(9))
SOURCES = ("ui", "api", "import", "clock")
COMMANDS = ("take-roll-call", "assign-task", "open-term")
MANY = 400
CORRELATION = UUID(int=7)


def draft(number: int, dice: random.Random) -> tuple[Draft, str]:
    """An event nobody decided, with an envelope of everything a search looks at."""
    command = str(UUID(int=1000 + number, version=4))
    actor = dice.choice(TEACHERS)
    tags = {dice.choice(TEACHERS), dice.choice(STUDENTS), dice.choice((DEPARTMENT, OTHER)), f"command:{command}"}
    body = {
        "occurred_at": BEGIN,
        "received_at": BEGIN,
        "actor": {
            "person_id": actor,
            "role": "teacher",
            "department_id": DEPARTMENT,
            "on_behalf_of": "person:boss" if number % 50 == 0 else None,
        },
        "command": command,
        "command_name": dice.choice(COMMANDS),
        "command_digest": "x",
        "correlation": str(CORRELATION) if number % 31 == 0 else command,
        "causation": None,
        "source": dice.choice(SOURCES),
        "schema": 1,
        "policies": [],
        "data": {"number": number, "name": {"sealed": "c2VjcmV0", "of": "li"}},
    }
    made = Draft(uuid4(), dice.choice(TYPES), tuple(sorted(tags)), orjson.dumps(body, option=orjson.OPT_UTC_Z).decode())
    return made, f"command:{command}"


async def filled(campus: Campus, many: int) -> list[Row]:
    """A log of many events over nine days, as it then stands."""
    dice = random.Random(20260907)  # noqa: S311 - the same log every time
    attempts = []
    for number in range(many):
        made, command = draft(number, dice)
        attempts.append(Attempt(command, (made,), (), BEGIN + timedelta(minutes=number * 13_000 // many)))
    await campus.log.append(attempts)
    head, _ = await campus.log.head()
    return await campus.log.page(0, head, limit=head)


@pytest.fixture
async def auditor(staff: Staffing) -> dict[str, str]:
    return await staff.token("shen", "auditor")


@pytest.fixture
async def rows(campus: Campus, auditor: dict[str, str]) -> list[Row]:
    return await filled(campus, MANY)


def body(row: Row) -> dict[str, Any]:
    told_: dict[str, Any] = orjson.loads(row.body)
    return told_


def names(row: Row) -> str:
    return " ".join((*event_titles(row.type), *area_titles(area_of(row.type)))).casefold()


SINCE, UNTIL = datetime(2026, 9, 9, 0, 0, tzinfo=SHANGHAI), datetime(2026, 9, 12, 12, 30, tzinfo=SHANGHAI)
FILTERS: dict[str, tuple[dict[str, Any], Callable[[Row], bool]]] = {
    "nothing": ({}, lambda row: True),
    "one type": ({"type": "tasks.assigned"}, lambda row: row.type == "tasks.assigned"),
    "types": ({"type": [TYPES[0], TYPES[3]]}, lambda row: row.type in (TYPES[0], TYPES[3])),
    "area": ({"area": "roll_call"}, lambda row: row.type.startswith("roll_call.")),
    "tag": ({"tag": "person:li"}, lambda row: "person:li" in row.tags),
    "person": ({"person": "person:s3"}, lambda row: not {"person:s3", "student:s3"}.isdisjoint(row.tags)),
    "department": ({"department": OTHER}, lambda row: OTHER in row.tags),
    "actor": (
        {"actor": "person:wu"},
        lambda row: "person:wu" in (body(row)["actor"]["person_id"], body(row)["actor"]["on_behalf_of"]),
    ),
    "on behalf": ({"actor": "person:boss"}, lambda row: body(row)["actor"]["on_behalf_of"] == "person:boss"),
    "command": ({"command": "take-roll-call"}, lambda row: body(row)["command_name"] == "take-roll-call"),
    "command id": (
        {"command": str(UUID(int=1200, version=4))},
        lambda row: body(row)["command"] == str(UUID(int=1200, version=4)),
    ),
    "source": ({"source": "clock"}, lambda row: body(row)["source"] == "clock"),
    "correlation": ({"correlation": str(CORRELATION)}, lambda row: body(row)["correlation"] == str(CORRELATION)),
    "time": (
        {"since": SINCE.isoformat(), "until": UNTIL.isoformat()},
        lambda row: SINCE <= row.recorded_at <= UNTIL,
    ),
    "local time": ({"since": "2026-09-09T00:00"}, lambda row: row.recorded_at >= SINCE),
    "part": ({"after": 100, "before": 140}, lambda row: 100 < row.position < 140),
    "words": ({"q": "点名"}, lambda row: "点名" in names(row)),
    "words of both": ({"q": "task 指派"}, lambda row: "指派" in names(row) and "task" in names(row)),
    "words of nothing": ({"q": "no such words"}, lambda row: False),
    "words not of the area": ({"q": "点名", "area": "tasks"}, lambda row: False),
    "all at once": (
        {"department": DEPARTMENT, "person": "person:li", "area": "roll_call", "source": "ui", "q": "taken"},
        lambda row: {DEPARTMENT, "person:li"} <= set(row.tags) and row.type == TYPES[0] and body(row)["source"] == "ui",
    ),
}


async def paged(client: httpx.AsyncClient, who: dict[str, str], asked: dict[str, Any], limit: int) -> list[int]:
    """Positions of every page, read to the end."""
    positions: list[int] = []
    side = "before" if asked.get("order") == "desc" else "after"
    edge: dict[str, int] = {}
    for _ in range(2 * MANY):
        answer = await client.get("/api/events", params={**asked, "limit": limit, **edge}, headers=who)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        positions += [event["position"] for event in page["events"]]
        if page[side] is None:
            return positions
        edge = {side: page[side]}
    raise AssertionError("the pages have no end")


@pytest.mark.parametrize("seconds", [searching.SECONDS, -1.0])
async def test_every_filter_finds_what_a_plain_one_finds(
    rows: list[Row],
    client: httpx.AsyncClient,
    auditor: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
):
    """In both orders, in pages of several sizes, and also when the time for a page always runs out after one step."""
    monkeypatch.setattr(searching, "SECONDS", seconds)
    monkeypatch.setattr(searching, "STEP", 90)
    for name, (asked, meant) in FILTERS.items():
        wished = [row.position for row in rows if meant(row)]
        found = await paged(client, auditor, asked, 64)
        newest = await paged(client, auditor, {**asked, "order": "desc"}, 500)
        assert found == wished, name
        assert newest == wished[::-1], name
    assert sum(bool([row for row in rows if meant(row)]) for _, meant in FILTERS.values()) == len(FILTERS) - 2


async def test_a_page_says_when_its_time_ran_out(
    rows: list[Row], client: httpx.AsyncClient, auditor: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    """It answers with what it found and how far it came, and tells that apart from the end."""
    monkeypatch.setattr(searching, "SECONDS", -1.0)
    monkeypatch.setattr(searching, "STEP", 50)
    asked = {"actor": "person:nobody", "order": "desc"}
    page = (await client.get("/api/events", params=asked, headers=auditor)).json()
    assert (page["events"], page["before"], page["partial"]) == ([], rows[-50].position, True)
    full = (await client.get("/api/events", params={"limit": 3}, headers=auditor)).json()
    assert (full["after"], full["partial"]) == (3, False)
    last = (await client.get("/api/events", params={"after": rows[-1].position - 1}, headers=auditor)).json()
    assert (len(last["events"]), last["after"], last["partial"]) == (1, None, False)


async def test_nobody_finds_what_they_do_not_see(
    staff: Staffing, rows: list[Row], client: httpx.AsyncClient, campus: Campus
):
    """A head finds the department's events; somebody without a role their own, and nothing by other people's ids."""
    head = await staff.token("hu", "head", OTHER)
    narrow = await staff.token("qian")
    everything = await campus.log.page(0, (await campus.log.head())[0], limit=5000)
    for who, tags in ((head, {OTHER, person("hu")}), (narrow, {person("qian"), "student:" + person("qian")[7:]})):
        for asked, meant in FILTERS.values():
            if asked.get("person") or asked.get("tag") or asked.get("actor"):
                continue
            wished = [row.position for row in everything if meant(row) and not tags.isdisjoint(row.tags)]
            assert await paged(client, who, asked, 100) == wished
    for asked in ({"actor": "person:li"}, {"person": "student:s3"}, {"tag": "person:li"}):
        assert await paged(client, narrow, asked, 100) == []
        assert await paged(client, head, asked, 100) != []
    assert await paged(client, narrow, {"actor": person("qian")}, 100) == []
    own = await paged(client, narrow, {"person": person("qian")}, 100)
    assert own == [row.position for row in everything if person("qian") in row.tags]
    assert b"c2VjcmV0" not in (await client.get("/api/events", params={"limit": 500}, headers=head)).content


async def test_what_is_withheld_leaves_no_trace_at_the_edge_of_a_page(
    staff: Staffing, rows: list[Row], client: httpx.AsyncClient, campus: Campus
):
    """A student whose marks are not published learns neither that they were recorded nor how often."""
    narrow = await staff.token("qian")
    own = "student:" + person("qian")[7:]
    shown = []
    for number, kind in enumerate(("grades.published", *("grades.mark_recorded",) * 3, "grades.published")):
        made, command = draft(5000 + number, random.Random(number))  # noqa: S311 - any event will do
        made = replace(made, type=kind, tags=(own, command))
        (recorded,) = await campus.log.append([Attempt(command, (made,), (), BEGIN + timedelta(days=10))])
        shown += [recorded.first] if kind == "grades.published" else []
    asked = {"type": "grades.mark_recorded", "limit": 1}
    answer = (await client.get("/api/events", params=asked, headers=narrow)).json()
    assert (answer["events"], answer["after"], answer["partial"]) == ([], None, False)
    for order, side in (("asc", "after"), ("desc", "before")):
        told = (await client.get("/api/events", params={"tag": own, "limit": 2, "order": order}, headers=narrow)).json()
        assert sorted(e["position"] for e in told["events"]) == shown
        assert told[side] in (None, shown[-1] if order == "asc" else shown[0])


HOSTILE = (
    "type=a%00b",
    "type=drop table",
    "area=%25",
    "person=department:x",
    "person=person:%27or%271",
    "department=x",
    "actor=1",
    "command=Take%20Roll",
    "source=moon",
    "correlation=1",
    "since=yesterday",
    "until=99999-01-01",
    "after=-1",
    "before=0",
    "order=sideways",
    "limit=501",
    f"q={'长' * 61}",
)


async def test_what_cannot_be_asked_is_refused(auditor: dict[str, str], client: httpx.AsyncClient):
    """Every filter names what it takes; anything else is 422 and nothing else, also at the ends of time."""
    for asked in HOSTILE:
        answer = await client.get(f"/api/events?{asked}", headers=auditor)
        assert (answer.status_code, answer.json()["code"]) == (422, "query_invalid"), asked
    for asked in (
        "since=0001-01-01T00:00",
        "until=0001-01-01T00:00:00Z",
        "since=9999-12-31T23:59:59",
        f"after={2**53}",
        "q=%25_%27",
        "q=%20",
        "since=2026-09-10&until=2026-09-01",
    ):
        for path in ("/api/events", "/api/events/timeline"):
            answer = await client.get(f"{path}?{asked}", headers=auditor)
            assert answer.status_code == 200, (path, asked, answer.text)
    for asked in ("/api/events/0/tree", "/api/events/1/tree?limit=501", "/api/events/timeline?since=x"):
        assert (await client.get(asked, headers=auditor)).status_code == 422, asked
    unknown = await client.get("/api/events/999999/tree", headers=auditor)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "event_unknown")


async def test_the_timeline_counts_every_event_once(
    rows: list[Row], campus: Campus, client: httpx.AsyncClient, auditor: dict[str, str]
):
    """Pieces without gap or overlap, each holding the events recorded in it."""
    answer = (await client.get("/api/events/timeline", headers=auditor)).json()["spans"]
    assert sum(span["count"] for span in answer) == rows[-1].position
    spans = await timeline(campus.pool, campus.institution.schema, SHANGHAI)
    everything = await campus.log.page(0, rows[-1].position, limit=5000)
    for span in spans:
        inside = [row.position for row in everything if span.since <= row.recorded_at < span.until]
        assert inside == list(range(span.first, span.last + 1))
    part = await timeline(campus.pool, campus.institution.schema, SHANGHAI, SINCE, UNTIL)
    assert (part[0].since, len(part)) == (SINCE, 85)
    assert all(a.until == b.since and a.last + 1 == b.first for a, b in zip(spans, spans[1:], strict=False))


def test_a_timeline_never_has_more_than_120_pieces():
    """Of an hour, a day, or as many days as it takes, on the clock of the institution."""
    for days in (0.02, 1, 4.9, 5, 30, 119, 120, 400, 4000):
        marks = boundaries(BEGIN, BEGIN + timedelta(days=days), SHANGHAI)
        assert 2 <= len(marks) <= 121, days
        assert marks[0] <= BEGIN < marks[1]
        assert marks[-2] <= BEGIN + timedelta(days=days) < marks[-1], days


def test_everything_that_happens_is_named_in_both_languages():
    """Types, areas and commands, so that nobody has to read a code; no two types of an area are called the same."""
    for name in Event.by_name:
        zh, en = event_titles(name)
        assert any("\u4e00" <= letter <= "\u9fff" for letter in zh), name
        assert en.isascii(), name
        assert zh in told(name), name
    titles = [event_titles(name) for name in Event.by_name]
    assert len({zh for zh, _ in titles}) == len(titles)
    for area in areas():
        zh, en = area_titles(area)
        assert any("\u4e00" <= letter <= "\u9fff" for letter in zh), area
        assert en[:1].isupper(), (area, en)
        assert len(en) < 40, (area, en)
    assert command_titles("take-roll-call")[1] == "Take roll call"


PLANS: dict[str, Wanted] = {
    "everything": Wanted(),
    "types": Wanted(types=("tasks.assigned", "notices.read")),
    "a person": Wanted(carried=(("person:li", "student:li"),)),
    "a department and a type": Wanted(carried=((DEPARTMENT,),), types=("tasks.assigned",)),
    "two ids": Wanted(carried=((DEPARTMENT,), ("person:li",))),
    "an actor": Wanted(actor="person:li"),
    "a source of a type": Wanted(types=("notices.read",), source="clock"),
    "a command": Wanted(command="open-term"),
    "a part": Wanted(first=100, last=200, correlation=CORRELATION),
}


async def test_no_filter_reads_more_than_a_step_at_a_time(rows: list[Row], campus: Campus):
    """Every way is an index scan that a limit ends: no plan scans the whole log, or joins by building a part of it."""
    schema = campus.institution.schema
    async with campus.pool.connection() as db:
        for name, wanted in PLANS.items():
            ways = [searching._Way(group=g) for g in wanted.carried] or [searching._Way(types=wanted.types)]
            for way in ways:
                for order in ("newest", "oldest"):
                    edge = searching.FURTHEST if order == "newest" else 0
                    given = searching._given(wanted, way, edge, order) | {"step": 50, "limit": 10}
                    async with db.transaction():
                        await db.execute(searching.SETTINGS)
                        query = SQL("explain (analyze, format json) {}").format(
                            searching._page(schema, wanted, way, order)
                        )
                        found = await (await db.execute(query, given, prepare=False)).fetchone()
                    assert found is not None
                    nodes = list(plan(found[0][0]["Plan"]))
                    assert [n for n in nodes if n["Node Type"] in ("Seq Scan", "Hash Join", "Merge Join")] == [], name
                    read = sum(n["Actual Rows"] * n["Actual Loops"] for n in nodes if "Index" in n["Node Type"])
                    assert read <= 50 * (3 + len(way.group) + len(way.types)), (name, order, read)


def plan(node: dict[str, Any]) -> list[dict[str, Any]]:
    """A plan's nodes."""
    return [node, *(inner for part in node.get("Plans", ()) for inner in plan(part))]


async def test_a_search_takes_the_way_with_the_fewest_entries(rows: list[Row], campus: Campus):
    """A rare type within a department is found by the type, a person of a busy department by the person."""
    async with campus.pool.connection() as db:
        wanted = Wanted(carried=((DEPARTMENT,), ("student:s3",)), types=("roll_call.taken",))
        way = await searching._way(db, campus.institution.schema, wanted)
        assert way.group == ("student:s3",)
        none = Wanted(carried=((DEPARTMENT,),), types=("identity.account_opened",))
        assert (await searching._way(db, campus.institution.schema, none)).types == none.types
    found = await search(campus.pool, campus.institution.schema, wanted, beyond=None, order="newest", limit=5)
    assert [{DEPARTMENT, "student:s3"} <= set(row.tags) for row in found.rows] == [True] * len(found.rows)
