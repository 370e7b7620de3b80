"""Setting a whole roster 设定名单, joining 加入 and leaving 退出 one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from domain import Conflict, Context, Event, Reason, StudentId
from domain.access import ACADEMIC, ACADEMIC_HEAD, IMPORT, SECRETARY, anywhere, own_department
from domain.rosters.enrolment import AboutRoster, Enrolment, guest
from domain.rosters.events import Member, RosterSet, StudentJoined, StudentLeft


class SetRoster(AboutRoster):
    """设定名单.  The whole roster of a teaching class from a day on.  Seed: D10, D38.

    Administrative class and department of each student are taken from the register as of that day.  Students of
    the offering's administrative classes need no check of their own; all others are guests, and may not be
    engaged elsewhere unless academic affairs give an `override_reason`.
    """

    may = {SECRETARY: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    student_ids: Annotated[tuple[StudentId, ...], Field(max_length=600)]
    override_reason: Reason | None = None

    def named(self) -> Sequence[str]:
        return self.student_ids

    def decide(self, state: Enrolment, given: Context) -> Iterator[Event]:
        members = self._members(state)
        before = state.roster.on(self.effective_on)
        if state.roster.set and {m.student_id: m for m in members} == before:
            return
        if self.effective_on < state.roster.latest:
            raise Conflict("later_roster_recorded", teaching_class=self.teaching_class_id, day=state.roster.latest)
        self.check_seats(state, len(members))
        expected = {guest(m) for m in before.values() if m.guest}
        wanted = {guest(m) for m in members if m.guest}
        yield RosterSet(
            teaching_class_id=self.teaching_class_id,
            members=members,
            departed=tuple(m for m in before.values() if m not in members),
            effective_on=self.effective_on,
            set_at=given.now,
        )
        yield from self.released(state, sorted(expected - wanted, key=lambda g: g.student_id))
        newcomers = sorted(wanted - expected, key=lambda g: g.student_id)
        yield from self.expected(state, newcomers, self.override_reason, given)

    def _members(self, state: Enrolment) -> tuple[Member, ...]:
        """Whoever belongs already, in the same class and department, keeps the day they began."""
        before = state.roster.on(self.effective_on)
        members = []
        for student in dict.fromkeys(self.student_ids):
            member = state.member(student, self.effective_on)
            assert member
            known = before.get(student)
            same = known is not None and known.model_copy(update={"from_day": self.effective_on}) == member
            members.append(known if known and same else member)
        return tuple(members)


class JoinTeachingClass(AboutRoster):
    """加入教学班.  Adds one student from a day on.  Seed: D28, D38."""

    may = {SECRETARY: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    student_id: StudentId
    override_reason: Reason | None = None

    def named(self) -> Sequence[str]:
        return (self.student_id,)

    def decide(self, state: Enrolment, given: Context) -> Iterator[Event]:
        stints = state.roster.stints(self.student_id)
        if stints and stints[-1].on(self.effective_on) and stints[-1].until is None:
            return
        if stints and max(stints[-1].member.from_day, stints[-1].until or self.effective_on) > self.effective_on:
            raise Conflict("later_roster_recorded", teaching_class=self.teaching_class_id, student=self.student_id)
        self.check_seats(state, len(state.roster.on(self.effective_on)) + 1)
        member = state.member(self.student_id, self.effective_on)
        assert member
        yield StudentJoined(
            **member.model_dump(exclude={"from_day"}),
            teaching_class_id=self.teaching_class_id,
            effective_on=self.effective_on,
            joined_at=given.now,
        )
        yield from self.expected(state, [guest(member)] if member.guest else [], self.override_reason, given)


class LeaveTeachingClass(AboutRoster):
    """退出教学班.  Takes one student off from a day on, which is the first they no longer belong.  Seed: D28, D38."""

    may = {SECRETARY: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    student_id: StudentId

    def decide(self, state: Enrolment, given: Context) -> Iterator[Event]:
        stints = state.roster.stints(self.student_id)
        if not stints:
            raise Conflict("student_not_on_roster", teaching_class=self.teaching_class_id, students=[self.student_id])
        last = stints[-1]
        if last.until is not None and last.until <= self.effective_on:
            return
        if last.until is not None or self.effective_on < last.member.from_day:
            raise Conflict("later_roster_recorded", teaching_class=self.teaching_class_id, student=self.student_id)
        yield StudentLeft(
            **last.member.model_dump(),
            teaching_class_id=self.teaching_class_id,
            effective_on=self.effective_on,
            left_at=given.now,
        )
        yield from self.released(state, [guest(last.member)] if last.member.guest else [])
