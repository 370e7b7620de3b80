"""What is read of a figure: its values by group, and its rows a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from infra.readings.query import value_of

Row = dict[str, Any]
Group = Literal["department", "term", "week", "day", "person", "about"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a figure.  `group` holds the ids grouped by (keys: department, term, week, day, person, about).

    `value` is None unless `state` is "ok": "none_due" says that nothing was due (never 0 % or 100 %), "stopped"
    that a table under the figure could not fold event `stopped_at` + 1.  `count` is the number of contributions.
    """

    group: Mapping[str, Any]
    value: Decimal | None
    numerator: Decimal
    denominator: Decimal
    count: int
    state: Literal["ok", "none_due", "stopped"]
    stopped_at: int | None
    as_of: int
    moment: datetime


class Page(list[Row]):
    """Rows as of one position, judged at one moment: the next page goes on in the same answer where it names both."""

    def __init__(self, rows: Iterable[Row], as_of: int, moment: datetime) -> None:
        super().__init__(rows)
        self.as_of, self.moment = as_of, moment


def stopped(stop: int, position: int, moment: datetime) -> Reading:
    """No value: a table under the figure has stopped."""
    zero = Decimal(0)
    return Reading({}, None, zero, zero, 0, "stopped", stop, position, moment)


def reading(scale: int | None, by: Sequence[Group], row: tuple[Any, ...], position: int, moment: datetime) -> Reading:
    """A row of groups, numerator, denominator and count as a reading."""
    *groups, numerator, denominator, count = row
    value = value_of(scale, numerator, denominator)
    group = dict(zip(by, groups, strict=True))
    state: Literal["ok", "none_due"] = "none_due" if value is None else "ok"
    return Reading(group, value, numerator, denominator, count, state, None, position, moment)
