"""Everybody sees their own part of the same truth: figures, rows, exports, duties, events and names, over HTTP."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import orjson
import pytest
from psycopg import sql

from domain import Event, derived
from domain.access import AUDITOR, FINANCE, HEAD, IMPORT, PRESIDENT, STUDENT, SYSTEM, TEACHER
from domain.identity import GrantRole
from domain.timetable import SessionScheduled
from infra.campus import Campus
from infra.cli.common import load_areas
from infra.readings import SYSTEM as EVERYTHING
from projections import Scope
from tests.api.conftest import Project
from tests.api.test_feed import streamed
from tests.college import ANN, ARTS, LI, MATHS, WU, at
from tests.db.teaching import play

PAGE = 7
TWO_DAYS = timedelta(days=2)


@dataclass(frozen=True)
class Looker:
    """Somebody who looks; `departments` None: the whole college."""

    person_id: str
    role: str
    department_id: str | None
    departments: frozenset[str] | None

    @property
    def own(self) -> set[str]:
        return {self.person_id, "student:" + self.person_id.partition(":")[2]}


LOOKERS = (
    Looker("person:president", PRESIDENT, None, None),
    Looker("person:auditor", AUDITOR, None, None),
    Looker("person:head-maths", HEAD, MATHS, frozenset({MATHS})),
    Looker("person:head-arts", HEAD, ARTS, frozenset({ARTS})),
    Looker(LI, TEACHER, None, frozenset()),
    Looker(ANN, TEACHER, None, frozenset()),
    Looker("person:a1-1", STUDENT, None, frozenset()),
    Looker("person:money", FINANCE, None, frozenset()),
)
AUDITOR_ID, HEADS = "person:auditor", ("person:head-maths", "person:head-arts")
# What the played term has rows of: of every other figure there is nothing to see, for anybody.
PLAYED = {
    *("attendance_rate", "duties_overdue", "hours_forfeited", "hours_recognised", "hours_recognised_rate"),
    *("oa_logins", "roll_call_timeliness", "roll_call_timeliness_by_rule", "truancy_rate"),
}
# No slip was played, but the students are counted whom its slips would be divided by: each sees themselves counted.
HEADS_COUNTED = {"slips"}
# Rows that are not opened down to events anywhere, and whose events stand under another tag.
ELSEWHERE = {
    ("session", "timetable.session_scheduled", "person"): "a teacher stands in it by day, person:…@date",
}


@dataclass
class College:
    """The played term with everybody's headers, and who teaches and attends what, by the log alone."""

    app: Any
    campus: Campus
    http: httpx.AsyncClient
    headers: dict[str, dict[str, str]]
    events: dict[int, Event]
    tags: dict[int, set[str]]
    sessions: dict[str, SessionScheduled]

    async def get(self, who: Looker, path: str, **asked: Any) -> Any:
        answer = await self.http.get(path, params=asked, headers=self.headers[who.person_id])
        assert answer.status_code == 200, (who, path, answer.text)
        return answer.json()

    async def rows(self, who: Looker, key: str) -> list[dict[str, Any]]:
        """Every row of a figure, a page at a time."""
        rows: list[dict[str, Any]] = []
        after: dict[str, str] = {}
        while True:
            told = await self.get(who, f"/api/figures/{key}/rows", limit=PAGE, **after)
            rows += told["rows"]
            if told["after"] is None:
                return rows
            after = {"after": told["after"]}

    def seen(self, who: Looker, position: int) -> bool:
        """Whether an event is of the college, of one's department, or about oneself."""
        return who.departments is None or bool(self.tags[position] & (who.departments | who.own))


