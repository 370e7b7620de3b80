"""Who logged in on which day 每天及时登陆“OA”办公平台: the first login of a member of staff, once a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

from domain import Command, Context, Day, Event, PersonId, Reads, derived
from domain.access import REACTION, anywhere
from domain.notices.events import LoginRecorded
from domain.organisation import StaffPlaced, StaffRegistered


@dataclass(frozen=True)
class Presence:
    """Where a member of staff belongs, and whether a login of the day is on record."""

    places: tuple[StaffRegistered | StaffPlaced, ...] = ()
    recorded: bool = False

    def after(self, event: Event) -> Self:
        match event:
            case StaffRegistered() | StaffPlaced():
                return replace(self, places=(*self.places, event))
            case LoginRecorded():
                return replace(self, recorded=True)
        return self


class RecordLogin(Command[Presence]):
    """记录登录.  The day's first login of a member of staff; nobody else's is kept.  Seed: D01, D04.

    Given by the system when somebody has logged in, never by persons.
    """

    may = {REACTION: anywhere}
    person_id: PersonId
    day: Day

    @property
    def login_id(self) -> str:
        return derived("login", self.person_id, self.day)

    def reads(self) -> Sequence[Reads]:
        return [Reads((StaffRegistered, StaffPlaced), (self.person_id,)), Reads((LoginRecorded,), (self.login_id,))]

    def decide(self, state: Presence, given: Context) -> Iterator[Event]:
        there = [p for p in state.places if p.from_day <= self.day]
        if there and not state.recorded:
            yield LoginRecorded(**self.model_dump(), login_id=self.login_id, department_id=there[-1].department_id)
