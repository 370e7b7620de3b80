"""A real university's timetable with all its oddities: every row accounted for, every clash told, nothing twice."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from api.imports.lines import LINE_BYTES, Rows, Unreadable
from api.imports.sjtu import SjtuReport, import_sjtu
from api.imports.sjtu_meetings import meetings
from api.imports.sjtu_rows import REFUSALS, no_room, read, runs, shared_ground
from api.imports.sjtu_sections import gathered
from domain import Conflict
from infra.clock import Clock, Setting
from infra.demo.college import SAMPLE
from infra.desk import Desk
from infra.envelope import Codec
from infra.keys import MemoryKeys, Secrets
from infra.log import Row
from infra.log.memory import MemoryLog

NOON = datetime(2026, 8, 7, 4, tzinfo=UTC)
MONDAY = date(2026, 9, 7)


@pytest.fixture
def log() -> MemoryLog:
    """The log of these stories is in memory."""
    return MemoryLog()


@pytest.fixture
def desk(log: MemoryLog) -> Desk:
    codec = Codec(MemoryKeys(), Secrets(b"0" * 32))
    return Desk(log, codec, Clock(Setting(NOON, NOON, frozen=True)), ZoneInfo("Asia/Shanghai"))


def placed(weeks: list[int], day: int, periods: list[int], room: str | None = "上院101") -> dict[str, Any]:
    return {"weeks": weeks, "week_day": day, "sessions": periods, "campus": "闵行", "classroom": room}


def row(identifier: str | None = "S1", code: str = "MA101", **said: Any) -> dict[str, Any]:
    return {
        "identifier": identifier,
        "code": code,
        "holder_school": "数学科学学院",
        "name": "高等数学",
        "year": 2026,
        "term": 1,
        "teacher": ["T00001"],
        "student_number": 30,
        "arrangements": [placed([1, 2], 1, [1, 2])],
        "credit": "4.0",
        **said,
    }


def rows(*said: Any) -> Rows:
    return Rows([], [s if isinstance(s, bytes) else json.dumps(s, ensure_ascii=False).encode() for s in said])


async def imported(desk: Desk, *said: Any) -> SjtuReport:
    return await import_sjtu(desk, rows(*said), MONDAY)


async def stored(log: MemoryLog, name: str) -> list[dict[str, Any]]:
    found: list[Row] = await log.page(0, types=(name,), limit=100_000)
    return [orjson.loads(r.body)["data"] for r in found]


async def test_every_row_is_accepted_repeated_or_refused(desk: Desk):
    report = await imported(desk, row(), row(), row("S2", notes="x"), b"{", b"[]", row(identifier=None))
    assert (report.rows, report.accepted, report.repeats) == (6, 2, 1)
    assert report.refused == {"identifier_missing": 1, "row_not_json": 1, "row_not_object": 1}
    assert report.rows == report.accepted + report.repeats + sum(report.refused.values())


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"\xff\xfe{}", "row_not_utf8"),
        (b"[" * 100_000, "row_not_json"),
        (row(name=""), "name_missing"),
        (row(name=7), "text_invalid"),
        (row(name="a\x00b"), "text_invalid"),
        (row(holder_school=None), "school_missing"),
        (row(teacher="T1"), "teacher_invalid"),
        (row(teacher=[1]), "teacher_invalid"),
        (row(student_number=-1), "student_number_invalid"),
        (row(student_number=True), "student_number_invalid"),
        (row(arrangements={}), "arrangement_invalid"),
        (row(arrangements=[{**placed([1], 1, [1]), "weeks": [1.5]}]), "arrangement_invalid"),
        (row(arrangements=[placed([31], 1, [1])]), "week_out_of_range"),
        (row(arrangements=[placed([1], 8, [1])]), "week_day_out_of_range"),
        (row(arrangements=[placed([1], 1, [17])]), "period_out_of_range"),
        (row(arrangements=[placed([1], 1, [])]), "arrangement_invalid"),
    ],
)
async def test_a_malformed_row_is_refused_with_a_code(desk: Desk, said: Any, code: str):
    report = await imported(desk, row("S9"), said)
    assert report.refused == {code: 1}
    assert code in REFUSALS


async def test_a_row_of_another_term_is_refused(desk: Desk):
    assert (await imported(desk, row(), row("S2", term=2))).refused == {"other_term": 1}


async def test_refused_rows_are_written_with_line_and_code(desk: Desk, tmp_path: Path):
    file = tmp_path / "refused.csv"
    await import_sjtu(desk, rows(row(), b"nonsense"), MONDAY, refusals=file)
    assert file.read_text("utf-8-sig").splitlines()[1].split(",")[1:3] == ["2", "row_not_json"]


async def test_what_is_listed_twice_is_one_session(desk: Desk, log: MemoryLog):
    twice = row(arrangements=[placed([1, 2, 3], 1, [1, 2]), placed([1, 2, 3], 1, [2, 1]), placed([3, 4], 1, [1, 2])])
    report = await imported(desk, twice)
    assert report.arrangements == {"listed": 3, "distinct": 2, "without_weeks": 0, "broken_runs": 0}
    assert (report.dated["listed"], report.dated["distinct"], report.dated["placed"]) == (8, 4, 4)
    assert len(await stored(log, "timetable.session_scheduled")) == 4


async def test_a_section_seen_again_with_more_gains_it(desk: Desk, log: MemoryLog):
    report = await imported(desk, row(), row(teacher=["T00002"], arrangements=[placed([1], 3, [3, 4])]))
    assert (report.accepted, report.sections, report.dated["placed"]) == (2, 1, 3)
    assert {len(s["teacher_ids"]) for s in await stored(log, "timetable.session_scheduled")} == {2}


async def test_a_broken_run_is_two_placements_and_no_weeks_is_no_session(desk: Desk):
    report = await imported(desk, row(arrangements=[placed([1], 1, [1, 2, 5, 6]), placed([], 2, [1])]))
    assert (report.placements, report.dated["placed"]) == (2, 2)
    assert (report.arrangements["broken_runs"], report.arrangements["without_weeks"]) == (1, 1)


@pytest.mark.parametrize(
    "said",
    ["教室未定", "上课地点未定", "不排教室", "", " ", "待定", "地点另行通知", "线上教学", "无", "N/A", "TBA", "--"],
)
def test_a_placeholder_is_no_room(said: str):
    assert no_room(said.strip())


def test_rooms_and_grounds_are_told_apart():
    assert not no_room("东中院4-302")
    assert shared_ground("南区体育馆")
    assert shared_ground("东区操场")
    assert not shared_ground("陈瑞球楼304")


def test_runs_of_periods():
    assert list(runs([1, 2, 5, 6, 7, 9])) == [(1, 2), (5, 7), (9, 9)]


async def test_a_missing_teacher_is_no_teacher(desk: Desk):
    report = await imported(
        desk, row(teacher=None), row("S2", teacher=[None, "T00001", "T00001"]), row("S3", teacher=[])
    )
    assert (report.sections_without_teacher, report.empty_teacher_entries, report.teachers) == (2, 3, 1)
    assert report.unplaced == []


async def test_same_teacher_room_and_time_is_joint_teaching(desk: Desk, log: MemoryLog):
    report = await imported(desk, row(), row("S2"), row("S3", arrangements=[placed([2], 1, [1, 2])]))
    assert (report.joint_pairs, report.overrides, report.declared_after_refusal) == (3, [], 0)
    told = await stored(log, "timetable.session_scheduled")
    assert sorted(len(s["joint_with"]) for s in told) == [0, 0, 1, 1, 2]
    assert not any(s["overrides"] for s in told)


async def test_any_other_clash_stands_as_imported_and_is_listed(desk: Desk, log: MemoryLog):
    report = await imported(
        desk,
        row(),
        row("S2", teacher=["T00002"]),  # another teacher in the room
        row("S3", arrangements=[placed([1], 1, [2, 3], "上院102")]),  # the teacher elsewhere, overlapping
        row("S4", teacher=["T00004"], arrangements=[placed([1], 2, [1, 2], "a1"), placed([1], 2, [2, 3], "b1")]),
    )
    assert report.overrides == [
        {"section": "S2 MA101", "room": ["S1 MA101"], "teacher": [], "class": []},
        {"section": "S3 MA101", "room": [], "teacher": ["S1 MA101"], "class": []},
        {"section": "S4 MA101", "room": [], "teacher": [], "class": ["S4 MA101"]},
    ]
    assert report.declared_after_refusal == 0
    overridden = [s for s in await stored(log, "timetable.session_scheduled") if s["overrides"]]
    assert len(overridden) == 4


async def test_a_sports_ground_is_shared_by_design(desk: Desk, log: MemoryLog):
    ground = [placed([1], 1, [1, 2], "东区操场")]
    report = await imported(desk, row(arrangements=ground), row("S2", teacher=["T00002"], arrangements=ground))
    assert (report.overrides, report.declared_after_refusal, report.dated["placed"]) == ([], 0, 2)
    assert [r["shared"] for r in await stored(log, "organisation.room_registered")] == [True]


async def test_a_clash_with_what_is_there_already_is_declared_after_the_refusal(desk: Desk):
    await imported(desk, row())
    report = await imported(desk, row("S2", teacher=["T00002"]))
    assert (report.declared_after_refusal, report.dated["placed"], report.unplaced) == (1, 2, [])


async def test_a_second_run_records_nothing(desk: Desk, log: MemoryLog):
    said = (row(), row("S2"), row("S3", teacher=["T00002"]))
    first = await imported(desk, *said)
    head, _ = await log.head()
    second = await imported(desk, *said)
    assert (second.events, (await log.head())[0]) == (0, head)
    assert first.events == head
    assert second.dated == first.dated


async def test_a_term_begins_on_a_monday(desk: Desk):
    with pytest.raises(Conflict) as no:
        await import_sjtu(desk, rows(row()), date(2026, 9, 8))
    assert no.value.code == "term_start_not_monday"


async def test_two_terms_share_their_staff_and_rooms(desk: Desk, log: MemoryLog):
    await imported(desk, row())
    await import_sjtu(desk, rows(row(term=2)), date(2027, 3, 1))
    assert len(await stored(log, "organisation.staff_registered")) == 1
    assert len(await stored(log, "organisation.room_registered")) == 1


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("array", [True, False])
def test_files_may_be_lines_or_an_array_and_packed(tmp_path: Path, packed: bool, array: bool):
    said = [row(f"S{n}", name='上"课"]},{[') for n in range(300)]
    text = json.dumps(said, ensure_ascii=False, indent=1) if array else "\n".join(json.dumps(r) for r in said) + "\n\n"
    content = b"\xef\xbb\xbf" + text.encode()
    file = tmp_path / "timetable"
    file.write_bytes(gzip.compress(content) if packed else content)
    read_back = [listed.value for listed in Rows([file])]
    assert read_back == said


def test_a_damaged_file_and_an_endless_line_are_refused(tmp_path: Path):
    damaged, endless, broken = tmp_path / "damaged.gz", tmp_path / "endless", tmp_path / "broken.json"
    damaged.write_bytes(gzip.compress(json.dumps(row()).encode() * 100)[:80])
    endless.write_bytes(b"x" * (2 * LINE_BYTES) + b"\n" + json.dumps(row()).encode())
    broken.write_bytes(b"[" + json.dumps(row()).encode() + b", {")
    codes = [v.code if isinstance(v := listed.value, Unreadable) else "" for listed in Rows([damaged, endless, broken])]
    assert codes == ["file_damaged", "row_too_long", "", "", "array_broken"]


def test_unknown_fields_pass_and_broken_names_are_joined():
    assert read(row(name="暑期项目\n（7月班）", colour="blue")).name == "暑期项目 （7月班）"


def test_the_sample_is_what_its_source_says():
    timetable = gathered(Rows([SAMPLE]))
    counts = timetable.counts
    assert (counts.rows, counts.accepted, counts.repeats, dict(counts.refused)) == (3743, 2612, 1131, {})
    assert (counts.arrangements_listed, len(timetable.sections), timetable.weeks) == (7569, 2612, 16)
    assert (counts.dated, len(list(timetable.teachers())), len(list(timetable.rooms()))) == (47775, 1821, 257)
    assert meetings(timetable).joint_pairs == 81
