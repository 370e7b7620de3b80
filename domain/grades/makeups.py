"""Make-up exams 补考 and deferred exams 缓考: an exam sat again, or later, after the grades were published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from domain import Conflict, Context, Day, Event, Reads, StudentId
from domain.access import ACADEMIC, IMPORT, TEACHER, anywhere
from domain.exams import EXAM_RECORDS
from domain.grades.events import STANDING, CourseGradesReckoned, Hundredths, MakeupMarkRecorded, Score
from domain.grades.reckoning import Scale, retaken
from domain.grades.rules import MAKEUP_ALLOWED
from domain.grades.sheet import AboutSheet, Sheet, of_class, own_class


class RecordMakeupMark(AboutSheet):
    """录入补考成绩.  The score of an exam sat again by who failed it, or later by who deferred it.  Seed: D13, D39.

    A deferred exam takes the place of the final one; a passed make-up exam counts as the rulebook says.
    """

    may = {TEACHER: own_class, ACADEMIC: anywhere, IMPORT: anywhere}
    student_id: StudentId
    score_hundredths: Hundredths | None = None
    special: Literal["none", "absent_exam", "cheating", "violation"] = "none"
    taken_on: Day

    def reads(self) -> list[Reads]:
        of_student = (*STANDING, *EXAM_RECORDS, CourseGradesReckoned, MakeupMarkRecorded)
        return [*super().reads(), Reads(of_student, (self.student_id, self.teaching_class_id))]

    def decide(self, state: Sheet, given: Context) -> Iterator[Event]:
        self.check_stage(state, "published")
        if (self.score_hundredths is None) == (self.special == "none"):
            raise Conflict("score_or_special", student=self.student_id)
        if (grade := state.grades.get(self.student_id)) is None:
            raise Conflict("student_not_on_sheet", student=self.student_id)
        made = state.makeups.get(self.student_id, ())
        score = Score(hundredths=self.score_hundredths, special=self.special)
        if made and (made[-1].score, made[-1].taken_on) == (score, self.taken_on):
            return
        if self.taken_on > given.today:
            raise Conflict("exam_in_future", teaching_class=self.teaching_class_id, held_on=self.taken_on)
        rules = given.rules.at(given.now)
        deferred = "deferral" in state.recorded(self.student_id) or grade.outcome == "deferred"
        deferred = deferred and not any(m.grade.attempt == "deferred" for m in made)
        if not deferred:
            self._check_failed(state, rules(MAKEUP_ALLOWED))
        assert state.scheme
        assert state.offering
        scale = Scale.of(state.scheme.mode, rules)
        yield MakeupMarkRecorded(
            **of_class(state),
            course_name=state.offering.course_name,
            student_id=self.student_id,
            score=score,
            taken_on=self.taken_on,
            grade_before=grade,
            grade=retaken(grade, score, state.scheme, state.scores(self.student_id), deferred, scale),
            recorded_by=given.actor.person_id,
            policies=(*scale.policies, *rules.used(MAKEUP_ALLOWED)),
        )

    def _check_failed(self, state: Sheet, allowed: bool) -> None:
        """Raise unless the student failed and has not sat the make-up exam yet."""
        grade = state.grades[self.student_id]
        if any(m.grade.attempt == "makeup" for m in state.makeups.get(self.student_id, ())):
            raise Conflict("makeup_already_recorded", student=self.student_id)
        if grade.passed is not False:
            raise Conflict("makeup_not_due", student=self.student_id)
        if grade.outcome in ("cheating", "violation", "barred") and not allowed:
            raise Conflict("course_to_be_retaken", student=self.student_id, outcome=grade.outcome)
