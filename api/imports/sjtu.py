"""A university's public timetable into the log: term, grid, departments, rooms, staff, offerings, dated sessions.

Every id is derived from what the rows say and every key from the command itself, so that a second run records
nothing.  What the data's oddities become is told in README.md.  Seed: D35, D36, D37.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from rich.progress import Progress

from api.imports.lines import Rows
from api.imports.refusals import RowRefused, write
from api.imports.sjtu_college import Term, class_of, department, department_of, periods, room, room_of, teacher_of
from api.imports.sjtu_meetings import Meetings, meetings
from api.imports.sjtu_rows import Row
from api.imports.sjtu_sections import Section, Timetable, gathered
from api.imports.turns import in_turn
from api.imports.words import words
from domain import Command, Rejected
from domain.access import IMPORT, SYSTEM
from domain.calendar import OpenTerm
from domain.organisation import RegisterStaff
from domain.time_grid import SetTimeGrid, StartScheduling
from domain.timetable import OpenOffering, Placement, PlaceOffering, SessionScheduled
from infra.desk import Busy, Desk, Receipt

AT_ONCE: Final = 32
PATIENCE: Final = 20
JOINT_AT_MOST: Final = 50
TEACHERS_AT_MOST: Final = 20
AS_IMPORTED: Final = "as imported 按原课表导入"
_TITLES: Final = {"departments": "系部", "rooms": "教室", "staff": "教师", "timetable": "课表"}


@dataclass(frozen=True)
class Choices:
    """What a caller may decide otherwise: which rows, what people are called and are, which classes attend, when."""

    wanted: Callable[[Row], bool] = lambda row: True
    name: Callable[[str], str] = lambda number: number
    external: Callable[[str], bool] = lambda number: False
    squads: Callable[[Section], Sequence[str]] = lambda section: ()
    capacity: Callable[[Section], int | None] = lambda section: section.student_number or None
    term: Term | None = None
    received_at: datetime | None = None
    at_once: int = AT_ONCE


@dataclass
class SjtuReport:
    """What became of a timetable: rows = accepted + repeats + the refused ones, by code.

    `arrangements` and `dated` are {listed, distinct, …}: as the rows list them, and without what they repeat.
    `overrides` names, for each section placed in spite of a clash, the sections it meets by room and by teacher.
    """

    term_id: str
    rows: int
    accepted: int
    repeats: int
    refused: dict[str, int]
    sections: int
    arrangements: dict[str, int]
    placements: int
    dated: dict[str, int]
    departments: int
    rooms: int
    teachers: int
    sections_without_teacher: int
    empty_teacher_entries: int
    joint_pairs: int
    overrides: list[dict[str, Any]] = field(default_factory=list)
    unplaced: list[dict[str, str]] = field(default_factory=list)
    declared_after_refusal: int = 0
    events: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


class Import:
    """One timetable on its way into the log."""

    def __init__(
        self, desk: Desk, timetable: Timetable, term: Term, choices: Choices, progress: Progress | None
    ) -> None:
        self._desk, self._timetable, self._choices, self._progress = desk, timetable, choices, progress
        self.term = term
        self.meetings: Meetings = meetings(timetable)
        self._by_number = list(timetable.sections.values())
        counts = timetable.counts
        self.report = SjtuReport(
            term_id=term.term_id,
            rows=counts.rows,
            accepted=counts.accepted,
            repeats=counts.repeats,
            refused=dict(sorted(counts.refused.items())),
            sections=len(timetable.sections),
            arrangements={
                "listed": counts.arrangements_listed,
                "distinct": counts.arrangements,
                "without_weeks": counts.without_weeks,
                "broken_runs": counts.broken_runs,
            },
            placements=counts.placements,
            dated={
                "listed": counts.dated_listed,
                "distinct": counts.dated,
                "placed": 0,
                "without_room": counts.without_room,
            },
            departments=0,
            rooms=0,
            teachers=0,
            sections_without_teacher=counts.without_teacher,
            empty_teacher_entries=counts.empty_teachers,
            joint_pairs=self.meetings.joint_pairs,
        )

    async def run(self) -> SjtuReport:
        """Everything, in order; raises Rejected when the term itself is refused."""
        await self.organisation()
        return await self.placing()

    async def organisation(self) -> None:
        """The term with its grid, and whatever the sections name."""
        with self._timed("organisation"):
            await self._open_term()
            schools = dict.fromkeys(s.school for s in self._by_number)
            self.report.departments = await self._all("departments", [department(s) for s in schools])
            self.report.rooms = await self._all("rooms", [room(r) for r in self._timetable.rooms()])
            self.report.teachers = await self._all("staff", list(self._staff()), "staff_already_registered")

    async def placing(self) -> SjtuReport:
        """The sections, opened and placed."""
        sections = self._by_number
        with self._timed("timetable"):
            async for section, refused in self._shown("timetable", self._placed(sections), len(sections)):
                if refused:
                    self.report.unplaced.append({"section": _named(section), "refusal": refused})
        self.report.overrides = self._overrides()
        return self.report

    async def _open_term(self) -> None:
        term = self.term
        weeks = max(self._timetable.weeks, 1)
        await self._give(
            OpenTerm(
                term_id=term.term_id,
                name=term.name,
                name_en=term.name_en,
                year=term.year,
                starts_on=term.starts_on,
                weeks=weeks,
            )
        )
        await self._give(SetTimeGrid(term_id=term.term_id, days=(1, 2, 3, 4, 5, 6, 7), periods=periods()))
        await self._give(StartScheduling(term_id=term.term_id))

    def _staff(self) -> Iterator[RegisterStaff]:
        for number, school in self._timetable.teachers():
            yield RegisterStaff(
                person_id=teacher_of(number),
                staff_number=number,
                name=self._choices.name(number),
                department_id=department_of(school),
                kind="external" if self._choices.external(number) else "staff",
                from_day=self.term.starts_on,
            )

    async def _all(self, title: str, commands: Sequence[Command[Any]], known: str = "") -> int:
        """Give commands that do not meet; `known` is the refusal that says it is there already."""

        async def give(command: Command[Any]) -> None:
            try:
                await self._give(command)
            except Rejected as no:
                if no.code != known:
                    raise

        async for _ in self._shown(title, in_turn(commands, lambda c: (), give, self._choices.at_once), len(commands)):
            pass
        return len(commands)

    def _placed(self, sections: Sequence[Section]) -> AsyncIterator[tuple[Section, str | None]]:
        return in_turn(sections, lambda s: (*s.turns(), *self._choices.squads(s)), self._place, self._choices.at_once)

    async def _place(self, section: Section) -> str | None:
        """Open and place one section; returns the code of what refused it."""
        teachers = tuple(map(teacher_of, section.teachers[:TEACHERS_AT_MOST]))
        try:
            await self._give(
                OpenOffering(
                    teaching_class_id=class_of(self.term, section),
                    term_id=self.term.term_id,
                    department_id=department_of(section.school),
                    course_code=section.code,
                    course_name=section.name,
                    teacher_ids=teachers,
                    capacity=self._choices.capacity(section),
                    squad_ids=tuple(self._choices.squads(section)),
                )
            )
            if section.slots:
                receipt = await self._placed_or_declared(section)
                there = sum(told.type == SessionScheduled.NAME for told in receipt.events)
                self.report.dated["placed"] += there or sum(s.weeks.bit_count() for s in section.slots)
        except Rejected as no:
            return no.code
        return None

    async def _placed_or_declared(self, section: Section) -> Receipt:
        """Place with what is known to meet; where more meets than the rows told, declare what the refusal names."""
        asked = self._placing(section)
        try:
            return await self._give(asked)
        except Rejected as no:
            joint = no.facts.get("would_be_joint_with")
            if not isinstance(joint, list):
                raise
            told = tuple(dict.fromkeys((*asked.joint_with, *joint)))[:JOINT_AT_MOST]
            self.report.declared_after_refusal += 1
            return await self._give(asked.model_copy(update={"joint_with": told, "override_reason": AS_IMPORTED}))

    def _placing(self, section: Section) -> PlaceOffering:
        joint = sorted(self.meetings.joint.get(section.number, ()))
        clashes = section.number in self.meetings.clashes or len(joint) > JOINT_AT_MOST
        return PlaceOffering(
            teaching_class_id=class_of(self.term, section),
            placements=tuple(
                Placement(
                    weeks=slot.week_numbers(),
                    weekday=slot.day,
                    begin_period=slot.begin,
                    end_period=slot.end,
                    room_id=room_of(slot.room) if slot.room else None,
                )
                for slot in section.slots
            ),
            joint_with=tuple(class_of(self.term, self._by_number[n]) for n in joint[:JOINT_AT_MOST]),
            override_reason=AS_IMPORTED if clashes else None,
        )

    def _overrides(self) -> list[dict[str, Any]]:
        told = []
        for number, met in sorted(self.meetings.clashes.items()):
            kinds: dict[str, list[str]] = {"room": [], "teacher": [], "class": []}
            for kind, other in sorted(met):
                kinds[kind].append(_named(self._by_number[other]))
            told.append({"section": _named(self._by_number[number]), **kinds})
        return told

    async def _give(self, command: Command[Any]) -> Receipt:
        body = command.model_dump_json().encode()
        key = f"sjtu:{self.term.term_id}:{command.NAME}:{hashlib.blake2b(body, digest_size=16).hexdigest()}"
        for again in range(PATIENCE):
            try:
                receipt = await self._desk.submit(
                    command,
                    person_id=SYSTEM[IMPORT].person_id,
                    key=key,
                    source=IMPORT,
                    received_at=self._choices.received_at,
                    correlation=f"sjtu:{self.term.term_id}",
                )
                break
            except Busy:
                await asyncio.sleep(0.01 * 2 ** min(again, 7))
        else:
            raise Busy(command.NAME)
        self.report.events += 0 if receipt.repeated else len(receipt.events)
        return receipt

    async def _shown(self, title: str, done: AsyncIterator[Any], total: int) -> AsyncIterator[Any]:
        bar = self._progress.add_task(f"{_TITLES[title]} · {title}", total=total) if self._progress else None
        async for one in done:
            if self._progress and bar is not None:
                self._progress.advance(bar)
            yield one

    @contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.report.seconds[phase] = round(time.monotonic() - begun, 2)


def _named(section: Section) -> str:
    return f"{section.identifier} {section.code}"


async def import_sjtu(
    desk: Desk,
    files: Rows | Sequence[Path],
    term_start: date,
    *,
    choices: Choices | None = None,
    refusals: Path | None = None,
    progress: Progress | None = None,
) -> SjtuReport:
    """Import a timetable (.jsonl, .jsonl.gz or a JSON array); `term_start` is the Monday of week 1.

    `refusals` is the CSV file that refused rows are written to.  Raises Rejected when the term is refused.
    """
    choices = choices or Choices()
    begun = time.monotonic()
    rows = files if isinstance(files, Rows) else Rows(files)
    timetable = await asyncio.to_thread(gathered, rows, choices.wanted)
    reading = round(time.monotonic() - begun, 2)
    term = choices.term or Term.of(timetable.term, term_start)
    importing = Import(desk, timetable, term, choices, progress)
    importing.report.seconds["reading"] = reading
    if refusals and timetable.refused:
        await asyncio.to_thread(_write, refusals, timetable.refused)
    if not timetable.sections:
        return importing.report
    return await importing.run()


def _write(path: Path, refused: Sequence[RowRefused]) -> None:
    write(path, refused, words())
