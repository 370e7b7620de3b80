"""Legal holds 依法保留: what a law or a case requires is not erased."""

from __future__ import annotations

from collections.abc import Iterator

from domain import Command, Conflict, Context, Event, Line, Reads, Unknown
from domain.access import HR, PRESIDENT, STUDENT_AFFAIRS, anywhere
from domain.privacy.events import HoldId, LegalHoldLifted, LegalHoldPlaced
from domain.privacy.standing import AboutPerson, Privacy, of_staff, of_students


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
