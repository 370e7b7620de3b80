"""Read models of conduct: the catalogue, slips, what was written about them, talks, sanctions.

Texts stay sealed: they are opened only for who may read them, and go with the student's key.
"""

from __future__ import annotations

from domain.access import AUDITOR, COUNSELOR, DEPUTY, HEAD, PRESIDENT, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD
from domain.conduct import (
    DefenceRecorded,
    DisciplineAgreed,
    DisciplineAppealDecided,
    DisciplineAppealed,
    DisciplineDecided,
    DisciplineDelivered,
    DisciplineLifted,
    EducationTalkRecorded,
    SanctionDismissed,
    SanctionNoticeRecorded,
    SanctionProposed,
    SlipAcknowledged,
    SlipAppealDecided,
    SlipAppealed,
    SlipAppealLapsed,
    SlipCategoryDefined,
    SlipCategoryRetired,
    SlipConfirmationLapsed,
    SlipConfirmed,
    SlipEscalated,
    SlipIssued,
    SlipReturned,
    SlipRevoked,
)
from domain.students import StudentAdmitted, StudentPlaced
from projections import Figure, Scope, Table, done_in_time

SLIP_CATALOGUE = Table(
    "slip_catalogue",
    keys=("code", "version"),
    columns={
        "code": "text",
        "version": "int",
        "title": "text",
        "title_en": "text",
        "kind": "text",
        "least_hundredths": "int",
        "most_hundredths": "int",
        "needs_approval": "boolean",
        "state": "text",
    },
    types=(SlipCategoryDefined.NAME, SlipCategoryRetired.NAME),
    select="""
        select d.*, case type when 'conduct.slip_category_defined' then 'in_force' else 'retired' end as state, position
        from batch, json_to_record(data) as d(
            code text, version int, title text, title_en text, kind text, least_hundredths int,
            most_hundredths int, needs_approval boolean)
    """,
    scope=Scope(open=True),
)

# `department_id` is the student's on the day (A-student); `counted_hundredths` is what the student has of it now.
SLIP = Table(
    "slip",
    keys=("slip_id",),
    columns={
        "slip_id": "text",
        "student_id": "text",
        "squad_id": "text",
        "department_id": "text",
        "term_id": "text",
        "week": "int",
        "day": "date",
        "code": "text",
        "category_version": "int",
        "kind": "text",
        "points_hundredths": "int",
        "counted_hundredths": "int",
        "teaching_class_id": "text",
        "issued_by": "text",
        "issued_as": "text",
        "issuer_department_id": "text",
        "issued_at": "timestamptz",
        "acknowledged_at": "timestamptz",
        "confirmed_by": "text",
        "confirmed_at": "timestamptz",
        "state": "text",
        "appeal": "text",
        "case_id": "text",
    },
    types=(
        SlipIssued.NAME,
        SlipAcknowledged.NAME,
        SlipConfirmed.NAME,
        SlipReturned.NAME,
        SlipConfirmationLapsed.NAME,
        SlipAppealed.NAME,
        SlipAppealDecided.NAME,
        SlipAppealLapsed.NAME,
        SlipRevoked.NAME,
        SlipEscalated.NAME,
    ),
    select="""
        select d.*,
            case when d.state <> 'confirmed' then 0 when d.kind = 'penalty' then - d.points_hundredths
                else d.points_hundredths end as counted_hundredths,
            position
        from batch, json_to_record(data) as d(
            slip_id text, student_id text, squad_id text, department_id text, term_id text, week int, day date,
            code text, category_version int, kind text, points_hundredths int, teaching_class_id text, issued_by text,
            issued_as text, issuer_department_id text, issued_at timestamptz, acknowledged_at timestamptz,
            confirmed_by text, confirmed_at timestamptz, state text, appeal text, case_id text)
    """,
    scope=Scope(department="department_id", persons=("student_id", "issued_by", "confirmed_by")),
    indexes=(("department_id", "week"), ("student_id",), ("state",)),
)

