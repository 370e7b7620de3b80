"""What people read of what was written, who looked, and a person erased: for the tests of sealed texts."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from infra.keys import ERASED
from tests.api.test_golden import Desk
from tests.trial import Trial


def texts(desk: Desk, about: str, **asked: int) -> list[dict[str, Any]]:
    """What one person is told of what was written about a thing."""
    answer = desk.http.get("/api/texts", params={"about": about, **asked})
    assert answer.status_code == 200, answer.text
    told: list[dict[str, Any]] = answer.json()["texts"]
    return told


def looks(college: Trial) -> list[tuple[Any, ...]]:
    """Every look on record: who, at what, about whom."""
    with psycopg.connect(college.server.dsn) as db:
        return db.execute("select viewer, figure, about::text from sibo.look order by at").fetchall()


def readers(people: dict[str, Desk], about: str) -> set[str]:
    """Those to whom anything at all is told."""
    return {name for name, desk in people.items() if texts(desk, about)}


def erase(person_id: str, asking: Desk, agreeing: Desk, reading: Desk, about: str) -> None:
    """Two people decide; until a text about the person reads as erased."""
    asked = {"request_id": "erasure:1", "person_id": person_id, "grounds": "consent_withdrawn"}
    answers = (
        asking.command("request-erasure", "e1", **asked, document_no="信〔2026〕9号"),
        agreeing.command("approve-erasure", "e2", request_id="erasure:1"),
    )
    assert [answer.status_code for answer in answers] == [201, 201], [answer.text for answer in answers]
    deadline = time.monotonic() + 30
    while texts(reading, about)[0]["text"] != ERASED and time.monotonic() < deadline:
        time.sleep(0.05)
