"""Placing an offering on the timetable 排课: all its sessions in one command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date
from typing import Annotated

from pydantic import Field

from domain import (
    Conflict,
    Context,
    Event,
    Fact,
    PersonId,
    Reads,
    Reason,
    RoomId,
    TeachingClassId,
    derived,
)
from domain.access import ACADEMIC, ACADEMIC_HEAD, IMPORT, SECRETARY, anywhere, own_department
from domain.time_grid import PeriodNumber, Weekday, moment
from domain.timetable.events import OCCUPANCY, Meeting, SessionScheduled, WeekNumber, occupied
from domain.timetable.occupancy import KEPT_AT_MOST, Clash, told
from domain.timetable.plan import ON_HOLIDAY, AboutOffering, Plan, check_rooms


class Placement(Fact):
    """A weekly arrangement: these weeks, this weekday, these periods.

    No room: not fixed yet.  No teachers: all of the offering's.
    """

    weeks: Annotated[tuple[WeekNumber, ...], Field(min_length=1, max_length=30)]
    weekday: Weekday
    begin_period: PeriodNumber
    end_period: PeriodNumber
    room_id: RoomId | None = None
    teacher_ids: Annotated[tuple[PersonId, ...], Field(max_length=20)] | None = None


class PlaceOffering(AboutOffering):
    """排课.  Puts every dated session of an offering on the timetable; placed again, nothing changes.  Seed: D36.

    Refused with every clash at once (facts `clashes`, each with code, the other session and class, and whether
    it would be joint teaching).  Joint teaching 合班 is declared by `joint_with`; anything else that is to stand
    in spite of a clash, of missing seats or of a holiday needs `override_reason`, from academic affairs.
    """

    may = {SECRETARY: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    placements: Annotated[tuple[Placement, ...], Field(min_length=1, max_length=60)]
    joint_with: Annotated[tuple[TeachingClassId, ...], Field(max_length=50)] = ()
    override_reason: Reason | None = None

    def rooms(self) -> list[str]:
        return list(dict.fromkeys(p.room_id for p in self.placements if p.room_id))

    def more(self, state: Plan) -> Sequence[Reads]:
        if state.offering is None or state.grid.term is None:
            return super().more(state)
        tags: dict[str, None] = {}
        for placement in self.placements:
            teachers = placement.teacher_ids if placement.teacher_ids is not None else state.offering.teacher_ids
            room = (placement.room_id,) if placement.room_id else ()
            for week in placement.weeks:
                day = state.grid.term.day(week, placement.weekday)
                guests = state.occupancy.guests_on(self.teaching_class_id, day)
                there = (some_id for g in guests for some_id in (g.student_id, g.squad_id))
                for some_id in (*room, *teachers, *state.offering.squad_ids, *there):
                    tags[occupied(some_id, day)] = None
        return [Reads(OCCUPANCY, (tag,)) for tag in tags]

    def decide(self, state: Plan, given: Context) -> Iterator[Event]:
        state.check_open(given, self.override_reason)
        wanted = self._new(state, self._meetings(state, given))
        check_rooms(state, wanted)
        found = list(self._clashes(state, wanted))
        if found and self.override_reason is None:
            code, facts = told(found)
            raise Conflict(code, teaching_class=self.teaching_class_id, **facts)
        for meeting in wanted:
            if mine := [c.override() for c in found if c.session_id == meeting.session_id]:
                said = {"override_reason": self.override_reason, "overrides": tuple(mine[:KEPT_AT_MOST])}
                yield meeting.model_copy(update=said)
            else:
                yield meeting

    def _clashes(self, state: Plan, wanted: Sequence[Meeting]) -> Iterator[Clash]:
        yield from state.clashes(wanted)
        for meeting in wanted:
            if meeting.day in state.holidays:
                yield Clash("on_holiday", meeting.session_id, meeting.day)
            yield from state.crowded(meeting)

    def _meetings(self, state: Plan, given: Context) -> Iterable[SessionScheduled]:
        """Every dated session wished for, each once; those on holidays left out where the rulebook says so."""
        skip = given.rules.at(given.now)(ON_HOLIDAY) == "skip"
        meetings: dict[str, SessionScheduled] = {}
        for placement in self.placements:
            for week, day in self._days(placement, state):
                if skip and day in state.holidays:
                    continue
                meeting = self._meeting(placement, week, day, state, given)
                known = meetings.get(meeting.session_id)
                meetings[meeting.session_id] = _merged(known, meeting) if known else meeting
        return meetings.values()

    def _days(self, placement: Placement, state: Plan) -> Iterator[tuple[int, date]]:
        term = state.grid.term
        assert term
        if strange := [w for w in placement.weeks if w > term.weeks]:
            raise Conflict("week_outside_term", term=term.term_id, weeks=strange)
        for week in placement.weeks:
            yield week, term.day(week, placement.weekday)

    def _meeting(self, placement: Placement, week: int, day: date, state: Plan, given: Context) -> SessionScheduled:
        offering = state.offering
        assert offering
        begin, end = placement.begin_period, placement.end_period
        starts, ends, grant = state.hours(placement.weekday, begin, end)
        parts = dict(zip(offering.teacher_ids, offering.teacher_parts, strict=True))
        teachers = tuple(parts) if placement.teacher_ids is None else tuple(dict.fromkeys(placement.teacher_ids))
        if strangers := [t for t in teachers if t not in parts]:
            raise Conflict("teacher_not_of_offering", teaching_class=self.teaching_class_id, persons=strangers)
        words = (self.teaching_class_id, day, begin, end, placement.room_id or "")
        return SessionScheduled(
            **offering.model_dump(exclude={"teacher_ids", "teacher_parts", "starts_on"}),
            session_id=derived("session", *words),
            teacher_ids=teachers,
            teacher_parts=tuple(parts[t] for t in teachers),
            guests=state.occupancy.guests_on(self.teaching_class_id, day),
            room_id=placement.room_id,
            week=week,
            day=day,
            begin_period=begin,
            end_period=end,
            planned_periods=end - begin + 1,
            starts_at=moment(day, starts, given.zone).astimezone(UTC),
            ends_at=moment(day, ends, given.zone).astimezone(UTC),
            joint_with=self.joint_with,
            off_grid_grant=grant,
        )

    def _new(self, state: Plan, wanted: Iterable[SessionScheduled]) -> list[SessionScheduled]:
        """Those not on the timetable yet; the same class at the same time in the same room is the same session."""
        standing = state.occupancy.of_class(self.teaching_class_id)
        by_id = {m.session_id: m for m in standing}
        by_place = {(m.starts_at, m.ends_at, m.room_id): m for m in standing}
        new, other = [], []
        for meeting in wanted:
            place = (meeting.starts_at, meeting.ends_at, meeting.room_id)
            known = by_id.get(meeting.session_id) or by_place.get(place)
            if known is None:
                new.append(meeting)
            elif set(known.teacher_ids) != set(meeting.teacher_ids):
                other.append(known.session_id)
        if other:
            raise Conflict("session_already_placed", teaching_class=self.teaching_class_id, sessions=other)
        return new


def _merged(one: SessionScheduled, again: SessionScheduled) -> SessionScheduled:
    """One meeting listed twice with different teachers: they teach it together."""
    parts = dict(zip(one.teacher_ids, one.teacher_parts, strict=True))
    parts |= dict(zip(again.teacher_ids, again.teacher_parts, strict=True))
    return one.model_copy(update={"teacher_ids": tuple(parts), "teacher_parts": tuple(parts.values())})
