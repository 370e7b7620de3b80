"""The tree, checked against the vectors published with RFC 6962 and against the definition, written down again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pymerkle import InmemoryTree

from infra.seal.leaf import entry, leaf
from infra.seal.note import COSIGNATURE, Checkpoint, Note, Signer, Unreadable, Verifier
from infra.seal.tiles import WIDTH, Tile, Tiled, above, edge
from infra.seal.tree import (
    Broken,
    Leaves,
    check_consistency,
    check_inclusion,
    consistency,
    inclusion,
    leaf_hash,
    root,
)

# The inputs and roots with which the reference implementation of certificate transparency is tested.
PUBLISHED = [
    bytes.fromhex(data)
    for data in "_ 00 10 2021 3031 40414243 5051525354555657 606162636465666768696a6b6c6d6e6f".replace("_", "").split(
        " "
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def mth(leaves: list[bytes]) -> bytes:
    """The definition of the RFC, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def test_the_published_roots():
    leaves = [leaf_hash(data) for data in PUBLISHED]
    assert [root(Leaves(leaves), size).hex() for size in range(1, 9)] == ROOTS
    assert root(Leaves([]), 0) == sha256(b"").digest()


def test_the_published_paths():
    hashes = Leaves([leaf_hash(data) for data in PUBLISHED])
    assert [step.hex() for step in inclusion(hashes, 0, 8)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [step.hex() for step in consistency(hashes, 6, 8)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_every_leaf_of_every_tree_up_to_300_is_proven_and_no_other_is():
    leaves = [leaf_hash(str(n).encode()) for n in range(301)]
    hashes = Leaves(leaves)
    roots = [root(hashes, size) for size in range(301)]
    assert roots[:70] == [mth(leaves[:size]) for size in range(70)]
    for size in range(1, 301):
        for index in range(size):
            path = inclusion(hashes, index, size)
            check_inclusion(leaves[index], index, size, path, roots[size])
        with pytest.raises(Broken):
            check_inclusion(leaves[size], size - 1, size, path, roots[size])
        if path:
            with pytest.raises(Broken):
                check_inclusion(leaves[size - 1], size - 1, size, path[:-1], roots[size])
            with pytest.raises(Broken):
                check_inclusion(leaves[size - 1], size - 1, size, [*path, leaves[0]], roots[size])


def test_every_tree_up_to_300_is_proven_to_begin_every_larger_one():
    hashes = Leaves([leaf_hash(str(n).encode()) for n in range(300)])
    roots = [root(hashes, size) for size in range(301)]
    for new in range(301):
        for old in range(new + 1):
            path = consistency(hashes, old, new)
            check_consistency(old, new, roots[old], roots[new], path)
            if old and path:
                with pytest.raises(Broken):
                    check_consistency(old, new, roots[old - 1], roots[new], path)
                with pytest.raises(Broken):
                    check_consistency(old, new, roots[old], roots[new - 1], path)
    with pytest.raises(Broken):
        check_consistency(3, 2, roots[3], roots[2], [])
    with pytest.raises(Broken):
        check_consistency(2, 2, roots[3], roots[2], [])


def test_another_implementation_says_the_same():
    other = InmemoryTree(algorithm="sha256")
    for n in range(140):
        other.append_entry(b"%d" % n)
    leaves = [leaf_hash(b"%d" % n) for n in range(140)]
    hashes = Leaves(leaves)
    for size in range(1, 141):
        assert root(hashes, size) == other.get_root(size)
        for index in {0, size // 3, size - 1}:
            theirs = other.prove_inclusion(index + 1, size).serialize()["path"]
            ours = [leaves[index], *inclusion(hashes, index, size)]
            assert sorted(theirs) == sorted(step.hex() for step in ours)
            check_consistency(
                index + 1, size, other.get_root(index + 1), other.get_root(size), consistency(hashes, index + 1, size)
            )


def test_the_tiles_of_a_growing_tree_are_those_of_the_whole_tree():
    leaves = [leaf_hash(b"%d" % n) for n in range(WIDTH * WIDTH + 700)]
    whole, tree, size = Leaves(leaves), Tiled(), 0
    kept: dict[tuple[int, int], Tile] = {}
    for step in (1, 255, 300, 4000, WIDTH * WIDTH - 4556, 444, 256):
        kept |= {(t.level, t.n): t for t in tree.grow(size, leaves[size : size + step])}
        size += step
        assert root(tree, size) == root(whole, size)
        wanted = {(level, n) for level, first, upto in edge(size) for n in range(first, upto)}
        assert wanted <= {(level // 8, n) for level, n in tree.known if level % 8 == 0}
    assert len(kept) == size // WIDTH + 1
    assert all(tile == Tile.of(level, n, [whole(level * 8, n * WIDTH + i) for i in range(WIDTH)])
               for (level, n), tile in kept.items())  # fmt: skip
    assert kept[1, 0].root == whole(16, 0)
    for index in (0, 255, 256, 40_000, 65_535, 65_536, size - 1):
        small = Tiled()
        for level, first, upto in edge(size):
            small.put(level, first, [whole(level * 8, n) for n in range(first, upto)])
        for level, n in above(index, size):
            small.put(level, n * WIDTH, [whole(level * 8, n * WIDTH + i) for i in range(WIDTH)])
        assert inclusion(small, index, size) == inclusion(whole, index, size)
        assert consistency(small, index + 1, size) == consistency(whole, index + 1, size)
        assert root(small, index + 1) == root(whole, index + 1)


ROW = (7, UUID(int=5), "roll_call.taken", ("session:1", "person:2"), '{"data":{}}', datetime(2026, 9, 7, tzinfo=UTC))


def test_a_leaf_covers_every_field_and_no_field_slides_into_another():
    position, id, type, tags, body, at = ROW
    others = [
        (8, id, type, tags, body, at),
        (position, UUID(int=6), type, tags, body, at),
        (position, id, "roll_call.take", ("nsession:1", *tags[1:]), body, at),
        (position, id, type, tags[::-1], body, at),
        (position, id, type, ("session:1person:2",), body, at),
        (position, id, type, tags[:1], "person:2" + body, at),
        (position, id, type, tags, body + " ", at),
        (position, id, type, tags, body, at + timedelta(microseconds=1)),
    ]
    assert len({leaf(*ROW), *(leaf(*other) for other in others)}) == 9
    assert leaf(*ROW) == sha256(b"\x00" + entry(*ROW)).digest()


SIGNER = Signer("sibo.example/ledger", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
WITNESS = Signer("archive.example", Ed25519PrivateKey.from_private_bytes(bytes(32)), COSIGNATURE)
CHECKPOINT = Checkpoint(SIGNER.name, 8, bytes.fromhex(ROOTS[-1]))


def test_a_checkpoint_is_signed_cosigned_written_and_read_again():
    text = str(CHECKPOINT)
    note = Note(text).signed(SIGNER.sign(text)).signed(WITNESS.cosign(text, 1_790_000_000))
    again = Note.read(str(note))
    assert (again, Checkpoint.read(again.text)) == (note, CHECKPOINT)
    for verifier in (SIGNER.verifier, WITNESS.verifier):
        assert Verifier.read(str(verifier)) == verifier
        assert verifier.verifies(again)
        assert not verifier.verifies(Note(again.text.replace("\n8\n", "\n9\n"), again.signatures))
    stranger = Signer(SIGNER.name, WITNESS.key)
    assert not stranger.verifier.verifies(again)
    assert not SIGNER.verifier.verifies(Note(text).signed(WITNESS.cosign(text, 1)))


@pytest.mark.parametrize("spoilt", ["", "a\n", "a\n\n— x\n", "a\n\n— x !!!!\n", "a\n\n— x AAAA\n", "a\n\n— x AAAAAAA="])
def test_what_is_no_note_is_not_read(spoilt):
    with pytest.raises(Unreadable):
        Note.read(spoilt)


@pytest.mark.parametrize("spoilt", ["", "a\n1\n", "a\n01\nAA==\n", "a\n-1\nAA==\n", "a\n1\nAA==\n", "\n1\nAA==\n"])
def test_what_is_no_checkpoint_is_not_read(spoilt):
    with pytest.raises(Unreadable):
        Checkpoint.read(spoilt)


@pytest.mark.parametrize(
    "spoilt", ["", "a+b", str(SIGNER.verifier)[:-4] + "AAA=", str(SIGNER.verifier).replace("+", "+0", 1)]
)
def test_what_is_no_key_is_not_read(spoilt):
    with pytest.raises(Unreadable):
        Verifier.read(spoilt)
