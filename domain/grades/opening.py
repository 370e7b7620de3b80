"""Opening a grade sheet 开放录入, and saying what a grade is made of 设定比例."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from domain import Conflict, Context, Day, Event, Reads, Reason
from domain.access import ACADEMIC, ACADEMIC_HEAD, IMPORT, SECRETARY, TEACHER, anywhere, own_department
from domain.grades.events import STANDING, Component, GradeSchemeSet, GradeSheetOpened, Mode, Stage
from domain.grades.rules import WEIGHTS_TOTAL
from domain.grades.sheet import AboutSheet, Sheet, of_sheet, own_class

WHOLE = 10_000
OFFICE = (ACADEMIC, ACADEMIC_HEAD, IMPORT)


class OpenGradeSheet(AboutSheet):
    """开放录入.  Marks of a class may be entered, by its teacher until the end of `closes_on`.  Seed: D13."""

    may = {SECRETARY: own_department, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    closes_on: Day | None = None

    def decide(self, state: Sheet, given: Context) -> Iterator[Event]:
        self.check_stage(state, "closed", "open", "returned")
        stage: Stage = "returned" if state.stage == "returned" else "open"
        if state.opened is None or state.opened.closes_on != self.closes_on:
            yield GradeSheetOpened(**of_sheet(state, stage), closes_on=self.closes_on)


class SetGradeScheme(AboutSheet):
    """设定比例.  The components of a course grade and their weights.  Seed: D13.

    Weights that do not make 100 % need a reason, and academic affairs to give it; `mode` says how the grade is told.
    """

    may = {TEACHER: own_class, ACADEMIC: anywhere, ACADEMIC_HEAD: anywhere, IMPORT: anywhere}
    mode: Mode = "hundred"
    components: Annotated[tuple[Component, ...], Field(min_length=1, max_length=60)]
    override_reason: Reason | None = None

    def more(self, state: Sheet) -> Sequence[Reads]:
        """Marks are looked at only where a component they might be in is to go."""
        marks = [Reads(STANDING, (self.teaching_class_id,))] if self._gone(state) else []
        return [*super().more(state), *marks]

    def _gone(self, state: Sheet) -> set[str]:
        kept = {c.key for c in self.components}
        return {c.key for c in state.scheme.components} - kept if state.scheme else set()

    def decide(self, state: Sheet, given: Context) -> Iterator[Event]:
        self.check_stage(state, "closed", "open", "returned")
        if len({c.key for c in self.components}) < len(self.components):
            raise Conflict("component_named_twice", teaching_class=self.teaching_class_id)
        rules = given.rules.at(given.now)
        self._check_total(rules(WEIGHTS_TOTAL), given.actor.role)
        if used := self._gone(state) & {key for marks in state.marks.values() for key in marks}:
            raise Conflict("component_has_marks", teaching_class=self.teaching_class_id, number=len(used))
        said = (self.mode, self.components, self.override_reason)
        known = state.scheme
        if known and (known.mode, known.components, known.override_reason) == said:
            return
        yield GradeSchemeSet(
            **of_sheet(state),
            mode=self.mode,
            components=self.components,
            override_reason=self.override_reason,
            set_by=given.actor.person_id,
            policies=rules.used(WEIGHTS_TOTAL),
        )

    def _check_total(self, rule: str, role: str) -> None:
        total = sum(c.weight_hundredths for c in self.components)
        reasoned = rule == "reasoned" and self.override_reason and role in OFFICE
        if total == 0 or not (total == WHOLE or rule == "any" or reasoned):
            raise Conflict("weights_total", teaching_class=self.teaching_class_id, hundredths=total)
