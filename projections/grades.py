"""Read models of grades: sheets, marks, the published grades, corrections and reviews; and the figures over them."""

from __future__ import annotations

from domain.access import ACADEMIC, ACADEMIC_HEAD, AUDITOR, HEAD
from domain.grades import (
    SHEET_FACTS,
    CourseGradesPublished,
    GradeCorrected,
    GradeCorrectionAdvanced,
    GradeCorrectionApproved,
    GradeCorrectionRefused,
    GradeCorrectionRequested,
    GradeReviewConcluded,
    GradeReviewRequested,
    GradeSheetSubmitted,
    MakeupMarkRecorded,
    MarkChangedBeforeSubmission,
    MarkRecorded,
    MarkTransferred,
)
from projections import Figure, Scope, Table, done_in_time

# `week` and `day` are those of the exam; `due_at` is known once the exam is on record (see the table of duties).
GRADE_SHEET = Table(
    "grade_sheet",
    keys=("teaching_class_id",),
    columns={
        "teaching_class_id": "text",
        "term_id": "text",
        "department_id": "text",
        "teacher_id": "text",
        "teacher_ids": "text[]",
        "course_name": "text",
        "state": "text",
        "week": "int",
        "day": "date",
        "due_at": "timestamptz",
        "submitted_at": "timestamptz",
        "on_time": "boolean",
        "members": "int",
        "marks": "int",
    },
    types=tuple(kind.NAME for kind in SHEET_FACTS),
    select="""
        select d.*, d.teacher_ids[1] as teacher_id, position
        from batch, json_to_record(data) as d(
            teaching_class_id text, term_id text, department_id text, teacher_ids text[], course_name text, state text,
            week int, day date, due_at timestamptz, submitted_at timestamptz, on_time boolean, members int, marks int)
    """,
    scope=Scope(department="department_id", persons=("teacher_ids",)),
    indexes=(("department_id", "state"), ("term_id",)),
)

# What each submission said: how many were of which level, and what was unusual about it.
GRADE_SUBMISSION = Table(
    "grade_submission",
    keys=("teaching_class_id", "submission"),
    columns={
        "teaching_class_id": "text",
        "submission": "int",
        "term_id": "text",
        "department_id": "text",
        "teacher_ids": "text[]",
        "members": "int",
        "failed": "int",
        "pending": "int",
        "anomalies": "text[]",  # all_same_score, many_failed
    },
    types=(GradeSheetSubmitted.NAME,),
    select="""
        select d.*, b.failed, b.pending, position
        from batch,
            json_to_record(data) as d(
                teaching_class_id text, submission int, term_id text, department_id text, teacher_ids text[],
                members int, anomalies text[], bands json),
            json_to_record(d.bands) as b(failed int, pending int)
    """,
    scope=Scope(department="department_id", persons=("teacher_ids",)),
    indexes=(("term_id", "department_id"),),
    fixed=True,
)

# Not for the student concerned: they see what is published, in `course_grade`.
GRADE_MARK = Table(
    "grade_mark",
    keys=("teaching_class_id", "student_id", "component"),
    columns={
        "teaching_class_id": "text",
        "student_id": "text",
        "component": "text",
        "term_id": "text",
        "department_id": "text",
        "teacher_ids": "text[]",
        "score_hundredths": "int",
        "special": "text",
        "submitted_on": "date",
        "late": "boolean",
        "banked": "boolean",
        "corrected": "boolean",
    },
    types=(MarkRecorded.NAME, MarkChangedBeforeSubmission.NAME, MarkTransferred.NAME, GradeCorrected.NAME),
    select="""
        select d.*, type = 'grades.corrected' as corrected, position
        from batch, json_to_record(data) as d(
            teaching_class_id text, student_id text, component text, term_id text, department_id text,
            teacher_ids text[], score_hundredths int, special text, submitted_on date, late boolean, banked boolean)
    """,
    scope=Scope(department="department_id", persons=("teacher_ids",)),
    indexes=(("student_id",),),
)

