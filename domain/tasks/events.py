"""What happens to a task: published, split, assigned, worked on, judged, called off."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from domain import Day, DepartmentId, Event, Fact, Line, Moment, PersonId, Reason, TermId, Text
from domain.duties import Duty
from domain.policies import PolicyUse
from domain.timetable.events import WeekNumber

TaskId = Annotated[str, StringConstraints(pattern=r"^task:[0-9a-z][0-9a-z-]{0,62}$")]
AssignmentId = Annotated[str, StringConstraints(pattern=r"^assignment:[0-9a-z][0-9a-z-]{0,62}$")]
ExtensionId = Annotated[str, StringConstraints(pattern=r"^extension:[0-9a-z][0-9a-z-]{0,62}$")]
Priority = Literal["low", "normal", "high", "urgent"]
Source = Literal["routine", "meeting", "ticket", "incident", "inspection"]
Role = Literal["lead", "assist"]
Percent = Annotated[int, Field(ge=0, le=100)]
Score = Annotated[int, Field(ge=1, le=5)]
Times = Annotated[int, Field(ge=0, le=1_000)]
TaskState = Literal["open", "closed", "cancelled"]
AssignmentState = Literal["assigned", "accepted", "in_progress", "submitted", "evaluated", "declined", "cancelled"]


class Attachment(Fact):
    """A document kept elsewhere, known by its digest."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    name: Line


class Task(Fact):
    """A task as it stands; every event about it says the whole.

    `publisher_role` is the role it was published in, `department_id` the office in whose name; a part of another
    task names that, and the assignment it was split from (None: the publisher split it).
    """

    task_id: TaskId
    title: Line
    category: Line
    priority: Priority
    source: Source
    publisher_id: PersonId
    publisher_role: Line
    department_id: DepartmentId
    parent_task_id: TaskId | None = None
    parent_assignment_id: AssignmentId | None = None
    published_at: Moment
    due_at: Moment
    state: TaskState = "open"


class Assignment(Fact):
    """One assignment of a task as it stands; every event about it says the whole.

    `assignee_department_id` is set when a department was charged: it answers, whoever holds the assignment.
    `parties` ever held it or acted for a holder.  `turn` counts holders.  `remind_at` is when the clock reminds
    (None: no more); `overdue_at` the due moment that was missed, for ever.
    """

    assignment_id: AssignmentId
    task_id: TaskId
    title: Line
    priority: Priority
    publisher_id: PersonId
    task_department_id: DepartmentId
    part: Role
    assignee_department_id: DepartmentId | None
    holder_id: PersonId | None
    department_id: DepartmentId
    parties: tuple[PersonId, ...] = ()
    turn: Times = 1
    assigned_at: Moment
    accept_by: Moment
    accepted_at: Moment | None = None
    first_due_at: Moment
    due_at: Moment
    remind_at: Moment | None
    reminded_at: Moment | None = None
    progress: Percent = 0
    submitted_at: Moment | None = None
    overdue_at: Moment | None = None
    extensions: Times = 0
    rejections: Times = 0
    score: Score | None = None
    evaluated_at: Moment | None = None
    state: AssignmentState = "assigned"


class Extension(Fact):
    """One request for a later due moment, and what was said to it; `after_due` if asked when it was due already."""

    extension_id: ExtensionId
    assignment_id: AssignmentId
    task_id: TaskId
    department_id: DepartmentId
    publisher_id: PersonId
    requested_by: PersonId
    requested_at: Moment
    from_due_at: Moment
    asked_due_at: Moment
    after_due: bool
    reason: Reason | None
    state: Literal["requested", "granted", "refused"] = "requested"
    granted_due_at: Moment | None = None
    decided_by: PersonId | None = None
    decided_at: Moment | None = None
    answer: Reason | None = None


class OfTask(Fact):
    """What every event about a task says; term, week and day are those of its due moment."""

    task: Task
    term_id: TermId | None
    week: WeekNumber | None
    day: Day

    def tags(self) -> tuple[str, ...]:
        task = self.task
        told = (task.task_id, task.parent_task_id, task.publisher_id, task.department_id)
        return tuple(dict.fromkeys(tag for tag in told if tag))


class OfAssignment(Fact):
    """What every event about an assignment says; `duties` are those it opens, moves or settles."""

    assignment: Assignment
    duties: tuple[Duty, ...] = ()
    term_id: TermId | None
    week: WeekNumber | None
    day: Day
    policies: tuple[PolicyUse, ...] = ()

    def tags(self) -> tuple[str, ...]:
        said = self.assignment
        told = (
            said.assignment_id,
            said.task_id,
            *said.parties,
            said.holder_id,
            said.publisher_id,
            said.department_id,
            said.task_department_id,
        )
        return tuple(dict.fromkeys(tag for tag in told if tag))


class Described(Fact):
    """What is to be done, told to whoever is charged with it."""

    description: Text | None = None
    attachments: tuple[Attachment, ...] = ()


class TaskPublished(OfTask, Described, Event):
    """Somebody entitled set a task; `published_by` acted for the publisher or is them."""

    NAME: ClassVar[str] = "tasks.published"
    TITLE: ClassVar[str] = "发布任务"
    published_by: PersonId


class TaskSplit(OfTask, Event):
    """A task was broken into parts, each a task of its own."""

    NAME: ClassVar[str] = "tasks.split"
    TITLE: ClassVar[str] = "分解任务"
    assignment_id: AssignmentId | None
    part_ids: tuple[TaskId, ...]
    split_by: PersonId


