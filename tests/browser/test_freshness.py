"""The freshness badge: green while the figures keep up, red when the projector stands still, green again after."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from playwright.sync_api import expect

from tests.trial import CAMPUS


async def running(campus: Any) -> None:
    await campus.clock.set(campus.clock.now(), False)


def test_the_badge_turns_red_when_the_projector_stands_still_and_recovers(served, visit):
    page = visit("president")
    badge = page.locator(".freshness")
    expect(badge).to_have_attribute("data-state", "green")
    with ThreadPoolExecutor(1) as beside:  # the browser's thread has an event loop of its own
        beside.submit(served.with_campus, running).result()
        token = beside.submit(served.token, "person:warden", "assets").result()
    room = {"room_id": "room:freshness", "campus": "本部", "building": None, "name": "101", "seats": 40}
    # The nightly proof, made at once in a new college, folds what it compares: it stands still too.
    standing = served.part("project") + served.part("prove")
    assert len(standing) == 2
    try:
        for process in standing:
            process.suspend()
        answer = httpx.post(
            f"{served.url}/api/commands/register-room",
            json=room,
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "freshness"},
        )
        assert answer.status_code == 201, answer.text
        position = answer.json()["positions"][-1]
        expect(badge).to_have_attribute("data-state", "red", timeout=30_000)
        expect(badge).to_contain_text("停止更新")
        assert f"{position:,}" not in page.locator(".card-foot").first.inner_text()
    finally:
        for process in standing:
            process.resume()
    expect(badge).to_have_attribute("data-state", "green", timeout=20_000)
    expect(badge).to_contain_text(f"#{position:,}")
    expect(page.locator(".card-foot").first).to_contain_text(f"#{position:,}", timeout=15_000)


def test_the_badge_of_integrity_tells_of_the_newest_proof_and_leads_to_it(served, visit):
    page = visit("president", "/dash/grades")
    badge = page.locator(".integrity")
    told = {**os.environ, "CAMPUS_DATA": str(served.data)}
    subprocess.run([*CAMPUS, "prove"], check=True, env=told, timeout=120, stdout=subprocess.DEVNULL)
    expect(badge).to_have_attribute("data-state", "proven", timeout=15_000)
    expect(badge).to_contain_text("已自证")
    badge.click()
    expect(page.locator(".proof-panel .verdict")).to_contain_text("与入簿时一致")
    expect(page.locator(".proof-panel .facts")).to_contain_text("0 处不同")
    assert page.locator(".night-good").count() >= 1
    assert page.locator(".night-bad").count() == 0
