"""The story of a notice told again 重述, had readers been given other days; a limit of the publisher's own stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from domain import Event
from domain.calendar import HolidayDeclared, HolidayWithdrawn, holidays_after
from domain.duties import Duty
from domain.notices.events import (
    NOTICE_EVENTS,
    RECEIPT_EVENTS,
    NoticeAddressed,
    NoticeLimitPassed,
    NoticePublished,
    NoticeRead,
    NoticeRecalled,
    NoticeUnaddressed,
    NoticeUnreadLapsed,
    OfNotice,
    OfReceipt,
)
from domain.notices.rules import READ_WORKDAYS, limit
from domain.retelling import SETTLED_AFTER, Retelling, Setting, Told, missed, moved, second

HOLIDAYS = (HolidayDeclared, HolidayWithdrawn)


@dataclass(frozen=True)
class Again:
    """One notice's story under other rules; `was` is its limit as it was."""

    story: Sequence[Told]
    given: Setting
    published: Told
    was: datetime

    @cached_property
    def due(self) -> datetime:
        told, zone = self.published, self.given.zone
        days = self.given.rules.at(told.received_at)(READ_WORKDAYS)
        holidays = holidays_after(self.given.known(HOLIDAYS, told.position))
        return limit(told.received_at.astimezone(zone).date(), days, holidays, zone)

    @cached_property
    def read_at(self) -> dict[str, datetime]:
        return {t.event.person_id: t.received_at for t in self.story if isinstance(t.event, NoticeRead)}

    @cached_property
    def recalled_at(self) -> datetime | None:
        return next((t.received_at for t in self.story if isinstance(t.event, NoticeRecalled)), None)

    def _unread(self, person_id: str, recorded: bool) -> bool:
        """Whether the clock would have put on record that somebody had not read it."""
        at = self.read_at.get(person_id)
        if at is None and self.recalled_at and self.recalled_at < self.due + SETTLED_AFTER:
            at = min(self.recalled_at, self.due)
        return missed(self.due, self.was, at, recorded, self.given)

    def _relieved(self, person_id: str) -> bool:
        """Whether it would have been taken back before somebody had read it or had to."""
        unread = person_id not in self.read_at and not self._unread(person_id, False)
        return unread and self.recalled_at is not None

    def told(self) -> Iterator[Told]:
        recorded: dict[type[Event], set[str]] = {NoticeUnreadLapsed: set(), NoticeUnaddressed: set()}
        for told in self.story:
            if (again := self._again(told)) is not None:
                if isinstance(again.event, NoticeUnreadLapsed | NoticeUnaddressed):
                    recorded[type(again.event)].add(again.event.person_id)
                yield again
        for event in (t.event for t in self.story if self.due != self.was):
            if not isinstance(event, NoticeAddressed) or event.person_id in self.read_at:
                continue
            lapse = self._unread(event.person_id, False)
            kind = NoticeUnreadLapsed if lapse else NoticeUnaddressed if self._relieved(event.person_id) else None
            if kind and event.person_id not in recorded[kind]:
                yield self.given.put_in(self._ended(event, kind))

    def _again(self, told: Told) -> Told | None:
        match told.event:
            case NoticeUnreadLapsed() as event if not self._unread(event.person_id, True):
                return None
            case NoticeUnaddressed() as event if self.due != self.was and not self._relieved(event.person_id):
                return None
            case NoticeLimitPassed() as event:
                return self._passed(told, event)
            case OfNotice():
                return told.saying(due_at=self.due)
            case OfReceipt() as event if self.due != self.was:
                day = self.due.astimezone(self.given.zone).date()
                state = event.state
                if isinstance(event, NoticeRead):
                    state = "read_late" if second(told.received_at) > self.due else "read"
                return told.saying(due_at=self.due, day=day, state=state, duty=self._moved(event.duty))
        return told

    def _moved(self, duty: Duty | None) -> Duty | None:
        return moved(duty, self.due) if duty else None

    def _passed(self, told: Told, event: NoticeLimitPassed) -> Told | None:
        if self.due == self.was:
            return told
        if not missed(self.due, self.was, None, True, self.given):
            return None
        read = [t.received_at for t in self.story if isinstance(t.event, NoticeRead)]
        return told.saying(due_at=self.due, read_in_time=sum(second(at) <= self.due for at in read))

    def _ended(self, said: NoticeAddressed, kind: type[NoticeUnreadLapsed | NoticeUnaddressed]) -> Event:
        """What would be on record of somebody who did not read it."""
        row = {name: getattr(said, name) for name in OfReceipt.model_fields}
        day, duty = self.due.astimezone(self.given.zone).date(), self._moved(said.duty)
        if duty and kind is NoticeUnreadLapsed:
            duty = duty.lapsed()
        elif duty and self.recalled_at:
            duty = duty.cancelled(self.recalled_at)
        state = "lapsed" if kind is NoticeUnreadLapsed else "cancelled"
        return kind.model_validate(row | {"due_at": self.due, "day": day, "state": state, "duty": duty})


def told_again(story: Sequence[Told], given: Setting) -> Iterator[Told]:
    """The notice's story by the rules supposed."""
    published = next((t for t in story if isinstance(t.event, NoticePublished)), None)
    event = published.event if published else None
    if published and isinstance(event, NoticePublished) and event.policies and event.due_at:
        yield from Again(story, given, published, event.due_at).told()
    else:
        yield from story


RETOLD = (
    Retelling(
        policies=(READ_WORKDAYS,),
        about="notice",
        types=(*NOTICE_EVENTS, *RECEIPT_EVENTS),
        tell=told_again,
        beside=HOLIDAYS,
        duties=("notice",),
    ),
)
