"""Two weeks of teaching, played through the desk by a dice: rolls in time, late or never, and what follows."""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from domain import Command, Event
from domain.access import ACADEMIC, ACADEMIC_HEAD, CLOCK, IMPORT, REACTION, SYSTEM, TEACHER, RoleGranted
from domain.policies import PolicyRevised
from domain.roll_call import (
    CorrectPeriodsTaught,
    CorrectRollCallMark,
    EndSession,
    GrantRollCallWaiver,
    RequestRollCallWaiver,
    RollCallWaiverGranted,
    TakeRollCall,
)
from domain.rosters import REACTIONS as OF_ROSTERS, SetRoster
from domain.students import PlaceStudent, StudentPlaced
from domain.teaching_hours import REACTIONS as OF_HOURS, OverrideRecognition, SettleSession
from domain.timetable import OpenOffering, Placement, PlaceOffering, SessionScheduled
from infra.campus import Campus
from tests.college import (
    A1,
    ALGEBRA,
    ANN,
    ARTS,
    COLLEGE,
    DRAWING,
    HALL,
    LI,
    LOGIC,
    M1,
    M2,
    MATHS,
    MONDAY,
    R101,
    STARTED,
    TERM,
    WU,
    at,
    student,
)
from tests.db.test_tables_organisation import record

CLASSES = {M1: MATHS, M2: MATHS, A1: ARTS}
STUDENTS = {f"student:{squad[6:]}-{n}": squad for squad in CLASSES for n in range(1, 4)}
PEOPLE = {LI: TEACHER, WU: TEACHER, ANN: TEACHER, "person:office": ACADEMIC, "person:dean": ACADEMIC_HEAD}
BEFORE = at(2, "09:00")
REACTIONS: list[tuple[type[Event], Any]] = [*OF_ROSTERS.items(), *OF_HOURS.items()]
MARKS = ("present", "present", "present", "absent", "leave", "late", "left_early")
SHORTER = PolicyRevised(
    proposal_id="p1",
    policy="rollcall.deadline_hours",
    value=24,
    effective_from=at(14, "00:00"),
    document_no="教〔2026〕2号",
    proposed_by="person:office",
    approved_by="person:president",
)


def grant(person_id: str, role: str) -> RoleGranted:
    return RoleGranted(
        grant_id=f"grant-{person_id}",
        person_id=person_id,
        role=role,
        department_id=None,
        valid_from=date(2026, 9, 1),
        valid_until=date(2027, 8, 31),
        granted_by="person:it",
    )


