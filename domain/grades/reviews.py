"""Reviews 成绩复核: a student asks that a published grade be looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal, Self

from domain import Conflict, Context, Event, Line, Personal, PersonId, PolicyUse, Reads, Reason, StudentId, Unknown
from domain.access import ACADEMIC, ACADEMIC_HEAD, HEAD, STUDENT, anywhere, own_department
from domain.grades.events import AboutStudent, CourseGradesReckoned, OfClass
from domain.grades.rules import REVIEW_DAYS
from domain.grades.sheet import AboutSheet, Sheet, of_class, the_student

ReviewOutcome = Literal["stands", "to_be_corrected"]


class OfReview(OfClass):
    """A student's request to look at a grade again, as every event about it states it."""

    review_id: Line
    student_id: StudentId

    def tags(self) -> tuple[str, ...]:
        told = (self.review_id, self.student_id, self.teaching_class_id, *self.teacher_ids, self.department_id)
        return tuple(dict.fromkeys(told))


class GradeReviewRequested(OfReview, Event):
    """A student asked that their published grade be looked at again."""

    NAME: ClassVar[str] = "grades.review_requested"
    TITLE: ClassVar[str] = "申请复核成绩"
    reason: AboutStudent
    policies: tuple[PolicyUse, ...] = ()


class GradeReviewConcluded(OfReview, Event):
    """The grade stands, or is to be corrected along the route of corrections."""

    NAME: ClassVar[str] = "grades.review_concluded"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "成绩复核作出结论"
    outcome: ReviewOutcome
    findings: AboutStudent
    concluded_by: PersonId


@dataclass(frozen=True)
class Reviewed(Sheet):
    """The sheet of one student, with the reviews asked for; None: not concluded."""

    reviews: dict[str, ReviewOutcome | None] = field(default_factory=dict)

    def after(self, event: Event) -> Self:
        match event:
            case GradeReviewRequested():
                self.reviews[event.review_id] = None
            case GradeReviewConcluded():
                self.reviews[event.review_id] = event.outcome
            case _:
                return super().after(event)
        return self


class AboutReview(AboutSheet):
    """成绩复核.  What the commands on one review share."""

    review_id: Line
    student_id: StudentId

    @classmethod
    def blank(cls) -> Reviewed:
        return Reviewed()

    def reads(self) -> list[Reads]:
        of_student = (CourseGradesReckoned, GradeReviewRequested, GradeReviewConcluded)
        return [*super().reads(), Reads(of_student, (self.student_id, self.teaching_class_id))]


class RequestGradeReview(AboutReview):
    """申请成绩复核.  A student asks that their published grade be looked at again, within some days.  Seed: D13."""

    may = {STUDENT: the_student}
    reason: Annotated[Reason, Personal("student_id")]

    def decide(self, state: Sheet, given: Context) -> Iterator[Event]:
        assert isinstance(state, Reviewed)
        self.check_stage(state, "published")
        if self.review_id in state.reviews:
            return
        if self.student_id not in state.grades:
            raise Conflict("student_not_on_sheet", student=self.student_id)
        if None in state.reviews.values():
            raise Conflict("review_already_open", student=self.student_id)
        rules = given.rules.at(given.now)
        assert state.published
        published_on: datetime = state.published.published_at
        last = published_on.astimezone(given.zone).date() + timedelta(days=rules(REVIEW_DAYS))
        if given.today > last:
            raise Conflict("review_window_over", teaching_class=self.teaching_class_id, last_day=last)
        yield GradeReviewRequested(
            **of_class(state),
            review_id=self.review_id,
            student_id=self.student_id,
            reason=self.reason,
            policies=rules.used(REVIEW_DAYS),
        )


class ConcludeGradeReview(AboutReview):
    """成绩复核结论.  The grade stands, or is to be corrected; never said by a teacher of the class.  Seed: D13."""

    may = {HEAD: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere}
    outcome: ReviewOutcome
    findings: Annotated[Reason, Personal("student_id")]

    def find(self, state: Sheet) -> None:
        super().find(state)
        assert isinstance(state, Reviewed)
        if self.review_id not in state.reviews:
            raise Unknown("review_unknown", review=self.review_id)

    def decide(self, state: Sheet, given: Context) -> Iterator[Event]:
        assert isinstance(state, Reviewed)
        known = state.reviews[self.review_id]
        if known == self.outcome:
            return
        if known is not None:
            raise Conflict("review_already_concluded", review=self.review_id)
        self.check_disinterested(state, given)
        yield GradeReviewConcluded(
            **of_class(state),
            review_id=self.review_id,
            student_id=self.student_id,
            outcome=self.outcome,
            findings=self.findings,
            concluded_by=given.actor.person_id,
        )
