"""An event that one read table cannot fold, on a served college: that table stops before it, and nothing else does.

The event is whole by the domain's own model: a correction whose count of students no `int` column holds.  No command
makes it, so it is appended through the log, as the writer.
"""

from __future__ import annotations

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import httpx
import orjson
from playwright.sync_api import Page

from domain.access import IMPORT, SYSTEM
from domain.roll_call import OfSession, RollCallMarkCorrected, RollCallTaken
from domain.roll_call.events import Counts
from infra.campus import Campus
from infra.envelope import Circumstances, command_tag
from infra.log import Attempt, Recorded
from infra.projector import Projector
from tests.trial import CAMPUS, Trial

TOO_MANY = 2**31
TABLE, FIGURE, UNTOUCHED = "attendance", "attendance_rate", "hours_recognised_rate"
PATIENCE = 30.0


async def record_what_cannot_be_folded(campus: Campus) -> int:
    """Append the event; its position."""
    (row,) = await campus.log.page(0, types=(RollCallTaken.NAME,), limit=1)
    taken = campus.codec.event(row)
    assert isinstance(taken, RollCallTaken)
    of_session = {name: getattr(taken, name) for name in OfSession.model_fields}
    event = RollCallMarkCorrected(
        **of_session,
        student_id=next(iter(taken.marks)),
        old="present",
        new="absent",
        reason="a count that no column holds",
        evidence=None,
        corrected_by=SYSTEM[IMPORT].person_id,
        counts=Counts(department_id=taken.counts[0].department_id, roster=TOO_MANY),
    )
    command, now = uuid4(), campus.clock.now()
    told = Circumstances(command, "trial", "", SYSTEM[IMPORT], now, str(command), None, IMPORT)
    drafts = await campus.codec.drafts([event], told)
    (outcome,) = await campus.log.append([Attempt(command_tag(command), drafts, (), now)])
    assert isinstance(outcome, Recorded)
    return outcome.first


async def mend(campus: Campus) -> str | None:
    """The remedy: the same table with a column that holds the count, built anew from the log; None when it is well."""
    projector = Projector(campus.institution, campus.declared.tables)
    shape = projector.shapes[TABLE]
    columns = tuple((name, "bigint" if name == "roster" else kind) for name, kind in shape.columns)
    select = shape.select.replace("roster int", "roster bigint")
    projector.shapes[TABLE] = replace(shape, columns=columns, select=select)
    (report,) = await projector.rebuild([TABLE])
    return report.error


def words(college: Trial, *told: str) -> tuple[int, Any]:
    """Exit code and answer of a `campus` command."""
    environment = {**os.environ, "CAMPUS_DATA": str(college.data)}
    ran = subprocess.run([*CAMPUS, *told, "--json"], env=environment, capture_output=True, text=True, timeout=120)
    return ran.returncode, orjson.loads(ran.stdout) if ran.stdout else ran.stderr


def register(http: httpx.Client, number: int) -> httpx.Response:
    body = {"room_id": f"room:halted-{number}", "campus": "本部", "name": f"H{number}", "seats": 30}
    return http.post("/api/commands/register-room", json=body, headers={"Idempotency-Key": f"halted/{number}"})


def tables(http: httpx.Client) -> dict[str, dict[str, Any]]:
    return {t["name"]: t for t in http.get("/api/status").json()["tables"]}


def halted(http: httpx.Client) -> dict[str, dict[str, Any]]:
    """The tables that stand still, waited for."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := {name: t for name, t in tables(http).items() if t["state"] == "halted"}:
            return found
        time.sleep(0.1)
    return {}


def said_on_screen(page: Page, college: Trial, position: int) -> list[str]:
    """What the cockpit's cards say of a figure that stopped there."""
    page.goto(f"{college.url}/dash/")
    place = page.locator(f'[data-figure="{FIGURE}"] .stopped')
    place.first.wait_for(timeout=PATIENCE * 1000)
    return [text for text in place.all_inner_texts() if f"停于 #{position:,}" in text]


def lamp(page: Page) -> str | None:
    """The colour of the badge once it has heard from the server."""
    page.wait_for_timeout(2500)
    return page.locator(".freshness").first.get_attribute("data-state")


