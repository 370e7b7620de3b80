"""Explaining 为什么是这个数: a figure opened down to its rows, and the events, rules and tables under them.

All of it comes from one snapshot.  The sum of the rows is reckoned apart from the figure: over every row as of the
position, by type of event and rule versions used, and added up here; only then does it say that the two are equal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Protocol

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed, Identifier

from domain import Event
from domain.policies import Policy
from infra.log import Row
from infra.readings.query import Figure, Filters, Tables, contributions, page
from infra.readings.rules import POLICY, Value
from infra.readings.standing import Standing


class Asked(Protocol):
    """A reading's transaction."""

    @property
    def db(self) -> AsyncConnection[Any]: ...
    @property
    def standing(self) -> Standing: ...
    @property
    def moment(self) -> datetime: ...
    @property
    def tables(self) -> Tables: ...
    @property
    def given(self) -> dict[str, Any]: ...


class Told(Protocol):
    """The figure as it is told everywhere else; see infra.readings.Reading."""

    @property
    def value(self) -> Decimal | None: ...
    @property
    def numerator(self) -> Decimal: ...
    @property
    def denominator(self) -> Decimal: ...
    @property
    def count(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def stopped_at(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule; `version` 0 is the value the rule began with, which no document has set."""

    key: str
    version: int
    value: Value | None
    effective_from: datetime | None = None
    document_no: str | None = None
    proposed_by: str | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    position: int | None = None

    @property
    def policy(self) -> Policy[Any] | None:
        """The rule as it is declared today."""
        return Policy.by_key.get(self.key)


@dataclass(frozen=True, slots=True)
class Under:
    """A rule version that events under the figure say they were decided by, and how many rows those made true."""

    rule: Rule
    rows: int


@dataclass(frozen=True, slots=True)
class Kind:
    """What the events of one type brought to the figure; `type` None: rows whose event the log does not have."""

    type: str | None
    rows: int
    numerator: Decimal
    denominator: Decimal


@dataclass(frozen=True, slots=True)
class Folded:
    """A table the figure reads: which build of it, by what SQL (`digest`), and up to which event."""

    name: str
    generation: int
    digest: str
    position: int
    recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Seal:
    """The first signed checkpoint that covers the position."""

    size: int
    root: bytes
    note: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Contribution:
    """One row, the event that made it true, and the rule versions that event was decided by."""

    row: Mapping[str, Any]
    event: Row | None
    policies: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Explanation:
    """Why a figure says what it says.

    `rules` are those the figure itself is judged by, `under` those its events were decided by (None: not counted).
    `after` is the cursor of the next page of rows; None: these are the last.
    """

    figure: Figure
    filters: Filters
    told: Told
    as_of: int
    recorded_at: datetime | None
    moment: datetime
    kinds: tuple[Kind, ...] = ()
    rules: tuple[Rule, ...] = ()
    under: tuple[Under, ...] | None = None
    tables: tuple[Folded, ...] = ()
    sealed: Seal | None = None
    rows: tuple[Contribution, ...] = ()
    after: str | None = None

    @property
    def summed(self) -> tuple[Decimal, Decimal, int]:
        """Numerator, denominator and count of all rows, added up apart from the figure."""
        return (
            sum((k.numerator for k in self.kinds), Decimal(0)),
            sum((k.denominator for k in self.kinds), Decimal(0)),
            sum(k.rows for k in self.kinds),
        )

    @property
    def adds_up(self) -> bool:
        """Whether the rows sum to the figure exactly, and each of them has its event in the log."""
        told = (self.told.numerator, self.told.denominator, self.told.count)
        return told == self.summed and all(k.type is not None for k in self.kinds)


# Each row looks its event up by position: a join would now and then be made by reading the whole log.
_KINDS: Final = (
    "select k.type, count(*), coalesce(sum(k.numerator), 0)::numeric, coalesce(sum(k.denominator), 0)::numeric"
    " from (select r.numerator, r.denominator, (select e.type from {event} e where e.position = r.position) as type"
    " from {rows} where {narrowed}) k group by 1"
)
_USED: Final = (
    "select k.used, count(*) from (select (select e.body ->> 'policies' from {event} e where e.position = r.position"
    " and e.type <> all (%(unruled)s)) as used from {rows} where {narrowed}) k where k.used is not null group by 1"
)
_PAGE: Final = (
    "select q.*, e.type as event_type, e.tags as event_tags, e.body::text as event_body,"
    " e.recorded_at as event_recorded_at from ({page}) q left join {event} e on e.position = q.position"
    " order by q.position desc, q.cursor desc"
)
_VERSIONS: Final = (
    "select policy, row_number() over (partition by policy order by since)::int, value, effective_from, document_no,"
    " proposed_by, approved_by, approved_at, since from {policy} where policy = any (%(policies)s)"
)
_FOLDED: Final = (
    "select g.name, g.number, g.digest, least(coalesce(g.position, c.position), %(position)s) as folded,"
    " (select e.recorded_at from {event} e"
    " where e.position = least(coalesce(g.position, c.position), %(position)s))"
    " from {generation} g cross join {checkpoint} c where g.serving and g.name = any (%(tables)s) order by g.name"
)
_SEALED: Final = (
    "select size, root, note, sealed_at from {seal_checkpoint} where size >= %(position)s order by size limit 1"
)


_STOOD: Final = "select recorded_at from {event} where position = %(position)s"


@dataclass(frozen=True)
class Wish:
    """How many rows are wanted with it, and up to how many rows the rules under them are to be counted.

    For that the events themselves are read, about 50,000 a second.
    """

    limit: int
    rules_upto: int


@dataclass(frozen=True)
class Places:
    """The schemas of the log and of the read tables."""

    log: str
    read: str

    def written(self, text: str, **parts: Composed | SQL) -> Composed:
        """A query with the log's and the projector's own tables named."""
        return SQL(text).format(
            event=Identifier(self.log, "event"),
            seal_checkpoint=Identifier(self.log, "seal_checkpoint"),
            checkpoint=Identifier(self.read, "checkpoint"),
            generation=Identifier(self.read, "generation"),
            **parts,
        )


async def explained(
    asked: Asked, places: Places, figure: Figure, filters: Filters, told: Told, given: Mapping[str, Any], wish: Wish
) -> Explanation:
    """The explanation of what was `told`; `given` are the query's parameters, those of a page's cursor included."""
    at = {"position": asked.standing.at}
    known = {**asked.given, **filters.told(), **given}
    rows = contributions(asked.tables, figure, asked.standing.at)
    parts = await _fetched(asked, places.written(_KINDS, rows=rows, narrowed=filters.condition()), known)
    shown = await _page(asked, places, figure, filters, known, wish.limit)
    used: dict[tuple[str, int], int] | None = None
    if told.count <= wish.rules_upto:
        query = places.written(_USED, rows=rows, narrowed=filters.condition())
        used = _counted(await _fetched(asked, query, {**known, "unruled": _unruled()}))
    versions = await _versions(asked, {key for key, _ in used or ()} | {p.key for p in figure.policies.values()})
    named = asked.tables.named_in(figure.rows)
    tables = {*named, POLICY} if figure.policies else {*named}
    sealed = await _fetched(asked, places.written(_SEALED), at)
    folded = await _fetched(asked, places.written(_FOLDED), {**at, "tables": sorted(tables)})
    stood = await _fetched(asked, places.written(_STOOD), at)
    return Explanation(
        figure,
        filters,
        told,
        asked.standing.at,
        stood[0][0] if stood else None,
        asked.moment,
        _kinds(parts),
        tuple(_in_force(policy, versions, asked.moment) for policy in figure.policies.values()),
        None if used is None else tuple(Under(versions.get(of) or _began(*of), used[of]) for of in sorted(used)),
        tuple(Folded(*row) for row in folded),
        Seal(*sealed[0]) if sealed else None,
        shown,
        shown[-1].row["cursor"] if shown and len(shown) == wish.limit else None,
    )


def _unruled() -> list[str]:
    """Types of events that say nothing of rules, and need not be read for them."""
    return [name for name, kind in Event.by_name.items() if "policies" not in kind.model_fields]


async def _fetched(asked: Asked, query: Composed, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return await (await asked.db.execute(query, given, prepare=False)).fetchall()


async def _page(
    asked: Asked, places: Places, figure: Figure, filters: Filters, given: Mapping[str, Any], limit: int
) -> tuple[Contribution, ...]:
    """A page of the rows, each with its event."""
    if not limit:
        return ()
    event = Identifier(places.log, "event")
    paged = page(asked.tables, figure, asked.standing.at, filters, event, limit, "after_position" in given)
    async with asked.db.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(places.written(_PAGE, page=paged), given, prepare=False)
        return tuple(_contribution(row) for row in await cursor.fetchall())


def _contribution(row: dict[str, Any]) -> Contribution:
    kind, tags, body, recorded_at = (row.pop(f"event_{name}") for name in ("type", "tags", "body", "recorded_at"))
    if kind is None:
        return Contribution(row, None, ())
    policies = tuple((use["key"], use["version"]) for use in json.loads(body).get("policies", ()))
    return Contribution(row, Row(row["position"], row["event_id"], kind, tuple(tags), body, recorded_at), policies)


def _kinds(parts: Iterable[tuple[Any, ...]]) -> tuple[Kind, ...]:
    """The parts by type of event, the largest first."""
    return tuple(sorted((Kind(*part) for part in parts), key=lambda k: (-k.rows, k.type or "")))


def _counted(parts: Iterable[tuple[Any, ...]]) -> dict[tuple[str, int], int]:
    """(key, version) → how many rows were made true by an event decided by it."""
    found: dict[tuple[str, int], int] = {}
    for used, rows in parts:
        for use in json.loads(used or "[]"):
            of = (use["key"], use["version"])
            found[of] = found.get(of, 0) + rows
    return found


async def _versions(asked: Asked, keys: set[str]) -> dict[tuple[str, int], Rule]:
    """Every version of the rules known at the position."""
    if not keys or POLICY not in asked.tables.known:
        return {}
    query = asked.tables.written(_VERSIONS, asked.standing.at)
    found = await _fetched(asked, query, {"policies": sorted(keys)})
    return {(key, version): Rule(key, version, *told) for key, version, *told in found}


def _began(key: str, version: int) -> Rule:
    """The rule as it was before anybody set it; of a version that is not known, nothing but its number."""
    policy = Policy.by_key.get(key)
    return Rule(key, version, policy.default if policy and not version else None)


def _in_force(policy: Policy[Any], versions: Mapping[tuple[str, int], Rule], moment: datetime) -> Rule:
    """Of the versions that have begun, the one recorded last."""
    begun: Sequence[Rule] = [
        rule
        for (key, _), rule in versions.items()
        if key == policy.key and rule.effective_from is not None and rule.effective_from <= moment
    ]
    return max(begun, key=lambda rule: rule.version) if begun else _began(policy.key, 0)
