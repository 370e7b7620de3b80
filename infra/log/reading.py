"""Group read: every boundary asked for while a query runs becomes part of the next query, one snapshot for all."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from infra.log import Answer, Row, Scan
from infra.log.arrays import MARK, BigIntegers, Integers, Texts, text, whole
from infra.log.wire import Connection, Wire

LARGEST = 256


class Asked:
    """The scans of one caller."""

    __slots__ = ("at", "scans")

    def __init__(self, scans: Sequence[Scan]) -> None:
        self.scans = scans
        self.at = time.monotonic()


def next_group(queue: deque[Asked]) -> list[Asked]:
    """Everything that waits, up to a limit."""
    return [queue.popleft() for _ in range(min(len(queue), LARGEST))]


_READ = """
with asked as materialized (
    select u.n, u.after, string_to_array(u.tags, chr(31)) as tags, string_to_array(u.types, chr(31)) as types
    from unnest(%s, %s, %s, %s) u (n, tags, types, after)
)
select 0, h.position, null::uuid, null::text, null::text, null::text, h.recorded_at from {s}.head h
union all
select a.n, e.position, e.id, e.type, array_to_string(e.tags, chr(31)), e.body::text, e.recorded_at
from asked a
join lateral (
    select t.position from {s}.event_tag t
    where t.tag = a.tags[1] and t.position > a.after and (a.types = '{{}}' or t.type = any (a.types))
    offset 0
) t on true
join {s}.event e on e.position = t.position
where cardinality(a.tags) = 1 or cardinality(a.tags) > 1 and e.tags @> a.tags
union all
select a.n, e.position, e.id, e.type, array_to_string(e.tags, chr(31)), e.body::text, e.recorded_at
from asked a
cross join lateral unnest(a.types) w (type)
join {s}.event e on e.type = w.type and e.position > a.after
where a.tags = '{{}}'
union all
select a.n, e.position, e.id, e.type, array_to_string(e.tags, chr(31)), e.body::text, e.recorded_at
from asked a
join {s}.event e on e.position > a.after
where a.tags = '{{}}' and a.types = '{{}}'
"""

_COLUMNS = "e.position, e.id, e.type, array_to_string(e.tags, chr(31)), e.body::text, e.recorded_at"
_PAGE = f"""
select {_COLUMNS} from {{s}}.event e
where e.position > %s and e.position <= %s order by e.position limit %s
"""  # noqa: S608 - our own column list
_PAGE_OF_TYPES = f"""
select {_COLUMNS} from (
    select f.position from unnest(%s::text[]) w (type)
    cross join lateral (
        select t.position from {{s}}.event t
        where t.type = w.type and t.position > %s and t.position <= %s order by t.position limit %s
    ) f
    order by f.position limit %s
) f join {{s}}.event e on e.position = f.position order by e.position
"""  # noqa: S608 - our own column list
_FURTHEST = (1 << 63) - 1


class Reading:
    """Answers groups of callers over one wire."""

    def __init__(self, wire: Wire, schema: str) -> None:
        self._wire = wire
        self._read = _READ.format(s=f'"{schema}"').encode()

    async def answer(self, group: list[Asked]) -> Sequence[Answer]:
        """One answer per caller, all of the same moment."""
        numbers: list[int] = []
        scans: list[Scan] = []
        for caller, asked in enumerate(group, 1):
            numbers += [caller] * len(asked.scans)
            scans += asked.scans
        arguments = [
            Integers.of(numbers),
            Texts(len(scans), [text(MARK.join(dict.fromkeys(scan.tags))) for scan in scans]),
            Texts(len(scans), [text(MARK.join(dict.fromkeys(scan.types))) for scan in scans]),
            BigIntegers(len(scans), [whole(scan.after) for scan in scans]),
        ]

        async def work(connection: Connection, tries: int) -> list[tuple[Any, ...]]:
            cursor = connection.cursor(binary=True)
            await cursor.execute(self._read, arguments, prepare=True)
            return await cursor.fetchall()

        return _sorted_out(len(group), await self._wire.run(work, group[0].at))


def _sorted_out(callers: int, rows: Sequence[tuple[Any, ...]]) -> list[Answer]:
    found: list[dict[int, Row]] = [{} for _ in range(callers)]
    head = 0
    for caller, *columns in rows:
        if caller == 0:
            head = columns[0]
        else:
            found[caller - 1].setdefault(columns[0], _row(columns))
    return [Answer(tuple(one[position] for position in sorted(one)), head) for one in found]


def _row(columns: Sequence[Any]) -> Row:
    position, id, type, tags, body, recorded_at = columns
    return Row(position, id, type, tuple(tags.split(MARK)) if tags else (), body, recorded_at)


class Paging:
    """Reads the log in order, a page at a time."""

    def __init__(self, schema: str) -> None:
        self._page = _PAGE.format(s=f'"{schema}"').encode()
        self._page_of_types = _PAGE_OF_TYPES.format(s=f'"{schema}"').encode()
        self._head = f'select h.position, h.recorded_at from "{schema}".head h'.encode()  # noqa: S608 - a checked name

    async def page(
        self, connection: Connection, after: int, upto: int | None, types: Sequence[str], limit: int
    ) -> list[Row]:
        """The next rows later than `after`."""
        last = _FURTHEST if upto is None else upto
        cursor = connection.cursor(binary=True)
        if types:
            wanted = Texts(len(types), [text(type) for type in dict.fromkeys(types)])
            await cursor.execute(self._page_of_types, [wanted, after, last, limit, limit], prepare=True)
        else:
            await cursor.execute(self._page, [after, last, limit], prepare=True)
        return [_row(columns) for columns in await cursor.fetchall()]

    async def head(self, connection: Connection) -> tuple[int, datetime | None]:
        """The last position and its recorded_at."""
        row = await (await connection.execute(self._head)).fetchone()
        assert row is not None
        return row[0], row[1]
