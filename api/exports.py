"""Exports 导出: rows as CSV or XLSX that a spreadsheet opens as text and numbers, never as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

BOM: Final = "\ufeff"
STARTS_A_FORMULA: Final = tuple("=+-@\t\r＝＋－＠")  # noqa: RUF001  full-width signs start formulas too
CSV: Final = "text/csv; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def cell(value: Any) -> Any:
    """A value as a cell holds it; a text that would start a formula is quoted."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(STARTS_A_FORMULA) else value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (list, tuple)):
        return cell(" ".join(map(str, value)))
    return value


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 with a byte order mark, which spreadsheets need to read Chinese."""
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow(columns)
    for row in rows:
        sheet.writerow([v.isoformat() if isinstance(v, (date, datetime)) else v for v in map(cell, row)])
    return (BOM + text.getvalue()).encode()


def as_xlsx(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    notes: Mapping[str, Iterable[Sequence[Any]]] | None = None,
) -> bytes:
    """A workbook of one sheet, and of one more for each of the notes; slow: call it in a thread."""
    book = Workbook(write_only=True)
    _fill(book.create_sheet("Campus Ledger"), [columns, *rows])
    for title, lines in (notes or {}).items():
        sheet = book.create_sheet(title)
        sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 48, 120
        _fill(sheet, lines)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Any, rows: Iterable[Sequence[Any]]) -> None:
    for row in rows:
        cells = []
        for value in map(cell, row):
            if isinstance(value, datetime):
                value = value.astimezone(UTC).replace(tzinfo=None)
            made = WriteOnlyCell(sheet, value=value)
            if isinstance(value, str):
                made.data_type = "s"
            cells.append(made)
        sheet.append(cells)
