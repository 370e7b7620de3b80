"""Parquet by institution and month: the log as a table that DuckDB, Spark or pandas reads where it lies.

A directory is added to and never rewritten: each run writes the events since the last one as parts of their own, and
`manifest.json` says which positions each part holds and its SHA-256.  A part is whole, and on the disk, before the
manifest names it.  Months are the institution's own; a directory begun with months in UTC keeps them.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from infra.export import Progress, Span, chosen
from infra.export.plain import clear, data_text, envelope
from infra.log import Log, Row
from infra.on_disk import settle
from infra.postgres import Institution

FORMAT: Final = "campus-parquet/1"
MANIFEST: Final = "manifest.json"
COMING: Final = f".{MANIFEST}.writing"
PART_ROWS: Final = 250_000
GROUP_ROWS: Final = 20_000
PART_NAME: Final = re.compile(r"\.?part-(\d{12})(\.writing|-\d{12}\.parquet)")
MOMENT: Final = pa.timestamp("us", tz="UTC")
WORD: Final = pa.dictionary(pa.int32(), pa.string())
SCHEMA: Final = pa.schema(
    [
        ("position", pa.int64()),
        ("id", pa.string()),
        ("type", WORD),
        ("area", WORD),
        ("recorded_at", MOMENT),
        ("occurred_at", MOMENT),
        ("received_at", MOMENT),
        ("actor_person", pa.string()),
        ("actor_role", WORD),
        ("actor_department", WORD),
        ("on_behalf_of", pa.string()),
        ("command_name", WORD),
        ("command", pa.string()),
        ("correlation", pa.string()),
        ("causation", pa.string()),
        ("source", WORD),
        ("tags", pa.list_(pa.string())),
        ("policies", pa.list_(pa.struct([("key", pa.string()), ("version", pa.int64())]))),
        ("data", pa.string()),
    ]
)


class DirectoryUnfit(Exception):
    """The directory holds something else, another college's parts, or parts that were changed."""

    def __init__(self, code: str, file: str) -> None:
        super().__init__(f"{code}: {file}")
        self.code, self.file = code, file


class DirectoryInUse(Exception):
    """Another run is adding to the directory."""


def columns(rows: list[Row]) -> pa.RecordBatch:
    """Events as a batch of the table."""
    told = [envelope(row) for row in rows]
    actors = [one["actor"] for one in told]

    def moments(name: str) -> Any:
        # Read by arrow's own parser, which is faster than one of Python's for each.
        return pa.array([one[name] for one in told], pa.string()).cast(MOMENT)

    def words(values: list[str | None], kind: Any) -> Any:
        made = pa.array(values, pa.string())
        return made.dictionary_encode() if kind == WORD else made

    made = {
        "position": pa.array([row.position for row in rows], pa.int64()),
        "id": pa.array([str(row.id) for row in rows]),
        "area": words([row.type.partition(".")[0] for row in rows], WORD),
        "type": words([row.type for row in rows], WORD),
        "recorded_at": pa.array([row.recorded_at for row in rows], MOMENT),
        "occurred_at": moments("occurred_at"),
        "received_at": moments("received_at"),
        "actor_person": words([actor["person_id"] for actor in actors], None),
        "actor_role": words([actor["role"] for actor in actors], WORD),
        "actor_department": words([actor["department_id"] for actor in actors], WORD),
        "on_behalf_of": words([actor["on_behalf_of"] for actor in actors], None),
        "tags": pa.array([clear(row.tags) for row in rows], SCHEMA.field("tags").type),
        "policies": pa.array([one["policies"] for one in told], SCHEMA.field("policies").type),
        "data": pa.array([data_text(row) for row in rows]),
    }
    for name in ("command_name", "command", "correlation", "causation", "source"):
        made[name] = words([one[name] for one in told], SCHEMA.field(name).type)
    return pa.record_batch([made[name] for name in SCHEMA.names], schema=SCHEMA)


def month_of(row: Row, zone: ZoneInfo) -> str:
    """The month, in a zone, in which an event was recorded."""
    return row.recorded_at.astimezone(zone).strftime("%Y-%m")


