"""An Open University folder small enough to read, with every oddity of the real one; and a count of our own."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

TABLES: Mapping[str, str] = {
    "courses": "code_module,code_presentation,module_presentation_length",
    "assessments": "code_module,code_presentation,id_assessment,assessment_type,date,weight",
    "studentInfo": "code_module,code_presentation,id_student,gender,region,highest_education,imd_band,age_band,"
    "num_of_prev_attempts,studied_credits,disability,final_result",
    "studentRegistration": "code_module,code_presentation,id_student,date_registration,date_unregistration",
    "studentAssessment": "id_assessment,id_student,date_submitted,is_banked,score",
}
A, B, C = ("AAA", "2013J"), ("CCC", "2014B"), ("AAA", "2014J")
COURSES = [(*A, 268), (*B, 241), (*C, 269)]
ASSESSMENTS = [
    (*A, 1, "TMA", 19, 10),
    (*A, 2, "TMA", 54, "12.5"),
    (*A, 3, "CMA", 117, "77.50"),
    (*A, 4, "Exam", "", 100),  # no due day, and no score ever
    (*B, 5, "TMA", 30, 100),
    (*B, 6, "Exam", 240, 100),
    (*B, 7, "Exam", "?", 100),  # two exams: 300
    (*C, 8, "CMA", 25, 0),  # in no weight
    (*C, 9, "Exam", "", 100),  # 100 in all
]


def person(course: tuple[str, str], number: int, attempts: int = 0, result: str = "Pass") -> tuple[Any, ...]:
    return (*course, number, "M", "Wales, North", "A Level", "?", "35-55", attempts, 60, "N", result)


PEOPLE = [
    person(A, 11),
    person(A, 12, 1, "Distinction"),
    person(A, 13, 0, "Withdrawn"),
    person(A, 14, 0, "Withdrawn"),
    person(A, 15, 0, "Withdrawn"),  # without a day
    person(A, 16, 0, "Fail"),  # with a day
    person(B, 21, 6, "Fail"),
    person(B, 11, 0, "Withdrawn"),  # a known student takes another module
    person(C, 13, 1, "Pass"),  # and one who withdrew begins again
    person(C, 31, 2, "?"),
]
REGISTRATIONS = [
    (*A, 11, -159, ""),
    (*A, 12, "", ""),  # nobody knows when
    (*A, 13, -30, 0),  # on day 0
    (*A, 14, 5, 60),  # after the start, and gone again
    (*A, 15, -10, "?"),
    (*A, 16, -322, 444),  # gone past the end
    (*B, 21, "?", "?"),
    (*B, 11, -5, -40 + 36),  # before
    (*C, 13, -60, ""),
    (*C, 31, -1, 100),
]
SCORES = [
    (1, 11, 18, 0, 78),
    (2, 11, 60, 0, 0),  # late, and nothing right
    (3, 11, -11, 0, 100),
    (1, 12, -1, 1, 64),  # banked
    (2, 12, -1, 1, ""),  # banked, and never marked
    (1, 14, 60, 0, 55),  # on the day of leaving
    (2, 14, 61, 0, 40),  # after it
    (3, 14, -1, 1, 40),
    (3, 16, 608, 0, 12),  # after leaving and after the end
    (1, 15, 19, 0, ""),  # not marked
    (2, 15, 54, 0, "?"),
    (5, 21, 31, 0, 39),
    (6, 21, 245, 0, 41),  # after the end
    (7, 21, 240, 0, 90),
    (5, 11, -1, 1, 70),  # banked by somebody who is gone
    (8, 13, 25, 0, "66"),
    (8, 31, 101, 0, 50),  # after leaving
]
ROWS: Mapping[str, list[tuple[Any, ...]]] = {
    "courses": COURSES,
    "assessments": ASSESSMENTS,
    "studentInfo": PEOPLE,
    "studentRegistration": REGISTRATIONS,
    "studentAssessment": SCORES,
}


def wrote(folder: Path, rows: Mapping[str, Iterable[tuple[Any, ...]]] = ROWS, **bytes_of: bytes) -> Path:
    """The folder, each table written otherwise: with a mark, with CRLF, quoted, gzipped; `bytes_of` a table as told."""
    folder.mkdir(exist_ok=True)
    for table, header in TABLES.items():
        lines = [header.split(","), *([str(cell) for cell in row] for row in rows[table])]
        quoted = table in ("studentInfo", "studentAssessment")
        text = "".join(",".join(f'"{c}"' if quoted else c for c in line) + "\n" for line in lines)
        content = bytes_of.get(table, text.encode())
        if table in ("studentRegistration", "courses"):
            content = content.replace(b"\n", b"\r\n")
        if table == "assessments":
            content = b"\xef\xbb\xbf" + content
        zipped = table in ("studentInfo", "studentRegistration")
        (folder / f"{table}.csv{'.gz' if zipped else ''}").write_bytes(gzip.compress(content) if zipped else content)
    return folder


def with_rows(**more: Iterable[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    """The folder's rows with others after them."""
    return {table: [*rows, *more.get(table, ())] for table, rows in ROWS.items()}


