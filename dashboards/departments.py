"""Departments 部门总览: every figure of every department beside each other, for one week or the term.  Seed: D08."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboards.cockpit import ATTENDANCE, KEYS, TIMELINESS
from dashboards.parts.card import Place
from dashboards.parts.columns import newest_week, placed, scope_name
from dashboards.parts.filters import filters, sorted_departments
from dashboards.parts.ground import Ground, cubes, ground
from dashboards.parts.lights import light_mark
from dashboards.parts.panel import nothing, panel, table
from dashboards.parts.reading import Cube
from dashboards.parts.shell import frame
from dashboards.parts.spark import spark
from dashboards.parts.visit import Visit


async def page(visit: Visit) -> Component:
    """Departments down, figures across, each value a way into it."""
    words = visit.words
    base = await ground(visit)
    if base.term is None:
        return frame(visit, words("departments"), "", nothing(words("no_term"), words("no_term_hint")))
    told = await cubes(visit, base, KEYS)
    newest = newest_week({key: told[key] for key in (TIMELINESS, ATTENDANCE)})
    place = placed(visit, newest)
    seen = {of for cube in told.values() for of in cube.departments()}
    order = [row["department_id"] for row in sorted_departments(base) if row["department_id"] in seen]
    order += sorted(seen - set(order))
    if visit.department:
        order = [of for of in order if of == visit.department]
    under = f"{scope_name(visit)} · {words('week', week=place.week) if place.week else words('all_weeks')}"
    body = matrix(visit, base, list(told.values()), order, place) if order else nothing(words("nothing_due"))
    return frame(
        visit,
        words("departments"),
        under,
        panel(words("departments_all"), words("departments_hint"), body),
        filters(visit, base, place.week, newest),
    )


def matrix(visit: Visit, base: Ground, told: Sequence[Cube], order: Sequence[str], place: Place) -> Component:
    words = visit.words
    heads = [(words("department"), "row-head")]
    heads += [(words.either(cube.figure.zh, cube.figure.en), "num") for cube in told]
    rows = []
    for department in order:
        name = html.A(base.name(department, visit), href=visit.address("", department=department))
        rows.append([name, *(value(cube, department, base, place, visit) for cube in told)])
    return table(heads, rows, words("departments"), "matrix")


def value(cube: Cube, department: str, base: Ground, place: Place, visit: Visit) -> Component:
    words, figure = visit.words, cube.figure
    told = cube.sum(department, place.week)
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
        href=visit.address(f"figures/{figure.key}", department=department, week=place.week or "all"),
        className="matrix-cell",
    )
