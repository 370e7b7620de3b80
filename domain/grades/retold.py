"""The story of a grade sheet told again 重述: by another time for entering grades, or other marks to pass with.

A total is what the marks make it and stays; what it is worth, and a passed make-up exam's total, follow the rules.
After a correction of a student who sat a make-up exam and would have failed it, the total before that exam is taken
to be the one known when it was sat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain import Event
from domain.exams import ExamHeld
from domain.exams.rules import ENTRY_DAYS, entry_due
from domain.grades.events import (
    SHEET_FACTS,
    CourseGrade,
    CourseGradesPublished,
    CourseGradesReckoned,
    GradeCorrected,
    GradeEntryLapsed,
    GradeSchemeSet,
    GradeSheetSubmitted,
    MakeupMarkRecorded,
    Mode,
    OfClass,
    OfSheet,
    Score,
)
from domain.grades.reckoning import Scale
from domain.grades.rules import EXCELLENT_MARK, MAKEUP_ALLOWED, MAKEUP_TOTAL, PASS_MARK
from domain.retelling import Retelling, Setting, Told, missed, moved


def entered_again(story: Sequence[Told], given: Setting) -> Iterator[Told]:
    """The sheet's story, had its grades been due on another day."""
    told = next((t for t in story if isinstance(t.event, ExamHeld)), None)
    if told is None or not isinstance(told.event, ExamHeld):
        yield from story
        return
    held = told.event
    due = entry_due(held.day, given.rules.at(told.received_at)(ENTRY_DAYS), given.zone)
    sent = [t.event.submitted_at for t in story if isinstance(t.event, GradeSheetSubmitted)][:1]
    on_time, row, recorded = None, None, False
    for one in story:
        event = one.event
        if isinstance(event, ExamHeld):
            yield one.saying(duty=moved(event.duty, due))
            continue
        assert isinstance(event, OfSheet)
        lapse = isinstance(event, GradeEntryLapsed)
        if lapse and not missed(due, held.duty.due_at, sent[0] if sent else None, True, given):
            continue
        if event.due_at is None:
            yield one
            continue
        duty = moved(event.duty, due) if event.duty else None
        if duty:
            on_time = duty.state == "done"
        again = one.saying(due_at=due, duty=duty, on_time=on_time)
        row, recorded = again.event, recorded or lapse
        yield again
    if not recorded and not sent and missed(due, held.duty.due_at, None, False, given):
        yield given.put_in(_lapsed(held, row, due))


def _lapsed(held: ExamHeld, row: Event | None, due: datetime) -> GradeEntryLapsed:
    """The lapse that would be on record."""
    said = {name: getattr(row or held, name) for name in OfClass.model_fields}
    if row:
        said = {name: getattr(row, name) for name in OfSheet.model_fields}
    lapse = {"course_name": held.course_name, "week": held.week, "day": held.day, "due_at": due, "on_time": False}
    state = said.get("state", "closed")
    return GradeEntryLapsed.model_validate({**said, **lapse, "state": state, "duty": moved(held.duty, due).lapsed()})


@dataclass
class Regraded:
    """The grades of one class as they come about again, student by student."""

    given: Setting
    mode: Mode = "hundred"
    grades: dict[str, CourseGrade] = field(default_factory=dict)
    makeups: dict[str, list[Score]] = field(default_factory=dict)

    def _scale(self, told: Told) -> Scale:
        return Scale.of(self.mode, self.given.rules.at(told.received_at))

    def _judged(self, grades: Mapping[str, CourseGrade], scale: Scale) -> dict[str, CourseGrade]:
        return {student: judged(grade, scale) for student, grade in grades.items()}

    def tell(self, told: Told) -> Told | None:
        match told.event:
            case GradeSchemeSet() as event:
                self.mode = event.mode
            case CourseGradesReckoned() as event:
                again = self._judged(event.grades, self._scale(told))
                self.grades |= again
                return told.saying(grades=again)
            case CourseGradesPublished() as event:
                return told.saying(grades={s: self.grades.get(s, grade) for s, grade in event.grades.items()})
            case GradeCorrected() as event:
                return self._corrected(told, event)
            case MakeupMarkRecorded() as event:
                return self._sat_again(told, event)
        return told

    def _corrected(self, told: Told, event: GradeCorrected) -> Told:
        scale, student = self._scale(told), event.student_id
        before, grade = self.grades.get(student, event.grade_before), event.grade
        if grade.attempt == "makeup" and (sat := self.makeups.get(student)):
            grade = passed_later(grade, sat[-1], scale)
        elif grade.attempt == "makeup":
            grade = before
        else:
            grade = judged(grade, scale)
        self.grades[student] = grade
        return told.saying(grade_before=before, grade=grade)

    def _sat_again(self, told: Told, event: MakeupMarkRecorded) -> Told | None:
        """A make-up exam, unless its student would not have needed or not been allowed to sit it."""
        scale, student = self._scale(told), event.student_id
        before = self.grades.get(student, event.grade_before)
        grade = event.grade
        if grade.attempt == "deferred":
            grade = judged(grade, scale)
        else:
            allowed = self.given.rules.at(told.received_at)(MAKEUP_ALLOWED)
            if before.passed is not False or (before.outcome in ("cheating", "violation", "barred") and not allowed):
                return None
            self.makeups.setdefault(student, []).append(event.score)
            grade = passed_later(grade, event.score, scale, before)
        self.grades[student] = grade
        return told.saying(grade_before=before, grade=grade)


def judged(grade: CourseGrade, scale: Scale) -> CourseGrade:
    """A grade of the same total by another scale."""
    if grade.total_hundredths is None:
        return grade
    again = scale.graded(grade.total_hundredths, grade.outcome)
    return again.model_copy(update={"attempt": grade.attempt})


def passed_later(grade: CourseGrade, score: Score, scale: Scale, before: CourseGrade | None = None) -> CourseGrade:
    """A grade after a make-up exam by another scale; of one that is failed, the total known when it was sat counts."""
    if score.special in ("cheating", "violation"):
        return grade
    reached = score.hundredths or 0
    if reached >= scale.pass_mark:
        again = scale.graded(scale.pass_mark if scale.makeup_capped else reached)
    else:
        known = (before.total_hundredths if before else None) or (0 if grade.passed else grade.total_hundredths or 0)
        again = scale.graded(max(reached, known), "absent_exam")
        again = again.model_copy(update={"outcome": "absent_exam" if score.special != "none" else "graded"})
    return again.model_copy(update={"attempt": "makeup"})


def graded_again(story: Sequence[Told], given: Setting) -> Iterator[Told]:
    """The class's story by other marks to pass with."""
    again = Regraded(given)
    for told in story:
        if (one := again.tell(told)) is not None:
            yield one


RETOLD = (
    Retelling(
        policies=(ENTRY_DAYS,),
        about="teaching_class",
        types=(ExamHeld, *SHEET_FACTS),
        tell=entered_again,
        duties=("grade_entry",),
    ),
    Retelling(
        policies=(PASS_MARK, EXCELLENT_MARK, MAKEUP_TOTAL, MAKEUP_ALLOWED),
        about="teaching_class",
        types=(GradeSchemeSet, CourseGradesReckoned, CourseGradesPublished, GradeCorrected, MakeupMarkRecorded),
        tell=graded_again,
        narrow=(MAKEUP_ALLOWED,),
    ),
)
