"""Files of a figure 指标导出: its rows to keep, and with them why the figure says what it says."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Any, Final, Literal

import orjson
from fastapi.responses import Response

from api import exports
from api.explanations import document, lines, summed
from api.office import Office
from api.problems import Problem
from api.sight import Sight
from infra.readings import Explanation, Viewer
from projections import Figure

EXPORTED_AT_MOST: Final = 200_000
PAGE: Final = 20_000
ZIP: Final = "application/zip"
NOTES: Final = "说明 · Explanation"
FIXED: Final = (1980, 1, 1, 0, 0, 0)  # the same file again is the same bytes
COLUMNS: Final = (
    *("department_id", "term_id", "week", "day", "person_id", "about", "numerator", "denominator"),
    *("position", "event_id"),
)
Kind = Literal["csv", "xlsx", "zip"]


@dataclass(frozen=True)
class Export:
    """All rows of a figure at one position and moment, and the explanation that goes with them."""

    figure: Figure
    told: Explanation
    rows: Sequence[Mapping[str, Any]]
    zone: str

    @property
    def stem(self) -> str:
        """Figure, position and moment: what a table in a spreadsheet has no line for."""
        moment = self.told.moment.astimezone(UTC)
        return f"{self.figure.key}_as-of-{self.told.as_of}_{moment:%Y-%m-%dT%H%M%SZ}"

    @property
    def notes(self) -> list[tuple[str, str]]:
        """The explanation in lines, and what the rows of this very file sum to."""
        told = self.told.told
        above = sum((row["numerator"] for row in self.rows), Decimal(0))
        below = sum((row["denominator"] for row in self.rows), Decimal(0))
        same = (above, below, len(self.rows)) == (told.numerator, told.denominator, told.count)
        said = summed(above, below, len(self.rows), same=same)
        return [*lines(self.told, self.figure, self.zone), ("本文件各行之和 · Sum of the rows in this file", said)]

    def table(self) -> list[list[Any]]:
        return [[_kept(row[name]) for name in COLUMNS] for row in self.rows]

    def csv(self) -> bytes:
        return exports.as_csv(COLUMNS, self.table())

    def xlsx(self) -> bytes:
        return exports.as_xlsx(COLUMNS, self.table(), {NOTES: self.notes})

    def zip(self, sight: Sight) -> bytes:
        """The rows as CSV, and the explanation beside them for people and for scripts."""
        said = orjson.dumps(
            document(self.told, self.figure, sight), default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2
        )
        text = "".join(f"{what}\t{value}\r\n" for what, value in self.notes)
        parts = {f"{self.stem}.csv": self.csv(), "explanation.json": said, "explanation.txt": text.encode("utf-8-sig")}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in parts.items():
                file.writestr(zipfile.ZipInfo(name, FIXED), content, zipfile.ZIP_DEFLATED)
        return out.getvalue()


def _kept(value: Any) -> Any:
    return str(value) if value is not None and not isinstance(value, str | int | Decimal) else value


def _plain(value: Any) -> Any:
    return exports.cell(value) if isinstance(value, Decimal) else str(value)


async def exported(
    office: Office, figure: Figure, viewer: Viewer, kind: Kind, as_of: int | None, asked: Mapping[str, Any]
) -> Response:
    """The file; raises `figure_stopped`, and `export_too_large` rather than leave rows out."""
    readings, sight = office.campus.readings, Sight(viewer)
    told = await readings.explanation(figure.key, viewer, as_of=as_of, limit=0, **asked)
    if told.told.state == "stopped":
        raise Problem("figure_stopped", position=told.told.stopped_at)
    if told.told.count > EXPORTED_AT_MOST:
        raise Problem("export_too_large", rows=told.told.count, most=EXPORTED_AT_MOST)
    # At one position and moment the pages are parts of one answer, whatever is recorded meanwhile.
    narrowed = {**asked, "at": told.moment}
    rows: list[Mapping[str, Any]] = []
    while len(rows) < told.told.count:
        after = rows[-1]["cursor"] if rows else None
        page = await readings.contributions(figure.key, viewer, as_of=told.as_of, limit=PAGE, after=after, **narrowed)
        rows += page
        if len(page) < PAGE:
            break
    export = Export(figure, told, rows, office.campus.institution.zone)
    media = {"csv": exports.CSV, "xlsx": exports.XLSX, "zip": ZIP}[kind]
    make = {"csv": export.csv, "xlsx": export.xlsx, "zip": lambda: export.zip(sight)}[kind]
    content = await asyncio.to_thread(make)
    named = {"Content-Disposition": f'attachment; filename="{export.stem}.{kind}"'}
    return Response(content, 200, named, media)
