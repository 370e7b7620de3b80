"""A projector that stands still and a table that cannot fold: commands go on, and nobody is told old figures as new.

`python -m tests.faults.show_1_10 [seconds]`
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
from playwright.sync_api import Page

from infra.campus import Campus
from tests.browser.conftest import chromium, log_in, played_term, settled
from tests.faults import halted_table
from tests.faults.show import keep
from tests.trial import Trial

CLIENTS = 2
PAUSE_SECONDS = 0.05
PATIENCE = 60.0


class Giving(threading.Thread):
    """One client that registers room after room until told to stop."""

    def __init__(self, college: Trial, token: str, name: str) -> None:
        super().__init__(daemon=True)
        self._college, self._token, self._word = college, token, name
        self.answers: Counter[int | str] = Counter()
        self.last_position = 0
        self.slowest = 0.0
        self._done = threading.Event()

    def run(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        with httpx.Client(base_url=self._college.url, headers=headers, timeout=30) as http:
            number = 0
            while not self._done.wait(PAUSE_SECONDS):
                number += 1
                body = {"room_id": f"room:{self._word}-{number}", "campus": "本部", "name": f"R{number}", "seats": 40}
                begun = time.monotonic()
                try:
                    answer = http.post(
                        "/api/commands/register-room",
                        json=body,
                        headers={"Idempotency-Key": f"{self._word}/{number}"},
                    )
                except httpx.HTTPError as broken:
                    self.answers[type(broken).__name__] += 1
                    continue
                self.answers[answer.status_code] += 1
                self.slowest = max(self.slowest, time.monotonic() - begun)
                if answer.status_code == 201:
                    self.last_position = answer.json()["positions"][-1]

    def stop(self) -> None:
        self._done.set()
        self.join(60)


class Hearing(threading.Thread):
    """The freshness stream, with the moment at which each message came."""

    def __init__(self, college: Trial, token: str) -> None:
        super().__init__(daemon=True)
        self._url, self._headers = f"{college.url}/api/freshness", {"Authorization": f"Bearer {token}"}
        self.heard: list[tuple[float, dict[str, Any]]] = []
        self._done = threading.Event()

    def run(self) -> None:
        with httpx.stream("GET", self._url, headers=self._headers, timeout=30) as stream:
            for line in stream.iter_lines():
                if self._done.is_set():
                    return
                if line.startswith("data: {"):
                    self.heard.append((time.monotonic(), orjson.loads(line.removeprefix("data: "))))

    def until(self, wanted: Any, since: float) -> float | None:
        """Seconds from `since` to the first later message that is as wanted; None when none came in time."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for at, told in list(self.heard):
                if at >= since and wanted(told):
                    return round(at - since, 1)
            time.sleep(0.05)
        return None

    def stop(self) -> None:
        self._done.set()


