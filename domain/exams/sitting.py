"""One student's exam as its facts tell it, and what the commands about it share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from domain import (
    Actor,
    Command,
    Conflict,
    Context,
    Event,
    Reads,
    StudentId,
    TeachingClassId,
    Unknown,
    named,
    person_of,
)
from domain.exams.events import (
    DEFERRAL_FACTS,
    EXAM_RECORDS,
    BarredFromExam,
    DeferralAdvanced,
    DeferralApproved,
    DeferralRefused,
    DeferralRequested,
    ExamAbsenceRecorded,
    ExamHeld,
    ExamRecordRevoked,
    ExamViolationRecorded,
    OfSitting,
)
from domain.exams.members import MEMBER_FACTS, Members
from domain.students import StudentAdmitted, StudentPlaced
from domain.timetable import OfferingOpened


def own_class(command: Any, state: Any, actor: Actor) -> bool:
    """c: a teacher of the class, or who acts for one."""
    return state.offering is not None and bool({actor.person_id, actor.on_behalf_of} & set(state.offering.teacher_ids))


def the_student(command: Any, state: Any, actor: Actor) -> bool:
    """o: the student concerned."""
    return actor.person_id == person_of(command.student_id)


def offering_department(command: Any, state: Any, actor: Actor) -> bool:
    """d: the department that offers the course."""
    return state.offering is not None and actor.department_id == state.offering.department_id


@dataclass(frozen=True)
class Deferral:
    """One request to sit later, who agreed so far, and whether it is decided.

    `passed` has one person a step; `behind` are those on whose behalf they agreed.
    """

    requested: DeferralRequested
    passed: tuple[str, ...] = ()
    behind: frozenset[str] = frozenset()
    decided: bool = False
    approved: bool = False


@dataclass(frozen=True)
class Sitting:
    """One student's exam in one teaching class; `records` are those that stand."""

    offering: OfferingOpened | None = None
    held: ExamHeld | None = None
    members: Members = field(default_factory=Members)
    places: tuple[StudentAdmitted | StudentPlaced, ...] = ()
    deferrals: Mapping[str, Deferral] = field(default_factory=dict)
    records: Mapping[str, ExamAbsenceRecorded | ExamViolationRecorded | BarredFromExam] = field(default_factory=dict)

    @property
    def department_id(self) -> str | None:
        """The student's department: what a deferral is approved by."""
        return self.places[-1].department_id if self.places else None

    @property
    def deferred(self) -> bool:
        return any(d.approved for d in self.deferrals.values())

    def after(self, event: Event) -> Self:
        match event:
            case OfferingOpened():
                return replace(self, offering=event)
            case ExamHeld():
                return replace(self, held=event)
            case StudentAdmitted() | StudentPlaced():
                return replace(self, places=(*self.places, event))
            case ExamAbsenceRecorded():
                return replace(self, records={**self.records, "absence": event})
            case ExamViolationRecorded():
                return replace(self, records={**self.records, "violation": event})
            case BarredFromExam():
                return replace(self, records={**self.records, "bar": event})
            case ExamRecordRevoked():
                return replace(self, records={k: v for k, v in self.records.items() if k != event.record})
        return self._asked(event)

    def _asked(self, event: Event) -> Self:
        match event:
            case DeferralRequested():
                return replace(self, deferrals={**self.deferrals, event.deferral_id: Deferral(event)})
            case DeferralAdvanced():
                return self._agreed(event)
            case DeferralApproved():
                return self._with(event.deferral_id, decided=True, approved=True)
            case DeferralRefused():
                return self._with(event.deferral_id, decided=True)
        return replace(self, members=self.members.after(event))

    def _agreed(self, event: DeferralAdvanced) -> Self:
        if (known := self.deferrals.get(event.deferral_id)) is None:
            return self
        behind = known.behind | ({event.approved_for} if event.approved_for else set())
        return self._with(event.deferral_id, passed=(*known.passed, event.approved_by), behind=behind)

    def _with(self, deferral_id: str, **told: Any) -> Self:
        if (known := self.deferrals.get(deferral_id)) is None:
            return self
        return replace(self, deferrals={**self.deferrals, deferral_id: replace(known, **told)})


class AboutSitting(Command[Sitting]):
    """考试.  What the commands on one student's exam share."""

    teaching_class_id: TeachingClassId
    student_id: StudentId

    def reads(self) -> list[Reads]:
        types = (*DEFERRAL_FACTS, *EXAM_RECORDS, *MEMBER_FACTS)
        return [
            Reads((OfferingOpened, ExamHeld), (named(self.teaching_class_id),)),
            Reads(tuple(dict.fromkeys(types)), (self.student_id, self.teaching_class_id)),
            Reads((StudentAdmitted, StudentPlaced), (self.student_id,)),
        ]

    def more(self, state: Sitting) -> Sequence[Reads]:
        # An offering opened before it carried a tag of its own is looked for among all that mentions the class.
        return [] if state.offering else [Reads((OfferingOpened,), (self.teaching_class_id,))]

    def find(self, state: Sitting) -> None:
        if state.offering is None:
            raise Unknown("offering_unknown", teaching_class=self.teaching_class_id)
        if not state.places:
            raise Unknown("student_unknown", student=self.student_id)

    def check_member(self, state: Sitting, given: Context) -> None:
        """Raise unless the student takes the course."""
        if not state.members.ever(self.student_id) or state.members.left(self.student_id, given.today):
            raise Conflict("student_not_on_roster", students=[self.student_id])

    def told(self, state: Sitting, given: Context) -> dict[str, Any]:
        """What an event says of the student and the exam."""
        offering = state.offering
        assert offering
        known: Sequence[StudentAdmitted | StudentPlaced] = [p for p in state.places if p.from_day <= given.today]
        said = OfSitting(
            teaching_class_id=self.teaching_class_id,
            student_id=self.student_id,
            term_id=offering.term_id,
            department_id=(known or state.places)[-1].department_id,
            offering_department_id=offering.department_id,
            teacher_ids=offering.teacher_ids,
            course_name=offering.course_name,
        )
        return {name: getattr(said, name) for name in OfSitting.model_fields}