TALK = Table(
    "talk",
    keys=("talk_id",),
    columns={
        "talk_id": "text",
        "student_id": "text",
        "squad_id": "text",
        "department_id": "text",
        "term_id": "text",
        "week": "int",
        "day": "date",
        "slip_id": "text",
        "held_by": "text",
        "subject": "text",
    },
    types=(EducationTalkRecorded.NAME,),
    select="""
        select d.*, position
        from batch, json_to_record(data) as d(
            talk_id text, student_id text, squad_id text, department_id text, term_id text, week int, day date,
            slip_id text, held_by text, subject text)
    """,
    scope=Scope(department="department_id", persons=("student_id", "held_by")),
    indexes=(("department_id", "week"), ("student_id",)),
)

SANCTION = Table(
    "sanction",
    keys=("case_id",),
    columns={
        "case_id": "text",
        "student_id": "text",
        "squad_id": "text",
        "department_id": "text",
        "term_id": "text",
        "week": "int",
        "day": "date",
        "slip_ids": "text[]",
        "measure": "text",
        "months": "int",
        "proposed_by": "text",
        "proposed_on": "date",
        "state": "text",
        "notice_on": "date",
        "heard_on": "date",
        "waived": "boolean",
        "decided_at": "timestamptz",
        "document_no": "text",
        "delivered_on": "date",
        "ends_on": "date",
        "appeal": "text",
        "lifted_on": "date",
    },
    types=(
        SanctionProposed.NAME,
        SanctionNoticeRecorded.NAME,
        DefenceRecorded.NAME,
        DisciplineAgreed.NAME,
        DisciplineDecided.NAME,
        SanctionDismissed.NAME,
        DisciplineDelivered.NAME,
        DisciplineAppealed.NAME,
        DisciplineAppealDecided.NAME,
        DisciplineLifted.NAME,
    ),
    select="""
        select d.*, position
        from batch, json_to_record(data) as d(
            case_id text, student_id text, squad_id text, department_id text, term_id text, week int, day date,
            slip_ids text[], measure text, months int, proposed_by text, proposed_on date, state text, notice_on date,
            heard_on date, waived boolean, decided_at timestamptz, document_no text, delivered_on date, ends_on date,
            appeal text, lifted_on date)
    """,
    scope=Scope(department="department_id", persons=("student_id", "proposed_by")),
    indexes=(("department_id", "state"), ("student_id",)),
)

# What was written about a student, sealed as the log has it; `about` is the slip, the talk or the sanction.
CONDUCT_TEXT = Table(
    "conduct_text",
    keys=("about", "event"),
    columns={
        "about": "text",
        "event": "text",
        "said_in": "text",
        "student_id": "text",
        "department_id": "text",
        "written_by": "text",
        "written_at": "timestamptz",
        "text": "json",
        "place": "json",
        "evidence": "json",
    },
    types=(
        SlipIssued.NAME,
        SlipReturned.NAME,
        SlipAppealed.NAME,
        SlipAppealDecided.NAME,
        SlipRevoked.NAME,
        EducationTalkRecorded.NAME,
        SanctionProposed.NAME,
        SanctionNoticeRecorded.NAME,
        DefenceRecorded.NAME,
        DisciplineAgreed.NAME,
        DisciplineDecided.NAME,
        SanctionDismissed.NAME,
        DisciplineDelivered.NAME,
        DisciplineAppealed.NAME,
        DisciplineAppealDecided.NAME,
    ),
    select="""
        select case when type = 'conduct.education_talk_recorded' then d.talk_id
                when left(type, 13) = 'conduct.slip_' then d.slip_id else d.case_id end as about,
            batch.id::text as event, type as said_in, d.student_id, d.department_id,
            actor->>'person_id' as written_by, received_at as written_at,
            coalesce(d.description, d.reason, d.grounds, d.notes, d.statement) as text, d.place, d.evidence, position
        from batch, json_to_record(data) as d(
            slip_id text, talk_id text, case_id text, student_id text, department_id text, description json,
            reason json, grounds json, notes json, statement json, place json, evidence json)
    """,
    scope=Scope(department="department_id", persons=("student_id", "written_by")),
    indexes=(("student_id",),),
    fixed=True,
    readers=frozenset({AUDITOR, COUNSELOR, DEPUTY, HEAD, PRESIDENT, STUDENT_AFFAIRS, STUDENT_AFFAIRS_HEAD}),
)

