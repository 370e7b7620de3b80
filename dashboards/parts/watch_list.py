"""The watch list 需要关注: departments below target, the furthest below first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.card import Place, change
from dashboards.parts.columns import week_for
from dashboards.parts.ground import Ground
from dashboards.parts.lights import aim, light_mark
from dashboards.parts.panel import nothing
from dashboards.parts.reading import Cube, Light, Target
from dashboards.parts.spark import spark
from dashboards.parts.visit import Visit

SHOWN: Final = 8


@dataclass(frozen=True)
class Shortfall:
    """One department below one target in one week (0: over the term); `gap` is a share of the target."""

    cube: Cube
    week: int
    department: str
    target: Target
    light: Light
    gap: Decimal


def shortfalls(cubes: Sequence[Cube], base: Ground, place: Place) -> list[Shortfall]:
    """Every amber and red department, worst first."""
    found = []
    for cube in cubes:
        target = base.target(cube.figure)
        if target is None:
            continue
        week = week_for(cube, place, place.department)
        for department in cube.departments(week):
            if place.department and department != place.department:
                continue
            told = cube.sum(department, week)
            light, value = told.light(cube.figure, target), told.value(cube.figure)
            if light in ("amber", "red") and value is not None:
                gap = abs(target.green - value) / max(target.green, Decimal(1))
                found.append(Shortfall(cube, week, department, target, light, gap))
    return sorted(found, key=lambda s: (s.light != "red", -s.gap, s.department))


def watch_list(cubes: Sequence[Cube], base: Ground, place: Place, visit: Visit) -> Component:
    """The worst of them, each a link to the figure at that department."""
    words = visit.words
    found = shortfalls(cubes, base, place)
    if not any(base.target(cube.figure) for cube in cubes):
        return nothing(words("no_target"))
    if not found:
        few = any(cube.sum(of, place.week).few(cube.figure) for cube in cubes for of in cube.departments(place.week))
        return nothing(words("watch_none_of_ten" if few else "watch_none"), good=True)
    return html.Ul([line(s, base, place, visit) for s in found[:SHOWN]], className="watch-list")


def line(short: Shortfall, base: Ground, place: Place, visit: Visit) -> Component:
    words, figure, cube = visit.words, short.cube.figure, short.cube
    told = cube.sum(short.department, short.week)
    title = words.either(figure.zh, figure.en)
    after = (
        change(figure, told, cube.sum(short.department, place.before), visit) if place.before and short.week else None
    )
    return html.Li(
        html.A(
            [
                light_mark(short.light, words, wording=False),
                html.Span(
                    [
                        html.Strong(base.name(short.department, visit)),
                        html.Small(f"{title} · {aim(figure, short.target, words)}"),
                    ],
                    className="watch-name",
                ),
                html.Span(
                    spark(cube.line(short.department, place.upto), title), className=f"lit-{short.light} watch-spark"
                ),
                html.Span([html.Strong(told.told(figure, words)), after], className="watch-value"),
            ],
            href=visit.address(f"figures/{figure.key}", department=short.department, week=short.week or "all"),
            title=words("why_this"),
        )
    )
