"""Slips nobody has confirmed yet, and how long they have waited."""

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

WAITING: Final = """
    select s.*, coalesce(c.title, s.code) as name, c.title_en as name_en, d.due_at, d.person_id as owed_by,
        s.since as position, count(*) over () as many, %(moment)s::timestamptz as moment
    from {slip} s
    left join {slip_catalogue} c on c.code = s.code and c.version = s.category_version
    left join {duty} d on d.kind = 'slip_confirmation' and d.about = s.slip_id
    where s.state = 'issued' and (%(department)s::text is null or s.department_id = %(department)s)
    order by s.issued_at, s.slip_id limit 50"""


async def waiting_panel(opening: Opening) -> Component:
    """The longest waiting first."""
    visit, words = opening.visit, opening.visit.words
    rows = await visit.readings.select(WAITING, {"department": visit.department}, visit.viewer, as_of=visit.as_of)
    if not rows:
        return panel(words("waiting_title"), "", nothing(words("waiting_none"), good=True), kind="waiting-panel")
    heads = [
        (words("slip_of"), "wide"),
        (words("light"), "nowrap"),
        (words("slip_age"), "nowrap"),
        (words("waiting_due"), "nowrap"),
        (words("slip_student"), "nowrap"),
        (words("department"), "nowrap minor"),
        (words("waiting_by"), "nowrap"),
        (words("slip_issued"), "nowrap minor"),
        (words("event"), "num"),
    ]
    body = table(heads, [line(row, opening) for row in rows], words("waiting_title"), "drill")
    hint = words("waiting_hint", many=f"{rows[0]['many']:,}")
    return panel(words("waiting_title"), hint, body, kind="waiting-panel")


def line(row: Mapping[str, Any], opening: Opening) -> list[Any]:
    words = opening.visit.words
    waited = row["moment"] - row["issued_at"]
    over = row["due_at"] is not None and row["due_at"] < row["moment"]
    good = row["kind"] == "reward"
    return [
        html.Span(
            [
                html.Span("＋" if good else "−", className=f"sign sign-{'good' if good else 'bad'}"),
                html.Span(words.of(row)),
                html.Small(f"{row['code']} · {words('slip_points')} {words.periods(row['points_hundredths'] / 100)}"),
            ],
            className="category-name",
        ),
        marked("red" if over else "none", words("waiting_overdue" if over else "waiting_in_time")),
        words("slip_waited", days=waited.days, hours=waited.seconds // 3600),
        words.moment(row["due_at"]) if row["due_at"] else "—",
        student(row["student_id"], words),
        opening.base.name(row["department_id"], opening.visit),
        named(row["owed_by"], words),
        words.moment(row["issued_at"]),
        event_link(row["position"], opening.visit),
    ]
