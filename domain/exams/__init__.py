"""Exams 考试: held, deferred 缓考, missed 缺考, disturbed 违纪, and who is barred from one.  Seed: D39, D13."""

from __future__ import annotations

from domain.exams import rules
from domain.exams.deferrals import (
    ApproveDeferral as ApproveDeferral,
    RefuseDeferral as RefuseDeferral,
    RequestDeferral as RequestDeferral,
)
from domain.exams.events import (
    EXAM_RECORDS as EXAM_RECORDS,
    BarredFromExam as BarredFromExam,
    DeferralAdvanced as DeferralAdvanced,
    DeferralApproved as DeferralApproved,
    DeferralRefused as DeferralRefused,
    DeferralRequested as DeferralRequested,
    ExamAbsenceRecorded as ExamAbsenceRecorded,
    ExamHeld as ExamHeld,
    ExamRecordRevoked as ExamRecordRevoked,
    ExamViolationRecorded as ExamViolationRecorded,
)
from domain.exams.members import MEMBER_FACTS as MEMBER_FACTS, Members as Members
from domain.exams.records import (
    BarFromExam as BarFromExam,
    RecordAbsence as RecordAbsence,
    RecordExamHeld as RecordExamHeld,
    RecordViolation as RecordViolation,
    RevokeExamRecord as RevokeExamRecord,
)

POLICIES = rules.POLICIES
REFUSALS = {
    "exam_in_future": ("考试日期尚未到", "The day of the exam has not come yet"),
    "exam_already_held": ("该教学班考试已登记为另一日期", "The exam of this class is on record for another day"),
    "deferral_already_requested": ("已有缓考申请", "A deferral has been requested already"),
    "deferral_already_decided": ("该缓考申请已有结论", "The deferral has been decided already"),
    "deferral_unknown": ("没有这一缓考申请", "There is no such deferral"),
    "deferral_window_over": ("已过缓考申请期限", "The time for requesting a deferral is over"),
    "student_deferred": ("该生已批准缓考", "The student's exam is deferred"),
    "barred_from_exam": ("该生已被取消考试资格", "The student is barred from the exam"),
    "violation_already_recorded": ("已按另一类别登记违纪", "A violation of another kind is on record already"),
    "exam_record_unknown": ("没有这一考试记录", "There is no such record of the exam"),
}
