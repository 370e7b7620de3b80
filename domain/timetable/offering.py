"""Offering a course 开课: which teaching class, whose, for which administrative classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Self

from pydantic import Field

from domain import (
    Command,
    Conflict,
    Context,
    Day,
    DepartmentId,
    Event,
    Line,
    PersonId,
    Reads,
    SquadId,
    TeachingClassId,
    TermId,
    Unknown,
    named,
)
from domain.access import ACADEMIC, ACADEMIC_HEAD, IMPORT, SECRETARY, anywhere, own_department
from domain.calendar import TermOpened
from domain.organisation import DepartmentRegistered, StaffRegistered
from domain.students import SquadFormed
from domain.timetable.events import Capacity, OfferingKind, OfferingOpened, Parts


@dataclass(frozen=True)
class Named:
    """What an offering names, as far as it exists."""

    opened: OfferingOpened | None = None
    term: TermOpened | None = None
    known: frozenset[str] = frozenset()

    def after(self, event: Event) -> Self:
        match event:
            case OfferingOpened():
                return replace(self, opened=event)
            case TermOpened():
                return replace(self, term=event)
            case DepartmentRegistered():
                return replace(self, known=self.known | {event.department_id})
            case StaffRegistered():
                return replace(self, known=self.known | {event.person_id})
            case SquadFormed():
                return replace(self, known=self.known | {event.squad_id})
        return self


class OpenOffering(Command[Named]):
    """开课.  Offers a course to a teaching class in a term, with its teachers and administrative classes.  Seed: D37.

    `teacher_parts` share the hours of a session among `teacher_ids`; left out, the parts are equal.  `starts_on` is
    for a course that does not begin with its term.
    """

    may = {SECRETARY: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    teaching_class_id: TeachingClassId
    term_id: TermId
    department_id: DepartmentId
    course_code: Line
    course_name: Line
    kind: OfferingKind = "regular"
    teacher_ids: Annotated[tuple[PersonId, ...], Field(max_length=20)]
    teacher_parts: Annotated[tuple[Parts, ...], Field(max_length=20)] = ()
    capacity: Capacity | None = None
    squad_ids: Annotated[tuple[SquadId, ...], Field(max_length=50)] = ()
    starts_on: Day | None = None

    def reads(self) -> list[Reads]:
        return [
            Reads((OfferingOpened,), (self.teaching_class_id,)),
            Reads((TermOpened,), (self.term_id,)),
            Reads((DepartmentRegistered,), (named(self.department_id),)),
            *(Reads((StaffRegistered,), (person,)) for person in self.teacher_ids),
            *(Reads((SquadFormed,), (squad,)) for squad in self.squad_ids),
        ]

    def find(self, state: Named) -> None:
        if state.term is None:
            raise Unknown("term_unknown", term=self.term_id)
        if self.department_id not in state.known:
            raise Unknown("department_unknown", department=self.department_id)
        if strangers := [p for p in self.teacher_ids if p not in state.known]:
            raise Unknown("staff_unknown", persons=strangers)
        if unformed := [s for s in self.squad_ids if s not in state.known]:
            raise Unknown("squad_unknown", squads=unformed)

    def decide(self, state: Named, given: Context) -> Iterator[Event]:
        assert state.term
        named_twice = len(set(self.teacher_ids)) < len(self.teacher_ids) or len(set(self.squad_ids)) < len(
            self.squad_ids
        )
        if named_twice or len(self.teacher_parts) not in (0, len(self.teacher_ids)):
            raise Conflict("offering_invalid", teaching_class=self.teaching_class_id)
        said = OfferingOpened(
            **self.model_dump(exclude={"teacher_parts"}),
            teacher_parts=self.teacher_parts or (1,) * len(self.teacher_ids),
            term_ends_on=state.term.ends_on,
        )
        if state.opened is None:
            yield said
        elif state.opened != said:
            raise Conflict("offering_already_opened", teaching_class=self.teaching_class_id)
