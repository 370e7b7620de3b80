"""Rooms 教室: where they are, how many they seat, and from what day they are closed.  Seed: D34."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Self

from pydantic import Field

from domain import Command, Conflict, Context, Day, Event, Line, Reads, Reason, RoomId, Unknown
from domain.access import ASSETS, IMPORT, anywhere

Seats = Annotated[int, Field(ge=1, le=100_000)]


class RoomRegistered(Event):
    """A room exists; `seats` is None where nobody has counted them.

    A `shared` one, as a sports ground, is used by several classes at once by design.
    """

    NAME: ClassVar[str] = "organisation.room_registered"
    TITLE: ClassVar[str] = "登记教室"
    TAGS: ClassVar[tuple[str, ...]] = ("room_id",)
    room_id: RoomId
    campus: Line
    building: Line | None
    name: Line
    seats: Seats | None
    shared: bool = False


class RoomUpdated(Event):
    """What is known of a room changed."""

    NAME: ClassVar[str] = "organisation.room_updated"
    TITLE: ClassVar[str] = "更新教室信息"
    TAGS: ClassVar[tuple[str, ...]] = ("room_id",)
    room_id: RoomId
    campus: Line
    building: Line | None
    name: Line
    seats: Seats | None
    shared: bool = False


class RoomClosed(Event):
    """Nothing may be placed in the room on or after a day."""

    NAME: ClassVar[str] = "organisation.room_closed"
    TITLE: ClassVar[str] = "停用教室"
    TAGS: ClassVar[tuple[str, ...]] = ("room_id",)
    room_id: RoomId
    campus: Line
    building: Line | None
    name: Line
    seats: Seats | None
    shared: bool = False
    from_day: Day
    reason: Reason


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
    shared: bool = False

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
    shared: bool = False

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
