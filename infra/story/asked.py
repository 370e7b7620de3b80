"""What is asked of the log 检索条件: filters as people give them, and what of them a viewer may be answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from infra.envelope import command_tag
from infra.log import Row
from infra.postgres import Institution
from infra.sight import PEOPLE, Sight
from infra.story.naming import types_of
from infra.story.search import Found, Order, Wanted, search

MOMENT: Final = timedelta(microseconds=1)
# No log begins before this or ends after that; nearer the ends of the calendar nothing can be reckoned with.
EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2900, 1, 1, tzinfo=UTC)


class Positions(Protocol):
    """What tells the last position recorded at or before a moment; see infra.readings."""

    async def position_at(self, moment: datetime) -> int: ...


class Log(Protocol):
    """What a search needs of the institution; see infra.campus.Campus."""

    @property
    def pool(self) -> AsyncConnectionPool[AsyncConnection[Any]]: ...
    @property
    def institution(self) -> Institution: ...
    @property
    def readings(self) -> Positions: ...


@dataclass(frozen=True)
class Asked:
    """Filters, all of which an event must meet.

    `command` is the name of a command or the id of one; `after` and `before` are positions, both left out; a moment
    without a zone is local time of the institution.
    """

    tags: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    words: str | None = None
    person: str | None = None
    department: str | None = None
    actor: str | None = None
    command: str | None = None
    source: str | None = None
    correlation: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: int = 0
    before: int | None = None

    @property
    def people(self) -> tuple[str, ...]:
        """Ids of people asked about by name of their id."""
        asked = (*self.tags, self.person, self.actor)
        return tuple(a for a in asked if a and a.startswith(PEOPLE))

    @property
    def empty(self) -> bool:
        """Whether nothing is asked for but a part of the log."""
        return not (self.types or self.areas or self.words or self.carried or self.said)

    @property
    def said(self) -> bool:
        return bool(self.actor or self.command or self.source or self.correlation)

    @property
    def carried(self) -> tuple[tuple[str, ...], ...]:
        """Groups of ids of which an event must carry one each."""
        groups: list[tuple[str, ...]] = [(tag,) for tag in (*self.tags, self.department) if tag]
        if self.person:
            _, _, uuid = self.person.partition(":")
            groups.append((f"person:{uuid}", f"student:{uuid}"))
        if self.command and (command := an_id(self.command)):
            groups.append((command_tag(command),))
        return tuple(groups)


def an_id(text: str) -> UUID | None:
    """The UUID a text is, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


async def wanted(log: Log, asked: Asked, sight: Sight) -> Wanted | None:
    """What to search for, within the viewer's sight; None when nothing can be found.

    Whoever does not read other people's ids cannot search by them either.
    """
    if sight.narrow and any(one not in sight.own for one in asked.people):
        return None
    types = types_of(asked.types, asked.areas, asked.words)
    if types is None:
        return None
    zone = ZoneInfo(log.institution.zone)
    first, last = asked.after + 1, asked.before - 1 if asked.before is not None else None
    if asked.since:
        first = max(first, await log.readings.position_at(zoned(asked.since, zone) - MOMENT) + 1)
    if asked.until:
        end = await log.readings.position_at(zoned(asked.until, zone))
        last = end if last is None else min(last, end)
    if last is not None and last < first:
        return None
    within = () if sight.viewer.college else (tuple(sorted(sight.tags)),)
    named = asked.command if asked.command and not an_id(asked.command) else None
    return Wanted(
        carried=(*asked.carried, *within),
        types=types,
        actor=asked.actor,
        command=named,
        source=asked.source,
        correlation=asked.correlation,
        first=first,
        last=last,
    )


def zoned(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment, of the institution if it names no zone."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return min(max(aware, EARLIEST), LATEST)


async def answered(log: Log, asked: Asked, sight: Sight, order: Order, limit: int) -> Found:
    """A page of what is asked for, as far as the viewer sees it: what they do not see leaves no gap and no edge."""
    sought = await wanted(log, asked, sight)
    rows: list[Row] = []
    beyond: int | None = None
    while sought is not None:
        left = limit - len(rows)
        found = await search(log.pool, log.institution.schema, sought, beyond=beyond, order=order, limit=left)
        rows += [row for row in found.rows if sight.sees(row)]
        if found.edge is None or not found.full or len(rows) == limit:
            return Found(rows, found.edge, found.full)
        beyond = found.edge
    return Found()
