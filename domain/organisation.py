"""The organisation 组织机构: departments and offices, rooms, and the staff with their dated places.  Seed: D33, D34.

Human resources own people and departments, the asset office owns rooms; academic affairs only look (L58–60).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from domain import (
    Command,
    Conflict,
    Context,
    Day,
    DepartmentId,
    Event,
    Line,
    Personal,
    PersonId,
    Reads,
    Reason,
    RoomId,
    Unknown,
    blind,
)
from domain.access import ASSETS, HR, IMPORT, anywhere

REFUSALS = {
    "department_unknown": ("没有这一部门", "There is no such department"),
    "department_already_registered": (
        "该部门编号已登记为别的部门",
        "This department id is already registered otherwise",
    ),
    "department_code_taken": ("部门代码已被使用", "The department code is already taken"),
    "room_unknown": ("没有这间教室", "There is no such room"),
    "room_already_registered": ("该教室编号已登记为别的教室", "This room id is already registered otherwise"),
    "room_closed": ("教室已停用", "The room is closed"),
    "staff_unknown": ("没有这位教职工", "There is no such member of staff"),
    "staff_already_registered": ("该人员已以其他内容登记", "This person is already registered otherwise"),
    "staff_number_taken": ("工号已被使用", "The staff number is already taken"),
    "later_placement_recorded": ("已有更晚日期的归属记录", "A placement from a later day is already recorded"),
}

DepartmentKind = Literal["academic", "office"]
StaffKind = Literal["staff", "external"]
Seats = Annotated[int, Field(ge=1, le=100_000)]


class DepartmentRegistered(Event):
    """A department that teaches (academic, 系部) or an office (office, 职能部门) exists."""

    NAME: ClassVar[str] = "organisation.department_registered"
    TAGS: ClassVar[tuple[str, ...]] = ("department_id",)
    department_id: DepartmentId
    code: Line
    name: Line
    name_en: Line
    kind: DepartmentKind

    def tags(self) -> tuple[str, ...]:
        return (*super().tags(), blind("department_code", self.code))


class DepartmentRenamed(Event):
    """A department has another name from now on; what was recorded under the old one keeps it."""

    NAME: ClassVar[str] = "organisation.department_renamed"
    TAGS: ClassVar[tuple[str, ...]] = ("department_id",)
    department_id: DepartmentId
    code: Line
    name: Line
    name_en: Line
    kind: DepartmentKind
    document_no: Line


class RoomRegistered(Event):
    """A room exists; `seats` is None where nobody has counted them."""

    NAME: ClassVar[str] = "organisation.room_registered"
    TAGS: ClassVar[tuple[str, ...]] = ("room_id",)
    room_id: RoomId
    campus: Line
    building: Line | None
    name: Line
    seats: Seats | None


class RoomUpdated(Event):
    """What is known of a room changed."""

    NAME: ClassVar[str] = "organisation.room_updated"
    TAGS: ClassVar[tuple[str, ...]] = ("room_id",)
    room_id: RoomId
    campus: Line
    building: Line | None
    name: Line
    seats: Seats | None


class RoomClosed(Event):
    """Nothing may be placed in the room on or after a day."""

    NAME: ClassVar[str] = "organisation.room_closed"
    TAGS: ClassVar[tuple[str, ...]] = ("room_id",)
    room_id: RoomId
    campus: Line
    building: Line | None
    name: Line
    seats: Seats | None
    from_day: Day
    reason: Reason


class StaffRegistered(Event):
    """A person works for the college: of its staff, or an external teacher 外聘, whose department is the hiring one."""

    NAME: ClassVar[str] = "organisation.staff_registered"
    TAGS: ClassVar[tuple[str, ...]] = ("person_id", "department_id")
    person_id: PersonId
    staff_number: Annotated[Line, Personal("person_id")]
    name: Annotated[Line, Personal("person_id")]
    department_id: DepartmentId
    kind: StaffKind
    from_day: Day

    def tags(self) -> tuple[str, ...]:
        return (*super().tags(), blind("staff_number", self.staff_number))


class StaffPlaced(Event):
    """A member of staff belongs to another department from a day on."""

    NAME: ClassVar[str] = "organisation.staff_placed"
    TAGS: ClassVar[tuple[str, ...]] = ("person_id", "department_id", "former_department_id")
    person_id: PersonId
    department_id: DepartmentId
    former_department_id: DepartmentId
    kind: StaffKind
    from_day: Day


@dataclass(frozen=True)
class Departments:
    """The departments a command names: as registered, and as called now."""

    registered: Mapping[str, DepartmentRegistered] = field(default_factory=dict)
    called: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def after(self, event: Event) -> Self:
        match event:
            case DepartmentRegistered():
                known = {**self.registered, event.department_id: event}
                called = {**self.called, event.department_id: (event.name, event.name_en)}
                return replace(self, registered=known, called=called)
            case DepartmentRenamed():
                return replace(self, called={**self.called, event.department_id: (event.name, event.name_en)})
        return self


class RegisterDepartment(Command[Departments]):
    """登记部门.  A department or office with a code of its own.  Seed: D33."""

    may = {HR: anywhere, IMPORT: anywhere}
    department_id: DepartmentId
    code: Line
    name: Line
    name_en: Line
    kind: DepartmentKind

    def reads(self) -> list[Reads]:
        code = blind("department_code", self.code)
        return [Reads((DepartmentRegistered,), (self.department_id,)), Reads((DepartmentRegistered,), (code,))]

    def decide(self, state: Departments, given: Context) -> Iterator[Event]:
        said = DepartmentRegistered(**self.model_dump())
        known = state.registered.get(self.department_id)
        if known == said:
            return
        if known:
            raise Conflict("department_already_registered", department=self.department_id)
        if state.registered:
            raise Conflict("department_code_taken", department=next(iter(state.registered)))
        yield said


class RenameDepartment(Command[Departments]):
    """更名部门.  The old name stays with what was recorded under it.  Seed: D33."""

    may = {HR: anywhere, IMPORT: anywhere}
    department_id: DepartmentId
    name: Line
    name_en: Line
    document_no: Line

    def reads(self) -> list[Reads]:
        return [Reads((DepartmentRegistered, DepartmentRenamed), (self.department_id,))]

    def find(self, state: Departments) -> None:
        if self.department_id not in state.registered:
            raise Unknown("department_unknown", department=self.department_id)

    def decide(self, state: Departments, given: Context) -> Iterator[Event]:
        known = state.registered[self.department_id]
        if state.called[self.department_id] != (self.name, self.name_en):
            yield DepartmentRenamed(**self.model_dump(), code=known.code, kind=known.kind)


@dataclass(frozen=True)
class Room:
    """One room: as registered, as it is now, and the day it closes."""

    registered: RoomRegistered | None = None
    now: RoomRegistered | RoomUpdated | None = None
    closed_from: Day | None = None

    def after(self, event: Event) -> Self:
        match event:
            case RoomRegistered():
                return replace(self, registered=event, now=event)
            case RoomUpdated():
                return replace(self, now=event)
            case RoomClosed():
                return replace(self, closed_from=event.from_day)
        return self


class AboutRoom(Command[Room]):
    """教室.  What the commands on one room share."""

    room_id: RoomId

    def reads(self) -> list[Reads]:
        return [Reads((RoomRegistered, RoomUpdated, RoomClosed), (self.room_id,))]

    def find(self, state: Room) -> None:
        if state.registered is None:
            raise Unknown("room_unknown", room=self.room_id)


class RegisterRoom(AboutRoom):
    """登记教室.  A room with its campus, building and seats.  Seed: D34."""

    may = {ASSETS: anywhere, IMPORT: anywhere}
    campus: Line
    building: Line | None = None
    name: Line
    seats: Seats | None = None

    def find(self, state: Room) -> None:
        return

    def decide(self, state: Room, given: Context) -> Iterator[Event]:
        said = RoomRegistered(**self.model_dump())
        if state.registered and state.registered != said:
            raise Conflict("room_already_registered", room=self.room_id)
        if not state.registered:
            yield said


class UpdateRoom(AboutRoom):
    """维护教室.  Says anew what is known of a room; what was placed there stays placed.  Seed: D34."""

    may = {ASSETS: anywhere, IMPORT: anywhere}
    campus: Line
    building: Line | None = None
    name: Line
    seats: Seats | None = None

    def decide(self, state: Room, given: Context) -> Iterator[Event]:
        if state.closed_from is not None:
            raise Conflict("room_closed", room=self.room_id, from_day=state.closed_from)
        said = RoomUpdated(**self.model_dump())
        if state.now and state.now.model_dump() != said.model_dump():
            yield said


class CloseRoom(AboutRoom):
    """停用教室.  From a day on nothing may be placed there; sessions already there must be moved.  Seed: D34."""

    may = {ASSETS: anywhere, IMPORT: anywhere}
    from_day: Day
    reason: Reason

    def decide(self, state: Room, given: Context) -> Iterator[Event]:
        if state.closed_from == self.from_day:
            return
        if state.closed_from is not None:
            raise Conflict("room_closed", room=self.room_id, from_day=state.closed_from)
        assert state.now
        yield RoomClosed(**state.now.model_dump(), from_day=self.from_day, reason=self.reason)


@dataclass(frozen=True)
class Staff:
    """The persons a command names (by id or by number), their last places, and the departments known."""

    registered: Mapping[str, StaffRegistered] = field(default_factory=dict)
    last: StaffRegistered | StaffPlaced | None = None
    departments: frozenset[str] = frozenset()

    def after(self, event: Event) -> Self:
        match event:
            case DepartmentRegistered():
                return replace(self, departments=self.departments | {event.department_id})
            case StaffRegistered():
                return replace(self, registered={**self.registered, event.person_id: event}, last=event)
            case StaffPlaced():
                return replace(self, last=event)
        return self


class RegisterStaff(Command[Staff]):
    """登记教职工.  A member of staff or an external teacher, under a number nobody else has.  Seed: D33.

    A repeated registration is compared by department, kind and day; name and number are never compared.
    """

    may = {HR: anywhere, IMPORT: anywhere}
    person_id: PersonId
    staff_number: Annotated[Line, Personal("person_id")]
    name: Annotated[Line, Personal("person_id")]
    department_id: DepartmentId
    kind: StaffKind = "staff"
    from_day: Day

    def reads(self) -> list[Reads]:
        return [
            Reads((StaffRegistered,), (self.person_id,)),
            Reads((StaffRegistered,), (blind("staff_number", self.staff_number),)),
            Reads((DepartmentRegistered,), (self.department_id,)),
        ]

    def find(self, state: Staff) -> None:
        if not state.departments:
            raise Unknown("department_unknown", department=self.department_id)

    def decide(self, state: Staff, given: Context) -> Iterator[Event]:
        if set(state.registered) - {self.person_id}:
            raise Conflict("staff_number_taken", person=self.person_id)
        known = state.registered.get(self.person_id)
        if known is None:
            yield StaffRegistered(**self.model_dump())
        elif (known.department_id, known.kind, known.from_day) != (self.department_id, self.kind, self.from_day):
            raise Conflict("staff_already_registered", person=self.person_id)


class PlaceStaff(Command[Staff]):
    """调动教职工.  Moves a member of staff to another department from a day on.  Seed: D33."""

    may = {HR: anywhere, IMPORT: anywhere}
    person_id: PersonId
    department_id: DepartmentId
    from_day: Day

    def reads(self) -> list[Reads]:
        return [
            Reads((StaffRegistered, StaffPlaced), (self.person_id,)),
            Reads((DepartmentRegistered,), (self.department_id,)),
        ]

    def find(self, state: Staff) -> None:
        if state.last is None:
            raise Unknown("staff_unknown", person=self.person_id)
        if not state.departments:
            raise Unknown("department_unknown", department=self.department_id)

    def decide(self, state: Staff, given: Context) -> Iterator[Event]:
        last = state.last
        assert last
        if self.from_day < last.from_day:
            raise Conflict("later_placement_recorded", person=self.person_id, from_day=last.from_day)
        if last.department_id != self.department_id:
            yield StaffPlaced(**self.model_dump(), former_department_id=last.department_id, kind=last.kind)
