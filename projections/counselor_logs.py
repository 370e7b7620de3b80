"""Read models of counselors' weekly logs: one row per counselor and week, who may be awarded merit, and the awards.

What a log says stays sealed with its counselor's key, is opened only for who may read it, and goes with the key.
"""

from __future__ import annotations

from domain.access import AUDITOR, DEPUTY, HEAD, PRESIDENT, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD
from domain.counselor_logs import (
    MeritAwarded,
    MeritAwardQuestioned,
    MeritAwardRevoked,
    MeritAwardUpheld,
    MeritEligibilityRestored,
    MeritIneligible,
    MeritNominated,
    WeekExempted,
    WeeklyLogAmended,
    WeeklyLogDue,
    WeeklyLogMissed,
    WeeklyLogReturned,
    WeeklyLogReviewed,
    WeeklyLogSubmitted,
    WeeklyLogSubmittedLate,
)
from projections import Figure, Scope, Table

# `department_id` is the counselor's own on the week's Monday (A-staff), and `day` that Monday.
WEEKLY_LOG = Table(
    "weekly_log",
    keys=("log_id",),
    columns={
        "log_id": "text",
        "person_id": "text",
        "department_id": "text",
        "term_id": "text",
        "year": "int",
        "week": "int",
        "day": "date",
        "due_at": "timestamptz",
        "state": "text",  # due, submitted, missed, submitted_late, exempt
        "submitted_at": "timestamptz",
        "review": "text",  # none, reviewed, returned
        "reviewed_by": "text",
    },
    types=(
        WeeklyLogDue.NAME,
        WeeklyLogSubmitted.NAME,
        WeeklyLogSubmittedLate.NAME,
        WeeklyLogMissed.NAME,
        WeekExempted.NAME,
        WeeklyLogAmended.NAME,
        WeeklyLogReviewed.NAME,
        WeeklyLogReturned.NAME,
    ),
    select="""
        select d.*, position
        from batch, json_to_record(data) as d(
            log_id text, person_id text, department_id text, term_id text, year int, week int, day date,
            due_at timestamptz, state text, submitted_at timestamptz, review text, reviewed_by text)
    """,
    scope=Scope(department="department_id", persons=("person_id",)),
    indexes=(("term_id", "week"), ("person_id",), ("department_id", "week")),
)

# What a log, its amendments and its reviews say: one row per event and section, `number` as the form has them.
WEEKLY_LOG_TEXT = Table(
    "weekly_log_text",
    keys=("about", "event", "section"),
    columns={
        "about": "text",
        "event": "text",
        "section": "text",
        "number": "int",
        "said_in": "text",
        "person_id": "text",
        "department_id": "text",
        "written_by": "text",
        "written_at": "timestamptz",
        "text": "json",
    },
    types=(
        WeeklyLogSubmitted.NAME,
        WeeklyLogSubmittedLate.NAME,
        WeeklyLogAmended.NAME,
        WeeklyLogReviewed.NAME,
        WeeklyLogReturned.NAME,
    ),
    select="""
        select d.log_id as about, batch.id::text as event, s.section, s.number, type as said_in, d.person_id,
            d.department_id, actor->>'person_id' as written_by, received_at as written_at, s.text, position
        from batch,
            json_to_record(data) as d(
                log_id text, person_id text, department_id text, class_situation json, attendance_handling json,
                talks json, dormitory_visits json, lessons_observed json, incidents json, suggestions json,
                next_week_plan json, text json, comment json),
            lateral (values
                (1, 'class_situation', d.class_situation), (2, 'attendance_handling', d.attendance_handling),
                (3, 'talks', d.talks), (4, 'dormitory_visits', d.dormitory_visits),
                (5, 'lessons_observed', d.lessons_observed), (6, 'incidents', d.incidents),
                (7, 'suggestions', d.suggestions), (8, 'next_week_plan', d.next_week_plan),
                (9, 'amendment', d.text), (10, 'comment', d.comment)) as s(number, section, text)
        where s.text is not null
    """,
    scope=Scope(department="department_id", persons=("person_id", "written_by")),
    fixed=True,
    readers=frozenset({AUDITOR, DEPUTY, HEAD, PRESIDENT, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD}),
)

MERIT = Table(
    "merit",
    keys=("person_id", "year"),
    columns={
        "person_id": "text",
        "year": "int",
        "department_id": "text",
        "eligible": "boolean",
        "term_id": "text",  # the semester whose misses cost the eligibility
        "missed_weeks": "int[]",
        "ground": "text",  # why it was restored: document, miss_exempted
    },
    types=(MeritIneligible.NAME, MeritEligibilityRestored.NAME),
    select="""
        select d.*, position
        from batch, json_to_record(data) as d(
            person_id text, year int, department_id text, eligible boolean, term_id text, missed_weeks int[],
            ground text)
    """,
    scope=Scope(department="department_id", persons=("person_id",)),
    indexes=(("department_id", "year"),),
)

MERIT_AWARD = Table(
    "merit_award",
    keys=("nomination_id",),
    columns={
        "nomination_id": "text",
        "person_id": "text",
        "department_id": "text",
        "year": "int",
        "title": "text",
        "nominated_by": "text",
        "state": "text",  # nominated, awarded, questioned, upheld, revoked
        "document_no": "text",
    },
    types=(
        MeritNominated.NAME,
        MeritAwarded.NAME,
        MeritAwardQuestioned.NAME,
        MeritAwardUpheld.NAME,
        MeritAwardRevoked.NAME,
    ),
    select="""
        select d.nomination_id, d.person_id, d.department_id, d.year, d.title, d.nominated_by,
            replace(type, 'counselor_logs.merit_', '') as state, d.document_no, position
        from batch, json_to_record(data) as d(
            nomination_id text, person_id text, department_id text, year int, title text, nominated_by text,
            document_no text)
    """,
    scope=Scope(department="department_id", persons=("person_id",)),
    indexes=(("person_id",), ("state",)),
)

COUNSELOR_LOG = Figure(
    key="counselor_log",
    column=19,
    zh="辅导员日志按时率",
    en="Counselor logs in time",
    unit="percent",
    axis="A-staff",
    owner="学生处",
    better="higher",
    rows="""
        select department_id, term_id, week, day, person_id, log_id as about,
            case when state = 'submitted' then 1 else 0 end::numeric as numerator, 1::numeric as denominator,
            since as position
        from {weekly_log} where due_at < %(moment)s and state <> 'exempt'
    """,
    definition_zh="按时提交的周志 ÷ 期限已过的应交周志(免填周不计;逾期提交不算按时),按辅导员所属部门",
    definition_en="Logs handed in by their deadline ÷ logs past it (exempt weeks left out; late is not in time),"
    " by the counselor's own department",
)

COUNSELOR_LOG_MISSED = Figure(
    key="counselor_log_missed",
    column=19,
    zh="周志缺交次数",
    en="Counselor logs missed",
    unit="count",
    axis="A-staff",
    owner="学生处",
    better="lower",
    rows="""
        select department_id, term_id, week, day, person_id, log_id as about, 1::numeric as numerator,
            1::numeric as denominator, since as position
        from {weekly_log} where state in ('missed', 'submitted_late')
    """,
    definition_zh="未按时提交(含逾期补交)且未免填的周志数;按人列出即缺交预警名单",
    definition_en="Logs missed or handed in late, and not exempted; by person it is the list of warnings",
    true_by="event",
)