class TaskClosed(OfTask, Event):
    """Nothing of the task is open any more, and something of it was evaluated."""

    NAME: ClassVar[str] = "tasks.closed"
    TITLE: ClassVar[str] = "任务办结"


class TaskCancelled(OfTask, Event):
    """The task was called off, with every open assignment; `part_ids` are its open parts, which fall with it."""

    NAME: ClassVar[str] = "tasks.cancelled"
    TITLE: ClassVar[str] = "取消任务"
    reason: Reason
    part_ids: tuple[TaskId, ...]
    cancelled_by: PersonId


class TaskAssigned(OfAssignment, Described, Event):
    """A person or a department was charged with a task."""

    NAME: ClassVar[str] = "tasks.assigned"
    TITLE: ClassVar[str] = "指派任务"
    assigned_by: PersonId


class TaskAccepted(OfAssignment, Event):
    """The holder took the assignment on; of a department's, its head became the holder."""

    NAME: ClassVar[str] = "tasks.accepted"
    TITLE: ClassVar[str] = "接收任务"
    accepted_by: PersonId


class TaskDeclined(OfAssignment, Event):
    """The assignment was sent back unaccepted."""

    NAME: ClassVar[str] = "tasks.declined"
    TITLE: ClassVar[str] = "退回任务不接收"
    reason: Reason
    declined_by: PersonId


class TaskDelegated(OfAssignment, Described, Event):
    """The assignment was passed on to another person of the department, who is to accept it in turn."""

    NAME: ClassVar[str] = "tasks.delegated"
    TITLE: ClassVar[str] = "转交任务"
    former_holder_id: PersonId | None
    reason: Reason
    delegated_by: PersonId


class TaskProgressReported(OfAssignment, Event):
    """How far the work is."""

    NAME: ClassVar[str] = "tasks.progress_reported"
    TITLE: ClassVar[str] = "汇报任务进度"
    note: Text
    reported_by: PersonId


class TaskExtensionRequested(OfAssignment, Event):
    """The holder asked for a later due moment."""

    NAME: ClassVar[str] = "tasks.extension_requested"
    TITLE: ClassVar[str] = "申请延期"
    extension: Extension


class TaskExtensionGranted(OfAssignment, Event):
    """A later due moment holds from now on; what was overdue stays so."""

    NAME: ClassVar[str] = "tasks.extension_granted"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "同意延期"
    extension: Extension


class TaskExtensionRefused(OfAssignment, Event):
    """The due moment stands."""

    NAME: ClassVar[str] = "tasks.extension_refused"
    TITLE: ClassVar[str] = "不同意延期"
    extension: Extension


class TaskCompletionSubmitted(OfAssignment, Event):
    """The holder says that the work is done; `clarity` rates how clear the task was and counts for nothing."""

    NAME: ClassVar[str] = "tasks.completion_submitted"
    TITLE: ClassVar[str] = "提交任务成果"
    report: Text
    attachments: tuple[Attachment, ...]
    clarity: Score | None
    open_parts: tuple[TaskId, ...]
    open_parts_reason: Reason | None
    submitted_by: PersonId


class TaskCompletionRejected(OfAssignment, Event):
    """The publisher sent the work back to be done again."""

    NAME: ClassVar[str] = "tasks.completion_rejected"
    TITLE: ClassVar[str] = "退回任务成果"
    reason: Reason
    rejected_by: PersonId


class TaskEvaluated(OfAssignment, Event):
    """The publisher judged the work; the assignment is closed."""

    NAME: ClassVar[str] = "tasks.evaluated"
    TITLE: ClassVar[str] = "评价任务"
    comment: Text
    evaluated_by: PersonId


class AssignmentCancelled(OfAssignment, Event):
    """The publisher took the assignment back, or called off the whole task."""

    NAME: ClassVar[str] = "tasks.assignment_cancelled"
    CORRECTS: ClassVar[bool] = True
    TITLE: ClassVar[str] = "取消任务指派"
    reason: Reason
    cancelled_by: PersonId


class TaskReminded(OfAssignment, Event):
    """The holder was reminded: by the clock once, before it is due, or by the publisher."""

    NAME: ClassVar[str] = "tasks.reminded"
    TITLE: ClassVar[str] = "催办任务"
    by: Literal["clock", "publisher"]
    note: Text | None
    reminded_by: PersonId


class TaskAcceptanceLapsed(OfAssignment, Event):
    """Nobody accepted the assignment within the working days allowed."""

    NAME: ClassVar[str] = "tasks.acceptance_lapsed"
    TITLE: ClassVar[str] = "任务逾期未接收"


class TaskOverdue(OfAssignment, Event):
    """The assignment was not submitted by its due moment: written once, for ever, of whoever held it then."""

    NAME: ClassVar[str] = "tasks.overdue"
    TITLE: ClassVar[str] = "任务逾期"


TASK_EVENTS = (TaskPublished, TaskSplit, TaskClosed, TaskCancelled)
ASSIGNMENT_EVENTS = (
    TaskAssigned,
    TaskAccepted,
    TaskDeclined,
    TaskDelegated,
    TaskProgressReported,
    TaskExtensionRequested,
    TaskExtensionGranted,
    TaskExtensionRefused,
    TaskCompletionSubmitted,
    TaskCompletionRejected,
    TaskEvaluated,
    AssignmentCancelled,
    TaskReminded,
    TaskAcceptanceLapsed,
    TaskOverdue,
)
