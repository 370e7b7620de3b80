"""The board, as far as it can be told without a browser: its callbacks, its words, its arithmetic, its markup."""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dash import html
from fastapi import FastAPI

import projections
from dashboards import create_board
from dashboards.parts.drill_down import Opened, adds_up
from dashboards.parts.freshness import freshness
from dashboards.parts.ground import Ground
from dashboards.parts.heat_map import heat_map, shade, written
from dashboards.parts.lights import aim
from dashboards.parts.markup import as_html
from dashboards.parts.reading import Cube, Sum, Target
from dashboards.parts.spark import spark
from dashboards.parts.things import Things
from dashboards.parts.trend import trend
from dashboards.parts.visit import Visit, visit
from dashboards.parts.words import TEXTS, Words
from dashboards.routes import NobodyHere, routed
from domain import Actor, areas
from infra.readings import Reading, Viewer
from infra.viewer import current_viewer
from projections import Figure

list(areas(projections))
BOARD = Path(__file__).parents[1] / "dashboards"
NOW = datetime(2026, 10, 11, 12, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
RATE, TRUANCY, OVERDUE = (Figure.by_key[k] for k in ("roll_call_timeliness", "truancy_rate", "duties_overdue"))
TARGET = Target(Decimal(97), Decimal(94), "higher")
# Nothing may be written here but what the vendored package of this version contains.
PLOTLY = "plotly-basic.min.js"


def words(language: Any = "zh") -> Words:
    return Words(language, ZONE)


def told(numerator: int, denominator: int) -> Sum:
    return Sum(Decimal(numerator), Decimal(denominator), denominator)


def reading(numerator: int, denominator: int, **group: Any) -> Reading:
    parts = (Decimal(numerator), Decimal(denominator), denominator)
    return Reading(group, None, *parts, "ok", None, 77, NOW)


class Nowhere:
    """Readings of a log with 500 events."""

    async def status(self):
        return SimpleNamespace(head=500, position=500)

    async def position_at(self, moment):
        return 120 if moment >= datetime(2026, 9, 1, tzinfo=UTC) else 0

    async def recorded_at(self, position):
        return NOW


CAMPUS: Any = SimpleNamespace(
    readings=Nowhere(),
    institution=SimpleNamespace(zone="Asia/Shanghai", name_zh="测试学院", name_en="Test College"),
    clock=SimpleNamespace(now=lambda: NOW),
)
PRESIDENT = Viewer("person:p", (Actor("person:p", "president"),))


def here(**changes: Any) -> Visit:
    return Visit(CAMPUS, PRESIDENT, words(changes.pop("language", "zh")), now=NOW, **changes)


@pytest.fixture(scope="module")
def board():
    app = FastAPI()
    app.state.campus = CAMPUS
    return create_board(app)


def test_every_callback_of_the_server_is_a_coroutine(board):
    """One that is not would stop the whole process while it reads."""
    served = [c for c in board.callback_map.values() if c.get("callback")]
    assert served
    assert [c for c in served if not inspect.iscoroutinefunction(inspect.unwrap(c["callback"]))] == []


def test_nothing_is_asked_on_a_timer(board):
    kinds = {node["type"] for node in nodes(json.loads(json.dumps(board.layout, default=lambda c: c.to_plotly_json())))}
    assert "Interval" not in kinds
    assert not any("dcc.Interval" in file.read_text() for file in BOARD.rglob("*.py"))


def nodes(tree: Any) -> list[Any]:
    children = tree["props"].get("children") or []
    return [tree, *(n for child in children if isinstance(child, dict) for n in nodes(child))]


def test_no_socket_is_opened_and_unknown_addresses_are_not_answered(board):
    paths = {getattr(route, "path", "") for route in board.server.routes}
    assert board.backend.websocket_capability is False
    assert board.backend._setup_catchall() is None
    assert not any("{path:path}" in p and "suites" not in p and "assets" not in p for p in paths)


@pytest.mark.parametrize(
    ("numerator", "denominator", "shown", "light"),
    [
        (0, 0, "无应办", "none"),
        (7, 9, "7/9", "few"),
        (9, 9, "9/9", "few"),
        (10, 10, "100.0%", "green"),
        (97, 100, "97.0%", "green"),
        (96, 100, "96.0%", "amber"),
        (93, 100, "93.0%", "red"),
        (0, 10, "0.0%", "red"),
    ],
)
def test_a_rate_is_a_count_when_few_are_due_and_nothing_when_none_is(numerator, denominator, shown, light):
    assert told(numerator, denominator).told(RATE, words()) == shown
    assert told(numerator, denominator).light(RATE, TARGET) == light


def test_a_rate_rounds_half_up():
    assert told(1999, 2000).value(RATE) == Decimal("100.0")
    assert told(1, 2000).value(TRUANCY) == Decimal("0.5")


def test_a_figure_that_is_better_lower_is_judged_from_the_other_side():
    lower = Target(Decimal(15), Decimal(25), "lower")
    assert [lower.light(Decimal(v)) for v in (15, 16, 25, 26)] == ["green", "amber", "amber", "red"]
    assert aim(TRUANCY, lower, words()) == "目标 ≤ 15‰"
    assert aim(RATE, None, words("en")) == ""
    assert (told(50, 100).light(RATE, None), TEXTS["light_unset"][1]) == ("unset", "No target set")


def test_a_cube_adds_up_by_department_week_and_term():
    parts = [reading(8, 10, department="a", week=1), reading(5, 10, department="a", week=2)]
    cube = Cube.of(RATE, [*parts, reading(9, 10, department="b", week=2)])
    assert cube.sum() == told(22, 30)
    assert cube.sum("a") == told(13, 20)
    assert cube.sum(week=2) == told(14, 20)
    assert cube.sum("a", 2) == told(5, 10)
    assert cube.sum("a", upto=1) == told(8, 10)
    assert cube.line("a", 3) == [Decimal("80.0"), Decimal("50.0"), None]
    assert (cube.weeks, cube.departments(), cube.as_of) == ([1, 2], ["a", "b"], 77)


def test_a_stopped_table_is_known_to_the_cube():
    halted = Reading({}, None, Decimal(0), Decimal(0), 0, "stopped", 41, 77, NOW)
    assert Cube.of(RATE, [halted]).stopped_at == 41


def test_rows_that_add_up_say_so_and_rows_that_do_not_say_that():
    row = {"numerator": Decimal(1), "denominator": Decimal(1)}
    right = adds_up(Opened(RATE, reading(2, 2), [row, row], [], Things()), here())
    wrong = adds_up(Opened(RATE, reading(2, 2), [row] * 3, [], Things()), here())
    assert right.children == "2 条，合计 2/2 = 指标值 2/2 ✓"
    assert (wrong.children, wrong.to_plotly_json()["props"]["data-same"]) == ("3 条，合计 3/3 ≠ 指标值 2/2", "false")


def test_of_too_many_rows_the_level_below_adds_up_instead():
    many = Opened(
        RATE,
        reading(15, 20),
        [{"numerator": Decimal(1), "denominator": Decimal(1)}],
        [told(8, 10), told(7, 10)],
        Things(),
    )
    said = adds_up(many, here()).children
    assert said.startswith("20 条，下一级合计 15/20 = 指标值 15/20 (75.0%) ✓")


def test_heat_is_told_by_its_light_and_the_best_is_set_apart():
    cube = Cube(RATE)
    kinds = [shade(told(n, 10), cube, TARGET) for n in (10, 9)] + [shade(told(98, 100), cube, TARGET)]
    assert kinds == ["full", "red", "green"]
    assert shade(told(9, 10), cube, None) == "plain"


@pytest.mark.parametrize(
    ("met", "text"), [(970, "97"), (966, "96.6"), (962, "96"), (939, "93.9"), (999, "99.9"), (1000, "100")]
)
def test_a_cell_is_never_rounded_into_another_light(met, text):
    assert written(told(met, 1000), Cube(RATE), TARGET, words()) == text


def test_a_cell_leads_to_its_department_and_week_and_speaks_for_itself():
    cube = Cube.of(RATE, [reading(9, 10, department="department:a", week=1)])
    markup = as_html(heat_map(cube, [("department:a", "甲系")], 2, TARGET, here(), 1))
    assert 'href="/dash/figures/roll_call_timeliness?week=1&amp;department=department:a"' in markup
    assert "甲系 · 第 1 周 · 90.0% · 9/10 · 未达标" in markup
    assert "无应办" in markup


def test_markup_escapes_what_people_wrote():
    nasty = html.Span('<b onmouseover="x">', title='"><script>', **{"data-x": "'\""})
    assert as_html(nasty) == (
        '<span title="&quot;&gt;&lt;script&gt;" data-x="&#x27;&quot;">&lt;b onmouseover="x"&gt;</span>'
    )


def test_markup_holds_no_inline_handler():
    cube = Cube.of(RATE, [reading(9, 10, department="a", week=1), reading(9, 10, department="a", week=2)])
    markup = as_html([spark(cube.line("a", 2), "x"), trend([cube], None, 2, here()), freshness(words())])
    assert not re.search(r"\son\w+=", markup)


def test_charts_offer_no_way_to_send_them_away():
    """Plotly 4 shows a button that uploads the figure to its cloud unless it is told not to."""
    cube = Cube.of(RATE, [reading(9, 10, week=1)])
    chart = json.loads(trend([cube], None, 1, here()).to_plotly_json()["props"]["data-chart"])
    assert chart["config"]["showSendToCloud"] is False
    assert chart["config"]["plotlyServerURL"] == ""
    assert chart["config"]["displayModeBar"] is False


def test_no_asset_fetches_from_elsewhere():
    for file in (BOARD / "assets").iterdir():
        if file.suffix in (".js", ".css"):
            addresses = set(re.findall(r"https?://[\w./-]+", file.read_text()))
            assert addresses <= {"http://www.w3.org/2000/svg"}, file.name


def test_the_vendored_chart_library_is_the_one_its_licence_lies_beside():
    vendor = BOARD / "assets" / "vendor"
    locked = dict(reversed(line.split()) for line in (vendor / "SHA256SUMS").read_text().splitlines())
    assert hashlib.sha256((vendor / PLOTLY).read_bytes()).hexdigest() == locked[PLOTLY]
    assert "MIT" in (vendor / "plotly-basic.LICENSE.txt").read_text()


async def test_an_address_is_read_into_a_visit_and_written_back():
    search = "?term=term:2026-autumn&week=3&department=department:d3&as_of=120&page=2"
    found = await visit(CAMPUS, PRESIDENT, "zh", "figures/roll_call_timeliness", search)
    assert (found.week, found.department, found.as_of, found.page) == (3, "department:d3", 120, 2)
    address = found.address(department=None)
    assert address == "/dash/figures/roll_call_timeliness?term=term:2026-autumn&week=3&as_of=120"
    assert found.address("", as_of=None) == "/dash/?term=term:2026-autumn&week=3&department=department:d3"


@pytest.mark.parametrize(
    ("search", "misread"),
    [
        ("?week=x", ("week",)),
        ("?week=99", ("week",)),
        ("?department=<script>", ("department",)),
        ("?as_of=tomorrow", ("as_of",)),
        ("?as_of=501", ("as_of",)),
        ("?as_of=0", ("as_of",)),
        ("?as_of=1999-01-01", ("as_of",)),
        ("?event=-1", ("event",)),
        ("?page=0&week=all", ()),
        ("?nonsense=1", ()),
    ],
)
async def test_what_an_address_says_wrongly_is_left_out_and_named(search, misread):
    found = await visit(CAMPUS, PRESIDENT, "zh", "", search)
    assert found.misread == misread
    assert found.as_of is None


async def test_a_moment_without_zone_is_the_institutions():
    found = await visit(CAMPUS, PRESIDENT, "zh", "", "?as_of=2026-10-01T18:00")
    assert (found.as_of, found.as_of_text) == (120, "2026-10-01T18:00")


def test_weeks_are_counted_from_the_first_monday():
    base = Ground((), {"starts_on": date(2026, 9, 7), "weeks": 18, "term_id": "term:x"}, {}, {}, {})
    weeks = [base.week_of(date(2026, 9, d)) for d in (1, 7, 13, 14)]
    assert (weeks, base.end_of(2)) == ([1, 1, 1, 2], date(2026, 9, 20))


def test_an_owner_nobody_confirmed_is_shown_as_proposed():
    offices = {"department:a": {"name": "学生处", "name_en": "Student Affairs Office"}}
    column = {"department_id": "department:a", "confirmed": False}
    base = Ground((), None, offices, {}, {"1": column})
    assert base.owner(RATE, here()) == "拟责任部门 教务处"
    column["confirmed"] = True
    assert base.owner(RATE, here()) == "责任部门 学生处"
    assert base.owner(RATE, here(language="en")) == "Owner Student Affairs Office"


def test_counts_are_counts():
    assert told(3, 3).told(OVERDUE, words()) == "3 项"


class Broken(Nowhere):
    """Readings that cannot be had."""

    async def rows(self, *_, **__):
        raise RuntimeError("no rows today")


async def test_a_page_that_cannot_be_read_says_so_under_a_number_that_is_in_the_log(caplog):
    broken = SimpleNamespace(**{**vars(CAMPUS), "readings": Broken()})
    current_viewer.set(PRESIDENT)
    markup = as_html(await routed(broken, "", "?week=2", "zh"))
    number = re.search(r"<code>([0-9a-f]{12})</code>", markup)
    assert number
    assert "读取失败" in markup
    assert f"number {number[1]}" in caplog.text
    assert 'href="/dash/?week=2"' in markup


async def test_an_address_of_nothing_says_so():
    current_viewer.set(PRESIDENT)
    assert "There is no such page" in as_html(await routed(CAMPUS, "nowhere", "", "en"))
    assert "figure_unknown" in as_html(await routed(CAMPUS, "figures/nothing", "", "en"))


async def test_nobody_is_shown_anything_past_the_gate():
    current_viewer.set(None)
    with pytest.raises(NobodyHere):
        await routed(CAMPUS, "", "", "zh")
