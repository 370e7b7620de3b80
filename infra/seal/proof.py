"""Proofs: that an event stands in the log that was signed, and that one checkpoint grew out of another."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from infra.seal.leaf import Stored, Unhashable, leaf_of
from infra.seal.shelf import Line, Sealed, Shelf
from infra.seal.tiles import Missing
from infra.seal.tree import Broken, check_consistency, check_inclusion, consistency, inclusion, root


class NotSealedYet(Exception):
    """No checkpoint covers this position."""


class SealBroken(Exception):
    """What stands in the log is not what was sealed."""


def texts(hashes: Sequence[bytes]) -> list[str]:
    """Hashes in base64."""
    return [base64.b64encode(one).decode() for one in hashes]


@dataclass(frozen=True)
class Proof:
    """That an event's leaf is the one at `index` of the tree whose checkpoint is `sealed`."""

    event: Stored
    leaf: bytes
    path: tuple[bytes, ...]
    sealed: Sealed

    @property
    def index(self) -> int:
        return self.event.position - 1

    def text(self) -> str:
        """As c2sp.org/tlog-proof has it, the leaf as its extra data."""
        head = ["c2sp.org/tlog-proof@v1", f"extra {texts([self.leaf])[0]}", f"index {self.index}"]
        return "\n".join([*head, *texts(self.path), "", self.sealed.note])


async def newest_of(shelf: Shelf, line: Line) -> Sealed:
    """The newest checkpoint.  Raises NotSealedYet."""
    if (newest := await shelf.newest(line)) is None:
        raise NotSealedYet(0)
    return newest


async def proof_of(shelf: Shelf, line: Line, position: int) -> Proof:
    """The proof of an event under the newest checkpoint.  Raises NotSealedYet, SealBroken."""
    [proof] = await proofs_of(shelf, line, await newest_of(shelf, line), [position])
    return proof


async def proofs_of(shelf: Shelf, line: Line, sealed: Sealed, positions: Sequence[int]) -> list[Proof]:
    """The proofs of some events under one checkpoint.  Raises NotSealedYet, SealBroken."""
    if beyond := [position for position in positions if position > sealed.size]:
        raise NotSealedYet(beyond[0])
    try:
        tree = await shelf.tree(line, sealed.size, *(position - 1 for position in positions))
    except (Missing, Unhashable) as trouble:
        raise SealBroken(positions[0]) from trouble
    proofs = []
    for position in positions:
        index = position - 1
        try:
            [page] = [page async for page in shelf.pages(line, index, position)] or [[]]
            [event] = page
            leaf, path = leaf_of(event), inclusion(tree, index, sealed.size)
            check_inclusion(leaf, index, sealed.size, path, sealed.root)
        except (Missing, Unhashable, Broken, ValueError) as trouble:
            raise SealBroken(position) from trouble
        proofs.append(Proof(event, leaf, tuple(path), sealed))
    return proofs


async def growth(shelf: Shelf, line: Line, old: int, new: int) -> list[bytes]:
    """The proof that the tree of `new` grew out of that of `old`.  Raises IndexError, NotSealedYet, SealBroken."""
    newest = await newest_of(shelf, line)
    if newest.size < new:
        raise NotSealedYet(new)
    if not 0 <= old <= new:
        raise IndexError(old)
    try:
        tree = await shelf.tree(line, new, *([old - 1] if old else []))
        path = consistency(tree, old, new)
        check_consistency(old, new, root(tree, old), root(tree, new), path)
    except (Missing, Unhashable, Broken) as trouble:
        raise SealBroken(new) from trouble
    return path
