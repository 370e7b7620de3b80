"""The shelf 架: events, tiles and checkpoints as they stand in the database, read as bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, sql
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from infra.seal.leaf import Stored, Tags, leaf_of
from infra.seal.tiles import WIDTH, Tile, Tiled, above, edge

Line = AsyncConnection[Any]
FEW, MANY = 250, 2_000
PAGE_BYTES = 8 << 20
BEGINNING, END = -(1 << 63), (1 << 63) - 1
TEXT_ARRAY = 1009
_2000 = 946_684_800_000_000


class _Bytes(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


class _Tags(Loader):
    """text[], whose elements PostgreSQL sends just as a leaf covers them; None for what is no plain list of texts."""

    format = Format.BINARY

    def load(self, data: Buffer) -> Tags | None:
        # Dimensions, whether any is null, the elements' type, how many, the first one's number: four bytes each.
        raw = bytes(data)
        if raw[:8] == b"\0\0\0\1\0\0\0\0" and raw[16:20] == b"\0\0\0\1":
            return Tags(int.from_bytes(raw[12:16], "big"), raw[20:])
        return Tags(0, b"") if raw[:8] == bytes(8) else None


class _Microseconds(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        return int.from_bytes(data, "big", signed=True) + _2000


@dataclass(frozen=True)
class Sealed:
    """A stored checkpoint; `after` is the size of the one before it."""

    size: int
    after: int
    root: bytes
    note: str
    sealed_at: datetime


class Shelf:
    """Reads one institution's schema; the connection is given each time, and autocommits."""

    def __init__(self, schema: str) -> None:
        names = {name: sql.Identifier(schema, name) for name in ("event", "seal_tile", "seal_checkpoint")}
        self._page = sql.SQL(
            """select e.position, e.id, e.type, e.tags, e.body::text, e.recorded_at from {event} e
               where e.position > %s and e.position <= %s order by e.position limit %s"""
        ).format(**names)
        self._roots = sql.SQL(
            """select t.level, t.n, t.root from {seal_tile} t
               join unnest(%s::integer[], %s::bigint[], %s::bigint[]) w (level, first, upto)
                 on t.level = w.level and t.n >= w.first and t.n < w.upto"""
        ).format(**names)
        self._tiles = sql.SQL(
            """select t.level, t.n, t.hashes, t.root from {seal_tile} t
               join unnest(%s::integer[], %s::bigint[]) w (level, n) on t.level = w.level and t.n = w.n"""
        ).format(**names)
        self._checkpoint = sql.SQL(
            """select c.size, c.after, c.root, c.note, c.sealed_at from {seal_checkpoint} c
               where c.size >= %s and c.size <= %s order by c.size {way} limit %s"""
        )
        self._names = names

    async def pages(self, line: Line, after: int, upto: int = END) -> AsyncIterator[list[Stored]]:
        """Events later than `after` in order, in pages of bounded size."""
        rows = FEW
        cursor = line.cursor(binary=True)
        for name in ("text", "uuid"):
            cursor.adapters.register_loader(name, _Bytes)
        cursor.adapters.register_loader(TEXT_ARRAY, _Tags)
        cursor.adapters.register_loader("timestamptz", _Microseconds)
        while True:
            await cursor.execute(self._page, (after, upto, rows), prepare=True)
            page = [Stored(*row) for row in await cursor.fetchall()]
            if page:
                yield page
            if len(page) < rows:
                return
            after = page[-1].position
            bytes_a_row = sum(len(event.body) for event in page) // len(page) + 1
            rows = max(1, min(MANY, PAGE_BYTES // bytes_a_row))

    async def edge(self, line: Line, size: int) -> Tiled:
        """The edge of the tree of `size`: the last leaves from their events, the rest from tiles."""
        tree = Tiled()
        edges = list(edge(size))
        if not edges:
            return tree
        _, first, upto = edges[0]
        if first < upto:
            async for page in self.pages(line, first, upto):
                tree.put(0, page[0].position - 1, [leaf_of(event) for event in page])
        if wanted := [(level - 1, first, upto) for level, first, upto in edges[1:] if first < upto]:
            found = await line.execute(self._roots, [list(column) for column in zip(*wanted, strict=True)])
            async for level, n, root in found:
                tree.put(level + 1, n, [root])
        return tree

    async def tree(self, line: Line, size: int, *indexes: int) -> Tiled:
        """All that proofs about these leaves need in the tree of `size`."""
        tree = await self.edge(line, size)
        wanted = {tile for index in indexes for tile in above(index, size)}
        for tile in (await self.tiles(line, wanted)).values():
            row = [tile.hashes[at : at + 32] for at in range(0, len(tile.hashes), 32)]
            tree.put(tile.level, tile.n * WIDTH, row)
        return tree

    async def tiles(self, line: Line, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Tile]:
        """Those of the tiles that are there."""
        asked = list(wanted)
        if not asked:
            return {}
        columns = [list(column) for column in zip(*asked, strict=True)]
        found = await line.execute(self._tiles, columns, binary=True)
        return {(level, n): Tile(level, n, hashes, root) async for level, n, hashes, root in found}

    async def newest(self, line: Line) -> Sealed | None:
        """The newest checkpoint."""
        query = self._checkpoint.format(**self._names, way=sql.SQL("desc"))
        row = await (await line.execute(query, (BEGINNING, END, 1))).fetchone()
        return Sealed(*row) if row else None

    async def checkpoint(self, line: Line, least: int) -> Sealed | None:
        """The first checkpoint of at least this size."""
        query = self._checkpoint.format(**self._names, way=sql.SQL("asc"))
        row = await (await line.execute(query, (least, END, 1))).fetchone()
        return Sealed(*row) if row else None

    async def checkpoints(self, line: Line, upto: int = END) -> list[Sealed]:
        """Every checkpoint up to a size, in order."""
        query = self._checkpoint.format(**self._names, way=sql.SQL("asc"))
        return [Sealed(*row) async for row in await line.execute(query, (BEGINNING, upto, None))]
