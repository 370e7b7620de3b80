"""Tiles: the tree's hashes, 256 at a time and eight levels apart, as c2sp.org/tlog-tiles lays them out.

A tile is kept once it is full; what is left over on the right is reckoned from what lies below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from infra.seal.tree import node_hash

WIDTH, HEIGHT = 256, 8


class Missing(Exception):
    """A tile that was sealed is not there."""


@dataclass(frozen=True)
class Tile:
    """A full tile: 256 hashes of a level, and the root over them."""

    level: int
    n: int
    hashes: bytes
    root: bytes

    @classmethod
    def of(cls, level: int, n: int, hashes: Sequence[bytes]) -> Tile:
        row = list(hashes)
        while len(row) > 1:
            row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
        return cls(level, n, b"".join(hashes), row[0])


class Tiled:
    """`Hashes` of a tree of which tiles' hashes are at hand: `known` holds levels 0, 8, 16 … as far as they matter."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, n: int) -> bytes:
        if (found := self.known.get((level, n))) is None:
            if level % HEIGHT == 0:
                raise Missing(f"hash {n} of level {level} is not there")
            found = self.known[level, n] = node_hash(self(level - 1, 2 * n), self(level - 1, 2 * n + 1))
        return found

    def put(self, level: int, first: int, hashes: Sequence[bytes]) -> None:
        """Hashes of a tile's level, from the `first` on."""
        for n, one in enumerate(hashes, first):
            self.known[level * HEIGHT, n] = one

    def grow(self, size: int, leaves: Sequence[bytes]) -> list[Tile]:
        """Add leaves to the tree of `size`, whose edge is known; the tiles that became full, whose hashes are let go.

        Afterwards the edge of the grown tree is known.
        """
        self.put(0, size, leaves)
        full: list[Tile] = []
        level, old, new = 0, size, size + len(leaves)
        while (first := old // WIDTH) < (last := new // WIDTH):
            for n in range(first, last):
                row = [self.known.pop((level * HEIGHT, n * WIDTH + i)) for i in range(WIDTH)]
                full.append(Tile.of(level, n, row))
                self.known[(level + 1) * HEIGHT, n] = full[-1].root
            level, old, new = level + 1, first, last
        return full


def edge(size: int) -> Iterator[tuple[int, int, int]]:
    """What of a tree no full tile covers, as (level, from, up to): leaves at level 0, roots of tiles above."""
    level = 0
    while size:
        yield level, size // WIDTH * WIDTH, size
        level, size = level + 1, size // WIDTH


def above(index: int, size: int) -> Iterator[tuple[int, int]]:
    """The full tiles over a leaf, as (level, n)."""
    level = 0
    while size:
        index, size = index // WIDTH, size // WIDTH
        if index < size:
            yield level, index
        level += 1
