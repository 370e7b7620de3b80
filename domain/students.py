"""Students 学生: admission, administrative classes 行政班 and their counselors, who is in which.  Seed: D40, D46.

Student affairs and the import of the admissions office create students; academic affairs only move them (L83–84).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Self

from pydantic import Field

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
    SquadId,
    StudentId,
    Unknown,
    blind,
    named,
    person_of,
)
from domain.access import ACADEMIC, ACADEMIC_HEAD, IMPORT, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD, anywhere
from domain.organisation import CounselorAssigned, DepartmentRegistered, StaffRegistered

REFUSALS = {
    "squad_unknown": ("没有这一行政班", "There is no such administrative class"),
    "squad_already_formed": ("该行政班编号已登记为别的班级", "This administrative class id is already used otherwise"),
    "later_counselor_recorded": ("该班已有更晚日期的辅导员设定", "A counselor from a later day is already recorded"),
    "student_unknown": ("没有这名学生", "There is no such student"),
    "student_already_admitted": ("该学生已以其他内容录入", "This student is already admitted otherwise"),
    "student_number_taken": ("学号已被使用", "The student number is already taken"),
}

Cohort = Annotated[int, Field(ge=1900, le=2200)]


class SquadFormed(Event):
    """An administrative class of one entry year exists in a department."""

    NAME: ClassVar[str] = "students.squad_formed"
    TITLE: ClassVar[str] = "组建行政班"
    TAGS: ClassVar[tuple[str, ...]] = ("squad_id", "department_id")
    squad_id: SquadId
    name: Line
    department_id: DepartmentId
    cohort: Cohort

    def tags(self) -> tuple[str, ...]:
        return (*super().tags(), named(self.squad_id))


class StudentAdmitted(Event):
    """A person is a student, in an administrative class and so in its department, from a day on."""

    NAME: ClassVar[str] = "students.student_admitted"
    TITLE: ClassVar[str] = "学生入学"
    TAGS: ClassVar[tuple[str, ...]] = ("student_id", "person_id", "squad_id", "department_id")
    student_id: StudentId
    person_id: PersonId
    student_number: Annotated[Line, Personal("person_id")]
    name: Annotated[Line, Personal("person_id")]
    squad_id: SquadId
    department_id: DepartmentId
    from_day: Day

    def tags(self) -> tuple[str, ...]:
        return (*super().tags(), blind("student_number", self.student_number))


class StudentCorrected(Event):
    """A name or number was wrong and is now said right; the old one stays in the past, and its number stays taken."""

    NAME: ClassVar[str] = "students.student_corrected"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "更正学生信息"
    TAGS: ClassVar[tuple[str, ...]] = ("student_id", "person_id")
    student_id: StudentId
    person_id: PersonId
    student_number: Annotated[Line, Personal("person_id")]
    name: Annotated[Line, Personal("person_id")]
    department_id: DepartmentId
    reason: Reason

    def tags(self) -> tuple[str, ...]:
        return (*super().tags(), blind("student_number", self.student_number))


class StudentPlaced(Event):
    """A student is in another administrative class, perhaps of another department, from a day on."""

    NAME: ClassVar[str] = "students.student_placed"
    TITLE: ClassVar[str] = "学生转班"
    TAGS: ClassVar[tuple[str, ...]] = (
        "student_id",
        "person_id",
        "squad_id",
        "former_squad_id",
        "department_id",
        "former_department_id",
    )
    student_id: StudentId
    person_id: PersonId
    squad_id: SquadId
    department_id: DepartmentId
    former_squad_id: SquadId
    former_department_id: DepartmentId
    from_day: Day


@dataclass(frozen=True)
class Register:
    """The students a command names (by id or by number), the last place of one, and the classes known."""

    admitted: Mapping[str, StudentAdmitted] = field(default_factory=dict)
    numbered: frozenset[str] = frozenset()
    last: StudentAdmitted | StudentPlaced | None = None
    squads: Mapping[str, SquadFormed] = field(default_factory=dict)
    departments: frozenset[str] = frozenset()

    def after(self, event: Event) -> Self:
        match event:
            case DepartmentRegistered():
                return replace(self, departments=self.departments | {event.department_id})
            case SquadFormed():
                return replace(self, squads={**self.squads, event.squad_id: event})
            case StudentAdmitted():
                known = {**self.admitted, event.student_id: event}
                return replace(self, admitted=known, numbered=self.numbered | {event.student_id}, last=event)
            case StudentCorrected():
                return replace(self, numbered=self.numbered | {event.student_id})
            case StudentPlaced():
                return replace(self, last=event)
        return self

    def check_number(self, student_id: str) -> None:
        """Raise if the number asked for is, or ever was, another student's."""
        if self.numbered - {student_id}:
            raise Conflict("student_number_taken", student=student_id)


class FormSquad(Command[Register]):
    """组建行政班.  An administrative class of one entry year.  Seed: D40."""

    may = {STUDENT_AFFAIRS: anywhere, IMPORT: anywhere}
    squad_id: SquadId
    name: Line
    department_id: DepartmentId
    cohort: Cohort

    def reads(self) -> list[Reads]:
        return [Reads((SquadFormed,), (self.squad_id,)), Reads((DepartmentRegistered,), (named(self.department_id),))]

    def find(self, state: Register) -> None:
        if not state.departments:
            raise Unknown("department_unknown", department=self.department_id)

    def decide(self, state: Register, given: Context) -> Iterator[Event]:
        said = SquadFormed(**self.model_dump())
        known = state.squads.get(self.squad_id)
        if known and known != said:
            raise Conflict("squad_already_formed", squad=self.squad_id)
        if not known:
            yield said