@pytest.fixture
async def college(app: Any, campus: Campus, client: httpx.AsyncClient, project: Project) -> College:
    await project()
    await play(campus, seed=11)
    headers = {}
    for who in LOOKERS:
        grant = GrantRole(
            grant_id=derived("grant", "scope", who.person_id),
            person_id=who.person_id,
            role=who.role,
            department_id=who.department_id,
            valid_from=date(2026, 9, 1),
            valid_until=date(2027, 8, 30),
        )
        if who.person_id not in (LI, ANN):
            await campus.desk.submit(grant, key=who.person_id, person_id=SYSTEM[IMPORT].person_id, source=IMPORT)
    await campus.clock.set(at(28, "12:00"), True)
    for who in LOOKERS:
        headers[who.person_id] = {"Authorization": f"Bearer {await app.office.door.mint(who.person_id, TWO_DAYS)}"}
    await project()
    rows = await campus.log.page(0, limit=5_000)
    events = {row.position: campus.codec.event(row) for row in rows}
    sessions = {e.session_id: e for e in events.values() if isinstance(e, SessionScheduled)}
    return College(app, campus, client, headers, events, {r.position: set(r.tags) for r in rows}, sessions)


def summed(rows: list[dict[str, Any]]) -> tuple[Decimal, Decimal, int]:
    numerators = sum((Decimal(str(r["numerator"])) for r in rows), Decimal(0))
    return numerators, sum((Decimal(str(r["denominator"])) for r in rows), Decimal(0)), len(rows)


def told(reading: dict[str, Any]) -> tuple[Decimal, Decimal, int]:
    return Decimal(str(reading["numerator"])), Decimal(str(reading["denominator"])), reading["count"]


def within(college: College, who: Looker, row: dict[str, Any]) -> bool:
    """Whether a row is of the looker's department, or about themselves: their session, their day, their own head."""
    if who.departments is None or row["department_id"] in who.departments:
        return True
    if row["about"] == row["department_id"]:
        return (row["numerator"], row["denominator"]) == (0, 1)
    about = row["about"].rpartition("/")[2]
    session = college.sessions.get(about)
    concerned = {row["person_id"], *(session.teacher_ids if session else [about.partition("@")[0]])}
    return bool(concerned & who.own)


async def test_every_figure_is_the_sum_of_the_rows_that_its_reader_sees(college: College) -> None:
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    figures = sorted(key for key in load_areas().figures if not key.startswith("trial_"))
    for who in LOOKERS:
        for key in figures:
            reading = await college.get(who, f"/api/figures/{key}")
            rows = await college.rows(who, key)
            assert told(reading) == summed(rows), (who, key)
            assert len({row["cursor"] for row in rows}) == len(rows)
            assert all(within(college, who, row) for row in rows), (who, key)
            groups = (await college.get(who, f"/api/figures/{key}", by="department"))["readings"]
            by = {g["group"]["department"]: told(g) for g in groups}
            assert by == {d: summed([r for r in rows if r["department_id"] == d]) for d in by}
            assert sum(count for _, _, count in by.values()) == len(rows)
            counts[key][who.person_id] = len(rows)
            await exported(college, who, key, rows)
            for position in {row["position"] for row in rows}:
                await opened(college, who, position)
    assert {key for key, of in counts.items() if of[AUDITOR_ID]} == PLAYED | HEADS_COUNTED
    for key, of in counts.items():
        everybody = of["person:president"]
        assert everybody == of[AUDITOR_ID], key
        assert sum(of[head] for head in HEADS) >= everybody >= max(of[head] for head in HEADS), key
        assert of["person:money"] == 0, key
        if key in PLAYED:
            assert (0 < of[LI] < everybody, of["person:a1-1"]) == (True, 0), key
        if key in HEADS_COUNTED:
            assert (of[LI], of["person:a1-1"] > 0) == (0, True), key
    assert all(0 < counts["attendance_rate"][head] < counts["attendance_rate"][AUDITOR_ID] for head in HEADS)


async def exported(college: College, who: Looker, key: str, rows: list[dict[str, Any]]) -> None:
    """A CSV export holds the same rows, and no others."""
    path = f"/api/figures/{key}/rows"
    answer = await college.http.get(path, params={"format": "csv"}, headers=college.headers[who.person_id])
    read = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(r["about"], r["person_id"], int(r["position"])) for r in read] == [
        (r["about"], r["person_id"] or "", r["position"]) for r in rows
    ]
    assert sum(Decimal(r["numerator"]) for r in read) == summed(rows)[0]


async def opened(college: College, who: Looker, position: int) -> None:
    """The event that made a row true can be opened by whoever sees the row."""
    answer = await college.http.get(f"/api/events/{position}", headers=college.headers[who.person_id])
    assert answer.status_code == 200, (who, position, college.events[position].NAME, answer.text)
    assert answer.json()["type"] == college.events[position].NAME


