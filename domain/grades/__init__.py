"""Grades 成绩: entered, submitted and locked; then changed only by an approved correction.  Seed: D13."""

from __future__ import annotations

from domain.exams import ExamHeld
from domain.grades import rules
from domain.grades.corrections import (
    ApproveGradeCorrection as ApproveGradeCorrection,
    RefuseGradeCorrection as RefuseGradeCorrection,
    RequestGradeCorrection as RequestGradeCorrection,
)
from domain.grades.deadline import SettleGradeEntry as SettleGradeEntry, kept, look, owed
from domain.grades.events import (
    MARKS as MARKS,
    SHEET_FACTS as SHEET_FACTS,
    Bands as Bands,
    Component as Component,
    CourseGrade as CourseGrade,
    CourseGradesPublished as CourseGradesPublished,
    CourseGradesReckoned as CourseGradesReckoned,
    GradeCorrected as GradeCorrected,
    GradeCorrectionAdvanced as GradeCorrectionAdvanced,
    GradeCorrectionApproved as GradeCorrectionApproved,
    GradeCorrectionRefused as GradeCorrectionRefused,
    GradeCorrectionRequested as GradeCorrectionRequested,
    GradeEntryFulfilled as GradeEntryFulfilled,
    GradeEntryLapsed as GradeEntryLapsed,
    GradeSchemeSet as GradeSchemeSet,
    GradeSheetConfirmed as GradeSheetConfirmed,
    GradeSheetOpened as GradeSheetOpened,
    GradeSheetReturned as GradeSheetReturned,
    GradeSheetSubmitted as GradeSheetSubmitted,
    GradesPublished as GradesPublished,
    MakeupMarkRecorded as MakeupMarkRecorded,
    MarkChangedBeforeSubmission as MarkChangedBeforeSubmission,
    MarkRecorded as MarkRecorded,
    MarkTransferred as MarkTransferred,
    Score as Score,
)
from domain.grades.makeups import RecordMakeupMark as RecordMakeupMark
from domain.grades.marking import RecordMark as RecordMark, TransferMark as TransferMark
from domain.grades.opening import OpenGradeSheet as OpenGradeSheet, SetGradeScheme as SetGradeScheme
from domain.grades.retold import RETOLD as RETOLD
from domain.grades.reviews import (
    ConcludeGradeReview as ConcludeGradeReview,
    GradeReviewConcluded as GradeReviewConcluded,
    GradeReviewRequested as GradeReviewRequested,
    RequestGradeReview as RequestGradeReview,
)
from domain.grades.submitting import (
    ConfirmGradeSheet as ConfirmGradeSheet,
    PublishGrades as PublishGrades,
    ReturnGradeSheet as ReturnGradeSheet,
    SubmitGradeSheet as SubmitGradeSheet,
)

POLICIES = rules.POLICIES
REFUSALS = {
    "sheet_not_open": ("成绩录入尚未开放", "The grade sheet is not open"),
    "sheet_locked": ("成绩已提交,不得更改", "The grades are submitted and locked"),
    "sheet_not_submitted": ("成绩尚未提交", "The grades have not been submitted"),
    "sheet_not_confirmed": ("成绩尚未经系部审核", "The department has not confirmed the grades"),
    "grades_not_published": ("成绩尚未发布", "The grades have not been published"),
    "scheme_not_set": ("尚未设定成绩比例", "What the grade is made of has not been set"),
    "component_unknown": ("没有这一成绩项目", "There is no such component"),
    "component_named_twice": ("成绩项目重复", "A component is named twice"),
    "component_has_marks": ("该成绩项目已有成绩,不能删去", "A component with marks cannot be taken away"),
    "weights_total": ("各项比例之和不是 100%", "The weights do not add up to 100 %"),
    "score_or_special": ("分数与特殊标记须二者取一", "Either a score or a reason for none, not both"),
    "entry_window_closed": ("成绩录入时间已截止", "The time for entering marks is over"),
    "deferral_by_office_only": ("缓考须经审批,教师不能录入", "A deferral is approved, never entered by the teacher"),
    "student_withdrawn": ("该生当时已退课", "The student had given the course up by then"),
    "student_not_on_sheet": ("该生不在成绩单上", "The student is not on the grade sheet"),
    "exam_violation_on_record": ("该生考试违纪,不能录入分数", "A violation is on record; no score can be entered"),
    "exam_absence_on_record": ("该生缺考,不能录入分数", "An absence is on record; no score can be entered"),
    "mark_already_recorded": ("该项已有成绩", "A mark is recorded in this component already"),
    "marks_missing": ("有学生尚无成绩", "Some students have no mark yet"),
    "entry_not_due": ("成绩录入期限未到", "The grades are not due yet"),
    "nothing_to_correct": ("与现有成绩相同", "The mark is already what is asked for"),
    "grade_correction_window_over": ("已过成绩更正申请期限", "The time for correcting these grades is over"),
    "correction_already_requested": ("该项已有成绩更正申请", "A correction of this mark has been requested already"),
    "correction_already_decided": ("该成绩更正申请已有结论", "The correction has been decided already"),
    "correction_unknown": ("没有这一成绩更正申请", "There is no such correction"),
    "makeup_not_due": ("该生无须补考", "The student has no exam to sit again"),
    "makeup_already_recorded": ("该生已有补考成绩", "A make-up mark is recorded already"),
    "course_to_be_retaken": ("作弊、违纪或被取消资格,须重修", "The course is to be retaken; no make-up exam"),
    "review_already_open": ("已有未处理的成绩复核申请", "A review is open already"),
    "review_already_concluded": ("该成绩复核已有结论", "The review has been concluded already"),
    "review_unknown": ("没有这一成绩复核申请", "There is no such review"),
    "review_window_over": ("已过成绩复核申请期限", "The time for requesting a review is over"),
}
AGENDA = {ExamHeld: owed, GradeSheetSubmitted: kept, GradeEntryFulfilled: kept}
REACTIONS = {ExamHeld: look}
