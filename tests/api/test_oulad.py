"""A real university's registrations and scores with all their oddities: every row accounted for, nothing twice."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from api.imports.keys_ahead import KeysAhead, desk_ahead
from api.imports.oulad import import_oulad
from api.imports.oulad_college import HalfYear, Starts, class_of, student_of
from api.imports.oulad_report import OuladReport, paced
from api.imports.oulad_rows import REFUSALS
from api.imports.oulad_tables import gathered
from api.imports.words import words
from domain import Unknown
from infra.clock import Clock, Setting
from infra.desk import Desk
from infra.envelope import Codec
from infra.keys import MemoryKeys, Secrets
from infra.log import Row
from infra.log.memory import MemoryLog
from tests.oulad import ASSESSMENTS, ROWS, SCORES, TABLES, A, B, C, counted, opened, person, with_rows, wrote

NOON = datetime(2026, 8, 7, 4, tzinfo=UTC)
REAL = Path(__file__).parents[3] / "shared" / "data" / "oulad"
SMALLEST = ("AAA", "2013J")
absent = pytest.mark.skipif(not (REAL / "courses.csv").exists(), reason="../shared/data/oulad is not beside us")


@pytest.fixture
def log() -> MemoryLog:
    """The log of these stories is in memory."""
    return MemoryLog()


@pytest.fixture
def desk(log: MemoryLog) -> Desk:
    codec = Codec(MemoryKeys(), Secrets(b"0" * 32))
    return Desk(log, codec, Clock(Setting(NOON, NOON, frozen=True)), ZoneInfo("Asia/Shanghai"))


async def stored(log: Any, name: str) -> list[dict[str, Any]]:
    found: list[Row] = await log.page(0, types=(name,), limit=500_000)
    return [orjson.loads(r.body)["data"] for r in found]


async def happened(log: Any) -> dict[str, int]:
    """What the log has to say, in the words of `counted`."""
    marks, carried = await stored(log, "grades.mark_recorded"), await stored(log, "grades.mark_transferred")
    gone = await stored(log, "registrations.student_withdrawn")
    registered = await stored(log, "registrations.student_registered")
    results = Counter(r["result"] for r in await stored(log, "registrations.registration_concluded"))
    schemes = await stored(log, "grades.scheme_set")
    return {
        "presentations": len(await stored(log, "timetable.offering_opened")),
        "assessments": sum(len(s["components"]) for s in schemes),
        "assessments_without_due_day": sum(c["due_on"] is None for s in schemes for c in s["components"]),
        "students": len(await stored(log, "students.student_admitted")),
        "registrations": len(registered),
        "registration_day_unknown": sum(r["registered_on"] is None for r in registered),
        "earlier_attempts": sum(r["attempt"] > 1 for r in registered),
        "withdrawals": len(gone),
        "withdrawals_before": sum(g["before_start"] for g in gone),
        "withdrawals_after": sum(not g["before_start"] for g in gone),
        **{f"result_{name}": results[name] for name in ("pass", "distinction", "fail", "withdrawn")},
        "banked": len(carried),
        "marks": len(marks) + len(carried),
        "empty": sum(m["special"] == "no_score" for m in (*marks, *carried)),
        "late_recorded": sum(m["late"] for m in marks),
        "points": sum(m["score_hundredths"] or 0 for m in (*marks, *carried)) // 100,
    }


async def check_against_our_own_count(log: Any, report: OuladReport, folder: Path) -> None:
    """The report and the log both say what plain csv code counts."""
    said = counted(folder)
    assert {name: report.totals[name] for name in said if name in report.totals} == {
        name: count for name, count in said.items() if name in report.totals
    }
    found = await happened(log)
    refused = said["after_withdrawal_not_banked"]
    assert found.pop("marks") == said["scores"] - refused
    empty_and_late = found.pop("empty")
    assert said["empty"] - refused <= empty_and_late <= said["empty"]
    assert found == {name: said[name] for name in found}
    for name, told in report.files.items():
        rows = len(opened(folder, name.removesuffix(".csv")))
        assert told["rows"] == rows == told["accepted"] + told["repeated"] + sum(told["refused"].values())
    assert report.refused == ({"student_withdrawn": refused} if refused else {})


async def test_every_oddity_is_taken_and_counted_as_plain_csv_counts_it(desk: Desk, log: MemoryLog, tmp_path: Path):
    folder = wrote(tmp_path / "ou")
    report = await import_oulad(desk, folder)
    await check_against_our_own_count(log, report, folder)
    assert report.files["studentAssessment.csv"]["refused"] == {"student_withdrawn": 3}
    assert (report.totals["result_withdrawn_without_day"], report.totals["result_other_with_day"]) == (1, 1)
    assert (report.totals["assessments_in_no_weight"], report.totals["assessments_without_score"]) == (1, 2)
    assert report.starts == {"AAA 2013J": "2013-10-01", "AAA 2014J": "2014-10-01", "CCC 2014B": "2014-02-01"}


async def test_the_second_run_records_nothing(desk: Desk, log: MemoryLog, tmp_path: Path):
    folder = wrote(tmp_path / "ou")
    first = await import_oulad(desk, folder)
    head = await log.head()
    again = await import_oulad(desk, folder)
    assert (again.events, again.files, await log.head()) == (0, first.files, head)
    assert again.repeated_commands == again.commands == first.commands


async def test_what_becomes_of_each_oddity(desk: Desk, log: MemoryLog, tmp_path: Path):
    await import_oulad(desk, wrote(tmp_path / "ou"))
    marks = {
        (m["component"], m["student_id"]): m
        for name in ("grades.mark_recorded", "grades.mark_transferred")
        for m in await stored(log, name)
    }

    def mark(assessment: int, student: int) -> tuple[Any, ...]:
        said = marks[str(assessment), student_of(student)]
        return said["score_hundredths"], said["special"], said["submitted_on"], said["late"], said["banked"]

    assert mark(2, 11) == (0, "none", "2013-11-30", True, False)
    assert mark(3, 11) == (10_000, "none", "2013-09-20", False, False)
    assert mark(1, 12) == (6_400, "none", None, False, True)
    assert mark(2, 12) == (None, "no_score", None, False, True)
    assert mark(1, 15) == (None, "no_score", "2013-10-20", False, False)
    assert mark(1, 14) == (5_500, "none", "2013-11-30", True, False)
    assert mark(6, 21) == (4_100, "none", "2014-10-04", True, False)
    assert {("2", student_of(14)), ("3", student_of(16)), ("8", student_of(31))}.isdisjoint(marks)
    for scheme in await stored(log, "grades.scheme_set"):
        assert scheme["override_reason"] == "as imported 按原数据导入"
    weights = {
        s["teaching_class_id"]: sum(c["weight_hundredths"] for c in s["components"])
        for s in await stored(log, "grades.scheme_set")
    }
    assert weights == {class_of(A): 20_000, class_of(B): 30_000, class_of(C): 10_000}


async def test_a_known_student_registers_again_and_is_admitted_once(desk: Desk, log: MemoryLog, tmp_path: Path):
    await import_oulad(desk, wrote(tmp_path / "ou"))
    again = [r for r in await stored(log, "registrations.student_registered") if r["student_id"] == student_of(13)]
    assert [(r["teaching_class_id"], r["attempt"]) for r in again] == [(class_of(A), 1), (class_of(C), 2)]
    admitted = [s for s in await stored(log, "students.student_admitted") if s["student_id"] == student_of(11)]
    assert [s["from_day"] for s in admitted] == ["2013-04-25"]
    concluded = {
        (r["student_id"], r["teaching_class_id"]): (r["result"], r["agrees"])
        for r in await stored(log, "registrations.registration_concluded")
    }
    assert concluded[student_of(15), class_of(A)] == ("withdrawn", False)
    assert concluded[student_of(16), class_of(A)] == ("fail", False)
    assert concluded[student_of(13), class_of(A)] == ("withdrawn", True)
    assert (student_of(31), class_of(C)) not in concluded


async def test_presentations_imported_apart_meet_the_students_they_share(desk: Desk, log: MemoryLog, tmp_path: Path):
    def only(course: tuple[str, str], name: str) -> Path:
        wanted = {str(a[2]) for a in ASSESSMENTS if a[:2] == course}
        rows = {t: [r for r in ROWS[t] if r[:2] == course or str(r[0]) in wanted] for t in TABLES}
        return wrote(tmp_path / name, rows)

    for name, course in (("c", C), ("b", B), ("a", A)):
        assert set((await import_oulad(desk, only(course, name))).refused) <= {"student_withdrawn"}
    apart = await happened(log)
    whole = await import_oulad(desk, wrote(tmp_path / "ou"))
    assert whole.recorded == {}
    assert await happened(log) == apart


BAD = [
    ("studentAssessment", (1, 11, 18, 0, "seventy"), "score_invalid"),
    ("studentAssessment", (1, 13, 18, 0, "70.555"), "score_invalid"),
    ("studentAssessment", (1, 13, 18, 0, 101), "score_out_of_range"),
    ("studentAssessment", (1, 13, 18, 0, -1), "score_out_of_range"),
    ("studentAssessment", (999, 11, 18, 0, 50), "assessment_unknown"),
    ("studentAssessment", ("x", 11, 18, 0, 50), "assessment_invalid"),
    ("studentAssessment", (1, 99, 18, 0, 50), "student_not_on_roster"),
    ("studentAssessment", (1, "", 18, 0, 50), "student_invalid"),
    ("studentAssessment", (1, 13, "soon", 0, 50), "day_invalid"),
    ("studentAssessment", (1, 13, 99_999, 0, 50), "day_invalid"),
    ("studentAssessment", (1, 13, 18, 2, 50), "banked_invalid"),
    ("studentAssessment", (1, 11, 18, 0, 79), "row_contradicts"),
    ("studentAssessment", (1, 13, 18, 0), "row_narrower_than_header"),
    ("studentAssessment", (1, 13, 18, 0, 50, 7), "row_wider_than_header"),
    ("studentAssessment", (1, 13, 18, 0, 'a"b'), "row_broken"),
    ("studentAssessment", (1, 13, 18, 0, "5\x000"), "text_has_nul"),
    ("studentRegistration", ("ZZZ", "2013J", 11, 0, ""), "course_unknown"),
    ("studentRegistration", ("AAA", "13J", 11, 0, ""), "course_invalid"),
    ("studentRegistration", ("A A", "2013J", 11, 0, ""), "course_invalid"),
    ("studentRegistration", (*A, 98, 0, ""), "student_unknown"),
    ("studentRegistration", (*A, 11, -158, ""), "row_contradicts"),
    ("studentInfo", person(A, 97), "student_not_registered"),
    ("studentInfo", person(A, 0), "student_invalid"),
    ("studentInfo", person(A, 96, -1), "attempts_invalid"),
    ("studentInfo", person(A, 96, 0, "Perhaps"), "result_unknown"),
    ("courses", (*A, 269), "row_contradicts"),
    ("courses", ("DDD", "2014B", "long"), "length_invalid"),
    ("assessments", (*A, 50, "TMA", 19, 101), "weight_invalid"),
    ("assessments", (*A, 50, "TMA", 19, ""), "weight_invalid"),
    ("assessments", (*A, 50, "Essay", 19, 10), "assessment_type_unknown"),
    ("assessments", (*B, 1, "TMA", 19, 10), "row_contradicts"),
]


@pytest.mark.parametrize(("table", "row", "code"), BAD, ids=[f"{t}-{c}-{n}" for n, (t, _, c) in enumerate(BAD)])
async def test_a_bad_row_is_refused_with_its_line_and_costs_only_itself(
    desk: Desk, tmp_path: Path, table: str, row: tuple[Any, ...], code: str
):
    folder = wrote(tmp_path / "ou", with_rows(**{table: [row]}))
    file = tmp_path / "refused.csv"
    report = await import_oulad(desk, folder, refusals=file)
    told = report.files[f"{table}.csv"]
    assert told["refused"][code] == 1
    assert told["rows"] == len(ROWS[table]) + 1 == told["accepted"] + told["repeated"] + sum(told["refused"].values())
    lines = list(csv.reader(file.read_text("utf-8-sig").splitlines()))
    assert [line[:3] for line in lines if line[2] == code] == [[f"{table}.csv", str(len(ROWS[table]) + 2), code]]
    assert code in words()
    others = sum(sum(f["refused"].values()) for f in report.files.values())
    assert others == 3 + 1


async def test_a_row_told_twice_is_a_repeat(desk: Desk, log: MemoryLog, tmp_path: Path):
    twice: dict[str, Iterable[tuple[Any, ...]]] = {table: rows[:1] for table, rows in ROWS.items()}
    report = await import_oulad(desk, wrote(tmp_path / "ou", with_rows(**twice)))
    assert {name: f["repeated"] for name, f in report.files.items()} == dict.fromkeys(report.files, 1)
    assert len(await stored(log, "grades.mark_recorded")) == len(SCORES) - 4 - 3  # banked, and after leaving


async def test_a_table_without_a_column_is_refused_row_by_row(desk: Desk, tmp_path: Path):
    text = "\n".join(["id_assessment,id_student,is_banked,score", "1,11,0,50", "1,12,0,50", ""])
    report = await import_oulad(desk, wrote(tmp_path / "ou", studentAssessment=text.encode()))
    assert report.files["studentAssessment.csv"]["refused"] == {"column_missing": 2}
    assert report.refusals[-1]["field"] == "date_submitted"


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (b"", {"header_missing": 1}),
        (b"id_assessment,id_student,date_submitted,is_banked,score\n1,11,18,0,\xff\n", {"row_not_utf8": 1}),
        (gzip.compress(b"id_assessment,id_student,date_submitted,is_banked,score\n" * 9)[:-9], {"file_damaged": 1}),
    ],
    ids=["empty", "no text", "cut off"],
)
async def test_a_damaged_file_is_told(desk: Desk, tmp_path: Path, content: bytes, refused: dict[str, int]):
    report = await import_oulad(desk, wrote(tmp_path / "ou", studentAssessment=content))
    found = report.files["studentAssessment.csv"]["refused"]
    assert {code: found.get(code) for code in refused} == refused


async def test_a_presentation_of_too_many_assessments_keeps_the_first_sixty(desk: Desk, tmp_path: Path):
    many = [(*C, 100 + n, "CMA", n, 0) for n in range(60)]
    report = await import_oulad(desk, wrote(tmp_path / "ou", with_rows(assessments=many)))
    assert report.files["assessments.csv"]["refused"] == {"too_many_assessments": 2}


async def test_a_folder_needs_its_tables_and_may_have_them_in_parts(desk: Desk, tmp_path: Path):
    folder = wrote(tmp_path / "ou")
    (folder / "courses.csv").rename(folder / "Courses_AAA.csv")
    assert (await import_oulad(desk, folder)).totals["presentations"] == 3
    (folder / "Courses_AAA.csv").unlink()
    with pytest.raises(Unknown) as no:
        gathered(folder)
    assert (no.value.code, no.value.facts["tables"]) == ("table_missing", ["courses"])
    assert "table_missing" in REFUSALS


def test_a_presentation_belongs_to_the_term_its_first_day_lies_in():
    assert Starts().day("2013J") == date(2013, 10, 1)
    assert Starts.of(["2013j=2013-10-05"]).day("2013J") == date(2013, 10, 5)
    for wrong in ("2013J", "2013J=soon", "2013J=2013-13-01", "J=2013-10-01", "2013J=1900-01-01"):
        with pytest.raises(Unknown, match="term_start_invalid"):
            Starts.of([wrong])
    terms = [HalfYear.of(date(2013, month, 1)).name for month in (1, 2, 9, 10, 12)]
    assert terms == ["2012J", "2013B", "2013B", "2013J", "2013J"]
    assert [(t.starts_on, t.weeks, t.year) for t in (HalfYear(2013, 2).opening(), HalfYear(2013, 10).opening())] == [
        (date(2013, 1, 28), 30, 2012),
        (date(2013, 9, 30), 17, 2013),
    ]
    terms_in_order = [HalfYear(y, m).opening() for y in range(1951, 2149) for m in (2, 10)]
    for one, following in zip(terms_in_order, terms_in_order[1:], strict=False):
        assert (following.starts_on - one.starts_on).days >= 7 * one.weeks


def test_a_pace_is_told_overall_and_at_either_end():
    done = [n / 100 for n in range(1, 51)] + [0.5 + n / 50 for n in range(1, 51)]
    assert paced(0.0, done) == {
        "rows": 100,
        "rows_per_second": 66.7,
        "first_tenth": 100.0,
        "last_tenth": 50.0,
        "last_to_first": 0.5,
    }
    assert paced(0.0, done[:5])["rows_per_second"] is None


async def test_keys_made_ahead_are_used_once():
    store = MemoryKeys()
    ahead = KeysAhead(store)
    await ahead.ahead(["a", "b"])
    assert await ahead.made(["a"]) == await store.made(["a"]) == await ahead.kept(["a"])
    assert (await ahead.made(["a", "c"])).keys() == {"a", "c"}
    await ahead.erase("b")
    assert await ahead.kept(["b"]) == {}
    assert (await ahead.made(["b"]))["b"] is not (await ahead.made(["b"]))["b"]


@absent
def test_the_real_tables_are_gathered_as_an_independent_count_has_them():
    found, said = gathered(REAL), counted(REAL)
    assert found.refused == []
    totals = found.totals()
    assert {name: totals[name] for name in said if name in totals} == {n: c for n, c in said.items() if n in totals}
    assert {t.repeated for t in found.tallies.values()} == {0}


def one_presentation(folder: Path) -> Path:
    """The smallest real presentation alone, in a folder of its own."""
    folder.mkdir()
    wanted: set[str] = set()
    for table in TABLES:
        rows = opened(REAL, table)
        kept = [
            row
            for row in rows
            if row.get("id_assessment") in wanted or (row.get("code_module"), row.get("code_presentation")) == SMALLEST
        ]
        if table == "assessments":
            wanted |= {row["id_assessment"] for row in kept}
        with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
            written = csv.DictWriter(file, rows[0])
            written.writeheader()
            written.writerows(kept)
    return folder


@absent
async def test_a_real_presentation_is_imported_whole_and_the_second_run_adds_nothing(campus: Any, tmp_path: Path):
    folder = one_presentation(tmp_path / "one")
    desk, keys = desk_ahead(campus)
    first = await import_oulad(desk, folder, keys=keys)
    await check_against_our_own_count(campus.log, first, folder)
    assert first.totals["registrations"] == 383
    head = await campus.log.head()
    again = await import_oulad(campus.desk, folder)
    assert (again.events, again.files, await campus.log.head()) == (0, first.files, head)