async def test_duties_and_events_are_those_of_ones_own_scope(college: College) -> None:
    everything = (await college.get(LOOKERS[0], "/api/duties", limit=1000))["duties"]
    assert len(everything) == len(college.sessions)
    for who in LOOKERS:
        duties = (await college.get(who, "/api/duties", limit=1000))["duties"]
        mine = [
            d
            for d in everything
            if who.departments is None or d["department_id"] in who.departments or d["person_id"] in who.own
        ]
        assert duties == mine, who
        expected = [position for position in college.events if college.seen(who, position)]
        listed: list[int] = []
        after: int | None = 0
        while after is not None:
            page = await college.get(who, "/api/events", after=after, limit=100)
            listed += [e["position"] for e in page["events"]]
            after = page["after"]
        assert listed == expected, who
        assert await fed(college, who) == expected, who
        hidden = [p for p in college.events if p not in set(expected)]
        for position in hidden[:: max(1, len(hidden) // 5)]:
            answer = await college.http.get(f"/api/events/{position}", headers=college.headers[who.person_id])
            assert (answer.status_code, answer.json()["code"]) == (404, "event_unknown")


async def fed(college: College, who: Looker) -> list[int]:
    """The positions that the stream of events gives, up to the head."""
    head = max(college.events)
    seen: list[int] = []
    async with streamed(college.app, "/api/feed", "after=0", college.headers[who.person_id]) as stream:
        while True:
            message = await stream.message()
            if "data" in message:
                seen.append(int(orjson.loads(message["data"])["position"]))
            if int(message.get("id", 0)) >= head:
                return seen


async def looks(college: College) -> list[tuple[Any, ...]]:
    """Who looked at whose names from where, in order."""
    table = sql.Identifier(college.campus.institution.schema, "look")
    async with college.campus.pool.connection() as db:
        kept = await db.execute(sql.SQL("select viewer, role, figure, about from {} order by id").format(table))
        return await kept.fetchall()


async def names(college: College, who: Looker, persons: list[str], **asked: str) -> set[str]:
    return set((await college.get(who, "/api/people/names", person=persons, **asked))["names"])


async def test_a_president_reads_a_teachers_name_from_a_figure_only_and_that_is_kept(college: College) -> None:
    president, auditor, maths, arts, li = LOOKERS[:5]
    rows = await college.rows(president, "hours_recognised_rate")
    teachers = sorted({row["person_id"] for row in rows})
    assert set(teachers) == {LI, WU, ANN}
    assert await names(college, president, teachers) == set()
    assert await looks(college) == []
    assert await names(college, president, teachers, figure="hours_recognised_rate") == set(teachers)
    kept = [("person:president", PRESIDENT, "hours_recognised_rate", teachers)]
    assert await looks(college) == kept
    for asked in ({}, {"figure": "hours_recognised_rate"}):
        assert await names(college, auditor, teachers, **asked) == set(teachers)
        assert await names(college, maths, teachers, **asked) == {LI, WU}
        assert await names(college, arts, teachers, **asked) == {ANN}
        assert await names(college, li, teachers, **asked) == {LI}
    assert await looks(college) == kept


def named(row: dict[str, Any], scope: Scope) -> set[str]:
    """The department and the people whose row it is."""
    values = [row[column] for column in (*scope.persons, *([scope.department] if scope.department else []))]
    return {each for value in values if value for each in (value if isinstance(value, list) else [value])}


async def test_whoever_sees_a_row_can_open_the_event_that_made_it(college: College) -> None:
    hidden = set()
    for table in load_areas().tables:
        if table.scope.open or table.name.startswith("trial_"):
            continue
        for row in await college.campus.readings.rows(table.name, EVERYTHING, limit=5_000, history=True):
            tags = college.tags[row["since"]]
            both = tags | {"person:" + tag.partition(":")[2] for tag in tags if tag.startswith("student:")}
            for owner in named(row, table.scope) - both:
                hidden.add((table.name, college.events[row["since"]].NAME, owner.partition(":")[0]))
    assert hidden == set(ELSEWHERE)
