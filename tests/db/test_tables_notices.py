"""The read tables and figures of notices and logins, on PostgreSQL; and what is told of history: nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain import Actor, Event
from domain.access import CLOCK, HEAD, REACTION, SYSTEM, TEACHER
from domain.calendar import HolidayDeclared
from domain.notices import LoginRecorded, MarkNoticeRead, NoticePublished, PublishNotice, RecallNotice
from domain.organisation import StaffPlaced
from infra.campus import Campus
from infra.projector import Projector
from infra.readings import SYSTEM as EVERYTHING, Viewer
from projections import Table, calendar, duties, notices, organisation
from tests.college import ANN, ARTS, COLLEGE, LI, MATHS, MONDAY, OPENED, TERM, WU, at, staff
from tests.db.test_forty_eight_hours import reacted
from tests.db.test_tables_organisation import record, told
from tests.scenario import given
from tests.test_counselor_logs.corps import MEI
from tests.test_counselor_logs.test_merit import judged, misses
from tests.test_notices.test_publishing import BOSS, DUE, LAPSE, READ, SAID, published

TABLES = [t for m in (notices, duties, organisation, calendar) for t in vars(m).values() if isinstance(t, Table)]
MOVED = StaffPlaced(
    person_id=WU, department_id=ARTS, former_department_id=MATHS, kind="staff", from_day=MONDAY + timedelta(days=3)
)
HOLIDAY = HolidayDeclared(term_id=TERM, day=MONDAY + timedelta(days=1), name="校庆")
EXTERNAL = staff("person:guest").model_copy(update={"kind": "external"})


def login(person_id: str, department_id: str, day: date) -> LoginRecorded:
    return LoginRecorded(
        login_id=f"login:{person_id[7:]}-{day}", person_id=person_id, department_id=department_id, day=day
    )


# Monday, Wednesday, Thursday, Friday of week 1; a Saturday that is no working day; the Monday after.
LOGINS = tuple(
    login(who, where, MONDAY + timedelta(days=n))
    for who, where, days in ((LI, MATHS, (0, 2, 3, 5, 7)), (WU, MATHS, (0,)), (WU, ARTS, (4, 7)), (ANN, ARTS, (1,)))
    for n in days
)


def story() -> tuple[Event, ...]:
    """Read by Li in time, lapsed for Ann; another one recalled before Wu read it."""
    first = published()
    read = given(*first).when(READ, by=Actor(LI, TEACHER), now=DUE).happens()
    lapsed = given(*first, *read).when(LAPSE, by=SYSTEM[CLOCK], now=DUE + timedelta(seconds=60)).happens()
    by_ann = MarkNoticeRead(notice_id="notice:1", person_id=ANN)
    late = given(*first, *lapsed).when(by_ann, by=Actor(ANN, TEACHER), now=DUE + timedelta(days=1)).happens()
    second = PublishNotice(**SAID | {"notice_id": "notice:2"}, persons=(WU, "person:bo"))
    other = given(*COLLEGE).when(second, by=BOSS, now=at(10, "09:00")).happens()
    back = given(*other).when(RecallNotice(notice_id="notice:2", reason="发错了对象"), by=BOSS).happens()
    return (*COLLEGE, EXTERNAL, MOVED, HOLIDAY, *first, *read, *lapsed, *late, *other, *back, *LOGINS)


PAST = story()


@pytest.fixture
async def college(campus: Campus) -> Campus:
    """All of it told and folded."""
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
    for size in (1, 500):
        assert {c["differences"] for c in await projector.compare(batch=size)} == {0}


async def test_notices_receipts_and_duties(college: Campus) -> None:
    said = {n["notice_id"]: (n["state"], n["addressed"], n["read_in_time"]) for n in await told(college, "notice")}
    assert said == {"notice:1": ("limit_passed", 2, 1), "notice:2": ("recalled", 2, None)}
    receipts = {(r["person_id"], r["state"], r["reader"]) for r in await told(college, "notice_receipt")}
    assert receipts == {
        (LI, "read", "staff"),
        (ANN, "read_late", "staff"),
        (WU, "cancelled", "staff"),
        ("person:bo", "cancelled", "student"),
    }
    owed = Counter(d["state"] for d in await told(college, "duty", kind="notice"))
    assert owed == {"done": 1, "done_late": 1, "cancelled": 2}


async def read(campus: Campus, key: str, **asked: Any) -> tuple[int, int]:
    (found,) = await campus.readings.figure(key, EVERYTHING, **asked)
    return int(found.numerator), int(found.denominator)


async def test_what_was_read_in_time(college: Campus) -> None:
    after = DUE + timedelta(days=7)
    assert await read(college, "notices", at=after) == (1, 2)
    assert await read(college, "notices", at=after, department=MATHS) == (1, 1)
    assert await read(college, "notices", at=after, term=TERM, week=1) == (1, 2)
    assert await read(college, "notices", at=DUE) == (0, 0)
    assert await read(college, "notices_unread", at=after) == (0, 0)
    before_late = next(n for n, e in enumerate(PAST, 1) if getattr(e, "state", "") == "read_late") - 1
    assert (await read(college, "notices_unread", at=after, as_of=before_late))[0] == 1


def counted(today: date) -> dict[tuple[str, date], tuple[Decimal, Decimal]]:
    """Logins and staff by department and working day, reckoned plainly."""
    found: dict[tuple[str, date], list[int]] = {}
    logins = {(e.person_id, e.day) for e in LOGINS}
    for n in range(7 * OPENED.weeks):
        day = MONDAY + timedelta(days=n)
        if day.isoweekday() > 5 or day == HOLIDAY.day or day >= today:
            continue
        for who, where in ((LI, MATHS), (WU, MATHS if day < MOVED.from_day else ARTS), (ANN, ARTS)):
            sums = found.setdefault((where, day), [0, 0])
            sums[0] += (who, day) in logins
            sums[1] += 1
    return {k: (Decimal(n), Decimal(d)) for k, (n, d) in found.items()}


@pytest.mark.parametrize("days", [0, 4, 8, 300])
async def test_who_logged_in_of_those_placed_that_working_day(college: Campus, days: int) -> None:
    """Until yesterday, as the institution's zone has it."""
    midnight = at(7, "00:00") + timedelta(days=days)
    for moment, today in ((midnight, days), (midnight - timedelta(seconds=1), days - 1)):
        found = await college.readings.figure("oa_logins", EVERYTHING, at=moment, by=("department", "day"))
        told_so = {(r.group["department"], r.group["day"]): (r.numerator, r.denominator) for r in found}
        assert told_so == counted(MONDAY + timedelta(days=today))


