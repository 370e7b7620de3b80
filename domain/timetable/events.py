"""What happens to a timetable: offerings, sessions placed, moved to a room, removed, ended; guests expected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain import (
    Day,
    DepartmentId,
    Event,
    Fact,
    Line,
    Moment,
    PersonId,
    Reason,
    RoomId,
    SessionId,
    SquadId,
    StudentId,
    TeachingClassId,
    TermId,
    named,
)
from domain.duties import Duty
from domain.policies import PolicyUse
from domain.time_grid import PeriodNumber

OfferingKind = Literal["regular", "other"]
Capacity = Annotated[int, Field(ge=0, le=100_000)]
Parts = Annotated[int, Field(ge=1, le=1_000)]
WeekNumber = Annotated[int, Field(ge=1, le=30)]


def occupied(some_id: str, day: object) -> str:
    """The tag under which everything is found that holds a room, person or class on a day."""
    return f"{some_id}@{day}"


def guests_of(teaching_class_id: str) -> str:
    """The tag of everything said about the guests of a teaching class."""
    return "guest:" + teaching_class_id.partition(":")[2]


class OfferingOpened(Event):
    """A course is offered to a teaching class 教学班 in a term.

    `squad_ids` are the administrative classes that attend as a whole; anybody else on the roster is a guest.
    `teacher_parts` says how the teachers share the hours of a session (equal parts unless said otherwise).
    `starts_on` is the first day of teaching where that is not the term's.
    """

    NAME: ClassVar[str] = "timetable.offering_opened"
    TITLE: ClassVar[str] = "开设课程"
    TAGS: ClassVar[tuple[str, ...]] = ("teaching_class_id", "squad_ids", "teacher_ids", "department_id")
    teaching_class_id: TeachingClassId
    term_id: TermId
    term_ends_on: Day
    department_id: DepartmentId
    course_code: Line
    course_name: Line
    kind: OfferingKind
    teacher_ids: tuple[PersonId, ...]
    teacher_parts: tuple[Parts, ...]
    capacity: Capacity | None
    squad_ids: tuple[SquadId, ...]
    starts_on: Day | None = None

    def tags(self) -> tuple[str, ...]:
        return (*super().tags(), named(self.teaching_class_id))


class Guest(Fact):
    """A student who attends a teaching class on their own, not with their administrative class."""

    student_id: StudentId
    squad_id: SquadId


class Override(Fact):
    """What a placement was allowed in spite of: the refusal it met, and the session and class on the other side."""

    code: Line
    session_id: SessionId | None = None
    teaching_class_id: TeachingClassId | None = None


class Meeting(Fact):
    """A session 课次, whole, as every event about one states it.

    `week` counts the term's teaching weeks from 1; `capacity` is the offering's; `teacher_parts` go with
    `teacher_ids`; `off_grid_grant` names the grant of a session outside the grid.
    """

    session_id: SessionId
    teaching_class_id: TeachingClassId
    term_id: TermId
    term_ends_on: Day
    department_id: DepartmentId
    course_code: Line
    course_name: Line
    kind: OfferingKind
    teacher_ids: tuple[PersonId, ...]
    teacher_parts: tuple[Parts, ...]
    squad_ids: tuple[SquadId, ...]
    guests: tuple[Guest, ...] = ()
    capacity: Capacity | None
    room_id: RoomId | None
    week: WeekNumber
    day: Day
    begin_period: PeriodNumber
    end_period: PeriodNumber
    planned_periods: PeriodNumber
    starts_at: Moment
    ends_at: Moment
    joint_with: tuple[TeachingClassId, ...] = ()
    off_grid_grant: Line | None = None
    override_reason: Reason | None = None
    overrides: tuple[Override, ...] = ()

    def holds(self) -> Iterator[str]:
        """Occupancy tags of the room, the teachers, the administrative classes and the guests."""
        squads = dict.fromkeys((*self.squad_ids, *(g.squad_id for g in self.guests)))
        room = (self.room_id,) if self.room_id else ()
        for some_id in (*room, *self.teacher_ids, *squads, *(g.student_id for g in self.guests)):
            yield occupied(some_id, self.day)

    def row(self) -> dict[str, object]:
        """The fields of the session itself, to build the next event about it from."""
        return {name: getattr(self, name) for name in Meeting.model_fields}

    def tags(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.session_id, *self.holds(), self.teaching_class_id, self.department_id)))


class SessionScheduled(Meeting, Event):
    """A teaching class meets on a day, in certain periods, with its teachers, in a room or none yet."""

    NAME: ClassVar[str] = "timetable.session_scheduled"
    TITLE: ClassVar[str] = "排定课次"


class SessionRemoved(Meeting, Event):
    """A session was taken off the timetable before it was published."""

    NAME: ClassVar[str] = "timetable.session_removed"
    TITLE: ClassVar[str] = "撤下课次"
    reason: Reason


class RoomAssigned(Meeting, Event):
    """A session got its room, or another one, before the timetable was published."""

    NAME: ClassVar[str] = "timetable.room_assigned"
    TITLE: ClassVar[str] = "安排教室"
    former_room_id: RoomId | None

    def tags(self) -> tuple[str, ...]:
        former = (occupied(self.former_room_id, self.day),) if self.former_room_id else ()
        return tuple(dict.fromkeys((*super().tags(), *former)))


class SessionEnded(Meeting, Event):
    """A session is over, and its roll call is owed; `duty` is None where nobody was to be there."""

    NAME: ClassVar[str] = "timetable.session_ended"
    TITLE: ClassVar[str] = "课次结束"
    ended_at: Moment
    duty: Duty | None
    policies: tuple[PolicyUse, ...] = ()

    @property
    def occurred_at(self) -> datetime:
        return self.ended_at

    def tags(self) -> tuple[str, ...]:
        return (self.session_id, *self.teacher_ids, self.teaching_class_id, self.department_id)


class TimetableLocked(Event):
    """Departments have finished drafting; only academic affairs still change the term's timetable."""

    NAME: ClassVar[str] = "timetable.locked"
    TITLE: ClassVar[str] = "锁定课表"
    TAGS: ClassVar[tuple[str, ...]] = ("term_id",)
    term_id: TermId
    locked_by: PersonId


