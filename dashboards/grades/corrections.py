"""Corrections of grades: what stood before, what was asked for, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.columns import Opening
from dashboards.parts.drill_down import event_link
from dashboards.parts.lights import marked
from dashboards.parts.panel import nothing, panel, table
from dashboards.parts.people import named, student
from dashboards.parts.reading import Light
from dashboards.parts.words import Words

CORRECTIONS: Final = """
    select c.*, s.course_name, c.since as position
    from {grade_correction} c left join {grade_sheet} s on s.teaching_class_id = c.teaching_class_id
    where c.term_id = %(term)s and (%(department)s::text is null or c.department_id = %(department)s)
      and (%(person)s::text is null or c.teacher_ids[1] = %(person)s)
    order by c.since desc limit 100"""
LIGHTS: Final[Mapping[str, Light]] = {"requested": "amber", "advanced": "amber", "approved": "green", "refused": "none"}


async def corrections_panel(opening: Opening) -> Component:
    """The newest hundred of the term."""
    visit, words = opening.visit, opening.visit.words
    asked = {"term": opening.base.term_id, "department": visit.department, "person": visit.person}
    rows = await visit.readings.select(CORRECTIONS, asked, visit.viewer, as_of=visit.as_of)
    if not rows:
        body = nothing(words("corrections_none"), good=True)
        return panel(words("corrections_title"), "", body, kind="corrections-panel")
    heads = [
        (words("department"), "minor"),
        (words("course"), "wide"),
        (words("correction_student"), "nowrap"),
        (words("teacher"), "nowrap minor"),
        (words("correction_before"), "num"),
        (words("correction_after"), "num"),
        (words("light"), "nowrap"),
        (words("event"), "num"),
    ]
    body = table(heads, [line(row, opening) for row in rows], words("corrections_title"), "drill")
    return panel(words("corrections_title"), words("corrections_hint"), body, kind="corrections-panel")


def line(row: Mapping[str, Any], opening: Opening) -> list[Any]:
    words = opening.visit.words
    return [
        opening.base.name(row["department_id"], opening.visit),
        html.Span([html.Span(row["course_name"]), html.Small(row["component"])], className="about", lang="zh-CN"),
        student(row["student_id"], words),
        named(row["requested_by"], words),
        score(row["before_hundredths"], row["before_special"], words),
        html.Strong(score(row["after_hundredths"], row["after_special"], words)),
        marked(LIGHTS[row["state"]], words(f"correction_{row['state']}")),
        event_link(row["position"], opening.visit),
    ]


def score(hundredths: int | None, special: str | None, words: Words) -> str:
    """A score, or why there is none."""
    if hundredths is not None:
        return words.periods(hundredths / 100)
    return words(f"special_{special}") if special and special != "none" else "—"
