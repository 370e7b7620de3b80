"""A college served by its own processes on an embedded PostgreSQL, and a browser that forgives nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.term import BEGIN, LOGINS, PASSWORD, person, play
from tests.trial import Trial, trial

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
]
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
FRAME = "#page .frame"
expect.set_options(timeout=20_000)


@contextmanager
def played_term() -> Iterator[Trial]:
    """The small term, played, projected, and its people able to log in."""
    with trial("--clock-from", BEGIN.strftime("%Y-%m-%dT%H:%M:%S")) as college:

        async def work(campus: Any) -> None:
            from api.accounts import Accounts

            await play(campus)
            accounts = Accounts(campus)
            for login in LOGINS:
                await accounts.set_password(person(login), login, PASSWORD)
            head, _ = await campus.log.head()
            assert await campus.readings.wait_for(head, 60.0)

        college.with_campus(work)
        yield college


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def served() -> Iterator[Trial]:
    with played_term() as college:
        yield college


@pytest.fixture(scope="package")
def browser(served: Trial) -> Iterator[Browser]:
    with chromium() as running:
        yield running


class Watched:
    """A page whose complaints, third-party requests and failed answers are kept."""

    def __init__(self, page: Page, home: str) -> None:
        self.page, self.complaints = page, list[str]()
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda r: self._asked(r.url, home))
        page.on("response", lambda r: self._answered(r.status, r.url))
        self.allowed: tuple[str, ...] = ()

    def _asked(self, url: str, home: str) -> None:
        if not url.startswith((home, "data:", "blob:")):
            self.complaints.append(f"third party: {url}")

    def _answered(self, status: int, url: str) -> None:
        if status >= 400:
            self.complaints.append(f"{status} {url}")

    def complaint(self) -> list[str]:
        return [c for c in self.complaints if not any(a in c for a in self.allowed)]


def log_in(context: BrowserContext, url: str, login: str) -> None:
    answer = context.request.post(f"{url}/api/login", data={"login": login, "password": PASSWORD})
    assert answer.ok, answer.text()


def settled(page: Page) -> None:
    """Dash has begun, and no page is being asked for."""
    page.wait_for_selector("#busy", state="attached")
    page.wait_for_selector("#busy.busy", state="detached")


def turn(page: Page, path: str) -> None:
    """Go to another page of the board without loading it anew."""
    page.evaluate("path => window.board.go('/dash/' + path)", path)
    page.wait_for_selector(f'{FRAME}[data-path="{path.partition("?")[0]}"]', state="attached")
    settled(page)


@pytest.fixture
def visit(served: Trial, browser: Browser) -> Iterator[Callable[..., Page]]:
    """visit(login, path, phone=False, **cookies): the page as that person sees it; it must not have complained."""
    opened: list[tuple[BrowserContext, Watched]] = []

    def go(
        login: str, path: str = "/dash/", phone: bool = False, allowed: tuple[str, ...] = (), **cookies: str
    ) -> Page:
        size = PHONE if phone else DESK
        context = browser.new_context(
            viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce", is_mobile=phone
        )
        context.add_cookies([{"name": k, "value": v, "url": served.url} for k, v in cookies.items()])
        log_in(context, served.url, login)
        watched = Watched(context.new_page(), served.url)
        watched.allowed = allowed
        opened.append((context, watched))
        watched.page.goto(served.url + path)
        settled(watched.page)
        return watched.page

    yield go
    complaints = [c for _, watched in opened for c in watched.complaint()]
    for context, _ in opened:
        context.close()
    assert complaints == []
