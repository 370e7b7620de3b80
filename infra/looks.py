"""Looks 查看记录: who looked at whose name and why, kept before anything is shown, and sealed day after day.

A past day's rows are hashed in the order of their ids and the digest is recorded, so that the table stands under the
signed log: a look that is changed, taken out or put in afterwards is found by the day it was in.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import orjson
from psycopg import AsyncConnection, sql
from psycopg_pool import AsyncConnectionPool

from domain import Command
from domain.access import CLOCK, SYSTEM
from infra.envelope import uuid7
from infra.log import Scan
from infra.postgres import Institution
from infra.readings import Viewer

if TYPE_CHECKING:
    from infra.campus import Campus

Pool = AsyncConnectionPool[AsyncConnection[Any]]
LOOKS_SEALED: Final = "privacy.looks_sealed"
FORMAT: Final = b"campus-looks/1"
AT_ONCE: Final = 5_000


class Looks:
    """Who looked at whose name, and why: written before the names are shown."""

    def __init__(self, pool: Pool, institution: Institution) -> None:
        self._pool = pool
        self._table = sql.Identifier(institution.schema, "look")

    async def note(self, viewer: Viewer, figure: str, about: Sequence[str]) -> None:
        """Record a look; when it cannot be recorded, nothing may be shown."""
        if not about:
            return
        insert = sql.SQL("insert into {} (id, at, viewer, role, figure, about) values (%s, now(), %s, %s, %s, %s)")
        roles = " ".join(sorted({a.role for a in viewer.actors}))
        values = (uuid7(), viewer.person_id, roles, figure, orjson.dumps(sorted(about)).decode())
        async with self._pool.connection() as db:
            await db.execute(insert.format(self._table), values)


@dataclass(frozen=True)
class SealedDay:
    """One day as the log vouches for it."""

    position: int
    day: date
    looks: int
    digest: str
    before: str


@dataclass(frozen=True)
class DifferingDay:
    """A sealed day whose looks are not what they were; `sealed` None: a day that had none when it was passed over."""

    day: date
    sealed: int | None
    found: int
    position: int | None = None


async def seal_days(campus: Campus) -> int:
    """Seal every past day that is not sealed yet and has looks, and yesterday at any rate; how many were sealed.

    Nothing is sealed before there ever was a look.  Days without looks between two sealed ones need no seal of their
    own: whatever is put into one later is found by its being there.
    """
    sealed = [day async for day in _sealed(campus)]
    last = sealed[-1] if sealed else None
    days = await _days(campus, last.day if last else None)
    before = last.digest if last else ""
    seal = Command.by_name["seal-looks"]
    for day in days:
        looks, digest = await _digest(campus, day, before)
        said = seal.model_validate({"day": day, "looks": looks, "digest": digest, "before": before})
        how: dict[str, Any] = {"person_id": SYSTEM[CLOCK].person_id, "source": CLOCK}
        await campus.desk.submit(said, key=f"looks/{day.isoformat()}/{digest}", **how)
        before = digest
    return len(days)


async def differing(campus: Campus) -> list[DifferingDay]:
    """The days whose looks are not as they were sealed, in order; none is health."""
    sealed = [day async for day in _sealed(campus)]
    if not sealed:
        return []
    found: dict[date, DifferingDay] = {}
    for earlier, one in pairwise((None, *sealed)):
        assert one is not None
        looks, digest = await _digest(campus, one.day, one.before)
        broken = one.before != (earlier.digest if earlier else "")
        if digest != one.digest or looks != one.looks or broken:
            found[one.day] = DifferingDay(one.day, one.looks, looks, one.position)
    known = {one.day for one in sealed}
    for day, looks in await _counted(campus, sealed[-1].day):
        if day not in known:
            found[day] = DifferingDay(day, None, looks)
    return [found[day] for day in sorted(found)]


async def _sealed(campus: Campus) -> AsyncIterator[SealedDay]:
    """The days sealed so far, in order."""
    answer = await campus.log.read([Scan((LOOKS_SEALED,), ())])
    for row in answer.rows:
        said = orjson.loads(row.body)["data"]
        yield SealedDay(row.position, date.fromisoformat(said["day"]), said["looks"], said["digest"], said["before"])


_DAYS = """
with lived as (select (l.at at time zone %(zone)s)::date as day from {look} l),
     past as (select distinct day from lived union
              select ((now() - interval '10 minutes') at time zone %(zone)s)::date - 1 where exists (select from lived))
select p.day from past p
where p.day < ((now() - interval '10 minutes') at time zone %(zone)s)::date
  and (%(after)s::date is null or p.day > %(after)s)
order by p.day
"""


async def _days(campus: Campus, after: date | None) -> list[date]:
    """The past days to seal; a day is past ten minutes after it ended, when nothing is on its way into it any more."""
    return [day for (day,) in await _asked(campus, _DAYS, {"after": after})]


_COUNTED = """
select (l.at at time zone %(zone)s)::date as day, count(*) from {look} l group by day
having (l.at at time zone %(zone)s)::date <= %(upto)s order by day
"""


async def _counted(campus: Campus, upto: date) -> list[tuple[date, int]]:
    """Looks by day, up to a day."""
    return await _asked(campus, _COUNTED, {"upto": upto})


async def _asked(campus: Campus, query: str, values: dict[str, Any]) -> list[Any]:
    look = sql.Identifier(campus.institution.schema, "look")
    said = sql.SQL(query).format(look=look)
    async with campus.pool.connection() as db:
        found = await db.execute(said, {"zone": campus.institution.zone, **values})
        return await found.fetchall()


_ROWS = """
select l.id::text, l.at, l.viewer, l.role, l.figure, l.about::text from {look} l
where l.at >= %(begin)s and l.at < %(end)s and l.id > %(after)s order by l.id limit %(limit)s
"""


async def _digest(campus: Campus, day: date, before: str) -> tuple[int, str]:
    """How many looks a day has, and SHA-256 over them in the order of their ids, beginning with the day before."""
    zone = ZoneInfo(campus.institution.zone)
    begin = datetime.combine(day, datetime.min.time(), zone)
    end = datetime.combine(date.fromordinal(day.toordinal() + 1), datetime.min.time(), zone)
    values: dict[str, Any] = {"begin": begin, "end": end, "after": "00000000-0000-0000-0000-000000000000"}
    hashed, looks = sha256(), 0
    for part in (FORMAT, day.isoformat().encode(), before.encode()):
        _take(hashed, part)
    while True:
        rows = await _asked(campus, _ROWS, {**values, "limit": AT_ONCE})
        for number, at, *said in rows:
            # Microseconds since 1970: the same in whatever zone the connection tells the time.
            moment = f"{at.timestamp():.6f}"
            for field in (number, moment, *said):
                _take(hashed, field.encode())
        looks += len(rows)
        if len(rows) < AT_ONCE:
            return looks, hashed.hexdigest()
        values["after"] = rows[-1][0]
        await asyncio.sleep(0)


def _take(hashed: Any, field: bytes) -> None:
    """A field with its length before it, so that nothing slides from one into the next."""
    hashed.update(len(field).to_bytes(8, "big") + field)
