"""Read models of exams: which were held, deferrals asked for, and what an exam has on record of a student."""

from __future__ import annotations

from domain.access import ACADEMIC, ACADEMIC_HEAD, AUDITOR, HEAD, SECRETARY
from domain.exams import (
    BarredFromExam,
    DeferralAdvanced,
    DeferralApproved,
    DeferralRefused,
    DeferralRequested,
    ExamAbsenceRecorded,
    ExamHeld,
    ExamRecordRevoked,
    ExamViolationRecorded,
)
from projections import Scope, Table

EXAM_HELD = Table(
    "exam_held",
    keys=("teaching_class_id",),
    columns={
        "teaching_class_id": "text",
        "term_id": "text",
        "week": "int",
        "day": "date",
        "department_id": "text",
        "teacher_ids": "text[]",
        "course_name": "text",
        "due_at": "timestamptz",
    },
    types=(ExamHeld.NAME,),
    select="""
        select d.*, (data->'duty'->>'due_at')::timestamptz as due_at, position
        from batch, json_to_record(data) as d(
            teaching_class_id text, term_id text, week int, day date, department_id text, teacher_ids text[],
            course_name text)
    """,
    scope=Scope(department="department_id", persons=("teacher_ids",)),
    indexes=(("department_id",), ("day",)),
)

# `department_id` is the student's (A-student); `offering_department_id` offers the course.
DEFERRAL = Table(
    "deferral",
    keys=("deferral_id",),
    columns={
        "deferral_id": "text",
        "teaching_class_id": "text",
        "student_id": "text",
        "term_id": "text",
        "department_id": "text",
        "offering_department_id": "text",
        "teacher_ids": "text[]",
        "course_name": "text",
        "requested_by": "text",
        "state": "text",
    },
    types=(DeferralRequested.NAME, DeferralAdvanced.NAME, DeferralApproved.NAME, DeferralRefused.NAME),
    select="""
        select d.*, replace(type, 'exams.deferral_', '') as state, position
        from batch, json_to_record(data) as d(
            deferral_id text, teaching_class_id text, student_id text, term_id text, department_id text,
            offering_department_id text, teacher_ids text[], course_name text, requested_by text)
    """,
    scope=Scope(department="department_id", persons=("student_id", "teacher_ids")),
    indexes=(("department_id", "state"), ("student_id",)),
)

# One row a student and kind of record; what was revoked stays, and says so.
EXAM_RECORD = Table(
    "exam_record",
    keys=("teaching_class_id", "student_id", "record"),
    columns={
        "teaching_class_id": "text",
        "student_id": "text",
        "record": "text",
        "term_id": "text",
        "department_id": "text",
        "offering_department_id": "text",
        "teacher_ids": "text[]",
        "course_name": "text",
        "day": "date",
        "kind": "text",
        "state": "text",
    },
    types=(ExamAbsenceRecorded.NAME, ExamViolationRecorded.NAME, BarredFromExam.NAME, ExamRecordRevoked.NAME),
    select="""
        select d.teaching_class_id, d.student_id,
            case type when 'exams.absence_recorded' then 'absence' when 'exams.violation_recorded' then 'violation'
                when 'exams.barred' then 'bar' else d.record end as record,
            d.term_id, d.department_id, d.offering_department_id, d.teacher_ids, d.course_name, d.day, d.kind,
            case type when 'exams.record_revoked' then 'revoked' else 'stands' end as state, position
        from batch, json_to_record(data) as d(
            teaching_class_id text, student_id text, record text, term_id text, department_id text,
            offering_department_id text, teacher_ids text[], course_name text, day date, kind text)
    """,
    scope=Scope(department="department_id", persons=("student_id", "teacher_ids")),
    indexes=(("student_id",), ("department_id",)),
)

# Why a deferral was asked for or refused, and what a violation, a bar or its revocation says: to the student, the
# writer, and those who decide.  The teacher of the course has no say in a deferral, and is not told the reason.
# `about` is the deferral, or the student whom the record is about.
EXAM_TEXT = Table(
    "exam_text",
    keys=("about", "event"),
    columns={
        "about": "text",
        "event": "text",
        "said_in": "text",
        "teaching_class_id": "text",
        "student_id": "text",
        "department_id": "text",
        "written_by": "text",
        "written_at": "timestamptz",
        "text": "json",
    },
    types=(
        DeferralRequested.NAME,
        DeferralRefused.NAME,
        ExamViolationRecorded.NAME,
        BarredFromExam.NAME,
        ExamRecordRevoked.NAME,
    ),
    select="""
        select coalesce(d.deferral_id, d.student_id) as about, batch.id::text as event, type as said_in,
            d.teaching_class_id, d.student_id, d.department_id, actor->>'person_id' as written_by,
            received_at as written_at, coalesce(d.reason, d.description) as text, position
        from batch, json_to_record(data) as d(
            deferral_id text, teaching_class_id text, student_id text, department_id text, reason json,
            description json)
    """,
    scope=Scope(department="department_id", persons=("student_id", "written_by")),
    fixed=True,
    readers=frozenset({ACADEMIC, ACADEMIC_HEAD, AUDITOR, HEAD, SECRETARY}),
)
