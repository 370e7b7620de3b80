"""Exports of a small college: valid in every form, counted alike, never rewritten, and without anything personal."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import duckdb
import pytest

import projections
from domain import areas
from domain.conduct import SlipIssued
from infra.campus import Campus
from infra.export import Span, case, cloud, ocel, parquet
from infra.export.ocel.mapping import Mapped
from infra.export.ocel.objects import EPOCH, Objects
from infra.export.ocel.shape import shape_of
from infra.export.plain import plain
from infra.log import Row
from infra.projector import Projector
from infra.readings import SYSTEM
from infra.seal.keys import install_seal_key
from infra.seal.sealer import Sealer
from infra.sight import Sight
from projections import Table
from tests.api.test_erasure import found
from tests.college import M1, MATHS, TERM, student
from tests.db.teaching import play
from tests.db.test_tables_organisation import record
from tests.mining import rules
from tests.mining.counting import counts

list(areas(projections))
README = Path(parquet.__file__).with_name("README.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", README, re.S)
ATTRIBUTES = ["specversion", "id", "source", "type", "time", "datacontenttype", "position", "data"]


async def log_of(campus: Campus) -> list[Row]:
    return await campus.log.page(0, limit=10_000)


def there(place: Path) -> list[Path]:
    """Every file in a directory but the college's keys."""
    return [one for one in place.rglob("*") if one.is_file() and "keys" not in one.parts]


async def span(campus: Campus, after: int = 0) -> Span:
    return Span(after, (await campus.log.head())[0])


async def test_both_forms_of_ocel_are_valid_and_hold_what_the_log_holds(campus: Campus, tmp_path: Path):
    await play(campus, seed=3)
    rows, whole = await log_of(campus), await span(campus)
    files = [tmp_path / name for name in ("a.json", "b.json", "c.sqlite")]
    told = [await ocel.write(campus, whole, file) for file in files]
    assert rules.wrong_with_json(files[0]) == []
    assert rules.wrong_with_sqlite(files[2]) == []
    assert files[0].read_bytes() == files[1].read_bytes()
    expected = counts(rows)
    assert expected["events"].total() == len(rows) > 100
    assert {"student", "teacher", "session", "course", "department", "teaching_class"} <= expected["objects"].keys()
    as_json, as_tables = rules.counted(files[0]), rules.counted_in_sqlite(files[2])
    for name in expected:
        assert as_json[name] == as_tables[name] == expected[name], name
    for name in ("related", "links"):
        assert as_json[name] == as_tables[name]
        assert as_json[name].total() == told[0]["total"][name]
    assert {file.name for file in there(tmp_path)} >= {"a.json", "b.json", "c.sqlite"}
    assert {file.suffix for file in there(tmp_path)}.isdisjoint({".part", ".work"})


async def test_a_part_of_the_log_knows_what_its_objects_were_called_before(campus: Campus, tmp_path: Path):
    await play(campus, seed=3)
    rows = await log_of(campus)
    after = next(row.position for row in rows if row.type == "timetable.session_ended") - 1
    file = tmp_path / "later.json"
    await ocel.write(campus, await span(campus, after), file)
    assert rules.wrong_with_json(file) == []
    assert rules.counted(file)["objects"] == counts(rows, after)["objects"]
    document = json.loads(file.read_bytes())
    assert {event["type"] for event in document["events"]} == {row.type for row in rows if row.position > after}
    [maths] = [one for one in document["objects"] if one["id"] == MATHS]
    assert {a["name"]: a["value"] for a in maths["attributes"]}["kind"] == "academic"
    session = next(one for one in document["objects"] if one["type"] == "session")
    assert {"week", "day", "begin_period", "outcome"} <= {a["name"] for a in session["attributes"]}
    ends = dict((r["qualifier"], r["objectId"]) for r in session["relationships"])
    assert {"teaching_class", "department", "course", "term"} <= ends.keys()


