"""Verifying the live log: its events against every checkpoint and tile, its tags and its head against its events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from psycopg import sql

from infra.campus_verify import Bad, Course, Key, Note
from infra.postgres import Institution, connect
from infra.seal.leaf import Stored, Unhashable, leaf_of
from infra.seal.shelf import BEGINNING, Line, Sealed, Shelf
from infra.seal.tags import Tags
from infra.seal.tiles import WIDTH, Tile, Tiled

PATIENCE_SECONDS = 3.0
Progress = Callable[[int, int], None]

_HEAD = """
select count(*), min(h.position), min(h.recorded_at)::text, (select count(*) from {event}),
       (select coalesce(max(e.position), 0) from {event} e),
       (select e.recorded_at::text from {event} e order by e.position desc limit 1)
from {head} h
"""


class Examination:
    """One pass over one institution's log; raises Bad at the first thing that is not as it was sealed."""

    def __init__(
        self,
        institution: Institution,
        keys: Sequence[Key],
        progress: Progress | None = None,
        patience: float | None = None,
    ) -> None:
        """`patience` is how long it waits, in seconds, for the sealer to come to what is recorded by now."""
        self._institution, self._keys = institution, keys
        self._patience = PATIENCE_SECONDS if patience is None else patience
        self._shelf = Shelf(institution.schema)
        self._progress = progress or (lambda done, total: None)
        names = ("event", "head", "seal_tile")
        self._names = {name: sql.Identifier(institution.schema, name) for name in names}

    async def run(self, witness: Key | None = None, since: Sequence[Note] = ()) -> dict[str, Any]:
        """Everything, over a connection of its own; how much that was."""
        async with await connect(self._institution, "reader", work_mem="64MB") as line:
            return await self.over(line, witness, since)

    async def over(self, line: Line, witness: Key | None = None, since: Sequence[Note] = ()) -> dict[str, Any]:
        """Everything, over a connection that is given."""
        head, newest = await self._settled(line)
        if newest is None:
            if head or since or witness:
                raise Bad("nothing is sealed", 1)
            return {"events": 0, "sealed": 0, "checkpoints": 0}
        checkpoints = await self._shelf.checkpoints(line, newest.size)
        roots = self._roots(checkpoints)
        for note in since:
            note.check(self._keys)
        if witness and not any(witness.signed(note) for note in since):
            raise Bad(f"no checkpoint that was brought along is cosigned by {witness.name}")
        course = Course([*roots, *((note.size, note.root) for note in since)])
        await self._events(line, course, newest.size, max(head, newest.size))
        course.close(course.tree.size)
        await self._tiles(line)
        await self._head(line)
        await self._tags(line, course.tree.size)
        if course.tree.size > newest.size:
            raise Bad(f"the events after {newest.size} are not sealed; is `campus seal` running?", newest.size + 1)
        return {"events": course.tree.size, "sealed": newest.size, "checkpoints": len(checkpoints)}

    async def _one(self, line: Line, query: str) -> Any:
        return await (await line.execute(sql.SQL(query).format(**self._names))).fetchone()

    async def _settled(self, line: Line) -> tuple[int, Sealed | None]:
        """The last position now, and the newest checkpoint once it covers that, or when that takes too long."""
        [head] = await self._one(line, "select coalesce(max(e.position), 0) from {event} e")
        deadline = time.monotonic() + self._patience
        while True:
            newest = await self._shelf.newest(line)
            if (newest.size if newest else 0) >= head or time.monotonic() > deadline:
                return head, newest
            await asyncio.sleep(0.1)

    def _roots(self, checkpoints: Sequence[Sealed]) -> list[tuple[int, bytes]]:
        """What was signed; every row must be what its note says, and follow the one before it."""
        before = 0
        for one in checkpoints:
            note = Note(one.note)
            note.check(self._keys)
            if (note.size, note.root, before) != (one.size, one.root, one.after):
                raise Bad(f"checkpoint {one.size} is not what was signed, or one before it is missing")
            before = one.size
        return [(one.size, one.root) for one in checkpoints]

    async def _events(self, line: Line, course: Course, sealed: int, upto: int) -> None:
        """Every event, and the tiles over those that are sealed; what is recorded meanwhile is not looked at."""
        tree = Tiled()
        async for page in self._shelf.pages(line, BEGINNING, upto):
            size = course.tree.size
            told = await self._told(line, size, len(page), sealed)
            leaves = [_leaf(event, size + n) for n, event in enumerate(page, 1)]
            for event, leaf in zip(page, leaves, strict=True):
                course.take(event.position, leaf, told.get(event.position))
            kept = [leaf for event, leaf in zip(page, leaves, strict=True) if event.position <= sealed]
            await self._same(line, tree.grow(min(size, sealed), kept))
            self._progress(course.tree.size, 2 * upto)

    async def _told(self, line: Line, size: int, events: int, sealed: int) -> dict[int, bytes]:
        """The leaves that the tiles keep for these positions."""
        last = min(-(-(size + events) // WIDTH), sealed // WIDTH)
        wanted = [(0, n) for n in range(size // WIDTH, last)]
        tiles = await self._shelf.tiles(line, wanted)
        if missing := set(wanted) - set(tiles):
            first = min(n for _, n in missing)
            raise Bad(f"the tile over the events from {first * WIDTH + 1} is missing", first * WIDTH + 1)
        return {
            tile.n * WIDTH + at // 32 + 1: tile.hashes[at : at + 32]
            for tile in tiles.values()
            for at in range(0, len(tile.hashes), 32)
        }

    async def _same(self, line: Line, made: Sequence[Tile]) -> None:
        """The tiles reckoned from the events must be those that are stored."""
        stored = await self._shelf.tiles(line, [(tile.level, tile.n) for tile in made])
        for tile in made:
            if stored.get((tile.level, tile.n)) != tile:
                first = tile.n * WIDTH ** (tile.level + 1) + 1
                raise Bad(f"tile {tile.n} of level {tile.level} is not what the events say", first)

    async def _tiles(self, line: Line) -> None:
        newest = await self._shelf.newest(line)
        size, expected = newest.size if newest else 0, 0
        while size := size // WIDTH:
            expected += size
        [there] = await self._one(line, "select count(*) from {seal_tile}")
        if there > expected and (await self._shelf.newest(line)) == newest:
            raise Bad(f"{there} tiles are stored, {expected} were sealed")

    async def _head(self, line: Line) -> None:
        heads, position, recorded_at, events, last, last_at = await self._one(line, _HEAD)
        if heads != 1 or not position == events == last or recorded_at != last_at:
            raise Bad(f"the head says {position} at {recorded_at}; {events} events end at {last} at {last_at}", last)

    async def _tags(self, line: Line, upto: int) -> None:
        """The other half of the way: every tag of every event."""
        first, rows, bent = await Tags(line, self._institution).compare(
            upto, lambda done, total: self._progress(total + done, 2 * total)
        )
        if rows:
            raise Bad(f"{rows} rows of event_tag differ from what the events say", first)
        if bent is not None:
            raise Bad(f"the tags of event {bent} are no plain list", bent)


def _leaf(event: Stored, position: int) -> bytes:
    try:
        return leaf_of(event)
    except Unhashable as error:
        raise Bad(f"event {position} cannot be read: {error}", position) from error
