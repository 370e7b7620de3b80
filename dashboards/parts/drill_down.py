"""Drill-down 下钻: the sums one level below a figure, and the rows that make it up, each with its event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.ground import Ground
from dashboards.parts.lights import light_mark
from dashboards.parts.panel import nothing, table
from dashboards.parts.people import named
from dashboards.parts.reading import SHAPES, Sum
from dashboards.parts.things import Things, about
from dashboards.parts.visit import Visit
from infra.readings import Reading
from projections import Figure

PAGE: Final = 50
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Opened:
    """A figure opened down to its rows: the reading, the rows fetched, the sums one level below, and what it is about.

    Of more rows than are fetched at once only those of one screen are there (`complete` is then false).
    """

    figure: Figure
    reading: Reading
    rows: Sequence[Row]
    below: Sequence[Sum]
    things: Things

    @property
    def complete(self) -> bool:
        return len(self.rows) >= self.reading.count

    @property
    def told(self) -> Sum:
        return Sum(self.reading.numerator, self.reading.denominator, self.reading.count)

    @property
    def summed(self) -> Sum:
        """What the rows (or, of too many, the sums one level below) add up to; reckoned here, not by the database."""
        if not self.complete:
            return sum(self.below, Sum())
        return sum((Sum(row["numerator"], row["denominator"], 1) for row in self.rows), Sum())


def event_link(position: int, visit: Visit) -> Component:
    """#12,345, opening the event."""
    return html.A(
        f"#{position:,}",
        href=visit.address(event=position),
        className="event-link",
        title=visit.words("open_event", position=f"{position:,}"),
        **{"data-event": str(position)},
    )


def levels(rows: Sequence[tuple[str, str, Sum]], figure: Figure, base: Ground, visit: Visit, head: str) -> Component:
    """Sums one level below, as (address, name, sum): furthest below first where there is a target."""
    words = visit.words
    target = base.target(figure)
    rated = figure.scale is not None
    heads = [(head, "row-head"), (words("value"), "num")]
    heads += [(words("numerator"), "num"), (words("denominator"), "num")] if rated else [(words("rows_unit"), "num")]
    heads += [(words("light"), "")] if target else []
    body: list[list[Any]] = []
    for address, name, told in sorted(rows, key=lambda row: order(row[2], figure)):
        why = html.A(html.Strong(told.told(figure, words)), href=address, title=words("why_this"), className="why-link")
        line: list[Any] = [html.A(name, href=address), why]
        if rated:
            line += [words.periods(told.numerator), words.periods(told.denominator)]
        else:
            line.append(words.number(told.count))
        if target:
            line.append(light_mark(told.light(figure, target), words))
        body.append(line)
    return table(heads, body, head, "levels")


def order(told: Sum, figure: Figure) -> tuple[bool, Decimal]:
    """Worst first; nothing due last."""
    value = told.value(figure)
    if value is None:
        return True, Decimal(0)
    return False, value if figure.better == "higher" and figure.scale is not None else -value


def adds_up(opened: Opened, visit: Visit) -> Component:
    """Whether the rows add up to the figure: said on the page, and reckoned again each time."""
    words, figure = visit.words, opened.figure
    told, summed = opened.told, opened.summed
    same = (told.numerator, told.denominator, told.count) == (summed.numerator, summed.denominator, summed.count)

    def parts(of: Sum) -> str:
        if figure.scale is not None:
            return f"{words.periods(of.numerator)}/{words.periods(of.denominator)}"
        return words.periods(of.numerator)

    value = told.told(figure, words)
    shown = parts(told) if value == parts(told) else f"{parts(told)} ({value})"
    key = ("rows_add_up" if opened.complete else "sums_add_up") if same else "rows_differ"
    text = words(key, rows=f"{summed.count:,}", sum=parts(summed), value=shown)
    return html.P(text, className="adds-up" if same else "adds-up differs", **{"data-same": str(same).lower()})


@dataclass(frozen=True)
class Screen:
    """One screen of the rows: those shown, out of how many, and which screen it is."""

    shown: Sequence[Row]
    out_of: int
    page: int
    pages: int


def screen(rows: Sequence[Row], count: int, visit: Visit) -> Screen:
    """The screen the address asks for, of `count` rows in all; `short` leaves out what was met."""
    chosen = [row for row in rows if row["numerator"] != row["denominator"]] if visit.short else rows
    out_of = len(chosen) if visit.short else count
    pages = max((out_of + PAGE - 1) // PAGE, 1)
    page = min(visit.page, pages)
    return Screen(chosen[(page - 1) * PAGE : page * PAGE], out_of, page, pages)


def rows_table(opened: Opened, base: Ground, visit: Visit) -> Component:
    """One screen of the rows, with the way to the session and to the event of each."""
    words, part = visit.words, screen(opened.rows, opened.reading.count, visit)
    if not part.shown:
        return nothing(words("rows_none"), good=visit.short)
    heads = [(words("date"), "nowrap minor"), (words("week_short"), "num minor"), (words("department"), "minor")]
    heads += [(words("about"), "wide"), (words("person"), "")]
    heads += [(words("numerator"), "num"), (words("denominator"), "num"), (words("event"), "num")]
    body = [row_line(row, opened, base, visit) for row in part.shown]
    first = (part.page - 1) * PAGE + 1
    turn = html.Nav(
        [
            html.A(words("previous"), href=visit.address(page=part.page - 1), className="button")
            if part.page > 1
            else None,
            html.Span(words("rows_shown", first=first, last=first + len(part.shown) - 1, all=f"{part.out_of:,}")),
            html.A(words("next"), href=visit.address(page=part.page + 1), className="button")
            if part.page < part.pages
            else None,
        ],
        className="turn",
    )
    return html.Div([table(heads, body, words("rows_title"), "drill"), turn])


def row_line(row: Row, opened: Opened, base: Ground, visit: Visit) -> list[Any]:
    words = visit.words
    line: list[Any] = [
        str(row["day"] or ""),
        str(row["week"] or ""),
        base.name(row["department_id"], visit),
        about(row["about"], opened.things, base, visit, figure=opened.figure.key),
    ]
    line.append(named(row["person_id"], words))
    whole = row["numerator"] == row["denominator"]
    hit = opened.figure.unit == "percent" and opened.figure.better == "higher"
    mark = html.Span(
        [
            html.Span(f"{SHAPES['red']} ", role="img", **{"aria-label": words("missed")})
            if hit and not whole
            else None,
            words.periods(row["numerator"]),
        ],
        className="worse" if hit and not whole else "",
    )
    return [*line, mark, words.periods(row["denominator"]), event_link(row["position"], visit)]
