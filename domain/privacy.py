"""Privacy 个人信息保护: erasing a person from the log by destroying their key, never alone.  Seed: A30.

What happened stays, and every proof stays valid; only the name, the numbers and the contacts become unreadable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import StringConstraints

from domain import Actor, Command, Conflict, Context, Event, Line, NotAllowed, PersonId, Reads, Unknown
from domain.access import HR, PRESIDENT, STUDENT_AFFAIRS, anywhere
from domain.organisation import StaffRegistered
from domain.students import StudentAdmitted

REFUSALS = {
    "person_unknown": ("没有这个人", "There is no such person"),
    "erasure_unknown": ("没有这一删除申请", "There is no such erasure request"),
    "erasure_already_requested": ("该申请编号已用于别的删除申请", "This request id is already used by another request"),
    "erasure_declined": ("该删除申请已被驳回", "The erasure request was declined"),
    "person_erased": ("该人员的个人信息已删除", "This person's data are already erased"),
    "legal_hold": ("依法须保留,不得删除", "The data are under a legal hold and must not be erased"),
    "hold_unknown": ("没有这一保留令", "There is no such legal hold"),
    "hold_already_placed": ("该保留令编号已用于别的保留令", "This hold id is already used by another hold"),
}

RequestId = Annotated[str, StringConstraints(pattern=r"^erasure:[0-9a-z][0-9a-z-]{0,62}$")]
HoldId = Annotated[str, StringConstraints(pattern=r"^hold:[0-9a-z][0-9a-z-]{0,62}$")]
Grounds = Literal["purpose_fulfilled", "retention_expired", "consent_withdrawn", "unlawful_processing", "other_law"]


class ErasureRequested(Event):
    """Somebody entitled asked that a person's data be erased."""

    NAME: ClassVar[str] = "privacy.erasure_requested"
    TAGS: ClassVar[tuple[str, ...]] = ("request_id", "person_id", "requested_by")
    request_id: RequestId
    person_id: PersonId
    grounds: Grounds
    document_no: Line
    requested_by: PersonId
    requested_for: PersonId | None


class ErasureDeclined(Event):
    """The second person turned the request down."""

    NAME: ClassVar[str] = "privacy.erasure_declined"
    TAGS: ClassVar[tuple[str, ...]] = ("request_id", "person_id")
    request_id: RequestId
    person_id: PersonId
    grounds: Grounds
    document_no: Line
    requested_by: PersonId
    declined_by: PersonId
    reason: Line


class PersonErased(Event):
    """The person's key is to be destroyed: from now on nobody can read their personal data."""

    NAME: ClassVar[str] = "privacy.person_erased"
    TAGS: ClassVar[tuple[str, ...]] = ("person_id", "request_id", "approved_by")
    request_id: RequestId
    person_id: PersonId
    grounds: Grounds
    document_no: Line
    requested_by: PersonId
    approved_by: PersonId


class LegalHoldPlaced(Event):
    """A law or a pending case forbids erasing a person."""

    NAME: ClassVar[str] = "privacy.legal_hold_placed"
    TAGS: ClassVar[tuple[str, ...]] = ("hold_id", "person_id")
    hold_id: HoldId
    person_id: PersonId
    document_no: Line
    placed_by: PersonId


class LegalHoldLifted(Event):
    """A legal hold no longer stands in the way."""

    NAME: ClassVar[str] = "privacy.legal_hold_lifted"
    TAGS: ClassVar[tuple[str, ...]] = ("hold_id", "person_id")
    hold_id: HoldId
    person_id: PersonId
    document_no: Line
    lifted_by: PersonId


ABOUT_PERSON = (ErasureRequested, ErasureDeclined, PersonErased, LegalHoldPlaced, LegalHoldLifted)


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
            case PersonErased():
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


class AboutPerson(Command[Privacy]):
    """个人信息.  What the commands that name a person share."""

    person_id: PersonId

    def reads(self) -> list[Reads]:
        return [Reads((StaffRegistered, StudentAdmitted, *ABOUT_PERSON), (self.person_id,))]

    def find(self, state: Privacy) -> None:
        if not (state.staff or state.student):
            raise Unknown("person_unknown", person=self.person_id)


