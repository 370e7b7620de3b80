"""The result 结果: figures that would change, departments as a picture, people, what stays, and how to adopt it."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboards.compare.bridge import change, exact
from dashboards.parts.ground import Ground, ground
from dashboards.parts.panel import nothing, panel, table
from dashboards.parts.people import named
from dashboards.parts.reading import Sum
from dashboards.parts.visit import PREFIX, Visit
from dashboards.parts.words import Words
from dashboards.what_if.adopting import adopting
from dashboards.what_if.asking import Asked, asked, shown, title
from dashboards.what_if.dumbbell import Axis, Bell, dumbbells
from domain import NotAllowed
from infra.desk import Busy
from infra.what_if import Answer, Compared, Pair, Sums, TooLong
from projections import Figure

PEOPLE: Final = 12
PATIENCE: Final = 45.0


def address(one: Asked, visit: Visit) -> str:
    """Where the result is read from, once the page is shown."""
    value = str(one.value).lower() if isinstance(one.value, bool) else str(one.value)
    told = {
        "policy": one.policy.key,
        one.policy.key: value,
        "term": visit.term,
        "as_of": visit.as_of_text,
        "at": visit.judged_at.isoformat() if visit.judged_at else None,
        "figure": visit.figure,
    }
    query = urlencode({name: said for name, said in told.items() if said is not None}, safe=":")
    return f"{PREFIX}parts/what-if?{query}"


def waiting(one: Asked, visit: Visit) -> Component:
    """A place for the result, which the script has filled in."""
    words = visit.words
    return html.Div(
        [
            html.Div(className="what-if-bar", role="progressbar", **{"aria-label": words("what_if_working")}),
            html.Strong(words("what_if_working")),
            html.P(words("what_if_working_hint"), className="hint"),
        ],
        className="what-if-result waiting",
        key=f"result-{address(one, visit)}",
        **{"data-part": address(one, visit), "aria-live": "polite"},
    )


async def result(visit: Visit) -> Component:
    """The result of what the address asks, worked out now or remembered."""
    words, what_if = visit.words, visit.campus.what_if
    one = await asked(visit, what_if.askable)
    if one is None or one.value is None:
        return html.Div(nothing(words("what_if_start")))
    try:
        answer = await what_if.ask(one.question(visit), visit.viewer, patience=PATIENCE)
    except Busy:
        return html.Div(trouble("what_if_busy", one, visit))
    except TooLong:
        return html.Div(trouble("what_if_too_long", one, visit))
    except NotAllowed:
        return html.Div(nothing(words("what_if_beyond")))
    base = await ground(visit)
    return html.Div([*head(answer, one, visit), *body(answer, base, one, visit), adopting(answer, visit)])


def trouble(text: str, one: Asked, visit: Visit) -> Component:
    """It could not be worked out now."""
    words = visit.words
    again = visit.address("what-if", policy=one.policy.key, **{one.policy.key: one.value})
    return html.Div(
        [html.Strong(words(text)), html.A(words("try_again"), href=again, className="button")],
        className="failure",
        role="alert",
    )


def head(answer: Answer, one: Asked, visit: Visit) -> list[Component]:
    """What is supposed, what became of it in numbers, and where it stands."""
    words, policy = visit.words, one.policy
    since = answer.since.strftime("%Y-%m-%d")
    again = {name: f"{number:,}" for name, number in asdict(answer.retold).items()} if answer.retold else None
    moment = words.moment(answer.moment)
    return [
        html.Div(
            [
                html.P(
                    [
                        html.Span(title(policy, words)),
                        html.Strong(shown(policy, one.in_force, words), className="was"),
                        html.Span("→", **{"aria-hidden": "true"}),
                        html.Strong(shown(policy, answer.suppositions[0].supposed, words), className="would"),
                    ],
                    className="what-if-supposed",
                ),
                html.P(words("what_if_told", since=since, **again) if again else words("what_if_since", since=since)),
                html.P(
                    words(
                        "what_if_stands",
                        moment=moment,
                        position=f"{answer.position:,}",
                        seconds=f"{answer.seconds:.1f}",
                    ),
                    className="hint",
                ),
                html.P(words("what_if_departments_only"), className="hint") if answer.departments is not None else None,
                html.P(words("what_if_same_value"), className="hint") if one.value == one.in_force else None,
            ],
            className="panel what-if-head",
        )
    ]


def body(answer: Answer, base: Ground, one: Asked, visit: Visit) -> list[Component]:
    words = visit.words
    told = [c for c in answer.figures if not c.same]
    shown_first = sorted(told, key=lambda c: (c.figure.scale is None, -weight(c), c.figure.key))
    if not told:
        return [html.Div(nothing(words("what_if_nothing"), good=True), className="panel"), unchanged(answer, visit)]
    chosen = next((c for c in shown_first if c.figure.key == visit.figure), shown_first[0])
    cards = [card(c, one, visit, chosen is c) for c in shown_first]
    return [
        html.Div(cards, className=f"cards cards-{min(max(len(cards), 2), 4)} what-if-cards"),
        html.Div(
            [departments(chosen, base, visit), people(chosen, base, visit)],
            className="row row-half",
            **{"data-names-from": chosen.figure.key},
        ),
        unchanged(answer, visit),
        html.P(words("what_if_limits"), className="hint what-if-limits"),
    ]


def weight(told: Compared) -> float:
    """By how much a figure would change, in parts of the whole."""
    total = told.total
    return float(total.moved) / float(total.live.denominator or total.live.numerator or 1)


def sums(told: Sums) -> Sum:
    return Sum(told.numerator, told.denominator, told.count)


def declared(told: Compared) -> Figure:
    return Figure.by_key[told.figure.key]


def more(figure: Figure, pair: Pair, words: Words, unit: bool = True) -> Component | str:
    """By how much it would change, good or bad as the figure has it."""
    if pair.difference is None or pair.same:
        return ""
    one, other = exact(figure, sums(pair.live)), exact(figure, sums(pair.shadow))
    return html.Span(change(figure, other - one, words, unit), className=f"moved-by {kind_of(figure, pair)}")


def kind_of(figure: Figure, pair: Pair) -> str:
    if not pair.difference:
        return "quiet"
    return "better" if (pair.difference > 0) == (figure.better == "higher") else "worse"


def card(told: Compared, one: Asked, visit: Visit, chosen: bool) -> Component:
    """One figure: as it is, as it would be, and the difference; opens its departments and people."""
    words, figure, total = visit.words, declared(told), told.total
    value = str(one.value).lower() if isinstance(one.value, bool) else one.value
    here = visit.address("what-if", policy=one.policy.key, **{one.policy.key: value}, figure=figure.key)
    live, shadow = sums(total.live), sums(total.shadow)
    text, unit = shadow.shown(figure, words)
    return html.A(
        [
            html.Span(html.Strong(words.either(figure.zh, figure.en)), className="card-head"),
            html.Span(
                [
                    html.Span(live.told(figure, words), className="was"),
                    html.Span("→", **{"aria-hidden": "true"}),
                    html.Span([html.Strong(text), html.Small(unit)], className="big"),
                ],
                className="card-value",
            ),
            html.Span(more(figure, total, words), className="card-change"),
        ],
        href=here,
        className=f"card what-if-card {kind_of(figure, total)}{' chosen' if chosen else ''}",
        **({"aria-current": "true"} if chosen else {}),
    )


def departments(told: Compared, base: Ground, visit: Visit) -> Component:
    """Every department on one axis."""
    words, figure = visit.words, declared(told)
    pairs = [(of, pair) for of, pair in told.by_department().items() if pair.now is not None or pair.then is not None]
    pairs.sort(key=lambda one: (-(abs(one[1].difference or Decimal(0))), base.name(one[0], visit)))
    bells = []
    for of, pair in pairs:
        now = pair.then if pair.now is None else pair.now
        then = pair.now if pair.then is None else pair.then
        assert now is not None
        assert then is not None
        text = f"{sums(pair.live).told(figure, words)} → {sums(pair.shadow).told(figure, words)}"
        kind = kind_of(figure, pair)
        bells.append(Bell(base.name(of, visit), now, then, text, more(figure, pair, words, unit=False), kind, of or ""))
    name = f"{words('what_if_departments')} · {words.either(figure.zh, figure.en)}"
    if not bells:
        return panel(name, "", nothing(words("what_if_people_none")))
    values = [v for bell in bells for v in (bell.now, bell.then)]
    ceiling = Decimal(figure.scale) if figure.scale and figure.unit in ("percent", "per_mille") else None
    axis = Axis.of(values, Decimal(0), ceiling)
    ends = words.periods(round(axis.least, 1)), words.periods(round(axis.most, 1))
    return panel(name, words("what_if_departments_hint"), dumbbells(bells, axis, ends), kind="bells-panel")


def people(told: Compared, base: Ground, visit: Visit) -> Component:
    """Who would be touched most, by name where the viewer may see it."""
    words, figure = visit.words, declared(told)
    touched = [(place, pair) for place, pair in told.by_person().items() if not pair.same]
    if not touched:
        return panel(words("what_if_people"), "", nothing(words("what_if_people_none"), good=True))
    heads = [
        (words("what_if_person"), "row-head"),
        (words("department"), "minor"),
        (words("what_if_now"), "num"),
        (words("what_if_then"), "num"),
        (words("difference"), "num"),
    ]
    rows: list[list[Any]] = [
        [
            named(who, words),
            base.name(of, visit),
            sums(pair.live).told(figure, words),
            sums(pair.shadow).told(figure, words),
            more(figure, pair, words, unit=False),
        ]
        for (of, who), pair in touched[:PEOPLE]
    ]
    hint = words("what_if_people_hint", many=f"{len(touched):,}")
    return panel(words("what_if_people"), hint, table(heads, rows, words("what_if_people"), "levels"))


def unchanged(answer: Answer, visit: Visit) -> Component:
    """The figures that stay as they are, and those that could not be read."""
    words = visit.words
    same = [words.either(c.figure.zh, c.figure.en) for c in answer.figures if c.same and c.stopped_at is None]
    stopped = [words.either(c.figure.zh, c.figure.en) for c in answer.figures if c.stopped_at is not None]
    lines = [(words("what_if_unchanged"), same), (words("what_if_stopped"), stopped)]
    parts = [
        html.P([html.Strong(name), *(html.Span(one, className="chip") for one in of)], className="what-if-same")
        for name, of in lines
        if of
    ]
    return html.Div(parts, className="what-if-stays")
