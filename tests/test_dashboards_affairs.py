"""What the board says of grades, conduct and tasks, as far as it can be told without a browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dashboards.grades.corrections import score
from dashboards.grades.sheets import Sheet, standing
from dashboards.grades.totals import drawn
from dashboards.parts.band import BAND, band
from dashboards.parts.card import Place, out_of
from dashboards.parts.columns import Opening, declared, week_for
from dashboards.parts.ground import Ground
from dashboards.parts.lights import aim
from dashboards.parts.markup import as_html
from dashboards.parts.overdue import Overdue, overdue_panel
from dashboards.parts.reading import Cube, Sum, Target
from dashboards.parts.stacks import Line, Part, opposed, stacks
from dashboards.parts.things import Things, about, concerned
from dashboards.parts.watch_list import shortfalls
from projections import Figure
from tests.test_dashboards import here, reading, told, words

SCORE, SLIPS, TIMELY = (Figure.by_key[k] for k in ("task_score", "slips", "grade_timeliness"))
MISSED, WEEKLY = Figure.by_key["counselor_log_missed"], Figure.by_key["counselor_log"]
NOW = datetime(2026, 10, 11, 12, tzinfo=UTC)
BASE = Ground((), {"term_id": "term:x"}, {"department:a": {"name": "甲系", "name_en": "A"}}, {}, {})
AIMED = (("grade_timeliness", 90, "higher"), ("counselor_log", 90, "higher"), ("grade_corrections", 5, "lower"))
PLACE = Place(5, 4, None, 5)


def sheet(**row: Any) -> Sheet:
    plain = {"duty": None, "due_at": None, "stage": "open", "anomalies": None, "on_time": None, "moment": NOW}
    return Sheet(plain | row)


def test_a_score_is_a_mean_of_so_many_even_when_they_are_few():
    assert told(39, 9).shown(SCORE, words()) == ("4.33", "分")
    assert told(39, 9).told(SCORE, words()) == "4.33 分 (n=9)"
    assert told(45, 10).told(SCORE, words("en")) == "4.50 points"
    assert told(0, 0).told(SCORE, words()) == "暂无数据"
    assert out_of(SCORE, told(39, 9), here()) == "9 项评价的平均"
    assert told(39, 9).light(SCORE, Target(Decimal(4), Decimal(3), "higher")) == "few"
    assert aim(SCORE, Target(Decimal(4), Decimal(3), "higher"), words()) == "目标 ≥ 4 分"


def test_a_number_per_hundred_says_so():
    assert told(14, 120).told(SLIPS, words()) == "11.7 张/百人"
    assert told(14, 120).told(SLIPS, words("en")) == "11.7 per 100"
    assert out_of(SLIPS, told(14, 120), here()) == "14 / 120 人周"


def test_a_count_names_what_it_counts_and_is_out_of_nothing():
    assert told(3, 3).told(MISSED, words("en")) == "3 logs"
    assert out_of(MISSED, told(3, 3), here()) == ""


@pytest.mark.parametrize(
    ("row", "light", "stage", "said"),
    [
        ({}, "none", "entering", "考试未登记"),
        ({"duty": "open", "due_at": NOW + timedelta(days=2, hours=3)}, "none", "entering", "剩 2 天 3 小时"),
        ({"duty": "open", "due_at": NOW - timedelta(hours=1)}, "red", "overdue", "未提交，逾期 0 天 1 小时"),
        ({"duty": "lapsed", "due_at": NOW - timedelta(days=1)}, "red", "overdue", "未提交，逾期 1 天 0 小时"),
        ({"duty": "done", "due_at": NOW, "stage": "published"}, "green", "published", "按时提交"),
        ({"duty": "done_late", "due_at": NOW, "stage": "submitted"}, "amber", "submitted", "逾期提交"),
    ],
)
def test_a_grade_sheet_says_where_it_stands_by_shape_and_word(row, light, stage, said):
    found = sheet(**row)
    assert (found.light, found.stage) == (light, stage)
    assert said in as_html(standing(found, words()))


def test_what_is_overdue_comes_first_then_what_is_unusual():
    overdue = sheet(duty="lapsed", due_at=NOW)
    odd = sheet(stage="submitted", anomalies=["all_same_score"])
    back = sheet(stage="returned", anomalies=["many_failed"])
    plain = sheet(stage="published")
    assert back.anomalies == [], "it is being looked at"
    assert [s.urgency[0] for s in (overdue, odd, back, plain)] == [0, 1, 2, 4]


def test_fewer_than_ten_totals_are_not_drawn():
    opening = Opening(here(), BASE, {}, PLACE)
    few = [{"ten": 7, "many": 9, "failed": 0, "total": 65_000}]
    assert "不画分布" in as_html(drawn(few, opening))
    many = as_html(drawn([*few, {"ten": 5, "many": 3, "failed": 3, "total": 16_500}], opening))
    assert "12 人次，平均 67.9，不及格 3" in many
    assert "50–59: 3" in many
    assert "90–100: 0" in many


def test_a_mark_before_and_after_is_a_number_or_a_reason():
    assert score(9250, "none", words()) == "92.5"
    assert score(None, "absent_exam", words()) == "缺考"
    assert score(None, "none", words()) == "—"


def test_parts_of_a_line_are_told_to_those_who_do_not_see_them():
    line = Line("甲系", "/dash/", [Part("bad", 3, "罚单"), Part("good", 0, "奖单")])
    for drawn_ in (stacks([line], [("bad", "罚单")]), opposed([line], (("bad", "罚单"), ("good", "奖单")))):
        assert 'aria-label="甲系 · 罚单 3"' in as_html(drawn_)
    assert "aria-label" not in as_html(stacks([Line("乙系", "/dash/", [])], []))


def test_grades_are_told_for_the_term_and_others_where_nothing_fell_into_the_week():
    cube = Cube.of(WEEKLY, [reading(4, 5, department="a", week=4)])
    assert week_for(cube, PLACE) == 0
    assert week_for(cube, Place(4, 3, None, 5)) == 4
    assert week_for(Cube.of(TIMELY, [reading(4, 5, week=5)]), PLACE) == 0


def test_a_figure_that_is_not_there_is_left_out():
    assert declared(("slips", "figure_of_tomorrow")) == ("slips",)
    assert band({}, BASE, PLACE, here()) is None
    one = as_html(band({"slips": Cube.of(SLIPS, [reading(14, 120, department="a", week=5)])}, BASE, PLACE, here()))
    assert "学生处" in one
    assert set(BAND) <= set(Figure.by_key)


def test_what_is_overdue_is_grouped_by_department_or_by_person():
    row = {"department_id": "department:a", "kind": "task", "many": 2, "oldest": NOW - timedelta(days=1), "moment": NOW}
    late = Overdue([row | {"person_id": None}, row | {"person_id": None, "kind": "weekly_log", "many": 1}])
    whole = as_html(overdue_panel(late, BASE, here()))
    assert "任务办结 2 · 辅导员周志 1" in whole
    assert "<strong>3</strong>" in whole
    assert 'href="/dash/duties?department=department:a"' in whole
    person = as_html(overdue_panel(Overdue([row | {"person_id": "person:x"}]), BASE, here(by="person")))
    assert 'data-person="person:x"' in person
    assert "figures/duties_overdue?department=department:a&amp;person=person:x" in person


def test_a_row_is_about_what_people_know_it_by():
    known = Things({}, {"slip:1": {"name": "旷课", "name_en": "Truancy", "detail": "2026-09-08"}})
    english = as_html(about("slip:1", known, BASE, here(language="en")))
    assert "Truancy" in english
    assert "甲系" in as_html(about("department:a", known, BASE, here()))
    assert "<code>strange:1</code>" in as_html(about("strange:1", known, BASE, here()))
    assert concerned("task_acceptance/assignment:1/2") == "assignment:1"
    assert Sum().few(SCORE) is False


def test_departments_below_a_target_are_listed_worst_first_whatever_the_unit():
    aims = {key: Target(Decimal(green), Decimal(green), better) for key, green, better in AIMED}
    base = Ground((), {"term_id": "term:x"}, BASE.departments, aims, {})
    timely = Cube.of(TIMELY, [reading(9, 20, department="department:a", week=3)])
    weekly = Cube.of(WEEKLY, [reading(17, 20, department="department:a", week=5)])
    corrected = Cube.of(Figure.by_key["grade_corrections"], [reading(1, 100, department="department:a")])
    found = shortfalls([weekly, timely, corrected], base, PLACE)
    assert [(s.cube.figure.key, s.week) for s in found] == [
        ("grade_corrections", 0),
        ("grade_timeliness", 0),
        ("counselor_log", 5),
    ]
