"""Columns 项目: read tables and their columns, as people call them."""

from __future__ import annotations

from typing import Final

from dashboards.replay.values import VALUES, Both, titled
from domain.access import ROLES

TABLES: Final = titled("""
account 账号 Account
assignment 任务指派 Assignment
attendance 出勤统计 Attendance
conduct_text 奖罚文字 Conduct text
counselor 班级辅导员 Counselor of a class
course_grade 课程成绩 Course grade
deferral 缓考 Deferral
delegation 代办授权 Delegation
department 部门 Department
dispute 考勤申诉 Attendance dispute
duty 应办事项 Duty
erasure 个人信息删除 Erasure
exam_held 考试 Exam
exam_record 考试记录 Exam record
exam_text 考试文字 Exam text
grade_correction 成绩更正 Grade correction
grade_mark 成绩项 Mark
grade_review 成绩复核 Grade review
grade_sheet 成绩单 Grade sheet
grade_submission 成绩提交 Grade submission
grade_text 成绩文字 Grade text
holiday 放假 Holiday
hours 课时认定 Hours recognised
legal_hold 依法保留 Legal hold
mark 考勤明细 Attendance mark
merit 评优资格 Merit eligibility
merit_award 评优 Merit award
monitored_column 监测栏目 Monitored column
notice 通知 Notice
notice_receipt 通知接收 Receipt of a notice
oa_login 每日登录 Daily login
offering 开课 Offering
person_directory 人员名录 Directory
policy 规则 Rule
proposal 规则提议 Proposed rule
reading_annotation 批示 Remark
reading_review 阅示 Review
registration 选课 Registration
role_grant 角色授予 Role granted
roll_call 点名 Roll call
room 教室 Room
roster_member 教学班成员 Member of a roster
sanction 处分 Sanction
session 课次 Session
slip 奖罚单 Slip
slip_catalogue 奖罚项目 Slip category
squad 行政班 Administrative class
staff 教职工 Staff
student 学生 Student
student_move 学籍异动 Student move
suspension 停用 Suspension
talk 谈话 Talk
task 任务 Task
task_extension 任务延期 Extension
term 学期 Term
threshold 目标 Target
time_grid 作息 Time grid
timetable 课表 Timetable
waiver 点名豁免 Waiver
weekly_log 周志 Weekly log
weekly_log_text 周志文字 Text of a weekly log
""")

