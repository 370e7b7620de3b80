"""The bridge 变化桥: how a figure came from one moment to another, part by part, each bar where the last one ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.reading import Sum
from dashboards.parts.visit import Visit
from dashboards.parts.words import Words
from infra.readings.differences import SINCE, Difference, Kind, Side
from projections import Figure

LATER: Final[tuple[Kind, ...]] = ("fallen_due", "new", "settled", "moved_on")
ROOM: Final = Decimal("0.12")


def summed(side: Side) -> Sum:
    return Sum(side.numerator, side.denominator, side.count)


@dataclass(frozen=True)
class Part:
    """One bar: from a value to a value; `whole` bars stand on the ground."""

    label: str
    hint: str
    begin: Decimal
    end: Decimal
    many: int = 0
    whole: bool = False
    kind: str = ""


def exact(figure: Figure, told: Sum) -> Decimal:
    """The value unrounded, 0 when nothing was due."""
    if figure.scale is None:
        return told.numerator
    return told.numerator * figure.scale / told.denominator if told.denominator else Decimal(0)


def parts(figure: Figure, told: Difference, words: Words) -> Iterator[Part]:
    """As known then, the corrections one kind after another, as corrected since, what came after, and the end."""
    at = summed(told.whole.then)
    yield Part(words("known_then"), "", Decimal(0), exact(figure, at), whole=True, kind="then")
    for kind in SINCE:
        if kind in told.kinds:
            sides = told.kinds[kind]
            after = at + less(summed(sides.corrected), summed(sides.then))
            yield step(figure, kind, at, after, sides.many, words)
            at = after
    yield Part(words("corrected_since"), "", Decimal(0), exact(figure, at), whole=True, kind="since")
    later = dict.fromkeys(LATER, Sum())
    for kind, sides in told.kinds.items():
        into = kind if kind in LATER else "moved_on"
        later[into] += less(summed(sides.now), summed(sides.corrected))
    for kind, change in later.items():
        many = told.kinds[kind].many if kind in told.kinds else 0
        if many or change.numerator or change.denominator:
            after = at + change
            yield step(figure, kind, at, after, many, words)
            at = after
    yield Part(words("known_now"), "", Decimal(0), exact(figure, at), whole=True, kind="now")


def less(one: Sum, other: Sum) -> Sum:
    return one + Sum(-other.numerator, -other.denominator, -other.count)


def step(figure: Figure, kind: Kind, at: Sum, after: Sum, many: int, words: Words) -> Part:
    ends = exact(figure, at), exact(figure, after)
    return Part(words(f"kind_{kind}"), words(f"kind_{kind}_hint"), *ends, many, kind=kind)


def bridge(figure: Figure, told: Difference, visit: Visit) -> Component:
    """The bars, one a line, on a scale that shows their differences."""
    words = visit.words
    found = list(parts(figure, told, words))
    ends = [part.end for part in found] + [part.begin for part in found if not part.whole]
    low, high = min(ends), max(ends)
    room = (high - low) * ROOM or abs(high) * Decimal("0.05") or Decimal(1)
    low = max(low - room, Decimal(0)) if low >= 0 else low - room
    high += room / 2
    lines = [line(figure, part, low, high - low, words) for part in found]
    axis = words("bridge_axis", low=written(figure, low, words), high=written(figure, high, words))
    return html.Div([html.Ul(lines, className="bridge"), html.P(axis, className="hint bridge-axis")])


def line(figure: Figure, part: Part, low: Decimal, width: Decimal, words: Words) -> Component:
    begin, end = (low if part.whole else part.begin), part.end
    left, right = sorted((float((begin - low) / width * 100), float((end - low) / width * 100)))
    better = (end > begin) == (figure.better == "higher")
    kind = "whole" if part.whole else "same" if begin == end else "better" if better else "worse"
    number = written(figure, end, words) if part.whole else change(figure, end - begin, words)
    many = words("changes_many", many=f"{part.many:,}") if part.many else ""
    return html.Li(
        [
            html.Span([html.Strong(part.label), html.Small(part.hint)], className="bridge-name"),
            html.Span(
                html.Span(
                    className=f"bridge-bar bridge-{kind}",
                    style={"left": f"{left:.2f}%", "width": f"{max(right - left, 0.4):.2f}%"},
                ),
                className="bridge-track",
                **{"aria-hidden": "true"},
            ),
            html.Span([html.Strong(number), html.Small(many)], className=f"bridge-number bridge-told-{kind}"),
        ],
        className="bridge-whole" if part.whole else "",
        **{"data-kind": part.kind},
    )


def written(figure: Figure, value: Decimal, words: Words) -> str:
    """A value in the figure's unit."""
    whole = Sum(value, Decimal(10_000), 1) if figure.scale is None else _as_sum(figure, value)
    return whole.told(figure, words)


def _as_sum(figure: Figure, value: Decimal) -> Sum:
    assert figure.scale is not None
    return Sum(value * 10_000 / figure.scale, Decimal(10_000), 1)


def change(figure: Figure, by: Decimal, words: Words, unit: bool = True) -> str:
    """A difference of two values, with its sign; of rates in points, named where there is room."""
    if not by:
        return "±0"
    sign = "+" if by > 0 else "−"
    least = Decimal("0.01")
    number = f"{sign}{words.periods(abs(by))}" if abs(by) >= least or figure.scale is None else f"{sign}<{least}"
    points = {"percent": "percent_points", "per_mille": "per_mille_points"}
    return words(points[figure.unit], number=number) if unit and figure.unit in points else number
