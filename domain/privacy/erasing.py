"""Erasing 删除: asked for by one, decided by another, and done again where a restored log had forgotten it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain import Command, Conflict, Context, Event, Line, Moment, PersonId, Reads, Unknown
from domain.access import HR, PRESIDENT, REACTION, STUDENT_AFFAIRS, anywhere
from domain.privacy.events import (
    ABOUT_PERSON,
    ErasureDeclined,
    ErasureReapplied,
    ErasureRequested,
    Grounds,
    PersonErased,
    RequestId,
)
from domain.privacy.standing import AboutPerson, Privacy, check_second_person, of_staff, of_students


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


class ApproveErasure(DecideErasure):
    """批准删除个人信息.  A second person agrees, and the key is destroyed.  It cannot be undone.  Seed: A30."""

    may = {PRESIDENT: anywhere, STUDENT_AFFAIRS: anywhere, HR: anywhere}

    def decide(self, state: Privacy, given: Context) -> Iterator[Event]:
        made = state.requests[self.request_id]
        check_second_person(made, given, request=self.request_id)
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
        made = state.requests[self.request_id]
        check_second_person(made, given, request=self.request_id)
        if self.request_id in state.declined:
            return
        if made.person_id in state.erased:
            raise Conflict("person_erased", person=made.person_id)
        asked = made.model_dump(exclude={"requested_for"})
        yield ErasureDeclined(**asked, declined_by=given.actor.person_id, reason=self.reason)


class ReapplyErasure(Command[Privacy]):
    """重新执行删除.  Records anew an erasure that a restored log had lost; the key is destroyed again.  Seed: A30."""

    may = {REACTION: anywhere}
    request_id: RequestId
    person_id: PersonId
    lost_event: Line
    erased_at: Moment

    def reads(self) -> list[Reads]:
        return [Reads((PersonErased, ErasureReapplied), (self.person_id,))]

    def decide(self, state: Privacy, given: Context) -> Iterator[Event]:
        if self.person_id not in state.erased:
            yield ErasureReapplied(**self.model_dump())
