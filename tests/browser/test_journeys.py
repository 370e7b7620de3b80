"""Leaders' journeys through the board, in a real browser on a really served college.  Seed: D08."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Watched, settled, turn
from tests.browser.term import ART, PASSWORD, TERM

PAGES = ("", "departments", "grades", "conduct", "counselors", "tasks", "notices", "figures", "duties", "operations")
HAN = re.compile(r"[\u4e00-\u9fff]")


def figure_card(page: Page, key: str):
    return page.locator(f"#page [data-figure='{key}']").first


def test_from_logging_in_to_the_event_under_a_figure(served, browser):
    """Login → cockpit → a cell of the heat map → teacher → session → event."""
    context = browser.new_context(viewport=DESK, locale="zh-CN", reduced_motion="reduce")
    watched = Watched(context.new_page(), served.url)
    page = watched.page
    page.goto(f"{served.url}/dash/")
    page.wait_for_url("**/login?next=*")
    page.locator("#name").fill("president")
    page.locator("#secret").fill(PASSWORD)
    page.locator("button.go").first.click()
    page.wait_for_url("**/dash/")
    settled(page)
    expect(page.locator("h1")).to_have_text("领导驾驶舱")

    cell = page.locator(f".heat a[href*='{ART}'][href*='week=5']")
    expect(cell).to_have_text("58")
    cell.click()
    page.wait_for_url("**/figures/roll_call_timeliness?*")
    expect(page.locator(".adds-up")).to_have_text("12 条，合计 7/12 = 指标值 7/12 (58.3%) ✓")
    expect(page.locator(".drill tbody tr")).to_have_count(12)

    teachers = page.locator(".level-panel tbody tr")
    expect(teachers).to_have_count(3)
    expect(teachers.first.locator("td").first).not_to_contain_text("姓名")
    share = teachers.first.locator("td").nth(1).inner_text()
    teachers.first.locator("a").first.click()
    page.wait_for_url("**person=*")
    expect(page.locator(".adds-up")).to_contain_text(f"= 指标值 {share} ✓")

    page.locator(".drill .about").first.click()
    page.wait_for_url("**/sessions/session:*")
    expect(page.locator(".steps li").first).to_contain_text("排课")
    expect(page.locator(".steps")).to_contain_text("下课")

    page.locator(".steps li", has_text="下课").locator(".event-link").click()
    drawer = page.locator("dialog.drawer[open]")
    expect(drawer.locator(".drawer-name")).to_contain_text("#")
    expect(drawer.locator(".envelope")).to_contain_text('"data"')
    expect(drawer.locator(".facts")).to_contain_text("rollcall.deadline_hours · 出厂值")
    drawer.locator("[data-close]").click()
    expect(page.locator("dialog.drawer[open]")).to_have_count(0)
    page.go_back()
    page.go_back()
    page.wait_for_url("**person=*")
    context.close()
    assert watched.complaint() == []


def test_the_page_can_be_read_before_any_script_has_run(served, browser):
    """Cards and heat map come painted from the server."""
    context = browser.new_context(viewport=DESK, locale="zh-CN", java_script_enabled=False)
    context.request.post(f"{served.url}/api/login", data={"login": "president", "password": PASSWORD})
    page = context.new_page()
    page.goto(f"{served.url}/dash/")
    expect(page.locator("#page .card")).to_have_count(5)
    expect(page.locator("#page .heat a").first).to_be_visible()
    page.locator("#page .heat a").first.click()
    expect(page.locator("#page .adds-up")).to_contain_text("✓")
    context.close()


def test_filters_live_in_the_address(visit):
    page = visit("president")
    page.locator("[data-filter=week]").select_option("3")
    page.wait_for_url("**week=3*")
    expect(page.locator(".under")).to_contain_text("第 3 周")
    page.locator("[data-filter=department]").select_option(ART)
    page.wait_for_url(f"**department={ART}*")
    expect(page.locator(".under")).to_contain_text("艺术设计系 · 第 3 周 · 12 课次")
    shared = page.url
    again = visit("president", shared[shared.index("/dash/") :])
    expect(again.locator(".under")).to_contain_text("艺术设计系 · 第 3 周 · 12 课次")
    expect(again.locator("[data-filter=week]")).to_have_value("3")


def test_looking_back_shows_what_was_known_then_and_leads_back(visit, served):
    page = visit("president")
    now = figure_card(page, "roll_call_timeliness").locator(".card-of").inner_text()
    page.locator(".look-back summary").click()
    page.locator(".look-back input").fill("1700")
    page.locator(".look-back button").click()
    page.wait_for_url("**as_of=1700*")
    expect(page.locator(".banner")).to_contain_text("历史视角")
    expect(page.locator(".banner")).to_contain_text("#1,700")
    then = figure_card(page, "roll_call_timeliness").locator(".card-of")
    expect(then).not_to_have_text(now)
    expect(page.locator(".card-foot").first).to_contain_text("#1,700")
    page.locator(".heat a").first.click()
    page.wait_for_url("**/figures/**as_of=1700*")
    expect(page.locator(".adds-up")).to_contain_text("✓")
    positions = page.locator(".drill [data-event]").evaluate_all("links => links.map(l => +l.dataset.event)")
    assert positions
    assert max(positions) <= 1700
    page.locator(".banner .button", has_text="回到当前").click()
    expect(page.locator(".banner")).to_have_count(0)


def test_a_time_can_be_looked_back_to(visit):
    page = visit("president", "/dash/?as_of=2026-09-21T08:00")
    expect(page.locator(".banner")).to_contain_text("2026-09-21 08:00")
    expect(page.locator(".under")).to_contain_text("第 2 周")


def test_an_address_that_is_partly_wrong_still_opens_and_says_so(visit):
    page = visit("president", "/dash/?week=banana&as_of=99999999")
    expect(page.locator(".banner-warning")).to_contain_text("as_of, week")


def test_the_board_speaks_english_by_reloading(visit):
    page = visit("president", "/dash/?week=2")
    page.locator("[data-language]").click()
    settled(page)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("h1")).to_have_text("Leaders' cockpit")
    assert "week=2" in page.url
    for path in (*PAGES, "figures/attendance_rate"):
        turn(page, path)
        assert untranslated(page) == []


def untranslated(page: Page) -> list[str]:
    """Chinese texts on an English page that are not marked as names or titles in Chinese."""
    return page.evaluate(
        """() => {
          const found = [];
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) {
            const place = walk.currentNode.parentElement;
            if (!/[\\u4e00-\\u9fff]/.test(walk.currentNode.data) || place.closest('script, [lang="zh-CN"]')) continue;
            if (place.closest('.seal, .language')) continue;
            found.push(walk.currentNode.data);
          }
          for (const place of document.querySelectorAll('[title], [aria-label], [placeholder]'))
            for (const name of ['title', 'aria-label', 'placeholder'])
              if (/[\\u4e00-\\u9fff]/.test(place.getAttribute(name) || '')) found.push(place.getAttribute(name));
          return found;
        }"""
    )


def test_the_president_sees_every_department_and_no_name_until_a_figure_is_opened(visit):
    page = visit("president")
    expect(page.locator(".heat-table tbody tr")).to_have_count(6)
    expect(page.locator("[data-person]")).to_have_count(0)
    turn(page, "duties")
    expect(page.locator("[data-person]").first).to_have_text("（姓名不在您的范围）")


def test_a_dean_sees_the_own_department_with_names(visit):
    page = visit("dean")
    expect(page.locator(".heat-table tbody tr")).to_have_count(1)
    expect(page.locator(".heat-table tbody th")).to_have_text("艺术设计系")
    expect(page.locator("[data-filter=department] option")).to_have_text(["本人范围", "艺术设计系"])
    turn(page, "duties")
    expect(page.locator("[data-person][data-named=known]").first).to_be_visible()
    turn(page, "figures/roll_call_timeliness?department=department:d1")
    expect(page.locator(".rows-panel")).to_contain_text("没有记录落在这一范围内")


def test_a_teacher_sees_the_own_sessions_only(visit):
    page = visit("teacher", "/dash/figures/roll_call_timeliness")
    expect(page.locator(".adds-up")).to_have_text(re.compile(r"^20 条"))
    who = page.locator(".drill [data-person]").evaluate_all("all => [...new Set(all.map(p => p.dataset.person))]")
    assert who == ["person:t9"]


def test_an_auditor_sees_everything_by_name(visit):
    page = visit("auditor", "/dash/figures/hours_forfeited")
    expect(page.locator(".adds-up")).to_contain_text("✓")
    expect(page.locator(".drill [data-named=known]").first).to_be_visible()


def test_every_figure_adds_up(visit):
    page = visit("president", "/dash/figures")
    keys = page.locator(".rows a").evaluate_all("links => links.map(l => l.pathname.split('/').pop())")
    assert len(keys) >= 7
    for key in keys:
        turn(page, f"figures/{key}?term={TERM}")
        adds_up = page.locator(".adds-up")
        expect(adds_up).to_have_attribute("data-same", "true")


def test_rows_can_be_taken_along(visit):
    page = visit("president", "/dash/figures/hours_forfeited?week=5")
    with page.expect_download() as download:
        page.get_by_text("导出 CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    rows = text.strip().splitlines()
    assert len(rows) - 1 == page.locator(".drill tbody tr").count()
    assert "numerator" in rows[0]


def test_a_page_that_is_not_there_says_so(visit):
    page = visit("president", "/dash/sessions/session:none")
    expect(page.locator(".failure")).to_contain_text("session_unknown")


def test_dark_and_light_are_remembered(visit):
    page = visit("president")
    page.locator("[data-tool=theme]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    settled(page)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_chart_is_drawn_and_offers_no_way_out(visit):
    page = visit("president")
    page.locator(".trend").scroll_into_view_if_needed()
    expect(page.locator(".trend .main-svg").first).to_be_visible(timeout=15_000)
    expect(page.locator(".modebar-btn")).to_have_count(0)
    assert "Share" not in page.content()


def clipped(page: Page) -> list[str]:
    """Elements that reach past the screen, and single lines that are cut off without saying so."""
    return page.evaluate(
        """() => [...document.querySelectorAll('main *, .top *')].filter(e => {
          const box = e.getBoundingClientRect();
          if (!box.width || e.closest('.scroll-x, .sr, .skip, .popover, dialog, .js-plotly-plot')) return false;
          return box.right > innerWidth + 1 || box.left < -1;
        }).map(e => e.outerHTML.slice(0, 120))"""
    )


def test_nothing_is_clipped_on_a_phone_or_a_desk(visit):
    for phone in (True, False):
        page = visit("president", phone=phone)
        for path in (*PAGES, f"figures/roll_call_timeliness?department={ART}"):
            turn(page, path)
            assert clipped(page) == [], (phone, path)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= (PHONE if phone else DESK)["width"], (phone, path)


def test_the_menu_opens_on_a_phone(visit):
    page = visit("president", phone=True)
    expect(page.locator("nav.side")).to_be_hidden()
    page.locator("[data-tool=menu]").click()
    page.locator("nav.side a").nth(1).click()
    page.wait_for_url("**/departments*")
    expect(page.locator("nav.side")).to_be_hidden()


def test_logging_out_ends_it(served, browser):
    context = browser.new_context(viewport=DESK, locale="zh-CN")
    context.request.post(f"{served.url}/api/login", data={"login": "dean", "password": PASSWORD})
    page = context.new_page()
    page.goto(f"{served.url}/dash/")
    settled(page)
    page.locator(".person summary").click()
    page.locator("[data-tool=log-out]").click()
    page.wait_for_url("**/login*")
    page.goto(f"{served.url}/dash/")
    page.wait_for_url("**/login?next=*")
    context.close()
