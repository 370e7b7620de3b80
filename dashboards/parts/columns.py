"""A page of columns 栏目页: the figures of one or more columns as cards, and beneath them what the page adds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.card import Place, card
from dashboards.parts.filters import filters
from dashboards.parts.ground import Ground, cubes, ground
from dashboards.parts.panel import nothing
from dashboards.parts.reading import Cube
from dashboards.parts.shell import frame
from dashboards.parts.visit import Visit
from projections import Figure


@dataclass(frozen=True)
class Opening:
    """What a page of columns stands on: the figures by key, and the part of the term it speaks of."""

    visit: Visit
    base: Ground
    told: Mapping[str, Cube]
    place: Place


Body = Callable[[Opening], Awaitable[list[Any]]]


def declared(keys: Sequence[str]) -> tuple[str, ...]:
    """The keys for which there is a figure."""
    return tuple(key for key in keys if key in Figure.by_key)


def placed(visit: Visit, newest: int) -> Place:
    """The week a page speaks of: the one asked for, else the newest in which anything was due."""
    week = newest if visit.week is None else min(visit.week, newest)
    return Place(week, week - 1 if week > 1 else None, visit.department, week or newest)


# Grades are of a term, whatever the week: what they say of one week says little.
OF_THE_TERM: Final = ("grade_timeliness", "grade_corrections", "grade_pass_rate", "grade_excellent_rate")


def week_for(cube: Cube, place: Place, department: str | None = None) -> int:
    """The week a figure is told for; 0, the whole term, where it is of a term or nothing of it fell into the week."""
    if cube.figure.key in OF_THE_TERM or not place.week:
        return 0
    return place.week if cube.sum(department, place.week).count else 0


def scope_name(visit: Visit) -> str:
    """Whose figures these are when no department is chosen."""
    return visit.words("whole_college" if visit.viewer.college else "own_scope")


def newest_week(told: Mapping[str, Cube]) -> int:
    """The last week in which anything was due."""
    return max((week for cube in told.values() for week in cube.weeks), default=1)


async def column_page(
    visit: Visit, title: str, keys: Sequence[str], body: Body, *, weekly: bool = True, names_from: str | None = None
) -> Component:
    """A page titled by the text `title`: cards of the figures there are of `keys`, then what `body` gives.

    Not `weekly`: it speaks of the whole term, and offers no week.  `names_from`: see `frame`.
    """
    words = visit.words
    base = await ground(visit)
    if base.term is None:
        return frame(visit, words(title), "", nothing(words("no_term"), words("no_term_hint")))
    told = await cubes(visit, base, declared(keys))
    newest = newest_week(told)
    place = placed(visit, newest) if weekly else Place(0, None, visit.department, newest)
    opening = Opening(visit, base, told, place)
    where = base.name(visit.department, visit) if visit.department else scope_name(visit)
    when = words("week", week=place.week) if place.week else words("all_weeks")
    return frame(
        visit,
        words(title),
        f"{where} · {when}",
        [figure_cards(opening), *await body(opening)],
        filters(visit, base, place.week, newest, weekly),
        names_from=names_from,
    )


def of_term(cube: Cube, opening: Opening) -> Visit:
    """The visit whose addresses name the term, where a figure's own page would else speak of every term and of none."""
    term = opening.base.term_id
    return replace(opening.visit, term=term) if cube.figure.axis == "A-owner" else opening.visit


def figure_cards(opening: Opening) -> Component:
    """Every figure of the page as a card."""
    base, visit = opening.base, opening.visit
    return html.Div(
        [
            card(cube, opening.place, base.target(cube.figure), base.owner(cube.figure, visit), of_term(cube, opening))
            for cube in opening.told.values()
        ],
        className=f"cards cards-{len(opening.told)}",
    )


async def rows_of(opening: Opening, table: str, where: Mapping[str, Any] | None = None, **how: Any) -> list[Any]:
    """Rows of a table as of the page's position, of its department where one is chosen."""
    visit = opening.visit
    asked = dict(where or {}) | ({"department_id": visit.department} if visit.department else {})
    return await visit.readings.rows(table, visit.viewer, where=asked, as_of=visit.as_of, **how)
