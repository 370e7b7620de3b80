"""Grades 成绩: entered, submitted and locked; then changed only by an approved correction.  Seed: D13."""

from __future__ import annotations

from domain.grades import rules
from domain.grades.events import (
    MARKS as MARKS,
    SHEET_FACTS as SHEET_FACTS,
    Component as Component,
    CourseGrade as CourseGrade,
    GradeCorrected as GradeCorrected,
    GradeSchemeSet as GradeSchemeSet,
    GradeSheetOpened as GradeSheetOpened,
    MarkChangedBeforeSubmission as MarkChangedBeforeSubmission,
    MarkRecorded as MarkRecorded,
    MarkTransferred as MarkTransferred,
    Score as Score,
)
from domain.grades.marking import RecordMark as RecordMark, TransferMark as TransferMark
from domain.grades.opening import OpenGradeSheet as OpenGradeSheet, SetGradeScheme as SetGradeScheme

POLICIES = rules.POLICIES
REFUSALS = {
    "sheet_not_open": ("成绩录入尚未开放", "The grade sheet is not open"),
    "sheet_locked": ("成绩已提交,不得更改", "The grades are submitted and locked"),
    "scheme_not_set": ("尚未设定成绩比例", "What the grade is made of has not been set"),
    "component_unknown": ("没有这一成绩项目", "There is no such component"),
    "component_named_twice": ("成绩项目重复", "A component is named twice"),
    "component_has_marks": ("该成绩项目已有成绩,不能删去", "A component with marks cannot be taken away"),
    "weights_total": ("各项比例之和不是 100%", "The weights do not add up to 100 %"),
    "score_or_special": ("分数与特殊标记须二者取一", "Either a score or a reason for none, not both"),
    "entry_window_closed": ("成绩录入时间已截止", "The time for entering marks is over"),
    "deferral_by_office_only": ("缓考须经审批,教师不能录入", "A deferral is approved, never entered by the teacher"),
    "student_withdrawn": ("该生当时已退课", "The student had given the course up by then"),
    "exam_violation_on_record": ("该生考试违纪,不能录入分数", "A violation is on record; no score can be entered"),
    "exam_absence_on_record": ("该生缺考,不能录入分数", "An absence is on record; no score can be entered"),
    "mark_already_recorded": ("该项已有成绩", "A mark is recorded in this component already"),
}
