"""Reckoning a course grade 总评: from scores, weights, and what the exam has on record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from domain.grades.events import Component, CourseGrade, GradeSchemeSet, Level, MakeupMarkRecorded, Mode, Outcome, Score
from domain.grades.rules import EXCELLENT_MARK, MAKEUP_TOTAL, PASS_MARK
from domain.policies import PolicyUse

NOTHING = frozenset[str]()
RULES = (PASS_MARK, EXCELLENT_MARK, MAKEUP_TOTAL)


@dataclass(frozen=True)
class Scale:
    """The rules by which totals are judged; marks in hundredths."""

    mode: Mode
    pass_mark: int
    excellent_mark: int
    makeup_capped: bool
    policies: tuple[PolicyUse, ...]

    @classmethod
    def of(cls, mode: Mode, rules: Any) -> Self:
        capped = rules(MAKEUP_TOTAL) == "capped"
        return cls(mode, rules(PASS_MARK) * 100, rules(EXCELLENT_MARK) * 100, capped, rules.used(*RULES))

    def level(self, total: int) -> Level:
        """The five levels: from the pass mark to the excellent mark in equal thirds; two levels in pass or fail."""
        if total < self.pass_mark:
            return "failed"
        if self.mode == "pass_fail":
            return "passed"
        if total >= self.excellent_mark:
            return "excellent"
        third = (self.excellent_mark - self.pass_mark) / 3
        steps = int((total - self.pass_mark) / third)
        levels: tuple[Level, ...] = ("passed", "fair", "good")
        return levels[min(steps, 2)]

    def graded(self, total: int, outcome: Outcome = "graded") -> CourseGrade:
        """A grade with a total; whoever missed, disturbed or was barred from the exam has failed whatever the total."""
        level = self.level(total) if outcome == "graded" else "failed"
        return CourseGrade(total_hundredths=total, level=level, passed=level != "failed", outcome=outcome)


def outcome_of(components: Iterable[Component], scores: Mapping[str, Score], recorded: frozenset[str]) -> Outcome:
    """What stands above the scores: the exam's own record first, then what was entered instead of a score."""
    finals = {c.key for c in components if c.kind == "final"}
    exam = recorded if finals else NOTHING
    entered = {score.special for score in scores.values()}
    in_final = {scores[key].special for key in finals if key in scores}
    if "cheating" in exam or "cheating" in entered:
        return "cheating"
    if "violation" in exam or "violation" in entered:
        return "violation"
    if "bar" in exam:
        return "barred"
    if "deferral" in exam or "deferred" in entered:
        return "deferred"
    if "absence" in exam or "absent_exam" in in_final:
        return "absent_exam"
    return "graded"


def weighted(components: Iterable[Component], scores: Mapping[str, Score]) -> int | None:
    """Σ weight · score ÷ Σ weight in hundredths, half up; exempt and ungraded parts are left out; None: all are."""
    counted = list(_counted(components, scores))
    weights = sum(weight for weight, _ in counted)
    return (2 * sum(w * s for w, s in counted) + weights) // (2 * weights) if weights else None


def _counted(components: Iterable[Component], scores: Mapping[str, Score]) -> Iterator[tuple[int, int]]:
    for component in components:
        score = scores.get(component.key)
        if score is None or score.special in ("exempt", "no_score"):
            continue
        yield component.weight_hundredths, score.hundredths or 0


def reckoned(
    scheme: GradeSchemeSet, scores: Mapping[str, Score], recorded: frozenset[str], scale: Scale
) -> CourseGrade:
    """The grade of a student as the marks and the exam's record make it."""
    outcome = outcome_of(scheme.components, scores, recorded)
    if outcome == "deferred":
        return CourseGrade(total_hundredths=None, level=None, passed=None, outcome=outcome)
    if outcome in ("cheating", "violation", "barred"):
        return scale.graded(0, outcome)
    if outcome == "absent_exam":
        zero = {c.key: Score(hundredths=0) for c in scheme.components if c.kind == "final"}
        scores = {**scores, **zero}
    total = weighted(scheme.components, scores)
    if total is None:
        return CourseGrade(total_hundredths=None, level=None, passed=None, outcome="exempt")
    return scale.graded(total, outcome)


def retaken(
    before: CourseGrade, score: Score, scheme: GradeSchemeSet, scores: Mapping[str, Score], deferred: bool, scale: Scale
) -> CourseGrade:
    """The grade after an exam sat later (its score takes the place of the final one), or sat again 补考."""
    reached = score.hundredths or 0
    if score.special in ("cheating", "violation"):
        grade = scale.graded(0, "cheating" if score.special == "cheating" else "violation")
    elif deferred:
        finals = {c.key: Score(hundredths=reached) for c in scheme.components if c.kind == "final"}
        total = weighted(scheme.components, {**scores, **finals}) or 0
        grade = scale.graded(total, "absent_exam" if score.special == "absent_exam" else "graded")
    elif reached >= scale.pass_mark:
        grade = scale.graded(scale.pass_mark if scale.makeup_capped else reached)
    else:
        grade = scale.graded(max(reached, before.total_hundredths or 0), "absent_exam")
        grade = grade.model_copy(update={"outcome": "absent_exam" if score.special != "none" else "graded"})
    return grade.model_copy(update={"attempt": "deferred" if deferred else "makeup"})


def regraded(
    scheme: GradeSchemeSet,
    scores: Mapping[str, Score],
    recorded: frozenset[str],
    makeups: Iterable[MakeupMarkRecorded],
    scale: Scale,
) -> CourseGrade:
    """The grade of a student anew, with every exam they sat later or again."""
    grade = reckoned(scheme, scores, recorded, scale)
    for makeup in makeups:
        grade = retaken(grade, makeup.score, scheme, scores, makeup.grade.attempt == "deferred", scale)
    return grade
