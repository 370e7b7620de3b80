"""Two moments of every figure of a played semester: the parts add up, and what changed is named by its events."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

import domain
import projections
from domain import Actor, Command, Conflict, Event, Unknown, areas
from domain.access import HEAD, TEACHER
from infra.campus import Campus
from infra.projector import Projector
from infra.readings import SYSTEM, Viewer
from infra.readings.differences import KINDS, SINCE, Difference, Side, Three, correcting, differences
from projections import Figure, Table
from tests.college import ARTS, LI, MATHS
from tests.db.teaching import BEFORE, Play, at

list(areas(domain))
list(areas(projections))
TABLES = [table for name, table in Table.by_name.items() if not name.startswith("trial_")]
FIGURES = [key for key in sorted(Figure.by_key) if not key.startswith("trial_")]
PAIRS = 12


class InTime(Play):
    """The college's clock goes along with what happens, so that past positions have moments of their own."""

    async def say(self, command: Command[Any], by: str, now: datetime = BEFORE) -> list[Event]:
        if now > self.campus.clock.now():
            await self.campus.clock.set(now, frozen=True)
        return await super().say(command, by, now)


@pytest.fixture
async def played(campus: Campus) -> Campus:
    """Two weeks of teaching, folded."""
    projector = Projector(campus.institution, TABLES)
    await projector.prepare()
    acted = InTime(campus, Random(11))  # noqa: S311 - a test's dice
    for session in await acted.prepare():
        acted.plan(session)
    acted.later(at(11, "20:00"), acted.transfer)
    await acted.run()
    await projector.catch_up()
    return campus


def summed(sides: list[Three]) -> tuple[list[Decimal], int]:
    told = [(s.numerator, s.denominator, Decimal(s.count)) for three in sides for s in parts(three)]
    rows = [told[n : n + 3] for n in range(0, len(told), 3)]
    total = [sum((row[side][part] for row in rows), Decimal(0)) for side in range(3) for part in range(3)]
    return total, sum(three.many for three in sides)


def parts(three: Three) -> tuple[Side, Side, Side]:
    return three.then, three.corrected, three.now


async def everything(campus: Campus, key: str, before: int, now: int, **how: Any) -> Difference:
    """A difference with all its changes, read a few at a time."""
    told = await differences(campus.readings, key, SYSTEM, before, now, limit=40, **how)
    changes = list(told.changes)
    cursor = told.after
    while cursor:
        page = await differences(campus.readings, key, SYSTEM, before, now, limit=40, after=cursor, **how)
        changes += page.changes
        cursor = page.after
    return replace(told, changes=tuple(changes))


async def test_the_parts_of_every_figure_add_up_between_any_two_moments(played: Campus) -> None:
    dice, head = Random(5), (await played.log.head())[0]  # noqa: S311 - a test's dice
    pairs = [(0, head), (head, head), *(sorted(dice.sample(range(head + 1), 2)) for _ in range(PAIRS))]
    met: set[str] = set()
    for before, now in pairs:
        for key in FIGURES:
            told = await everything(played, key, before, now)
            for side, position in ((told.whole.then, before), (told.whole.now, now)):
                (read,) = await played.readings.figure(key, SYSTEM, as_of=position)
                if position:
                    assert (side.numerator, side.denominator, side.count) == (
                        read.numerator,
                        read.denominator,
                        read.count,
                    )
                    assert side.value == read.value
            whole = summed([told.whole])[0]
            assert summed(list(told.departments.values())) == (whole, told.whole.many)
            assert len(told.changes) == len({(c.about, c.person, c.department, c.week, c.day) for c in told.changes})
            assert len(told.changes) == told.whole.many == sum(k.many for k in told.kinds.values())
            changed, _ = summed([c.sides for c in told.changes])
            assert [w - whole[n % 3] for n, w in enumerate(whole)] == [
                c - changed[n % 3] for n, c in enumerate(changed)
            ]
            for change in told.changes:
                corrected = change.kind in SINCE
                then, since, _ = parts(change.sides)
                assert corrected == (then != since)
                positions = [cause.event.position for cause in change.causes]
                assert positions == sorted(positions)
                assert all(before < position <= now for position in positions)
            met |= {change.kind for change in told.changes}
    assert met >= {"corrected", "added_late", "fallen_due", "new"}
    assert met <= set(KINDS)


async def test_a_corrected_mark_is_named_with_who_did_it_and_why(played: Campus) -> None:
    rows = await played.log.page(0, types=("roll_call.mark_corrected",), limit=500)
    corrections = 0
    for row in rows:
        # Just before and at the correction: nothing else lies between.
        told = await everything(played, "attendance_rate", row.position - 1, row.position)
        truancy = await everything(played, "truancy_rate", row.position - 1, row.position)
        for change in (*told.changes, *truancy.changes):
            (cause,) = change.causes
            assert (change.kind, cause.event.position, cause.corrects) == ("corrected", row.position, True)
            assert cause.command == "correct-roll-call-mark"
            assert cause.actor["person_id"]
            assert cause.reason
        corrections += told.corrections + truancy.corrections
        assert told.whole.corrected == told.whole.now
    # Whoever came late and is said to have been present was there both times.
    assert corrections


