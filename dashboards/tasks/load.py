"""Who has how much to do: open and overdue by department and person, load per head, and how work was judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.columns import Opening
from dashboards.parts.histogram import histogram
from dashboards.parts.naming import called
from dashboards.parts.panel import nothing, panel
from dashboards.parts.stacks import Part
from dashboards.parts.words import Words
from dashboards.tasks.work import Row, Work

# Staff in place on the day: the last place of each that has begun.
HEADS: Final = """
    select department_id, count(*) as many from (
        select distinct on (person_id) person_id, department_id, kind from {staff}
        where from_day <= (%(moment)s at time zone %(zone)s)::date order by person_id, from_day desc) s
    where kind = 'staff' group by department_id"""
SHOWN: Final = 12
SCORES: Final = (1, 2, 3, 4, 5)
KINDS: Final = {1: "bad", 2: "bad", 3: "submitted", 4: "good", 5: "good"}


@dataclass(frozen=True)
class Burden:
    """Open assignments of one department or person, and those overdue among them."""

    open: Sequence[Row]
    overdue: Sequence[Row]
    oldest: int

    @classmethod
    def of(cls, rows: Sequence[Row], work: Work) -> Burden:
        late = [row for row in rows if work.late(row)]
        oldest = max(((work.moment - row["due_at"]).days for row in late), default=0)
        return cls(rows, late, oldest)

    @property
    def order(self) -> tuple[int, int, int]:
        return -len(self.overdue), -self.oldest, -len(self.open)


def burdens(rows: Sequence[Row], key: str, work: Work) -> dict[Any, Burden]:
    """Grouped by a column, the most overdue first."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    told = {of: Burden.of(held, work) for of, held in groups.items()}
    return dict(sorted(told.items(), key=lambda item: (item[1].order, str(item[0]))))


def open_panel(work: Work, opening: Opening) -> Component:
    """Departments with anything open, each opening to the persons who hold it."""
    words = opening.visit.words
    if not work.open:
        return panel(words("open_title"), "", nothing(words("open_none"), good=True), kind="open-panel")
    told = burdens(work.open, "department_id", work)
    items = [department_item(of, burden, work, opening) for of, burden in told.items()]
    return panel(words("open_title"), words("open_hint"), html.Ul(items, className="burdens"), kind="open-panel")


def department_item(department: str, burden: Burden, work: Work, opening: Opening) -> Component:
    visit, words = opening.visit, opening.visit.words
    people = [
        html.Li([html.Span(holder(person, number, words), className="burden-name"), *numbers(one, words)])
        for number, (person, one) in enumerate(burdens(burden.open, "holder_id", work).items(), 1)
    ]
    return html.Li(
        html.Details(
            [
                html.Summary(
                    [
                        html.Span(opening.base.name(department, visit), className="burden-name"),
                        *numbers(burden, words),
                    ]
                ),
                html.Ul(people, className="burden-people"),
            ],
            open=bool(visit.department),
            key=f"open-{department}",
        )
    )


def holder(person: str | None, number: int, words: Words) -> Component:
    """Where a holder's name belongs; a department's assignment nobody has taken on yet is nobody's."""
    if person is None:
        return html.Span(words("open_untaken"), className="quiet")
    return called(person, words("open_holder", number=number))


def numbers(burden: Burden, words: Words) -> list[Component]:
    """Open, overdue and the oldest of it, in words."""
    late = len(burden.overdue)
    days = words("open_oldest", days=burden.oldest)
    shape = html.Span("■ ", className="shape", **{"aria-hidden": "true"})
    return [
        html.Span(words("open_many", many=len(burden.open)), className="burden-open"),
        html.Span([shape, words("open_overdue", many=late)], className="worse")
        if late
        else html.Span(words("open_in_time"), className="quiet"),
        html.Span(days if late else "", className="quiet burden-oldest"),
    ]


