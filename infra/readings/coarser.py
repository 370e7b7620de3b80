"""Readings by department and week as those of fewer groups: one look at the rows answers for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from infra.readings.reading import Group, Reading

FINE: Final[tuple[Group, ...]] = ("department", "week")
Row = tuple[Any, ...]


def asked_for(by: Sequence[Group]) -> tuple[Group, ...]:
    """The groups to look the rows up by, so that those asked for can be added up from them."""
    return FINE if set(by) <= set(FINE) else tuple(by)


def coarser(readings: Iterable[Reading], by: Sequence[Group]) -> list[Row]:
    """Groups, numerator, denominator and count, in the order of the groups; without groups exactly one row."""
    sums: dict[Row, list[Any]] = {} if by else {(): [Decimal(0), Decimal(0), 0]}
    for reading in readings:
        told = sums.setdefault(tuple(reading.group[g] for g in by), [Decimal(0), Decimal(0), 0])
        for place, part in enumerate((reading.numerator, reading.denominator, reading.count)):
            told[place] += part
    # What belongs to no group comes last, as the database has it.
    return [(*key, *sums[key]) for key in sorted(sums, key=lambda key: [(part is None, part or 0) for part in key])]