@dataclass
class Play:
    """A college at work; what is to happen waits in order of time."""

    campus: Campus
    dice: Random
    keys: Any = field(default_factory=count)
    waiting: list[tuple[datetime, int, Callable[[datetime], Awaitable[None]]]] = field(default_factory=list)

    async def say(self, command: Command[Any], by: str, now: datetime = BEFORE) -> list[Event]:
        """Hand a command in; the events it recorded."""
        system = {actor.person_id: role for role, actor in SYSTEM.items()}
        how: dict[str, Any] = {"person_id": by, "key": f"k{next(self.keys)}", "source": system.get(by, "api")}
        receipt = await self.campus.desk.submit(command, **how, received_at=now)
        if not receipt.events:
            return []
        first = receipt.events[0].position
        assert first is not None
        rows = await self.campus.log.page(first - 1, receipt.position)
        events = [self.campus.codec.event(row) for row in rows]
        for event in events:
            for reaction in (r for kind, r in REACTIONS if isinstance(event, kind)):
                for order in reaction(event):
                    await self.say(order, SYSTEM[REACTION].person_id, now)
        return events

    def later(self, when: datetime, what: Callable[[datetime], Awaitable[None]]) -> None:
        heapq.heappush(self.waiting, (when, next(self.keys), what))

    async def run(self) -> None:
        while self.waiting:
            when, _, what = heapq.heappop(self.waiting)
            await what(when)

    async def prepare(self) -> list[SessionScheduled]:
        """The college, its timetable and its rosters; guests of arts sit in algebra."""
        admitted = (student(some_id, squad, CLASSES[squad]) for some_id, squad in STUDENTS.items())
        grants = (grant(person, role) for person, role in PEOPLE.items())
        await record(self.campus, *COLLEGE, *admitted, *grants, STARTED, SHORTER)
        sessions: list[SessionScheduled] = []
        for class_id, teachers, squad, room_id, weekday, guests in (
            (ALGEBRA, (LI, WU), M1, R101, 1, ("student:a1-1",)),
            (LOGIC, (WU,), M2, HALL, 2, ()),
            (DRAWING, (ANN,), A1, None, 2, ()),
        ):
            of = {"teaching_class_id": class_id}
            opening = OpenOffering(
                **of,
                term_id=TERM,
                department_id=CLASSES[squad],
                course_code="c",
                course_name="课程",
                teacher_ids=teachers,
                squad_ids=(squad,),
            )
            slots = [
                Placement(weeks=(1, 2), weekday=w, begin_period=1, end_period=3, room_id=room_id)
                for w in (weekday, weekday + 2)
            ]
            members = (*(s for s, of_squad in STUDENTS.items() if of_squad == squad), *guests)
            for command in (
                opening,
                PlaceOffering(**of, placements=tuple(slots)),
                SetRoster(**of, student_ids=members, effective_on=MONDAY),
            ):
                events = await self.say(command, SYSTEM[IMPORT].person_id)
                sessions += [e for e in events if isinstance(e, SessionScheduled)]
        return sessions

    def plan(self, session: SessionScheduled) -> None:
        """What may happen to one session."""
        ends = session.ends_at
        hours = 24 if ends >= SHORTER.effective_from else 48
        due = ends + timedelta(hours=hours)
        told = {"session_id": session.session_id}
        teacher = session.teacher_ids[0]

        async def end(now: datetime) -> None:
            await self.say(
                EndSession(**told, teaching_class_id=session.teaching_class_id), SYSTEM[CLOCK].person_id, now
            )

        async def roll(now: datetime) -> None:
            marks = {s: self.dice.choice(MARKS) for s in sorted(roster_of(session))}
            taught = self.dice.choice((3, 3, 2))
            wish = TakeRollCall(**told, teaching_class_id=session.teaching_class_id, marks=marks, periods_taught=taught)
            await self.say(wish, teacher, now)
            if self.dice.random() < 0.5:
                changed = {"student_id": self.dice.choice(sorted(marks)), "mark": self.dice.choice(MARKS)}
                fix = CorrectRollCallMark(**told, **changed, reason="核对后更正", evidence="假条")
                await self.say(fix, "person:office", now + timedelta(minutes=5))
            if now < due and self.dice.random() < 0.3:
                less = CorrectPeriodsTaught(**told, periods_taught=1, reason="提前下课两节")
                await self.say(less, teacher, now)

        async def settle(now: datetime) -> None:
            await self.say(SettleSession(**told), SYSTEM[CLOCK].person_id, now)

        self.later(ends, end)
        self.later(due + timedelta(seconds=60), settle)
        fate = self.dice.random()
        if fate < 0.5:
            self.later(ends + timedelta(minutes=self.dice.randrange(1, hours * 60)), roll)
        elif fate < 0.8:
            self.later(due + self.dice.choice((timedelta(seconds=30), timedelta(hours=20))), roll)
        if fate >= 0.5:
            self.remedy(session, due + timedelta(hours=40))

    def remedy(self, session: SessionScheduled, when: datetime) -> None:
        """A missed deadline may be waived, or decided otherwise."""
        told = {"session_id": session.session_id}
        fate = self.dice.random()

        async def waive(now: datetime) -> None:
            waiver = f"w-{session.session_id}"
            ask = RequestRollCallWaiver(**told, waiver_id=waiver, reason="机房断网两天", evidence="证明 12 号")
            await self.say(ask, session.teacher_ids[0], now)
            events = await self.say(GrantRollCallWaiver(**told, waiver_id=waiver), "person:dean", now)
            assert isinstance(events[0], RollCallWaiverGranted)

        async def override(now: datetime) -> None:
            wish = OverrideRecognition(
                **told, recognised_periods=2, reason="教务会议认定两节", document_no="教〔2026〕30号"
            )
            await self.say(wish, "person:dean", now)

        if fate < 0.7:
            self.later(when, waive if fate < 0.4 else override)

    async def transfer(self, now: datetime) -> None:
        """A student of the first class of mathematics goes to arts in the second week."""
        wish = PlaceStudent(student_id="student:m1-1", squad_id=A1, from_day=MONDAY + timedelta(days=7))
        events = await self.say(wish, "person:office", now)
        assert isinstance(events[0], StudentPlaced)


def roster_of(session: SessionScheduled) -> set[str]:
    """Who was on the roster on the day, by the register alone."""
    squad_of = dict(STUDENTS)
    if session.day >= MONDAY + timedelta(days=7):
        squad_of["student:m1-1"] = A1
    there = {s for s, squad in squad_of.items() if squad in session.squad_ids}
    return there | ({"student:a1-1"} if session.teaching_class_id == ALGEBRA else set())


async def play(campus: Campus, seed: int) -> None:
    """Everything, from the first registration to the last settlement."""
    acted = Play(campus, Random(seed))  # noqa: S311 - a test's dice
    for session in await acted.prepare():
        acted.plan(session)
    acted.later(at(11, "20:00"), acted.transfer)
    await acted.run()
