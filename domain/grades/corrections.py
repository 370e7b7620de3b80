"""Corrections 成绩更正: a mark changed after submission, with reason and evidence, along a frozen route."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Annotated, Any, Self

from domain import Conflict, Context, Event, Line, NotAllowed, Personal, Reads, Reason, StudentId, Unknown
from domain.access import ACADEMIC, ACADEMIC_HEAD, HEAD, TEACHER, anywhere, own_department
from domain.approval import route
from domain.calendar import TermOpened
from domain.exams import EXAM_RECORDS
from domain.grades.events import (
    STANDING,
    CourseGradesPublished,
    CourseGradesReckoned,
    GradeCorrected,
    GradeCorrectionAdvanced,
    GradeCorrectionApproved,
    GradeCorrectionRefused,
    GradeCorrectionRequested,
    Hundredths,
    MakeupMarkRecorded,
    OfCorrection,
    Score,
    Special,
)
from domain.grades.reckoning import Scale, regraded
from domain.grades.rules import CORRECTION_ROUTE, CORRECTION_WEEKS
from domain.grades.sheet import AboutSheet, Sheet, of_class, own_class

CORRECTION_FACTS = (
    GradeCorrectionRequested,
    GradeCorrectionAdvanced,
    GradeCorrectionApproved,
    GradeCorrectionRefused,
)


@dataclass(frozen=True)
class Correction:
    """One request, who agreed so far (one person a step) and on whose behalf, and whether it is decided."""

    requested: GradeCorrectionRequested
    passed: tuple[str, ...] = ()
    behind: frozenset[str] = frozenset()
    decided: bool = False


@dataclass(frozen=True)
class Corrected(Sheet):
    """The sheet of one student, with the corrections asked for, and the terms by which the window is found."""

    corrections: dict[str, Correction] = field(default_factory=dict)
    terms: tuple[TermOpened, ...] = ()

    def after(self, event: Event) -> Self:
        match event:
            case TermOpened():
                return replace(self, terms=(*self.terms, event))
            case GradeCorrectionRequested():
                self.corrections[event.correction_id] = Correction(event)
            case GradeCorrectionAdvanced():
                self._advance(event)
            case GradeCorrectionApproved() | GradeCorrectionRefused():
                known = self.corrections[event.correction_id]
                self.corrections[event.correction_id] = replace(known, decided=True)
            case _:
                return super().after(event)
        return self

    def _advance(self, event: GradeCorrectionAdvanced) -> None:
        known = self.corrections[event.correction_id]
        behind = known.behind | ({event.approved_for} if event.approved_for else set())
        agreed = replace(known, passed=(*known.passed, event.approved_by), behind=behind)
        self.corrections[event.correction_id] = agreed

    def window(self, weeks: int) -> date | None:
        """The last day on which a correction may be asked for; None while the next term is not in the calendar."""
        assert self.offering
        later = sorted(t.starts_on for t in self.terms if t.starts_on > self.offering.term_ends_on)
        return later[0] + timedelta(days=7 * weeks - 1) if later else None


class AboutCorrection(AboutSheet):
    """成绩更正.  What the commands on one correction share."""

    correction_id: Line
    student_id: StudentId

    @classmethod
    def blank(cls) -> Corrected:
        return Corrected()

    def reads(self) -> list[Reads]:
        of_student = (*STANDING, *EXAM_RECORDS, CourseGradesReckoned, MakeupMarkRecorded, *CORRECTION_FACTS)
        return [*super().reads(), Reads(of_student, (self.student_id, self.teaching_class_id))]


class RequestGradeCorrection(AboutCorrection):
    """申请成绩更正.  A teacher asks that a mark be changed after submission, with reason and evidence.  Seed: D13.

    Open until a week of the next term; while that term is not in the calendar it has not begun to close.
    """

    may = {TEACHER: own_class}
    component: Line
    score_hundredths: Hundredths | None = None
    special: Special = "none"
    reason: Annotated[Reason, Personal("student_id")]
    evidence: Line
    review_id: Line | None = None

    def reads(self) -> list[Reads]:
        return [*super().reads(), Reads((TermOpened,))]  # every term there ever was: two a year

    def find(self, state: Sheet) -> None:
        super().find(state)
        if state.scheme and state.component(self.component) is None:
            raise Unknown("component_unknown", teaching_class=self.teaching_class_id)

    def decide(self, state: Sheet, given: Context) -> Iterator[Event]:
        assert isinstance(state, Corrected)
        before, after = self._change(state)
        if self._repeated(state, after):
            return
        if before == after:
            raise Conflict("nothing_to_correct", student=self.student_id)
        rules = given.rules.at(given.now)
        last = state.window(rules(CORRECTION_WEEKS))
        if last and given.today > last:
            raise Conflict("grade_correction_window_over", teaching_class=self.teaching_class_id, last_day=last)
        assert state.offering
        yield GradeCorrectionRequested(
            **of_class(state),
            correction_id=self.correction_id,
            student_id=self.student_id,
            component=self.component,
            before=before,
            after=after,
            requested_by=given.actor.person_id,
            requested_for=given.actor.on_behalf_of,
            review_id=self.review_id,
            reason=self.reason,
            evidence=self.evidence,
            route=route(rules(CORRECTION_ROUTE), state.offering.department_id),
            policies=rules.used(CORRECTION_ROUTE, CORRECTION_WEEKS),
        )

    def _change(self, state: Sheet) -> tuple[Score, Score]:
        """The score as it stands and as it is to be."""
        self.check_stage(state, "submitted", "confirmed", "published")
        if (self.score_hundredths is None) == (self.special == "none"):
            raise Conflict("score_or_special", student=self.student_id)
        if self.special == "deferred":
            raise Conflict("deferral_by_office_only", student=self.student_id)
        if self.student_id not in state.grades:
            raise Conflict("student_not_on_sheet", student=self.student_id)
        known = state.scores(self.student_id).get(self.component, Score(special="no_score"))
        return known, Score(hundredths=self.score_hundredths, special=self.special)

    def _repeated(self, state: Corrected, after: Score) -> bool:
        """Whether this was asked before, sealed texts aside; raises if another request stands in the way."""
        if known := state.corrections.get(self.correction_id):
            asked = known.requested
            if (asked.component, asked.after, asked.evidence) == (self.component, after, self.evidence):
                return True
            raise Conflict("correction_already_requested", correction=self.correction_id)
        for correction_id, correction in state.corrections.items():
            if not correction.decided and correction.requested.component == self.component:
                raise Conflict("correction_already_requested", correction=correction_id)
        return False


class DecideCorrection(AboutCorrection):
    """成绩更正.  What agreeing to and refusing a correction share."""

    def find(self, state: Sheet) -> None:
        super().find(state)
        assert isinstance(state, Corrected)
        if self.correction_id not in state.corrections:
            raise Unknown("correction_unknown", correction=self.correction_id)

    def step(self, state: Sheet, given: Context) -> tuple[GradeCorrectionRequested, bool]:
        """What was asked, and whether its current step is the last; raises if it is not this actor's to decide."""
        assert isinstance(state, Corrected)
        correction = state.corrections[self.correction_id]
        asked = correction.requested
        if correction.decided:
            raise Conflict("correction_already_decided", correction=self.correction_id)
        self.check_disinterested(state, given, asked.requested_by, asked.requested_for)
        if correction.behind & {given.actor.person_id, given.actor.on_behalf_of}:
            raise NotAllowed("approved_a_step_already")
        return asked, asked.route.check(correction.passed, asked.requested_by, given.actor)

    def told(self, asked: GradeCorrectionRequested) -> dict[str, Any]:
        """What every event about the correction repeats of it."""
        return {name: getattr(asked, name) for name in OfCorrection.model_fields}


