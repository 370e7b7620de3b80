"""Submitting 提交, returning 退回, confirming 审核 and publishing 发布 a grade sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from domain import Conflict, Context, Event, Reads, Reason, named
from domain.access import ACADEMIC, ACADEMIC_HEAD, HEAD, IMPORT, SECRETARY, TEACHER, anywhere, own_department
from domain.duties import Duty
from domain.exams import EXAM_RECORDS, MEMBER_FACTS
from domain.grades.events import (
    STANDING,
    Anomaly,
    Bands,
    CourseGrade,
    CourseGradesPublished,
    CourseGradesReckoned,
    GradeCorrected,
    GradeSheetConfirmed,
    GradeSheetReturned,
    GradeSheetSubmitted,
    GradesPublished,
    Score,
)
from domain.grades.reckoning import Scale, reckoned
from domain.grades.rules import MANY_FAILED
from domain.grades.sheet import AboutSheet, Sheet, of_class, of_sheet, own_class

PART = 500
SHOWN = 20


def in_parts(grades: Mapping[str, CourseGrade]) -> Iterator[tuple[int, dict[str, CourseGrade]]]:
    """Grades in numbered parts, so that no event grows with the class."""
    everybody = iter(grades.items())
    for number in range(1, -(-len(grades) // PART) + 1):
        yield number, dict(islice(everybody, PART))


class SubmitGradeSheet(AboutSheet):
    """提交成绩.  Locks the sheet, once every member has a mark or a reason for none in whatever counts.  Seed: D13.

    What is unusual is told, not refused: everybody has the same total, or many failed.
    """

    may = {TEACHER: own_class, IMPORT: anywhere}

    def reads(self) -> list[Reads]:
        return [
            *super().reads(),
            Reads((*MEMBER_FACTS, *EXAM_RECORDS, *STANDING), (self.teaching_class_id,)),
        ]

    def decide(self, state: Sheet, given: Context) -> Iterator[Event]:
        if state.stage == "submitted":
            return
        self.check_stage(state, "open", "returned")
        if state.scheme is None:
            raise Conflict("scheme_not_set", teaching_class=self.teaching_class_id)
        members = list(state.members.on(given.today))
        if not members:
            raise Conflict("roster_empty", teaching_class=self.teaching_class_id)
        scores = {student: state.scores(student) for student in members}
        self._check_complete(state, scores)
        rules = given.rules.at(given.now)
        scale = Scale.of(state.scheme.mode, rules)
        grades = {s: reckoned(state.scheme, scores[s], state.recorded(s), scale) for s in members}
        submission = state.submitted.submission + 1 if state.submitted else 1
        for part, some in in_parts(grades):
            yield CourseGradesReckoned(**of_class(state), submission=submission, part=part, grades=some)
        bands = _bands(grades.values())
        duty, on_time = _settled(state, given)
        kept = {c.key for c in state.scheme.components}
        said = {"submitted_at": given.now, "on_time": on_time, "members": len(members), "duty": duty}
        said["marks"] = sum(len(kept & told.keys()) for told in scores.values())
        yield GradeSheetSubmitted.model_validate(
            {
                **of_sheet(state, "submitted"),
                **said,
                "submission": submission,
                "submitted_by": given.actor.person_id,
                "bands": bands,
                "anomalies": _anomalies(grades.values(), bands, rules(MANY_FAILED)),
                "policies": (*scale.policies, *rules.used(MANY_FAILED)),
            }
        )

    def _check_complete(self, state: Sheet, scores: dict[str, dict[str, Score]]) -> None:
        """Raise when a member has neither mark nor reason somewhere; the exam's record is a reason in the final."""
        assert state.scheme
        counting = [c for c in state.scheme.components if c.weight_hundredths > 0]
        needed = {c.key for c in counting}
        beside_exam = {c.key for c in counting if c.kind != "final"}
        missing = [
            student
            for student, told in scores.items()
            if (beside_exam if state.recorded(student) else needed) - told.keys()
        ]
        if missing:
            said = {"teaching_class": self.teaching_class_id, "students": missing[:SHOWN]}
            raise Conflict("marks_missing", number=len(missing), **said)


def _settled(state: Sheet, given: Context) -> tuple[Duty | None, bool | None]:
    """The duty as this submission settles it, and whether it was kept; the first submission stands."""
    duty = state.duty
    if duty is None or duty.state not in ("open", "lapsed"):
        return None, state.on_time
    if state.lapsed:
        return duty.model_copy(update={"state": "done_late", "settled_at": given.now}), False
    done = duty.done(given.now)
    return done, done.state == "done"


def _bands(grades: Collection[CourseGrade]) -> Bands:
    return Bands.model_validate(Counter(g.level or "pending" for g in grades))


def _anomalies(grades: Collection[CourseGrade], bands: Bands, percent: int) -> tuple[Anomaly, ...]:
    found: list[Anomaly] = []
    totals = [g.total_hundredths for g in grades if g.outcome == "graded"]
    if len(totals) > 1 and len(set(totals)) == 1:
        found.append("all_same_score")
    if bands.failed * 100 > percent * (len(grades) - bands.pending):
        found.append("many_failed")
    return tuple(found)


class ReturnGradeSheet(AboutSheet):
    """退回成绩.  Sends a sheet back before publication, with a reason; marks may be changed again.  Seed: D13."""

    may = {SECRETARY: own_department, HEAD: own_department, ACADEMIC: anywhere}
    reason: Reason

    def decide(self, state: Sheet, given: Context) -> Iterator[Event]:
        if state.stage == "returned":
            return
        self.check_stage(state, "submitted", "confirmed")
        self.check_disinterested(state, given)
        yield GradeSheetReturned(**of_sheet(state, "returned"), reason=self.reason, returned_by=given.actor.person_id)


class ConfirmGradeSheet(AboutSheet):
    """审核成绩.  The department has checked the sheet; never one of its own teachers.  Seed: D13."""

    may = {SECRETARY: own_department, HEAD: own_department}

    def decide(self, state: Sheet, given: Context) -> Iterator[Event]:
        if state.stage == "confirmed":
            return
        self.check_stage(state, "submitted")
        self.check_disinterested(state, given, state.submitted.submitted_by if state.submitted else None)
        yield GradeSheetConfirmed(**of_sheet(state, "confirmed"), confirmed_by=given.actor.person_id)


class PublishGrades(AboutSheet):
    """发布成绩.  The grades stand and the students see them, as submitted and since corrected.  Seed: D13."""

    may = {ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere}

    def reads(self) -> list[Reads]:
        return [
            *super().reads(),
            Reads((CourseGradesReckoned,), (named(self.teaching_class_id),)),
            Reads((GradeCorrected,), (self.teaching_class_id,)),
        ]

    def decide(self, state: Sheet, given: Context) -> Iterator[Event]:
        if state.stage == "published":
            return
        self.check_stage(state, "confirmed")
        self.check_disinterested(state, given)
        assert state.offering
        for part, grades in in_parts(state.grades):
            yield CourseGradesPublished(
                **of_class(state), course_name=state.offering.course_name, part=part, grades=grades
            )
        yield GradesPublished(
            **of_sheet(state, "published"), published_at=given.now, published_by=given.actor.person_id
        )
