"""The audit archive: everything an auditor needs to check the log without the college, in one file.

A ZIP with `events.ndjson` (one event a line, its body's exact text, and its leaf where a tile keeps it),
`checkpoints.ndjson` (one signed note a line) and `manifest.json` (names, counts, SHA-256 of both).
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import orjson

from infra.postgres import Institution, connect
from infra.seal.leaf import Stored
from infra.seal.note import Note
from infra.seal.shelf import BEGINNING, Line, Shelf
from infra.seal.tiles import WIDTH

FORMAT = "campus-audit/1"
MOST_CHECKPOINTS = 10_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Progress = Callable[[int, int], None]


class NothingSealed(Exception):
    """There is no checkpoint yet."""


def moment(microseconds: int) -> str | None:
    """RFC 3339 with six digits; None for what no clock says."""
    try:
        return (EPOCH + timedelta(microseconds=microseconds)).isoformat(timespec="microseconds")
    except OverflowError:
        return None


def told(event: Stored) -> dict[str, Any]:
    """A stored event as archives and proofs write it: the very texts that its leaf covers, and what is null as null."""
    return {
        "position": event.position,
        "id": event.id and str(UUID(bytes=event.id)),
        "type": event.type and event.type.decode(),
        "tags": event.tags and event.tags.texts(),
        "recorded_at": event.recorded_at and moment(event.recorded_at),
        "body": event.body and event.body.decode(),
    }


async def write(
    institution: Institution, key: str, file: Path, cosigned: Sequence[str] = (), progress: Progress | None = None
) -> dict[str, Any]:
    """Write the archive of everything that is sealed; its manifest.  Raises NothingSealed, OSError.

    `cosigned` are notes of this log that witnesses have signed; they are put among the checkpoints.
    """
    shelf, part = Shelf(institution.schema), file.with_name(file.name + ".part")
    async with await connect(institution, "reader") as line:
        if (newest := await shelf.newest(line)) is None:
            raise NothingSealed
        notes = [one.note for one in await shelf.checkpoints(line, newest.size)]
        notes = [*notes[:: -(-len(notes) // MOST_CHECKPOINTS)][:-1], notes[-1], *cosigned]
        with ZipFile(part, "w", ZIP_DEFLATED, compresslevel=3) as archive:
            signed = [orjson.dumps({"note": note}) for note in notes]
            sums = {"checkpoints.ndjson": _member(archive, "checkpoints.ndjson", signed)}
            summed = sha256()
            with archive.open("events.ndjson", "w", force_zip64=True) as member:
                done = 0
                async for lines in _events(line, shelf, newest.size):
                    page = b"".join(one + b"\n" for one in lines)
                    member.write(page)
                    summed.update(page)
                    done += len(lines)
                    if progress:
                        progress(done, newest.size)
            sums["events.ndjson"] = summed.hexdigest()
            manifest = {
                "format": FORMAT,
                "origin": Note.read(newest.note).text.partition("\n")[0],
                "key": key,
                "institution": {"key": institution.key, "zh": institution.name_zh, "en": institution.name_en},
                "events": done,
                "checkpoints": len(notes),
                "sha256": sums,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            archive.writestr("manifest.json", orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    part.replace(file)
    return manifest


def _member(archive: ZipFile, name: str, lines: Sequence[bytes]) -> str:
    content = b"".join(one + b"\n" for one in lines)
    archive.writestr(name, content)
    return sha256(content).hexdigest()


async def _events(line: Line, shelf: Shelf, sealed: int) -> AsyncIterator[list[bytes]]:
    """Every event up to a position as a line; beside it, for whoever looks for the first bad one, the leaf kept."""
    async for page in shelf.pages(line, BEGINNING, sealed):
        wanted = {(0, (event.position - 1) // WIDTH) for event in page}
        tiles = await shelf.tiles(line, wanted)
        lines = []
        for event in page:
            said = told(event)
            n, at = divmod(event.position - 1, WIDTH)
            if tile := tiles.get((0, n)):
                said["leaf"] = base64.b64encode(tile.hashes[at * 32 : at * 32 + 32]).decode()
            lines.append(orjson.dumps(said))
        yield lines
