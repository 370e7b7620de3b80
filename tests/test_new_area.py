"""An area is three new files: with them, and no edit elsewhere, the college can do something it could not before."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from infra.postgres import Institution, drop

ROOT = Path(__file__).parents[1]
COLLEGE = "newarea"

DOMAIN = '''"""Lost property 失物招领: what was found, and where it lies.  Seed: D50."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Self

from pydantic import StringConstraints

from domain import Command, Conflict, Context, Day, DepartmentId, Event, Line, PersonId, Reads, Unknown
from domain.access import ASSETS, IMPORT, SECRETARY, anywhere, own_department
from domain.organisation import DepartmentRegistered

POLICIES = ()
REFUSALS = {"item_already_reported": ("该失物编号已登记为别的物品", "Something else was reported under this id")}

ItemId = Annotated[str, StringConstraints(pattern=r"^item:[0-9a-z][0-9a-z-]{0,62}$")]


class ItemFound(Event):
    """Something was found and lies with a department."""

    NAME: ClassVar[str] = "lost_property.item_found"
    TITLE: ClassVar[str] = "拾得物品"
    TAGS: ClassVar[tuple[str, ...]] = ("item_id", "department_id")
    item_id: ItemId
    department_id: DepartmentId
    what: Line
    found_on: Day
    reported_by: PersonId


@dataclass(frozen=True)
class Find:
    """One item as reported, and whether the department it is to lie with exists."""

    found: ItemFound | None = None
    known: bool = False

    def after(self, event: Event) -> Self:
        match event:
            case ItemFound():
                return replace(self, found=event)
            case DepartmentRegistered():
                return replace(self, known=True)
        return self


class ReportFound(Command[Find]):
    """登记失物.  Says what was found and which department keeps it.  Seed: D50."""

    may = {ASSETS: anywhere, SECRETARY: own_department, IMPORT: anywhere}
    item_id: ItemId
    department_id: DepartmentId
    what: Line
    found_on: Day

    def reads(self) -> list[Reads]:
        return [Reads((ItemFound,), (self.item_id,)), Reads((DepartmentRegistered,), (self.department_id,))]

    def find(self, state: Find) -> None:
        if not state.known:
            raise Unknown("department_unknown", department=self.department_id)

    def decide(self, state: Find, given: Context) -> Iterator[Event]:
        said = ItemFound(**self.model_dump(), reported_by=given.actor.person_id)
        if state.found and state.found.model_dump(exclude={"reported_by"}) != self.model_dump():
            raise Conflict("item_already_reported", item=self.item_id)
        if not state.found:
            yield said
'''

PROJECTION = '''"""Read model of lost property, and how much of it there is."""

from __future__ import annotations

from domain.lost_property import ItemFound
from projections import Figure, Scope, Table

FOUND_ITEM = Table(
    "found_item",
    keys=("item_id",),
    columns={"item_id": "text", "department_id": "text", "what": "text", "found_on": "date", "reported_by": "text"},
    types=(ItemFound.NAME,),
    select="""
        select d.*, position
        from batch, json_to_record(data)
            as d(item_id text, department_id text, what text, found_on date, reported_by text)
    """,
    scope=Scope(department="department_id", persons=("reported_by",)),
)

ITEMS_FOUND = Figure(
    key="items_found",
    column=33,
    zh="失物件数",
    en="Items found",
    unit="count",
    axis="A-owner",
    owner="资产处",
    better="lower",
    rows="""
        select department_id, null::text as term_id, null::int as week, found_on as day, reported_by as person_id,
            item_id as about, 1::numeric as numerator, 1::numeric as denominator, since as position
        from {found_item}
    """,
    definition_zh="登记过的失物件数",
    definition_en="Items ever reported as found",
)
'''

STORY = '''"""Stories of lost property."""

from __future__ import annotations

from datetime import date

from domain import Conflict, Unknown
from domain.lost_property import ItemFound, ReportFound
from tests.college import MATHS, department
from tests.scenario import given

UMBRELLA = ReportFound(item_id="item:1", department_id=MATHS, what="一把伞", found_on=date(2026, 9, 7))
FOUND = ItemFound(**UMBRELLA.model_dump(), reported_by="person:import")
KNOWN = department(MATHS)


def test_what_is_found_lies_with_a_department():
    given(KNOWN).when(UMBRELLA).then(FOUND)
    given().when(UMBRELLA).rejected(Unknown, "department_unknown")


def test_an_id_means_one_thing():
    given(KNOWN, FOUND).when(UMBRELLA).then()
    other = UMBRELLA.model_copy(update={"what": "一只手套"})
    given(KNOWN, FOUND).when(other).rejected(Conflict, "item_already_reported")
