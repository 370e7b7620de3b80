"""Tasks 任务: published, assigned, accepted, done by a moment that is kept for ever, and judged.  Seed: D05.

A task is set by a publisher and charged to persons or departments, each by an assignment of its own.  A
department's assignment goes to its head, who takes it on or passes it to own staff.
"""

from __future__ import annotations

from domain.tasks import rules
from domain.tasks.assigning import (
    AcceptTask as AcceptTask,
    AssignTask as AssignTask,
    DeclineTask as DeclineTask,
    DelegateTask as DelegateTask,
    WithdrawAssignment as WithdrawAssignment,
)
from domain.tasks.clock import (
    LapseTaskAcceptance as LapseTaskAcceptance,
    MarkTaskOverdue as MarkTaskOverdue,
    RemindTask as RemindTask,
    agenda,
)
from domain.tasks.events import (
    ASSIGNMENT_EVENTS as ASSIGNMENT_EVENTS,
    TASK_EVENTS as TASK_EVENTS,
    Assignment as Assignment,
    AssignmentCancelled as AssignmentCancelled,
    Attachment as Attachment,
    Extension as Extension,
    OfAssignment as OfAssignment,
    OfTask as OfTask,
    Task as Task,
    TaskAcceptanceLapsed as TaskAcceptanceLapsed,
    TaskAccepted as TaskAccepted,
    TaskAssigned as TaskAssigned,
    TaskCancelled as TaskCancelled,
    TaskClosed as TaskClosed,
    TaskCompletionRejected as TaskCompletionRejected,
    TaskCompletionSubmitted as TaskCompletionSubmitted,
    TaskDeclined as TaskDeclined,
    TaskDelegated as TaskDelegated,
    TaskEvaluated as TaskEvaluated,
    TaskExtensionGranted as TaskExtensionGranted,
    TaskExtensionRefused as TaskExtensionRefused,
    TaskExtensionRequested as TaskExtensionRequested,
    TaskOverdue as TaskOverdue,
    TaskProgressReported as TaskProgressReported,
    TaskPublished as TaskPublished,
    TaskReminded as TaskReminded,
    TaskSplit as TaskSplit,
)
from domain.tasks.judging import EvaluateTask as EvaluateTask, RejectCompletion as RejectCompletion
from domain.tasks.publishing import (
    CancelTask as CancelTask,
    PublishTask as PublishTask,
    SplitTask as SplitTask,
    TaskPart as TaskPart,
    fall_with_it,
)
from domain.tasks.retold import RETOLD as RETOLD
from domain.tasks.working import (
    GrantExtension as GrantExtension,
    RefuseExtension as RefuseExtension,
    ReportProgress as ReportProgress,
    RequestExtension as RequestExtension,
    SubmitCompletion as SubmitCompletion,
)

POLICIES = rules.POLICIES
REFUSALS = {
    "task_unknown": ("没有这项任务", "There is no such task"),
    "task_already_published": ("该任务编号已用于别的任务", "This task id is already used by another task"),
    "task_closed": ("任务已办结", "The task is closed"),
    "task_cancelled": ("任务已撤销", "The task was called off"),
    "due_in_the_past": ("完成时限须晚于现在", "The due moment must lie ahead"),
    "due_after_parent": ("时限不得晚于上级任务的时限", "A part is due no later than the task it is a part of"),
    "assignment_unknown": ("没有这项分派", "There is no such assignment"),
    "assignment_already_made": ("该分派编号已用于别的分派", "This assignment id is already used by another one"),
    "assignee_unclear": ("须指定一人或一个部门承办", "Name either a person or a department"),
    "already_assigned": ("已分派给该人员或部门", "That person or department has it already"),
    "assign_to_the_department": (
        "不得越过部门直接分派,请分派给该人员所在部门,由其负责人安排",
        "This person is outside your department: assign to their department, whose head passes it on",
    ),
    "assign_to_persons": ("本部门的任务请直接分派到人", "Assign to persons within your own department"),
    "publisher_not_assignee": ("任务发布人不得承办本任务", "Who published a task has no part in doing it"),
    "assignment_not_open": ("该分派已结束", "The assignment has ended"),
    "assignment_not_accepted": ("该分派尚未接收", "The assignment has not been accepted yet"),
    "assignment_already_accepted": (
        "该分派已接收,请转办或申请延期",
        "It has been accepted already: pass it on instead",
    ),
    "delegate_outside_department": ("只能转办给承办部门的人员", "It can only be passed on within the department"),
    "delegated_too_often": ("转办次数已达上限", "It has been passed on as often as allowed"),
    "completion_already_submitted": ("已提交办结,待评价", "It has been submitted and waits to be judged"),
    "completion_not_submitted": ("尚未提交办结", "It has not been submitted yet"),
    "parts_still_open": ("分解的任务尚未办结,如仍提交须说明原因", "Parts are still open: give a reason to submit"),
    "lapse_already_recorded": ("期限已作逾期处理,请重新提交", "The lapse is on record already; hand it in again"),
    "extension_unknown": ("没有这一延期申请", "There is no such request for an extension"),
    "extension_already_requested": ("已有延期申请", "An extension has been requested already"),
    "extension_already_decided": ("该延期申请已有结论", "The request has been decided already"),
    "extension_reason_required": ("到期后申请延期须说明原因", "After the due moment an extension needs a reason"),
    "extension_not_later": (
        "新时限须晚于原时限和现在,且不晚于申请的时限",
        "The new moment must lie beyond the old one",
    ),
    "extension_limit_reached": ("延期次数已达上限", "The due moment was moved as often as allowed"),
    "extension_too_long": ("延期超过允许的总天数", "The due moment would move further than allowed"),
}
AGENDA = dict.fromkeys(ASSIGNMENT_EVENTS, agenda)
REACTIONS = {TaskCancelled: fall_with_it}