COLUMNS: Final = titled("""
about 对象 About
accept_by 接收期限 To be accepted by
accepted_at 接收时间 Accepted at
absent 旷课 Absent
addressed 应读人数 Addressed
after_due 是否逾期后提出 Asked after it was due
after_hundredths 更正后 After
after_special 更正后特殊情况 After, special
agrees 是否一致 Agrees
amber 临近线 Amber from
annotated_at 批示时间 Annotated at
annotated_by 批示人 Annotated by
annotation_id 批示编号 Annotation
anomalies 异常 Anomalies
answer 答复 Answer
appeal 申诉 Appeal
approved_at 批准时间 Approved at
approved_by 批准人 Approved by
as_of 截至事件 As of event
asked_due_at 申请延至 Asked for
assigned_at 指派时间 Assigned at
assignee_department_id 承办部门 Assigned to department
assignment_id 指派编号 Assignment
at 时间 At
attempt 考次 Attempt
axis 归属 Attribution
banked 沿用 Carried over
before_hundredths 更正前 Before
before_special 更正前特殊情况 Before, special
before_start 开课前退课 Withdrawn before the start
begin_period 起始节 First period
better 方向 Better
building 楼 Building
campus 校区 Campus
capacity 容量 Capacity
case_id 处分案号 Case
category 类别 Category
category_version 项目版本 Version of category
change 异动 Change
changed_at 变更时间 Changed at
closed_from 停用日 Closed from
code 代码 Code
cohort 年级 Cohort
column_key 栏目 Column
commands 可代办操作 Commands lent
component 成绩项 Component
confirmed 已确认 Confirmed
confirmed_at 核实时间 Confirmed at
confirmed_by 核实人 Confirmed by
corrected 已更正 Corrected
correction_id 更正编号 Correction
counted_hundredths 计分 Points that count
course_code 课程代码 Course code
course_name 课程 Course
day 日期 Day
days 上课日 Teaching days
decided_at 决定时间 Decided at
decided_by 决定人 Decided by
deferral_id 缓考编号 Deferral
definition_en 英文口径 Definition
definition_zh 口径 Chinese definition
delegate_id 受托人 Delegate
delegation_id 授权编号 Delegation
delivered_on 送达日 Delivered on
denominator 分母 Denominator
department_id 部门 Department
dispute_id 申诉编号 Dispute
document_no 文号 Document
due_at 到期 Due
duties 事项 Duties
effective_from 生效日 In force from
elapsed_minutes 课后分钟数 Minutes after the session
eligible 有资格 Eligible
en 英文名 English name
end_period 结束节 Last period
ends_at 结束 Ends at
ends_on 结束日 Ends on
evaluated_at 评价时间 Evaluated at
event 事件 Event
evidence 证据 Evidence
extension_id 延期编号 Extension
extensions 延期次数 Extensions
failed 不及格人数 Failed
figure_key 指标 Figure
figures 指标 Figures
first_due_at 原定到期 First due
from_day 自 From
from_due_at 原到期 Due before
granted_by 授予人 Granted by
granted_due_at 准许延至 Granted until
grant_id 授予编号 Grant
green 达标线 Green from
ground 依据 Ground
grounds 事由 Grounds
guest 个别选课 Individually enrolled
heard_on 陈述日 Heard on
held_by 谈话人 Held by
hold_id 保留编号 Hold
holder_id 承办人 Holder
issued_as 开单身份 Issued as
issued_at 开单时间 Issued at
issued_by 开单人 Issued by
issuer_department_id 开单部门 Department of issuer
acknowledged_at 签收时间 Acknowledged at
key 编号 Key
kind 种类 Kind
late 迟到 Late
leave 请假 On leave
least_hundredths 最低分值 Least points
left_early 早退 Left early
lent_from 授权自 Lent from
lent_until 授权至 Lent until
level 等级 Level
lifted_on 解除日 Lifted on
log_id 周志编号 Log
login 登录名 Login
mark 考勤 Mark
marks 已录人数 Marks entered
measure 处分种类 Measure
members 人数 Members
missed_weeks 缺交周次 Missed weeks
months 期限（月） Months
most_hundredths 最高分值 Most points
name 名称 Name
name_en 英文名 English name
needs_approval 须审批 Needs approval
no_class 不排课 No class
nominated_by 提名人 Nominated by
nomination_id 提名编号 Nomination
notice_id 通知编号 Notice
notice_on 告知日 Told on
number 编号 Number
numerator 分子 Numerator
offering_department_id 开课部门 Offering department
on_time 按时 In time
opened_at 开始 Opened
origin 来历 Origin
outcome 结果 Outcome
overdue_at 逾期时间 Overdue at
override_reason 特批原因 Reason of override
parent_assignment_id 上级指派 Part of assignment
parent_task_id 上级任务 Part of
part 分工 Part
parties 有关各方 Parties
passed 合格 Passed
pending 待定人数 Pending
periods 节次 Periods
periods_taught 实授课时 Periods taught
person_id 人员 Person
place 地点 Place
placed_by 保留人 Placed by
planned_hundredths 计划课时 Planned periods
planned_periods 计划课时 Planned periods
points_hundredths 分值 Points
policy 规则 Rule
present 出勤 Present
priority 优先级 Priority
progress 进度 Progress
proposal_id 提议编号 Proposal
proposed_by 提议人 Proposed by
proposed_on 提请日 Proposed on
published_at 发布时间 Published at
published_by 发布人 Published by
publisher_department_id 发布部门 Publishing department
publisher_id 发布人 Publisher
publisher_role 发布身份 Publisher's role
read_at 阅读时间 Read at
read_in_time 按时阅读人数 Read in time
reader 读者 Reader
reason 理由 Reason
receipt_id 接收编号 Receipt
recognised_hundredths 认定课时 Recognised periods
record 记录 Record
registered_on 选课日 Registered on
rejections 退回次数 Sent back
remark 批示 Remark
request_id 申请编号 Request
requested_at 申请时间 Requested at
requested_by 申请人 Requested by
result 结果 Result
review 审阅 Review
review_id 复核编号 Review
reviewed_at 阅示时间 Reviewed at
reviewed_by 审阅人 Reviewed by
role 角色 Role
room_id 教室 Room
roster 应到 Roster
said_in 出自事件 Said in
score 评分 Score
score_hundredths 成绩 Score
seats 座位 Seats
section 部分 Section
session_id 课次 Session
settled_at 办结时间 Settled
shown_to 可见者 Shown to
slip_id 奖罚单 Slip
slip_ids 所据罚单 Slips
source 来源 Source
special 特殊情况 Special
squad_id 行政班 Class
squad_ids 行政班 Classes
starts_at 开始 Starts at
starts_on 开始日 Starts on
state 状态 State
student_id 学生 Student
subject 主题 Subject
submission 第几次提交 Submission
submitted_at 提交时间 Submitted at
submitted_on 提交日 Submitted on
suspended_at 停用时间 Suspended at
taken_at 点名时间 Taken at
talk_id 谈话编号 Talk
task_department_id 任务部门 Department of task
task_id 任务 Task
teacher_id 教师 Teacher
teacher_ids 授课教师 Teachers
teaching_class_id 教学班 Teaching class
term_id 学期 Term
text 文字 Text
title 标题 Title
title_en 英文标题 English title
total_hundredths 总评 Total
turn 第几次指派 Turn
unit 单位 Unit
until_day 至 Until
valid_from 自 Valid from
valid_until 至 Valid until
value 数值 Value
version 版本 Version
waived 放弃申辩 Waived
waiver_id 豁免编号 Waiver
week 教学周 Week
weeks 周数 Weeks
withdrawn_on 退课日 Withdrawn on
written_at 书写时间 Written at
written_by 书写人 Written by
year 学年 Year
zh 中文名 Chinese name
""")


def table_titles(table: str) -> Both:
    """(zh, en) of a read table; one without a title is called by its name."""
    return TABLES.get(table, (table, _plain(table)))


def column_titles(column: str) -> Both:
    """(zh, en) of a column."""
    return COLUMNS.get(column, (column, _plain(column)))


def value_titles(column: str, text: str) -> Both | None:
    """(zh, en) of a word in a column of states and kinds; None where it is somebody's own text."""
    if column in ("role", "issued_as", "publisher_role"):
        return ROLES.get(text)
    if column in ("name", "title", "code", "reason", "answer", "text", "subject", "course_name", "course_code", "key"):
        return None
    return VALUES.get(text)


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()