COURSE_GRADE = Table(
    "course_grade",
    keys=("teaching_class_id", "student_id"),
    columns={
        "teaching_class_id": "text",
        "student_id": "text",
        "term_id": "text",
        "department_id": "text",
        "teacher_ids": "text[]",
        "course_name": "text",
        "total_hundredths": "int",
        "level": "text",
        "passed": "boolean",
        "outcome": "text",
        "attempt": "text",
        "corrected": "boolean",
    },
    types=(CourseGradesPublished.NAME, MakeupMarkRecorded.NAME),
    select="""
        select d.teaching_class_id, e.key as student_id, d.term_id, d.department_id, d.teacher_ids, d.course_name,
            g.total_hundredths, g.level, g.passed, g.outcome, g.attempt, coalesce(d.part = 0, false) as corrected,
            position
        from batch,
            json_to_record(data) as d(
                teaching_class_id text, student_id text, term_id text, department_id text, teacher_ids text[],
                course_name text, part int, grades json, grade json),
            json_each(coalesce(d.grades, json_build_object(d.student_id, d.grade))) as e,
            json_to_record(e.value) as g(
                total_hundredths int, level text, passed boolean, outcome text, attempt text)
    """,
    scope=Scope(department="department_id", persons=("student_id", "teacher_ids")),
    indexes=(("student_id",), ("department_id",)),
)

GRADE_CORRECTION = Table(
    "grade_correction",
    keys=("correction_id",),
    columns={
        "correction_id": "text",
        "teaching_class_id": "text",
        "student_id": "text",
        "component": "text",
        "term_id": "text",
        "department_id": "text",
        "teacher_ids": "text[]",
        "requested_by": "text",
        "state": "text",
        "before_hundredths": "int",
        "before_special": "text",
        "after_hundredths": "int",
        "after_special": "text",
    },
    types=(
        GradeCorrectionRequested.NAME,
        GradeCorrectionAdvanced.NAME,
        GradeCorrectionApproved.NAME,
        GradeCorrectionRefused.NAME,
    ),
    select="""
        select d.*, replace(type, 'grades.correction_', '') as state,
            (d.before->>'hundredths')::int as before_hundredths, d.before->>'special' as before_special,
            (d.after->>'hundredths')::int as after_hundredths, d.after->>'special' as after_special, position
        from batch, json_to_record(data) as d(
            correction_id text, teaching_class_id text, student_id text, component text, term_id text,
            department_id text, teacher_ids text[], requested_by text, before json, after json)
    """,
    scope=Scope(department="department_id", persons=("requested_by", "teacher_ids")),
    indexes=(("department_id", "state"), ("teaching_class_id",)),
)

GRADE_REVIEW = Table(
    "grade_review",
    keys=("review_id",),
    columns={
        "review_id": "text",
        "teaching_class_id": "text",
        "student_id": "text",
        "term_id": "text",
        "department_id": "text",
        "teacher_ids": "text[]",
        "state": "text",
    },
    types=(GradeReviewRequested.NAME, GradeReviewConcluded.NAME),
    select="""
        select d.review_id, d.teaching_class_id, d.student_id, d.term_id, d.department_id, d.teacher_ids,
            coalesce(d.outcome, 'requested') as state, position
        from batch, json_to_record(data) as d(
            review_id text, teaching_class_id text, student_id text, term_id text, department_id text,
            teacher_ids text[], outcome text)
    """,
    scope=Scope(department="department_id", persons=("student_id", "teacher_ids")),
    indexes=(("department_id", "state"),),
)

