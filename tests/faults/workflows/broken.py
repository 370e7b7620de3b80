"""Deciders broken on purpose, one rule at a time: what the inquiry must then find."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from domain.access import DelegationEnded, Grants, anywhere
from domain.approval import Route
from domain.conduct import appeals, handling, sanctions
from domain.grades.sheet import AboutSheet
from domain.tasks import EvaluateTask, file, judging
from tests.faults.workflows.campaign import Outcome, run


@dataclass(frozen=True)
class Breakage:
    """`owner`'s `name` replaced in workflows of one kind, and which of the findings must then not be empty."""

    what: str
    kind: str
    owner: Any
    name: str
    instead: Any
    found: str

    @contextmanager
    def in_force(self) -> Iterator[None]:
        whole = vars(self.owner)[self.name]
        setattr(self.owner, self.name, self.instead)
        try:
            yield
        finally:
            setattr(self.owner, self.name, whole)


def _nothing(*_: Any, **__: Any) -> None:
    """No check at all."""


def _nobody(*_: Any) -> set[str]:
    """As if nobody acted."""
    return set()


def _any_step(route: Route, passed: Any, *_: Any) -> bool:
    """Whoever comes agrees to the next step."""
    return len(passed) + 1 >= len(route.steps)


def _at_once(*_: Any) -> bool:
    """The first who agrees decides."""
    return True


def _ends_nothing(grants: Grants, event: Any, whole: Any = Grants.after) -> Grants:
    """A delegation once given never ends."""
    return grants if isinstance(event, DelegationEnded) else whole(grants, event)


def _never_mind(command: Any, held: Any, **_: Any) -> Any:
    return held.assignment


EVERYBODY = dict.fromkeys(EvaluateTask.may, anywhere)
TASKS, GRADES, WAIVERS, SLIPS, SANCTIONS = (
    "tasks",
    "grade corrections",
    "roll call waivers",
    "slip appeals",
    "discipline appeals",
)
SELF, SKIPPED, FORGED = "self_approvals", "skipped_steps", "unauthorised"
ALL = (
    Breakage("who had a part judges", TASKS, judging, "not_oneself", _nothing, SELF),
    Breakage("unfinished work is judged", TASKS, judging, "submitted", _nothing, SKIPPED),
    Breakage("work is done out of turn", TASKS, file.AboutAssignment, "undone", _never_mind, SKIPPED),
    Breakage("others than the publisher judge", TASKS, EvaluateTask, "may", EVERYBODY, FORGED),
    Breakage("a delegation never ends", TASKS, Grants, "after", _ends_nothing, FORGED),
    Breakage("the teacher agrees", GRADES, AboutSheet, "check_disinterested", _nothing, SELF),
    Breakage("anybody agrees to a step", GRADES, Route, "check", _any_step, SKIPPED),
    Breakage("one step is enough", GRADES, Route, "check", _at_once, SKIPPED),
    Breakage("anybody agrees to a waiver's step", WAIVERS, Route, "check", _any_step, SKIPPED),
    Breakage("who issued a slip confirms it", SLIPS, handling, "acting", _nobody, SELF),
    Breakage("who confirmed a slip decides its appeal", SLIPS, appeals, "acting", _nobody, SELF),
    Breakage("who proposed a sanction decides it", SANCTIONS, sanctions, "check_independent", _nothing, SELF),
    Breakage("nobody is heard", SANCTIONS, sanctions.DecideDiscipline, "_check_heard", _nothing, SKIPPED),
)


async def noticed(breakage: Breakage, seed: int = 1, workflows: int = 110) -> tuple[int, Outcome]:
    """How often the inquiry found what the breakage let through."""
    with breakage.in_force():
        outcome = await run(seed, workflows, (breakage.kind,), students=3)
    return len(getattr(outcome.findings, breakage.found)), outcome
