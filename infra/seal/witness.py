"""The witness 见证人: somebody else's key, which signs a checkpoint only if the log did nothing but grow.

It remembers the last checkpoint it signed, in a file of its own; what it sees first it takes on trust.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from infra.seal.note import Checkpoint, Note, Signer, Unreadable, Verifier
from infra.seal.tree import Broken, check_consistency

PATIENCE_SECONDS = 30.0
Ask = Callable[[int, int], Sequence[bytes]]


class Inconsistent(Exception):
    """The log offered something that does not follow from what was signed before; nothing is signed."""


def cosigned(signer: Signer, log: Verifier, last: Note | None, offered: Note, proof: Ask, at: int) -> Note:
    """The offered checkpoint with the witness's signature, made at a second since 1970.

    `proof(old, new)` gives the consistency proof.  Raises Inconsistent, Unreadable.
    """
    new = Checkpoint.read(offered.text)
    if new.origin != log.name or not log.verifies(offered):
        raise Inconsistent(f"the checkpoint of size {new.size} is not signed by {log}")
    if last is not None:
        old = Checkpoint.read(last.text)
        if old.origin != new.origin:
            raise Inconsistent(f"this witness looks after {old.origin}")
        path = proof(old.size, new.size) if old.size < new.size else ()
        try:
            check_consistency(old.size, new.size, old.root, new.root, path)
        except Broken as broken:
            raise Inconsistent(f"from {old.size} to {new.size}: {broken}") from broken
    return Note(offered.text, offered.signatures).signed(signer.cosign(offered.text, at))


@contextmanager
def remembered(file: Path) -> Iterator[Note | None]:
    """The last checkpoint signed, held against other witnesses on the same file until the block ends."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(file.name + ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Note.read(file.read_text(encoding="utf-8")) if file.exists() else None


def remember(file: Path, note: Note) -> None:
    """Keep a checkpoint; a power cut leaves the old one or the new one."""
    part = file.with_name(file.name + ".part")
    with part.open("w", encoding="utf-8") as new:
        new.write(str(note))
        new.flush()
        os.fsync(new.fileno())
    part.replace(file)


def hashes(said: Any) -> list[bytes]:
    """The hashes of a consistency proof as the API gives it; raises Unreadable."""
    try:
        return [base64.b64decode(one, validate=True) for one in said["path"]]
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable("not a consistency proof") from error


def parsed(answer: bytes) -> Any:
    """JSON; raises Unreadable."""
    try:
        return json.loads(answer)
    except ValueError as error:
        raise Unreadable("not JSON") from error


class Source:
    """A log's checkpoint and proofs, over HTTP."""

    def __init__(self, url: str, token: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise Unreadable("an http or https address is wanted")
        self._url, self._token = url.rstrip("/"), token

    def _get(self, path: str, **asked: int) -> Any:
        query = f"?{urlencode(asked)}" if asked else ""
        told = Request(f"{self._url}{path}{query}", headers={"Authorization": f"Bearer {self._token}"})  # noqa: S310  the scheme is checked
        try:
            with urlopen(told, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310  the scheme is checked
                return parsed(answer.read())
        except HTTPError as refused:
            raise OSError(f"{path}: {refused.code} {refused.read(300).decode(errors='replace')}") from refused
        except URLError as trouble:
            raise OSError(f"{path}: {trouble.reason}") from trouble

    def checkpoint(self) -> Note:
        """The newest checkpoint.  Raises OSError, Unreadable."""
        said = self._get("/api/checkpoint")
        if not isinstance(said, dict) or not isinstance(said.get("checkpoint"), str):
            raise Unreadable("not a checkpoint")
        return Note.read(said["checkpoint"])

    def proof(self, old: int, new: int) -> list[bytes]:
        """The consistency proof.  Raises OSError, Unreadable."""
        return hashes(self._get("/api/proofs/consistency", old=old, new=new))
