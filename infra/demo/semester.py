"""The semester, day by day: sessions end, rolls are called sooner or later, hours are settled, people object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson

from api.imports.sjtu_college import Term, class_of, department_of
from api.imports.sjtu_sections import Section
from domain import Command, derived, person_of
from domain.access import ACADEMIC, ACADEMIC_HEAD, CLOCK, STUDENT, SYSTEM
from domain.duties import Due
from domain.identity import GrantRole
from domain.roll_call import (
    CorrectRollCallMark,
    DisputeMark,
    GrantRollCallWaiver,
    Mark,
    RefuseRollCallWaiver,
    RequestRollCallWaiver,
    ResolveDispute,
    TakeRollCall,
)
from domain.students import PlaceStudent
from domain.timetable import SessionScheduled
from infra.agenda import Agenda
from infra.demo.chances import (
    CORRECTED,
    DEADLINE,
    DISPUTED,
    HOUR,
    MINUTE,
    UPHELD,
    WAIVER_ASKED,
    WAIVER_GRANTED,
    Chances,
)
from infra.demo.college import TRANSFER_WEEK, WEEKS, College
from infra.demo.founding import GRANT_DAYS, Days
from infra.demo.hand import Hand
from infra.demo.people import holder
from infra.log import Log

Reacted = Callable[[], Awaitable[None]]
PAGE: Final = 5_000
EXCUSES: Final = ("当日外出开会,返校后补录", "系统登录故障,已报修", "连续授课至晚间,未及时录入", "身体不适就医")
OBJECTIONS: Final = ("当天在场,可能漏点", "因公参加校内活动", "晚到五分钟已向老师说明")


@dataclass(frozen=True, slots=True)
class Sitting:
    """One session to be played: enough of it to call its roll."""

    session_id: str
    section: int
    department_id: str
    teacher_ids: tuple[str, ...]
    week: int
    planned_periods: int
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Act:
    """Something somebody does about a session at a moment; `order` keeps acts of one moment apart."""

    at: datetime
    order: int
    sitting: Sitting | None
    what: str
    due: Due | None = None


async def sittings(log: Log, sections: Mapping[str, int]) -> list[Sitting]:
    """Every session on the timetable, as the log tells it, in order of its end."""
    found, position = [], 0
    while rows := await log.page(position, types=(SessionScheduled.NAME,), limit=PAGE):
        position = rows[-1].position
        for row in rows:
            said = orjson.loads(row.body)["data"]
            if said["teaching_class_id"] in sections and said["week"] <= WEEKS:
                found.append(
                    Sitting(
                        said["session_id"],
                        sections[said["teaching_class_id"]],
                        said["department_id"],
                        tuple(said["teacher_ids"]),
                        said["week"],
                        said["planned_periods"],
                        datetime.fromisoformat(said["ends_at"]),
                    )
                )
    return sorted(found, key=lambda s: (s.ends_at, s.session_id))


class Semester:
    """Plays what happens between the first Monday and the last deadline."""

    def __init__(self, hand: Hand, agenda: Agenda, college: College, days: Days, term: Term, reacted: Reacted) -> None:
        self._hand, self._agenda, self._college, self._days = hand, agenda, college, days
        self._reacted = reacted
        self._sections: list[Section] = list(college.timetable.sections.values())
        self._class_ids = [class_of(term, section) for section in self._sections]
        departments = [department_of(school) for school in college.schools]
        self._chances = Chances(hand.seed, departments)
        self._home = {s: department_of(squad.school) for squad in college.squads for s in squad.students}

    @property
    def sections(self) -> dict[str, int]:
        """Teaching class id → number of the section."""
        return {class_id: number for number, class_id in enumerate(self._class_ids)}

    @property
    def last_moment(self) -> datetime:
        """What falls due by then is played: the Wednesday morning after the last week."""
        return self._days.before(-7 * WEEKS - 2, 23)

    @property
    def nearly_over(self) -> datetime:
        """From then on what is still owed may fall due on the clock of the running demo."""
        return self._days.before(-7 * WEEKS - 1, 12)

    async def play(self, sessions: list[Sitting], since: datetime) -> None:
        """Day by day; acts before `since` have been played in an earlier run."""
        by_day: dict[date, list[Act]] = defaultdict(list)
        for number, sitting in enumerate(sessions):
            for act in self._acts(sitting, number):
                if since <= act.at <= self.last_moment:
                    by_day[self._day(act.at)].append(act)
        bar = self._hand.bar("semester", len(sessions))
        day = max(self._days.starts_on, self._day(since))
        while day <= self._day(self.last_moment):
            await self._one_day(day, by_day.pop(day, []), bar)
            if day == self._transfer_day:
                await self._transfer()
            day += timedelta(days=1)

    @property
    def _transfer_day(self) -> date:
        """The Friday before the transfers take effect."""
        return self._days.starts_on + timedelta(days=7 * (TRANSFER_WEEK - 1) - 3)

    async def _transfer(self) -> None:
        """Some students change class; the rosters have followed before the next day is played."""
        for moved in self._college.transfers:
            command = PlaceStudent(
                student_id=moved.student,
                squad_id=moved.squad.squad_id,
                from_day=self._transfer_day + timedelta(days=3),
            )
            at = self._days.before((self._days.starts_on - self._transfer_day).days, 16)
            await self._hand.give(command, at, by=holder(ACADEMIC), key=f"demo:transfer:{moved.student}")
        await self._reacted()

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._days.zone).date()

    async def _one_day(self, day: date, acts: list[Act], bar: Any) -> None:
        """All acts of a day and all that falls due in it, in order where they concern one session."""
        midnight = self._days.before((self._days.starts_on - day).days - 1, 0)
        await self._agenda.catch_up()
        dues = self._agenda.take(min(midnight, self.last_moment))
        acts += [Act(due.at, -1, None, "due", due) for due in dues]
        acts.sort(key=lambda act: (act.at, act.order))
        await self._hand.in_order(acts, self._concerns, self._do)
        if self._hand.progress and bar is not None:
            self._hand.progress.advance(bar, sum(act.what == "roll" for act in acts))

    @staticmethod
    def _concerns(act: Act) -> tuple[str, ...]:
        if act.sitting:
            return (act.sitting.session_id,)
        assert act.due
        return (str(getattr(act.due.command, "session_id", act.due.key)),)

    def _acts(self, sitting: Sitting, number: int) -> Iterator[Act]:
        """What people will do about one session, from the dice alone."""
        if not sitting.teacher_ids or not self._college.students_of(self._sections[sitting.section]):
            return
        session_id = sitting.session_id
        delay = self._chances.delay(session_id, sitting.department_id, sitting.teacher_ids[0], sitting.week)
        dice = self._chances.dice("acts", session_id)
        if delay is not None:
            called = sitting.ends_at + delay
            yield Act(called, number, sitting, "roll")
            if dice.random() < CORRECTED:
                yield Act(called + 90 * MINUTE, number, sitting, "correct")
            if dice.random() < DISPUTED:
                yield Act(called + 20 * HOUR, number, sitting, "dispute")
                yield Act(called + 40 * HOUR, number, sitting, "resolve")
        if (delay is None or delay > DEADLINE) and dice.random() < WAIVER_ASKED:
            asked = sitting.ends_at + max(DEADLINE, delay or DEADLINE) + 12 * HOUR
            yield Act(asked, number, sitting, "ask")
            yield Act(asked + 30 * HOUR, number, sitting, "decide")

    async def _do(self, act: Act) -> None:
        if act.due:
            key = f"{act.due.key}@{act.due.at.isoformat()}"
            await self._hand.give(act.due.command, act.at, by=SYSTEM[CLOCK].person_id, key=key, source=CLOCK)
            return
        assert act.sitting
        await getattr(self, f"_{act.what}")(act.sitting, act.at)

    def _marks(self, sitting: Sitting) -> dict[str, Mark]:
        students = self._college.students_of(self._sections[sitting.section], sitting.week)
        return self._chances.marks(sitting.session_id, sitting.week, students, self._home)

    async def _said(self, command: Command[Any], at: datetime, by: str, what: str, sitting: Sitting) -> None:
        await self._hand.give(command, at, by=by, key=f"demo:{self._hand.seed}:{what}:{sitting.session_id}")

    async def _roll(self, sitting: Sitting, at: datetime) -> None:
        dice = self._chances.dice("taker", sitting.session_id)
        taker = sitting.teacher_ids[0] if dice.random() < 0.9 else dice.choice(sitting.teacher_ids)
        short = sitting.planned_periods > 1 and dice.random() < 0.01
        command = TakeRollCall(
            session_id=sitting.session_id,
            teaching_class_id=self._class_ids[sitting.section],
            marks=self._marks(sitting),
            periods_taught=sitting.planned_periods - short,
        )
        await self._said(command, at, taker, "roll", sitting)

    def _one_marked(self, sitting: Sitting, what: str, wanted: tuple[Mark, ...]) -> tuple[str, Mark] | None:
        """A student with one of the wanted marks, if there is one."""
        found = [(s, mark) for s, mark in self._marks(sitting).items() if mark in wanted]
        return self._chances.dice(what, sitting.session_id).choice(found) if found else None

    async def _correct(self, sitting: Sitting, at: datetime) -> None:
        """By the teacher until the deadline, by academic affairs after it."""
        if one := self._one_marked(sitting, "correct", ("absent", "late", "leave")):
            command = CorrectRollCallMark(
                session_id=sitting.session_id,
                student_id=one[0],
                mark="leave" if one[1] == "absent" else "present",
                reason="核对假条后更正",
                evidence="请假条",
            )
            by = sitting.teacher_ids[0] if at <= sitting.ends_at + DEADLINE else holder(ACADEMIC)
            await self._said(command, at, by, "correct", sitting)

    async def _dispute(self, sitting: Sitting, at: datetime) -> None:
        if not (one := self._one_marked(sitting, "dispute", ("absent", "late"))):
            return
        student = person_of(one[0])
        begins = self._days.first.date()
        granted = GrantRole(
            grant_id=derived("grant", "demo", student, STUDENT, ""),
            person_id=student,
            role=STUDENT,
            department_id=self._home[one[0]],
            valid_from=begins,
            valid_until=begins + timedelta(days=GRANT_DAYS),
        )
        await self._hand.give(granted, at, key=f"demo:{self._hand.seed}:student:{student}")
        command = DisputeMark(
            session_id=sitting.session_id,
            dispute_id=derived("dispute", "demo", sitting.session_id),
            student_id=one[0],
            claimed="present",
            reason=self._chances.dice("objection", sitting.session_id).choice(OBJECTIONS),
        )
        await self._said(command, at, student, "dispute", sitting)

    async def _resolve(self, sitting: Sitting, at: datetime) -> None:
        if not self._one_marked(sitting, "dispute", ("absent", "late")):
            return
        uphold = self._chances.dice("uphold", sitting.session_id).random() < UPHELD
        command = ResolveDispute(
            session_id=sitting.session_id,
            dispute_id=derived("dispute", "demo", sitting.session_id),
            uphold=uphold,
            reason="核对座位表,情况属实" if uphold else "经核对,当堂未到",
        )
        await self._said(command, at, holder(ACADEMIC), "resolve", sitting)

    async def _ask(self, sitting: Sitting, at: datetime) -> None:
        command = RequestRollCallWaiver(
            session_id=sitting.session_id,
            waiver_id=derived("waiver", "demo", sitting.session_id),
            reason=self._chances.dice("excuse", sitting.session_id).choice(EXCUSES),
            evidence="课堂签到表",
        )
        await self._said(command, at, sitting.teacher_ids[0], "waiver", sitting)

    async def _decide(self, sitting: Sitting, at: datetime) -> None:
        """The head of academic affairs decides, as the rulebook's route has it at first."""
        waiver = derived("waiver", "demo", sitting.session_id)
        command: Command[Any]
        if self._chances.dice("waiver", sitting.session_id).random() < WAIVER_GRANTED:
            command = GrantRollCallWaiver(session_id=sitting.session_id, waiver_id=waiver)
        else:
            command = RefuseRollCallWaiver(session_id=sitting.session_id, waiver_id=waiver, reason="理由不足以免除责任")
        await self._said(command, at, holder(ACADEMIC_HEAD), "decide", sitting)
