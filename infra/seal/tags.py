"""The table of tags against the tags that the events themselves carry, a range of positions at a time.

`event_tag` is kept by tag, not by position.  But it was written in the order of the positions, so that the rows of a
range lie in few of its blocks; which these are is looked up first.  In a table that was put into another order every
range lies everywhere: that is slow, and as exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from psycopg import sql

from infra.postgres import Institution
from infra.seal.shelf import Line

POSITIONS: Final = 100_000
BLOCKS: Final = 4_000
LOWEST, HIGHEST = -(2**63), 2**63 - 1

_SIZE: Final = "select pg_relation_size(to_regclass(%(table)s)) / current_setting('block_size')::bigint"
_SPREAD: Final = """
select min(t.position), max(t.position) from {event_tag} t where t.ctid >= {first}::tid and t.ctid < {end}::tid
"""
_ROWS: Final = """
select t.tag, t.type, t.position from {event_tag} t where t.position between %(low)s and %(high)s
"""
_OF_BLOCKS: Final = _ROWS + " and t.ctid >= {first}::tid and t.ctid < {end}::tid"
_DIFFERENCES: Final = """
with said as (
    select g.tag, e.type, e.position from {event} e cross join lateral unnest(e.tags) g (tag)
    where e.position between %(low)s and %(high)s
), kept as ({kept})
select min(d.position), count(*) from (
    (select * from said except all select * from kept) union all (select * from kept except all select * from said)
) d
"""
_BENT: Final = """
select min(e.position) from {event} e
where e.position between %(low)s and %(high)s
  and (array_ndims(e.tags) is distinct from 1 or array_lower(e.tags, 1) is distinct from 1)
"""


class Tags:
    """One comparison, over a given connection in autocommit: no look at the table lasts longer than a range."""

    def __init__(self, line: Line, institution: Institution, positions: int = POSITIONS, blocks: int = BLOCKS) -> None:
        self._line, self._positions, self._blocks = line, positions, blocks
        self._of = {name: sql.Identifier(institution.schema, name) for name in ("event", "event_tag")}
        self._spread: list[tuple[int, int, int]] = []

    async def compare(self, upto: int, progress: Callable[[int, int], None]) -> tuple[int | None, int, int | None]:
        """The first position that differs, in how many rows; and the first event whose tags are no plain list.

        `upto` is a position that was recorded by now; what lies beyond is compared at one moment.
        """
        await self._look()
        rows = 0
        firsts: list[int | None] = []
        bent: list[int | None] = []
        for low, high in self._ranges(upto):
            span = {"low": low, "high": high}
            first, many = await self._one(_DIFFERENCES, span, kept=self._kept(low, high, beyond=high == HIGHEST))
            if many:
                # A table that was rewritten meanwhile has its rows in other blocks: all of it has the last word.
                everywhere = sql.SQL(_ROWS).format(**self._of)
                first, many = await self._one(_DIFFERENCES, span, kept=everywhere)
            firsts.append(first)
            rows += many
            bent.append((await self._one(_BENT, span))[0])
            progress(min(high, upto), upto)
        return _least(firsts), rows, _least(bent)

    def _ranges(self, upto: int) -> Iterator[tuple[int, int]]:
        low = LOWEST
        for high in (*range(self._positions, upto, self._positions), upto, HIGHEST):
            yield low, high
            low = high + 1

    async def _look(self) -> None:
        """The lowest and the highest position in every stretch of blocks, with the first of the blocks."""
        table = self._of["event_tag"].as_string(self._line)
        [size] = await self._one(_SIZE, {"table": table})
        for block in range(0, size, self._blocks):
            low, high = await self._one(_SPREAD, {}, **self._stretch(block))
            if low is not None:
                self._spread.append((block, low, high))

    def _stretch(self, block: int) -> dict[str, sql.Literal]:
        return {"first": sql.Literal(f"({block},0)"), "end": sql.Literal(f"({block + self._blocks},0)")}

    def _kept(self, low: int, high: int, beyond: bool) -> sql.Composable:
        """The rows of a range; those recorded since the blocks were looked at may lie in any of them."""
        if beyond:
            return sql.SQL(_ROWS).format(**self._of)
        among = [block for block, lowest, highest in self._spread if lowest <= high and highest >= low]
        if not among:
            return sql.SQL(_ROWS + " and false").format(**self._of)
        return sql.SQL(" union all ").join(
            sql.SQL(_OF_BLOCKS).format(**self._of, **self._stretch(block)) for block in among
        )

    async def _one(self, query: str, told: dict[str, Any], **parts: sql.Composable) -> Any:
        found = await self._line.execute(sql.SQL(query).format(**self._of, **parts), told, prepare=False)
        return await found.fetchone()


def _least(positions: Sequence[int | None]) -> int | None:
    return min((one for one in positions if one is not None), default=None)
