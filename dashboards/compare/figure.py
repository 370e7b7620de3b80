"""One figure at two moments: three numbers, the bridge between them, departments, and what changed."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.compare.bridge import bridge, change, exact, summed
from dashboards.compare.changes import changes_panel
from dashboards.compare.span import Span
from dashboards.figures import term_of
from dashboards.parts.ground import Ground
from dashboards.parts.panel import panel, table
from dashboards.parts.things import things
from dashboards.parts.visit import Visit
from infra.readings.differences import KINDS, Difference, Moment, Side, Three, differences
from projections import Figure

SCREEN = 30


async def compared(figure: Figure, base: Ground, asked: Span, visit: Visit, limit: int = SCREEN) -> Difference:
    """The difference the address asks for, of the term that the figures' own pages speak of."""
    kind = visit.rest.get("kind")
    return await differences(
        visit.readings,
        figure.key,
        visit.viewer,
        asked.since,
        asked.until,
        at=asked.at,
        department=visit.department,
        term=term_of(figure, base, visit),
        week=visit.week or None,
        person=visit.person,
        kinds=[known for known in KINDS if known == kind],
        limit=limit,
        after=visit.rest.get("after"),
    )


async def opened(figure: Figure, told: Difference, base: Ground, asked: Span, visit: Visit) -> list[Any]:
    """The page's content; a table that has stopped short says so."""
    words = visit.words
    if told.stopped_at is not None:
        text = words("stopped_short", position=f"{told.stopped_at:,}")
        return [html.Div([html.Strong(f"■ {text}"), html.P(words("tables_hint"))], className="failure", role="alert")]
    known = await things(visit, (change.about for change in told.changes if change.about))
    return [
        numbers(figure, told, visit),
        rules(figure, told, visit),
        panel(words("bridge_title"), words("bridge_hint"), bridge(figure, told, visit), kind="bridge-panel"),
        departments_panel(figure, told, base, asked, visit),
        changes_panel(figure, told, known, base, asked, visit),
    ]


def numbers(figure: Figure, told: Difference, visit: Visit) -> Component:
    """Three numbers beside each other, the second and third with what sets them apart from the one before."""
    words, whole = visit.words, told.whole
    counts = " · ".join(
        words(key, many=f"{many:,}")
        for key, many in (("corrections_many", told.corrections), ("known_later_many", told.known_later))
    )

    def at(moment: Moment) -> str:
        return words("moment_at", time=words.moment(moment.at), position=f"{moment.position:,}")

    cards = [
        number("known_then", figure, whole.then, None, at(told.before), "", visit),
        number("corrected_since", figure, whole.corrected, whole.then, words("same_time_known_later"), counts, visit),
        number(
            "known_now",
            figure,
            whole.now,
            whole.corrected,
            at(told.now),
            words("changes_many", many=f"{whole.many:,}"),
            visit,
        ),
    ]
    return html.Div(cards, className="cards cards-3 three-moments")


def number(
    title: str, figure: Figure, side: Side, before: Side | None, under: str, counts: str, visit: Visit
) -> Component:
    words, told = visit.words, summed(side)
    text, unit = told.shown(figure, words)
    parts = f"{words.periods(told.numerator)} / {words.periods(told.denominator)}" if figure.scale is not None else ""
    moved = None if before is None else difference(figure, before, side, visit)
    return html.Section(
        [
            html.Div(html.Strong(words(title)), className="card-head"),
            html.Div(
                [html.Span([html.Strong(text), html.Small(unit)], className="big"), moved], className="card-value"
            ),
            html.Div(parts, className="card-of"),
            html.Div([html.Span(under), html.Span(counts)], className="card-foot"),
        ],
        className=f"card three-{title}",
        **{"aria-label": words(title)},
    )


def difference(figure: Figure, before: Side, after: Side, visit: Visit, unit: bool = True) -> Component:
    """By how much a sum changed, good or bad as the figure has it; in tables without the unit."""
    words = visit.words
    one, other = exact(figure, summed(before)), exact(figure, summed(after))
    if before == after:
        return html.Span(words("no_difference"), className="quiet moved-by")
    if figure.scale is not None and not (before.denominator and after.denominator):
        return html.Span("")
    good = (other > one) == (figure.better == "higher")
    kind = "" if one == other else "better" if good else "worse"
    return html.Span(change(figure, other - one, words, unit), className=f"moved-by {kind}".strip())


def rules(figure: Figure, told: Difference, visit: Visit) -> Component | None:
    """Says which rules the figure was judged by changed in between."""
    if not told.rules:
        return None
    words = visit.words
    titles = {policy.key: words.either(policy.zh, policy.en) for policy in figure.policies.values()}
    said = [
        words("rule_from_to", rule=titles[key], then=then, now=now) for key, (then, now) in sorted(told.rules.items())
    ]
    return html.P(words("rules_changed", rules="；".join(said)), className="adds-up rules-changed")


def departments_panel(figure: Figure, told: Difference, base: Ground, asked: Span, visit: Visit) -> Component:
    """The same three numbers by department, the most corrected first."""
    words = visit.words
    heads = [
        (words("department"), "row-head"),
        (words("known_then"), "num"),
        (words("corrected_since"), "num"),
        (words("known_now"), "num"),
        (words("difference"), "num"),
        (words("changes"), "num minor"),
    ]
    ranked = sorted(told.departments.items(), key=lambda pair: (-pair[1].many, pair[0] or ""))
    body = [department(figure, of, sides, base, asked, visit) for of, sides in ranked]
    return panel(
        words("compare_departments"),
        "",
        table(heads, body, words("compare_departments"), "levels"),
        kind="level-panel",
    )


def department(figure: Figure, of: str | None, sides: Three, base: Ground, asked: Span, visit: Visit) -> list[Any]:
    words = visit.words
    name = base.name(of, visit)
    return [
        html.A(name, href=visit.address(**asked.said(), department=of)) if of else name,
        *(summed(side).told(figure, words) for side in (sides.then, sides.corrected, sides.now)),
        difference(figure, sides.then, sides.now, visit, unit=False),
        words.number(sides.many),
    ]
