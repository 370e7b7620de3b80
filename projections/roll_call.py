"""Read models of roll calls: when each was taken, how many were there, who was not; waivers and disputes."""

from __future__ import annotations

from domain.roll_call import (
    DisputeDismissed,
    DisputeUpheld,
    MarkDisputed,
    PeriodsTaughtCorrected,
    RollCallMarkCorrected,
    RollCallTaken,
    RollCallWaiverAdvanced,
    RollCallWaiverGranted,
    RollCallWaiverRefused,
    RollCallWaiverRequested,
)
from domain.roll_call.rules import DEADLINE_HOURS
from projections import Figure, Scope, Table, done_in_time

_ROLL = {
    "session_id": "text",
    "teaching_class_id": "text",
    "term_id": "text",
    "week": "int",
    "day": "date",
    "department_id": "text",
    "teacher_ids": "text[]",
    "teacher_id": "text",
    "periods_taught": "int",
    "planned_periods": "int",
    "taken_at": "timestamptz",
    "elapsed_minutes": "int",
    "on_time": "boolean",
}
ROLL_CALL = Table(
    "roll_call",
    keys=("session_id",),
    columns=_ROLL,
    types=(RollCallTaken.NAME, PeriodsTaughtCorrected.NAME),
    fields=_ROLL,
    select="select * from batch",
    scope=Scope(department="department_id", persons=("teacher_ids",)),
    indexes=(("department_id", "week"),),
)

# `department_id` is the students' (A-student); `offering_department_id` offers the course.
ATTENDANCE = Table(
    "attendance",
    keys=("session_id", "department_id"),
    columns={
        "session_id": "text",
        "department_id": "text",
        "offering_department_id": "text",
        "teaching_class_id": "text",
        "term_id": "text",
        "week": "int",
        "day": "date",
        "teacher_ids": "text[]",
        "roster": "int",
        "present": "int",
        "absent": "int",
        "leave": "int",
        "late": "int",
        "left_early": "int",
    },
    types=(RollCallTaken.NAME, RollCallMarkCorrected.NAME),
    fields={
        "session_id": "text",
        "department_id": "text",
        "teaching_class_id": "text",
        "term_id": "text",
        "week": "int",
        "day": "date",
        "teacher_ids": "text[]",
        "counts": "json",
    },
    select="""
        select session_id, c.department_id, b.department_id as offering_department_id, teaching_class_id,
            term_id, week, day, teacher_ids, c.roster, c.present, c.absent, c.leave, c.late, c.left_early, position
        from batch b,
            json_to_recordset(
                case when json_typeof(counts) = 'array' then counts else json_build_array(counts) end
            ) as c(department_id text, roster int, present int, absent int, leave int, late int, left_early int)
    """,
    scope=Scope(department="department_id", persons=("teacher_ids",)),
    indexes=(("department_id", "week"), ("offering_department_id", "week")),
    past=(("term_id",),),
)

# Only those who were not present, or whose mark was corrected: the others are counted in `attendance`.
# Without the offset the counts would be opened anew for every mark.
MARK = Table(
    "mark",
    keys=("session_id", "student_id"),
    columns={
        "session_id": "text",
        "student_id": "text",
        "department_id": "text",
        "offering_department_id": "text",
        "teacher_ids": "text[]",
        "term_id": "text",
        "week": "int",
        "day": "date",
        "mark": "text",
        "corrected": "boolean",
    },
    types=(RollCallTaken.NAME, RollCallMarkCorrected.NAME),
    fields={
        "session_id": "text",
        "department_id": "text",
        "teacher_ids": "text[]",
        "term_id": "text",
        "week": "int",
        "day": "date",
        "marks": "json",
        "departments": "json",
        "counts": "json",
        "student_id": "text",
        "new": "text",
    },
    select="""
        select session_id, m.key as student_id,
            coalesce(departments->>m.key, only_department_id, department_id) as department_id,
            department_id as offering_department_id, teacher_ids, term_id, week, day, m.value as mark,
            false as corrected, position
        from (
                select *, counts#>>'{0,department_id}' as only_department_id
                from batch where type = 'roll_call.taken' offset 0
            ) b,
            json_each_text(marks) as m
        where m.value <> 'present'
        union all
        select session_id, student_id, counts->>'department_id', department_id, teacher_ids, term_id, week, day,
            new, true, position
        from batch
        where type = 'roll_call.mark_corrected'
    """,
    scope=Scope(department="department_id", persons=("student_id", "teacher_ids")),
    indexes=(("student_id",), ("department_id", "week")),
)

