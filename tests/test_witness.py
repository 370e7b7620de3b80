"""The witness: signs only what grew out of what it signed before, and remembers it over its own restarts."""

from __future__ import annotations

import pytest

from infra.seal.keys import kept_in, public_half
from infra.seal.note import COSIGNATURE, Checkpoint, Note, Signer, Unreadable, Verifier
from infra.seal.tree import Leaves, consistency, leaf_hash, root
from infra.seal.witness import Inconsistent, cosigned, hashes, parsed, remember, remembered

LOG = Signer.made("campus-ledger/test")
WITNESS = Signer.made("archive.example", COSIGNATURE)
HONEST = Leaves([leaf_hash(b"%d" % n) for n in range(40)])
FORGED = Leaves([leaf_hash(b"%d" % (n if n != 3 else 99)) for n in range(40)])


def note(size: int, tree: Leaves = HONEST, signer: Signer = LOG) -> Note:
    text = str(Checkpoint(signer.name, size, root(tree, size)))
    return Note(text).signed(signer.sign(text))


def offer(last: Note | None, offered: Note, tree: Leaves = HONEST) -> Note:
    return cosigned(WITNESS, LOG.verifier, last, offered, lambda old, new: consistency(tree, old, new), 1_790_000_000)


def test_growth_is_cosigned():
    last = None
    for size in (1, 7, 7, 8, 31, 40):
        last = offer(last, note(size))
        assert WITNESS.verifier.verifies(last)
        assert LOG.verifier.verifies(last)


@pytest.mark.parametrize(
    ("offered", "tree"),
    [
        (note(5), HONEST),
        (note(8, FORGED), HONEST),
        (note(20, FORGED), HONEST),
        (note(20, FORGED), FORGED),
        (note(20, signer=Signer.made(LOG.name)), HONEST),
        (note(20, signer=Signer.made("campus-ledger/other")), HONEST),
    ],
    ids=["shrunk", "two roots", "forged", "forged with its own proof", "another key", "another log"],
)
def test_nothing_else_is(offered, tree):
    with pytest.raises(Inconsistent):
        offer(offer(None, note(8)), offered, tree)


def test_what_it_signed_is_remembered(tmp_path):
    file = tmp_path / "state" / "last.note"
    with remembered(file) as last:
        assert last is None
        remember(file, made := offer(None, note(8)))
    with remembered(file) as last:
        assert last == made


def test_a_key_is_made_once_and_kept_from_others(tmp_path):
    file = tmp_path / "keys" / "witness"
    signer = kept_in(file, "archive.example", COSIGNATURE)
    assert kept_in(file, "another.name", COSIGNATURE).verifier == signer.verifier
    assert Verifier.read(public_half(file).read_text()) == signer.verifier
    assert Signer.read(signer.secret).verifier == signer.verifier
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o640)
    with pytest.raises(PermissionError):
        kept_in(file, "archive.example", COSIGNATURE)


@pytest.mark.parametrize("spoilt", [b"", b"[]", b"{}", b'{"path": 1}', b'{"path": ["!"]}', b'{"path": [1]}'])
def test_what_is_no_proof_is_not_read(spoilt):
    with pytest.raises(Unreadable):
        hashes(parsed(spoilt))


@pytest.mark.parametrize(
    "spoilt", ["", "PRIVATE+KEY+a+00000000+AAAA", LOG.secret[:-8], LOG.secret.replace("test", "tent")]
)
def test_what_is_no_signing_key_is_not_read(spoilt):
    with pytest.raises(Unreadable):
        Signer.read(spoilt)
