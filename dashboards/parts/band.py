"""The band 指标带: the further figures of the cockpit as small cards, grouped by the office that answers for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.card import Place, out_of
from dashboards.parts.columns import week_for
from dashboards.parts.ground import Ground
from dashboards.parts.lights import aim, light_mark
from dashboards.parts.reading import Cube
from dashboards.parts.spark import spark
from dashboards.parts.visit import Visit

BAND: Final = (
    "grade_timeliness",
    "grade_corrections",
    "slips",
    "slip_rewards",
    "counselor_log",
    "counselor_log_missed",
    "notices",
    "oa_logins",
    "tasks",
    "task_score",
)


def by_office(told: Iterable[Cube], base: Ground, visit: Visit) -> dict[str, list[Cube]]:
    """The figures of each office, in the order given."""
    groups: dict[str, list[Cube]] = {}
    for cube in told:
        groups.setdefault(base.office(cube.figure, visit)[1], []).append(cube)
    return groups


def band(told: Mapping[str, Cube], base: Ground, place: Place, visit: Visit) -> Component | None:
    """One box an office; nothing where there is none of the figures."""
    groups = by_office((told[key] for key in BAND if key in told), base, visit)
    if not groups:
        return None
    return html.Div(
        [office_box(office, cubes, base, place, visit) for office, cubes in groups.items()],
        className="band",
    )


def office_box(office: str, cubes: Sequence[Cube], base: Ground, place: Place, visit: Visit) -> Component:
    return html.Section(
        [
            html.H2(office),
            html.Div([small_card(cube, base, place, visit) for cube in cubes], className="small-cards"),
        ],
        className="band-box" if len(cubes) > 2 else "band-box band-narrow",
        **{"aria-label": office},
    )


def small_card(cube: Cube, base: Ground, place: Place, visit: Visit) -> Component:
    """One figure as a link to its own page; of the term where nothing fell into the week."""
    figure, words = cube.figure, visit.words
    week = week_for(cube, place, place.department)
    told = cube.sum(place.department, week)
    target = base.target(figure)
    light = told.light(figure, target)
    number, unit = told.shown(figure, words)
    title = words.either(figure.zh, figure.en)
    stopped = cube.stopped_at is not None
    under = f"■ {words('figure_stopped', position=f'{cube.stopped_at:,}')}" if stopped else out_of(figure, told, visit)
    when = str(figure.column) if week else f"{figure.column} · {words('term_short')}"
    return html.A(
        [
            html.Span([html.H3(title), html.Span(when, className="chip")], className="card-head"),
            html.Span(
                [
                    html.Span(
                        [html.Strong(number, className="word" if told.value(figure) is None else ""), html.Small(unit)],
                        className="big",
                    ),
                    spark(cube.line(place.department, place.upto), f"{title}：{words('trend_title')}"),
                ],
                className="card-value",
            ),
            html.Span(
                [
                    light_mark(light, words),
                    html.Span(under, className="stopped" if stopped else "card-of"),
                ],
                className="card-light",
                title=aim(figure, target, words) or words("no_target"),
            ),
        ],
        className=f"small-card figure-card lit-{light}",
        href=visit.address(f"figures/{figure.key}", week=week or "all"),
        title=words("why_this"),
        **{"data-figure": figure.key},
    )