@pytest.mark.parametrize("department", [ARTS, MATHS])
async def test_a_head_counts_those_who_came_and_left_as_the_college_does(college: Campus, department: str) -> None:
    head = Viewer("person:h", (Actor("person:h", HEAD, department),))
    found = await college.readings.figure("oa_logins", head, at=at(7, "00:00") + timedelta(days=300), by=("day",))
    whole = counted(MONDAY + timedelta(days=300))
    assert {r.group["day"]: (r.numerator, r.denominator) for r in found} == {
        day: sums for (where, day), sums in whole.items() if where == department
    }


async def test_the_rows_of_the_logins_are_paged_to_their_end(college: Campus) -> None:
    asked: dict[str, Any] = {"at": at(7, "00:00") + timedelta(days=10), "limit": 4}
    seen, after = [], None
    while page := await college.readings.contributions("oa_logins", EVERYTHING, after=after, **asked):
        seen += [r["about"] for r in page]
        after = page[-1]["cursor"]
    whole = await read(college, "oa_logins", at=asked["at"])
    assert (len(seen), len(set(seen))) == (whole[1], whole[1])


@pytest.mark.parametrize(
    ("actor", "receipts", "logins"),
    [(BOSS, 4, 9), (Actor("person:h", HEAD, ARTS), 1, 3), (Actor(LI, TEACHER, MATHS), 1, 5)],
    ids=["president", "head of arts", "the teacher"],
)
async def test_people_see_their_department_or_themselves(
    college: Campus, actor: Actor, receipts: int, logins: int
) -> None:
    viewer = Viewer(actor.person_id, (actor,))
    assert len(await told(college, "notice_receipt", viewer)) == receipts
    assert len(await told(college, "oa_login", viewer)) == logins


async def test_history_tells_nobody_and_what_happens_now_does(campus: Campus) -> None:
    """The same loss of merit, once as an import records it and once as it happens."""
    (lost,) = judged(*misses(3, 9, 14))
    await record(campus, staff(MEI), lost)
    reactor = asyncio.create_task(campus.reactor().run())
    try:
        await reacted(campus)
        assert await campus.log.page(0, types=[NoticePublished.NAME]) == []
        await record(campus, lost, source=REACTION)
        await reacted(campus)
        (row,) = await campus.log.page(0, types=[NoticePublished.NAME])
    finally:
        reactor.cancel()
        with suppress(asyncio.CancelledError):
            await reactor
    notice = campus.codec.event(row)
    assert isinstance(notice, NoticePublished)
    assert (notice.persons, notice.published_by) == ((MEI,), SYSTEM[REACTION].person_id)
