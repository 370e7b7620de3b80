"""make shots: every page of the board as people see it, into var/shots; looked at by eye when the board changes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page

from tests.browser.conftest import DESK, PHONE, chromium, log_in, played_term, settled
from tests.browser.term import ART

WHERE: Final = Path("var/shots")
FIGURE: Final = f"figures/roll_call_timeliness?department={ART}&week=5"
WHAT_IF: Final = "what-if?policy=rollcall.deadline_hours&rollcall.deadline_hours=24"


@dataclass(frozen=True)
class Shot:
    """One picture: who looks, at what, and how; `whole` shows all of a long page."""

    name: str
    path: str = ""
    login: str = "president"
    phone: bool = False
    whole: bool = True
    open: str = ""
    cookies: dict[str, str] = field(default_factory=dict)


KINDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "": {},
    "-en": {"cookies": {"language": "en"}},
    "-phone": {"phone": True},
    "-dean": {"login": "dean"},
}
SHOTS: Final = (
    Shot("cockpit", whole=False),
    Shot("cockpit-whole"),
    Shot("cockpit-dark-en", cookies={"language": "en", "theme": "dark"}),
    Shot("cockpit-phone", phone=True),
    Shot("cockpit-phone-en", phone=True, cookies={"language": "en"}),
    Shot("cockpit-past", "?as_of=1700", whole=False),
    Shot("cockpit-dean", login="dean"),
    Shot("cockpit-teacher", login="teacher"),
    Shot("figure", FIGURE),
    Shot("figure-phone", FIGURE, phone=True),
    Shot("figure-en", FIGURE, cookies={"language": "en"}),
    Shot("figure-auditor", "figures/hours_forfeited", login="auditor"),
    Shot("event", FIGURE, whole=False, open=".drill .event-link"),
    Shot("session", FIGURE, whole=False, open=".drill .about"),
    Shot("look-back", whole=False, open=".look-back summary"),
    Shot("cockpit-by-person", "?by=person"),
    Shot("grades", "grades"),
    Shot("grades-en", "grades", cookies={"language": "en"}),
    Shot("grades-phone", "grades", phone=True),
    Shot("grades-dean", "grades", login="dean"),
    Shot("grades-department-dark", f"grades?department={ART}", cookies={"theme": "dark"}),
    Shot("conduct", "conduct?week=all"),
    Shot("conduct-en", "conduct?week=all", cookies={"language": "en"}),
    Shot("conduct-phone", "conduct", phone=True),
    Shot("conduct-dean", "conduct?week=all", login="dean"),
    Shot("conduct-dark", "conduct?week=all", cookies={"theme": "dark"}),
    *(Shot(f"{page}{kind}", page, **how) for page in ("counselors", "tasks", "notices") for kind, how in KINDS.items()),
    Shot("counselors-names", "counselors?by=person", login="affairs-head"),
    Shot("counselors-own", "counselors", login="counselor3"),
    Shot("counselors-due", "counselors?as_of=2026-09-29T08:00", login="counselor3", whole=False),
    Shot("counselors-dark", "counselors", cookies={"theme": "dark"}),
    Shot("log", f"counselors?by=person&department={ART}", whole=False, open="[data-log=missed]"),
    Shot("tasks-dark", "tasks?by=person", cookies={"theme": "dark"}),
    Shot("task", "tasks/task:handbook"),
    Shot("task-phone", "tasks/task:safety", phone=True),
    Shot("notices-dark", "notices", cookies={"theme": "dark"}),
    *(Shot(f"replay{kind}", "replay?as_of=1700", **how) for kind, how in KINDS.items()),
    Shot("replay-dark", "replay?what=counselor_logs", login="auditor", cookies={"theme": "dark"}),
    Shot("story", "replay?what=counselor_logs.merit_ineligible", login="auditor", open=".replay-list .event-title"),
    Shot("figure-score", "figures/task_score"),
    Shot("figure-per-hundred", "figures/slips"),
    Shot("departments", "departments"),
    Shot("departments-phone", "departments", phone=True),
    Shot("figures", "figures"),
    Shot("duties", "duties"),
    Shot("duties-by-person", "duties?by=person"),
    Shot("duties-dean", "duties", login="dean"),
    Shot("operations", "operations"),
    Shot("not-here", "sessions/session:none", whole=False),
)

PAGES: Final = {
    "cockpit": "",
    **{
        page: page
        for page in ("departments", "grades", "conduct", "counselors", "tasks", "notices", "figures", "duties")
    },
    "operations": "operations",
    "compare": "compare?from=1700",
    "compare-figure": "compare?from=1700&figure=attendance_rate",
    "what-if": "what-if",
    "what-if-answer": WHAT_IF,
    "replay": "replay?as_of=1700",
    "figure": FIGURE,
    "task": "tasks/task:handbook",
}
# Every page in both languages and at both sizes; what else is worth a look stands above.
EVERY: Final = tuple(
    Shot(f"every-{name}-{language}-{'phone' if phone else 'desk'}", path, phone=phone, cookies={"language": language})
    for name, path in PAGES.items()
    for language in ("zh", "en")
    for phone in (False, True)
)


def ready(page: Page) -> None:
    """Charts drawn, names filled in, the badge heard from."""
    page.wait_for_function(
        """() => !document.querySelector('[data-named=asked]:not(.quiet)')
          && document.querySelector('.freshness').dataset.state
          && [...document.querySelectorAll('[data-chart]')].every(c => c.dataset.drawn)"""
    )


def take(browser: Browser, url: str, shot: Shot) -> None:
    size = PHONE if shot.phone else DESK
    context = browser.new_context(
        viewport=size,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        is_mobile=shot.phone,
        device_scale_factor=2 if shot.phone else 1,
    )
    context.add_cookies([{"name": k, "value": v, "url": url} for k, v in shot.cookies.items()])
    log_in(context, url, shot.login)
    page = context.new_page()
    page.goto(f"{url}/dash/{shot.path}")
    settled(page)
    if shot.open:
        page.locator(shot.open).first.click()
        page.wait_for_load_state("networkidle") if "summary" in shot.open else page.wait_for_timeout(1200)
    page.wait_for_selector("[data-part]:not([data-filled])", state="detached")
    whole = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(whole, size["height"])})
    page.locator(".trend").scroll_into_view_if_needed() if page.locator(".trend").count() else None
    ready(page)
    if not shot.whole:
        page.set_viewport_size(size)
        page.wait_for_timeout(300)
    page.screenshot(path=WHERE / f"{shot.name}.png")
    context.close()


def paper(browser: Browser, url: str) -> None:
    """The cockpit as it is printed."""
    context = browser.new_context(viewport=DESK, locale="zh-CN", timezone_id="Asia/Shanghai")
    log_in(context, url, "president")
    page = context.new_page()
    page.goto(f"{url}/dash/")
    settled(page)
    page.set_viewport_size({"width": DESK["width"], "height": 1400})
    ready(page)
    page.pdf(path=WHERE / "cockpit.pdf", prefer_css_page_size=True, print_background=True)
    context.close()


def main(names: list[str]) -> None:
    """Take all pictures, or those named."""
    WHERE.mkdir(parents=True, exist_ok=True)
    with played_term() as college, chromium() as browser:
        for shot in (*SHOTS, *EVERY):
            if not names or shot.name in names:
                take(browser, college.url, shot)
        if not names or "paper" in names:
            paper(browser, college.url)


if __name__ == "__main__":
    main(sys.argv[1:])