def badge(page: Page, state: str, since: float) -> float | None:
    """Seconds from `since` until the badge is of that colour; None when it is not in time."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if page.locator(".freshness").first.get_attribute("data-state") == state:
            return round(time.monotonic() - since, 1)
        page.wait_for_timeout(50)
    return None


@dataclass
class Seen:
    """What was seen while the projector stood still, and after; seconds are None when it was waited for in vain."""

    processes: int = 0
    answers: Counter[int | str] = field(default_factory=Counter)
    slowest: float = 0.0
    green_before: float | None = None
    red: float | None = None
    said: str = ""
    stream_late: float | None = None
    asked_for_more: tuple[int, str] = (0, "")
    figure_as_of: int = 0
    stopped: float = 0.0
    status: dict[str, Any] = field(default_factory=dict)
    caught_up: float | None = None
    green: float | None = None

    def told(self) -> dict[str, Any]:
        return {
            "seconds_stopped": round(self.stopped, 1),
            "projector_processes": self.processes,
            "commands_accepted": self.answers[201],
            "answers": {str(code): times for code, times in self.answers.items()},
            "slowest_command_seconds": round(self.slowest, 2),
            "badge_red_after_seconds": self.red,
            "badge_said": self.said,
            "stream_late_after_seconds": self.stream_late,
            "lag_events": self.status["lag_events"],
            "lag_seconds": self.status["lag_seconds"],
            "figure_as_of_meanwhile": self.figure_as_of,
            "caught_up_after_seconds": self.caught_up,
            "badge_green_after_seconds": self.green,
        }

    def wrong(self) -> dict[str, Any]:
        found = {
            "badge_not_green_before": self.green_before is None,
            "badge_never_red": self.red is None,
            "stream_never_said_it": self.stream_late is None,
            "refused_or_broken": {str(code): times for code, times in self.answers.items() if code != 201},
            "nothing_accepted": self.answers[201] == 0,
            "accepted_is_not_the_lag": self.status["lag_events"] != self.answers[201],
            "shown_before_it_was_there": self.asked_for_more != (503, "not_projected_yet"),
            "figure_claims_more": self.figure_as_of != self.status["position"],
            "never_caught_up": self.caught_up is None,
            "badge_never_green_again": self.green is None,
        }
        return {name: value for name, value in found.items() if value}


def standing_still(college: Trial, page: Page, tokens: dict[str, str], seconds: float) -> Seen:
    """Stop the projector for a while, with people working."""
    hearing, projectors = Hearing(college, tokens["auditor"]), college.part("project") + college.part("prove")
    working = [Giving(college, tokens["assets"], f"still-{number}") for number in range(CLIENTS)]
    seen = Seen(processes=len(projectors))
    hearing.start()
    seen.green_before = badge(page, "green", time.monotonic())
    stopped = time.monotonic()
    for process in projectors:
        process.suspend()
    for client in working:
        client.start()
    seen.red = badge(page, "red", stopped)
    seen.said = " ".join(page.locator(".freshness").first.inner_text().split())
    seen.stream_late = hearing.until(lambda told: told["state"] == "catching_up" and told["lag_seconds"] > 10, stopped)
    auditor = httpx.Client(base_url=college.url, headers={"Authorization": f"Bearer {tokens['auditor']}"}, timeout=30)
    asked = {"at_least": max(client.last_position for client in working)}
    late = auditor.get("/api/figures/attendance_rate", params=asked)
    seen.asked_for_more = late.status_code, late.json().get("code")
    seen.figure_as_of = auditor.get("/api/figures/attendance_rate").json()["as_of"]
    time.sleep(max(0.0, seconds - (time.monotonic() - stopped)))
    for client in working:
        client.stop()
        seen.answers += client.answers
        seen.slowest = max(seen.slowest, client.slowest)
    seen.status = auditor.get("/api/status").json()
    resumed = time.monotonic()
    seen.stopped = resumed - stopped
    for process in projectors:
        process.resume()
    head = seen.status["head"]
    seen.caught_up = hearing.until(lambda told: told["state"] == "live" and told["head"] >= head, resumed)
    seen.green = badge(page, "green", resumed)
    hearing.stop()
    auditor.close()
    return seen


async def running_clock(campus: Campus) -> None:
    """The term was played with the clock standing: here it runs."""
    await campus.clock.set(campus.clock.now(), False)


def main() -> int:
    """Both campaigns on one played term."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    with played_term() as college:
        college.with_campus(running_clock)
        tokens = {role: college.token(f"person:trial-{role}", role) for role in ("assets", "auditor")}
        with chromium() as browser:
            context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce")
            log_in(context, college.url, "president")
            page = context.new_page()
            page.goto(f"{college.url}/dash/")
            settled(page)
            seen = standing_still(college, page, tokens, seconds)
            code = keep("1.10", "projector_stands_still", seen.told(), seen.wrong())
            found = halted_table.campaign(college, page, tokens)
            return code | keep("1.10", "table_cannot_fold", found.told(), found.wrong())


if __name__ == "__main__":
    sys.exit(main())