'''

AREA = {
    "domain/lost_property.py": DOMAIN,
    "projections/lost_property.py": PROJECTION,
    "tests/test_lost_property.py": STORY,
}
CAMPUS = ("-c", "from infra.cli import main; main()")
DESCRIBED = (
    "-c",
    "import json; from infra.cli.common import load_areas; load_areas(); from api import create_app;"
    "from infra.settings import Settings; print(json.dumps(create_app(None, Settings()).openapi()))",
)


def digests(tree: Path) -> dict[str, str]:
    """Every file of a tree by its content."""
    files = (p for p in tree.rglob("*") if p.is_file() and not p.name.endswith(".pyc"))
    return {str(p.relative_to(tree)): sha256(p.read_bytes()).hexdigest() for p in files}


def tracked() -> list[str]:
    """Every file of the project: those git knows, or, where there is no git, those that are there."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
        return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]
    layers = ("domain", "projections", "infra", "api", "dashboards", "tests")
    return ["pyproject.toml", *(str(p.relative_to(ROOT)) for layer in layers for p in (ROOT / layer).rglob("*.*"))]


class Copy:
    """A copy of the project with one more area, asked by processes of their own."""

    def __init__(self, tree: Path, data: Path, dsn: str) -> None:
        self.tree = tree
        self._told = {**os.environ, "PYTHONPATH": str(tree), "CAMPUS_DATA": str(data), "CAMPUS_DATABASE_URL": dsn}
        self._told |= {"CAMPUS_INSTITUTION": COLLEGE, "PYTHONDONTWRITEBYTECODE": "1"}

    def start(self, *words: str) -> subprocess.Popen[str]:
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen([sys.executable, *words], cwd=self.tree, env=self._told, **pipes)

    def ask(self, *words: str) -> Any:
        """The JSON that a `campus` command answers."""
        asked = self.start(*CAMPUS, *words, "--json")
        said, complaint = asked.communicate(timeout=120)
        assert asked.returncode == 0, complaint
        return json.loads(said)


@pytest.fixture
def copy(tmp_path: Path, server: str) -> Any:
    tree, data = tmp_path / "tree", tmp_path / "data"
    for name in tracked():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tree / name)
    before = digests(tree)
    for name, content in AREA.items():
        assert not (tree / name).exists()
        (tree / name).write_text(content, encoding="utf-8")
    assert {name for name, digest in digests(tree).items() if before.get(name) != digest} == set(AREA)
    data.mkdir()
    college = Institution(COLLEGE, server, "Asia/Shanghai", "试区学院", "Trial College")
    directory = [{"key": COLLEGE, "name_zh": college.name_zh, "name_en": college.name_en}]
    (data / "institutions.json").write_text(json.dumps(directory), encoding="utf-8")
    yield Copy(tree, data, server)
    asyncio.run(drop(college))


def test_three_files_are_an_area(copy: Copy, tmp_path: Path) -> None:
    quiet = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    house = copy.start(*quiet, "tests/test_house.py", "tests/test_lost_property.py")
    described = copy.start(*DESCRIBED)
    description, complaint = described.communicate(timeout=120)
    assert described.returncode == 0, complaint

    rows = {row["command"]: row for row in copy.ask("access")}
    assert rows["report-found"]["may"] == {"assets": "s", "secretary": "d", "import": "s"}
    assert rows["report-found"]["zh"] == "登记失物"
    schemas = json.loads(description)
    operation = schemas["paths"]["/api/commands/report-found"]["post"]
    assert "ReportFound" in json.dumps(operation)
    assert set(schemas["components"]["schemas"]["ReportFound"]["required"]) >= {"item_id", "what", "found_on"}

    departments, found = tmp_path / "departments.csv", tmp_path / "found.csv"
    departments.write_text("department_id,code,name,name_en,kind\ndepartment:m,M,数学系,Maths,academic\n", "utf-8")
    found.write_text("item_id,department_id,what,found_on\nitem:1,department:m,一把伞,2026-09-07\n", "utf-8")
    copy.ask("import", "register-department", str(departments))
    assert copy.ask("import", "report-found", str(found))[0]["recorded"] == 1
    compared = copy.ask("rebuild", "found_item", "--compare")
    assert [(t["table"], t["rows"], t["differences"]) for t in compared["tables"]] == [("found_item", 1, 0)]
    figures = {f["figure"]: f for f in copy.ask("replay", "--until", "2")["figures"]}
    assert figures["items_found"]["zh"] == "失物件数"
    assert float(figures["items_found"]["value"]) == 1

    said, _ = house.communicate(timeout=120)
    assert house.returncode == 0, said