async def test_a_term_is_exported_by_itself_and_time_may_be_when_it_happened(campus: Campus, tmp_path: Path):
    await play(campus, seed=3)
    rows, whole = await log_of(campus), await span(campus)
    heard: list[tuple[int, int]] = []
    told = await ocel.write(
        campus, Span(0, whole.upto, TERM), tmp_path / "term.json", "occurred", lambda *way: heard.append(way)
    )
    assert (heard == sorted(heard), heard[-1]) == (True, (2 * whole.upto, 2 * whole.upto))
    for part in (whole, Span(3, whole.upto, TERM)):
        assert await ocel.types_in(campus, part, positions=7) == await ocel.types_in(campus, part) != []
    inside = {str(row.id): json.loads(row.body) for row in rows if f'"{TERM}"' in row.body}
    document = json.loads((tmp_path / "term.json").read_bytes())
    assert rules.wrong_with_json(tmp_path / "term.json") == []
    assert told["total"]["events"] == len(inside) < len(rows)
    for event in document["events"]:
        assert datetime.fromisoformat(event["time"]) == datetime.fromisoformat(inside[event["id"]]["occurred_at"])


async def test_an_objects_attribute_changes_when_an_event_says_so(campus: Campus, tmp_path: Path):
    await play(campus, seed=3)
    file = tmp_path / "college.sqlite"
    await ocel.write(campus, await span(campus), file)
    with closing(sqlite3.connect(file)) as db:
        query = """
            select c.ocel_time, c.from_day, o.from_day from object_student c join object_student o using (ocel_id)
            where c.ocel_id = 'student:m1-1' and c.ocel_changed_field = 'from_day' and o.ocel_time like '1970%'
        """
        [(at, new, old)] = db.execute(query).fetchall()
        placed = db.execute("select ocel_time from event_students_student_placed").fetchone()[0]
        boolean = db.execute("select distinct on_time, typeof(on_time) from event_roll_call_taken").fetchall()
    assert (at, old, new) == (placed, "2026-09-01", "2026-09-14")
    assert {kind for _, kind in boolean} == {"integer"}


def test_changes_follow_the_time_that_was_chosen(tmp_path: Path):
    """What happened first and was recorded last is the first value of all."""

    def said(at: str, week: str) -> Mapped:
        facts, about = {"week": week}, "session:1"
        return Mapped(f"e{week}", "x.y", at, {}, ((about, "session"),), about, facts, ())

    objects = Objects(tmp_path / "work")
    objects.take([said("2026-09-02T00:00:00.000000Z", "2"), said("2026-09-01T00:00:00.000000Z", "1")])
    [session] = objects.all()
    objects.close()
    assert [(c.value, c.time) for c in session.changes] == [("1", EPOCH), ("2", "2026-09-02T00:00:00.000000Z")]


async def test_an_unknown_form_and_an_empty_log_are_told_apart(campus: Campus, tmp_path: Path):
    with pytest.raises(ocel.FormUnknown):
        await ocel.write(campus, await span(campus), tmp_path / "log.xes")
    await ocel.write(campus, Span(0, 0), tmp_path / "empty.json")
    assert rules.wrong_with_json(tmp_path / "empty.json") == []
    assert [file.name for file in there(tmp_path) if "log" in file.name] == []


def test_what_was_typed_and_what_is_sealed_is_no_attribute():
    named = {a.name for a in shape_of(SlipIssued.NAME).attributes}
    assert {"state", "kind", "points_hundredths", "duty_due_at", "duty_state"} <= named
    assert named.isdisjoint({"description", "place", "evidence", "duty_key", "duty_about"})
    assert "reason" not in {a.name for a in shape_of("roll_call.waiver_requested").attributes}
    assert {n.qualifier for n in shape_of(SlipIssued.NAME).namings} >= {"student", "slip", "issued_by", "department"}


async def asked(place: Path, query: str) -> list[tuple[Any, ...]]:
    """What DuckDB answers to a query of the documentation, which names its directory first."""
    with duckdb.connect() as db:
        db.execute(QUERIES[0].replace("账本", str(place)))
        return await asyncio.to_thread(lambda: db.execute(query).fetchall())


async def written(campus: Campus, place: Path, upto: int | None = None, after: int | None = None) -> dict[str, Any]:
    head, _ = await campus.log.head()
    return await parquet.write(campus.log, campus.institution, place, after, upto or head)


