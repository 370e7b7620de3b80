"""Journeys through counselors' logs, tasks and notices.  Seed: D04, D05, D19."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE, turn
from tests.browser.term import ART
from tests.browser.test_journeys import clipped, untranslated

BEFORE = "as_of=700"  # the college is founded, its term not begun
PAGES = ("counselors", "tasks", "notices", "tasks/task:handbook")


def test_from_the_log_matrix_to_the_events_and_the_text_of_a_log(visit):
    """Every state by shape and word; a cell → its log → its events; what it says only on asking."""
    page = visit("president", "/dash/counselors")
    expect(page.locator(".log-table .group")).to_have_count(6)
    counts = {"in_time": 24, "late": 1, "missed": 4, "exempt": 1}
    for state, many in counts.items():
        expect(page.locator(f".log-table [data-log={state}]")).to_have_count(many)
    expect(page.locator(".log-table [data-log=missed]").first).to_contain_text("■缺交")
    art = page.locator(".log-table tr", has_text="3 / 3")
    expect(art).to_have_count(1)
    expect(art.locator(".gauge")).to_contain_text("本学年不予评优")
    expect(art.locator(".pip.full")).to_have_count(3)

    page.locator("[data-log=late]").click()
    page.wait_for_url("**/counselors/logs/*")
    expect(page.locator(".steps li strong")).to_have_text(["应交", "缺交", "逾期补交", "批阅"])
    expect(page.locator("#page .facts")).to_contain_text("2026-09-20 23:59:59")
    expect(page.locator(".texts dd")).to_have_count(0)
    page.locator(".steps .event-link").nth(1).click()
    expect(page.locator("dialog.drawer[open] .drawer-name")).to_contain_text("counselor_logs.missed")
    page.locator("dialog.drawer [data-close]").click()
    page.locator("[data-read=texts]").click()
    expect(page.locator(".texts dd").first).to_have_text("班级平稳")
    expect(page.locator(".texts dt").first).to_contain_text("班级情况")


def test_names_of_the_whole_college_are_shown_only_when_asked_for(visit):
    page = visit("affairs-head", "/dash/counselors")
    expect(page.locator(".log-table .row-head [data-person]").first).to_have_text("辅导员 1")
    expect(page.locator("[data-named=known]")).to_have_count(0)
    page.get_by_text("显示姓名").click()
    page.wait_for_url("**by=person*")
    expect(page.locator(".log-table .row-head [data-named=known]")).to_have_count(6)
    expect(page.locator(".ineligible")).to_contain_text("沈辅导员")
    expect(page.locator(".ineligible")).to_contain_text("第 1、3、4 周未按时")
    page.get_by_text("隐去姓名").click()
    expect(page.locator(".log-table .row-head [data-person]").first).to_have_text("辅导员 1")


def test_what_follows_from_logs_is_told_beside_them(visit):
    page = visit("affairs-head", "/dash/counselors")
    expect(page.locator(".reviews-panel .hint").first).to_have_text("已批阅 14 / 25 篇")
    expect(page.locator(".reviews-panel")).to_contain_text("↺ 已退回")
    states = page.locator(".merit-panel .light")
    expect(states).to_have_text(["○ 待授予", "▲ 待复核", "● 已授予"])


def test_a_counselor_sees_the_own_row_with_the_next_deadline_to_the_second(visit):
    page = visit("counselor3", "/dash/counselors")
    own = page.locator(".own-panel")
    expect(own.locator(".own-due")).to_have_text("2026-10-18 23:59:59")
    expect(own).to_contain_text("2026-10-12 起可提交")
    expect(own).to_contain_text("未补交：第 1、3、4 周（逾期补交仍计缺交）")
    expect(page.locator(".log-table .own")).to_have_count(1)
    expect(page.locator(".log-table .group")).to_have_count(1)
    expect(page.locator(".log-table .own [data-person]")).to_have_text("沈辅导员")


def test_a_log_that_can_be_handed_in_is_told_with_its_deadline(visit):
    page = visit("counselor3", "/dash/counselors?as_of=2026-09-29T08:00")
    expect(page.locator(".own-what")).to_have_text("第 4 周周志待提交")
    expect(page.locator(".own-due")).to_have_text("2026-10-04 23:59:59")
    expect(page.locator(".log-table [data-log=due]")).to_have_count(1)
    expect(page.locator(".own-panel .gauge")).to_contain_text("再缺 1 次取消评优")


def test_from_the_tasks_to_who_moved_a_deadline_and_why(visit):
    """Overdue first; by department and person; a task → its parts, its assignments, its events."""
    page = visit("president", "/dash/tasks")
    rows = page.locator(".tasks-panel tbody tr")
    expect(rows.first).to_contain_text("实训室安全自查")
    expect(rows.first).to_contain_text("■ 逾期 13 天")
    expect(page.locator(".scores-panel .hint")).to_contain_text("n = 10")
    moved = page.locator(".moved-panel tr", has_text="学生手册修订")
    expect(moved).to_contain_text("2026-10-09 17:00")
    expect(moved).to_contain_text("→ 2026-10-13 17:00")
    expect(moved).to_contain_text("印刷厂排期推迟一周")
    art = page.locator(".burdens > li", has_text="艺术设计系")
    expect(art.locator("summary")).to_contain_text("逾期 1")
    art.locator("summary").click()
    expect(art.locator(".burden-people li")).not_to_have_count(0)

    rows.filter(has_text="学生手册修订").locator(".task-title").click()
    page.wait_for_url("**/tasks/task:handbook*")
    expect(page.locator(".tree .branch")).to_have_count(3)
    expect(page.locator(".tree .branch.here")).to_contain_text("学生手册修订")
    told = ["发布", "分派给", "接收", "分解", "申请延期", "批准延期"]
    expect(page.locator(".steps li strong")).to_have_text(told)
    page.locator(".tree a", has_text="排版付印").click()
    page.wait_for_url("**/tasks/task:handbook-print*")
    expect(page.locator(".crumbs")).to_contain_text("学生手册修订")
    expect(page.locator(".assignments-panel tbody tr")).to_contain_text("■ 逾期 3 天")
    page.locator(".steps li", has_text="逾期").locator(".event-link").click()
    expect(page.locator("dialog.drawer[open] .drawer-name")).to_contain_text("tasks.overdue")


def test_a_head_sees_the_departments_part_of_a_task_only(visit):
    page = visit("dean", "/dash/tasks/task:safety")
    expect(page.locator(".assignments-panel tbody tr")).to_have_count(1)
    expect(page.locator(".assignments-panel")).to_contain_text("艺术设计系")
    expect(page.locator(".tree-panel")).to_contain_text("没有分解")
    turn(page, "tasks")
    expect(page.locator(".load-panel .bar-name [data-named=known]").first).to_be_visible()


def test_nobody_finds_what_is_out_of_their_scope(visit):
    page = visit("teacher", "/dash/tasks/task:handbook")
    expect(page.locator(".failure")).to_contain_text("task_unknown")
    turn(page, "counselors/logs/weekly_log:none")
    expect(page.locator(".failure")).to_contain_text("weekly_log_unknown")
    turn(page, "counselors")
    expect(page.locator(".logs-panel")).to_contain_text("本学期尚无应交的周志")


def test_notices_unread_past_their_limit_lead_to_who_has_not_read_them(visit):
    page = visit("president", "/dash/notices")
    expect(page.locator(".notices-panel tbody tr").first).to_contain_text("校园开放日安排")
    expect(page.locator(".notices-panel tbody tr").first).to_contain_text("12 / 33")
    expect(page.locator(".login-table tbody tr")).to_have_count(5)
    expect(page.locator(".login-table tbody .heat a")).to_have_count(30)
    line = page.locator(".late-readers li", has_text="艺术设计系")
    many = line.locator("strong").last.inner_text()
    line.locator("a").click()
    page.wait_for_url("**/figures/notices_unread*")
    expect(page.locator(".adds-up")).to_have_text(re.compile(rf"^{many} 条"))
    expect(page.locator(".drill [data-named=known]").first).to_be_visible()


@pytest.mark.parametrize("path", ["counselors", "tasks", "notices"])
def test_looking_back_shows_nothing_later(visit, path):
    page = visit("president", f"/dash/{path}?as_of=2700")
    expect(page.locator(".banner")).to_contain_text("#2,700")
    positions = page.locator("[data-event]").evaluate_all("links => links.map(l => +l.dataset.event)")
    assert all(position <= 2700 for position in positions), positions
    turn(page, f"{path}?{BEFORE}")
    expect(page.locator(".nothing").first).to_be_visible()
    expect(page.locator(".failure")).to_have_count(0)


def test_nothing_is_clipped_and_nothing_stays_chinese_on_an_english_page(visit):
    for phone in (True, False):
        page = visit("president", phone=phone, language="en")
        for path in PAGES:
            turn(page, path)
            assert clipped(page) == [], (phone, path)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= (PHONE if phone else DESK)["width"], (phone, path)
            if not phone:
                titles = [text for text in untranslated(page) if text != page.locator("h1").inner_text()]
                assert titles == [], path


def test_a_department_chosen_is_the_one_told(visit):
    page = visit("president", f"/dash/tasks?department={ART}")
    expect(page.locator(".burdens > li")).to_have_count(1)
    expect(page.locator(".load-panel .bar-name [data-named=known]").first).to_be_visible()
    turn(page, f"counselors?department={ART}")
    expect(page.locator(".log-table .group")).to_have_count(1)
    expect(page.locator(".log-table .row-head [data-named=known]")).to_have_text("沈辅导员")
