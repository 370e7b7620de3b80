"""An answer 试算结果: each figure as it stands and as it would, by department and person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain.policies import Value
from domain.retelling import AnyPolicy
from infra.readings.query import Figure, value_of
from infra.readings.scope import Viewer
from infra.what_if.question import Question

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Sums:
    """What a figure's rows add up to."""

    numerator: Decimal = NOTHING
    denominator: Decimal = NOTHING
    count: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.numerator + other.numerator, self.denominator + other.denominator, self.count + other.count)


@dataclass(frozen=True)
class Pair:
    """The same sums as they stand and as they would be; `scale` as the figure has it."""

    scale: int | None
    live: Sums = Sums()
    shadow: Sums = Sums()

    @property
    def now(self) -> Decimal | None:
        return value_of(self.scale, self.live.numerator, self.live.denominator)

    @property
    def then(self) -> Decimal | None:
        return value_of(self.scale, self.shadow.numerator, self.shadow.denominator)

    @property
    def same(self) -> bool:
        return self.live == self.shadow

    @property
    def difference(self) -> Decimal | None:
        """How much more it would be; None where one of the two says nothing."""
        return None if self.now is None or self.then is None else self.then - self.now

    @property
    def moved(self) -> Decimal:
        """By how much the numerator would be another: what the largest differences are found by."""
        return abs(self.shadow.numerator - self.live.numerator) or abs(self.shadow.denominator - self.live.denominator)

    def __add__(self, other: Pair) -> Pair:
        return Pair(self.scale, self.live + other.live, self.shadow + other.shadow)


# (department, person); either may be missing.
Place = tuple[str | None, str | None]


@dataclass(frozen=True)
class Compared:
    """One figure; `stopped_at` is where a table under it stopped (nothing is compared then)."""

    figure: Figure
    cells: Mapping[Place, Pair]
    stopped_at: int | None = None

    @property
    def total(self) -> Pair:
        return sum(self.cells.values(), Pair(self.figure.scale))

    @property
    def same(self) -> bool:
        return all(pair.same for pair in self.cells.values())

    def by_department(self) -> dict[str | None, Pair]:
        return self._by(lambda place: place[0])

    def by_person(self) -> dict[Place, Pair]:
        """By person and department, the largest differences first; rows about nobody are left out."""
        of_people = {place: pair for place, pair in self.cells.items() if place[1]}
        return dict(sorted(of_people.items(), key=lambda one: (-one[1].moved, str(one[0]))))

    def _by(self, part: Callable[[Place], Any]) -> dict[Any, Pair]:
        found: dict[Any, Pair] = {}
        for place, pair in self.cells.items():
            found[part(place)] = found.get(part(place), Pair(self.figure.scale)) + pair
        return dict(sorted(found.items(), key=lambda one: (-one[1].moved, str(one[0]))))

    def within(self, departments: frozenset[str]) -> Compared:
        return replace(self, cells={place: pair for place, pair in self.cells.items() if place[0] in departments})


@dataclass(frozen=True)
class Supposition:
    """A policy, the value and version in force at the moment, and the value supposed."""

    policy: AnyPolicy
    value: Value
    version: int
    supposed: Value


@dataclass(frozen=True)
class Retold:
    """What was told again: of the events of so many stories some read `otherwise`, some are not there, or are more."""

    stories: int = 0
    events: int = 0
    otherwise: int = 0
    left_out: int = 0
    put_in: int = 0


@dataclass(frozen=True)
class Answer:
    """What would be: of one term, as of a position, judged at a moment.

    `head` is how far the tables had come when it was asked; `departments`: those it was cut to (None: the college's).
    `since` is the moment from which the values are supposed: the term's first.  `retold` counts the whole college's
    events: None for those who do not see the whole college.
    """

    question: Question
    term: str
    since: datetime
    position: int
    head: int
    moment: datetime
    suppositions: tuple[Supposition, ...]
    figures: tuple[Compared, ...]
    retold: Retold | None
    seconds: float
    departments: tuple[str, ...] | None = None

    def proposal_id(self, one: Supposition) -> str:
        """The id under which a value may be proposed: another one as soon as anything was recorded since."""
        return f"{one.policy.key}-{one.supposed}-{self.head}".lower()

    @property
    def same(self) -> bool:
        """Whether nothing would be any different."""
        return all(figure.same for figure in self.figures)

    def within(self, viewer: Viewer) -> Answer:
        """What a viewer may see of it: all, or what concerns the departments held."""
        if viewer.college:
            return self
        departments = frozenset(viewer.departments)
        figures = tuple(figure.within(departments) for figure in self.figures)
        return replace(self, figures=figures, departments=tuple(sorted(departments)), retold=None)
