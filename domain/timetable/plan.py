"""What placing must know: the offering, its term's grid and holidays, the rooms, and what holds the days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

from domain import Command, Conflict, Context, Event, NotAllowed, Reads, TeachingClassId, Unknown
from domain.access import SECRETARY
from domain.calendar import HolidayDeclared, HolidayWithdrawn, TermOpened
from domain.organisation import RoomClosed, RoomRegistered, RoomUpdated
from domain.policies import Policy
from domain.time_grid import Grid, OffGridSlotGranted, SchedulingStarted, TimeGridSet
from domain.timetable.events import (
    OCCUPANCY,
    Meeting,
    OfferingOpened,
    SessionEnded,
    TimetableLocked,
    TimetablePublished,
    guests_of,
)
from domain.timetable.occupancy import Clash, Occupancy
from domain.timetable.term import Stage

ON_HOLIDAY = Policy(
    "timetable.on_holiday",
    str,
    "refuse",
    "ours",
    "课次落在假日时:refuse 拒绝排入,skip 自动略过该日",
    "A session that falls on a holiday: refuse the placement, or skip that day",
    choices=("refuse", "skip"),
)

OF_TERM = (
    TermOpened,
    HolidayDeclared,
    HolidayWithdrawn,
    TimeGridSet,
    SchedulingStarted,
    TimetableLocked,
    TimetablePublished,
)
OF_ROOM = (RoomRegistered, RoomUpdated, RoomClosed)


@dataclass(frozen=True)
class Plan:
    """Everything a placement is decided on."""

    offering: OfferingOpened | None = None
    grid: Grid = field(default_factory=Grid)
    stage: Stage = field(default_factory=Stage)
    holidays: frozenset[date] = frozenset()
    seats: Mapping[str, int | None] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()
    closed: Mapping[str, date] = field(default_factory=dict)
    ended: frozenset[str] = frozenset()
    occupancy: Occupancy = field(default_factory=Occupancy)

    @property
    def department_id(self) -> str | None:
        return self.offering.department_id if self.offering else None

    def after(self, event: Event) -> Self:
        match event:
            case OfferingOpened():
                return replace(self, offering=event)
            case TermOpened() | SchedulingStarted():
                return replace(self, grid=self.grid.after(event), stage=self.stage.after(event))
            case TimeGridSet() | OffGridSlotGranted():
                return replace(self, grid=self.grid.after(event))
            case TimetableLocked() | TimetablePublished():
                return replace(self, stage=self.stage.after(event))
            case HolidayDeclared():
                return replace(self, holidays=self.holidays | {event.day})
            case HolidayWithdrawn():
                return replace(self, holidays=self.holidays - {event.day})
            case RoomRegistered() | RoomUpdated():
                shared = self.shared | {event.room_id} if event.shared else self.shared - {event.room_id}
                return replace(self, seats={**self.seats, event.room_id: event.seats}, shared=shared)
            case RoomClosed():
                return replace(self, closed={**self.closed, event.room_id: event.from_day})
            case SessionEnded():
                return replace(self, ended=self.ended | {event.session_id})
        return replace(self, occupancy=self.occupancy.after(event))

    def check_open(self, given: Context, override_reason: str | None) -> None:
        """Raise unless the term's timetable may be changed now, by this actor, in this way."""
        assert self.offering
        term = self.offering.term_id
        if self.stage.published:
            raise Conflict("timetable_published", term=term)
        if self.grid.set is None:
            raise Conflict("grid_unset", term=term)
        if not self.stage.started:
            raise Conflict("scheduling_not_started", term=term)
        if given.actor.role == SECRETARY:
            if self.stage.locked:
                raise Conflict("timetable_locked", term=term)
            if override_reason is not None:
                raise NotAllowed("override_not_allowed", role=given.actor.role)

    def hours(self, weekday: int, begin: int, end: int) -> tuple[str, str, str | None]:
        """Local start and end of periods of a weekday, and the grant that admits them if they lie off the grid."""
        assert self.offering
        assert self.grid.set
        if begin > end:
            raise Conflict("slot_invalid", weekday=weekday, begin_period=begin)
        if self.grid.set.admits(weekday, begin, end):
            return *self.grid.set.hours(begin, end), None
        for grant in self.grid.grants.values():
            same = (grant.weekday, grant.begin_period, grant.end_period) == (weekday, begin, end)
            if same and grant.term_id == self.offering.term_id and self.offering.kind != "regular":
                return grant.starts, grant.ends, grant.grant_id
        raise Conflict("outside_grid", weekday=weekday, begin_period=begin, end_period=end)

    def clashes(self, wanted: Sequence[Meeting]) -> Iterator[Clash]:
        """Every clash of the wanted sessions; a room shared by design is no reason for one."""
        at_ease = {m.session_id for m in wanted if m.room_id in self.shared}
        for clash in self.occupancy.clashes(wanted):
            if clash.code != "conflict_room" or clash.session_id not in at_ease:
                yield clash

    def crowded(self, meeting: Meeting) -> Iterator[Clash]:
        """Whether the room has too few seats; where nobody has counted them, it is never too small."""
        seats = self.seats.get(meeting.room_id) if meeting.room_id else None
        if seats is not None and self.occupancy.crowd(meeting) > seats:
            yield Clash("seats_insufficient", meeting.session_id, meeting.day)


def check_rooms(state: Plan, wanted: Iterable[Meeting]) -> None:
    """Raise if a wanted session lies in a room that is closed by its day."""
    for meeting in wanted:
        closed = state.closed.get(meeting.room_id) if meeting.room_id else None
        if closed is not None and meeting.day >= closed:
            raise Conflict("room_closed", room=meeting.room_id, from_day=closed)


class AboutOffering(Command[Plan]):
    """开课任务.  What the commands on one offering's sessions share."""

    teaching_class_id: TeachingClassId

    def rooms(self) -> list[str]:
        """The rooms the command names."""
        return []

    def reads(self) -> list[Reads]:
        return [
            Reads((OfferingOpened, OffGridSlotGranted, *OCCUPANCY), (self.teaching_class_id,)),
            Reads(OCCUPANCY, (guests_of(self.teaching_class_id),)),
            *(Reads(OF_ROOM, (room,)) for room in self.rooms()),
        ]

    def more(self, state: Plan) -> Sequence[Reads]:
        return [Reads(OF_TERM, (state.offering.term_id,))] if state.offering else []

    def find(self, state: Plan) -> None:
        if state.offering is None:
            raise Unknown("offering_unknown", teaching_class=self.teaching_class_id)
        if strange := [room for room in self.rooms() if room not in state.seats]:
            raise Unknown("room_unknown", rooms=strange)
