"""What stands for and against doing something with a person's data, and who speaks for the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self

from domain import Actor, Command, Conflict, Context, Event, NotAllowed, PersonId, Reads, Unknown
from domain.organisation import StaffRegistered
from domain.privacy.events import (
    ABOUT_PERSON,
    ErasureDeclined,
    ErasureReapplied,
    ErasureRequested,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonErased,
)
from domain.students import StudentAdmitted


@dataclass(frozen=True)
class Privacy:
    """What stands for and against erasing the person a command is about."""

    staff: bool = False
    student: bool = False
    requests: Mapping[str, ErasureRequested] = field(default_factory=dict)
    declined: frozenset[str] = frozenset()
    placed: Mapping[str, LegalHoldPlaced] = field(default_factory=dict)
    lifted: frozenset[str] = frozenset()
    erased: frozenset[str] = frozenset()

    def after(self, event: Event) -> Self:
        match event:
            case StaffRegistered():
                return replace(self, staff=True)
            case StudentAdmitted():
                return replace(self, student=True)
            case ErasureRequested():
                return replace(self, requests={**self.requests, event.request_id: event})
            case ErasureDeclined():
                return replace(self, declined=self.declined | {event.request_id})
            case PersonErased() | ErasureReapplied():
                return replace(self, erased=self.erased | {event.person_id})
            case LegalHoldPlaced():
                return replace(self, placed={**self.placed, event.hold_id: event})
            case LegalHoldLifted():
                return replace(self, lifted=self.lifted | {event.hold_id})
        return self

    def check_free(self, person_id: str) -> None:
        """Raise if a hold forbids erasing the person."""
        for hold in self.placed.values():
            if hold.person_id == person_id and hold.hold_id not in self.lifted:
                raise Conflict("legal_hold", hold=hold.hold_id)


def of_students(command: Any, state: Any, actor: Actor) -> bool:
    """s: student affairs speak for students."""
    return bool(state.student)


def of_staff(command: Any, state: Any, actor: Actor) -> bool:
    """s: human resources speak for staff."""
    return bool(state.staff)


class Asking(Protocol):
    """A request that needs a second person."""

    @property
    def person_id(self) -> str: ...
    @property
    def requested_by(self) -> str: ...
    @property
    def requested_for(self) -> str | None: ...


def check_second_person(made: Asking, given: Context, **facts: object) -> None:
    """Neither the requester nor the person concerned decides, for themselves or through another."""
    concerned = {made.requested_by, made.requested_for, made.person_id} - {None}
    if concerned & {given.actor.person_id, given.actor.on_behalf_of}:
        raise NotAllowed("self_approval_forbidden", **facts)


class AboutPerson(Command[Privacy]):
    """个人信息.  What the commands that name a person share."""

    person_id: PersonId

    def reads(self) -> list[Reads]:
        return [Reads((StaffRegistered, StudentAdmitted, *ABOUT_PERSON), (self.person_id,))]

    def find(self, state: Privacy) -> None:
        if not (state.staff or state.student):
            raise Unknown("person_unknown", person=self.person_id)