# Who came to a department and who left it, from what day: to count its students on any date.
STUDENT_MOVE = Table(
    "student_move",
    keys=("student_id", "department_id", "event"),
    columns={"student_id": "text", "department_id": "text", "event": "text", "from_day": "date", "change": "int"},
    types=(StudentAdmitted.NAME, StudentPlaced.NAME),
    select="""
        select d.student_id, m.department_id, batch.id::text as event, d.from_day, m.change, position
        from batch,
            json_to_record(data) as d(
                student_id text, department_id text, former_department_id text, from_day date),
            lateral (values (d.department_id, 1), (d.former_department_id, -1)) as m(department_id, change)
        where m.department_id is not null and d.department_id is distinct from d.former_department_id
    """,
    scope=Scope(department="department_id", persons=("student_id",)),
    indexes=(("department_id", "from_day"),),
    fixed=True,
)

SLIPS = Figure(
    key="slips",
    column=16,
    zh="每百名学生每周奖罚单",
    en="Slips per 100 students and week",
    unit="per_hundred",
    axis="A-student",
    owner="学生处",
    better="higher",
    rows="""
        select department_id, term_id, week, day, issued_by as person_id, slip_id as about,
            1::numeric as numerator, 0::numeric as denominator, since as position
        from {slip} where state in ('issued', 'confirmed') and week is not null
        union all
        select m.department_id, w.term_id, w.week, w.day, null, m.department_id,
            0, sum(m.change)::numeric, max(m.since)
        from (
            select t.term_id, n as week, least(t.starts_on + 7 * n - 1, today) as day
            from (select (%(moment)s at time zone %(zone)s)::date as today) a, {term} t,
                generate_series(1, t.weeks) as n
            where t.starts_on + 7 * (n - 1) <= today
        ) w join {student_move} m on m.from_day <= w.day
        group by m.department_id, w.term_id, w.week, w.day having sum(m.change) > 0
    """,
    definition_zh="教学周内发生、未退回、未撤销、未经申诉取消的奖罚单 ÷ 各教学周末学生所在系部的学生数(多周为周平均)",
    definition_en="Slips of teaching weeks neither returned, revoked nor overturned ÷ students of the department "
    "at the end of each week (over several weeks: the mean of a week)",
)

SLIP_REWARDS = Figure(
    key="slip_rewards",
    column=16,
    zh="奖单占比",
    en="Rewards among slips",
    unit="percent",
    axis="A-student",
    owner="学生处",
    better="higher",
    rows="""
        select department_id, term_id, week, day, issued_by as person_id, slip_id as about,
            case when kind = 'reward' then 1 else 0 end::numeric as numerator, 1::numeric as denominator,
            since as position
        from {slip} where state = 'confirmed'
    """,
    definition_zh="已核实的奖单 ÷ 已核实的奖罚单,按学生所在系部",
    definition_en="Confirmed rewards ÷ confirmed slips, by the students' department",
    true_by="event",
)

SLIP_CONFIRMED_IN_TIME = Figure(
    key="slip_confirmed_in_time",
    column=16,
    zh="奖罚单核实及时率",
    en="Slips confirmed in time",
    unit="percent",
    axis="A-student",
    owner="学生处",
    better="higher",
    rows=done_in_time("slip_confirmation"),
    definition_zh="期限内核实或退回的奖罚单 ÷ 核实期限已过的奖罚单",
    definition_en="Slips confirmed or returned within the days given ÷ slips whose days are over",
)

SLIP_APPEALS_UPHELD = Figure(
    key="slip_appeals_upheld",
    column=16,
    zh="罚单申诉成立率",
    en="Appeals against slips upheld",
    unit="percent",
    axis="A-student",
    owner="学生处",
    better="lower",
    rows="""
        select department_id, term_id, week, day, issued_by as person_id, slip_id as about,
            case when appeal = 'upheld' then 1 else 0 end::numeric as numerator, 1::numeric as denominator,
            since as position
        from {slip} where appeal in ('upheld', 'dismissed')
    """,
    definition_zh="申诉成立的罚单 ÷ 申诉已裁决的罚单",
    definition_en="Appeals upheld ÷ appeals decided",
    true_by="event",
)
