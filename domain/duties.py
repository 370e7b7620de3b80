"""Everything owed is a duty 应办事项: who owes what by when, and what became of it.  Seed: 任务驱动, 过程监控."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from domain import Command, DepartmentId, Fact, Line, Moment, PersonId

DutyState = Literal["open", "done", "lapsed", "done_late", "waived", "cancelled"]


class Duty(Fact):
    """One thing owed, as an event states it.  Every event about a duty carries the whole of it.

    `key` is "<kind>/<id>"; `kind` names the area's duty ("roll_call"); `about` is the id it concerns;
    `department_id` answers for it; a lapse is permanent: what is done afterwards is "done_late".
    """

    key: Line
    kind: Line
    about: Line
    person_id: PersonId | None
    department_id: DepartmentId
    opened_at: Moment
    due_at: Moment
    state: DutyState = "open"
    settled_at: Moment | None = None

    def done(self, at: datetime) -> Duty:
        """Fulfilled at a moment; in time when the second is not after `due_at`."""
        late = at.replace(microsecond=0) > self.due_at
        return self.model_copy(update={"state": "done_late" if late else "done", "settled_at": at})

    def lapsed(self) -> Duty:
        """Not fulfilled by its due moment."""
        return self.model_copy(update={"state": "lapsed", "settled_at": self.due_at})

    def waived(self, at: datetime) -> Duty:
        """Excused by somebody entitled to excuse it."""
        return self.model_copy(update={"state": "waived", "settled_at": at})

    def cancelled(self, at: datetime) -> Duty:
        """No longer owed, since what it was about fell away."""
        return self.model_copy(update={"state": "cancelled", "settled_at": at})


@dataclass(frozen=True)
class Due:
    """The clock is to give `command` once `at` has come, unless `key` is done before or due anew.

    A moment without a zone is local time of the institution.
    """

    key: str
    at: datetime
    command: Command[Any]


@dataclass(frozen=True)
class Done:
    """Nothing is owed to `key` any more."""

    key: str
