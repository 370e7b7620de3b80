"""Units 单位: the sign behind a figure's number, and the name of what it counts."""

from __future__ import annotations

from typing import Final

from dashboards.parts.words import Words, say
from projections import Figure

SIGNS: Final = {"percent": "%", "per_mille": "‰"}
# What numerator and denominator count; of a figure that is not named here, by its unit and axis.
COUNTED: Final = {
    "hours_recognised_rate": "periods",
    "grade_timeliness": "counted_sheets",
    "grade_corrections": "counted_marks",
    "grade_pass_rate": "counted_grades",
    "grade_excellent_rate": "counted_grades",
    "slips": "counted_student_weeks",
    "slip_rewards": "counted_slips",
    "slip_confirmed_in_time": "counted_slips",
    "slip_appeals_upheld": "counted_appeals",
    "counselor_log": "counted_logs",
    "counselor_log_missed": "counted_logs",
    "notices": "counted_readers",
    "notices_unread": "counted_readers",
    "oa_logins": "counted_person_days",
    "tasks": "counted_assignments",
    "tasks_accepted": "counted_assignments",
    "task_score": "counted_judged",
    "duties_overdue": "overdue_unit",
}
# Figures of what fell due: with none of it there was nothing to do, rather than nothing known.
DUE: Final = frozenset(
    {
        "roll_call_timeliness",
        "hours_recognised_rate",
        "grade_timeliness",
        "slip_confirmed_in_time",
        "counselor_log",
        "notices",
        "tasks",
        "tasks_accepted",
    }
)

say(
    {
        "unit_per_hundred": ("张/百人", "per 100"),
        "unit_score": ("分", "points"),
        "mean_of": ("{many} 项评价的平均", "mean of {many} judged"),
        "counted_sheets": ("份成绩单", "sheets"),
        "counted_marks": ("个成绩", "marks"),
        "counted_grades": ("人次", "grades"),
        "counted_student_weeks": ("人周", "student-weeks"),
        "counted_slips": ("张", "slips"),
        "counted_appeals": ("件申诉", "appeals"),
        "counted_logs": ("篇", "logs"),
        "counted_readers": ("人次", "readings"),
        "counted_person_days": ("人天", "person-days"),
        "counted_assignments": ("项", "assignments"),
        "counted_judged": ("项评价", "judged"),
    }
)


def sign(figure: Figure, words: Words) -> str:
    """What follows the number at once: %, ‰, or a word with a space before it."""
    if figure.unit in SIGNS:
        return SIGNS[figure.unit]
    return f" {words(f'unit_{figure.unit}')}" if figure.unit in ("per_hundred", "score") else ""


def counted(figure: Figure, words: Words) -> str:
    """What the figure counts, in the plural."""
    if figure.key in COUNTED:
        return words(COUNTED[figure.key])
    if figure.unit == "periods":
        return words("periods")
    if figure.scale is None:
        return words("rows_unit")
    return words("person_times" if figure.axis == "A-student" else "sessions")
