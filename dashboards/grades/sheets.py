"""Grade sheets as people see them: where each stands, by when it was due to the second, and what is unusual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.columns import Opening
from dashboards.parts.drill_down import event_link
from dashboards.parts.lights import marked
from dashboards.parts.overdue import late_by
from dashboards.parts.panel import grouped_table, nothing, panel, table
from dashboards.parts.people import named
from dashboards.parts.reading import Light
from dashboards.parts.stacks import Line, Part, stacks
from dashboards.parts.words import Words

# A sheet is known by being opened or by its exam being on record, whichever came first.
SHEETS: Final = """
    select coalesce(s.teaching_class_id, d.about) as teaching_class_id,
        coalesce(s.department_id, d.department_id) as department_id, coalesce(s.teacher_id, d.person_id) as teacher_id,
        coalesce(s.course_name, e.course_name) as course_name, coalesce(s.state, 'closed') as stage,
        s.submitted_at, s.on_time, s.members, coalesce(d.due_at, s.due_at) as due_at, d.state as duty,
        u.anomalies, u.failed, u.members - u.pending as judged,
        greatest(s.since, d.since) as position, %(moment)s::timestamptz as moment
    from {grade_sheet} s
    full join (select * from {duty} where kind = 'grade_entry') d on d.about = s.teaching_class_id
    left join {exam_held} e on e.teaching_class_id = d.about
    left join lateral (
        select * from {grade_submission} g where g.teaching_class_id = s.teaching_class_id
        order by g.submission desc limit 1) u on true
    where coalesce(s.term_id, d.term_id) = %(term)s
      and (%(department)s::text is null or coalesce(s.department_id, d.department_id) = %(department)s)
      and (%(person)s::text is null or coalesce(s.teacher_id, d.person_id) = %(person)s)
    order by due_at nulls last, teaching_class_id limit 5000"""
SHOWN: Final = 60
OF_EACH: Final = 6
STAGES: Final = ("published", "confirmed", "submitted", "entering", "overdue")


@dataclass(frozen=True)
class Sheet:
    """One grade sheet at one moment."""

    row: Mapping[str, Any]

    @property
    def moment(self) -> datetime:
        moment: datetime = self.row["moment"]
        return moment

    @property
    def overdue(self) -> bool:
        """Past due and not handed in until now."""
        duty, due = self.row["duty"], self.row["due_at"]
        return duty == "lapsed" or (duty == "open" and due is not None and due < self.moment)

    @property
    def stage(self) -> str:
        """The stage it is counted under."""
        if self.overdue:
            return "overdue"
        stage = str(self.row["stage"])
        return stage if stage in STAGES else "entering"

    @property
    def anomalies(self) -> list[str]:
        """What was unusual when it was handed in; a sheet sent back is being looked at."""
        return [] if self.row["stage"] in ("returned", "closed") else list(self.row["anomalies"] or ())

    @property
    def light(self) -> Light:
        duty, on_time = self.row["duty"], self.row["on_time"]
        if self.overdue:
            return "red"
        if duty == "done_late" or on_time is False:
            return "amber"
        return "green" if duty == "done" or on_time else "none"

    @property
    def urgency(self) -> tuple[int, str]:
        """Overdue first, then unusual, sent back, late, the rest."""
        kinds = (self.overdue, bool(self.anomalies), self.row["stage"] == "returned", self.light == "amber")
        place = next((at for at, true in enumerate(kinds) if true), len(kinds))
        return place, str(self.row["due_at"] or "9")


async def sheets(opening: Opening) -> list[Sheet]:
    """Every sheet of the term within the viewer's rows, the soonest due first."""
    visit = opening.visit
    asked = {"term": opening.base.term_id, "department": visit.department, "person": visit.person}
    rows = await visit.readings.select(SHEETS, asked, visit.viewer, as_of=visit.as_of)
    return [Sheet(row) for row in rows]


def by_department(found: Sequence[Sheet]) -> dict[str, list[Sheet]]:
    """The most overdue department first."""
    told: dict[str, list[Sheet]] = {}
    for sheet in found:
        told.setdefault(sheet.row["department_id"], []).append(sheet)
    return dict(sorted(told.items(), key=lambda item: (-sum(s.overdue for s in item[1]), item[0])))


def progress_panel(found: Sequence[Sheet], opening: Opening) -> Component:
    """How many sheets of each department have reached which stage."""
    words, visit = opening.visit.words, opening.visit
    kinds = [(stage, words(f"stage_{stage}")) for stage in STAGES]
    lines = []
    for department, of in by_department(found).items():
        counts = [Part(stage, sum(s.stage == stage for s in of), said) for stage, said in kinds]
        lines.append(
            Line(opening.base.name(department, visit), visit.address(department=department, person=None), counts)
        )
    body = stacks(lines, kinds) if lines else nothing(words("sheets_none"))
    return panel(words("sheets_by_department"), words("sheets_by_department_hint"), body, kind="progress-panel")


