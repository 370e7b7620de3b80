"""Every real term beside the repository, counted independently and imported: nothing dropped, nothing twice."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.imports.lines import Rows
from api.imports.sjtu import import_sjtu
from api.imports.sjtu_sections import gathered
from infra.log import Scan

TERMS = Path(__file__).parents[3] / "shared" / "data" / "sjtu-timetable"
FILES = sorted(TERMS.glob("*.jsonl.gz"))
NO_ROOM = ("教室未定", "上课地点未定", "不排教室")
absent = pytest.mark.skipif(not FILES, reason="../shared/data/sjtu-timetable is not beside this checkout")


def runs(periods: list[int]) -> Iterator[tuple[int, int]]:
    """(first, last) of every unbroken run of periods."""
    ordered = sorted(set(periods))
    starts = [p for p in ordered if p - 1 not in ordered]
    ends = [p for p in ordered if p + 1 not in ordered]
    yield from zip(starts, ends, strict=True)


def counted(file: Path) -> dict[str, int]:
    """What the file says, by its README's definitions and nothing of the importer's."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    once = {json.dumps(row, sort_keys=True): row for row in rows}
    sections, arrangements, dated, rooms, teachers = set(), set(), set(), set(), set()
    for row in once.values():
        section = (row["identifier"], row["code"])
        sections.add(section)
        teachers.update(t for t in row["teacher"] or () if t)
        for a in row["arrangements"]:
            room = None if a["classroom"] in NO_ROOM else (a["campus"], a["classroom"])
            if a["weeks"]:
                arrangements.add((section, json.dumps(a, sort_keys=True)))
                rooms.add(room)
            for week in a["weeks"]:
                for begin, end in runs(a["sessions"]):
                    dated.add((section, week, a["week_day"], begin, end, room))
    return {
        "rows": len(rows),
        "repeats": len(rows) - len(once),
        "sections": len(sections),
        "dated": len(dated),
        "rooms": len(rooms - {None}),
        "teachers": len(teachers),
    }


@absent
@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_a_real_term_is_gathered_as_an_independent_count_has_it(file):
    found, said = gathered(Rows([file])), counted(file)
    told = found.counts
    assert told.rows == told.accepted + told.repeats + sum(told.refused.values())
    assert {
        "rows": told.rows,
        "repeats": told.repeats,
        "sections": len(found.sections),
        "dated": told.dated,
        "rooms": len(list(found.rooms())),
        "teachers": len(list(found.teachers())),
    } == said


@absent
async def test_a_real_term_is_imported_whole_and_the_second_run_adds_nothing(campus):
    file = min(FILES, key=lambda f: f.stat().st_size)
    said = counted(file)
    first = await import_sjtu(campus.desk, [file], date(2026, 8, 31))
    assert (first.refused, first.unplaced) == ({}, [])
    assert first.dated["placed"] == said["dated"]
    placed = await campus.log.read([Scan(("timetable.session_scheduled",), ())])
    assert len(placed.rows) == said["dated"]
    head = await campus.log.head()
    again = await import_sjtu(campus.desk, [file], date(2026, 8, 31))
    assert (again.events, again.accepted, again.dated["placed"]) == (0, first.accepted, said["dated"])
    assert await campus.log.head() == head
