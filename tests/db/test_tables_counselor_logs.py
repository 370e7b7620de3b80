"""The read tables and figures of weekly logs and merit, on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain import Actor, Event
from domain.access import COUNSELOR, DEPUTY, PRESIDENT
from domain.counselor_logs import AmendWeeklyLog, ReviewWeeklyLog, log_of
from infra.campus import Campus
from infra.projector import Projector
from infra.readings import SYSTEM as EVERYTHING, Viewer
from projections import Table, counselor_logs, duties
from tests.college import ARTS, MATHS, OPENED, TERM
from tests.db.test_tables_organisation import record, told
from tests.scenario import given
from tests.test_counselor_logs.corps import (
    DEPUTY_MATHS,
    MEI,
    MEI_ACTS,
    PARTS,
    QIN,
    QIN_ACTS,
    due,
    missed,
    owed,
    submit,
)
from tests.test_counselor_logs.test_merit import awarded, decided, exempted, judged, misses

TABLES = [t for m in (counselor_logs, duties) for t in vars(m).values() if isinstance(t, Table)]


def story() -> tuple[Event, ...]:
    """Mei misses 3 and 9, hands 14 in late, is awarded before and questioned after; Qin is in time in week 3."""
    third = owed(14)
    late = given(OPENED, third).when(submit(14), by=MEI_ACTS, now=due(14) + timedelta(hours=1)).happens()
    qin = owed(3, QIN)
    in_time = given(OPENED, qin).when(submit(3, QIN), by=QIN_ACTS, now=due(3)).happens()
    past = (*awarded(), *misses(3, 9), *late)
    judgement = judged(*past)
    amend = AmendWeeklyLog(person_id=MEI, term_id=TERM, week=14, text="补充说明")
    amended = given(third, *late).when(amend, by=MEI_ACTS).happens()
    review = ReviewWeeklyLog(person_id=MEI, term_id=TERM, week=14)
    reviewed = given(third, *late, *amended).when(review, by=DEPUTY_MATHS).happens()
    return (
        *(qin, *in_time, *awarded(), *missed(3), *missed(9), third, *late, *judgement, *amended, *reviewed),
        *decided(False, *past, *judgement).happens(),
    )


PAST = story()


@pytest.fixture
async def year(campus: Campus) -> Campus:
    """All of it told and folded."""
    await Projector(campus.institution, TABLES).prepare()
    await record(campus, *PAST)
    await Projector(campus.institution, TABLES, batch=7).catch_up()
    return campus


async def read(campus: Campus, key: str, **asked: Any) -> tuple[int, int]:
    (found,) = await campus.readings.figure(key, EVERYTHING, **asked)
    return int(found.numerator), int(found.denominator)


@pytest.mark.parametrize("batch", [1, 7, 500])
async def test_the_tables_are_the_same_cold_and_live(campus: Campus, batch: int) -> None:
    projector = Projector(campus.institution, TABLES, batch=batch)
    await projector.prepare()
    head = await record(campus, *PAST)
    assert await projector.catch_up() == head
    for size in (1, 500):
        assert {c["differences"] for c in await projector.compare(batch=size)} == {0}


async def test_one_row_a_counselor_and_week(year: Campus) -> None:
    logs = {(r["person_id"], r["week"]): r for r in await told(year, "weekly_log")}
    assert {k: (r["state"], r["department_id"], r["review"]) for k, r in logs.items()} == {
        (QIN, 3): ("submitted", ARTS, "none"),
        (MEI, 3): ("missed", MATHS, "none"),
        (MEI, 9): ("missed", MATHS, "none"),
        (MEI, 14): ("submitted_late", MATHS, "reviewed"),
    }
    owed_by = {(d["person_id"], d["week"], d["state"]) for d in await told(year, "duty", kind="weekly_log")}
    assert owed_by == {(QIN, 3, "done"), (MEI, 3, "lapsed"), (MEI, 9, "lapsed"), (MEI, 14, "done_late")}


async def test_merit_and_its_awards(year: Campus) -> None:
    (merit,) = await told(year, "merit")
    assert (merit["eligible"], merit["missed_weeks"], merit["term_id"]) == (False, [3, 9, 14], TERM)
    versions = await year.readings.rows("merit_award", EVERYTHING, history=True, order=("since",))
    assert [v["state"] for v in versions] == ["nominated", "awarded", "questioned", "revoked"]


async def test_the_figures_now_as_of_and_after_an_exemption(year: Campus) -> None:
    late = due(16)
    assert await read(year, "counselor_log", at=late) == (1, 4)
    assert await read(year, "counselor_log", at=late, department=ARTS) == (1, 1)
    assert await read(year, "counselor_log", at=due(5), term=TERM) == (1, 2)
    assert (await read(year, "counselor_log_missed", at=late))[0] == 3
    by_person = await year.readings.figure("counselor_log_missed", EVERYTHING, at=late, by=("person",))
    assert [(r.group["person"], int(r.numerator)) for r in by_person] == [(MEI, 3)]
    before, _ = await year.log.head()
    await record(year, exempted(9))
    await Projector(year.institution, TABLES).catch_up()
    assert await read(year, "counselor_log", at=late) == (1, 3)
    assert (await read(year, "counselor_log_missed", at=late))[0] == 2
    assert (await read(year, "counselor_log_missed", at=late, as_of=before))[0] == 3


@pytest.mark.parametrize(
    ("actor", "logs", "merits"),
    [
        (Actor("person:president", PRESIDENT), 4, 1),
        (Actor("person:deputy", DEPUTY, MATHS), 3, 1),
        (Actor(QIN, COUNSELOR), 1, 0),
    ],
    ids=["president", "deputy of maths", "the counselor"],
)
async def test_people_see_their_department_or_themselves(year: Campus, actor: Actor, logs: int, merits: int) -> None:
    viewer = Viewer(actor.person_id, (actor,))
    assert len(await told(year, "weekly_log", viewer)) == logs
    assert len(await told(year, "merit", viewer)) == merits


async def test_what_a_log_says_is_a_row_a_section_and_stays_sealed(year: Campus) -> None:
    rows = await year.readings.rows("weekly_log_text", EVERYTHING, order=("since", "number"))
    late = [r for r in rows if r["person_id"] == MEI]
    assert [(r["said_in"].partition(".")[2], r["section"]) for r in late] == [
        *(("submitted_late", part) for part in PARTS),
        ("amended", "amendment"),
    ]
    assert {r["about"] for r in late} == {log_of(MEI, TERM, 14)}
    assert {r["text"]["of"] for r in late} == {MEI.partition(":")[2]}
    assert all(set(r["text"]) == {"sealed", "of", "at"} for r in rows)
    for actor, seen in ((DEPUTY_MATHS, {MEI}), (Actor(QIN, COUNSELOR), {QIN}), (Actor("person:x", COUNSELOR), set())):
        told_of = await told(year, "weekly_log_text", Viewer(actor.person_id, (actor,)))
        assert {r["person_id"] for r in told_of} == seen


async def test_what_a_log_says_stands_nowhere_in_the_clear(year: Campus) -> None:
    rows = await year.log.page(0, limit=200)
    assert not [r.position for r in rows if "班级情况平稳" in r.body or "补充说明" in r.body]
