"""The read tables and figures of slips, talks and sanctions, on PostgreSQL, against a plain count of the events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from domain import Actor, Command, Event, Rejected
from domain.access import CLOCK, DEPUTY, PRESIDENT, STUDENT, SYSTEM, TEACHER
from domain.conduct import AcknowledgeSlip, AppealSlip, DecideSlipAppeal, LapseSlipConfirmation, OfSlip
from domain.students import PlaceStudent, StudentAdmitted, StudentPlaced
from infra.campus import Campus
from infra.projector import Projector
from infra.readings import SYSTEM as EVERYTHING, Viewer
from projections import Table, calendar, conduct, duties
from tests.college import A1, ARTS, BO, CHEN, DENG, FANG, LI, M1, OPENED, TEACHER_LI, TERM, at
from tests.db.test_tables_organisation import record, told
from tests.scenario import SHANGHAI, given
from tests.test_conduct.cases import CASE, DELIVERED
from tests.test_conduct.slips import (
    AFFAIRS,
    AFFAIRS_HEAD,
    APPEAL,
    COLLEGE,
    CONFIRM,
    DEPUTY_MATHS,
    DISMISS,
    ISSUE,
    ISSUED_AT,
    QIAN,
    RETURN,
    REVOKE,
    SLIP,
    STUDENT_BO,
    UPHOLD,
)
from tests.test_conduct.test_talks import TALK

TABLES = [t for m in (conduct, duties, calendar) for t in vars(m).values() if isinstance(t, Table)]
WEDNESDAY, NEXT_WEEK = at(9, "10:00"), at(15, "12:00")
OF_SLIPS = (*(3 * (CONFIRM, APPEAL, UPHOLD)), DISMISS, RETURN, REVOKE)
DEPUTY_ARTS = Actor("person:dsa3", DEPUTY, ARTS)
Sums = dict[tuple[str, int], tuple[Decimal, Decimal]]


class Story:
    """What has happened so far, one wish after the other."""

    def __init__(self, *past: Event) -> None:
        self.past = past

    def tell(self, command: Command[Any], by: Actor, now: datetime) -> None:
        self.past = (*self.past, *given(*self.past).when(command, by=by, now=now).happens())

    def issue(self, number: int, student: str, by: Actor = TEACHER_LI, now: datetime = ISSUED_AT, **other: Any) -> None:
        wish = ISSUE.model_copy(update={"slip_id": f"slip:{number}", "student_id": student, **other})
        self.tell(wish, by, now)

    def on(self, number: int, wish: Command[Any], by: Actor, now: datetime = WEDNESDAY) -> None:
        self.tell(wish.model_copy(update={"slip_id": f"slip:{number}"}), by, now)


def story() -> tuple[Event, ...]:
    """Slips of every fate: 1 is the ground of a sanction, 2 late, 3 at once, 4 open, 5 returned, 6 revoked, 7 upheld,
    8 of the second week; Deng goes to arts in the third."""
    told = Story(*DELIVERED)
    told.issue(2, CHEN)
    told.on(2, LapseSlipConfirmation(slip_id=SLIP), SYSTEM[CLOCK], at(14, "00:01"))
    told.on(2, CONFIRM, QIAN, NEXT_WEEK)
    told.issue(3, BO, code="J02", points_hundredths=50)
    told.issue(4, FANG)
    told.issue(5, CHEN)
    told.on(5, RETURN, QIAN)
    told.issue(6, CHEN)
    told.on(6, REVOKE, TEACHER_LI)
    told.issue(7, BO)
    told.on(7, CONFIRM, QIAN)
    told.on(7, AcknowledgeSlip(slip_id=SLIP), STUDENT_BO)
    told.on(7, AppealSlip(slip_id=SLIP, grounds="当时我在医务室"), STUDENT_BO)
    told.on(7, DecideSlipAppeal(slip_id=SLIP, uphold=True, reason="医务室记录属实"), DEPUTY_MATHS)
    second = {"code": "J01", "occurred_on": date(2026, 9, 14), "teaching_class_id": None}
    told.issue(8, DENG, by=AFFAIRS, now=NEXT_WEEK, **second)
    told.on(8, CONFIRM, DEPUTY_MATHS, NEXT_WEEK)
    told.tell(TALK, QIAN, at(9, "16:00"))
    told.tell(PlaceStudent(student_id=DENG, squad_id=A1, from_day=date(2026, 9, 21)), SYSTEM["import"], NEXT_WEEK)
    return told.past


PAST = story()
STATES = {"1": "confirmed", "2": "confirmed", "3": "confirmed", "4": "issued", "5": "returned", "6": "revoked"} | {
    "7": "overturned",
    "8": "confirmed",
}


@pytest.fixture
async def term(campus: Campus) -> Campus:
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


async def test_every_slip_is_as_it_was_left(term: Campus) -> None:
    slips = {r["slip_id"]: r for r in await told(term, "slip")}
    assert {s.removeprefix("slip:"): r["state"] for s, r in slips.items()} == STATES
    counted = {s: r["counted_hundredths"] for s, r in slips.items() if r["counted_hundredths"]}
    assert counted == {"slip:1": -200, "slip:2": -200, "slip:3": 50, "slip:8": 200}
    last = {e.slip_id: e for e in PAST if isinstance(e, OfSlip)}
    assert counted == {s: e.counted_hundredths for s, e in last.items() if e.counted_hundredths}
    assert (slips["slip:7"]["appeal"], slips["slip:1"]["case_id"]) == ("upheld", CASE)
    assert slips["slip:7"]["acknowledged_at"] is not None
    assert (slips["slip:4"]["department_id"], slips["slip:4"]["week"]) == (ARTS, 1)
    versions = await term.readings.rows("slip", EVERYTHING, history=True, where={"slip_id": "slip:7"}, order=("since",))
    assert [v["counted_hundredths"] for v in versions] == [0, -200, -200, -200, 0]


async def test_catalogue_talks_sanctions_and_what_is_owed(term: Campus) -> None:
    assert {(c["code"], c["version"], c["state"]) for c in await told(term, "slip_catalogue")} == {
        ("F12", 1, "in_force"),
        ("J01", 1, "in_force"),
        ("J02", 1, "in_force"),
    }
    (talk,) = await told(term, "talk")
    assert (talk["student_id"], talk["held_by"], talk["slip_id"], talk["week"]) == (BO, QIAN.person_id, SLIP, 1)
    (case,) = await told(term, "sanction")
    assert (case["measure"], case["state"], case["ends_on"]) == ("demerit", "delivered", date(2027, 3, 16))
    duties_ = {(d["kind"], d["about"].removeprefix("slip:")): d["state"] for d in await told(term, "duty")}
    assert duties_ == {
        ("slip_confirmation", "1"): "done",
        ("slip_confirmation", "2"): "done_late",
        ("slip_confirmation", "4"): "open",
        ("slip_confirmation", "5"): "done",
        ("slip_confirmation", "6"): "cancelled",
        ("slip_confirmation", "7"): "done",
        ("slip_confirmation", "8"): "done",
        ("slip_appeal", "7"): "done",
    }


async def test_what_was_written_stays_sealed_in_the_tables(term: Campus) -> None:
    texts = await told(term, "conduct_text")
    assert {t["about"] for t in texts} == {*(f"slip:{n}" for n in STATES), CASE, "talk:1"}
    assert {t["said_in"] for t in texts if t["about"] == "slip:7"} == {
        "conduct.slip_issued",
        "conduct.slip_appealed",
        "conduct.slip_appeal_decided",
    }
    for text in texts:
        kept = [text[column] for column in ("text", "place", "evidence") if text[column]]
        assert kept
        assert all(set(value) == {"sealed", "of", "at"} for value in kept)


def placements(past: Sequence[Event], on: date) -> dict[str, int]:
    """Students by department on a day, by the register alone."""
    homes: dict[str, str] = {}
    for event in past:
        if isinstance(event, StudentAdmitted | StudentPlaced) and event.from_day <= on:
            homes[event.student_id] = event.department_id
    return Counter(homes.values())


def left(past: Sequence[Event]) -> dict[str, OfSlip]:
    """Every slip as it was left."""
    return {event.slip_id: event for event in past if isinstance(event, OfSlip)}


def per_hundred(past: Sequence[Event], moment: date) -> Sums:
    """Standing slips and students by department and week begun."""
    told: Sums = {}
    for week in range(1, OPENED.weeks + 1):
        if OPENED.day(week, 1) <= moment:
            for department, students in placements(past, min(OPENED.day(week, 7), moment)).items():
                slips = [s for s in left(past).values() if (s.department_id, s.week) == (department, week)]
                standing = sum(s.state in ("issued", "confirmed") for s in slips)
                told[department, week] = Decimal(standing), Decimal(students)
    return told


def rewards(past: Sequence[Event]) -> Sums:
    """Rewards and all among confirmed slips, by department and week."""
    told: Sums = {}
    for slip in left(past).values():
        if slip.state == "confirmed" and slip.week:
            praised, all_of_them = told.get((slip.department_id, slip.week), (Decimal(0), Decimal(0)))
            told[slip.department_id, slip.week] = praised + (slip.kind == "reward"), all_of_them + 1
    return told


async def sums(campus: Campus, key: str, **asked: Any) -> Sums:
    """A figure of the term by department and week, where anything was due."""
    found = await campus.readings.figure(key, EVERYTHING, term=TERM, by=("department", "week"), **asked)
    return {(r.group["department"], r.group["week"]): (r.numerator, r.denominator) for r in found if r.denominator}


@pytest.mark.parametrize("now", [at(9, "12:00"), at(13, "23:59"), at(14, "00:01"), at(21, "12:00"), at(28, "12:00")])
async def test_slips_per_hundred_students_of_the_day(term: Campus, now: datetime) -> None:
    assert await sums(term, "slips", at=now) == per_hundred(PAST, now.astimezone(SHANGHAI).date())
    assert per_hundred(PAST, date(2026, 9, 28))[ARTS, 3][1] == 2


def played(seed: int, wishes: int) -> tuple[Event, ...]:
    """What comes of many wishes of many people, most of them against some rule."""
    dice, told = Random(seed), Story(*COLLEGE)  # noqa: S311 - a test's dice
    people = (TEACHER_LI, QIAN, DEPUTY_MATHS, DEPUTY_ARTS, AFFAIRS, AFFAIRS_HEAD, STUDENT_BO, SYSTEM["import"])
    for number in range(wishes):
        now = at(8, "08:00") + timedelta(minutes=10 * number)
        student = dice.choice((BO, BO, BO, CHEN, DENG, FANG))
        slip = dice.choice([*left(told.past)][-8:] or ["slip:none"])
        wish = dice.choice(
            (
                ISSUE.model_copy(
                    update={
                        "slip_id": f"slip:{number}",
                        "student_id": student,
                        "code": dice.choice(("F12", "J01", "J02")),
                        "points_hundredths": 200,
                        "occurred_on": (now - timedelta(days=dice.randrange(5))).date(),
                        "teaching_class_id": dice.choice((None, ISSUE.teaching_class_id)),
                    }
                ),
                *(w.model_copy(update={"slip_id": slip}) for w in OF_SLIPS),
                PlaceStudent(student_id=student, squad_id=dice.choice((A1, M1)), from_day=now.date()),
            )
        )
        by = dice.choice([person for person in people if person.role in wish.may])
        with suppress(Rejected):
            told.tell(wish, by, now)
    return told.past


async def test_the_figures_are_what_the_events_say_whatever_happened(campus: Campus) -> None:
    past = played(seed=16, wishes=3_000)
    fates = Counter(slip.state for slip in left(past).values())
    assert set(fates) == {"issued", "confirmed", "returned", "revoked", "overturned"}, "the dice left something out"
    await Projector(campus.institution, TABLES).prepare()
    head = await record(campus, *past)
    await Projector(campus.institution, TABLES, batch=7).catch_up()
    for upto in (head // 2, head * 3 // 4, head):
        known, moment = past[:upto], at(30, "12:00")
        assert await sums(campus, "slips", as_of=upto, at=moment) == per_hundred(known, moment.date())
        assert await sums(campus, "slip_rewards", as_of=upto, at=moment) == rewards(known)
        rows = await campus.readings.rows("slip", EVERYTHING, as_of=upto)
        assert {r["slip_id"]: r["counted_hundredths"] for r in rows} == {
            s: slip.counted_hundredths for s, slip in left(known).items()
        }
    for size in (1, 500):
        assert {c["differences"] for c in await Projector(campus.institution, TABLES).compare(batch=size)} == {0}


async def test_the_other_figures_of_the_column(term: Campus) -> None:
    async def read(key: str, **asked: Any) -> tuple[int, int]:
        (found,) = await term.readings.figure(key, EVERYTHING, **asked)
        return int(found.numerator), int(found.denominator)

    late = at(28, "12:00")
    assert await read("slip_rewards", at=late) == (2, 4)
    assert await read("slip_rewards", at=late, department=ARTS) == (0, 0)
    assert await read("slip_confirmed_in_time", at=late) == (4, 6)
    assert await read("slip_confirmed_in_time", at=at(11, "12:00")) == (0, 0)
    assert await read("slip_appeals_upheld", at=late) == (1, 1)


@pytest.mark.parametrize(
    ("actor", "slips", "written_of"),
    [
        (Actor("person:president", PRESIDENT), "12345678", {BO, CHEN, DENG, FANG}),
        (DEPUTY_ARTS, "4", {FANG}),
        (Actor(LI, TEACHER), "1234567", set()),
        (QIAN, "1235678", {BO, CHEN, DENG}),
        (STUDENT_BO, "137", {BO}),
        (Actor("person:nobody", STUDENT), "", set()),
    ],
)
async def test_people_see_what_they_answer_for_or_what_is_about_them(
    term: Campus, actor: Actor, slips: str, written_of: set[str]
) -> None:
    viewer = Viewer(actor.person_id, (actor,))
    assert {r["slip_id"].removeprefix("slip:") for r in await told(term, "slip", viewer)} == set(slips)
    assert {t["student_id"] for t in await told(term, "conduct_text", viewer)} == written_of