class TimetablePublished(Event):
    """The term's timetable stands; from now on only schedule changes 调停课 alter it."""

    NAME: ClassVar[str] = "timetable.published"
    TITLE: ClassVar[str] = "发布课表"
    TAGS: ClassVar[tuple[str, ...]] = ("term_id",)
    term_id: TermId
    published_by: PersonId


class Attended(Fact):
    """A session that guests attend: enough of it to see a clash."""

    session_id: SessionId
    day: Day
    starts_at: Moment
    ends_at: Moment


def _guest_tags(teaching_class_id: str, guests: Iterable[Guest], sessions: Iterable[Attended]) -> tuple[str, ...]:
    who = dict.fromkeys(some_id for g in guests for some_id in (g.student_id, g.squad_id))
    days = dict.fromkeys(s.day for s in sessions)
    return (guests_of(teaching_class_id), *(occupied(some_id, day) for some_id in who for day in days))


class GuestsExpected(Event):
    """Guests attend the sessions of a teaching class named here, and every one placed later."""

    NAME: ClassVar[str] = "timetable.guests_expected"
    TITLE: ClassVar[str] = "登记选课学生随堂"
    teaching_class_id: TeachingClassId
    from_day: Day
    guests: tuple[Guest, ...]
    sessions: tuple[Attended, ...]
    override_reason: Reason | None = None
    overrides: tuple[Override, ...] = ()

    def tags(self) -> tuple[str, ...]:
        return _guest_tags(self.teaching_class_id, self.guests, self.sessions)


class GuestsReleased(Event):
    """Guests no longer attend a teaching class, from a day on."""

    NAME: ClassVar[str] = "timetable.guests_released"
    TITLE: ClassVar[str] = "选课学生不再随堂"
    teaching_class_id: TeachingClassId
    from_day: Day
    guests: tuple[Guest, ...]
    sessions: tuple[Attended, ...]

    def tags(self) -> tuple[str, ...]:
        return _guest_tags(self.teaching_class_id, self.guests, self.sessions)


SESSION_FACTS = (SessionScheduled, RoomAssigned, SessionRemoved)
OCCUPANCY = (*SESSION_FACTS, GuestsExpected, GuestsReleased)