WAIVER = Table(
    "waiver",
    keys=("waiver_id",),
    columns={
        "waiver_id": "text",
        "session_id": "text",
        "department_id": "text",
        "term_id": "text",
        "week": "int",
        "day": "date",
        "requested_by": "text",
        "state": "text",
    },
    types=(
        RollCallWaiverRequested.NAME,
        RollCallWaiverAdvanced.NAME,
        RollCallWaiverGranted.NAME,
        RollCallWaiverRefused.NAME,
    ),
    select="""
        select d.*, replace(type, 'roll_call.waiver_', '') as state, position
        from batch, json_to_record(data) as d(
            waiver_id text, session_id text, department_id text, term_id text, week int, day date, requested_by text)
    """,
    scope=Scope(department="department_id", persons=("requested_by",)),
    indexes=(("session_id",), ("state",)),
)

DISPUTE = Table(
    "dispute",
    keys=("dispute_id",),
    columns={
        "dispute_id": "text",
        "session_id": "text",
        "student_id": "text",
        "department_id": "text",
        "teacher_ids": "text[]",
        "state": "text",
    },
    types=(MarkDisputed.NAME, DisputeUpheld.NAME, DisputeDismissed.NAME),
    select="""
        select d.*,
            case type when 'roll_call.mark_disputed' then 'open' when 'roll_call.dispute_upheld' then 'upheld'
                else 'dismissed' end as state,
            position
        from batch, json_to_record(data) as d(
            dispute_id text, session_id text, student_id text, department_id text, teacher_ids text[])
    """,
    scope=Scope(department="department_id", persons=("student_id", "teacher_ids")),
    indexes=(("session_id",), ("state",)),
)

ROLL_CALL_TIMELINESS = Figure(
    key="roll_call_timeliness",
    column=1,
    zh="点名及时率",
    en="Roll calls in time",
    unit="percent",
    axis="A-teach",
    owner="教务处",
    better="higher",
    rows=done_in_time("roll_call"),
    definition_zh="按期完成点名的课次 ÷ 已结束且点名期限已过的课次(名单为空的课次不计)",
    definition_en="Sessions rolled by their deadline ÷ ended sessions past their deadline (empty rosters left out)",
)

# The same sessions judged by one deadline for all, so that another one can be tried: "what if".
ROLL_CALL_TIMELINESS_BY_RULE = Figure(
    key="roll_call_timeliness_by_rule",
    column=1,
    zh="点名及时率(按指定时限重算)",
    en="Roll calls in time, by one deadline for all",
    unit="percent",
    axis="A-teach",
    owner="教务处",
    better="higher",
    rows="""
        select s.department_id, s.term_id, s.week, s.day, d.person_id, s.session_id as about,
            case when date_trunc('second', r.taken_at) <= s.ends_at + make_interval(hours => %(deadline_hours)s)
                then 1 else 0 end::numeric as numerator,
            1::numeric as denominator, greatest(d.since, r.since) as position
        from {duty} d join {session} s on s.session_id = d.about and s.term_id = d.term_id
            left join {roll_call} r using (session_id)
        where d.kind = 'roll_call' and d.state <> 'cancelled'
            and s.ends_at + make_interval(hours => %(deadline_hours)s) < %(moment)s
    """,
    definition_zh="以现行(或试算的)点名时限统一重算:时限内点名的课次 ÷ 时限已过的课次",
    definition_en="Recomputed by the deadline in force, or tried out: sessions rolled within it ÷ sessions past it",
    policies={"deadline_hours": DEADLINE_HOURS},
)

ATTENDANCE_RATE = Figure(
    key="attendance_rate",
    column=4,
    zh="学生出勤率",
    en="Student attendance",
    unit="percent",
    axis="A-student",
    owner="学生处",
    better="higher",
    rows="""
        select department_id, term_id, week, day, teacher_ids[1] as person_id, session_id as about,
            (present + late + left_early)::numeric as numerator, (roster - leave)::numeric as denominator,
            since as position
        from {attendance}
    """,
    definition_zh="(出勤 + 迟到 + 早退)÷(应到 − 请假),按学生所在系部",
    definition_en="(Present + late + left early) ÷ (roster − leave), by the students' department",
)

TRUANCY_RATE = Figure(
    key="truancy_rate",
    column=4,
    zh="旷课率",
    en="Truancy",
    unit="per_mille",
    axis="A-student",
    owner="学生处",
    better="lower",
    rows="""
        select department_id, term_id, week, day, teacher_ids[1] as person_id, session_id as about,
            absent::numeric as numerator, (roster - leave)::numeric as denominator, since as position
        from {attendance}
    """,
    definition_zh="旷课人次 ÷(应到 − 请假),按学生所在系部",
    definition_en="Absent without leave ÷ (roster − leave), by the students' department",
)