# Why a correction or a review was asked for, and what was answered.  `shown_to`: of a correction the teachers, as the
# student sees what is published; of a review the student, and of its findings the teachers too, who act upon them.
GRADE_TEXT = Table(
    "grade_text",
    keys=("about", "event"),
    columns={
        "about": "text",
        "event": "text",
        "said_in": "text",
        "teaching_class_id": "text",
        "student_id": "text",
        "shown_to": "text[]",
        "department_id": "text",
        "written_by": "text",
        "written_at": "timestamptz",
        "text": "json",
    },
    types=(
        GradeCorrectionRequested.NAME,
        GradeCorrectionRefused.NAME,
        GradeReviewRequested.NAME,
        GradeReviewConcluded.NAME,
    ),
    select="""
        select coalesce(d.correction_id, d.review_id) as about, batch.id::text as event, type as said_in,
            d.teaching_class_id, d.student_id,
            case type when 'grades.review_requested' then array[d.student_id]
                when 'grades.review_concluded' then d.student_id || d.teacher_ids
                else d.requested_by || d.teacher_ids end as shown_to,
            d.department_id, actor->>'person_id' as written_by, received_at as written_at,
            coalesce(d.reason, d.findings) as text, position
        from batch, json_to_record(data) as d(
            correction_id text, review_id text, teaching_class_id text, student_id text, requested_by text,
            teacher_ids text[], department_id text, reason json, findings json)
    """,
    scope=Scope(department="department_id", persons=("shown_to", "written_by")),
    fixed=True,
    readers=frozenset({ACADEMIC, ACADEMIC_HEAD, AUDITOR, HEAD}),
)

GRADE_TIMELINESS = Figure(
    key="grade_timeliness",
    column=7,
    zh="成绩录入及时率",
    en="Grades in time",
    unit="percent",
    axis="A-teach",
    owner="教务处",
    better="higher",
    rows=done_in_time("grade_entry"),
    definition_zh="按期提交的成绩单 ÷ 考试已登记且录入期限已过的成绩单",
    definition_en="Grade sheets submitted by their due moment ÷ those whose exam is on record and whose moment is over",
)

GRADE_CORRECTIONS = Figure(
    key="grade_corrections",
    column=7,
    zh="成绩更正率",
    en="Grades corrected",
    unit="per_mille",
    axis="A-teach",
    owner="教务处",
    better="lower",
    rows="""
        select department_id, term_id, week, day, teacher_id as person_id, teaching_class_id as about,
            0::numeric as numerator, marks::numeric as denominator, since as position, null::text as correction_id
        from {grade_sheet} where marks is not null
        union all
        select department_id, term_id, null::int, null::date, teacher_ids[1], teaching_class_id,
            1::numeric, 0::numeric, since, correction_id
        from {grade_correction} where state = 'approved'
    """,
    definition_zh="经批准更正的成绩 ÷ 已提交的成绩(每千个)",
    definition_en="Marks changed by an approved correction ÷ marks submitted, in thousands",
    true_by="event",
    apart="correction_id",
)

GRADE_PASS_RATE = Figure(
    key="grade_pass_rate",
    column=7,
    zh="课程及格率",
    en="Courses passed",
    unit="percent",
    axis="A-teach",
    owner="教务处",
    better="higher",
    rows="""
        select department_id, term_id, null::int as week, null::date as day, teacher_ids[1] as person_id,
            teaching_class_id as about, passed::int::numeric as numerator, 1::numeric as denominator, since as position,
            student_id
        from {course_grade} where passed is not null
    """,
    definition_zh="及格人次 ÷ 已发布成绩的人次(缓考、免修不计)",
    definition_en="Grades that pass ÷ grades published (deferred exams and exemptions left out)",
    true_by="event",
    apart="student_id",
)

GRADE_EXCELLENT_RATE = Figure(
    key="grade_excellent_rate",
    column=7,
    zh="课程优秀率",
    en="Courses passed with excellence",
    unit="percent",
    axis="A-teach",
    owner="教务处",
    better="higher",
    rows="""
        select department_id, term_id, null::int as week, null::date as day, teacher_ids[1] as person_id,
            teaching_class_id as about, case when level = 'excellent' then 1 else 0 end::numeric as numerator,
            1::numeric as denominator, since as position, student_id
        from {course_grade} where passed is not null
    """,
    definition_zh="优秀人次 ÷ 已发布成绩的人次(缓考、免修不计)",
    definition_en="Grades of the highest level ÷ grades published (deferred exams and exemptions left out)",
    true_by="event",
    apart="student_id",
)
