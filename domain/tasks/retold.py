"""The story of an assignment told again 重述, had its holders been given other days to accept it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.calendar import HolidayDeclared, HolidayWithdrawn, holidays_after
from domain.duties import Duty
from domain.retelling import Retelling, Setting, Told, missed, moved, second
from domain.roll_call.rules import working_days_later
from domain.tasks.events import (
    ASSIGNMENT_EVENTS,
    Assignment,
    OfAssignment,
    TaskAcceptanceLapsed,
    TaskAssigned,
    TaskDelegated,
)
from domain.tasks.rules import ACCEPT_WORKDAYS, end_of

HOLIDAYS = (HolidayDeclared, HolidayWithdrawn)
KIND = "task_acceptance"


@dataclass
class Again:
    """One assignment's story under other rules, as far as it has been told."""

    story: Sequence[Told]
    given: Setting
    due: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)  # duty's key → as it was, as it would be
    ends: dict[str, datetime] = field(default_factory=dict)

    def told(self) -> Iterator[Told]:
        self._look()
        last, recorded = self.story[-1], set[str]()
        for told in self.story:
            event = told.event
            assert isinstance(event, OfAssignment)
            if isinstance(event, TaskAcceptanceLapsed):
                if not all(self._missed(duty.key, True) for duty in event.duties):
                    continue
                recorded |= {duty.key for duty in event.duties}
            yield self._again(told, event)
        assert isinstance(last.event, OfAssignment)
        for key in self.due.keys() - recorded:
            if self._missed(key, False):
                yield self.given.put_in(self._lapsed(last.event, key))

    def _look(self) -> None:
        """When each holder's days are over, and when each of them answered or was relieved."""
        for told in self.story:
            event = told.event
            assert isinstance(event, OfAssignment)
            for duty in event.duties:
                if duty.kind != KIND:
                    continue
                if duty.state == "open":
                    self.due[duty.key] = duty.due_at, self._due(told, event.assignment)
                elif duty.state != "lapsed":
                    self.ends[duty.key] = told.received_at

    def _due(self, told: Told, said: Assignment) -> datetime:
        zone, holidays = self.given.zone, holidays_after(self.given.known(HOLIDAYS, told.position))
        days = self.given.rules.at(told.received_at)(ACCEPT_WORKDAYS)
        end = end_of(working_days_later(told.received_at.astimezone(zone).date(), days, holidays), zone)
        return min(end, said.due_at) if said.due_at > second(told.received_at) else end

    def _missed(self, key: str, recorded: bool) -> bool:
        was, due = self.due[key]
        return missed(due, was, self.ends.get(key), recorded, self.given)

    def _again(self, told: Told, event: OfAssignment) -> Told:
        said = event.assignment
        was, due = self.due[_key(said)]
        changed: dict[str, Any] = {"duties": tuple(self._moved(duty, told) for duty in event.duties)}
        if was != due:
            changed["assignment"] = said.model_copy(update={"accept_by": due})
        return told.saying(**changed)

    def _moved(self, duty: Duty, told: Told) -> Duty:
        if duty.kind != KIND or self.due[duty.key][0] == self.due[duty.key][1]:
            return duty
        due = self.due[duty.key][1]
        if duty.state in ("waived", "cancelled"):
            late = second(told.received_at) > due
            return duty.model_copy(update={"due_at": due, "state": "waived" if late else "cancelled"})
        return moved(duty, due)

    def _lapsed(self, last: OfAssignment, key: str) -> TaskAcceptanceLapsed:
        opened = next(d for t in self.story for d in t.event.duties if d.key == key)  # type: ignore[attr-defined]  # OfAssignment
        row = {name: getattr(last, name) for name in OfAssignment.model_fields if name != "policies"}
        accept_by = self.due[_key(last.assignment)][1]
        assignment = last.assignment.model_copy(update={"accept_by": accept_by})
        duty = moved(opened, self.due[key][1]).lapsed()
        return TaskAcceptanceLapsed(**row | {"assignment": assignment, "duties": (duty,)})


def _key(said: Assignment) -> str:
    return f"{KIND}/{said.assignment_id}/{said.turn}"


def told_again(story: Sequence[Told], given: Setting) -> Iterator[Told]:
    """The assignment's story by the rules supposed."""
    if isinstance(story[0].event, TaskAssigned | TaskDelegated):
        yield from Again(story, given).told()
    else:
        yield from story


RETOLD = (
    Retelling(
        policies=(ACCEPT_WORKDAYS,),
        about="assignment",
        types=ASSIGNMENT_EVENTS,
        tell=told_again,
        beside=HOLIDAYS,
        duties=(KIND,),
    ),
)
