"""Differences 两时点之差: what a figure said at one moment, what is said of that time since, and what it says later.

"As known then" is the figure at the first position; "as corrected since" are the same facts, and those of that time
which came to be known later, as the second position has them; the rest up to the second is what has happened since.
The parts add up: what was known then + corrections + what happened since = the figure at the second position.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, Literal, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from psycopg.sql import SQL, Identifier

from domain import Conflict, Event, Unknown
from infra.log import Row as Stored
from infra.readings import Readings, _Asked
from infra.readings.query import Figure, Filters, value_of
from infra.readings.rules import Value, in_force
from infra.readings.scope import Viewer
from infra.readings.two_moments import KEY, causes, difference, parameters

Kind = Literal["corrected", "added_late", "withdrawn", "fallen_due", "new", "settled", "moved_on"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
CORRECTED: Final[tuple[Kind, ...]] = ("corrected", "withdrawn")
# What makes "as corrected since" differ from "as known then".
SINCE: Final[tuple[Kind, ...]] = (*CORRECTED, "added_late")
MOST_CAUSES: Final = 6
NO_DAY: Final = date(1900, 1, 1)
BEFORE_ALL: Final = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Side:
    """A sum of contributions at one of the moments; `value` None: nothing was due."""

    numerator: Decimal
    denominator: Decimal
    count: int
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Three:
    """As known then, as corrected since, and at the later moment; `many` contributions differ."""

    then: Side
    corrected: Side
    now: Side
    many: int = 0


@dataclass(frozen=True, slots=True)
class Cause:
    """An event between the moments that concerns a contribution; `corrects`: it says that something was otherwise."""

    event: Stored
    corrects: bool
    actor: Mapping[str, Any]
    command: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One contribution that differs, what became of it, and the events that made it so, in order."""

    about: str | None
    person: str | None
    department: str | None
    term: str | None
    week: int | None
    day: date | None
    kind: Kind
    sides: Three
    position: int
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """A position with the moment it was recorded, or is judged at."""

    position: int
    at: datetime


@dataclass(frozen=True)
class Difference:
    """A figure between two moments; `after` is the cursor of the next page of `changes`, None on the last.

    `rules` are the policies that read otherwise: their values then and now.  `stopped_at`: a table under the figure
    stands at that position, short of the second, and nothing is told.
    """

    figure: str
    before: Moment
    now: Moment
    whole: Three
    kinds: Mapping[Kind, Three] = field(default_factory=dict)
    departments: Mapping[str | None, Three] = field(default_factory=dict)
    rules: Mapping[str, tuple[Value, Value]] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    after: str | None = None
    stopped_at: int | None = None

    @property
    def corrections(self) -> int:
        """How many contributions of the first moment are known otherwise since, or not at all."""
        return sum(self.kinds[kind].many for kind in CORRECTED if kind in self.kinds)

    @property
    def known_later(self) -> int:
        """How many contributions of the time before the first moment came to be known after it."""
        return self.kinds["added_late"].many if "added_late" in self.kinds else 0


def correcting() -> list[str]:
    """The events that say that something recorded before was otherwise."""
    return sorted(name for name, kind in Event.by_name.items() if kind.CORRECTS)


async def differences(
    readings: Readings,
    key: str,
    viewer: Viewer,
    before: int,
    now: int | None = None,
    *,
    at: datetime | None = None,
    department: str | None = None,
    term: str | None = None,
    week: int | None = None,
    person: str | None = None,
    kinds: Sequence[Kind] = (),
    limit: int = 50,
    after: str | None = None,
) -> Difference:
    """What changed in a figure from one position to another (None: as far as the tables have come, judged by now).

    `at` is the moment the second is judged at instead, as its first page was.
    Raises Unknown("figure_unknown", "position_unknown", "cursor_unknown"), Conflict("moments_out_of_order").
    """
    figure, filters = readings._figure(key), Filters(department, term, week, person)
    async with readings._asked(viewer, now, at) as asked:
        ends = await _ends(readings, asked, before)
        if (stop := asked.standing.stop_of(asked.tables.named_in(figure.rows))) is not None:
            return Difference(key, *ends, _three(figure, {}), stopped_at=stop)
        span = _Span(readings, asked, figure, *ends, await _heard(readings, asked, figure))
        rows, rules = await span.read(filters, kinds, limit, after)
        page = sorted((row for row in rows if row["level"] == 0), key=_turn)
        changes = tuple(await span.changes(page))
    return Difference(
        key,
        *ends,
        _sums(figure, rows, 3, "kind")[None],
        {kind: sides for kind, sides in _sums(figure, rows, 2, "kind").items() if kind},
        _sums(figure, rows, 1, "department_id"),
        rules,
        changes,
        _cursor(page[-1]) if len(page) == limit else None,
    )


async def _ends(readings: Readings, asked: _Asked, before: int) -> tuple[Moment, Moment]:
    """Both moments, in order."""
    if before > (upto := asked.standing.at):
        unknown = asked.standing.as_of is None
        raise Unknown("position_unknown", position=before) if unknown else Conflict("moments_out_of_order")
    return Moment(before, await _recorded(readings, asked, before)), Moment(upto, asked.moment)


def _sums(figure: Figure, rows: Sequence[Mapping[str, Any]], level: int, column: str) -> dict[Any, Three]:
    """The sums of one level, by what they are of."""
    return {row[column]: _three(figure, row) for row in rows if row["level"] == level}


