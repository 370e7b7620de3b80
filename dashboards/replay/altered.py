"""What an event changed 变更: rows before and after, told in the words of columns.py and by the names of things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.ground import Ground
from dashboards.parts.naming import called
from dashboards.parts.panel import nothing, panel, within
from dashboards.parts.visit import Visit
from dashboards.parts.words import Words
from dashboards.replay.columns import column_titles, table_titles, value_titles
from domain import person_of
from domain.access import SYSTEM
from infra.story.changes import Change

MOST: Final = 8  # rows of a table told in full
LETTERS: Final = 60
SYSTEM_PERSONS: Final = {actor.person_id: role for role, actor in SYSTEM.items()}


def changes_panel(changed: Sequence[Change] | None, base: Ground, visit: Visit) -> Component:
    """By table; of many rows only the first."""
    words = visit.words
    if changed is None:
        return panel(words("altered_title"), "", nothing(words("altered_waits")), kind="changes-panel")
    if not changed:
        return panel(words("altered_title"), "", nothing(words("altered_none")), kind="changes-panel")
    by_table: dict[str, list[Change]] = {}
    for change in changed:
        by_table.setdefault(change.table, []).append(change)
    told = []
    for table, rows in by_table.items():
        told += [row_told(change, base, visit) for change in rows[:MOST]]
        if len(rows) > MOST:
            more = words("altered_more", count=len(rows) - MOST)
            told.append(html.P([table_name(table, words), " · ", more], className="hint"))
    return panel(
        words("altered_title"), words("altered_hint"), html.Div(told, className="altered"), kind="changes-panel"
    )


def table_name(table: str, words: Words) -> str:
    return words.either(*table_titles(table))


def row_told(change: Change, base: Ground, visit: Visit) -> Component:
    """One row: its table, what became of it, and its columns before and after."""
    words = visit.words
    kind = "new" if change.before is None else "ended" if change.after is None else "altered"
    both = kind == "altered"
    heads = [html.Th(words("altered_column"), scope="col", className="row-head")]
    if change.before is not None:
        heads.append(html.Th(words("altered_before"), scope="col"))
    if change.after is not None:
        heads.append(html.Th(words("altered_after"), scope="col"))
    lines = []
    for column in change.columns:
        cells = [html.Th(words.either(*column_titles(column)), scope="row", className="row-head")]
        if change.before is not None:
            cells.append(html.Td(value(column, change.before, base, visit), className="was" if both else ""))
        if change.after is not None:
            cells.append(html.Td(value(column, change.after, base, visit), className="is" if both else ""))
        lines.append(html.Tr(cells))
    label = f"{table_name(change.table, words)} · {words(f'altered_{kind}')}"
    return html.Section(
        [
            html.H3(
                [
                    html.Span(table_name(change.table, words), className="altered-table"),
                    html.Span(words(f"altered_{kind}"), className=f"chip altered-{kind}"),
                ]
            ),
            within(label, "altered-cells", [html.Thead(html.Tr(heads)), html.Tbody(lines)]),
        ],
        className="altered-row",
    )


def value(column: str, row: Mapping[str, Any], base: Ground, visit: Visit) -> Any:
    """What a column holds, as people know it; sealed texts stay sealed."""
    words, held = visit.words, row[column]
    if held is None or held == [] or held == "":
        return html.Span("—", className="quiet")
    if isinstance(held, bool):
        return words("yes" if held else "no")
    if isinstance(held, datetime):
        return words.moment(held, seconds=True)
    if isinstance(held, date):
        return held.isoformat()
    if isinstance(held, Mapping):
        return (
            html.Span(words("altered_sealed"), className="quiet")
            if "sealed" in held
            else words("many_items", count=len(held))
        )
    if isinstance(held, list | tuple):
        return several(held, base, visit)
    if column.endswith("_hundredths") and isinstance(held, int):
        return words.periods(held / 100)
    if isinstance(held, str):
        return one(held, column, base, visit)
    return f"{held:,}" if isinstance(held, int) and column != "year" else str(held)


def several(held: Sequence[Any], base: Ground, visit: Visit) -> Any:
    """A list: a few one after the other, more as a number."""
    if len(held) > 4 or any(isinstance(part, Mapping) for part in held):
        return visit.words("many_items", count=len(held))
    parts: list[Any] = []
    for part in held:
        parts += ["、" if parts else None, one(part, "", base, visit) if isinstance(part, str) else str(part)]
    return html.Span(parts)


def one(text: str, column: str, base: Ground, visit: Visit) -> Any:
    """A word: an id by its name, a state by its title, anything else as it is."""
    words = visit.words
    kind = text.partition(":")[0]
    if kind == "department" and text in base.departments:
        return base.name(text, visit)
    if text in SYSTEM_PERSONS:
        return words(f"source_{SYSTEM_PERSONS[text]}")
    if kind == "person":
        return called(text, words("a_person"))
    if kind == "student":
        return called(person_of(text), words("a_student"))
    if kind == "session":
        return html.A(html.Code(short(text)), href=visit.address(f"sessions/{text}"))
    if titles := value_titles(column, text):
        return words.either(*titles)
    if ":" in text and " " not in text:
        return html.Code(short(text), title=text)
    return html.Span(text if len(text) <= 300 else text[:300] + "…", lang="zh-CN")


def short(text: str) -> str:
    return text if len(text) <= LETTERS // 2 else text[: LETTERS // 2 - 1] + "…"
