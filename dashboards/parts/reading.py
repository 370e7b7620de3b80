"""Readings as people see them 读数: value, what it is out of, its light, and what changed.  Seed: D08."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any, Final, Literal

from dashboards.parts.units import DUE, SIGNS, counted, sign
from dashboards.parts.words import Words
from infra.readings import Reading
from projections import Figure

FEW: Final = 10
Light = Literal["green", "amber", "red", "few", "none", "unset"]
SHAPES: Final[Mapping[Light, str]] = {"green": "●", "amber": "▲", "red": "■", "few": "◇", "none": "○", "unset": "○"}


@dataclass(frozen=True)
class Target:
    """Where a figure's lights change, in the figure's unit."""

    green: Decimal
    amber: Decimal
    better: str

    def light(self, value: Decimal) -> Light:
        sign = 1 if self.better == "higher" else -1
        if value * sign >= self.green * sign:
            return "green"
        return "amber" if value * sign >= self.amber * sign else "red"


@dataclass(frozen=True)
class Sum:
    """What was achieved out of what was due."""

    numerator: Decimal = Decimal(0)
    denominator: Decimal = Decimal(0)
    count: int = 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.numerator + other.numerator, self.denominator + other.denominator, self.count + other.count)

    @property
    def short(self) -> Decimal:
        """What is lacking to the whole."""
        return self.denominator - self.numerator

    def value(self, figure: Figure) -> Decimal | None:
        """In the figure's unit, to one decimal place half up, a score to two; None when nothing was due."""
        if figure.scale is None:
            return self.numerator
        if not self.denominator:
            return None
        share = self.numerator * figure.scale / self.denominator
        return share.quantize(Decimal("0.01" if figure.unit == "score" else "0.1"), ROUND_HALF_UP)

    def few(self, figure: Figure) -> bool:
        """Whether a rate would say more than so few cases can: it is then shown as a count."""
        return figure.scale is not None and 0 < self.denominator < FEW

    def light(self, figure: Figure, target: Target | None) -> Light:
        value = self.value(figure)
        if value is None or (figure.scale is not None and not self.denominator):
            return "none"
        if self.few(figure):
            return "few"
        return target.light(value) if target else "unset"

    def shown(self, figure: Figure, words: Words) -> tuple[str, str]:
        """(number, unit) as a card shows them."""
        value = self.value(figure)
        if value is None:
            return words("nothing_due" if figure.key in DUE else "light_none"), ""
        if figure.unit == "score":
            return words.number(value, 2), sign(figure, words).strip()
        if self.few(figure):
            return f"{words.periods(self.numerator)}/{words.periods(self.denominator)}", ""
        if figure.scale is not None:
            return words.number(value, 1), sign(figure, words).strip()
        return words.periods(value), counted(figure, words)

    def told(self, figure: Figure, words: Words) -> str:
        """The same in one piece, for titles and tables; a score of few says of how many."""
        number, unit = self.shown(figure, words)
        told = number + unit if unit in SIGNS.values() else f"{number} {unit}".strip()
        return f"{told} (n={words.periods(self.denominator)})" if figure.unit == "score" and self.few(figure) else told


Cell = tuple[str | None, int]


@dataclass(frozen=True)
class Cube:
    """One figure of one term by department and week, and the sums of it that a page shows."""

    figure: Figure
    cells: Mapping[Cell, Sum] = field(default_factory=dict)
    stopped_at: int | None = None
    as_of: int = 0

    @classmethod
    def of(cls, figure: Figure, readings: Iterable[Reading]) -> Cube:
        cells: dict[Cell, Sum] = {}
        stopped: int | None = None
        as_of = 0
        for reading in readings:
            stopped = reading.stopped_at if reading.state == "stopped" else stopped
            as_of = max(as_of, reading.as_of)
            place = reading.group.get("department"), reading.group.get("week") or 0
            told = Sum(reading.numerator, reading.denominator, reading.count)
            cells[place] = cells[place] + told if place in cells else told
        return cls(figure, cells, stopped, as_of)

    @cached_property
    def _by_week(self) -> dict[int, Sum]:
        told: dict[int, Sum] = {}
        for (_, week), part in self.cells.items():
            told[week] = told.get(week, Sum()) + part
        return told

    def sum(self, department: str | None = None, week: int | None = None, upto: int | None = None) -> Sum:
        """Over all cells of a department, a week, or the weeks up to one."""
        if department is None:
            chosen = self._by_week
        else:
            chosen = {w: part for (of, w), part in self.cells.items() if of == department}
        if week:
            return chosen.get(week, Sum())
        return sum((part for w, part in chosen.items() if not upto or w <= upto), Sum())

    @property
    def weeks(self) -> list[int]:
        """Weeks in which anything was due."""
        return sorted({week for (_, week), told in self.cells.items() if week and (told.denominator or told.numerator)})

    def departments(self, week: int | None = None) -> list[str]:
        """Departments for which anything was due."""
        return sorted({of for (of, w), told in self.cells.items() if of and told.count and (not week or w == week)})

    def line(self, department: str | None, upto: int) -> list[Decimal | None]:
        """The values of weeks 1 to `upto`; None where nothing was due."""
        sums = (self.cells.get((department, w), Sum()) if department else self.sum(None, w) for w in range(1, upto + 1))
        return [told.value(self.figure) if told.denominator or told.numerator else None for told in sums]


def targets(thresholds: Iterable[Mapping[str, Any]]) -> dict[str, Target]:
    """Rows of the threshold table (tenths) by the figure they are set for."""
    return {
        row["figure_key"]: Target(Decimal(row["green"]) / 10, Decimal(row["amber"]) / 10, row["better"])
        for row in thresholds
    }
