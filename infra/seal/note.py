"""Signed notes of C2SP: a checkpoint's three lines, signatures under it, and a witness's cosignatures.

See c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-cosignature.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, replace
from hashlib import sha256
from struct import pack, unpack

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNATURE, COSIGNATURE = 0x01, 0x04
NAME = re.compile(r"[^\s+]+")


class Unreadable(Exception):
    """A note, a key or a checkpoint is not written as it should be."""


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Unreadable("not base64") from error


@dataclass(frozen=True)
class Verifier:
    """A public key under its name: "<name>+<hash>+<base64 of type and key>"."""

    name: str
    kind: int
    key: bytes

    @property
    def hash(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(bytes([self.kind]) + self.key).decode()}"

    @classmethod
    def read(cls, text: str) -> Verifier:
        """From its one line; raises Unreadable."""
        name, _, rest = text.strip().partition("+")
        told, _, key = rest.partition("+")
        raw = _bytes(key)
        if not NAME.fullmatch(name) or len(raw) != 33 or raw[0] not in (SIGNATURE, COSIGNATURE):
            raise Unreadable("not a verifier key")
        verifier = cls(name, raw[0], raw[1:])
        if verifier.hash.hex() != told:
            raise Unreadable("the key's hash is another's")
        return verifier

    def verifies(self, note: Note) -> bool:
        """Whether the note carries a good signature of this key."""
        return any(
            s.hash == self.hash and s.name == self.name and self._good(note.text, s.made) for s in note.signatures
        )

    def _good(self, text: str, made: bytes) -> bool:
        signed, signature = text.encode(), made
        if self.kind == COSIGNATURE:
            if len(made) != 72:
                return False
            signed, signature = cosigned(text, unpack(">Q", made[:8])[0]), made[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, signed)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Signature:
    """One line under a note."""

    name: str
    hash: bytes
    made: bytes

    def __str__(self) -> str:
        return f"— {self.name} {base64.b64encode(self.hash + self.made).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A text that ends with a newline, and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...] = ()

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))

    def signed(self, signature: Signature) -> Note:
        """The same with one signature more."""
        return replace(self, signatures=(*self.signatures, signature))

    @classmethod
    def read(cls, whole: str) -> Note:
        """From its written form; raises Unreadable."""
        text, gap, lines = whole.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise Unreadable("not a signed note")
        signatures = []
        for line in lines[:-1].split("\n"):
            found = re.fullmatch(r"— (\S+) (\S+)", line)
            raw = _bytes(found[2]) if found else b""
            if found is None or len(raw) < 5:
                raise Unreadable("not a signature line")
            signatures.append(Signature(found[1], raw[:4], raw[4:]))
        return cls(text + "\n", tuple(signatures))


@dataclass(frozen=True)
class Signer:
    """A private key under its name."""

    name: str
    key: Ed25519PrivateKey
    kind: int = SIGNATURE

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self.kind, self.key.public_key().public_bytes_raw())

    @classmethod
    def made(cls, name: str, kind: int = SIGNATURE) -> Signer:
        """A new key."""
        return cls(name, Ed25519PrivateKey.generate(), kind)

    @property
    def secret(self) -> str:
        """Its one line: "PRIVATE+KEY+<name>+<hash>+<base64 of type and seed>"."""
        seed = base64.b64encode(bytes([self.kind]) + self.key.private_bytes_raw()).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.hash.hex()}+{seed}"

    @classmethod
    def read(cls, text: str) -> Signer:
        """From its one line; raises Unreadable."""
        found = re.fullmatch(r"PRIVATE\+KEY\+([^\s+]+)\+([0-9a-f]{8})\+(\S+)", text.strip())
        raw = _bytes(found[3]) if found else b""
        if found is None or len(raw) != 33 or raw[0] not in (SIGNATURE, COSIGNATURE):
            raise Unreadable("not a signing key")
        signer = cls(found[1], Ed25519PrivateKey.from_private_bytes(raw[1:]), raw[0])
        if signer.verifier.hash.hex() != found[2]:
            raise Unreadable("the key's hash is another's")
        return signer

    def sign(self, text: str) -> Signature:
        """The log's own signature under a text."""
        return Signature(self.name, self.verifier.hash, self.key.sign(text.encode()))

    def cosign(self, text: str, at: int) -> Signature:
        """A witness's signature, made at a second since 1970."""
        return Signature(self.name, self.verifier.hash, pack(">Q", at) + self.key.sign(cosigned(text, at)))


def cosigned(text: str, at: int) -> bytes:
    """What a witness signs."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


@dataclass(frozen=True)
class Checkpoint:
    """The size and root of a log of a name."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def read(cls, text: str) -> Checkpoint:
        """From the text of a note; raises Unreadable."""
        lines = text.split("\n")
        if len(lines) < 4 or not lines[0] or not re.fullmatch(r"0|[1-9]\d{0,18}", lines[1]):
            raise Unreadable("not a checkpoint")
        root = _bytes(lines[2])
        if len(root) != 32:
            raise Unreadable("not a root")
        return cls(lines[0], int(lines[1]), root)
