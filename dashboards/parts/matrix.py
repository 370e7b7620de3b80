"""A matrix 对照表: departments down, figures across, each value a way into it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dash import html
from dash.development.base_component import Component

from dashboards.parts.card import Place
from dashboards.parts.columns import week_for
from dashboards.parts.filters import sorted_departments
from dashboards.parts.ground import Ground
from dashboards.parts.lights import light_mark
from dashboards.parts.panel import nothing, table
from dashboards.parts.reading import Cube
from dashboards.parts.spark import spark
from dashboards.parts.visit import Visit


def order(seen: Collection[str], base: Ground, visit: Visit) -> list[str]:
    """Departments as the college numbers them, then the rest; the one chosen alone where one is."""
    if visit.department:
        return [of for of in seen if of == visit.department]
    known = [row["department_id"] for row in sorted_departments(base) if row["department_id"] in seen]
    return known + sorted(set(seen) - set(known))


def matrix(visit: Visit, base: Ground, told: Sequence[Cube], place: Place) -> Component:
    """Every department with something due; the figures with no week of their own for the whole term."""
    words = visit.words
    rows_of = order({of for cube in told for of in cube.departments()}, base, visit)
    if not rows_of:
        return nothing(words("nothing_due"))
    heads = [(words("department"), "row-head")]
    heads += [(head(cube, place, visit), "num") for cube in told]
    rows = []
    for department in rows_of:
        name = html.A(base.name(department, visit), href=visit.address(department=department))
        rows.append([name, *(value(cube, department, base, place, visit) for cube in told)])
    return table(heads, rows, words("departments"), "matrix")


def head(cube: Cube, place: Place, visit: Visit) -> str:
    """The figure, and that it is told for the term where the page speaks of a week."""
    name = visit.words.either(cube.figure.zh, cube.figure.en)
    whole = place.week and not week_for(cube, place, visit.department)
    return f"{name} · {visit.words('term_short')}" if whole else name


def value(cube: Cube, department: str, base: Ground, place: Place, visit: Visit) -> Component:
    """One figure of one department: its light, its value, its line."""
    words, figure = visit.words, cube.figure
    week = week_for(cube, place, visit.department)
    told = cube.sum(department, week)
    target = base.target(figure)
    light = told.light(figure, target)
    return html.A(
        [
            html.Span(
                [light_mark(light, words, wording=False) if target else None, html.Strong(told.told(figure, words))],
                className="matrix-value",
            ),
            html.Span(
                spark(cube.line(department, place.upto), words.either(figure.zh, figure.en)),
                className=f"lit-{light} matrix-spark",
            ),
        ],
        href=visit.address(f"figures/{figure.key}", department=department, week=week or "all"),
        title=words("why_this"),
        className="matrix-cell",
    )
