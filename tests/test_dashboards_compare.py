"""The comparison of two moments, as far as it can be told without a college: its bridge, its signs, its moments."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import projections
from dashboards.compare.bridge import bridge, change, parts
from dashboards.compare.figure import difference
from dashboards.compare.span import span
from dashboards.parts.markup import as_html
from dashboards.parts.visit import Visit
from dashboards.parts.words import Language, Words
from domain import Actor, areas
from infra.readings import Viewer
from infra.readings.differences import Difference, Moment, Side, Three
from projections import Figure

list(areas(projections))
RATE, TRUANCY, OVERDUE = (Figure.by_key[k] for k in ("roll_call_timeliness", "truancy_rate", "duties_overdue"))
NOW = datetime(2026, 10, 11, 12, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


class Log:
    """An event an hour, the last of them now."""

    HEAD = 1_000

    async def status(self):
        return SimpleNamespace(head=self.HEAD)

    async def position_at(self, moment):
        return max(0, min(self.HEAD, self.HEAD - int((NOW - moment) / timedelta(hours=1))))

    async def recorded_at(self, position):
        return NOW - timedelta(hours=self.HEAD - position)


CAMPUS: Any = SimpleNamespace(readings=Log(), institution=SimpleNamespace(zone="Asia/Shanghai"), clock=None)


def visit(language: Language = "zh", **how: Any) -> Visit:
    viewer = Viewer("person:p", (Actor("person:p", "president"),))
    return Visit(CAMPUS, viewer, Words(language, ZONE), path="compare", now=NOW, **how)


def side(numerator: int, denominator: int) -> Side:
    return Side(Decimal(numerator), Decimal(denominator), denominator)


def three(*sides: tuple[int, int], many: int = 1) -> Three:
    return Three(*(side(*one) for one in sides), many)


TOLD = Difference(
    "roll_call_timeliness",
    Moment(500, NOW - timedelta(hours=500)),
    Moment(1_000, NOW),
    three((90, 100), (95, 102), (190, 204), many=110),
    {
        "corrected": three((3, 10), (7, 10), (7, 10), many=4),
        "added_late": three((0, 0), (1, 2), (1, 2), many=2),
        "fallen_due": three((0, 0), (0, 0), (95, 102), many=102),
        "settled": three((0, 0), (0, 0), (0, 0), many=2),
    },
)


def test_the_bars_of_a_bridge_meet_and_end_where_the_figure_is() -> None:
    found = list(parts(RATE, TOLD, Words("zh", ZONE)))
    assert [part.kind for part in found if part.whole] == ["then", "since", "now"]
    steps = [part for part in found if not part.whole]
    assert [part.kind for part in steps] == ["corrected", "added_late", "fallen_due", "settled"]
    at = found[0].end
    for part in found[1:]:
        assert at == (part.end if part.whole else part.begin)
        at = part.end
    assert found[0].end == 90
    assert [round(part.end, 4) for part in found if part.whole] == [90, Decimal("93.1373"), Decimal("93.1373")]


@pytest.mark.parametrize("figure", [RATE, TRUANCY, OVERDUE], ids=lambda figure: figure.key)
@pytest.mark.parametrize("told", [TOLD, replace(TOLD, kinds={}, whole=three((0, 0), (0, 0), (0, 0), many=0))])
def test_a_bridge_is_drawn_in_both_languages_whatever_is_due(figure: Figure, told: Difference) -> None:
    zh, en = (as_html(bridge(figure, told, visit(language))) for language in ("zh", "en"))
    assert ("当时所知" in zh, "As known then" in en) == (True, True)
    assert "nan" not in (zh + en).lower()


def test_differences_have_a_sign_a_unit_and_a_side() -> None:
    words = Words("zh", ZONE)
    assert change(RATE, Decimal("-1.254"), words) == "−1.25 个百分点"
    assert change(TRUANCY, Decimal("0.001"), words, unit=False) == "+<0.01"
    assert (change(OVERDUE, Decimal(1200), words), change(RATE, Decimal(0), words)) == ("+1,200", "±0")
    better = as_html(difference(OVERDUE, side(9, 9), side(4, 4), visit()))
    assert ("better" in better, "−5" in better) == (True, True)
    assert "无变化" in as_html(difference(RATE, side(9, 9), side(9, 9), visit()))


@pytest.mark.parametrize(
    ("address", "as_of", "since", "until", "misread"),
    [
        ({}, None, 1_000 - 168, None, False),
        ({}, 800, 800 - 168, 800, False),
        ({"from": "#300"}, None, 300, None, False),
        ({"from": "300", "to": "700"}, None, 300, 700, False),
        ({"from": "2026-10-10T20:00", "to": ""}, None, 1_000 - 24, None, False),
        ({"from": "700", "to": "300"}, None, 1_000 - 168, None, True),
        ({"from": "soon"}, None, 1_000 - 168, None, True),
        ({"from": "5", "to": "2000"}, None, 1_000 - 168, None, True),
    ],
)
async def test_two_moments_are_read_from_the_address_or_are_the_last_week(
    address: dict[str, str], as_of: int | None, since: int, until: int | None, misread: bool
) -> None:
    here = visit(rest=address, as_of=as_of, as_of_text=None if as_of is None else str(as_of))
    found = await span(here)
    assert (found.since, found.until, found.misread) == (since, until, misread)


@pytest.mark.parametrize("address", [{}, {"from": "300"}, {"from": "300", "to": "1000"}])
async def test_the_next_page_is_of_the_same_two_moments(address: dict[str, str]) -> None:
    """Whatever is recorded, and whatever falls due, while the first is read."""
    told = replace(TOLD, now=Moment(1_000, NOW + timedelta(hours=3)), after="2/900/a")
    asked = (await span(visit(rest=address))).pinned(told)
    assert asked == {"from": "500", "to": "1000", "at": "2026-10-11T15:00:00+00:00"}
    here = visit(rest={"from": "500", "to": "1000"}, at=told.now.at)
    found = await span(here)
    assert (found.since, found.until, found.at) == (500, 1_000, told.now.at)
    assert found.said() == asked
    assert (await span(visit(rest=address, at=None))).at is None
    # Of now there is no other moment than the clock's.
    assert (await span(visit(rest={"from": "500"}, at=told.now.at))).at is None
