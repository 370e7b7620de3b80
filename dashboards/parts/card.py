"""A card 指标卡: one figure with what it is out of, its target and light, its trend, its owner and its as-of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dash import html
from dash.development.base_component import Component

from dashboards.parts.lights import aim, light_mark
from dashboards.parts.reading import Cube, Sum, Target
from dashboards.parts.spark import spark
from dashboards.parts.units import counted
from dashboards.parts.visit import Visit
from projections import Figure


@dataclass(frozen=True)
class Place:
    """Which part of a cube a card speaks of: a week (0: the whole term), the week before, a department."""

    week: int
    before: int | None
    department: str | None
    upto: int


def out_of(figure: Figure, told: Sum, visit: Visit) -> str:
    """1,234 / 1,290 课次: numerator and denominator with what they count; of a mean how many; nothing of a count."""
    words = visit.words
    if figure.unit == "score":
        return words("mean_of", many=words.periods(told.denominator))
    if figure.scale is None:
        return ""
    return f"{words.periods(told.numerator)} / {words.periods(told.denominator)} {counted(figure, words)}"


def change(figure: Figure, now: Sum, then: Sum, visit: Visit) -> Component:
    """How a value differs from the week before: an arrow for the direction, a colour for whether that is good."""
    words = visit.words
    new, old = now.value(figure), then.value(figure)
    label = html.Span(words("vs_last_week") + " ", className="quiet")
    if new is None or old is None or not (then.denominator or then.numerator):
        return html.Span([label, html.Span("—", title=words("no_last_week"))], className="change")
    moved = new - old
    if not moved:
        return html.Span([label, html.Span("＝ 0", className="quiet")], className="change")
    good = (moved > 0) == (figure.better == "higher")
    size = words.number(abs(moved), 2 if figure.unit == "score" else 1) if figure.scale else words.periods(abs(moved))
    return html.Span(
        [label, html.Span(f"{'▲' if moved > 0 else '▼'} {size}", className="better" if good else "worse")],
        className="change",
    )


def titled(title: str, column: int, visit: Visit) -> Component:
    """The head of a card: what it shows, and which column of the college's list that is."""
    return html.Div(
        [html.H3(title), html.Span(visit.words("column_no", number=column), className="chip")], className="card-head"
    )


def moved(cube: Cube, place: Place, visit: Visit) -> list[Component]:
    """What changed since the week before, and where the term stands."""
    words, told = visit.words, cube.sum(place.department, place.week)
    after = []
    if place.before:
        after.append(change(cube.figure, told, cube.sum(place.department, place.before), visit))
    if place.week:
        whole = cube.sum(place.department, upto=place.upto).told(cube.figure, words)
        label = html.Span(words("term_to_date") + " ", className="quiet")
        after.append(html.Span([label, html.Span(whole)], className="change"))
    return after


def card(cube: Cube, place: Place, target: Target | None, owner: str, visit: Visit) -> Component:
    """One figure as a link to its own page."""
    figure, words = cube.figure, visit.words
    told = cube.sum(place.department, place.week)
    light = told.light(figure, target)
    number, unit = told.shown(figure, words)
    title = words.either(figure.zh, figure.en)
    big = [html.Strong(number, className="word" if told.value(figure) is None else ""), html.Small(unit)]
    line = spark(cube.line(place.department, place.upto), f"{title}：{words('trend_title')}")
    return html.A(
        [
            titled(title, figure.column, visit),
            html.Div([html.Span(big, className="big"), line], className="card-value"),
            html.Div(
                [light_mark(light, words), html.Span(aim(figure, target, words), className="aim")],
                className="card-light",
            ),
            html.Div(out_of(figure, told, visit), className="card-of"),
            html.Div(moved(cube, place, visit), className="card-change"),
            foot(cube, owner, visit),
        ],
        className=f"card figure-card lit-{light}",
        href=visit.address(f"figures/{figure.key}", week=place.week or "all"),
        **{"data-figure": figure.key},
    )


def hours_card(recognised: Cube, forfeited: Cube, place: Place, owner: str, visit: Visit) -> Component:
    """Hours recognised and hours forfeited side by side: the second are not paid."""
    words = visit.words

    def half(cube: Cube, kind: str) -> Component:
        told = cube.sum(place.department, place.week)
        return html.A(
            [
                html.Span(words(kind), className="quiet"),
                html.Span([html.Strong(words.periods(told.numerator)), html.Small(words("periods"))], className="big"),
                change(cube.figure, told, cube.sum(place.department, place.before), visit) if place.before else None,
                html.Span(f"{words('why_short')} ›", className="card-why", title=words("why_this")),
            ],
            href=visit.address(f"figures/{cube.figure.key}", week=place.week or "all"),
            className=f"half half-{kind}",
            **{"data-figure": cube.figure.key},
        )

    good, lost = recognised.sum(place.department, place.week), forfeited.sum(place.department, place.week)
    whole = good.numerator + lost.numerator
    share = float(good.numerator / whole * 100) if whole else 0.0
    return html.Div(
        [
            titled(words("hours"), recognised.figure.column, visit),
            html.Div([half(recognised, "recognised"), half(forfeited, "forfeited")], className="halves"),
            html.Div(
                [html.Span(style={"width": f"{share:.1f}%"}, className="part-good")] if whole else [],
                className="proportion" if whole > Decimal(0) else "proportion proportion-none",
            ),
            foot(recognised, owner, visit, linked=False),
        ],
        className="card hours-card",
    )


def foot(cube: Cube, owner: str, visit: Visit, linked: bool = True) -> Component:
    """Who answers for the figure and up to which event it speaks; or that a table under it has stopped, and where.

    `linked`: the card as a whole leads to why its number is what it is.
    """
    words = visit.words
    if cube.stopped_at is not None:
        told = words("figure_stopped", position=f"{cube.stopped_at:,}")
        return html.Div(f"■ {told}", className="card-foot stopped", role="alert")
    as_of = html.Span(f"{words('as_of')} #{cube.as_of:,}", className="nowrap") if cube.as_of else None
    why = html.Span(f"{words('why_this')} ›", className="card-why nowrap") if linked else None
    return html.Div([html.Span(owner), as_of, why], className="card-foot")
