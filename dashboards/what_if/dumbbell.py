"""Dumbbells 哑铃图: for each department where a figure stands, and where it would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from dash import html
from dash.development.base_component import Component

from dashboards.parts.drawing import Drawing, drawn, joined

ROOM = Decimal("0.08")


@dataclass(frozen=True)
class Bell:
    """One line: two values, how they are told, and whether the change is for the better."""

    name: str
    now: Decimal
    then: Decimal
    told: str
    more: Component | str
    kind: str
    key: str = ""


@dataclass(frozen=True)
class Axis:
    """From the least to the most value, with some room at both ends."""

    least: Decimal
    most: Decimal

    @classmethod
    def of(cls, values: Sequence[Decimal], floor: Decimal | None, ceiling: Decimal | None) -> Axis:
        least, most = min(values), max(values)
        room = (most - least or abs(most) or Decimal(1)) * ROOM
        least, most = least - room, most + room
        return cls(max(least, floor) if floor is not None else least, min(most, ceiling) if ceiling else most)

    def at(self, value: Decimal) -> str:
        """Where a value lies, from 2 % to 98 %."""
        part = (value - self.least) / ((self.most - self.least) or 1)
        return f"{float(2 + 96 * part):.2f}%"


def track(bell: Bell, axis: Axis) -> Drawing:
    """Two dots and what lies between them."""
    now, then = axis.at(bell.now), axis.at(bell.then)
    return drawn(
        "svg",
        joined(
            drawn("line", x1="0", x2="100%", y1="11", y2="11", class_="rail"),
            drawn("line", x1=now, x2=then, y1="11", y2="11", class_=f"way {bell.kind}"),
            drawn("circle", cx=now, cy="11", r="4.5", class_="dot-now"),
            drawn("circle", cx=then, cy="11", r="5.5", class_=f"dot-then {bell.kind}"),
        ),
        class_="dumbbell",
        role="img",
        aria_label=f"{bell.name}: {bell.told}",
    )


def dumbbells(bells: Sequence[Bell], axis: Axis, ends: tuple[str, str]) -> Component:
    """A line for each, on one axis."""
    lines = [
        html.Li(
            [
                html.Span(bell.name, className="bell-name", title=bell.name),
                track(bell, axis),
                html.Span([html.Strong(bell.told), bell.more], className="bell-told"),
            ],
            key=bell.key,
        )
        for bell in bells
    ]
    foot = html.Div(
        [html.Span(""), html.Span([html.Span(ends[0]), html.Span(ends[1])], className="bell-ends"), html.Span("")],
        className="bell-axis",
        **{"aria-hidden": "true"},
    )
    return html.Div([html.Ul(lines, className="bells"), foot])