async def test_parquet_is_added_to_and_never_rewritten(campus: Campus, tmp_path: Path):
    await play(campus, seed=4)
    rows, place = await log_of(campus), tmp_path / "log"
    first = await written(campus, place, upto=100)
    before = {file: file.stat().st_mtime_ns for file in place.rglob("*.parquet")}
    second = await written(campus, place)
    third = await written(campus, place)
    assert (first["rows"], second["rows"], third["rows"]) == (100, len(rows) - 100, 0)
    assert all(file.stat().st_mtime_ns == at for file, at in before.items())
    manifest = json.loads((place / "manifest.json").read_bytes())
    parts = manifest["parts"]
    assert [p["first"] for p in parts[1:]] == [p["last"] + 1 for p in parts[:-1]]
    assert {p["file"].partition("/part")[0] for p in parts} == {
        f"institution={campus.institution.key}/month={month}"
        for month in {f"{r.recorded_at.astimezone(ZoneInfo(campus.institution.zone)):%Y-%m}" for r in rows}
    }
    found_rows = await asked(
        place,
        "select position, id, type, area, epoch_us(recorded_at), tags, data, actor_person, command, policies "
        "from log order by position",
    )
    told = {row.position: plain(row) for row in rows}
    assert len(found_rows) == len(rows)
    for position, some_id, kind, area, at, tags, data, person, command, policies in found_rows:
        event = told[position]
        assert (some_id, kind, area) == (event["id"], event["type"], kind.partition(".")[0])
        assert datetime.fromtimestamp(at / 1e6, event["recorded_at"].tzinfo) == event["recorded_at"]
        assert (tuple(tags), json.loads(data)) == (event["tags"], event["data"])
        assert (person, command, policies) == (event["actor"]["person_id"], event["command"], event["policies"])


async def test_a_directory_that_is_not_as_it_was_left_is_refused(campus: Campus, tmp_path: Path):
    await play(campus, seed=4)
    place = tmp_path / "log"
    await written(campus, place, upto=50, after=10)
    with pytest.raises(parquet.DirectoryUnfit, match="begins_elsewhere"):
        await written(campus, place, after=11)
    [part] = place.rglob("*.parquet")
    left = part.with_name("part-000000000051-000000000060.parquet")
    left.write_bytes(b"of a run that died")
    (part.parent / ".part-000000000051.writing").write_bytes(b"of another")
    assert (await written(campus, place, upto=60))["rows"] == 10
    assert (await asked(place, "select min(position), max(position), count(*) from log")) == [(11, 60, 50)]
    (part.parent / "part-000000000001-000000000010.parquet").write_bytes(b"of somebody else")
    with pytest.raises(parquet.DirectoryUnfit, match="file_unknown"):
        await written(campus, place)
    (part.parent / "part-000000000001-000000000010.parquet").unlink()
    spoilt = bytearray(part.read_bytes())
    spoilt[100] ^= 1
    part.write_bytes(spoilt)
    with pytest.raises(parquet.DirectoryUnfit, match="part_altered"):
        await written(campus, place)


async def test_two_runs_on_one_directory_do_not_tread_on_each_other(campus: Campus, tmp_path: Path):
    await play(campus, seed=4)
    place = tmp_path / "log"
    first = asyncio.create_task(written(campus, place))
    while not place.exists():  # noqa: ASYNC110 - made by the first run
        await asyncio.sleep(0.001)
    with pytest.raises(parquet.DirectoryInUse):
        await written(campus, place)
    assert (await first)["rows"] == len(await log_of(campus))
    assert (await written(campus, place))["rows"] == 0


async def test_a_run_that_died_before_its_first_manifest_leaves_the_directory_usable(campus: Campus, tmp_path: Path):
    await play(campus, seed=4)
    place = tmp_path / "log"
    place.mkdir()
    (place / ".manifest.json.writing").write_bytes(b'{"form')
    assert (await written(campus, place, upto=20))["rows"] == 20
    strange = tmp_path / "other"
    strange.mkdir()
    (strange / "notes.txt").write_bytes(b"of somebody else")
    with pytest.raises(parquet.DirectoryUnfit, match="directory_not_empty"):
        await written(campus, strange)


def test_a_month_is_that_of_the_college():
    evening = datetime(2026, 8, 31, 17, tzinfo=UTC)
    row = Row(1, UUID(int=1), "calendar.term_opened", (), "{}", evening)
    assert parquet.month_of(row, ZoneInfo("Asia/Shanghai")) == "2026-09"
    assert parquet.month_of(row, ZoneInfo("UTC")) == "2026-08"