@dataclass
class Seen:
    """What was seen of the halted table; `at` is the event that it cannot fold."""

    at: int
    stopped: dict[str, dict[str, Any]]
    accepted: list[httpx.Response]
    last: int
    figures: dict[str, dict[str, Any]]
    tables: dict[str, dict[str, Any]]
    on_screen: list[str]
    badge: str | None
    doctor: tuple[int, Any]
    rebuilt: tuple[int, Any]
    compared: tuple[int, Any]
    still: dict[str, dict[str, Any]]
    mended: str | None
    well: dict[str, Any]

    def told(self) -> dict[str, Any]:
        said = ("state", "stopped_at", "value", "as_of")
        return {
            "event": self.at,
            "tables": len(self.tables),
            "halted": {name: t["position"] for name, t in self.stopped.items()},
            "commands_accepted_after": sum(a.status_code == 201 for a in self.accepted),
            "figures": {name: {key: told[key] for key in said} for name, told in self.figures.items()},
            "cockpit_says": self.on_screen,
            "badge": self.badge,
            "doctor": {"exit": self.doctor[0], "findings": self.doctor[1]["findings"]},
            "rebuild_with_the_same_sql": {"exit": self.rebuilt[0], "said": self.rebuilt[1]},
            "compare": {"exit": self.compared[0], "differences": self.compared[1]["differences"]},
            "rebuild_with_other_sql": {"error": self.mended, "figure": {key: self.well[key] for key in said}},
        }

    def wrong(self) -> dict[str, Any]:
        before, named = self.at - 1, f"table {TABLE} stopped at #{self.at - 1}: "
        over, past, other = self.figures["over_it"], self.figures["the_event_before"], self.figures["over_others"]
        found = {
            "halted": {n: (t["position"], t["failed_at"]) for n, t in self.stopped.items()}
            != {TABLE: (before, self.at)},
            "held_up": [n for n, t in self.tables.items() if n != TABLE and t["position"] < self.last],
            "refused": [a.text for a in self.accepted if a.status_code != 201],
            "figure_not_stopped": (over["state"], over["stopped_at"], over["value"]) != ("stopped", before, None),
            "the_past_is_lost": past["state"] != "ok",
            "other_figure_stopped": other["state"] != "ok" or other["as_of"] < self.last,
            "cockpit_is_silent": not self.on_screen,
            "badge_is_not_red": self.badge != "red",
            "doctor": self.doctor[0] != 1 or not [f for f in self.doctor[1]["findings"] if f.startswith(named)],
            "rebuild_calls_it_done": self.rebuilt[0] != 1,
            "rebuild_skipped_it": {n: t["position"] for n, t in self.still.items()} != {TABLE: before},
            "compare_differs": self.compared[0] != 0,
            "no_remedy": self.mended or self.well["state"] != "ok" or self.well["as_of"] < self.last,
        }
        return {name: value for name, value in found.items() if value}


def campaign(college: Trial, page: Page, tokens: dict[str, str]) -> Seen:
    """Record it, work on, look everywhere, and mend it."""

    def person(role: str) -> httpx.Client:
        return httpx.Client(base_url=college.url, headers={"Authorization": f"Bearer {tokens[role]}"}, timeout=30)

    # The browser's own loop runs in this thread.
    with person("auditor") as auditor, person("assets") as assets, ThreadPoolExecutor(1) as aside:
        at: int = aside.submit(college.with_campus, record_what_cannot_be_folded).result()
        stopped = halted(auditor)
        accepted = [register(assets, number) for number in range(20)]
        last = accepted[-1].json()["positions"][-1]
        figures = {
            "over_others": auditor.get(f"/api/figures/{UNTOUCHED}", params={"at_least": last}).json(),
            "over_it": auditor.get(f"/api/figures/{FIGURE}").json(),
            "the_event_before": auditor.get(f"/api/figures/{FIGURE}", params={"as_of": at - 1}).json(),
        }
        return Seen(
            at=at,
            stopped=stopped,
            accepted=accepted,
            last=last,
            figures=figures,
            tables=tables(auditor),
            on_screen=said_on_screen(page, college, at - 1),
            badge=lamp(page),
            doctor=words(college, "doctor"),
            rebuilt=words(college, "rebuild", TABLE),
            compared=words(college, "rebuild", TABLE, "--compare"),
            still=halted(auditor),
            mended=aside.submit(college.with_campus, mend).result(),
            well=auditor.get(f"/api/figures/{FIGURE}").json(),
        )
