"""What the college's figures say: to whom, as of which position, at which moment, and by which events.

Every reading happens in a READ ONLY transaction of the reader's role, in which row-level security shows the
viewer's rows only.  `as_of` is a log position (None: as far as the tables have been folded); `at` is the moment
a figure is judged at (None: the institution's clock for now, the moment of recording for a past position).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, LiteralString

from infra.readings.scope import SYSTEM as SYSTEM, Viewer as Viewer

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


@dataclass(frozen=True, slots=True)
class TableStatus:
    """How far one read table has come; `error` and `failed_at` tell why a halted one stopped."""

    name: str
    position: int
    lag_events: int
    lag_seconds: float
    state: Literal["live", "halted", "rebuilding", "building"]
    error: str | None = None
    failed_at: int | None = None
    progress: float | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """The head of the log and of the read tables."""

    head: int
    events: int
    position: int
    lag_events: int
    lag_seconds: float
    recorded_at: datetime | None
    tables: tuple[TableStatus, ...]


class Readings:
    """The read side of one institution."""

    async def figure(
        self,
        key: str,
        viewer: Viewer,
        *,
        as_of: int | None = None,
        at: datetime | None = None,
        department: str | None = None,
        term: str | None = None,
        week: int | None = None,
        person: str | None = None,
        by: Sequence[Group] = (),
        rules: Mapping[str, bool | int | str] | None = None,
    ) -> list[Reading]:
        """A figure's value, one reading per group (exactly one without `by`), ordered by the groups.

        `rules` names policy keys and values to judge by instead of those in force: "what if".
        Raises Unknown("figure_unknown"), Unknown("position_unknown").
        """
        raise NotImplementedError

    async def contributions(
        self,
        key: str,
        viewer: Viewer,
        *,
        as_of: int | None = None,
        at: datetime | None = None,
        department: str | None = None,
        term: str | None = None,
        week: int | None = None,
        person: str | None = None,
        limit: int = 200,
        after: str | None = None,
    ) -> list[Row]:
        """The rows a figure sums, newest event first, each with its `position` and a `cursor` for the next page."""
        raise NotImplementedError

    async def rows(
        self,
        table: str,
        viewer: Viewer,
        *,
        where: Mapping[str, Any] | None = None,
        as_of: int | None = None,
        order: Sequence[str] = (),
        limit: int = 1000,
        history: bool = False,
    ) -> list[Row]:
        """Rows of one table, with `since` and `until`; `where` compares columns (a list: any of; a text[] column: holds).

        `history`: every version ever, not only those of the position asked.
        Raises Unknown("table_unknown"), Unknown("column_unknown"), Unknown("position_unknown").
        """
        raise NotImplementedError

    async def select(
        self,
        sql: LiteralString,
        params: Mapping[str, Any] | None,
        viewer: Viewer,
        *,
        as_of: int | None = None,
        at: datetime | None = None,
    ) -> list[Row]:
        """Any select over tables named {table}, read as of the position; %(moment)s and %(position)s are given."""
        raise NotImplementedError

    async def status(self) -> Status:
        """How far the log and every table have come."""
        raise NotImplementedError

    async def wait_for(self, position: int, timeout: float = 5.0) -> bool:
        """Wait until the tables show `position`; False when they did not in time."""
        raise NotImplementedError

    async def position_at(self, moment: datetime) -> int:
        """The last position recorded at or before a moment (0: none)."""
        raise NotImplementedError
