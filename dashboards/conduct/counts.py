"""Confirmed slips counted: by department, by what they are for, by week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.columns import Opening
from dashboards.parts.histogram import histogram
from dashboards.parts.panel import nothing, panel
from dashboards.parts.stacks import Line, Part, legend, opposed
from dashboards.parts.words import Words

COUNTS: Final = """
    select s.department_id, s.week, s.kind, s.code, coalesce(c.title, s.code) as name, c.title_en as name_en,
        count(*) as many
    from {slip} s left join {slip_catalogue} c on c.code = s.code and c.version = s.category_version
    where s.term_id = %(term)s and s.state = 'confirmed'
      and (%(department)s::text is null or s.department_id = %(department)s)
    group by 1, 2, 3, 4, 5, 6 order by 7 desc, 4"""
SHOWN: Final = 8


@dataclass(frozen=True)
class Counts:
    """The rows counted: of the whole term, and of the part of it the page speaks of."""

    term: Sequence[Any]
    now: Sequence[Any]


async def counted(opening: Opening) -> Counts:
    """Confirmed slips within the viewer's rows."""
    visit = opening.visit
    asked = {"term": opening.base.term_id, "department": visit.department}
    rows = await visit.readings.select(COUNTS, asked, visit.viewer, as_of=visit.as_of)
    week = opening.place.week
    return Counts(rows, [row for row in rows if not week or row["week"] == week])


def kinds(words: Words) -> tuple[tuple[str, str], tuple[str, str]]:
    """Penalties and rewards, each with its colour."""
    return ("bad", words("penalties")), ("good", words("rewards"))


def split(rows: Sequence[Any], words: Words) -> list[Part]:
    told = Counter({"penalty": 0, "reward": 0})
    for row in rows:
        told[row["kind"]] += row["many"]
    (bad, penalties), (good, rewards) = kinds(words)
    return [Part(bad, told["penalty"], penalties), Part(good, told["reward"], rewards)]


def departments_panel(counts: Counts, opening: Opening) -> Component:
    """Penalties to the left, rewards to the right of one axis."""
    visit, words = opening.visit, opening.visit.words
    by: dict[str, list[Any]] = {}
    for row in counts.now:
        by.setdefault(row["department_id"], []).append(row)
    lines = [
        Line(
            opening.base.name(of, visit),
            visit.address("figures/slip_rewards", department=of, week=opening.place.week or "all"),
            split(rows, words),
        )
        for of, rows in sorted(by.items(), key=lambda item: -sum(r["many"] for r in item[1]))
    ]
    body = opposed(lines, kinds(words)) if lines else nothing(words("slips_none"))
    return panel(words("slips_by_department"), words("slips_counted_hint"), body, kind="opposed-panel")


def categories_panel(counts: Counts, opening: Opening) -> Component:
    """What slips were given for, the most frequent first."""
    words = opening.visit.words
    told: Counter[tuple[str, str, str]] = Counter()
    for row in counts.now:
        told[row["kind"], row["code"], words.of(row)] += row["many"]
    if not told:
        return panel(words("slips_by_category"), "", nothing(words("slips_none")), kind="categories-panel")
    (bad, penalties), (good, rewards) = kinds(words)
    signs = {"penalty": (bad, "−", penalties), "reward": (good, "＋", rewards)}
    widest = max(told.values())
    items = [
        html.Li(
            [
                html.Span(
                    [
                        html.Span(signs[kind][1], className=f"sign sign-{signs[kind][0]}", title=signs[kind][2]),
                        html.Span(name),
                        html.Small(code),
                    ],
                    className="category-name",
                ),
                html.Span(
                    html.Span(className=f"bar piece-{signs[kind][0]}", style={"width": f"{many / widest * 100:.1f}%"}),
                    className="bar-track short-track",
                ),
                html.Strong(f"{many:,}"),
            ]
        )
        for (kind, code, name), many in told.most_common(SHOWN)
    ]
    return panel(
        words("slips_by_category"),
        words("slips_counted_hint"),
        html.Ul(items, className="categories"),
        kind="categories-panel",
    )


def weeks_panel(counts: Counts, opening: Opening) -> Component:
    """Every week of the term so far."""
    words = opening.visit.words
    by: dict[int, list[Any]] = {}
    for row in counts.term:
        by.setdefault(row["week"] or 0, []).append(row)
    by.pop(0, None)
    if not by:
        return panel(words("slips_by_week"), "", nothing(words("slips_none")), kind="weeks-panel")
    columns = [(str(week), split(by.get(week, ()), words)) for week in range(1, max(*by, opening.place.upto) + 1)]
    return panel(
        words("slips_by_week"),
        words("trend_hint"),
        legend(kinds(words)),
        histogram(columns, words("slips_by_week")),
        kind="weeks-panel",
    )
