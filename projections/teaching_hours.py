"""Read model of teaching hours, and the figures on what was recognised and what was forfeited."""

from __future__ import annotations

from domain.teaching_hours import HoursNotRecognised, HoursRecognised, HoursRecognitionOverridden
from projections import Figure, Scope, Table

# `department_id` is the teacher's (A-staff); `offering_department_id` offers the course (A-teach).
HOURS = Table(
    "hours",
    keys=("session_id", "teacher_id"),
    columns={
        "session_id": "text",
        "teacher_id": "text",
        "department_id": "text",
        "offering_department_id": "text",
        "teaching_class_id": "text",
        "term_id": "text",
        "week": "int",
        "day": "date",
        "planned_hundredths": "int",
        "recognised_hundredths": "int",
        "outcome": "text",
        "reason": "text",
    },
    types=(HoursRecognised.NAME, HoursNotRecognised.NAME, HoursRecognitionOverridden.NAME),
    select="""
        select d.session_id, s.teacher_id, s.department_id, d.department_id as offering_department_id,
            d.teaching_class_id, d.term_id, d.week, d.day, s.planned_hundredths, s.recognised_hundredths,
            coalesce(d.outcome, 'not_recognised') as outcome,
            case type when 'teaching_hours.not_recognised' then d.reason end as reason, position
        from batch,
            json_to_record(data) as d(
                session_id text, department_id text, teaching_class_id text, term_id text, week int, day date,
                outcome text, reason text, shares json),
            json_to_recordset(d.shares) as s(
                teacher_id text, department_id text, planned_hundredths int, recognised_hundredths int)
    """,
    scope=Scope(department="offering_department_id", persons=("teacher_id",)),
    indexes=(("offering_department_id", "week"), ("teacher_id",), ("department_id",)),
    past=(("term_id",),),
)

HOURS_RECOGNISED_RATE = Figure(
    key="hours_recognised_rate",
    column=2,
    zh="课时认定率",
    en="Hours recognised, share",
    unit="percent",
    axis="A-teach",
    owner="教务处",
    better="higher",
    rows="""
        select offering_department_id as department_id, term_id, week, day, teacher_id as person_id,
            session_id as about, recognised_hundredths / 100.0 as numerator, planned_hundredths / 100.0 as denominator,
            since as position
        from {hours}
    """,
    definition_zh="已认定课时 ÷ 计划课时(只计已作出认定的课次)",
    definition_en="Recognised periods ÷ planned periods, of sessions that have been settled",
    true_by="event",
)

HOURS_RECOGNISED = Figure(
    key="hours_recognised",
    column=2,
    zh="已认定课时",
    en="Hours recognised",
    unit="periods",
    axis="A-teach",
    owner="教务处",
    better="higher",
    rows="""
        select offering_department_id as department_id, term_id, week, day, teacher_id as person_id,
            session_id as about, recognised_hundredths / 100.0 as numerator, planned_hundredths / 100.0 as denominator,
            since as position
        from {hours} where recognised_hundredths > 0
    """,
    definition_zh="已认定的课时",
    definition_en="Periods recognised",
    true_by="event",
)

HOURS_FORFEITED = Figure(
    key="hours_forfeited",
    column=2,
    zh="未认定课时",
    en="Hours forfeited",
    unit="periods",
    axis="A-teach",
    owner="教务处",
    better="lower",
    rows="""
        select offering_department_id as department_id, term_id, week, day, teacher_id as person_id,
            session_id as about, (planned_hundredths - recognised_hundredths) / 100.0 as numerator,
            planned_hundredths / 100.0 as denominator, since as position
        from {hours} where outcome = 'not_recognised'
    """,
    definition_zh="因未按期点名而不予认定的课时",
    definition_en="Periods not recognised because the roll call was late or missing",
    true_by="event",
)
