"""The file of refused rows: why in Chinese and English, and the cells as they were, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class RowRefused:
    """One row that was not taken: its number in the file, the code, the field concerned, and what it said."""

    number: int
    code: str
    field: str = ""
    cells: Sequence[str] = ()
    file: str = ""


def safe(cell: str) -> str:
    """A cell no spreadsheet will take for a formula."""
    return f"'{cell}" if cell.startswith(RISKY) else cell


def write(
    path: Path, refused: Iterable[RowRefused], words: Mapping[str, tuple[str, str]], header: Sequence[str] = ()
) -> None:
    """Write the refused rows as CSV, with the mark by which spreadsheets know UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        told = csv.writer(file)
        told.writerow(["file", "row", "code", "原因", "reason", "field", *map(safe, header)])
        for row in refused:
            zh, en = words.get(row.code, (row.code, row.code))
            told.writerow([row.file, row.number, row.code, zh, en, row.field, *map(safe, row.cells)])