@dataclass
class Part:
    """A part being written."""

    month: str
    first: int
    writer: Any
    file: Path
    last: int = 0
    rows: int = 0
    waiting: list[Row] = field(default_factory=list)

    def add(self, rows: list[Row]) -> None:
        """Some more events of the same month."""
        self.waiting += rows
        self.rows, self.last = self.rows + len(rows), rows[-1].position
        if len(self.waiting) >= GROUP_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what waits as a row group."""
        if self.waiting:
            self.writer.write_batch(columns(self.waiting), row_group_size=GROUP_ROWS)
            self.waiting = []


class Directory:
    """A directory of parts and its manifest."""

    def __init__(self, place: Path, institution: Institution, after: int | None) -> None:
        self._place = place
        self._within = f"institution={institution.key}"
        self.manifest: dict[str, Any] = {
            "format": FORMAT,
            "institution": institution.key,
            "months_in": institution.zone,
            "after": after or 0,
            "last": after or 0,
            "parts": [],
        }
        file = place / MANIFEST
        if file.exists():
            begun = orjson.loads(file.read_bytes())
            if (begun["format"], begun["institution"]) != (FORMAT, institution.key):
                raise DirectoryUnfit("another_export", MANIFEST)
            if after not in (None, begun["after"]):
                raise DirectoryUnfit("begins_elsewhere", MANIFEST)
            self.manifest = begun
            self._check()
            return
        # A run that died before its first manifest was whole left only that behind.
        if any(one.name != COMING for one in place.iterdir()):
            raise DirectoryUnfit("directory_not_empty", place.name)
        settle(place.parent)
        self._keep()

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its months."""
        return ZoneInfo(self.manifest.get("months_in", "UTC"))

    def _check(self) -> None:
        """Every part as it was written; what a run that died left behind is removed."""
        known = {part["file"]: part["sha256"] for part in self.manifest["parts"]}
        for name, told in known.items():
            file = self._place / name
            if not file.exists() or _sum(file) != told:
                raise DirectoryUnfit("part_altered", name)
        for file in sorted((self._place / self._within).rglob("*")):
            name = file.relative_to(self._place).as_posix()
            if file.is_file() and name not in known:
                ours = PART_NAME.fullmatch(file.name)
                if ours is None or int(ours[1]) <= self.manifest["last"]:
                    raise DirectoryUnfit("file_unknown", name)
                file.unlink()

    def begin(self, month: str, first: int) -> Part:
        """A part that starts with this position."""
        folder = self._place / self._within / f"month={month}"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f".part-{first:012d}.writing"
        return Part(month, first, pq.ParquetWriter(file, SCHEMA, compression="zstd"), file)

    def end(self, part: Part) -> dict[str, Any]:
        """A part is whole: it gets its name, and the manifest names it."""
        part.flush()
        part.writer.close()
        settle(part.file)
        file = part.file.with_name(f"part-{part.first:012d}-{part.last:012d}.parquet")
        part.file.replace(file)
        for folder in (file.parent, file.parent.parent, self._place):
            settle(folder)
        told = {
            "file": file.relative_to(self._place).as_posix(),
            "month": part.month,
            "first": part.first,
            "last": part.last,
            "rows": part.rows,
            "bytes": file.stat().st_size,
            "sha256": _sum(file),
        }
        self.manifest["parts"].append(told)
        self.manifest["last"] = part.last
        self._keep()
        return told

    def _keep(self) -> None:
        coming = self._place / COMING
        coming.write_bytes(orjson.dumps(self.manifest, option=orjson.OPT_INDENT_2))
        settle(coming)
        coming.replace(self._place / MANIFEST)
        settle(self._place)


@contextmanager
def _held(place: Path) -> Iterator[None]:
    """Nobody else adds to a directory meanwhile; the lock goes with the process.  Raises DirectoryInUse, OSError."""
    place.mkdir(parents=True, exist_ok=True)
    opened = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DirectoryInUse(str(place)) from None
        yield
    finally:
        os.close(opened)


def _sum(file: Path) -> str:
    summed = sha256()
    with file.open("rb") as opened:
        while some := opened.read(1 << 20):
            summed.update(some)
    return summed.hexdigest()


def _runs(rows: list[Row], zone: ZoneInfo) -> Iterator[tuple[str, list[Row]]]:
    for month, some in groupby(rows, lambda row: month_of(row, zone)):
        yield month, list(some)


async def write(
    log: Log, institution: Institution, place: Path, after: int | None, upto: int, progress: Progress | None = None
) -> dict[str, Any]:
    """Add what a directory lacks up to a position; what was added.  Raises DirectoryUnfit, DirectoryInUse, OSError.

    `after` is where a new directory begins; one that has begun goes on from where it ended.
    """
    with _held(place):
        return await _added(log, institution, place, after, upto, progress)


async def _added(
    log: Log, institution: Institution, place: Path, after: int | None, upto: int, progress: Progress | None
) -> dict[str, Any]:
    directory = await asyncio.to_thread(Directory, place, institution, after)
    manifest = directory.manifest
    added: list[dict[str, Any]] = []
    part: Part | None = None
    async for page in chosen(log, Span(manifest["last"], upto), progress):
        for month, rows in _runs(page, directory.zone):
            if part and (part.month != month or part.rows >= PART_ROWS):
                added.append(await asyncio.to_thread(directory.end, part))
                part = None
            part = part or directory.begin(month, rows[0].position)
            part.add(rows)
    if part:
        added.append(await asyncio.to_thread(directory.end, part))
    rows_added = sum(one["rows"] for one in added)
    return {"added": added, "rows": rows_added, "parts": len(manifest["parts"]), "last": manifest["last"]}
