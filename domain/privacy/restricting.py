"""Restricting 限制处理: what may not be erased yet is kept and protected, and shown to nobody.

Lifting a restriction shows the person again, so it takes two people as well: a request to lift stands until another
person approves or declines it.  A legal hold forbids erasing, not restricting; an erased person has nothing left to
restrict; a restricted one may still be erased.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from domain import Actor, Command, Conflict, Context, Event, Line, PersonId, Reads, Unknown
from domain.access import HR, PRESIDENT, STUDENT_AFFAIRS, anywhere
from domain.organisation import StaffRegistered
from domain.privacy.events import (
    ABOUT_RESTRICTION,
    ErasureReapplied,
    LiftingDeclined,
    LiftingRequested,
    PersonErased,
    PersonRestricted,
    RestrictionDeclined,
    RestrictionGrounds,
    RestrictionId,
    RestrictionLifted,
    RestrictionRequested,
)
from domain.privacy.standing import check_second_person, of_staff, of_students
from domain.students import StudentAdmitted

GONE = (PersonErased, ErasureReapplied)


@dataclass(frozen=True)
class Restrictions:
    """What was asked and decided about restricting the person a command is about."""

    staff: bool = False
    student: bool = False
    erased: bool = False
    requests: Mapping[str, RestrictionRequested] = field(default_factory=dict)
    declined: frozenset[str] = frozenset()
    imposed: Mapping[str, PersonRestricted] = field(default_factory=dict)
    liftings: Mapping[str, LiftingRequested] = field(default_factory=dict)
    lifted: frozenset[str] = frozenset()

    def after(self, event: Event) -> Self:
        match event:
            case StaffRegistered():
                return replace(self, staff=True)
            case StudentAdmitted():
                return replace(self, student=True)
            case PersonErased() | ErasureReapplied():
                return replace(self, erased=True)
            case RestrictionRequested():
                return replace(self, requests={**self.requests, event.restriction_id: event})
            case RestrictionDeclined():
                return replace(self, declined=self.declined | {event.restriction_id})
            case PersonRestricted():
                return replace(self, imposed={**self.imposed, event.restriction_id: event})
            case LiftingRequested():
                return replace(self, liftings={**self.liftings, event.restriction_id: event})
            case LiftingDeclined():
                left = {k: v for k, v in self.liftings.items() if k != event.restriction_id}
                return replace(self, liftings=left)
            case RestrictionLifted():
                return replace(self, lifted=self.lifted | {event.restriction_id})
        return self

    def in_force(self, person_id: str) -> bool:
        """Whether a restriction of the person stands."""
        return any(r.person_id == person_id and r.restriction_id not in self.lifted for r in self.imposed.values())

    def check_there(self, person_id: str) -> None:
        """Raise if there is nothing left to restrict."""
        if self.erased:
            raise Conflict("person_erased", person=person_id)


class RequestRestriction(Command[Restrictions]):
    """申请限制处理.  Asks that a person's data be kept but shown to nobody.  Seed: A30."""

    may = {STUDENT_AFFAIRS: of_students, HR: of_staff}
    restriction_id: RestrictionId
    person_id: PersonId
    grounds: RestrictionGrounds
    document_no: Line

    def reads(self) -> list[Reads]:
        about = (StaffRegistered, StudentAdmitted, *GONE, *ABOUT_RESTRICTION)
        return [Reads(about, (self.person_id,)), Reads((RestrictionRequested,), (self.restriction_id,))]

    def find(self, state: Restrictions) -> None:
        if not (state.staff or state.student):
            raise Unknown("person_unknown", person=self.person_id)

    def decide(self, state: Restrictions, given: Context) -> Iterator[Event]:
        by = {"requested_by": given.actor.person_id, "requested_for": given.actor.on_behalf_of}
        said = RestrictionRequested(**self.model_dump(), **by)
        if made := state.requests.get(self.restriction_id):
            if made != said:
                raise Conflict("restriction_already_requested", restriction=self.restriction_id)
            return
        state.check_there(self.person_id)
        if state.in_force(self.person_id):
            raise Conflict("person_restricted", person=self.person_id)
        yield said


class AboutRestriction(Command[Restrictions]):
    """限制处理.  What the commands that name a restriction share."""

    restriction_id: RestrictionId

    def reads(self) -> list[Reads]:
        return [Reads(ABOUT_RESTRICTION, (self.restriction_id,))]

    def more(self, state: Restrictions) -> Sequence[Reads]:
        made = state.requests.get(self.restriction_id)
        about = (StaffRegistered, StudentAdmitted, *GONE, *ABOUT_RESTRICTION)
        return [Reads(about, (made.person_id,))] if made else []

    def find(self, state: Restrictions) -> None:
        if self.restriction_id not in state.requests:
            raise Unknown("restriction_unknown", restriction=self.restriction_id)

    def check_imposed(self, state: Restrictions) -> PersonRestricted:
        """The restriction, which must have come into force."""
        if not (made := state.imposed.get(self.restriction_id)):
            raise Conflict("restriction_not_in_force", restriction=self.restriction_id)
        return made

    def asked_to_lift(self, state: Restrictions) -> LiftingRequested:
        """The request to lift it that still stands."""
        self.check_imposed(state)
        if not (made := state.liftings.get(self.restriction_id)):
            raise Conflict("lifting_not_requested", restriction=self.restriction_id)
        return made


