"""Attempts for tests of the log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import uuid4

from infra.log import Attempt, Draft, Scan

START = datetime(2026, 9, 7, tzinfo=UTC)


def attempt(
    *tags: str,
    asks: Iterable[Scan] = (),
    type: str = "test.happened",
    events: int = 1,
    command: str | None = None,
    now: datetime = START,
    body: str = '{"data": {}}',
) -> Attempt:
    """One command's wish: `events` alike, with these tags."""
    command = command or f"command:{uuid4()}"
    drafts = tuple(Draft(uuid4(), type, (*tags, command), body) for _ in range(events))
    return Attempt(command, drafts, tuple(asks), now)


def tagged(*tags: str, after: int = 0, types: tuple[str, ...] = ()) -> Scan:
    """A scan by tags."""
    return Scan(types, tags, after)
