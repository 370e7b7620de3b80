"""The tables of a folder in the form of the Open University's data set, line by line, plain or gzipped.

No cell of these tables runs over a line, so a line is a row: a broken one costs only itself.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from domain import Unknown

LINE_CHARACTERS = 1 << 20
FILE_CHARACTERS = 1 << 29
UNKNOWN: Final = frozenset({"", "?"})
# What is read of each table; its other columns are passed over.
TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "courses": ("code_module", "code_presentation", "module_presentation_length"),
    "assessments": (
        "code_module",
        "code_presentation",
        "id_assessment",
        "assessment_type",
        "date",
        "weight",
    ),
    "studentInfo": ("code_module", "code_presentation", "id_student", "num_of_prev_attempts", "final_result"),
    "studentRegistration": (
        "code_module",
        "code_presentation",
        "id_student",
        "date_registration",
        "date_unregistration",
    ),
    "studentAssessment": ("id_assessment", "id_student", "date_submitted", "is_banked", "score"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: its file, the number of its line, and the line itself."""

    file: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the cells of the wanted columns, None where unknown; or the code of why it cannot be read."""

    at: Place
    cells: tuple[str | None, ...] = ()
    code: str = ""
    field: str = ""


def files_of(folder: Path) -> dict[str, list[Path]]:
    """The files of every table, by table; raises Unknown("table_missing").

    A table may be split (studentInfo_AAA_2013J.csv); a gzipped file beside the same one plain is passed over.
    """
    found: dict[str, list[Path]] = {table: [] for table in TABLES}
    there = {path.name.casefold(): path for path in sorted(folder.iterdir()) if path.is_file()}
    for name, path in there.items():
        stem = name.removesuffix(".gz").removesuffix(".csv")
        if not name.removesuffix(".gz").endswith(".csv") or (name.endswith(".gz") and name[:-3] in there):
            continue
        for table, paths in found.items():
            if stem == table.casefold() or stem.startswith(f"{table.casefold()}_"):
                paths.append(path)
    if missing := [table for table, paths in found.items() if not paths]:
        raise Unknown("table_missing", tables=missing)
    return found


def told_name(path: Path) -> str:
    """What a report calls a file: the same whether it is gzipped or not."""
    return path.name.removesuffix(".gz").removesuffix(".GZ")


def lines(path: Path, table: str) -> Iterator[Line]:
    """Every row of a file of a table; blank lines are none."""
    file = told_name(path)
    try:
        with _opened(path) as stream:
            yield from _rows(stream, file, TABLES[table])
    except (EOFError, gzip.BadGzipFile, zlib.error):
        yield Line(Place(file, 0, ""), code="file_damaged")


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    with path.open("rb") as plain:
        zipped = plain.peek(2)[:2] == b"\x1f\x8b"
        stream = gzip.GzipFile(fileobj=plain) if zipped else plain
        yield io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline=None)


def _rows(stream: TextIO, file: str, wanted: tuple[str, ...]) -> Iterator[Line]:
    header: list[str] = []
    columns: list[int] = []
    absent = ""
    for at, code in _places(stream, file):
        cells, broken = ([], code) if code else _cells(at.text)
        if not header and not broken:
            header = [cell.strip().casefold() for cell in cells]
            absent = ", ".join(name for name in wanted if name not in header)
            columns = [] if absent else [header.index(name) for name in wanted]
        elif broken or absent or len(cells) != len(header):
            wide = "row_wider_than_header" if len(cells) > len(header) else "row_narrower_than_header"
            yield Line(at, code=broken or ("column_missing" if absent else wide), field="" if broken else absent)
        else:
            yield Line(at, tuple(None if (cell := cells[c].strip()) in UNKNOWN else cell for c in columns))
    if not header:
        yield Line(Place(file, 0, ""), code="header_missing")


def _places(stream: TextIO, file: str) -> Iterator[tuple[Place, str]]:
    """Every line that is not blank, and what is wrong with it as text."""
    number, size = 0, 0
    while text := stream.readline(LINE_CHARACTERS):
        number, size = number + 1, size + len(text)
        code = ""
        if len(text) == LINE_CHARACTERS and not text.endswith("\n"):
            code = "row_too_long"
            while (rest := stream.readline(LINE_CHARACTERS)) and not rest.endswith("\n"):
                size += len(rest)
        if size > FILE_CHARACTERS:
            yield Place(file, number, ""), "file_too_big"
            return
        text = text[:1000] if code else text.rstrip("\n")
        if text.strip():
            yield Place(file, number, text), code


def _cells(text: str) -> tuple[list[str], str]:
    """The cells of a line, and what is wrong with it."""
    if "\ufffd" in text:
        return [], "row_not_utf8"
    if "\x00" in text:
        return [], "text_has_nul"
    if '"' not in text:
        return text.split(","), ""
    try:
        return next(csv.reader([text], strict=True)), ""
    except csv.Error:
        return [], "row_broken"


def cells_of(place: Place) -> list[str]:
    """The cells of a row as they stood, for the file of refused rows."""
    cells, broken = _cells(place.text)
    return [place.text] if broken else cells
