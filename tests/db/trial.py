"""A small college for the read side's tests: three kinds of table, events to fill them, and a log to put them in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from domain.policies import Policy
from infra.log import Attempt, Draft, Log
from projections import Figure, Scope, Table

MONDAY = datetime(2026, 9, 7, tzinfo=UTC)

SEAT = Table(
    name="trial_seat",
    keys=("seat_id",),
    columns={
        "seat_id": "text",
        "department_id": "text",
        "holder_ids": "text[]",
        "week": "int",
        "note": "json",
    },
    types=("trial.seat_taken", "trial.seat_left"),
    select="""
        select seat_id, department_id, array(select json_array_elements_text(holder_ids)) as holder_ids, week, note,
            position
        from batch, json_to_record(data) as d(
            seat_id text, department_id text, holder_ids json, week int, note json)
        where type = 'trial.seat_taken'
    """,
    ends="select data->>'seat_id' as seat_id, position from batch where type = 'trial.seat_left'",
    scope=Scope(department="department_id", persons=("holder_ids",)),
    indexes=(("department_id", "week"), ("holder_ids",)),
)
MARK = Table(
    name="trial_mark",
    keys=("session_id", "student_id"),
    columns={"session_id": "text", "student_id": "text", "mark": "text", "score": "int"},
    types=("trial.marked",),
    select="""
        select d.session_id, m.student_id, m.mark, d.score, position
        from batch, json_to_record(data) as d(session_id text, score int, marks json),
            json_each_text(d.marks) as m(student_id, mark)
    """,
    scope=Scope(persons=("student_id",)),
    indexes=(("student_id",),),
)
COUNT = Table(
    name="trial_count",
    keys=("session_id", "at"),
    columns={"session_id": "text", "at": "timestamptz", "present": "int", "roster": "int", "department_id": "text"},
    types=("trial.marked",),
    select="""
        select d.session_id, occurred_at as at, d.department_id,
            (select count(*) from json_each_text(d.marks) where value = 'present') as present,
            (select count(*) from json_each_text(d.marks)) as roster, position
        from batch, json_to_record(data) as d(session_id text, department_id text, marks json)
    """,
    scope=Scope(department="department_id"),
    fixed=True,
)
TABLES = (SEAT, MARK, COUNT)

PRESENCE = Figure(
    key="trial_presence",
    column=4,
    zh="试出勤率",
    en="Trial presence",
    unit="percent",
    axis="A-student",
    owner="学生处",
    better="higher",
    rows="""
        select department_id, null::text as term_id, null::int as week, (at at time zone 'UTC')::date as day,
            null::text as person_id, session_id as about, present::numeric as numerator,
            roster::numeric as denominator, since as position
        from {trial_count} where at < %(moment)s
    """,
    definition_zh="到课人数除以名单人数",
    definition_en="Present over roster",
)
SEATS = Figure(
    key="trial_seats",
    column=9,
    zh="试座位数",
    en="Trial seats",
    unit="count",
    axis="A-owner",
    owner="资产处",
    better="higher",
    rows="""
        select department_id, null::text as term_id, week, null::date as day, null::text as person_id,
            seat_id as about, 1::numeric as numerator, 1::numeric as denominator, since as position
        from {trial_seat}
    """,
    definition_zh="在用座位",
    definition_en="Seats in use",
)

LEAST = Policy("trial.least_roster", int, 0, "ours", "试最少名单", "Trial least roster", least=0, most=100)
LARGE = Figure(
    key="trial_large",
    column=4,
    zh="试大班数",
    en="Trial large classes",
    unit="count",
    axis="A-student",
    owner="学生处",
    better="higher",
    rows="""
        select department_id, null::text as term_id, null::int as week, null::date as day, null::text as person_id,
            session_id as about, 1::numeric as numerator, 1::numeric as denominator, since as position
        from {trial_count} where roster >= %(least)s
    """,
    definition_zh="名单人数不少于规则所定的课次",
    definition_en="Sessions whose roster has at least as many as the rule says",
    policies={"least": LEAST},
)
FIGURES = {figure.key: figure for figure in (PRESENCE, SEATS, LARGE)}


@dataclass(frozen=True)
class Said:
    """An event of the trial college."""

    type: str
    data: dict[str, Any]


def taken(seat: int, department: str = "a", week: int = 1, holders: Sequence[str] = (), note: Any = None) -> Said:
    return Said(
        "trial.seat_taken",
        {
            "seat_id": f"seat:{seat}",
            "department_id": f"department:{department}",
            "holder_ids": list(holders),
            "week": week,
            "note": note,
        },
    )


def left(seat: int) -> Said:
    return Said("trial.seat_left", {"seat_id": f"seat:{seat}"})


def marked(session: int, marks: dict[str, str], score: Any = 5, department: str = "a") -> Said:
    return Said(
        "trial.marked",
        {
            "session_id": f"session:{session}",
            "score": score,
            "department_id": f"department:{department}",
            "marks": {f"student:{s}": m for s, m in marks.items()},
        },
    )


def revised(proposal: int, value: int, effective: datetime) -> Said:
    told = {"proposal_id": f"p{proposal}", "policy": LEAST.key, "value": value}
    return Said("policies.revised", {**told, "effective_from": effective.isoformat(), "document_no": "d"})


def elsewhere() -> Said:
    return Said("trial.unheard", {"anything": [1, None]})


def random_past(seed: int, length: int) -> list[Said]:
    """Events of every kind about few things, so that versions, ends and ties abound."""
    dice = Random(seed)  # noqa: S311 - a test's dice
    said: list[Said] = []
    for _ in range(length):
        kind = dice.random()
        if kind < 0.4:
            holders = [f"person:{dice.randrange(4)}" for _ in range(dice.randrange(3))]
            said.append(
                taken(
                    dice.randrange(6), dice.choice("abc"), dice.randrange(1, 4), holders, dice.choice([None, {"x": 1}])
                )
            )
        elif kind < 0.6:
            said.append(left(dice.randrange(6)))
        elif kind < 0.9:
            marks = {str(dice.randrange(5)): dice.choice(["present", "absent"]) for _ in range(dice.randrange(4))}
            said.append(marked(dice.randrange(5), marks, dice.randrange(10), dice.choice("abc")))
        else:
            said.append(elsewhere())
    return said


def draft(said: Said, at: datetime) -> Draft:
    body = {
        "occurred_at": at.isoformat(),
        "received_at": at.isoformat(),
        "actor": {"person_id": "person:import", "role": "import", "department_id": None, "on_behalf_of": None},
        "data": said.data,
    }
    return Draft(uuid4(), said.type, (f"command:{uuid4()}",), json.dumps(body))


async def record(log: Log, past: Iterable[Said], at: datetime = MONDAY) -> int:
    """Append events one command each, a minute apart; the head afterwards."""
    attempts = []
    for number, said in enumerate(past):
        one = draft(said, at + timedelta(minutes=number))
        attempts.append(Attempt(one.tags[0], (one,), (), at + timedelta(minutes=number)))
    for start in range(0, len(attempts), 64):
        await log.append(attempts[start : start + 64])
    return (await log.head())[0]
