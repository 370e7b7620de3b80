"""The read tables of organisation, students, calendar, identity, monitored columns and privacy, on PostgreSQL."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from domain import Actor, Event
from domain.access import (
    HEAD,
    IMPORT,
    LEADER,
    PRESIDENT,
    SYSTEM,
    AccountRestored,
    AccountSuspended,
)
from domain.identity import AccountOpened
from domain.monitored_columns import ReadingAnnotated, ReadingReviewed, ThresholdSet
from infra.campus import Campus
from infra.envelope import Circumstances, command_tag
from infra.log import Attempt
from infra.projector import Projector
from infra.readings import SYSTEM as EVERYTHING, Viewer
from projections import Table, calendar, identity, monitored_columns, organisation, privacy, students
from tests import (
    test_calendar as days,
    test_identity as who,
    test_monitored_columns as seen,
    test_organisation as org,
    test_privacy as erased,
    test_students as register,
)
from tests.scenario import NOON

TABLES = [
    t
    for m in (organisation, students, calendar, identity, monitored_columns, privacy)
    for t in vars(m).values()
    if isinstance(t, Table)
]
OPENED = AccountOpened(person_id="person:li", login="li")
SUSPENDED = AccountSuspended(person_id="person:li", reason="离岗审查")
THRESHOLD = ThresholdSet(column_key=seen.KEY, figure_key=seen.KEY, green=950, amber=900, better="higher")
REVIEWED = ReadingReviewed(
    review_id="review:1", column_key=seen.KEY, version=1, reading=seen.READING, reviewed_by="person:li"
)
ANNOTATED = ReadingAnnotated(
    annotation_id="annotation:1",
    column_key=seen.KEY,
    version=1,
    reading=seen.READING,
    remark="请说明原因",
    annotated_by="person:li",
)
PAST = (
    *(org.SOFTWARE, org.ARTS, org.A101, org.HIRED, org.RENAMED, org.MOVED, org.CLOSED),
    *(register.RJ1, register.YS1, register.ADMITTED, register.PLACED, register.CORRECTED, register.CARED),
    *(days.TERM, days.NATIONAL_DAY, days.WITHDRAWN, days.NATIONAL_DAY),
    *(who.GRANTED, who.LENT, who.REVOKED, who.ENDED, OPENED, SUSPENDED),
    *(seen.DEFINED, seen.OWNED, seen.REVISED, THRESHOLD, REVIEWED, ANNOTATED),
    *(erased.ASKED, erased.HELD, erased.LIFTED, erased.ERASED),
)


async def record(campus: Campus, *events: Event, source: str = IMPORT) -> int:
    """Events put straight into the log, as if decided; the head then."""
    for event in events:
        told = Circumstances(
            command=uuid4(),
            command_name="test",
            digest="",
            actor=SYSTEM[IMPORT],
            received_at=NOON,
            correlation="test",
            causation=None,
            source=source,
        )
        drafts = await campus.codec.drafts([event], told)
        await campus.log.append([Attempt(command_tag(told.command), drafts, (), NOON)])
    return (await campus.log.head())[0]


async def told(campus: Campus, table: str, viewer: Viewer = EVERYTHING, **where: Any) -> list[dict[str, Any]]:
    rows = await campus.readings.rows(table, viewer, where=where, order=("since",))
    return [{k: v for k, v in row.items() if k not in ("since", "until")} for row in rows]


@pytest.fixture
async def college(campus: Campus) -> Campus:
    """A college in which everything of these areas has happened once."""
    await Projector(campus.institution, TABLES).prepare()
    await record(campus, *PAST)
    await Projector(campus.institution, TABLES, batch=7).catch_up()
    return campus


@pytest.mark.parametrize("batch", [1, 7, 500])
async def test_the_tables_are_the_same_cold_and_live(campus: Campus, batch: int) -> None:
    projector = Projector(campus.institution, TABLES, batch=batch)
    await projector.prepare()
    head = await record(campus, *PAST)
    assert await projector.catch_up() == head
    for size in (None, 1, 500):
        assert {c["differences"] for c in await projector.compare(batch=size)} == {0}


async def test_every_table_holds_what_was_said_last(college: Campus) -> None:
    names = {d["department_id"]: (d["code"], d["name"]) for d in await told(college, "department")}
    assert names == {"department:code": ("01", "信息系"), "department:art": ("02", "艺术系")}
    assert await told(college, "room") == [org.ROOM | {"closed_from": date(2026, 10, 1)}]
    assert [(s["from_day"], s["department_id"]) for s in await told(college, "staff")] == [
        (date(2026, 9, 1), "department:code"),
        (date(2026, 10, 1), "department:art"),
    ]
    assert [(s["from_day"], s["squad_id"]) for s in await told(college, "student", student_id="student:wu")] == [
        (date(2026, 9, 1), "squad:rj1"),
        (date(2026, 10, 12), "squad:ys1"),
    ]
    assert {s["squad_id"] for s in await told(college, "squad")} == {"squad:rj1", "squad:ys1"}
    assert await told(college, "counselor") == [register.CARE | {"department_id": "department:code"}]


async def test_the_calendar_knows_the_last_day_and_a_holiday_declared_again(college: Campus) -> None:
    (term,) = await told(college, "term")
    assert (term["ends_on"], term["year"], term["weeks"]) == (days.TERM.ends_on, 2026, 18)
    assert await told(college, "holiday") == [days.DAY | {"name": "国庆节"}]
    versions = await college.readings.rows("holiday", EVERYTHING, history=True, order=("since",))
    assert [v["until"] is None for v in versions] == [False, True]


async def test_revoked_roles_and_ended_delegations_are_history(college: Campus) -> None:
    assert await told(college, "role_grant") == []
    assert await told(college, "delegation") == []
    (grant,) = await college.readings.rows("role_grant", EVERYTHING, history=True)
    assert (grant["role"], grant["valid_until"], grant["until"] > grant["since"]) == (HEAD, date(2027, 8, 31), True)
    (lent,) = await college.readings.rows("delegation", EVERYTHING, history=True)
    assert (lent["commands"], lent["lent_until"]) == (["end-delegation"], who.LENT.until)


async def test_names_numbers_and_logins_stay_sealed(college: Campus) -> None:
    people = {(p["person_id"], p["kind"]): p for p in await told(college, "person_directory")}
    assert set(people) == {("person:li", "staff"), ("person:wu", "student")}
    (account,) = await told(college, "account")
    for sealed in (account["login"], *(p[f] for p in people.values() for f in ("name", "number"))):
        assert set(sealed) == {"sealed", "of", "at"}
    assert "李老师" not in str(people)
    assert [s["person_id"] for s in await told(college, "suspension")] == ["person:li"]


async def test_a_restored_account_is_no_longer_suspended(college: Campus) -> None:
    await record(college, AccountRestored(person_id="person:li"))
    await Projector(college.institution, TABLES).catch_up()
    assert await told(college, "suspension") == []


async def test_a_revised_column_is_unconfirmed_again_and_keeps_its_owner(college: Campus) -> None:
    versions = await college.readings.rows("monitored_column", EVERYTHING, history=True, order=("since",))
    assert [(v["version"], v["department_id"], v["confirmed"]) for v in versions] == [
        (1, None, False),
        (1, "department:code", True),
        (2, "department:code", False),
    ]
    assert versions[0]["figures"] == [seen.KEY]
    assert [(t["green"], t["amber"], t["better"]) for t in await told(college, "threshold")] == [(950, 900, "higher")]
    for table in ("reading_review", "reading_annotation"):
        (row,) = await told(college, table)
        assert (row["numerator"], row["denominator"], row["as_of"], row["week"]) == (90, 100, 812, 3)


async def test_an_erasure_shows_who_asked_and_who_agreed(college: Campus) -> None:
    (row,) = await told(college, "erasure")
    assert (row["state"], row["requested_by"], row["decided_by"]) == ("erased", "person:sun", "person:tang")
    assert await told(college, "legal_hold") == []


@pytest.mark.parametrize(
    ("actor", "staff", "students"),
    [
        (Actor("person:president", PRESIDENT), 2, 2),
        (Actor("person:xu", HEAD, "department:art"), 1, 1),
        (Actor("person:xu", LEADER, "department:none"), 0, 0),
        (Actor("person:li", "teacher", "department:code"), 2, 0),
        (Actor("person:wu", "student"), 0, 2),
    ],
    ids=["president", "head of arts", "leader of nothing", "the teacher", "the student"],
)
async def test_people_see_their_department_or_themselves(
    college: Campus, actor: Actor, staff: int, students: int
) -> None:
    viewer = Viewer(actor.person_id, (actor,))
    assert len(await told(college, "staff", viewer)) == staff
    assert len(await told(college, "student", viewer)) == students
    assert len(await told(college, "department", viewer)) == 2
    assert len(await told(college, "account", viewer)) == (actor.person_id in ("person:li", "person:president"))
