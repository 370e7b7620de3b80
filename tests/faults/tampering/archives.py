"""Audit archives, good and bad, given to both verifiers, which must agree."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from infra.campus_verify import Bad, examine
from infra.seal.note import Note, Signer
from tests.db.sealing import SIGNER
from tests.faults import second_verifier
from tests.faults.tampering.ground import KEYS

Members = dict[str, bytes]
STRANGER = Signer.made(SIGNER.name)
EVENTS, CHECKPOINTS, MANIFEST = "events.ndjson", "checkpoints.ndjson", "manifest.json"


def verdicts(file: Path) -> tuple[bool, bool]:
    """Whether each of the two verifiers finds the archive good."""
    try:
        examine(file, KEYS, None, [])
        first = True
    except Bad:
        first = False
    return first, second_verifier.holds(file, str(SIGNER.verifier))


def read(file: Path) -> Members:
    with ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(file: Path, members: Mapping[str, bytes], *, summed: bool) -> None:
    """An archive of these members, its sums and counts made to fit when `summed`, as somebody clever would."""
    kept = dict(members)
    if summed:
        manifest = json.loads(kept[MANIFEST])
        manifest["sha256"] = {name: sha256(kept[name]).hexdigest() for name in (EVENTS, CHECKPOINTS)}
        manifest["events"], manifest["checkpoints"] = (len(kept[n].splitlines()) for n in (EVENTS, CHECKPOINTS))
        kept[MANIFEST] = json.dumps(manifest).encode()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in kept.items():
            archive.writestr(name, content)


def _field(members: Members, dice: random.Random) -> None:
    lines = members[EVENTS].splitlines()
    at = dice.randrange(len(lines))
    event = json.loads(lines[at])
    name = dice.choice(("type", "body", "tags", "recorded_at", "id", "position"))
    event[name] = {
        "type": event["type"] + "x",
        "body": event["body"] + " ",
        "tags": [*event["tags"], "student:1"],
        "recorded_at": event["recorded_at"].replace("2026", "2025"),
        "id": event["id"][::-1],
        "position": event["position"] + 1,
    }[name]
    if dice.random() < 0.5:
        event.pop("leaf", None)
    lines[at] = json.dumps(event).encode()
    members[EVENTS] = b"\n".join(lines) + b"\n"


def _line_gone(members: Members, dice: random.Random) -> None:
    lines = members[EVENTS].splitlines(keepends=True)
    del lines[dice.randrange(len(lines))]
    members[EVENTS] = b"".join(lines)


def _lines_swapped(members: Members, dice: random.Random) -> None:
    lines = members[EVENTS].splitlines(keepends=True)
    a, b = dice.sample(range(len(lines)), 2)
    lines[a], lines[b] = lines[b], lines[a]
    members[EVENTS] = b"".join(lines)


def _end_gone(members: Members, dice: random.Random) -> None:
    lines = members[EVENTS].splitlines(keepends=True)
    members[EVENTS] = b"".join(lines[: dice.randrange(len(lines))])


def _signed_by_a_stranger(members: Members, dice: random.Random) -> None:
    lines = [json.loads(line) for line in members[CHECKPOINTS].splitlines()]
    at = dice.randrange(len(lines))
    text = Note.read(lines[at]["note"]).text
    lines[at]["note"] = str(Note(text).signed(STRANGER.sign(text)))
    members[CHECKPOINTS] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def _checkpoint_changed(members: Members, dice: random.Random) -> None:
    members[CHECKPOINTS] = members[CHECKPOINTS].replace(b"\\n", b"\\n1", 1)


def _not_text(members: Members, dice: random.Random) -> None:
    raw = bytearray(members[EVENTS])
    raw[dice.randrange(len(raw))] = 0xFF
    members[EVENTS] = bytes(raw)


SPOILT: tuple[Callable[[Members, random.Random], None], ...] = (
    *[_field] * 3,
    _line_gone,
    _lines_swapped,
    _end_gone,
    _signed_by_a_stranger,
    _checkpoint_changed,
    _not_text,
)


def spoil(good: Path, bad: Path, dice: random.Random) -> str:
    """Write a bad archive made of a good one; how it was made."""
    members, way = read(good), dice.choice(SPOILT)
    if way is _lines_swapped and members[EVENTS].count(b"\n") < 2:
        way = _line_gone
    way(members, dice)
    summed = dice.random() < 0.8
    write(bad, members, summed=summed)
    return f"{way.__name__.strip('_')}{'' if summed else ', sums left'}"


def turn_a_bit(good: Path, bad: Path, dice: random.Random) -> None:
    """One bit of the file itself; it may be one that means nothing, as a date inside the ZIP."""
    raw = bytearray(good.read_bytes())
    raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
    bad.write_bytes(raw)