class ApproveRestriction(AboutRestriction):
    """批准限制处理.  A second person agrees, and from then on the data are shown to nobody.  Seed: A30."""

    may = {PRESIDENT: anywhere, STUDENT_AFFAIRS: anywhere, HR: anywhere}

    def decide(self, state: Restrictions, given: Context) -> Iterator[Event]:
        made = state.requests[self.restriction_id]
        check_second_person(made, given, restriction=self.restriction_id)
        if self.restriction_id in state.imposed:
            return
        if self.restriction_id in state.declined:
            raise Conflict("restriction_declined", restriction=self.restriction_id)
        state.check_there(made.person_id)
        if state.in_force(made.person_id):
            raise Conflict("person_restricted", person=made.person_id)
        yield PersonRestricted(**made.model_dump(exclude={"requested_for"}), approved_by=given.actor.person_id)


class DeclineRestriction(AboutRestriction):
    """驳回限制申请.  A second person turns the request down with a reason.  Seed: A30."""

    may = {PRESIDENT: anywhere, STUDENT_AFFAIRS: anywhere, HR: anywhere}
    reason: Line

    def decide(self, state: Restrictions, given: Context) -> Iterator[Event]:
        made = state.requests[self.restriction_id]
        check_second_person(made, given, restriction=self.restriction_id)
        if self.restriction_id in state.declined:
            return
        if self.restriction_id in state.imposed:
            raise Conflict("person_restricted", person=made.person_id)
        asked = made.model_dump(exclude={"requested_for"})
        yield RestrictionDeclined(**asked, declined_by=given.actor.person_id, reason=self.reason)


def who_speaks_for(command: Any, state: Restrictions, actor: Actor) -> bool:
    """s: student affairs speak for students, human resources for staff."""
    return of_students(command, state, actor) if actor.role == STUDENT_AFFAIRS else of_staff(command, state, actor)


class RequestLifting(AboutRestriction):
    """申请解除限制.  Asks that a restriction end, citing the document that allows it.  Seed: A30."""

    may = {STUDENT_AFFAIRS: who_speaks_for, HR: who_speaks_for}
    document_no: Line

    def decide(self, state: Restrictions, given: Context) -> Iterator[Event]:
        imposed = self.check_imposed(state)
        if self.restriction_id in state.lifted:
            raise Conflict("restriction_lifted", restriction=self.restriction_id)
        state.check_there(imposed.person_id)
        said = LiftingRequested(
            restriction_id=self.restriction_id,
            person_id=imposed.person_id,
            document_no=self.document_no,
            requested_by=given.actor.person_id,
            requested_for=given.actor.on_behalf_of,
        )
        if made := state.liftings.get(self.restriction_id):
            if made != said:
                raise Conflict("lifting_already_requested", restriction=self.restriction_id)
            return
        yield said


class ApproveLifting(AboutRestriction):
    """批准解除限制.  A second person agrees, and the data are shown again to whom they were before.  Seed: A30."""

    may = {PRESIDENT: anywhere, STUDENT_AFFAIRS: anywhere, HR: anywhere}

    def decide(self, state: Restrictions, given: Context) -> Iterator[Event]:
        made = self.asked_to_lift(state)
        check_second_person(made, given, restriction=self.restriction_id)
        if self.restriction_id not in state.lifted:
            state.check_there(made.person_id)
            yield RestrictionLifted(**made.model_dump(exclude={"requested_for"}), approved_by=given.actor.person_id)


class DeclineLifting(AboutRestriction):
    """驳回解除申请.  A second person leaves the restriction as it is, with a reason.  Seed: A30."""

    may = {PRESIDENT: anywhere, STUDENT_AFFAIRS: anywhere, HR: anywhere}
    reason: Line

    def decide(self, state: Restrictions, given: Context) -> Iterator[Event]:
        made = self.asked_to_lift(state)
        check_second_person(made, given, restriction=self.restriction_id)
        if self.restriction_id in state.lifted:
            raise Conflict("restriction_lifted", restriction=self.restriction_id)
        asked = made.model_dump(exclude={"requested_for", "document_no"})
        yield LiftingDeclined(**asked, declined_by=given.actor.person_id, reason=self.reason)