def opened(folder: Path, table: str) -> list[dict[str, str]]:
    """The rows of a table, as Python's own csv reads them."""
    plain = folder / f"{table}.csv"
    content = plain.read_bytes() if plain.exists() else gzip.decompress((folder / f"{table}.csv.gz").read_bytes())
    return list(csv.DictReader(content.decode("utf-8-sig").splitlines()))


def number(cell: str) -> int | None:
    return None if cell in ("", "?") else int(cell)


def counted(folder: Path) -> dict[str, int]:
    """What a folder says, by its README's definitions and nothing of the importer's; every cell of it must be sound."""
    lengths = {
        (r["code_module"], r["code_presentation"]): int(r["module_presentation_length"])
        for r in opened(folder, "courses")
    }
    assessments = {r["id_assessment"]: r for r in opened(folder, "assessments")}
    people, registrations = opened(folder, "studentInfo"), opened(folder, "studentRegistration")
    gone = {
        (r["code_module"], r["code_presentation"], r["id_student"]): number(r["date_unregistration"])
        for r in registrations
    }
    told: Counter[str] = Counter()
    for row in opened(folder, "studentAssessment"):
        assessment = assessments[row["id_assessment"]]
        course = assessment["code_module"], assessment["code_presentation"]
        day, due, left = int(row["date_submitted"]), number(assessment["date"]), gone[(*course, row["id_student"])]
        after, banked = left is not None and day > left, row["is_banked"] == "1"
        score = number(row["score"])
        told.update({"scores": 1, "banked": banked, "empty": score is None, "zero": score == 0})
        told.update({"late": due is not None and day > due, "after_end": day > lengths[course]})
        told.update({"after_withdrawal": after, "after_withdrawal_not_banked": after and not banked})
        told.update({"late_recorded": due is not None and day > due and not banked and not (after and not banked)})
        told.update({"points": 0 if after and not banked else score or 0})
    days = [day for day in gone.values() if day is not None]
    results = Counter(r["final_result"] for r in people)
    return {
        "presentations": len(lengths),
        "assessments": len(assessments),
        "assessments_without_due_day": sum(number(r["date"]) is None for r in assessments.values()),
        "students": len({r["id_student"] for r in people}),
        "registrations": len(registrations),
        "registration_day_unknown": sum(number(r["date_registration"]) is None for r in registrations),
        "registered_after_start": sum((number(r["date_registration"]) or 0) > 0 for r in registrations),
        "earlier_attempts": sum(int(r["num_of_prev_attempts"]) > 0 for r in people),
        "withdrawals": len(days),
        "withdrawals_before": sum(day <= 0 for day in days),
        "withdrawals_after": sum(day > 0 for day in days),
        "result_pass": results["Pass"],
        "result_distinction": results["Distinction"],
        "result_fail": results["Fail"],
        "result_withdrawn": results["Withdrawn"],
        **told,
    }
