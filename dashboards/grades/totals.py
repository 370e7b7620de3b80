"""How the totals fall, in tens, drawn only where there are enough of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash.development.base_component import Component

from dashboards.parts.columns import Opening
from dashboards.parts.histogram import histogram
from dashboards.parts.panel import nothing, panel
from dashboards.parts.reading import FEW
from dashboards.parts.stacks import Part, legend

TOTALS: Final = """
    select least(total_hundredths / 1000, 9) as ten, count(*) as many, count(*) filter (where not passed) as failed,
        sum(total_hundredths) as total
    from {course_grade}
    where term_id = %(term)s and total_hundredths is not null and passed is not null
      and (%(department)s::text is null or department_id = %(department)s)
      and (%(person)s::text is null or teacher_ids[1] = %(person)s)
    group by 1 order by 1"""


async def totals_panel(opening: Opening) -> Component:
    """The published totals of the term, of the department or the teacher the address names."""
    visit = opening.visit
    asked = {"term": opening.base.term_id, "department": visit.department, "person": visit.person}
    rows = await visit.readings.select(TOTALS, asked, visit.viewer, as_of=visit.as_of)
    return drawn(rows, opening)


def drawn(rows: Sequence[Mapping[str, Any]], opening: Opening) -> Component:
    words = opening.visit.words
    many = sum(row["many"] for row in rows)
    if many < FEW:
        return panel(words("totals_title"), "", nothing(words("totals_few")), kind="totals-panel")
    mean = words.number(sum(row["total"] for row in rows) / many / 100, 1)
    hint = words("totals_hint", many=f"{many:,}", mean=mean, failed=sum(row["failed"] for row in rows))
    kinds = (("good", words("totals_passed")), ("bad", words("totals_failed")))
    known = {row["ten"]: row for row in rows}
    columns = []
    for ten in range(min(known), 10):
        row = known.get(ten, {"many": 0, "failed": 0})
        counts = (row["many"] - row["failed"], row["failed"])
        parts = [Part(kind, size, said) for (kind, said), size in zip(kinds, counts, strict=True)]
        columns.append((f"{ten * 10}–{ten * 10 + 9 if ten < 9 else 100}", list(reversed(parts))))
    return panel(
        words("totals_title"), hint, legend(kinds), histogram(columns, words("totals_title")), kind="totals-panel"
    )