def standing(sheet: Sheet, words: Words) -> Component:
    """Whether it came in time, by shape, word and colour."""
    row, light = sheet.row, sheet.light
    if light == "red":
        told = words("sheet_overdue", late=late_by(row["due_at"], sheet.moment, words))
    elif light in ("amber", "green"):
        told = words("sheet_late" if light == "amber" else "sheet_in_time")
    elif row["due_at"] is None:
        told = words("sheet_no_exam")
    else:
        left = row["due_at"] - sheet.moment
        told = words("sheet_left", days=left.days, hours=left.seconds // 3600)
    return marked(light, told)


def flags(sheet: Sheet, words: Words) -> Component | None:
    """What is unusual about its grades, by shape and word."""
    if not sheet.anomalies:
        return None
    told = {"failed": sheet.row["failed"], "of": sheet.row["judged"]}
    marks = [
        html.Span(f"{'◆' if kind == 'all_same_score' else '▲'} {words(f'anomaly_{kind}', **told)}", className="flag")
        for kind in sheet.anomalies
    ]
    return html.Span(marks, className="flags")


def line(sheet: Sheet, opening: Opening) -> list[Any]:
    words, row = opening.visit.words, sheet.row
    stage = html.Span(words(f"stage_{row['stage']}"), className=f"stage stage-{row['stage']}")
    return [
        named(row["teacher_id"], words),
        html.Span(
            [
                html.Span(row["course_name"], lang="zh-CN"),
                html.Small(named(row["teacher_id"], words), className="phone-only"),
                flags(sheet, words),
            ],
            className="about",
        ),
        stage,
        standing(sheet, words),
        words.moment(row["due_at"], seconds=True) if row["due_at"] else "—",
        words.moment(row["submitted_at"], seconds=True) if row["submitted_at"] else "—",
        "" if row["members"] is None else words.number(row["members"]),
        event_link(row["position"], opening.visit),
    ]


def sheets_panel(found: Sequence[Sheet], opening: Opening) -> Component:
    """Department by department, teacher by teacher; of many sheets those first that need somebody."""
    words, visit = opening.visit.words, opening.visit
    if not found:
        return panel(words("sheets_title"), "", nothing(words("sheets_none")), kind="sheets-panel")
    heads = [
        (words("teacher"), "nowrap minor"),
        (words("course"), "wide"),
        (words("sheet_stage"), "nowrap"),
        (words("light"), "nowrap"),
        (words("sheet_due"), "nowrap"),
        (words("sheet_handed_in"), "nowrap"),
        (words("sheet_marks"), "num"),
        (words("event"), "num"),
    ]
    most = OF_EACH if len(found) > SHOWN and not visit.department else len(found)
    groups = []
    for department, of in by_department(found).items():
        ranked = sorted(of, key=lambda s: (s.urgency[0], s.row["teacher_id"] or "", s.urgency[1]))
        name = html.A(opening.base.name(department, visit), href=visit.address(department=department, person=None))
        rest = words("sheets_all", many=len(of)) if len(of) > most else words("sheets_many", many=len(of))
        title = [name, html.Span(rest, className="quiet")]
        groups.append((title, [line(sheet, opening) for sheet in ranked[:most]]))
    body = grouped_table(heads, groups, words("sheets_title"), "drill sheets")
    return panel(words("sheets_title"), words("sheets_hint"), body, kind="sheets-panel")


def anomalies_panel(found: Sequence[Sheet], opening: Opening) -> Component:
    """Sheets whose grades stand out, for the department to check."""
    words, visit = opening.visit.words, opening.visit
    odd = [sheet for sheet in found if sheet.anomalies]
    if not odd:
        return panel(words("anomalies_title"), "", nothing(words("anomalies_none"), good=True), kind="anomalies-panel")
    heads = [(words("course"), "wide"), (words("department"), ""), (words("event"), "num")]
    rows = [
        [
            html.Span([html.Span(s.row["course_name"], lang="zh-CN"), flags(s, words)], className="about"),
            opening.base.name(s.row["department_id"], visit),
            event_link(s.row["position"], visit),
        ]
        for s in odd[:50]
    ]
    body = table(heads, rows, words("anomalies_title"), "drill")
    return panel(words("anomalies_title"), words("anomalies_hint"), body, kind="anomalies-panel")
