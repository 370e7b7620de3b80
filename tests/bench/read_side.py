"""What the read side is measured with: a log full of roll calls, and the library's own projection of the same."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import singledispatchmethod
from random import Random
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.utils import get_topic
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from infra.postgres import Institution, connect
from projections.roll_call import ATTENDANCE, MARK, ROLL_CALL

TABLES = (ROLL_CALL, ATTENDANCE, MARK)
ROWS_PER_EVENT = 5
AWAY = 3
BEGUN = datetime(2026, 9, 7, tzinfo=UTC)


@dataclass(frozen=True)
class RollCalls:
    """Roll calls of classes of `size`, three of them away: one roll, one attendance and three marks each.

    Every fifth is followed by a correction of a mark: two more rows, and two versions closed.
    """

    size: int
    seed: int = 1

    def bodies(self, count: int) -> Iterator[tuple[str, str]]:
        """(type, body) of so many events."""
        dice = Random(self.seed)  # noqa: S311 - the dice of a benchmark

        def made(kind: str) -> str:
            return f"{kind}:{UUID(int=dice.getrandbits(128))}"

        while count > 0:
            data = self._roll(made, dice)
            yield "roll_call.taken", _enveloped(data)
            count -= 1
            if count > 0 and dice.random() < 0.2:
                yield "roll_call.mark_corrected", _enveloped(_correction(data))
                count -= 1

    def _roll(self, made: Any, dice: Random) -> dict[str, Any]:
        students = [made("student") for _ in range(self.size)]
        teacher, session, at = made("person"), made("session"), BEGUN.isoformat()
        department = f"department:{dice.randrange(12)}"
        return {
            "session_id": session,
            "teaching_class_id": made("teaching_class"),
            "term_id": "term:2026-1",
            "week": dice.randrange(1, 19),
            "day": "2026-09-07",
            "department_id": department,
            "teacher_ids": [teacher],
            "teacher_id": teacher,
            "marks": {s: "absent" if n < AWAY else "present" for n, s in enumerate(students)},
            "counts": [_counts(department, self.size, AWAY)],
            "departments": {},
            "roster_difference": {"missing": [], "added": []},
            "periods_taught": 2,
            "planned_periods": 2,
            "ended_at": at,
            "taken_at": at,
            "elapsed_minutes": 5,
            "on_time": True,
            "duty": {
                "key": f"roll_call/{session}",
                "kind": "roll_call",
                "about": session,
                "person_id": teacher,
                "department_id": department,
                "opened_at": at,
                "due_at": at,
                "state": "done",
                "settled_at": at,
            },
        }


def _counts(department: str, size: int, away: int) -> dict[str, Any]:
    told = {"department_id": department, "roster": size, "present": size - away, "absent": away}
    return {**told, "leave": 0, "late": 0, "left_early": 0}


def _correction(roll: dict[str, Any]) -> dict[str, Any]:
    kept = ("session_id", "teaching_class_id", "term_id", "week", "day", "department_id", "teacher_ids")
    told = {name: roll[name] for name in kept}
    counts = _counts(roll["department_id"], len(roll["marks"]), AWAY - 1)
    student = next(iter(roll["marks"]))
    return {**told, "student_id": student, "old": "absent", "new": "late", "reason": "wrong line", "counts": counts}


def _enveloped(data: dict[str, Any]) -> str:
    at = BEGUN.isoformat()
    actor = {"person_id": data["teacher_ids"][0], "role": "teacher", "department_id": None, "on_behalf_of": None}
    envelope = {
        "occurred_at": at,
        "received_at": at,
        "actor": actor,
        "command": str(UUID(int=1)),
        "command_name": "take-roll-call",
        "command_digest": "0" * 64,
        "correlation": str(UUID(int=2)),
        "causation": None,
        "source": "ui",
        "schema": 1,
        "policies": [{"key": "rollcall.deadline_hours", "version": 0}],
    }
    return json.dumps({**envelope, "data": data}, ensure_ascii=False, separators=(",", ":"))


async def fill(college: Institution, bodies: Sequence[tuple[str, str]]) -> None:
    """Put events into an empty log at once, past the append that is measured elsewhere."""
    async with await connect(college, "owner") as db, db.transaction(), db.cursor() as cursor:
        copying = SQL("copy {} (position, id, type, tags, body, recorded_at) from stdin")
        async with cursor.copy(copying.format(Identifier(college.schema, "event"))) as copy:
            for position, (kind, body) in enumerate(bodies, 1):
                await copy.write_row((position, uuid4(), kind, [], body, BEGUN + timedelta(seconds=position)))
        moved = SQL("update {} set position = %s, recorded_at = %s").format(Identifier(college.schema, "head"))
        await db.execute(moved, (len(bodies), BEGUN + timedelta(seconds=len(bodies))))


class Roll(Aggregate):  # type: ignore[misc]  # the library's types are not followed
    """A roll call as the library would keep it."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.size = len(data["marks"])

    @event("Closed")
    def close(self) -> None:
        """Nothing more is said."""


