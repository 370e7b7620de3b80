"""The sealer 封存员: reads new events in order, adds them to the tree, and signs what it has read twice.

Any number may run.  A checkpoint names the one it follows, and none is followed twice, so of two sealers at the same
work one finds its row taken and begins again.  Everything of a round is one transaction.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import psycopg
from psycopg import sql

from infra.campus_verify import Tree
from infra.postgres import Institution, connect
from infra.seal.leaf import Stored, Unhashable, leaf_of
from infra.seal.note import Checkpoint, Note, Signer
from infra.seal.shelf import Line, Sealed, Shelf
from infra.seal.tiles import Missing, Tile, Tiled
from infra.seal.tree import ranges, root

_log = logging.getLogger("campus.seal")
EVERY_SECONDS = 0.4
AFTER_TROUBLE_SECONDS = 15.0
AT_ONCE = 16_384
Step = Callable[[str], None]
STEPS = ("begun", "read", "hashed", "read_again", "signed", "checkpoint_written", "tiles_written", "committed")


class Altered(Exception):
    """What stands in the log is not what was sealed, or has a gap: nothing further is signed."""


class AnotherKey(Exception):
    """The last checkpoint was signed with another key than this sealer's."""


def _on(step: str) -> None:
    """Nothing; trials put something here."""


class Sealer:
    """Seals one institution's log with one key."""

    def __init__(self, institution: Institution, signer: Signer, *, step: Step = _on, at_once: int = AT_ONCE) -> None:
        self._institution, self._signer, self._step, self._at_once = institution, signer, step, at_once
        self._shelf = Shelf(institution.schema)
        names = {name: sql.Identifier(institution.schema, name) for name in ("seal_checkpoint", "seal_tile")}
        self._put_checkpoint = sql.SQL(
            "insert into {seal_checkpoint} (size, after, root, note, sealed_at) values (%s, %s, %s, %s, now())"
        ).format(**names)
        self._put_tile = sql.SQL("insert into {seal_tile} (level, n, hashes, root) values (%s, %s, %s, %s)").format(
            **names
        )

    async def run(self) -> None:
        """Seal for ever; what is recorded is sealed within a second.  After an alteration it signs nothing more."""
        pause = 0.1
        while True:
            try:
                async with await connect(self._institution, "sealer") as line:
                    while True:
                        if await self.round(line) < self._at_once:
                            await asyncio.sleep(EVERY_SECONDS)
                        pause = 0.1
            except (psycopg.OperationalError, psycopg.InterfaceError) as trouble:
                _log.warning("the sealer waits for the database: %s", type(trouble).__name__)
            except (Altered, AnotherKey) as trouble:
                _log.critical("封存已停止 · NOTHING IS SEALED: %s", trouble)
                pause = AFTER_TROUBLE_SECONDS
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def catch_up(self) -> int:
        """Seal everything recorded so far; how many events that was.  Raises Altered, AnotherKey."""
        done = 0
        async with await connect(self._institution, "sealer") as line:
            while sealed := await self.round(line):
                done += sealed
        return done

    async def round(self, line: Line) -> int:
        """Seal what is new, at most `at_once` events; how many, 0 also when another sealer was quicker."""
        last = await self._shelf.newest(line)
        self._own(last)
        self._step("begun")
        size = last.size if last else 0
        try:
            tree = await self._edge(line, last)
            leaves = await self._leaves(line, size, size + self._at_once)
        except (Missing, Unhashable) as trouble:
            raise Altered(str(trouble)) from trouble
        if not leaves:
            return 0
        self._step("read")
        new = size + len(leaves)
        tiles = tree.grow(size, leaves)
        made = Checkpoint(self._signer.name, new, root(tree, new))
        self._step("hashed")
        await self._read_again(line, last, made)
        self._step("read_again")
        note = Note(str(made)).signed(self._signer.sign(str(made)))
        self._step("signed")
        try:
            await self._store(line, size, made, note, tiles)
        except psycopg.errors.UniqueViolation:
            _log.info("another sealer sealed %s first", new)
            return 0
        self._step("committed")
        return len(leaves)

    def _own(self, last: Sealed | None) -> None:
        if last is not None and not self._signer.verifier.verifies(Note.read(last.note)):
            raise AnotherKey(f"checkpoint {last.size} is not signed by {self._signer.verifier}")

    async def _edge(self, line: Line, last: Sealed | None) -> Tiled:
        """The edge of the sealed tree as it stands now, which must still lead to the root that was signed."""
        if last is None:
            return Tiled()
        tree = await self._shelf.edge(line, last.size)
        if root(tree, last.size) != last.root:
            raise Altered(f"the events up to {last.size} no longer lead to the root that was signed")
        return tree

    async def _leaves(self, line: Line, after: int, upto: int) -> list[bytes]:
        leaves: list[bytes] = []
        async for page in self._shelf.pages(line, after, upto):
            for position, event in enumerate(page, after + len(leaves) + 1):
                leaves.append(_placed(position, event))
        return leaves

    async def _read_again(self, line: Line, last: Sealed | None, made: Checkpoint) -> None:
        """Read the same events once more and reckon the root in another way, before it is signed for ever."""
        size = last.size if last else 0
        before = await self._edge(line, last)
        tree = Tree(size, [before(level, n) for level, n in ranges(0, size)])
        for leaf in await self._leaves(line, size, made.size):
            tree.add(leaf)
        if (tree.size, tree.root()) != (made.size, made.root):
            raise Altered(f"read twice, the events up to {made.size} gave two roots")

    async def _store(self, line: Line, after: int, made: Checkpoint, note: Note, tiles: list[Tile]) -> None:
        async with line.transaction(), line.cursor() as cursor:
            await cursor.execute(self._put_checkpoint, (made.size, after, made.root, str(note)))
            self._step("checkpoint_written")
            rows = [(tile.level, tile.n, tile.hashes, tile.root) for tile in tiles]
            if rows:
                await cursor.executemany(self._put_tile, rows)
            self._step("tiles_written")


def _placed(position: int, event: Stored) -> bytes:
    if event.position != position:
        raise Altered(f"position {position} is missing; {event.position} stands in its place")
    return leaf_of(event)
