"""Where the tables stand: the checkpoint, what has stopped, and the moment a reading is judged at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from psycopg.sql import SQL, Composed, Identifier

from infra.postgres import Institution


@dataclass(frozen=True, slots=True)
class TableStatus:
    """How far one read table has come; `error` and `failed_at` tell why a halted one stopped.

    "building": its first rows are on the way; "rebuilding": the old rows serve meanwhile, `progress` from 0 to 1.
    """

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


@dataclass(frozen=True)
class Standing:
    """What a reading's transaction found first."""

    position: int
    edition: int
    as_of: int | None
    recorded_at: datetime | None
    stopped: Mapping[str, int]
    rebuilding: frozenset[str]

    @property
    def at(self) -> int:
        return self.position if self.as_of is None else self.as_of

    def stop_of(self, tables: Iterable[str]) -> int | None:
        """The lowest position at which one of the tables stopped short of the position asked."""
        return min((self.stopped[t] for t in tables if self.stopped.get(t, self.at) < self.at), default=None)


STANDING: Final = (
    "select c.position, c.edition, (select e.recorded_at from {event} e where e.position = %(as_of)s),"
    " coalesce((select json_object_agg(g.name, g.position) from {generation} g"
    " where g.serving and g.position is not null), '{{}}'::json),"
    " array(select g.name from {generation} g where not g.serving and g.state = 'building') from {checkpoint} c"
)
SHAPES: Final = "select definition from {generation} where serving"
STATUS: Final = (
    "select h.position, h.recorded_at, c.position, t.name, coalesce(t.position, c.position),"
    " t.state, t.error, t.failed_at, b.position, b.target, b.state, b.error, b.failed_at,"
    " (select e.recorded_at from {event} e where e.position = coalesce(t.position, c.position) + 1)"
    " from {head} h cross join {checkpoint} c left join {generation} t on t.serving"
    " left join {generation} b on b.name = t.name and not b.serving order by t.name"
)
RECORDED_AT: Final = "select recorded_at from {event} where position = %(position)s"
POSITION_AT: Final = (
    "with recursive b(low, high) as (select 0::bigint, h.position from {head} h union all"
    " select case when m.early then m.middle else b.low end, case when m.early then b.high else m.middle - 1 end"
    " from b cross join lateral (select (b.low + b.high + 1) / 2 as middle, e.recorded_at <= %(moment)s as early"
    " from {event} e where e.position = (b.low + b.high + 1) / 2) m where b.low < b.high)"
    " select low from b where low >= high"
)


def written(text: str, institution: Institution) -> Composed:
    """One of these queries for an institution."""
    return SQL(text).format(
        checkpoint=Identifier(institution.read_schema, "checkpoint"),
        generation=Identifier(institution.read_schema, "generation"),
        head=Identifier(institution.schema, "head"),
        event=Identifier(institution.schema, "event"),
    )


def status_of(rows: list[tuple[Any, ...]], now: datetime) -> Status:
    """The rows of STATUS as a status; a lag in seconds is the age of the first event not folded yet."""
    head, recorded_at, position = rows[0][:3]
    tables = tuple(_table(row, head, now) for row in rows if row[3] is not None)
    behind = next((row[13] for row in rows if row[4] == position and row[13] is not None), None)
    lag = head - position
    return Status(head, head, position, lag, _age(behind, now) if lag else 0.0, recorded_at, tables)


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _table(row: tuple[Any, ...], head: int, now: datetime) -> TableStatus:
    name, position, state, error, failed_at, built, target, built_state, built_error, built_failed, next_at = row[3:]
    progress = None
    if built is not None and built_state == "building":
        state, progress = ("building" if state == "building" else "rebuilding"), built / target if target else 0.0
    elif built_state == "halted":
        error, failed_at = error or built_error, failed_at or built_failed
    lag = head - position
    return TableStatus(name, position, lag, _age(next_at, now) if lag else 0.0, state, error, failed_at, progress)
