"""Registrations for an offering 选课注册: who is registered, withdraws, begins again, and how it ends.  Seed: D41.

One student and one offering are one boundary, so that thousands register at once and never wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from domain import (
    Command,
    Conflict,
    Context,
    Day,
    DepartmentId,
    Event,
    Fact,
    PolicyUse,
    Reads,
    StudentId,
    TeachingClassId,
    TermId,
    Unknown,
    named,
)
from domain.access import ACADEMIC, ACADEMIC_HEAD, IMPORT, anywhere
from domain.calendar import TermOpened
from domain.policies import Policy
from domain.students import StudentAdmitted
from domain.timetable import OfferingOpened

RESULT_AGREES = Policy(
    "registration.result_agrees",
    str,
    "noted",
    "ours",
    "结论与退课记录不一致时:noted 记入并注明,refuse 拒绝",
    "A result that disagrees with whether the student withdrew: kept and noted, or refused",
    choices=("noted", "refuse"),
)

POLICIES = (RESULT_AGREES,)
REFUSALS = {
    "student_already_registered": (
        "该学生已以其他内容注册本课程",
        "The student is already registered for the offering otherwise",
    ),
    "student_not_registered": ("该学生未注册本课程", "The student is not registered for the offering"),
    "student_already_withdrawn": ("该学生已于另一日退课", "The student already withdrew on another day"),
    "withdrawn_before_registered": ("退课日期早于注册日期", "The withdrawal is dated before the registration"),
    "registered_before_withdrawal": (
        "再次注册的日期早于退课日期",
        "Registering again is dated before the withdrawal",
    ),
    "registration_concluded": ("该注册已有结论", "The registration has been concluded"),
    "registration_already_concluded": ("该注册已有另一结论", "The registration was concluded with another result"),
    "result_disagrees": ("结论与退课记录不一致", "The result disagrees with whether the student withdrew"),
}

Attempts = Annotated[int, Field(ge=0, le=99)]
Result = Literal["pass", "distinction", "fail", "withdrawn"]


class Registered(Fact):
    """A registration as every event about one states it.

    `department_id` offers the course; `registered_on` is None where nobody knows; `attempt` counts from 1.
    """

    student_id: StudentId
    teaching_class_id: TeachingClassId
    term_id: TermId
    department_id: DepartmentId
    registered_on: Day | None
    attempt: Annotated[int, Field(ge=1, le=100)]


class StudentRegistered(Event, Registered):
    """A student takes an offering."""

    NAME: ClassVar[str] = "registrations.student_registered"
    TITLE: ClassVar[str] = "学生选课"
    TAGS: ClassVar[tuple[str, ...]] = ("student_id", "teaching_class_id")


class StudentReregistered(Event, Registered):
    """A student who had withdrawn takes the offering again."""

    NAME: ClassVar[str] = "registrations.student_reregistered"
    TITLE: ClassVar[str] = "学生重新选课"
    TAGS: ClassVar[tuple[str, ...]] = ("student_id", "teaching_class_id")


class StudentWithdrawn(Event, Registered):
    """A student gave an offering up; `before_start`: no later than its first day, so that nothing was taught."""

    NAME: ClassVar[str] = "registrations.student_withdrawn"
    TITLE: ClassVar[str] = "学生退课"
    TAGS: ClassVar[tuple[str, ...]] = ("student_id", "teaching_class_id")
    withdrawn_on: Day
    before_start: bool


class RegistrationConcluded(Event, Registered):
    """How a registration ended.

    `agrees` is False when somebody withdrew and has another result, or has that result and never withdrew.
    """

    NAME: ClassVar[str] = "registrations.registration_concluded"
    TITLE: ClassVar[str] = "选课办结"
    TAGS: ClassVar[tuple[str, ...]] = ("student_id", "teaching_class_id")
    withdrawn_on: Day | None
    before_start: bool | None
    result: Result
    agrees: bool
    policies: tuple[PolicyUse, ...] = ()


REGISTRATION_FACTS = (StudentRegistered, StudentReregistered, StudentWithdrawn, RegistrationConcluded)


@dataclass(frozen=True)
class Registration:
    """One student in one offering; `term` only where the offering says no first day of its own."""

    offering: OfferingOpened | None = None
    term: TermOpened | None = None
    admitted: bool = False
    last: StudentRegistered | StudentReregistered | None = None
    withdrawn: StudentWithdrawn | None = None
    concluded: RegistrationConcluded | None = None

    def after(self, event: Event) -> Self:
        match event:
            case OfferingOpened():
                return replace(self, offering=event)
            case TermOpened():
                return replace(self, term=event)
            case StudentAdmitted():
                return replace(self, admitted=True)
            case StudentRegistered() | StudentReregistered():
                return replace(self, last=event, withdrawn=None)
            case StudentWithdrawn():
                return replace(self, withdrawn=event)
            case RegistrationConcluded():
                return replace(self, concluded=event)
        return self

    @property
    def starts_on(self) -> date:
        """The first day of teaching."""
        assert self.offering
        return self.offering.starts_on or (self.term.starts_on if self.term else date.min)

    def standing(self, student_id: str) -> StudentRegistered | StudentReregistered:
        """The registration there is; raises `student_not_registered`."""
        if self.last is None:
            raise Conflict("student_not_registered", student=student_id)
        return self.last


def same(registered: Registered) -> dict[str, object]:
    """What every event about a registration repeats of it."""
    return {name: getattr(registered, name) for name in Registered.model_fields}


class AboutRegistration(Command[Registration]):
    """课程注册.  What the commands on one student in one offering share."""

    student_id: StudentId
    teaching_class_id: TeachingClassId

    def reads(self) -> list[Reads]:
        return [
            Reads((OfferingOpened,), (named(self.teaching_class_id),)),
            Reads(REGISTRATION_FACTS, (self.student_id, self.teaching_class_id)),
        ]

    def more(self, state: Registration) -> Sequence[Reads]:
        # Offerings opened before they carried a tag of their own are looked for among all that mentions the class.
        return [] if state.offering else [Reads((OfferingOpened,), (self.teaching_class_id,))]

    def find(self, state: Registration) -> None:
        if state.offering is None:
            raise Unknown("offering_unknown", teaching_class=self.teaching_class_id)

    def check_open(self, state: Registration) -> None:
        """Raise when the registration has its result already."""
        if state.concluded:
            raise Conflict("registration_concluded", student=self.student_id, result=state.concluded.result)


class RegisterStudent(AboutRegistration):
    """注册课程.  Registers a student for an offering, or once more after they withdrew.  Seed: D41.

    `previous_attempts` are those at the same course before, in whatever offering.  Registering again after teaching
    began is another attempt.
    """

    may = {ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    registered_on: Day | None
    previous_attempts: Attempts = 0

    def reads(self) -> list[Reads]:
        return [*super().reads(), Reads((StudentAdmitted,), (self.student_id,))]

    def find(self, state: Registration) -> None:
        super().find(state)
        if not state.admitted:
            raise Unknown("student_unknown", student=self.student_id)

    def decide(self, state: Registration, given: Context) -> Iterator[Event]:
        offering, last, gone = state.offering, state.last, state.withdrawn
        assert offering
        self.check_open(state)
        said = {
            "student_id": self.student_id,
            "teaching_class_id": self.teaching_class_id,
            "term_id": offering.term_id,
            "department_id": offering.department_id,
            "registered_on": self.registered_on,
        }
        if last is None:
            yield StudentRegistered.model_validate({**said, "attempt": self.previous_attempts + 1})
        elif gone is None:
            if (last.registered_on, last.attempt) != (self.registered_on, self.previous_attempts + 1):
                raise Conflict("student_already_registered", student=self.student_id)
        else:
            if self.registered_on and self.registered_on < gone.withdrawn_on:
                raise Conflict("registered_before_withdrawal", student=self.student_id, withdrawn_on=gone.withdrawn_on)
            attempt = max(self.previous_attempts + 1, last.attempt + (not gone.before_start))
            yield StudentReregistered.model_validate({**said, "attempt": attempt})


class WithdrawStudent(AboutRegistration):
    """退课.  Ends a registration on a day; no later than the first day of teaching, nothing was begun.  Seed: D41."""

    may = {ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    withdrawn_on: Day

    def more(self, state: Registration) -> Sequence[Reads]:
        offering = state.offering
        if offering and not offering.starts_on:
            return [Reads((TermOpened,), (offering.term_id,))]
        return super().more(state)

    def decide(self, state: Registration, given: Context) -> Iterator[Event]:
        registered, gone = state.standing(self.student_id), state.withdrawn
        if gone:
            if gone.withdrawn_on != self.withdrawn_on:
                raise Conflict("student_already_withdrawn", student=self.student_id, withdrawn_on=gone.withdrawn_on)
            return
        self.check_open(state)
        if registered.registered_on and self.withdrawn_on < registered.registered_on:
            raise Conflict(
                "withdrawn_before_registered", student=self.student_id, registered_on=registered.registered_on
            )
        yield StudentWithdrawn.model_validate(
            {
                **same(registered),
                "withdrawn_on": self.withdrawn_on,
                "before_start": self.withdrawn_on <= state.starts_on,
            }
        )


class ConcludeRegistration(AboutRegistration):
    """注册结论.  Says once how a registration ended: passed, with distinction, failed or withdrawn.  Seed: D41."""

    may = {ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    result: Result

    def decide(self, state: Registration, given: Context) -> Iterator[Event]:
        registered, gone = state.standing(self.student_id), state.withdrawn
        if state.concluded:
            if state.concluded.result != self.result:
                raise Conflict("registration_already_concluded", student=self.student_id, result=state.concluded.result)
            return
        rules = given.rules.at(given.now)
        agrees = (self.result == "withdrawn") == (gone is not None)
        if not agrees and rules(RESULT_AGREES) == "refuse":
            raise Conflict("result_disagrees", student=self.student_id, result=self.result)
        yield RegistrationConcluded.model_validate(
            {
                **same(registered),
                "withdrawn_on": gone and gone.withdrawn_on,
                "before_start": gone and gone.before_start,
                "result": self.result,
                "agrees": agrees,
                "policies": rules.used(RESULT_AGREES),
            }
        )
