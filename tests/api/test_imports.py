"""Tables from strangers: what is read, what is refused before it is read, and rows turned into commands."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from api.imports import import_table, tables
from api.imports.commands import read_table
from api.imports.fields import Headings
from api.imports.refusals import safe
from api.imports.tables import TableRefused, table
from domain.organisation import RegisterRoom
from domain.timetable import OpenOffering
from infra.clock import Clock, Setting
from infra.desk import Desk
from infra.envelope import Codec
from infra.keys import MemoryKeys, Secrets
from infra.log.memory import MemoryLog

NOON = datetime(2026, 9, 7, 4, tzinfo=UTC)
ROOMS = "room_id,campus,name,seats\nroom:a101,闵行,上院101,60\nroom:a102,闵行,上院102,\n"


@pytest.fixture
def desk() -> Desk:
    codec = Codec(MemoryKeys(), Secrets(b"0" * 32))
    return Desk(MemoryLog(), codec, Clock(Setting(NOON, NOON, frozen=True)), ZoneInfo("Asia/Shanghai"))


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def again(content: bytes, **parts: bytes) -> bytes:
    """A workbook with parts added to it."""
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_text_is_read_in_three_encodings_and_with_any_separator(encoding: str, separator: str):
    header, rows = table("rooms.csv", ROOMS.replace(",", separator).encode(encoding))
    assert header == ["room_id", "campus", "name", "seats"]
    assert rows == [(2, ["room:a101", "闵行", "上院101", "60"], None), (3, ["room:a102", "闵行", "上院102", ""], None)]


def test_a_workbook_is_read_and_its_formulas_are_not_evaluated():
    content = workbook(("room_id", "campus", "name", "seats"), ("room:a101", "闵行", "上院101", 60.0), ("=1+1",))
    _, rows = table("rooms.xlsx", content)
    assert rows == [
        (2, ["room:a101", "闵行", "上院101", "60"], None),
        (3, ["=1+1", "", "", ""], "cell_is_formula"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"a,b\x00\n", "text_has_nul"),
        ("a.csv", b"\xff\xfea\x01", "encoding_unknown"),
        ("a.csv", "名称\n锟斤拷\n".encode(), "text_garbled"),
        ("a.csv", "名称\nå¤§å­¦\n".encode(), "text_garbled"),
        ("a.csv", b'a,b\n"x,1\n', "csv_broken"),
        ("a.csv", b"", "header_missing"),
        ("a.csv", b"a,,b\n1,2,3\n", "header_missing"),
        ("a.csv", b"a,a\n", "header_repeated"),
        ("a.csv", b",".join(b"c%d" % n for n in range(201)), "too_many_columns"),
        ("a.csv", b"a\n" + b"1\n" * 50_001, "too_many_rows"),
        ("a.csv", b"PK\x03\x04....", "file_kind_unknown"),
        ("a.xlsx", b"a,b\n", "file_kind_unknown"),
        ("a.xlsm", workbook(("a",)), "file_kind_unknown"),
        ("a.xlsx", workbook(("a",))[:200], "workbook_damaged"),
        ("a.xlsx", again(workbook(("a",)), **{"xl/vbaProject.bin": b"x"}), "workbook_has_macros"),
        ("a.xlsx", again(workbook(("a",)), **{"xl/externalLinks/externalLink1.xml": b"<a/>"}), "workbook_has_links"),
        ("a.xlsx", again(workbook(("a",)), **{"xl/a.xml": b"<!DOCTYPE a>"}), "workbook_damaged"),
        ("a.xlsx", again(workbook(("a",)), **{"xl/a.xml": b" " * 2_000_000}), "zip_ratio"),
        ("a.xlsx", again(workbook(("a",)), **{f"xl/{n}": b"" for n in range(201)}), "zip_too_many_members"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused(name: str, content: bytes, code: str):
    with pytest.raises(TableRefused) as no:
        table(name, content)
    assert no.value.code == code


async def test_a_zip_bomb_is_refused_by_its_directory_alone():
    with pytest.raises(TableRefused) as no:
        await read_table("bomb.xlsx", again(workbook(("a",)), **{"xl/sheet9.xml": b"\x00" * (101 << 20)}))
    assert no.value.code == "zip_too_big"


async def test_a_file_over_ten_mebibytes_is_not_even_handed_on():
    with pytest.raises(TableRefused) as no:
        await read_table("a.csv", b"x" * (tables.FILE_BYTES + 1))
    assert no.value.code == "table_too_big"


def test_headings_may_be_chinese_and_cells_as_people_type_them():
    headings = Headings(RegisterRoom, ["room_id", "校区", "名称", "座位数"])
    assert headings.body(["room:a", "闵行", "上院101", "60"]) == {
        "room_id": "room:a", "campus": "闵行", "name": "上院101", "seats": "60",
    }  # fmt: skip
    lists = Headings(OpenOffering, ["teacher_ids", "teacher_parts"])
    assert lists.body(["person:a; person:b", "[1, 2]"]) == {
        "teacher_ids": ["person:a", "person:b"],
        "teacher_parts": [1, 2],
    }


async def test_rows_become_events_once_however_often_the_file_comes(desk: Desk, tmp_path: Path):
    file = tmp_path / "rooms.csv"
    file.write_text(ROOMS, encoding="utf-8")
    first = await import_table(desk, "register-room", file, "person:import")
    assert (first.rows, first.recorded, first.events, first.refused) == (2, 2, 2, {})
    second = await import_table(desk, "register-room", file, "person:import")
    assert (second.recorded, second.repeated, second.events) == (0, 2, 0)
    file.write_text(ROOMS + "room:a103,闵行,上院103,\n", encoding="utf-8")
    grown = await import_table(desk, "register-room", file, "person:import")
    assert (grown.recorded, grown.unchanged) == (1, 2)


async def test_a_dry_run_leaves_no_trace(desk: Desk):
    tried = await import_table(desk, "register-room", ("a.csv", ROOMS.encode()), "person:import", dry_run=True)
    assert tried.recorded == 2
    again_ = await import_table(desk, "register-room", ("a.csv", ROOMS.encode()), "person:import")
    assert again_.recorded == 2


async def test_refusals_are_told_row_by_row_and_are_safe_to_open(desk: Desk, tmp_path: Path):
    said = ROOMS + "room:a101,徐汇,=cmd(),1\nnot an id,闵行,上院104,1\nroom:a105,闵行,上院105,many\n"
    file = tmp_path / "refused.csv"
    report = await import_table(desk, "register-room", ("a.csv", said.encode()), "person:import", refusals=file)
    assert report.recorded == 2
    assert report.refused == {"body_invalid": 2, "room_already_registered": 1}
    assert [r["row"] for r in report.refusals] == [4, 5, 6]
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert rows[0]["code"] == "room_already_registered"
    assert rows[0]["name"] == "'=cmd()"
    assert rows[2]["field"] == "seats"


async def test_a_heading_that_is_no_field_refuses_the_file(desk: Desk):
    with pytest.raises(TableRefused) as no:
        await import_table(desk, "register-room", ("a.csv", b"room_id,colour\n"), "person:import")
    assert (no.value.code, no.value.facts) == ("header_unknown", {"heading": "colour"})


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\t1", "＝1"])
def test_a_cell_never_opens_as_a_formula(cell: str):
    assert safe(cell) == "'" + cell