async def test_a_directory_begun_with_months_in_utc_keeps_them(campus: Campus, tmp_path: Path):
    await play(campus, seed=4)
    place = tmp_path / "log"
    await written(campus, place, upto=20)
    manifest = json.loads((place / "manifest.json").read_bytes())
    assert manifest.pop("months_in") == campus.institution.zone == "Asia/Shanghai"
    (place / "manifest.json").write_text(json.dumps(manifest))
    assert parquet.Directory(place, campus.institution, None).zone == ZoneInfo("UTC")


async def test_every_query_of_the_documentation_runs_and_two_are_the_figures(campus: Campus, tmp_path: Path):
    projector = Projector(campus.institution, [t for name, t in Table.by_name.items() if not name.startswith("trial_")])
    await projector.prepare()
    await play(campus, seed=5)
    await projector.catch_up()
    place = tmp_path / "log"
    await written(campus, place)
    assert len(QUERIES) >= 7
    answers = [await asked(place, query) for query in QUERIES[1:]]
    _, last = await campus.log.head()
    assert last is not None
    timely = await campus.readings.figure("roll_call_timeliness", SYSTEM, by=("department",), at=last)
    expected = {r.group["department"]: (int(r.numerator), int(r.denominator)) for r in timely}
    assert {department: (done, due) for department, done, due, _ in answers[0]} == expected
    assert len(expected) > 1
    hours = await campus.readings.figure("hours_recognised", SYSTEM, by=("person",), at=last)
    assert {who: Decimal(str(periods)) for who, periods, _ in answers[1]} == {
        r.group["person"]: r.numerator for r in hours
    }
    assert answers[-1], "sessions under another deadline"


async def test_cloudevents_keep_the_rules_and_are_those_of_the_feed(campus: Campus, tmp_path: Path):
    await play(campus, seed=6)
    rows, whole = await log_of(campus), await span(campus)
    plainly, packed = tmp_path / "events.ndjson", tmp_path / "events.ndjson.gz"
    assert await cloud.write(campus.log, "college", whole, plainly) == len(rows)
    assert await cloud.write(campus.log, "college", whole, packed) == len(rows)
    lines = plainly.read_bytes()
    assert gzip.decompress(packed.read_bytes()) == lines
    events = [json.loads(line) for line in lines.splitlines()]
    assert len({(event["source"], event["id"]) for event in events}) == len(rows)
    sight = Sight(SYSTEM)
    for event, row in zip(events, rows, strict=True):
        assert [name for name in event if name != "subject"] == ATTRIBUTES
        assert event["specversion"] == "1.0"
        assert all(isinstance(event[name], str) and event[name] for name in event if name != "data")
        assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in event)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", event["time"])
        fed = json.loads(json.dumps(cloud.cloud_event("college", sight.event(row)), default=str))
        fed["data"]["tags"] = [tag for tag in fed["data"]["tags"] if tag in event["data"]["tags"]]
        assert event | {"time": ""} == fed | {"time": ""}


GONE = "欧阳冰弦"


async def test_no_export_holds_anything_personal_sealed_or_not(campus: Campus, tmp_path: Path):
    admitted = student("student:gone-1", M1, MATHS).model_copy(update={"name": GONE, "student_number": "SN7719530642"})
    await record(campus, admitted)
    await campus.keys.erase("gone-1")
    whole = await span(campus)
    for name in ("a.json", "b.sqlite"):
        await ocel.write(campus, whole, tmp_path / name)
    await cloud.write(campus.log, "college", whole, tmp_path / "c.ndjson")
    await written(campus, tmp_path / "d")
    signer = install_seal_key(campus.institution, campus.settings)
    await Sealer(campus.institution, signer).catch_up()
    wanted = case.Wanted((), ("student:gone-1",), "案")
    await case.write(campus.institution, str(signer.verifier), wanted, tmp_path / "e.zip", "e.zip")
    told = await asked(tmp_path / "d", "select data from log where type = 'students.student_admitted'")
    assert json.loads(told[0][0])["name"] == {"personal": "gone-1"}
    (tmp_path / "d.json").write_text(json.dumps(told))
    for file in there(tmp_path):
        content = file.read_bytes()
        assert found(content, (GONE, "SN7719530642")) == [], file
        # A case file proves the exact stored text, in which what is sealed stands without a key.
        assert b'"sealed"' not in content or file.suffix == ".zip", file
        assert re.search(rb"student_number:[0-9a-f]{32}", content) is None, file
    assert date(2026, 9, 1).isoformat() in told[0][0]