async def _recorded(readings: Readings, asked: _Asked, position: int) -> datetime:
    """When a position was recorded; before the first event there was nothing."""
    log = Identifier(readings._institution.schema, "event")
    found = await asked.db.execute(SQL("select recorded_at from {} where position = %s").format(log), (position,))
    row = await found.fetchone()
    return row[0] if row else BEFORE_ALL


async def _heard(readings: Readings, asked: _Asked, figure: Figure) -> list[str]:
    """The events that the tables under a figure are made of."""
    books = Identifier(readings._institution.read_schema, "generation")
    query = SQL(
        "select distinct t from {}, json_array_elements_text(definition->'types') t where serving and name = any (%s)"
    )
    found = await asked.db.execute(query.format(books), (list(asked.tables.named_in(figure.rows)),))
    return [kind async for (kind,) in found]


@dataclass(frozen=True)
class _Span:
    """Two moments of one figure, in one transaction."""

    readings: Readings
    asked: _Asked
    figure: Figure
    before: Moment
    now: Moment
    heard: Sequence[str]

    async def read(
        self, filters: Filters, kinds: Sequence[Kind], limit: int, after: str | None
    ) -> tuple[list[dict[str, Any]], Mapping[str, tuple[Value, Value]]]:
        """The rows of the difference, and the rules that read otherwise."""
        asked, figure = self.asked, self.figure
        then = await in_force(asked.db, asked.tables, self.before.position, self.before.at, figure.policies)
        fixed = await in_force(asked.db, asked.tables, self.now.position, self.before.at, figure.policies)
        last = await in_force(asked.db, asked.tables, self.now.position, self.now.at, figure.policies)
        given: dict[str, Any] = {**filters.told(), **self._common(), "kinds": list(kinds), "most": limit}
        for side, moment, position, rules in (
            ("then", self.before.at, self.before.position, then),
            ("fixed", self.before.at, self.now.position, fixed),
            ("last", self.now.at, self.now.position, last),
            ("due", self.now.at, self.before.position, then),
        ):
            given |= parameters(side, {"moment": moment, "position": position, "zone": asked.zone, **rules})
        if after is not None:
            given |= _page_after(after)
        schema = self.readings._institution.schema
        span = self.before.position, self.now.position
        query = difference(asked.tables, figure, schema, span, filters, bool(kinds), after is not None)
        otherwise = {figure.policies[n].key: (then[n], last[n]) for n in then if then[n] != last[n]}
        return await self.readings._rows(asked.db, query, given), otherwise

    def _common(self) -> dict[str, Any]:
        at = self.before.at.astimezone(ZoneInfo(self.asked.zone)).date() if self.before.position else NO_DAY
        return {
            "before": self.before.position,
            "after": self.now.position,
            "then_day": at,
            "heard": self.heard,
            "correcting": correcting(),
        }

    async def changes(self, rows: Sequence[Mapping[str, Any]]) -> list[Change]:
        """The rows of one page, with the events behind each."""
        if not rows:
            return []
        given = self._common() | {
            "numbers": list(range(len(rows))),
            "abouts": [row["about"] for row in rows],
            "apart": [row["apart"] for row in rows],
            "fixed": [row["fixed_position"] for row in rows],
            "last": [row["last_position"] for row in rows],
            "causes": MOST_CAUSES,
        }
        told: list[list[Cause]] = [[] for _ in rows]
        query = causes(self.readings._institution.schema)
        for number, *stored in await (await self.asked.db.execute(query, given)).fetchall():
            told[number].append(_cause(*stored))
        return [_change(self.figure, row, of) for row, of in zip(rows, told, strict=True)]


def _cause(position: int, event: UUID, kind: str, tags: list[str], body: str, recorded_at: datetime) -> Cause:
    envelope = orjson.loads(body)
    reason = envelope["data"].get("reason")
    return Cause(
        Stored(position, event, kind, tuple(tags), body, recorded_at),
        kind in Event.by_name and Event.by_name[kind].CORRECTS,
        envelope["actor"],
        envelope["command_name"],
        # A sealed reason stays where it can be read under its own rules.
        reason if isinstance(reason, str) else None,
    )


def _change(figure: Figure, row: Mapping[str, Any], causes: Sequence[Cause]) -> Change:
    about, person, department, term, week, day = (row[column] for column in KEY)
    return Change(
        about, person, department, term, week, day, row["kind"], _three(figure, row), row["latest"], tuple(causes)
    )


def _three(figure: Figure, row: Mapping[str, Any]) -> Three:
    def side(name: str) -> Side:
        numerator, denominator, count = (row.get(f"{name}_{n}") or 0 for n in ("numerator", "denominator", "count"))
        told = Decimal(numerator), Decimal(denominator)
        return Side(*told, int(count), value_of(figure.scale, *told))

    return Three(side("then"), side("fixed"), side("last"), row.get("many", 0))


def _turn(row: Mapping[str, Any]) -> tuple[int, int, str]:
    """Corrections first, then the newest."""
    return row["rank"], -row["latest"], row["key"]


def _cursor(row: Mapping[str, Any]) -> str:
    return f"{row['rank']}/{row['latest']}/{row['key']}"


def _page_after(cursor: str) -> dict[str, Any]:
    rank, _, rest = cursor.partition("/")
    latest, _, key = rest.partition("/")
    if rank not in ("0", "1", "2") or not latest.isdigit() or len(latest) > 18:
        raise Unknown("cursor_unknown")
    return {"rank": int(rank), "latest": int(latest), "key": key}
