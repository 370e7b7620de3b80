"""A verifier of audit archives and case files, written again from the formats: in memory, the tree by its definition.

It shares no code with the product's: other library for signatures, other parsing, no streaming.
"""

from __future__ import annotations

import base64
import json
import sys
import uuid
import zipfile
from calendar import timegm
from hashlib import sha256
from pathlib import Path

from Crypto.Signature import eddsa


class Wrong(Exception):
    """The archive does not hold what was signed."""


def sha(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()


def hash_of(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1."""
    n = len(leaves)
    if n < 2:
        return leaves[0] if leaves else sha(b"")
    k = 1
    while k * 2 < n:
        k *= 2
    return sha(b"\x01", hash_of(leaves[:k]), hash_of(leaves[k:]))


def sized(text: str) -> bytes:
    raw = text.encode("utf-8")
    return len(raw).to_bytes(4, "big") + raw


def leaf(event: dict) -> bytes:
    """What the leaf of an event covers, field by field."""
    day, clock = event["recorded_at"].split("T")
    clock, fraction = clock.removesuffix("+00:00").split(".")
    seconds = timegm((*map(int, day.split("-")), *map(int, clock.split(":")), 0, 0, 0))
    micros = seconds * 1_000_000 + int(fraction)
    if event["position"] < 1 or len(fraction) != 6 or not isinstance(event["tags"], list):
        raise Wrong("an event's fields")
    head = [b"campus-event/v1\n", event["position"].to_bytes(8, "big"), uuid.UUID(event["id"]).bytes]
    head += [micros.to_bytes(8, "big", signed=True), len(event["tags"]).to_bytes(4, "big")]
    return sha(b"\x00", *head, sized(event["type"]), *map(sized, event["tags"]), sized(event["body"]))


def rows(member: bytes) -> list[str]:
    """Its lines: a text may hold a line separator of Unicode as it is, and no line feed."""
    return member.decode().removesuffix("\n").split("\n")


def key_of(line: str) -> tuple[str, int, bytes, bytes]:
    """(name, kind, key hash, public key)."""
    name, _, rest = line.strip().partition("+")
    raw = base64.b64decode(rest.split("+", 1)[1])
    return name, raw[0], sha(name.encode(), b"\n", raw)[:4], raw[1:]


def signed_by(key: tuple[str, int, bytes, bytes], note: str) -> bool:
    """Whether one of the note's lines is a good signature of this key."""
    name, kind, known, public = key
    text = note[: note.rindex("\n\n") + 1]
    check = eddsa.new(eddsa.import_public_key(public), "rfc8032")
    for line in note[len(text) + 1 :].splitlines():
        dash, who, made = line.split(" ")
        raw = base64.b64decode(made)
        if (dash, who, raw[:4]) != ("—", name, known):
            continue
        message, signature = text.encode(), raw[4:]
        if kind == 4:
            message = b"cosignature/v1\ntime " + str(int.from_bytes(raw[4:12], "big")).encode() + b"\n" + message
            signature = raw[12:]
        try:
            check.verify(message, signature)
        except ValueError:
            continue
        return True
    return False


def examine(path: Path, key: str, witness: str | None = None, since: tuple[str, ...] = ()) -> int:
    """How many events the archive proves; raises Wrong, or whatever reading it raises."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if set(members) != {"events.ndjson", "checkpoints.ndjson", "manifest.json"} or len(archive.namelist()) != 3:
        raise Wrong("the members")
    manifest = json.loads(members["manifest.json"])
    for name in ("events.ndjson", "checkpoints.ndjson"):
        if sha256(members[name]).hexdigest() != manifest["sha256"][name]:
            raise Wrong("a sum of the manifest")
    events = [json.loads(line) for line in rows(members["events.ndjson"])]
    own = [json.loads(line)["note"] for line in rows(members["checkpoints.ndjson"])]
    if (manifest["events"], manifest["checkpoints"]) != (len(events), len(own)):
        raise Wrong("a count of the manifest")
    leaves = [leaf(event) for event in events]
    if [event["position"] for event in events] != [*range(1, len(events) + 1)]:
        raise Wrong("the positions")
    told = [base64.b64decode(event["leaf"]) if "leaf" in event else None for event in events]
    if any(kept not in (None, made) for kept, made in zip(told, leaves, strict=True)):
        raise Wrong("a leaf that was kept")
    for note in (*own, *since):
        origin, size, root = note.split("\n")[:3]
        if origin != key_of(key)[0] or not signed_by(key_of(key), note):
            raise Wrong("a signature")
        if not 0 < int(size) <= len(leaves) or hash_of(leaves[: int(size)]) != base64.b64decode(root):
            raise Wrong("a root")
    if max(int(note.split("\n")[1]) for note in own) != len(events):
        raise Wrong("events that are not sealed")
    if witness and not any(signed_by(key_of(witness), note) for note in (*own, *since)):
        raise Wrong("no cosignature")
    return len(events)


def path_to(leaf_hash: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that an inclusion path leads to: RFC 6962, 2.1.1, from the top down."""
    if size == 1:
        if path:
            raise Wrong("a path that is too long")
        return leaf_hash
    k = 1
    while k * 2 < size:
        k *= 2
    *below, sibling = path
    if index < k:
        return sha(b"\x01", path_to(leaf_hash, index, k, below), sibling)
    return sha(b"\x01", sibling, path_to(leaf_hash, index - k, size - k, below))


def examine_case(path: Path, key: str) -> int:
    """How many events a case file proves; raises Wrong, or whatever reading it raises."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        members = {name: archive.read(name) for name in names}
    manifest = json.loads(members.pop("manifest.json"))
    if {name: sha256(content).hexdigest() for name, content in members.items()} != manifest["sha256"]:
        raise Wrong("a sum of the manifest, or its members")
    if "events.ndjson" in names:
        raise Wrong("a case file that passes for an archive")
    if len(names) != len(members) + 1:
        raise Wrong("a member that stands there twice")
    proofs = [json.loads(line) for line in rows(members["proofs.ndjson"])]
    stored = [proof["stored"] for proof in proofs]
    named = [(event["position"], event["id"], event["type"]) for event in manifest["events"]]
    if [(event["position"], event["id"], event["type"]) for event in stored] != named:
        raise Wrong("other events than the manifest names")
    if {proof["checkpoint"] for proof in proofs} != {members["checkpoint.note"].decode()}:
        raise Wrong("proofs under other checkpoints than the one that lies there")
    size, root = members["checkpoint.note"].decode().split("\n")[1:3]
    if manifest["checkpoint"] != {"size": int(size), "root": root}:
        raise Wrong("the checkpoint that the manifest names")
    for proof in proofs:
        origin, size, root = proof["checkpoint"].split("\n")[:3]
        if origin != key_of(key)[0] or not signed_by(key_of(key), proof["checkpoint"]):
            raise Wrong("a signature")
        index = proof["stored"]["position"] - 1
        made, steps = leaf(proof["stored"]), [base64.b64decode(step) for step in proof["path"]]
        if proof["index"] != index or not index < int(size) or base64.b64decode(proof["leaf"]) != made:
            raise Wrong("an event")
        if path_to(made, index, int(size), steps) != base64.b64decode(root):
            raise Wrong("a path")
    return len(proofs)


def holds_case(path: Path, key: str) -> bool:
    """The verdict on a case file."""
    try:
        return examine_case(path, key) > 0
    except Exception as why:  # noqa: BLE001  whatever goes wrong in a spoilt file, the verdict is one
        sys.stderr.write(f"{type(why).__name__}: {why}\n")
        return False


def holds(path: Path, key: str, witness: str | None = None, since: tuple[str, ...] = ()) -> bool:
    """The verdict."""
    try:
        examine(path, key, witness, since)
    except Exception as why:  # noqa: BLE001  whatever goes wrong in a spoilt archive, the verdict is one
        sys.stderr.write(f"{type(why).__name__}: {why}\n")
        return False
    return True


if __name__ == "__main__":
    sys.exit(0 if holds(Path(sys.argv[1]), *sys.argv[2:4]) else 1)
