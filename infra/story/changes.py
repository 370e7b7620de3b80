"""Changes 变更: the rows of read tables that one event made true or ended, before and after.

Which rows they are is told by the table's own select over that one event; what they hold is read from the tables,
within the viewer's scope.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from infra.log import Row
from infra.postgres import Institution
from infra.projector import Table
from infra.projector.fold import stated
from infra.projector.shape import Shape
from infra.readings import Readings, Viewer

MOST: Final = 200
OWN: Final = ("since", "until")


class Folded(Protocol):
    """What the changes are read from; see infra.campus.Campus."""

    @property
    def pool(self) -> AsyncConnectionPool[AsyncConnection[Any]]: ...
    @property
    def institution(self) -> Institution: ...
    @property
    def readings(self) -> Readings: ...


@dataclass(frozen=True)
class Change:
    """One row of a table: what it held before the event and after it; None: there was no such row."""

    table: str
    keys: tuple[str, ...]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def columns(self) -> list[str]:
        """Columns that differ; of a new or an ended row, those that hold anything."""
        held = self.after or self.before or {}
        names = [name for name in held if name not in OWN]
        if self.before is not None and self.after is not None:
            return [name for name in names if self.before[name] != self.after[name]]
        return [name for name in names if held[name] not in (None, [], "")]


async def changes(folded: Folded, tables: Sequence[Table], viewer: Viewer, row: Row) -> list[Change]:
    """The rows an event changed, by table, at most 200 of each.

    Raises Unknown("position_unknown") while the tables have not come to it.
    """
    hearing = [Shape.of(table) for table in tables if row.type in table.types]
    found = await asyncio.gather(*(_changed(folded, shape, viewer, row) for shape in hearing))
    return [change for told in found for change in told]


async def _changed(folded: Folded, shape: Shape, viewer: Viewer, row: Row) -> list[Change]:
    query = stated(shape, folded.institution.schema, row.position, row.type)
    async with folded.pool.connection() as db:
        keys = await (await db.execute(query, prepare=False)).fetchmany(MOST)
    if not keys:
        return []
    wanted = dict(zip(shape.keys, (list(set(column)) for column in zip(*keys, strict=True)), strict=True))

    async def versions(position: int) -> dict[tuple[Any, ...], dict[str, Any]]:
        rows = await folded.readings.rows(
            shape.name, viewer, where=wanted, as_of=position, order=shape.keys, limit=MOST * MOST
        )
        return {tuple(told[key] for key in shape.keys): told for told in rows}

    after, before = await asyncio.gather(versions(row.position), versions(row.position - 1))
    changed = []
    for key in sorted(map(tuple, keys), key=str):
        new, old = after.get(key), before.get(key)
        if new is not None and new["since"] != row.position:
            continue
        if new is not None or old is not None:
            changed.append(Change(shape.name, shape.keys, old, new))
    return changed
