"""campus-verify: holds an audit archive, a case file or a proof against the keys of the college and its witness.

    python campus_verify.py FILE --key KEY [--witness KEY] [--since NOTE]

Needs Python 3.11 and `cryptography`, nothing else.  KEY is a line "<name>+<hash>+<base64>", or a file with it; NOTE is
a file with a checkpoint kept from earlier.  Exits 0 fine, 1 bad (the first bad position is named), 2 could not run.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
MEMBERS = CHECKPOINTS, EVENTS, MANIFEST = ["checkpoints.ndjson", "events.ndjson", "manifest.json"]
PROOFS, NOTE, LONGEST_LINE, MOST_NOTES = "proofs.ndjson", "checkpoint.note", 16 << 20, 200_000
MALFORMED = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError, struct.error)
UNREADABLE = (*MALFORMED, OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class Bad(Exception):
    """Something is not as it was sealed; `position` is the first event concerned, where there is one."""

    def __init__(self, said: str, position: int | None = None) -> None:
        super().__init__(said)
        self.position = position


class CannotRun(Exception):
    """A key or a file that was named cannot be used."""


class Key:
    """A public key of C2SP: type 1 signs notes, type 4 cosigns checkpoints."""

    def __init__(self, line: str) -> None:
        try:
            self.name, told, rest = line.strip().split("+", 2)
            raw = base64.b64decode(rest, validate=True)
            self.kind, self._key = raw[0], Ed25519PublicKey.from_public_bytes(raw[1:])
            self.hash = sha256(self.name.encode() + b"\n" + raw).digest()[:4]
            if self.hash.hex() != told or self.kind not in (1, 4):
                raise ValueError(told)
        except MALFORMED as error:
            raise CannotRun(f"not a key: {line.strip()[:80]!r}") from error

    def signed(self, note: Note) -> bool:
        """Whether a good signature of this key stands under the note."""
        return any(self._good(note, raw[4:]) for name, raw in note.lines if (name, raw[:4]) == (self.name, self.hash))

    def _good(self, note: Note, made: bytes) -> bool:
        text = note.text.encode()
        if self.kind == 4:
            made, text = made[8:], b"cosignature/v1\ntime %d\n%b" % (int.from_bytes(made[:8], "big"), text)
        try:
            self._key.verify(made, text)
        except InvalidSignature:
            return False
        return True


class Note:
    """A signed checkpoint: origin, size and root, and who signed; raises Bad."""

    def __init__(self, whole: str) -> None:
        text, gap, signatures = whole.rpartition("\n\n")
        self.whole, self.text = whole, text + "\n"
        try:
            self.origin, size, root, *_ = text.split("\n")
            self.size, self.root = int(size), base64.b64decode(root, validate=True)
            parts = [line.split(" ") for line in signatures.removesuffix("\n").split("\n")]
            self.lines = [(name, base64.b64decode(raw, validate=True)) for _, name, raw in parts]
            well = gap and len(self.root) == 32 and {dash for dash, _, _ in parts} == {"—"}
            if not well or not re.fullmatch(r"[1-9][0-9]{0,17}", size):
                raise ValueError(size)
        except MALFORMED as error:
            raise Bad("a checkpoint is not written as it should be") from error

    def check(self, keys: Sequence[Key]) -> None:
        """Raise Bad unless one of the keys signed it under its own name."""
        if not any(key.name == self.origin and key.signed(self) for key in keys):
            raise Bad(f"checkpoint {self.size} of {self.origin} is not signed with the key that was named")


class Tree:
    """The tree of RFC 6962 as leaves come in: only the roots of its complete subtrees are kept, the largest first."""

    def __init__(self, size: int = 0, parts: Iterable[bytes] = ()) -> None:
        self.size, self._parts = size, list(parts)

    def add(self, leaf: bytes) -> None:
        """One leaf more."""
        parts, left = self._parts, self.size
        while left & 1:
            leaf = sha256(b"\x01" + parts.pop() + leaf).digest()
            left >>= 1
        parts.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        *others, right = self._parts or [sha256(b"").digest()]
        for left in reversed(others):
            right = sha256(b"\x01" + left + right).digest()
        return right


class Course:
    """The log read from its first event on, held against every root that was signed."""

    def __init__(self, roots: Iterable[tuple[int, bytes]]) -> None:
        self._due = sorted(roots, reverse=True)
        self._good, self.tree = 0, Tree()

    def take(self, position: int, leaf: bytes, told: bytes | None = None) -> None:
        """The next event; `told` is its leaf as it was sealed, where known.  Raises Bad."""
        expected = self.tree.size + 1
        if position != expected:
            raise Bad(f"event {expected} is missing; {position} stands in its place", expected)
        if told is not None and told != leaf:
            raise Bad(f"event {position} is not the one that was sealed", position)
        self.tree.add(leaf)
        first = self._good + 1
        while self._due and self._due[-1][0] == position:
            if self._due.pop()[1] != self.tree.root():
                raise Bad(f"among the events {first} to {position} one is not as it was sealed", first)
            self._good = position

    def close(self, sealed: int) -> None:
        """No event is left; `sealed` is the size of the newest checkpoint.  Raises Bad."""
        if self._due:
            raise Bad(f"the log ends before {self._due[0][0]}, where a checkpoint was signed", self.tree.size + 1)
        if self.tree.size > sealed:
            raise Bad(f"the events after {sealed} are not sealed", sealed + 1)


def leaf_of(event: dict[str, Any]) -> bytes:
    """The leaf of an event as archives and proofs write it."""
    tags, recorded_at = event["tags"], (datetime.fromisoformat(event["recorded_at"]) - EPOCH) // MICROSECOND
    id = bytes.fromhex(event["id"].replace("-", ""))
    if type(tags) is not list or len(id) != 16:
        raise ValueError("tags, or id")
    parts = [b"\x00campus-event/v1\n", struct.pack(">Q16sqI", event["position"], id, recorded_at, len(tags))]
    parts += [len(text).to_bytes(4, "big") + text for text in map(str.encode, (event["type"], *tags, event["body"]))]
    return sha256(b"".join(parts)).digest()


def lines(archive: zipfile.ZipFile, name: str, told: str) -> Iterator[bytes]:
    """The lines of a member, whose SHA-256 must be as told; raises Bad."""
    summed = sha256()
    with archive.open(name) as raw, io.BufferedReader(raw, 1 << 20) as file:  # type: ignore[type-var]  # reads like one
        while line := file.readline(LONGEST_LINE):
            summed.update(line)
            yield line
    if summed.hexdigest() != told:
        raise Bad(f"{name} is not the one that was written: its SHA-256 differs from the manifest's")


def audit(path: Path, keys: Sequence[Key], witness: Key | None = None, since: Sequence[Note] = ()) -> dict[str, Any]:
    """Examine an archive; what it holds.  Raises Bad."""
    with zipfile.ZipFile(path) as archive:
        names = sorted(archive.namelist())
        if PROOFS not in names and names != MEMBERS or archive.getinfo(MANIFEST).file_size > LONGEST_LINE:
            raise Bad("the archive does not hold what an audit archive holds")
        manifest = json.loads(archive.read(MANIFEST))
        if PROOFS in names:
            return case(archive, manifest, keys, witness, since)
        kept = lines(archive, CHECKPOINTS, manifest["sha256"][CHECKPOINTS])
        signed = [Note(json.loads(line.decode())["note"]) for _, line in zip(range(MOST_NOTES), kept, strict=False)]
        for note in (*signed, *since):
            note.check(keys)
        cosigned = [note.size for note in (*signed, *since) if witness and witness.signed(note)]
        if witness and not cosigned:
            raise Bad(f"no checkpoint is cosigned by {witness.name}")
        course = Course((note.size, note.root) for note in (*signed, *since))
        for line in lines(archive, EVENTS, manifest["sha256"][EVENTS]):
            try:
                event = json.loads(line.decode())
                told = base64.b64decode(event["leaf"]) if "leaf" in event else None
                course.take(event["position"], leaf_of(event), told)
            except MALFORMED as error:
                raise Bad("an event cannot be read", course.tree.size + 1) from error
        course.close(max(note.size for note in signed))
        if next(kept, None) or (manifest["events"], manifest["checkpoints"]) != (course.tree.size, len(signed)):
            raise Bad("the manifest counts differently")
    found = {"events": course.tree.size, "checkpoints": len(signed), "root": course.tree.root().hex()}
    return found | {"cosigned": max(cosigned)} if witness else found


def case(file: zipfile.ZipFile, manifest: dict[str, Any], *given: Any) -> dict[str, Any]:
    """Examine a case file: every event by its own proof, all under one checkpoint.  Raises Bad, CannotRun."""
    sums, names = manifest["sha256"], sorted(file.namelist())
    notes, events = zip(*(proven(json.loads(line.decode())) for line in lines(file, PROOFS, sums[PROOFS])), strict=True)
    told = [event and {name: event[name] for name in ("position", "id", "type")} for event in events]
    if not all(told) or EVENTS in names or (told, names) != (manifest["events"], sorted([MANIFEST, *sums])):
        raise Bad("the case file does not hold just what its manifest names")
    one = {"size": notes[0].size, "root": base64.b64encode(notes[0].root).decode()}, {sums[NOTE]}
    if (manifest["checkpoint"], {sha256(note.whole.encode()).hexdigest() for note in notes}) != one:
        raise Bad(f"the proofs, {NOTE} and the manifest do not name one checkpoint")
    size = sum(len(line) for name in sums for line in lines(file, name, sums[name]))
    found = {"events": told, "bytes": size, "not_proven": [name for name in names if name not in (PROOFS, NOTE)]}
    return found | {"said": "only the events are proven, not the page"} | held(notes[0], *given)


def held(note: Note, keys: Sequence[Key], witness: Key | None, since: Sequence[Note]) -> dict[str, Any]:
    """Hold the checkpoint of a proof against the keys and against what was kept; raises Bad, CannotRun."""
    root_of: dict[tuple[str, int], bytes] = {}
    for one in (note, *since):
        one.check(keys)
        if root_of.setdefault((one.origin, one.size), one.root) != one.root:
            raise Bad(f"two histories were signed: checkpoints of {one.size} events have different roots")
    if witness and not any(witness.signed(one) for one in (note, *since) if one.text == note.text):
        raise Bad(f"the checkpoint is not cosigned by {witness.name}")
    if len(root_of) > 1:
        raise CannotRun(f"--since needs an audit archive, or a checkpoint of the very size of the proof's: {note.size}")
    return {"checkpoint": note.size, "root": note.root.hex()}


def proven(proof: dict[str, Any]) -> tuple[Note, dict[str, Any] | None]:
    """The checkpoint that a proof, as /api/proofs gives it, leads to, and the event if it holds it.  Raises Bad."""
    note, leaf, index = Note(proof["checkpoint"]), base64.b64decode(proof["leaf"]), proof["index"]
    if type(index) is not int or not 0 <= index < note.size:
        raise Bad("the event lies outside the checkpoint")
    stored, path = proof["stored"], [base64.b64decode(step) for step in proof["path"]]
    if stored is not None and (leaf_of(stored) != leaf or stored["position"] != index + 1):
        raise Bad("the event is not the one that was sealed", index + 1)
    inner = (index ^ note.size - 1).bit_length()
    for level, step in enumerate(path):
        left = level >= inner or index >> level & 1
        leaf = sha256(b"\x01" + (step + leaf if left else leaf + step)).digest()
    if leaf != note.root or len(path) != inner + (index >> inner).bit_count():
        raise Bad("the path does not lead to the root that was signed", index + 1)
    return note, stored


def key_of(given: str) -> Key:
    """The key in a line or in the file it names; raises CannotRun."""
    try:
        return Key(given if "+" in given else Path(given).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CannotRun(f"cannot read {given}: {error}") from error


def note_of(given: str) -> Note:
    """The checkpoint in a file; raises CannotRun."""
    try:
        return Note(Path(given).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, Bad) as error:
        raise CannotRun(f"cannot read {given}: {error}") from error


def examine(path: Path, keys: Sequence[Key], witness: Key | None, since: Sequence[Note]) -> dict[str, Any]:
    """An archive or a proof; what was found good.  Raises Bad, CannotRun."""
    try:
        if zipfile.is_zipfile(path):
            return audit(path, keys, witness, since)
        note, stored = proven(proof := json.loads(path.read_text(encoding="utf-8")))
        return {"event": proof["index"] + 1, "whole": bool(stored), **held(note, keys, witness, since)}
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise CannotRun(str(error)) from error
    except UNREADABLE as error:
        raise Bad(f"it cannot be read: {type(error).__name__} {error}") from error


def main(words: Sequence[str] | None = None) -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(prog="campus-verify", description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="an audit archive, a case file, or a proof in JSON")
    parser.add_argument("--key", type=key_of, action="append", required=True, help="the college's key, or its file")
    parser.add_argument("--witness", type=key_of, help="a witness's key, or its file: demands its cosignature")
    parser.add_argument("--since", type=note_of, action="append", default=[], help="a checkpoint kept from earlier")
    try:
        given = parser.parse_args(words)
        code, said = 0, {"verdict": "good"} | examine(given.file, given.key, given.witness, given.since)
    except Bad as bad:
        code, said = 1, {"verdict": "bad", "position": bad.position, "said": str(bad)}
    except CannotRun as trouble:
        code, said = 2, {"verdict": "could not run", "said": str(trouble)}
    sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
