"""Staff 教职工: who works for the college, under which number, and in which department from what day.  Seed: D33."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Literal, Self

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
    Unknown,
    blind,
    named,
)
from domain.access import HR, IMPORT, anywhere
from domain.organisation.departments import DepartmentRegistered

StaffKind = Literal["staff", "external"]


class StaffRegistered(Event):
    """A person works for the college: of its staff, or an external teacher 外聘, whose department is the hiring one."""

    NAME: ClassVar[str] = "organisation.staff_registered"
    TITLE: ClassVar[str] = "登记教职工"
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
    TITLE: ClassVar[str] = "教职工调入部门"
    TAGS: ClassVar[tuple[str, ...]] = ("person_id", "department_id", "former_department_id")
    person_id: PersonId
    department_id: DepartmentId
    former_department_id: DepartmentId
    kind: StaffKind
    from_day: Day


class StaffCorrected(Event):
    """A name or number was wrong and is now said right; the old one stays in the past, and its number stays taken."""

    NAME: ClassVar[str] = "organisation.staff_corrected"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "更正教职工信息"
    TAGS: ClassVar[tuple[str, ...]] = ("person_id",)
    person_id: PersonId
    staff_number: Annotated[Line, Personal("person_id")]
    name: Annotated[Line, Personal("person_id")]
    department_id: DepartmentId
    kind: StaffKind
    reason: Reason

    def tags(self) -> tuple[str, ...]:
        return (*super().tags(), blind("staff_number", self.staff_number))


@dataclass(frozen=True)
class Staff:
    """The persons a command names (by id or by number), their last places, and the departments known."""

    registered: Mapping[str, StaffRegistered] = field(default_factory=dict)
    numbered: frozenset[str] = frozenset()
    last: StaffRegistered | StaffPlaced | None = None
    departments: frozenset[str] = frozenset()

    def after(self, event: Event) -> Self:
        match event:
            case DepartmentRegistered():
                return replace(self, departments=self.departments | {event.department_id})
            case StaffRegistered():
                known = {**self.registered, event.person_id: event}
                return replace(self, registered=known, numbered=self.numbered | {event.person_id}, last=event)
            case StaffCorrected():
                return replace(self, numbered=self.numbered | {event.person_id})
            case StaffPlaced():
                return replace(self, last=event)
        return self

    def check_number(self, person_id: str) -> None:
        """Raise if the number asked for is, or ever was, another person's."""
        if self.numbered - {person_id}:
            raise Conflict("staff_number_taken", person=person_id)


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
            Reads((StaffRegistered, StaffCorrected), (blind("staff_number", self.staff_number),)),
            Reads((DepartmentRegistered,), (named(self.department_id),)),
        ]

    def find(self, state: Staff) -> None:
        if not state.departments:
            raise Unknown("department_unknown", department=self.department_id)

    def decide(self, state: Staff, given: Context) -> Iterator[Event]:
        state.check_number(self.person_id)
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
            Reads((DepartmentRegistered,), (named(self.department_id),)),
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


class CorrectStaff(Command[Staff]):
    """更正教职工信息.  Says a wrong name or number right, with a reason; only human resources may.  Seed: D09, D33.

    Name and number are always both given, since what is sealed is never compared.
    """

    may = {HR: anywhere}
    person_id: PersonId
    staff_number: Annotated[Line, Personal("person_id")]
    name: Annotated[Line, Personal("person_id")]
    reason: Reason

    def reads(self) -> list[Reads]:
        return [
            Reads((StaffRegistered,), (self.person_id,)),
            Reads((StaffRegistered, StaffCorrected), (blind("staff_number", self.staff_number),)),
        ]

    def find(self, state: Staff) -> None:
        if self.person_id not in state.registered:
            raise Unknown("staff_unknown", person=self.person_id)

    def decide(self, state: Staff, given: Context) -> Iterator[Event]:
        state.check_number(self.person_id)
        known = state.registered[self.person_id]
        yield StaffCorrected(**self.model_dump(), department_id=known.department_id, kind=known.kind)
