"""Reading a table somebody uploaded, trusting none of it.

Runs as a process of its own (`python tables.py NAME < file`), under a memory and a time limit, and answers one
JSON document: {"header": [...], "rows": [[number, [cell, ...], fault], ...]} or {"refused": code, "facts": {...}};
`fault` is the code for which this row alone is refused, or null.  Therefore it imports nothing of the college.
"""

from __future__ import annotations

import csv
import io
import json
import re
import resource
import sys
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, Final, NoReturn

FILE_BYTES: Final = 10 << 20
UNPACKED_BYTES: Final = 100 << 20
RATIO: Final = 100
MEMBERS: Final = 200
ROWS: Final = 50_000
COLUMNS: Final = 200
CELLS: Final = 1_000_000
CELL_LENGTH: Final = 32_768
MEMORY_BYTES: Final = 768 << 20
SECONDS: Final = 60

Row = tuple[int, list[str], str | None]
FAULTS: Final = {"f": "cell_is_formula", "e": "cell_is_error"}
MOJIBAKE = re.compile(r"锟斤拷|烫烫烫|屯屯屯|\ufffd")
LATIN = re.compile(r"[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2122]{3,}")


class TableRefused(Exception):
    """The file cannot be taken as a table; `code` is stable, `facts` are numbers and names of parts."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def refuse(code: str, **facts: Any) -> NoReturn:
    raise TableRefused(code, **facts)


def decoded(content: bytes) -> str:
    """The text of a file: UTF-8, with or without mark, else GB18030; never guessed beyond that."""
    if b"\x00" in content:
        refuse("text_has_nul")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        refuse("encoding_unknown")
    if encoding == "gb18030" and any("\ue000" <= c <= "\uf8ff" for c in text):
        refuse("encoding_unknown")
    if MOJIBAKE.search(text) or any(_was_utf8(run) for run in LATIN.findall(text)):
        refuse("text_garbled")
    return text


def _was_utf8(run: str) -> bool:
    """Whether a run of accented letters is Chinese that was decoded with the wrong table."""
    for encoding in ("latin-1", "cp1252"):
        try:
            again = run.encode(encoding).decode("utf-8", "strict")
        except UnicodeError:
            continue
        if any(c > "\u2e7f" for c in again):
            return True
    return False


def delimiter(text: str) -> str:
    """The separator that the first line uses most, outside quotes."""
    first = re.sub(r'"[^"]*"', "", next((line for line in text.splitlines() if line.strip()), ""))
    return max(",\t;|", key=first.count)


def csv_rows(content: bytes) -> Iterator[Row]:
    text = decoded(content)
    csv.field_size_limit(CELL_LENGTH)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text), strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells, None
    except csv.Error:
        refuse("csv_broken", line=reader.line_num)


def check_zip(content: bytes) -> None:
    """Refuse a workbook by its directory alone, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            members = book.infolist()
            if len(members) > MEMBERS:
                refuse("zip_too_many_members", members=len(members))
            unpacked = sum(m.file_size for m in members)
            if unpacked > UNPACKED_BYTES:
                refuse("zip_too_big", bytes=unpacked)
            for member in members:
                if member.file_size > RATIO * max(member.compress_size, 1):
                    refuse("zip_ratio", member=member.filename[:100])
            _check_members(book, members)
    except TableRefused:
        raise
    except Exception:  # noqa: BLE001  # whatever a crafted archive breaks in the reader is the archive's fault
        refuse("workbook_damaged")


def _check_members(book: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo]) -> None:
    names = [m.filename for m in members]
    if len(set(names)) != len(names) or any(n.startswith("/") or ".." in n or "\\" in n for n in names):
        refuse("workbook_damaged")
    if "[Content_Types].xml" not in names or not any(n.startswith("xl/worksheets/") for n in names):
        refuse("workbook_damaged")
    if any(n.lower().endswith(("vbaproject.bin", ".exe", ".dll")) or "/activeX/" in n for n in names):
        refuse("workbook_has_macros")
    if any(n.startswith("xl/externalLinks/") or n == "xl/connections.xml" for n in names):
        refuse("workbook_has_links")
    for member in members:
        if member.flag_bits & 1:
            refuse("workbook_damaged")
        if member.filename.endswith((".xml", ".rels")):
            with book.open(member) as part:
                start = part.read(4096)
            if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                refuse("workbook_damaged")


def xlsx_rows(content: bytes) -> Iterator[Row]:
    check_zip(content)
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet = next((s for s in book.worksheets if s.sheet_state == "visible"), None)
        if sheet is None:
            refuse("sheet_missing")
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(), 1):
            faults = [code for cell in cells if (code := FAULTS.get(getattr(cell, "data_type", "n")))]
            yield number, [_cell(cell.value) for cell in cells], next(iter(faults), None)
    except TableRefused:
        raise
    except MemoryError:
        refuse("table_too_big")
    except Exception:  # noqa: BLE001  # whatever a crafted workbook breaks in the parser is the workbook's fault
        refuse("workbook_damaged")


def _cell(value: Any) -> str:
    """A cell as text; a formula is shown as it is written, never evaluated."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def bounded(rows: Iterable[Row]) -> tuple[list[str], list[Row]]:
    """(header, rows), blank rows left out, every row as long as the header."""
    header: list[str] | None = None
    kept: list[Row] = []
    for number, given, fault in rows:
        cells = [_clean(cell, number) for cell in given]
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > COLUMNS:
            refuse("too_many_columns", row=number)
        if not cells:
            continue
        if header is None:
            header = _header(cells, fault)
            continue
        if len(cells) > len(header):
            fault = "row_wider_than_header"
        kept.append((number, cells + [""] * (len(header) - len(cells)), fault))
        if len(kept) > ROWS or len(kept) * len(header) > CELLS:
            refuse("too_many_rows", row=number)
    if header is None:
        refuse("header_missing")
    return header, kept


def _clean(cell: str, row: int) -> str:
    if "\x00" in cell:
        refuse("text_has_nul", row=row)
    if len(cell) > CELL_LENGTH or any("\ud800" <= c <= "\udfff" for c in cell) or MOJIBAKE.search(cell):
        refuse("text_garbled", row=row)
    return cell.strip()


def _header(cells: Sequence[str], fault: str | None) -> list[str]:
    if fault:
        refuse(fault, row=1)
    header = [unicodedata.normalize("NFKC", cell) for cell in cells]
    for at, name in enumerate(header):
        if not name:
            refuse("header_missing", column=at + 1)
        if header.index(name) != at:
            refuse("header_repeated", column=at + 1)
    return header


def table(name: str, content: bytes) -> tuple[list[str], list[Row]]:
    """The table in a file; the content must be what the name says."""
    if len(content) > FILE_BYTES:
        refuse("table_too_big", bytes=len(content))
    if not content.strip():
        refuse("header_missing")
    zipped = content.startswith(b"PK\x03\x04")
    suffix = name.lower().rpartition(".")[2]
    if suffix == "xlsx" and zipped:
        return bounded(xlsx_rows(content))
    if suffix in ("csv", "tsv", "txt") and not zipped:
        return bounded(csv_rows(content))
    refuse("file_kind_unknown")


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        header, rows = table(sys.argv[1], sys.stdin.buffer.read(FILE_BYTES + 1))
        told: dict[str, Any] = {"header": header, "rows": rows}
    except TableRefused as no:
        told = {"refused": no.code, "facts": no.facts}
    except MemoryError:
        told = {"refused": "table_too_big", "facts": {}}
    sys.stdout.write(json.dumps(told, ensure_ascii=True))


if __name__ == "__main__":
    main()
