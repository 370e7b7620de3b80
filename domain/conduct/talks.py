"""Education talks 教育谈话: that somebody spoke with a student, and what was said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Self

from domain import Command, Conflict, Context, Day, Event, Personal, Reads, StudentId, Text, Unknown
from domain.access import COUNSELOR, DEPUTY, HEAD, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD, anywhere
from domain.conduct.events import EducationTalkRecorded, SlipId, SlipIssued, Subject, TalkId
from domain.conduct.whereabouts import (
    CALENDAR,
    Place,
    Whereabouts,
    cared_for,
    check_counselor,
    own_department,
    own_squad,
    placed,
)


@dataclass(frozen=True)
class Talk:
    """A talk as recorded, the slip it is about, and where the student belongs."""

    known: EducationTalkRecorded | None = None
    slip: SlipIssued | None = None
    homes: Whereabouts = field(default_factory=Whereabouts)

    def after(self, event: Event) -> Self:
        match event:
            case EducationTalkRecorded():
                return replace(self, known=event)
            case SlipIssued():
                return replace(self, slip=event)
        return replace(self, homes=self.homes.after(event))


class RecordEducationTalk(Command[Talk]):
    """教育谈话.  Records a talk with a student, perhaps about a slip.  Seed: D16, D18."""

    may = {
        COUNSELOR: own_squad,
        HEAD: own_department,
        DEPUTY: own_department,
        STUDENT_AFFAIRS: anywhere,
        STUDENT_AFFAIRS_HEAD: anywhere,
    }
    talk_id: TalkId
    student_id: StudentId
    slip_id: SlipId | None = None
    held_on: Day
    subject: Subject
    notes: Annotated[Text, Personal("student_id")]

    def reads(self) -> list[Reads]:
        asked = [Reads((EducationTalkRecorded,), (self.talk_id,)), placed(self.student_id), CALENDAR]
        return [*asked, Reads((SlipIssued,), (self.slip_id,))] if self.slip_id else asked

    def more(self, state: Talk) -> Sequence[Reads]:
        return [cared_for(self.home(state).squad_id)] if state.homes.places else []

    def home(self, state: Talk) -> Place:
        """Where the student belonged on the day, or first."""
        return state.homes.on(self.held_on) or state.homes.places[0]

    def find(self, state: Talk) -> None:
        if not state.homes.places:
            raise Unknown("student_unknown", student=self.student_id)
        if self.slip_id and state.slip is None:
            raise Unknown("slip_unknown", slip=self.slip_id)

    def decide(self, state: Talk, given: Context) -> Iterator[Event]:
        place = self.home(state)
        check_counselor(self, state, given)
        said = EducationTalkRecorded(
            **state.homes.stated(place, self.held_on),
            **self.model_dump(exclude={"student_id", "held_on"}),
            held_by=given.actor.person_id,
        )
        if known := state.known:
            if known.model_copy(update={"notes": said.notes}) != said:
                raise Conflict("talk_already_recorded", talk=self.talk_id)
            return
        if state.slip and state.slip.student_id != self.student_id:
            raise Conflict("slip_of_another_student", slip=self.slip_id)
        if self.held_on > given.today:
            raise Conflict("day_in_the_future", day=self.held_on)
        if state.homes.on(self.held_on) is None:
            raise Conflict("student_not_active", student=self.student_id, day=self.held_on)
        yield said