class RequestErasure(AboutPerson):
    """申请删除个人信息.  Asks that a person be erased, on lawful grounds and with a document.  Seed: A30."""

    may = {STUDENT_AFFAIRS: of_students, HR: of_staff}
    request_id: RequestId
    grounds: Grounds
    document_no: Line

    def reads(self) -> list[Reads]:
        return [*super().reads(), Reads((ErasureRequested,), (self.request_id,))]

    def decide(self, state: Privacy, given: Context) -> Iterator[Event]:
        by = {"requested_by": given.actor.person_id, "requested_for": given.actor.on_behalf_of}
        said = ErasureRequested(**self.model_dump(), **by)
        if made := state.requests.get(self.request_id):
            if made != said:
                raise Conflict("erasure_already_requested", request=self.request_id)
            return
        if self.person_id in state.erased:
            raise Conflict("person_erased", person=self.person_id)
        state.check_free(self.person_id)
        yield said


class DecideErasure(Command[Privacy]):
    """审批删除.  What approving and declining share."""

    request_id: RequestId

    def reads(self) -> list[Reads]:
        return [Reads(ABOUT_PERSON, (self.request_id,))]

    def more(self, state: Privacy) -> Sequence[Reads]:
        made = state.requests.get(self.request_id)
        return [Reads(ABOUT_PERSON, (made.person_id,))] if made else []

    def find(self, state: Privacy) -> None:
        if self.request_id not in state.requests:
            raise Unknown("erasure_unknown", request=self.request_id)

    def check_second_person(self, state: Privacy, given: Context) -> ErasureRequested:
        """Neither the requester nor the person concerned decides, for themselves or through another."""
        made = state.requests[self.request_id]
        concerned = {made.requested_by, made.requested_for, made.person_id} - {None}
        if concerned & {given.actor.person_id, given.actor.on_behalf_of}:
            raise NotAllowed("self_approval_forbidden", request=self.request_id)
        return made


class ApproveErasure(DecideErasure):
    """批准删除个人信息.  A second person agrees, and the key is destroyed.  It cannot be undone.  Seed: A30."""

    may = {PRESIDENT: anywhere, STUDENT_AFFAIRS: anywhere, HR: anywhere}

    def decide(self, state: Privacy, given: Context) -> Iterator[Event]:
        made = self.check_second_person(state, given)
        if made.person_id in state.erased:
            return
        if self.request_id in state.declined:
            raise Conflict("erasure_declined", request=self.request_id)
        state.check_free(made.person_id)
        yield PersonErased(**made.model_dump(exclude={"requested_for"}), approved_by=given.actor.person_id)


class DeclineErasure(DecideErasure):
    """驳回删除申请.  A second person turns the request down with a reason.  Seed: A30."""

    may = {PRESIDENT: anywhere, STUDENT_AFFAIRS: anywhere, HR: anywhere}
    reason: Line

    def decide(self, state: Privacy, given: Context) -> Iterator[Event]:
        made = self.check_second_person(state, given)
        if self.request_id in state.declined:
            return
        if made.person_id in state.erased:
            raise Conflict("person_erased", person=made.person_id)
        asked = made.model_dump(exclude={"requested_for"})
        yield ErasureDeclined(**asked, declined_by=given.actor.person_id, reason=self.reason)


class PlaceLegalHold(AboutPerson):
    """设置依法保留.  Forbids erasing a person while a law or a case requires the data.  Seed: A30."""

    may = {PRESIDENT: anywhere, STUDENT_AFFAIRS: of_students, HR: of_staff}
    hold_id: HoldId
    document_no: Line

    def reads(self) -> list[Reads]:
        return [*super().reads(), Reads((LegalHoldPlaced,), (self.hold_id,))]

    def decide(self, state: Privacy, given: Context) -> Iterator[Event]:
        said = LegalHoldPlaced(**self.model_dump(), placed_by=given.actor.person_id)
        if made := state.placed.get(self.hold_id):
            if made.model_dump(exclude={"placed_by"}) != said.model_dump(exclude={"placed_by"}):
                raise Conflict("hold_already_placed", hold=self.hold_id)
            return
        if self.person_id in state.erased:
            raise Conflict("person_erased", person=self.person_id)
        yield said


class LiftLegalHold(Command[Privacy]):
    """解除依法保留.  Ends a legal hold, citing the document that allows it.  Seed: A30."""

    may = {PRESIDENT: anywhere}
    hold_id: HoldId
    document_no: Line

    def reads(self) -> list[Reads]:
        return [Reads((LegalHoldPlaced, LegalHoldLifted), (self.hold_id,))]

    def find(self, state: Privacy) -> None:
        if self.hold_id not in state.placed:
            raise Unknown("hold_unknown", hold=self.hold_id)

    def decide(self, state: Privacy, given: Context) -> Iterator[Event]:
        if self.hold_id not in state.lifted:
            made = state.placed[self.hold_id]
            by = given.actor.person_id
            yield LegalHoldLifted(**self.model_dump(), person_id=made.person_id, lifted_by=by)
