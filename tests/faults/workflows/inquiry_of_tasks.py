"""The inquiry into tasks: every assignment walked its steps, and nobody judged what they had a part in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tests.faults.workflows.inquiry import Findings, Told

# What may be followed by what: event → (states it may find, state it leaves; None: as it was).
STEPS: Mapping[str, tuple[tuple[str, ...], str | None]] = {
    "accepted": (("assigned",), "working"),
    "declined": (("assigned",), "ended"),
    "delegated": (("assigned", "working"), "assigned"),
    "progress_reported": (("working",), None),
    "extension_requested": (("working",), None),
    "extension_granted": (("assigned", "working"), None),
    "extension_refused": (("assigned", "working"), None),
    "completion_submitted": (("working",), "submitted"),
    "completion_rejected": (("submitted",), "working"),
    "evaluated": (("submitted",), "ended"),
    "assignment_cancelled": (("assigned", "working", "submitted"), "ended"),
    "reminded": (("assigned", "working"), None),
    "acceptance_lapsed": (("assigned",), None),
    "overdue": (("assigned", "working"), None),
}
DOING = ("accepted", "declined", "delegated", "progress_reported", "extension_requested", "completion_submitted")
JUDGING = ("evaluated", "completion_rejected", "extension_granted", "extension_refused")
PUBLISHING = (*JUDGING, "assignment_cancelled")


@dataclass
class Followed:
    """One assignment as the log tells it."""

    task: str
    holder: str | None
    charged: str | None
    doers: set[str] = field(default_factory=set)
    state: str = "assigned"
    missed: bool = False
    asked: set[str] = field(default_factory=set)


class Tasks:
    """Follows every task and assignment."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.publishers: dict[str, str] = {}
        self.followed: dict[str, Followed] = {}
        self.of_task: dict[str, list[Followed]] = defaultdict(list)

    def hear(self, told: Told) -> None:
        area, _, what = told.type.partition(".")
        if area != "tasks":
            return
        if "task" in told.data:
            self._task(told, what)
        elif what == "assigned":
            self._assigned(told)
        else:
            self._step(told, what)

    def _task(self, told: Told, what: str) -> None:
        task = told.data["task"]
        if what == "published":
            self.publishers[task["task_id"]] = task["publisher_id"]
            if task["publisher_id"] not in told.hands:
                self.findings.unauthorised.append(f"{told.position} {told.type}: in another's name")
            return
        self.findings.require(task["task_id"] in self.publishers, told, "never published")
        if what == "closed":
            states = {one.state for one in self.of_task[task["task_id"]]}
            self.findings.require(states == {"ended"}, told, "something is open")
        if what == "cancelled" and told.role != "reaction":
            self._by_publisher(told, task["task_id"])

    def _by_publisher(self, told: Told, task: str) -> None:
        if self.publishers.get(task) not in told.hands:
            self.findings.unauthorised.append(f"{told.position} {told.type}: not by the publisher")

    def _assigned(self, told: Told) -> None:
        said = told.data["assignment"]
        self.findings.require(said["task_id"] in self.publishers, told, "never published")
        self._by_publisher(told, said["task_id"])
        followed = Followed(said["task_id"], said["holder_id"], said["assignee_department_id"])
        if followed.holder:
            followed.doers.add(followed.holder)
        self.followed[said["assignment_id"]] = followed
        self.of_task[said["task_id"]].append(followed)

    def _step(self, told: Told, what: str) -> None:
        said = told.data["assignment"]
        followed = self.followed.get(said["assignment_id"])
        self.findings.require(followed, told, "never assigned")
        if followed is None:
            return
        may, leaves = STEPS[what]
        self.findings.require(followed.state in may, told, f"it was {followed.state}")
        if what in DOING:
            self._did(told, what, followed)
        if what in PUBLISHING and told.role != "reaction":
            self._by_publisher(told, followed.task)
        if what in JUDGING:
            whole = what == "evaluated"
            among = self.of_task[followed.task] if whole else [followed]
            self.findings.judge(told, f"task {what}", {who for one in among for who in one.doers})
        self._moments(told, what, followed)
        followed.state = leaves or followed.state

    def _did(self, told: Told, what: str, followed: Followed) -> None:
        """By the holder or who acts for them; of a department's, by somebody standing for the department."""
        heading = followed.charged is not None and told.department == followed.charged
        routing = what == "delegated" or followed.holder is None
        if followed.holder not in told.hands and not (heading and routing):
            self.findings.unauthorised.append(f"{told.position} {told.type}: not by the holder")
        if self.publishers[followed.task] in told.hands:
            self.findings.self_approvals.append(f"{told.position} {told.type}: the publisher does the work")
        holder = told.data["assignment"]["holder_id"]
        followed.doers |= told.hands | ({holder} if holder else set())
        followed.holder = holder

    def _moments(self, told: Told, what: str, followed: Followed) -> None:
        """Overdue is written once and for ever, and never of what was submitted in time."""
        if what == "overdue":
            self.findings.require(not followed.missed, told, "overdue twice")
            due = datetime.fromisoformat(told.data["assignment"]["due_at"])
            self.findings.require(told.second > due, told, "overdue before it was due")
            followed.missed = True
        for duty in told.data["duties"]:
            if duty["kind"] == "task" and followed.missed:
                self.findings.require(duty["state"] not in ("open", "done"), told, "a miss was erased")
        if what == "extension_requested":
            followed.asked.add(told.data["extension"]["extension_id"])
        elif what.startswith("extension_"):
            asked = told.data["extension"]["extension_id"]
            self.findings.require(asked in followed.asked, told, "not asked for, or decided already")
            followed.asked.discard(asked)
