"""Any command from the rows of a table, refused row by row, with one result however often it is run."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from rich.progress import Progress

from api.imports import tables
from api.imports.fields import CellInvalid, Headings, HeadingUnknown
from api.imports.refusals import RowRefused, write
from api.imports.tables import TableRefused
from api.imports.turns import in_turn
from api.imports.words import words
from domain import Command, Rejected, Unknown
from infra.desk import Busy, Desk, KeyReused, Receipt

AT_ONCE: Final = 16
REFUSALS_TOLD: Final = 1000
Noted = Callable[[str, Rejected], None]


@dataclass
class TableReport:
    """What became of a table: every row was recorded, repeated, unchanged (already so) or refused.

    `refused` counts by code; `refusals` tells the first thousand row by row.
    """

    command: str
    file: str
    dry_run: bool
    rows: int = 0
    recorded: int = 0
    repeated: int = 0
    unchanged: int = 0
    events: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    refusals: list[dict[str, Any]] = field(default_factory=list)

    def count(self, receipt: Receipt) -> None:
        """One row was taken."""
        if receipt.repeated:
            self.repeated += 1
        elif receipt.noop:
            self.unchanged += 1
        else:
            self.recorded += 1
            self.events += len(receipt.events)

    def refuse(self, rows: Sequence[RowRefused]) -> None:
        """These rows were not."""
        said = words()
        self.refused = dict(sorted(Counter(row.code for row in rows).items()))
        self.refusals = [
            {"row": r.number, "code": r.code, "field": r.field, "zh": said[r.code][0], "en": said[r.code][1]}
            for r in rows[:REFUSALS_TOLD]
        ]


async def read_table(name: str, content: bytes) -> tuple[list[str], list[tables.Row]]:
    """The table in a file, read by a process of its own; raises TableRefused."""
    if len(content) > tables.FILE_BYTES:
        raise TableRefused("table_too_big", bytes=len(content))
    reader = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(Path(tables.__file__)),
        Path(name).name[-100:] or "table",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(2 * tables.SECONDS):
            told, _ = await reader.communicate(content)
    except TimeoutError:
        raise TableRefused("reading_stopped") from None
    finally:
        if reader.returncode is None:
            reader.kill()
            await reader.wait()
    if reader.returncode != 0 or not told:
        raise TableRefused("reading_stopped")
    said = await asyncio.to_thread(json.loads, told)
    if "refused" in said:
        raise TableRefused(said["refused"], **said["facts"])
    return said["header"], [(number, cells, fault) for number, cells, fault in said["rows"]]


def _command(kind: type[Command[Any]], headings: Headings, row: tables.Row) -> Command[Any] | RowRefused:
    number, cells, fault = row
    if fault:
        return RowRefused(number, fault, cells=cells)
    try:
        return kind.model_validate(headings.body(cells))
    except CellInvalid as no:
        return RowRefused(number, "body_invalid", no.path, cells)
    except ValidationError as no:
        where = no.errors(include_url=False, include_context=False, include_input=False)[0]["loc"]
        return RowRefused(number, "body_invalid", ".".join(map(str, where))[:100], cells)


def _headings(kind: type[Command[Any]], header: Sequence[str]) -> Headings:
    try:
        return Headings(kind, header)
    except HeadingUnknown as no:
        raise TableRefused("header_unknown", heading=no.heading[:100]) from None


async def import_table(
    desk: Desk,
    command_name: str,
    file: Path | tuple[str, bytes],
    person_id: str,
    *,
    role: str | None = None,
    source: str = "import",
    refusals: Path | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    noted: Noted | None = None,
) -> TableReport:
    """Hand in one command for every row; `refusals` is the file refused rows are written to.

    `noted` is told the key and the refusal of every row that a rule said no to.
    A row's key is made of the file's digest and the row's number: the same file again records nothing new.
    A dry run tries every row alone, so a row that needs an earlier one of the same file is refused.
    Raises TableRefused, and Unknown for a command there is not.
    """
    if (kind := Command.by_name.get(command_name)) is None:
        raise Unknown("command_unknown", command=command_name[:100])
    name, content = file if isinstance(file, tuple) else (file.name, await asyncio.to_thread(_bounded, file))
    header, rows = await read_table(name, content)
    headings = _headings(kind, header)
    digest = hashlib.sha256(content).hexdigest()[:32]
    report, refused = TableReport(kind.NAME, name, dry_run, rows=len(rows)), []
    bar = progress.add_task(name, total=len(rows)) if progress else None
    how = {"person_id": person_id, "source": source, "role": role, "dry_run": dry_run, "correlation": digest}

    async def hand_in(item: tuple[tables.Row, Command[Any] | RowRefused]) -> Receipt | RowRefused:
        row, command = item
        if isinstance(command, RowRefused):
            return command
        return await _handed_in(desk, command, row, f"import:{kind.NAME}:{digest}:{row[0]}", noted, how)

    asked = ((row, _command(kind, headings, row)) for row in rows)
    async for _, answer in in_turn(asked, lambda item: _meets(item[1]), hand_in, AT_ONCE):
        refused.append(answer) if isinstance(answer, RowRefused) else report.count(answer)
        if progress and bar is not None:
            progress.advance(bar)
    report.refuse(refused)
    if refusals and refused:
        await asyncio.to_thread(write, refusals, [replace(r, file=name) for r in refused], words(), header)
    return report


async def _handed_in(
    desk: Desk, command: Command[Any], row: tables.Row, key: str, noted: Noted | None, how: dict[str, Any]
) -> Receipt | RowRefused:
    number, cells, _ = row
    try:
        return await desk.submit(command, key=key, **how)
    except Rejected as no:
        if noted:
            noted(key, no)
        return RowRefused(number, no.code, cells=cells)
    except KeyReused:
        return RowRefused(number, "key_reused", cells=cells)
    except Busy:
        return RowRefused(number, "busy", cells=cells)


def _bounded(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(tables.FILE_BYTES + 1)


def _meets(command: Command[Any] | RowRefused) -> set[str]:
    """Rows whose boundaries share a tag keep their order."""
    return set() if isinstance(command, RowRefused) else {tag for reads in command.reads() for tag in reads.tags}
