"""The timeline 时间线: how many events were recorded when, from the first position to the last.

Nothing is counted: positions have no gap, so the difference of two is a number of events, and finding the position
of a moment costs twenty looks at an index however long the log is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection
from psycopg.sql import SQL, Identifier
from psycopg_pool import AsyncConnectionPool

Pool = AsyncConnectionPool[AsyncConnection[Any]]
MOST: Final = 120
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """A piece of time: the positions recorded in it, from `first` to `last` (`last` < `first`: none)."""

    since: datetime
    until: datetime
    first: int
    last: int

    @property
    def count(self) -> int:
        return self.last - self.first + 1


ENDS: Final = "select position, recorded_at from {event} where position in (1, (select h.position from {head} h))"
POSITIONS: Final = """
    select w.n, found.position from unnest(%s::timestamptz[]) with ordinality w (moment, n)
    cross join lateral (
        with recursive b (low, high) as (
            select 0::bigint, h.position from {head} h
            union all
            select case when m.early then m.middle else b.low end,
                   case when m.early then b.high else m.middle - 1 end
            from b cross join lateral (
                select (b.low + b.high + 1) / 2 as middle, e.recorded_at < w.moment as early
                from {event} e where e.position = (b.low + b.high + 1) / 2
            ) m where b.low < b.high
        )
        select low as position from b where low >= high
    ) found order by w.n
"""


async def timeline(
    pool: Pool, schema: str, zone: ZoneInfo, since: datetime | None = None, until: datetime | None = None
) -> list[Span]:
    """The whole log, or a part of it, in at most 120 pieces of equal length; empty when there is nothing."""
    names = {"event": Identifier(schema, "event"), "head": Identifier(schema, "head")}
    async with pool.connection() as db:
        ends = await (await db.execute(SQL(ENDS).format(**names))).fetchall()
        if not ends:
            return []
        begin = max(since, ends[0][1]) if since else ends[0][1]
        end = min(until, ends[-1][1]) if until else ends[-1][1]
        if end < begin:
            return []
        marks = boundaries(begin, end, zone)
        found = await (await db.execute(SQL(POSITIONS).format(**names), [marks])).fetchall()
    before = [position for _, position in found]
    return [Span(marks[n], marks[n + 1], before[n] + 1, before[n + 1]) for n in range(len(marks) - 1)]


def boundaries(begin: datetime, end: datetime, zone: ZoneInfo) -> Sequence[datetime]:
    """Where the pieces begin, and where the last one ends: full hours, days or groups of days of the institution."""
    here, there = begin.astimezone(zone), end.astimezone(zone)
    length = end - begin
    if length <= (MOST - 1) * HOUR:
        first = here.replace(minute=0, second=0, microsecond=0)
        many = int((end - first) / HOUR) + 1
        return [first + n * HOUR for n in range(many + 1)]
    days = (there.date() - here.date()).days + 1
    step = -(-days // MOST)
    many = -(-days // step)
    return [_midnight(here.date() + n * step * DAY, zone) for n in range(many + 1)]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