class AdmitStudent(Command[Register]):
    """录入学生.  A student in an administrative class, under a number that is theirs for ever.  Seed: D40, D46.

    A repeated admission is compared by class and day; name and number are never compared.
    """

    may = {STUDENT_AFFAIRS: anywhere, IMPORT: anywhere}
    student_id: StudentId
    student_number: Annotated[Line, Personal("student_id")]
    name: Annotated[Line, Personal("student_id")]
    squad_id: SquadId
    from_day: Day

    def reads(self) -> list[Reads]:
        return [
            Reads((StudentAdmitted,), (self.student_id,)),
            Reads((StudentAdmitted, StudentCorrected), (blind("student_number", self.student_number),)),
            Reads((SquadFormed,), (named(self.squad_id),)),
        ]

    def more(self, state: Register) -> Sequence[Reads]:
        # Classes formed before they carried a tag of their own are looked for among all that mentions them.
        return [] if self.squad_id in state.squads else [Reads((SquadFormed,), (self.squad_id,))]

    def find(self, state: Register) -> None:
        if self.squad_id not in state.squads:
            raise Unknown("squad_unknown", squad=self.squad_id)

    def decide(self, state: Register, given: Context) -> Iterator[Event]:
        state.check_number(self.student_id)
        known = state.admitted.get(self.student_id)
        if known is None:
            yield StudentAdmitted(
                **self.model_dump(),
                person_id=person_of(self.student_id),
                department_id=state.squads[self.squad_id].department_id,
            )
        elif (known.squad_id, known.from_day) != (self.squad_id, self.from_day):
            raise Conflict("student_already_admitted", student=self.student_id)


class PlaceStudent(Command[Register]):
    """转班.  Moves a student to another administrative class from a day on; the past keeps the old one.  Seed: D40."""

    may = {ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    student_id: StudentId
    squad_id: SquadId
    from_day: Day

    def reads(self) -> list[Reads]:
        return [
            Reads((StudentAdmitted, StudentPlaced), (self.student_id,)),
            Reads((SquadFormed,), (self.squad_id,)),
        ]

    def find(self, state: Register) -> None:
        if state.last is None:
            raise Unknown("student_unknown", student=self.student_id)
        if self.squad_id not in state.squads:
            raise Unknown("squad_unknown", squad=self.squad_id)

    def decide(self, state: Register, given: Context) -> Iterator[Event]:
        last = state.last
        assert last
        if self.from_day < last.from_day:
            raise Conflict("later_placement_recorded", student=self.student_id, from_day=last.from_day)
        if last.squad_id != self.squad_id:
            yield StudentPlaced(
                **self.model_dump(),
                person_id=last.person_id,
                department_id=state.squads[self.squad_id].department_id,
                former_squad_id=last.squad_id,
                former_department_id=last.department_id,
            )


class CorrectStudent(Command[Register]):
    """更正学生信息.  Says a wrong name or number right, with a reason; only student affairs may.  Seed: D09, D40.

    Name and number are always both given, since what is sealed is never compared.
    """

    may = {STUDENT_AFFAIRS: anywhere}
    student_id: StudentId
    student_number: Annotated[Line, Personal("student_id")]
    name: Annotated[Line, Personal("student_id")]
    reason: Reason

    def reads(self) -> list[Reads]:
        return [
            Reads((StudentAdmitted,), (self.student_id,)),
            Reads((StudentAdmitted, StudentCorrected), (blind("student_number", self.student_number),)),
        ]

    def find(self, state: Register) -> None:
        if self.student_id not in state.admitted:
            raise Unknown("student_unknown", student=self.student_id)

    def decide(self, state: Register, given: Context) -> Iterator[Event]:
        state.check_number(self.student_id)
        known = state.admitted[self.student_id]
        yield StudentCorrected(**self.model_dump(), person_id=known.person_id, department_id=known.department_id)


@dataclass(frozen=True)
class Care:
    """One administrative class: its department, its last counselor, and whether the person named is of the staff."""

    department_id: str | None = None
    staff: bool = False
    last: CounselorAssigned | None = None

    def after(self, event: Event) -> Self:
        match event:
            case SquadFormed():
                return replace(self, department_id=event.department_id)
            case StaffRegistered():
                return replace(self, staff=True)
            case CounselorAssigned():
                return replace(self, last=event)
        return self


class AssignCounselor(Command[Care]):
    """设定辅导员.  Who looks after an administrative class from a day on.  Seed: D17, D18, D19."""

    may = {STUDENT_AFFAIRS: anywhere, STUDENT_AFFAIRS_HEAD: anywhere, IMPORT: anywhere}
    squad_id: SquadId
    person_id: PersonId
    from_day: Day

    def reads(self) -> list[Reads]:
        return [
            Reads((SquadFormed, CounselorAssigned), (self.squad_id,)),
            Reads((StaffRegistered,), (self.person_id,)),
        ]

    def find(self, state: Care) -> None:
        if state.department_id is None:
            raise Unknown("squad_unknown", squad=self.squad_id)
        if not state.staff:
            raise Unknown("staff_unknown", person=self.person_id)

    def decide(self, state: Care, given: Context) -> Iterator[Event]:
        if state.last and self.from_day < state.last.from_day:
            raise Conflict("later_counselor_recorded", squad=self.squad_id, from_day=state.last.from_day)
        if not state.last or state.last.person_id != self.person_id:
            assert state.department_id
            yield CounselorAssigned(**self.model_dump(), department_id=state.department_id)
