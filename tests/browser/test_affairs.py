"""Journeys through grades and conduct, and what is overdue by person.  Seed: D13, D16, L2."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE, turn
from tests.browser.term import ART
from tests.browser.test_journeys import PAGES, clipped, untranslated

BEFORE = "as_of=700"  # the college is founded, its term not begun


def test_from_the_cockpit_to_the_event_of_a_grade_sheet(visit):
    """A card of the band → the figure; the page of grades → a department → a sheet's event."""
    page = visit("president")
    expect(page.locator(".band .small-card")).to_have_count(10)
    card = page.locator(".band [data-figure=grade_timeliness]")
    expect(card).to_contain_text("7 / 10 份成绩单")
    card.click()
    page.wait_for_url("**/figures/grade_timeliness*")
    expect(page.locator(".adds-up")).to_contain_text("10 条，合计 7/10 = 指标值 7/10 (70.0%) ✓")
    expect(page.locator(".drill .about").first).not_to_contain_text("teaching_class:")

    turn(page, "grades")
    expect(page.locator(".cards .card")).to_have_count(4)
    sheets = page.locator(".sheets tbody")
    expect(sheets.first).to_contain_text("艺术设计系")
    expect(sheets.first).to_contain_text("未提交，逾期")
    expect(sheets.first).to_contain_text("2026-10-02 23:59:59")
    expect(page.locator(".sheets .flag")).to_have_text(["◆ 全部同分"])
    expect(page.locator(".sheets [data-named=known]")).to_have_count(0)

    sheets.first.locator(".group-title a").click()
    page.wait_for_url(f"**department={ART}*")
    expect(page.locator(".sheets [data-named=known]").first).to_be_visible()
    expect(page.locator(".sheets tbody tr")).to_have_count(3)
    page.locator(".sheets tr", has_text="已退回").locator(".event-link").click()
    drawer = page.locator("dialog.drawer[open]")
    expect(drawer.locator(".envelope")).to_contain_text("不及格过半")


def test_a_correction_says_what_stood_before_and_what_became_of_it(visit):
    page = visit("president", "/dash/grades")
    rows = page.locator(".corrections-panel tbody tr")
    expect(rows).to_have_count(3)
    for state in ("待审批", "已更正", "不同意"):
        expect(rows.filter(has_text=state)).to_have_count(1)
    expect(page.locator(".totals-panel .column")).not_to_have_count(0)


def test_few_totals_are_not_drawn(visit):
    page = visit("president", "/dash/grades?department=department:d1")
    expect(page.locator(".totals-panel")).to_contain_text("成绩不足 10 个，不画分布")
    expect(page.locator(".histogram")).to_have_count(0)


def test_conduct_names_students_to_their_department_only(visit):
    page = visit("president", "/dash/conduct?week=all")
    expect(page.locator(".sanctions-panel tbody tr")).to_have_count(3)
    expect(page.locator(".sanctions-panel [data-person]").first).to_have_text("（姓名不在您的范围）")
    expect(page.locator(".opposed li")).to_have_count(6)
    expect(page.locator(".waiting-panel")).to_contain_text("已超期")
    page = visit("dean", "/dash/conduct?week=all")
    expect(page.locator(".sanctions-panel [data-named=known]")).to_have_count(3)
    expect(page.locator(".opposed li")).to_have_count(1)


def test_a_week_of_conduct_is_chosen_in_the_address(visit):
    page = visit("president", "/dash/conduct?week=all")
    whole = page.locator("[data-figure=slips] .card-of").inner_text()
    page.locator("[data-filter=week]").select_option("2")
    page.wait_for_url("**week=2*")
    expect(page.locator("[data-figure=slips] .card-of")).not_to_have_text(whole)
    expect(page.locator(".under")).to_have_text("全校 · 第 2 周")


def test_what_is_overdue_is_told_by_department_and_by_person(visit):
    page = visit("president")
    panel = page.locator(".overdue-panel")
    expect(panel).to_contain_text(re.compile("点名 [0-9]+"))
    expect(panel).to_contain_text(re.compile("辅导员周志 [0-9]+"))
    expect(panel.locator("[data-person]")).to_have_count(0)
    panel.locator(".switch a", has_text="按人").click()
    page.wait_for_url("**by=person*")
    expect(panel.locator("[data-named=known]").first).to_be_visible()
    panel.locator(".watch-list a").first.click()
    page.wait_for_url("**/figures/duties_overdue?*person=*")
    expect(page.locator(".adds-up")).to_contain_text("✓")


def test_a_mean_says_of_how_many_and_a_number_per_hundred_says_so(visit):
    page = visit("president", "/dash/figures/task_score")
    expect(page.locator(".summary .big")).to_have_text(re.compile(r"^\d\.\d\d分$"))
    expect(page.locator(".level-panel tbody tr").first).to_contain_text("(n=")
    turn(page, "figures/slips")
    expect(page.locator(".summary .big")).to_have_text(re.compile(r"^\d+\.\d张/百人$"))


@pytest.mark.parametrize("path", ["", "grades", "conduct", "departments", "duties"])
def test_before_anything_happened_a_page_says_so(visit, path):
    page = visit("president", f"/dash/{path}?{BEFORE}")
    expect(page.locator(".banner")).to_contain_text("历史视角")
    expect(page.locator(".failure")).to_have_count(0)
    if path:
        expect(page.locator("main .nothing").first).to_be_visible()


def test_every_page_fits_in_english_too(visit):
    for phone in (True, False):
        page = visit("president", phone=phone, language="en")
        for path in (*PAGES, "?by=person", f"grades?department={ART}", "conduct?week=all", "figures/task_score"):
            turn(page, path)
            assert clipped(page) == [], (phone, path)
            assert untranslated(page) == [], (phone, path)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= (PHONE if phone else DESK)["width"], (phone, path)