async def load_panel(work: Work, opening: Opening) -> Component:
    """Of the college by department and head; of one department, or for whoever sees no more, by person."""
    visit, words = opening.visit, opening.visit.words
    if not work.open:
        return panel(words("load_title"), "", nothing(words("open_none"), good=True), kind="load-panel")
    if visit.department or not visit.viewer.college:
        return panel(words("load_title"), words("load_person_hint"), people_bars(work, words), kind="load-panel")
    rows = await visit.readings.select(HEADS, None, visit.viewer, as_of=visit.as_of)
    heads = {row["department_id"]: int(row["many"]) for row in rows}
    return panel(words("load_title"), words("load_hint"), head_bars(work, heads, opening), kind="load-panel")


def people_bars(work: Work, words: Words) -> Component:
    told = sorted(burdens(work.open, "holder_id", work).items(), key=lambda item: (-len(item[1].open), str(item[0])))
    widest = Decimal(max(len(burden.open) for _, burden in told))
    lines = []
    for number, (person, burden) in enumerate(told[:SHOWN], 1):
        items = words("load_items", many=len(burden.open))
        lines.append(bar(holder(person, number, words), burden, Decimal(len(burden.open)), widest, items, "", words))
    return html.Div([legend(words), html.Ul(lines, className="bars loads")])


def head_bars(work: Work, heads: Mapping[str, int], opening: Opening) -> Component:
    visit, words = opening.visit, opening.visit.words
    told = burdens(work.open, "department_id", work)
    loads = {of: Decimal(len(burden.open)) / heads[of] for of, burden in told.items() if heads.get(of)}
    widest = max(loads.values(), default=Decimal(1))
    lines = []
    for of, load in sorted(loads.items(), key=lambda item: (-item[1], item[0])):
        name = html.A(opening.base.name(of, visit), href=visit.address(department=of))
        each = words("load_per_head", load=load.quantize(Decimal("0.01"), ROUND_HALF_UP))
        under = words("load_of", many=len(told[of].open), heads=heads[of])
        lines.append(bar(name, told[of], load, widest, each, under, words))
    return html.Div([legend(words), html.Ul(lines, className="bars loads")])


def bar(name: Any, burden: Burden, size: Decimal, widest: Decimal, number: str, under: str, words: Words) -> Component:
    """One line: what is overdue of it apart from the rest."""
    late, many = len(burden.overdue), len(burden.open)
    whole = float(size / widest * 100)
    parts = [
        html.Span(
            className=f"bar piece-{kind}",
            style={"width": f"{whole * share / many:.2f}%"},
            title=said,
            role="img",
            **{"aria-label": said},
        )
        for kind, share, said in (
            ("overdue", late, words("open_overdue", many=late)),
            ("confirmed", many - late, f"{words('load_rest')} {many - late}"),
        )
        if share
    ]
    return html.Li(
        [
            html.Span(name, className="bar-name"),
            html.Span(parts, className="bar-track"),
            html.Span([html.Span(number), html.Small(under) if under else None], className="bar-number"),
        ]
    )


def legend(words: Words) -> Component:
    kinds = (("overdue", words("task_overdue")), ("confirmed", words("load_rest")))
    return html.Div(
        [html.Span([html.I(className=f"swatch piece-{kind}"), text]) for kind, text in kinds], className="legend"
    )


def scores_panel(work: Work, opening: Opening) -> Component:
    """How many were judged 1 to 5, with their mean and how many there are."""
    words = opening.visit.words
    scores = [row["score"] for row in work.assignments if row["score"] is not None]
    if not scores:
        return panel(words("scores_title"), "", nothing(words("scores_none")), kind="scores-panel")
    mean = (Decimal(sum(scores)) / len(scores)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    columns = [
        (words("scores_column", score=score), [Part(KINDS[score], scores.count(score), words("scores_judged"))])
        for score in SCORES
    ]
    hint = words("scores_hint", mean=mean, many=len(scores))
    return panel(words("scores_title"), hint, histogram(columns, words("scores_title")), kind="scores-panel")
