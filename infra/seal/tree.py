"""The Merkle tree of RFC 6962, section 2.1: roots, audit paths and consistency proofs, and how they are checked.

A tree is read through `Hashes`, which answers the hash of any complete subtree; where those come from (a list of
leaves, tiles of 256 in a database) is somebody else's matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Protocol

EMPTY = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two subtrees."""
    return sha256(b"\x01" + left + right).digest()


class Hashes(Protocol):
    """The hash of the complete subtree of 2**level leaves that is the `n`th at its level."""

    def __call__(self, level: int, n: int) -> bytes: ...


class Broken(Exception):
    """A proof does not prove what it claims."""


class Leaves:
    """Hashes of a tree whose leaves are at hand; complete subtrees are kept once reckoned."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._leaves = leaves
        self._known: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, n: int) -> bytes:
        if level == 0:
            return self._leaves[n]
        if (known := self._known.get((level, n))) is None:
            known = self._known[level, n] = node_hash(self(level - 1, 2 * n), self(level - 1, 2 * n + 1))
        return known


def ranges(start: int, end: int) -> Iterable[tuple[int, int]]:
    """The complete subtrees that make up the leaves from `start` up to `end`, as (level, n), left to right.

    `start` is where a subtree of the RFC begins: a multiple of the largest power of two not above end - start.
    """
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def range_hash(hashes: Hashes, start: int, end: int) -> bytes:
    """MTH of the leaves from `start` up to `end`."""
    parts = [hashes(level, n) for level, n in ranges(start, end)]
    if not parts:
        return EMPTY
    folded = parts.pop()
    while parts:
        folded = node_hash(parts.pop(), folded)
    return folded


def root(hashes: Hashes, size: int) -> bytes:
    """The root of the first `size` leaves."""
    return range_hash(hashes, 0, size)


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def inclusion(hashes: Hashes, index: int, size: int) -> list[bytes]:
    """The audit path of a leaf in the tree of `size` leaves, leaf to root.  Raises IndexError outside it."""
    if not 0 <= index < size:
        raise IndexError(index)
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_hash(hashes, middle, end))
            end = middle
        else:
            path.append(range_hash(hashes, start, middle))
            start = middle
    return path[::-1]


def consistency(hashes: Hashes, old: int, new: int) -> list[bytes]:
    """The proof that the tree of `old` leaves is the beginning of that of `new`.  Raises IndexError if it cannot be."""
    if not 0 <= old <= new:
        raise IndexError(old)
    if old in (0, new):
        return []
    path: list[bytes] = []
    start, end, whole = 0, new, True  # whole: the old tree is a subtree so far, and its root needs no telling
    while old - start != end - start:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_hash(hashes, middle, end))
            end = middle
        else:
            path.append(range_hash(hashes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(range_hash(hashes, start, end))
    return path[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raise Broken unless the path leads from the leaf to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        raise Broken("the index lies outside the tree")
    fn, sn, reached = index, size - 1, leaf
    for step in path:
        if sn == 0:
            raise Broken("the path is too long")
        if fn & 1 or fn == sn:
            reached = node_hash(step, reached)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            reached = node_hash(reached, step)
        fn, sn = fn >> 1, sn >> 1
    if sn or reached != root:
        raise Broken("the path does not lead to the root")


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """Raise Broken unless the old tree is proven to be the beginning of the new one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new:
        raise Broken("the tree has shrunk")
    if old == new:
        if path or old_root != new_root:
            raise Broken("two roots of one size")
        return
    if old == 0:
        if path or old_root != EMPTY:
            raise Broken("the empty tree has another root")
        return
    steps = list(path)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        raise Broken("the proof is empty")
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    was = now = steps[0]
    for step in steps[1:]:
        if sn == 0:
            raise Broken("the proof is too long")
        if fn & 1 or fn == sn:
            was, now = node_hash(step, was), node_hash(step, now)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            now = node_hash(now, step)
        fn, sn = fn >> 1, sn >> 1
    if sn or was != old_root or now != new_root:
        raise Broken("the proof does not lead to both roots")
