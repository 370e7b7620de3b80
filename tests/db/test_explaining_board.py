"""Every number of the board leads to its explanation, and the number explained there is the number shown here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from random import Random
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from dashboards.parts.markup import as_html
from dashboards.parts.reading import Sum
from dashboards.parts.words import Words
from dashboards.routes import routed
from domain import Actor
from domain.access import HEAD, PRESIDENT
from infra.campus import Campus
from infra.readings import Viewer
from infra.viewer import current_viewer
from projections import Figure
from tests.db.played import Played

PAGES = ("", "departments", "grades", "conduct", "counselors", "tasks", "notices")
PRESIDENT_ = Viewer("person:president", (Actor("person:president", PRESIDENT),))
OF_EACH = 3
ART_HEAD = Viewer("person:dean", (Actor("person:dean", HEAD, "department:d3"),))


@dataclass
class Shown(HTMLParser):
    """Links to figures with the number each shows, and the facts of the check where there is one."""

    links: dict[str, str] = field(default_factory=dict)
    check: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._href, self._strong, self._texts = "", 0, ([""], [""])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "a" and "/figures/" in told.get("href", ""):
            self._href, self._texts = told["href"], ([""], [""])
        if tag == "strong":
            self._strong += 1
        if "data-adds-up" in told:
            self.check = told

    def handle_endtag(self, tag: str) -> None:
        if tag == "strong":
            self._strong -= 1
        if tag == "a" and self._href:
            plain, strong = ("".join(texts).strip() for texts in self._texts)
            self.links.setdefault(self._href, strong or plain)
            self._href = ""

    def handle_data(self, data: str) -> None:
        if self._href:
            self._texts[self._strong > 0].append(data)


async def painted(campus: Campus, address: str) -> Shown:
    """A page of the board, as the server paints it."""
    parts = urlsplit(address)
    shown = Shown()
    shown.feed(as_html(await routed(campus, parts.path.removeprefix("/dash/"), f"?{parts.query}", "zh")))
    return shown


def numbers(figure: Figure, told: Sum, words: Words) -> Iterator[str]:
    """Every way in which the board may write a value."""
    number, unit = told.shown(figure, words)
    value = told.value(figure)
    yield from (number, f"{number}{unit}", f"{number} {unit}", told.told(figure, words))
    yield from (words.periods(told.numerator), words.periods(told.denominator), f"{told.count:,}")
    if value is not None:
        yield from (f"{value:.1f}", str(value.quantize(Decimal(1), ROUND_HALF_UP)))


def some(looked: dict[str, Any]) -> dict[str, Any]:
    """Of each page and figure at most so many links."""
    of: dict[tuple[str, str], list[str]] = {}
    for href, (page, _) in sorted(looked.items()):
        of.setdefault((page, urlsplit(href).path), []).append(href)
    dice = Random(5)  # noqa: S311 - which links are followed
    return {href: looked[href] for hrefs in of.values() for href in dice.sample(hrefs, min(OF_EACH, len(hrefs)))}


def is_a_number(text: str) -> bool:
    return bool(text) and text[0].isdigit()


@pytest.mark.parametrize(("viewer", "past"), [(PRESIDENT_, False), (PRESIDENT_, True), (ART_HEAD, True)])
async def test_a_number_is_explained_as_the_number_it_was(played: Played, viewer: Viewer, past: bool) -> None:
    """Cards, heat map, matrices, watch lists and tables, now and as of a past event, judged at one moment."""
    looked: dict[str, Any] = {}
    async with played.opened() as campus:
        words = Words("zh", ZoneInfo(campus.institution.zone))
        current_viewer.set(viewer)
        for page in PAGES:
            shown = await painted(campus, f"/dash/{page}" + (f"?as_of={played.head * 3 // 4}" if past else ""))
            looked |= {href: (page, text) for href, text in shown.links.items() if is_a_number(text)}
        assert len(looked) > (60 if viewer is PRESIDENT_ else 20)
        for href, (page, text) in some(looked).items():
            key = urlsplit(href).path.rpartition("/")[2]
            assert ("as_of" in parse_qs(urlsplit(href).query)) == past
            arrived = (await painted(campus, href)).check
            assert arrived["data-adds-up"] == "true", href
            told = Sum(
                Decimal(arrived["data-numerator"]), Decimal(arrived["data-denominator"]), int(arrived["data-count"])
            )
            assert text in set(numbers(Figure.by_key[key], told, words)), (page, href, text, told)


async def test_a_pinned_number_stays_what_it_was(played: Played) -> None:
    """The address with position and moment tells the same on any later day."""
    async with played.opened() as campus:
        current_viewer.set(PRESIDENT_)
        told = await campus.readings.explanation("duties_overdue", PRESIDENT_, limit=0)
        pinned = f"/dash/figures/duties_overdue?as_of={told.as_of}&at={told.moment.isoformat().replace('+', '%2B')}"
        then = (await painted(campus, pinned)).check
        next_year = SimpleNamespace(now=lambda: told.moment.replace(year=told.moment.year + 1))
        campus.clock = campus.readings._clock = next_year
        moved = (await painted(campus, "/dash/figures/duties_overdue")).check
        later = (await painted(campus, pinned)).check
        assert later == then
        assert int(then["data-count"]) == told.told.count < int(moved["data-count"])
