"""The replay explorer in a browser: the slider, the filters, the lanes, and the story of an event.  Seed: D01."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, settled, turn
from tests.browser.test_journeys import clipped, untranslated


def shown(page: Page) -> list[int]:
    """Positions of the events listed, the newest first."""
    told = page.locator(".replay-list [data-event]").evaluate_all("all => all.map(e => Number(e.dataset.event))")
    return list(map(int, told))


def as_of(page: Page) -> int:
    found = re.search(r"as_of=(\d+)", page.url)
    assert found, page.url
    return int(found[1])


def test_the_slider_moves_and_everything_follows(visit):
    """By keyboard and by playing; what is shown is never later than the moment, and goes along to the cockpit."""
    page = visit("auditor", "/dash/replay")
    newest = shown(page)[0]
    readout = page.locator(".replay-readout")
    page.locator("#replay-slide").focus()
    page.keyboard.press("PageDown")
    expect(readout).to_contain_text("≈")
    page.wait_for_url("**as_of=*")
    settled(page)
    expect(readout).not_to_contain_text("≈")
    then = as_of(page)
    assert shown(page)[0] <= then < newest
    expect(page.locator("#replay-slide")).to_be_focused()
    expect(readout).to_contain_text(f"第 {then:,} 件")
    page.keyboard.press("Home")
    page.wait_for_url("**as_of=1")
    settled(page)
    assert shown(page) == [1]

    play = page.locator("[data-replay=play]")
    play.click()
    expect(play).to_contain_text("暂停")
    page.wait_for_function("Number(new URLSearchParams(location.search).get('as_of')) > 1")
    play.click()
    expect(play).to_contain_text("播放")
    settled(page)
    played = as_of(page)
    assert shown(page)[0] <= played
    page.locator(".replay-ways a").first.click()
    page.wait_for_url(f"**/dash/?as_of={played}")
    expect(page.locator(".banner")).to_contain_text("历史视角")
    page.go_back()
    settled(page)
    expect(page.locator("#replay-slide")).to_have_value(page.locator("#replay-slide").get_attribute("value") or "")


def test_from_a_filter_to_the_story_of_an_event(visit):
    """Filters are a form; a chip takes one back; an event leads to its story, and on along it; the drawer opens."""
    page = visit("auditor", "/dash/replay")
    page.locator(".ask select[name=what]").select_option("counselor_logs.missed")
    page.locator(".ask button[type=submit]").click()
    page.wait_for_url("**what=counselor_logs.missed*")
    settled(page)
    expect(page.locator(".ask-chip")).to_contain_text("周志缺交")
    missed = shown(page)
    assert len(missed) == 5
    dot = page.locator(".lanes .dot").first
    dot.focus()
    expect(page.locator(".lanes-told")).to_contain_text("周志缺交 · 时钟")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".lanes .dot").nth(1)).to_be_focused()
    expect(page.locator(".lanes-told")).to_contain_text(f"#{missed[-2]:,}")
    page.locator(".run-of summary").first.click()
    page.locator(".run a:not([data-event])").first.click()
    page.wait_for_url(f"**/replay/{missed[0]}*")
    settled(page)
    expect(page.locator("h1")).to_have_text("周志缺交")
    expect(page.locator(".story-event.here")).to_contain_text("本事件")
    expect(page.locator(".deed-head").first).to_contain_text("开设学期")
    expect(page.locator(".altered-row", has_text="周志").first).to_contain_text("缺交")
    expect(page.locator(".envelope-panel")).to_contain_text("可离线验证")
    page.locator(".story .event-title").first.click()
    page.wait_for_function(f"!location.pathname.endsWith('/{missed[0]}')")
    settled(page)
    expect(page.locator("h1")).to_have_text("开设学期")
    page.locator(".story-event.here .event-link").click()
    expect(page.locator("dialog.drawer[open] .drawer-name")).to_contain_text("calendar.term_opened")
    page.locator("dialog.drawer [data-close]").click()

    turn(page, "replay?what=counselor_logs.missed")
    page.locator(".ask-chip").click()
    page.wait_for_url(re.compile(r"/dash/replay$"))
    settled(page)
    assert shown(page)[0] > missed[0]


def test_whoever_sees_little_is_shown_little(visit):
    """A teacher sees their own events; of an event out of sight there is no page."""
    teacher = visit("teacher", "/dash/replay")
    missed = shown(visit("auditor", "/dash/replay?what=counselor_logs.missed"))
    own = shown(teacher)
    assert own
    assert set(missed).isdisjoint(own)
    turn(teacher, f"replay/{missed[0]}")
    expect(teacher.locator(".failure")).to_contain_text("event_unknown")


def test_the_explorer_fits_a_phone_and_speaks_english(visit):
    """Nothing cut, nothing left in Chinese but names."""
    pages = ("replay?as_of=1700", "replay?what=counselor_logs.merit_ineligible", "replay?command=issue-slip")
    for phone in (True, False):
        page = visit("auditor", "/dash/replay", phone=phone, language="en")
        story = page.locator(".replay-list a[href*='/replay/']").first.get_attribute("href")
        assert story
        for path in (*pages, story.removeprefix("/dash/")):
            turn(page, path)
            assert clipped(page) == [], (phone, path)
            assert untranslated(page) == [], path
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= (PHONE if phone else DESK)["width"], (phone, path)