class Rolls(Application[UUID]):  # type: ignore[misc]  # the library's types are not followed
    """The library's application, classic PostgreSQL recorder."""


_VIEWS = (
    "create table if not exists public.stock_roll (session_id text primary key, department_id text, week int,"
    " taken_at timestamptz, on_time boolean)",
    "create table if not exists public.stock_attendance (session_id text, department_id text, roster int, present int,"
    " primary key (session_id, department_id))",
    "create table if not exists public.stock_mark (session_id text, student_id text, mark text,"
    " primary key (session_id, student_id))",
)


class View(PostgresTrackingRecorder):  # type: ignore[misc]  # the library's types are not followed
    """The same five rows of an event, in the transaction of its tracking record."""

    def _create_table(self, curs: Any) -> None:
        super()._create_table(curs)
        for statement in _VIEWS:
            curs.execute(statement)

    def put(self, data: dict[str, Any], tracking: Tracking) -> None:
        """The rows of one roll call."""
        counts = data["counts"][0]
        session, department = data["session_id"], data["department_id"]
        away = [(session, s, m) for s, m in data["marks"].items() if m != "present"]
        with self.datastore.transaction(commit=True) as curs:
            curs.execute(
                "insert into public.stock_roll values (%s, %s, %s, %s, %s)",
                (session, department, data["week"], data["taken_at"], data["on_time"]),
                prepare=True,
            )
            curs.execute(
                "insert into public.stock_attendance values (%s, %s, %s, %s)",
                (session, counts["department_id"], counts["roster"], counts["present"]),
                prepare=True,
            )
            curs.executemany("insert into public.stock_mark values (%s, %s, %s)", away)
            self._insert_tracking(curs, tracking)


class RollsProjected(Projection[View]):  # type: ignore[misc]  # the library's types are not followed
    """The library's projection."""

    topics = (get_topic(Roll.Created),)

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """One event."""
        self.view.put(domain_event.data, tracking)


class StockProjection:
    """The library's ProjectionRunner on its classic recorder, in `public`."""

    def __init__(self, dsn: str, load: RollCalls) -> None:
        told = conninfo_to_dict(dsn)
        self._env = {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(told["dbname"]),
            "POSTGRES_HOST": str(told["host"]),
            "POSTGRES_PORT": "5432",
            "POSTGRES_USER": "postgres",
            "POSTGRES_PASSWORD": "unused",
        }
        self._load = load
        self._seed = load.seed * 1_000

    def run(self, events: int) -> float:
        """Rows per second over so many new events, from the start of the runner to the last tracked."""
        self._seed += 1
        rolls = [b for k, b in RollCalls(self._load.size, self._seed).bodies(events) if k == "roll_call.taken"]
        application = Rolls(self._env)
        last = 0
        for body in rolls:
            last = application.save(Roll(json.loads(body)["data"]))[-1].notification.id
        application.close()
        begun = time.perf_counter()
        with ProjectionRunner(
            application_class=Rolls, projection_class=RollsProjected, view_class=View, env=self._env
        ) as runner:
            runner.wait(last, timeout=120)
            return ROWS_PER_EVENT * len(rolls) / (time.perf_counter() - begun)
