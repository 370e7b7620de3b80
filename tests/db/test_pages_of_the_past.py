"""A page of the past never changes: painted as of a position, it is the same when the log ends there and long after.

Every page of the board keeps the position in its links, says that it looks back, and names no event after it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboards.parts.markup import as_html
from dashboards.parts.visit import PREFIX
from dashboards.routes import PATTERNS, routed
from domain import Actor
from domain.access import PRESIDENT
from infra.campus import Campus
from infra.demo.hand import Hand
from infra.projector import Projector
from infra.readings import SYSTEM, Viewer
from infra.viewer import current_viewer
from projections import Figure
from tests.browser.term import BEGIN, act_out, acts, found

BOSS: Final = Viewer("person:boss", (Actor("person:boss", PRESIDENT),))
# Pages that are always of now, and say so; the timeline itself reaches from the first event to now.
PRESENT: Final = frozenset({"operations"})
TIMELINE: Final = "replay"
PLAYED, AFTER = 0.6, 0.15
STEP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


class Links(HTMLParser):
    """The addresses a page leads to within the board, those of its banner apart, and the events it names."""

    def __init__(self) -> None:
        super().__init__()
        self.within: list[str] = []
        self.events: list[int] = []
        self.banners = 0
        self._banner = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "div" and "banner-past" in told.get("class", "").split():
            self._banner, self.banners = 1, self.banners + 1
        elif tag == "div" and self._banner:
            self._banner += 1
        if "data-event" in told:
            self.events.append(int(told["data-event"]))
        address = told.get("href", told.get("data-part", ""))
        if address.startswith(PREFIX) and not self._banner:
            self.within.append(address)

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self._banner:
            self._banner -= 1


async def painted(campus: Campus, path: str, search: str) -> str:
    token = current_viewer.set(BOSS)
    try:
        return as_html(await routed(campus, path, search, "zh"))
    finally:
        current_viewer.reset(token)


async def ids(campus: Campus, position: int) -> Mapping[str, list[str]]:
    """For every place in the patterns, things that there were at a position."""

    async def some(table: str, column: str) -> list[str]:
        rows = await campus.readings.rows(table, SYSTEM, as_of=position, limit=400, order=(column,))
        return [str(rows[n][column]) for n in sorted({0, len(rows) // 2, len(rows) - 1}) if rows]

    return {
        "key": [key for key in sorted(Figure.by_key) if not key.startswith("trial_")],
        "position": [str(one) for one in (1, position // 2, position)],
        "session_id": await some("session", "session_id"),
        "task_id": await some("assignment", "task_id"),
        "log_id": await some("weekly_log", "log_id"),
    }


async def addresses(campus: Campus, position: int) -> list[tuple[str, str]]:
    """Every page, each with things to show, and the comparison of two past moments."""
    known = await ids(campus, position)
    told: list[tuple[str, str]] = []
    for pattern, _ in PATTERNS:
        place = re.search(r"\{(\w+)\}", pattern)
        paths = [pattern] if place is None else [pattern.replace(place[0], one) for one in known[place[1]]]
        assert paths, f"nothing to show on {pattern}"
        told += [(path, f"?as_of={position}") for path in paths]
    told += [(path, f"?as_of={position}&by=person") for path in ("duties", "conduct", "tasks", "counselors")]
    told += [("compare", f"?as_of={position}&figure={key}&from={position // 2}") for key in known["key"]]
    return told


@pytest.fixture
async def term(campus: Campus) -> tuple[Campus, Projector, Hand]:
    """The small term's college, with its timetable published."""
    projector = Projector(campus.institution, campus.declared.tables)
    await projector.prepare()
    await campus.clock.set(max(BEGIN, campus.clock.now()), frozen=True)
    hand = Hand(campus.desk, campus.clock, 1)
    await found(campus, hand)
    return campus, projector, hand


async def test_what_is_recorded_later_does_not_show_on_any_page_of_the_past(
    term: tuple[Campus, Projector, Hand],
) -> None:
    campus, projector, hand = term
    every = await acts(campus)
    middle, end = int(len(every) * PLAYED), int(len(every) * (PLAYED + AFTER))
    await act_out(campus, hand, every[:middle])
    position = await projector.catch_up()
    pages = await addresses(campus, position)
    then: dict[Any, str] = {page: await painted(campus, *page) for page in pages if page[0] not in {*PRESENT, TIMELINE}}
    await act_out(campus, hand, every[middle:end])
    assert await projector.catch_up() > position + 100
    again = {page: await painted(campus, *page) for page in then}
    assert [page for page, markup in then.items() if again[page] != markup] == []
    for page in (page for page in pages if page[0].partition("/")[0] != TIMELINE):
        links = Links()
        links.feed(await painted(campus, *page))
        assert links.banners == 1, page
        assert all(event <= position for event in links.events) or page[0] in PRESENT, page
        assert links.within, page
        for address in links.within:
            # The ways to look back further, from where one looks back already, name a time of their own.
            (kept,) = parse_qs(urlsplit(address).query).get("as_of", ["none"])
            assert kept == str(position) or STEP.fullmatch(kept), (page, address)