async def test_a_waiver_is_the_correction_behind_hours_recognised_since(played: Campus) -> None:
    rows = await played.log.page(0, types=("roll_call.waiver_granted",), limit=500)
    before, head = rows[0].position - 1, (await played.log.head())[0]
    told = await everything(played, "hours_recognised_rate", before, head, kinds=("corrected",))
    assert told.changes
    named = {cause.event.type for change in told.changes for cause in change.causes if cause.corrects}
    assert "roll_call.waiver_granted" in named
    assert all(change.kind == "corrected" for change in told.changes)


async def test_what_is_decided_later_about_an_earlier_day_is_new_and_not_known_later(played: Campus) -> None:
    rows = await played.log.page(0, types=("teaching_hours.recognised", "teaching_hours.not_recognised"), limit=500)
    # Just before it was settled, two days after it was taught.
    settled = rows[len(rows) // 2]
    session = next(tag for tag in settled.tags if tag.startswith("session:"))
    for key in ("hours_recognised_rate", "hours_recognised", "hours_forfeited"):
        told = await everything(played, key, settled.position - 1, settled.position)
        assert told.known_later == 0
        for change in told.changes:
            assert (change.about, change.kind) == (session, "new")
            assert change.day is not None
            assert change.day < told.before.at.date()
    assert (await everything(played, "hours_recognised_rate", settled.position - 1, settled.position)).changes
    for key in FIGURES:
        # Nothing in these two weeks is recorded later than it happened, but for days on which something was not told.
        if Figure.by_key[key].true_by == "event":
            told = await everything(played, key, settled.position - 1, (await played.log.head())[0])
            assert told.known_later == 0, key


def test_figures_of_decisions_say_so() -> None:
    decided = {key for key in FIGURES if Figure.by_key[key].true_by == "event"}
    assert decided == {
        "counselor_log_missed",
        "grade_corrections",
        "grade_excellent_rate",
        "grade_pass_rate",
        "hours_forfeited",
        "hours_recognised",
        "hours_recognised_rate",
        "slip_appeals_upheld",
        "slip_rewards",
        "task_score",
    }


async def test_what_is_due_by_then_falls_due_and_a_new_rule_is_told(played: Campus) -> None:
    head = (await played.log.head())[0]
    (revised,) = await played.log.page(0, types=("policies.revised",), limit=5)
    told = await differences(played.readings, "roll_call_timeliness_by_rule", SYSTEM, revised.position - 1, head)
    assert told.rules == {"rollcall.deadline_hours": (48, 24)}
    assert {change.kind for change in told.changes} <= {"fallen_due", "new", "moved_on", "settled", "corrected"}


async def test_each_viewer_compares_the_rows_of_their_scope(played: Campus) -> None:
    head = (await played.log.head())[0]
    whole = await differences(played.readings, "attendance_rate", SYSTEM, head // 2, head)
    seen = []
    for department in (MATHS, ARTS):
        viewer = Viewer("person:nobody", (Actor("person:nobody", HEAD, department),))
        own = await differences(played.readings, "attendance_rate", viewer, head // 2, head)
        asked = await differences(played.readings, "attendance_rate", SYSTEM, head // 2, head, department=department)
        assert set(own.departments) <= {department}
        assert own.whole == asked.whole
        seen.append(own.whole)
    assert summed(seen)[0] == summed([whole.whole])[0]
    teacher = Viewer(LI, (Actor(LI, TEACHER, MATHS),))
    own = await differences(played.readings, "attendance_rate", teacher, 0, head)
    assert {change.person for change in own.changes} == {LI}
    assert 0 < own.whole.now.count < whole.whole.now.count


async def test_moments_that_are_not_there_are_refused(played: Campus) -> None:
    head = (await played.log.head())[0]
    for before, now, refused in (
        (head + 1, None, Unknown("position_unknown")),
        (1, head + 1, Unknown("position_unknown")),
        (5, 4, Conflict("moments_out_of_order")),
    ):
        with pytest.raises(type(refused), match=refused.code):
            await differences(played.readings, "slips", SYSTEM, before, now)
    for cursor in ("x", "3/3/a", "0/x/a", "0/1234567890123456789/a"):
        with pytest.raises(Unknown, match="cursor_unknown"):
            await differences(played.readings, "slips", SYSTEM, 1, head, after=cursor)
    with pytest.raises(Unknown, match="figure_unknown"):
        await differences(played.readings, "none", SYSTEM, 1)
    now = await differences(played.readings, "duties_overdue", SYSTEM, head)
    assert now.now.position == head
    assert abs(now.now.at - played.clock.now()) < timedelta(seconds=5)


def test_what_corrects_is_said_by_the_events_themselves() -> None:
    assert {"roll_call.mark_corrected", "grades.corrected", "conduct.slip_revoked"} <= set(correcting())
    assert not {"roll_call.taken", "grades.published", "tasks.overdue"} & set(correcting())