DECIDERS = {HEAD: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere}


class ApproveGradeCorrection(DecideCorrection):
    """批准成绩更正.  Agrees to the current step of a correction; the last one changes the mark.  Seed: D13."""

    may = DECIDERS

    def decide(self, state: Sheet, given: Context) -> Iterator[Event]:
        asked, last = self.step(state, given)
        self.check_stage(state, "submitted", "confirmed", "published")
        said = {"approved_by": given.actor.person_id, "approved_for": given.actor.on_behalf_of}
        if not last:
            yield GradeCorrectionAdvanced.model_validate({**self.told(asked), **said})
            return
        yield GradeCorrectionApproved.model_validate({**self.told(asked), **said})
        corrected = self._corrected(state, asked, given)
        yield corrected
        if corrected.published:
            grades = {self.student_id: corrected.grade}
            yield CourseGradesPublished(**of_class(state), course_name=corrected.course_name, part=0, grades=grades)

    def _corrected(self, state: Sheet, asked: GradeCorrectionRequested, given: Context) -> GradeCorrected:
        assert state.scheme
        assert state.offering
        student = self.student_id
        scale = Scale.of(state.scheme.mode, given.rules.at(given.now))
        known, scores = state.marks.get(student, {}).get(asked.component), state.scores(student)
        after = {**scores, asked.component: asked.after}
        makeups = state.makeups.get(student, ())
        return GradeCorrected(
            **of_class(state),
            correction_id=self.correction_id,
            course_name=state.offering.course_name,
            student_id=student,
            component=asked.component,
            score_hundredths=asked.after.hundredths,
            special=asked.after.special,
            submitted_on=known.submitted_on if known else None,
            late=known.late if known else False,
            before=scores.get(asked.component, asked.before),
            grade_before=state.grades[student],
            grade=regraded(state.scheme, after, state.recorded(student), makeups, scale),
            published=state.stage == "published",
            policies=scale.policies,
        )


class RefuseGradeCorrection(DecideCorrection):
    """驳回成绩更正.  Says no at the current step of a correction.  Seed: D13."""

    may = DECIDERS
    reason: Annotated[Reason, Personal("student_id")]

    def decide(self, state: Sheet, given: Context) -> Iterator[Event]:
        asked, _ = self.step(state, given)
        yield GradeCorrectionRefused.model_validate(
            {**self.told(asked), "refused_by": given.actor.person_id, "reason": self.reason}
        )
