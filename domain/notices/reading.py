"""Notices read, not read in time, and recalled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from domain import Actor, Command, Conflict, Context, Event, PersonId, Reads, Reason, Unknown
from domain.access import CLOCK, PRESIDENT, ROLES, anywhere, oneself
from domain.notices.events import (
    NOTICE_EVENTS,
    RECEIPT_EVENTS,
    NoticeId,
    NoticeLimitPassed,
    NoticePublished,
    NoticeRead,
    NoticeRecalled,
    NoticeUnaddressed,
    NoticeUnreadLapsed,
    OfNotice,
    OfReceipt,
    receipt_of,
)
from domain.notices.publishing import PublishNotice


@dataclass(frozen=True)
class Notice:
    """A notice and its receipts as they stand, as far as they were asked for."""

    published: NoticePublished | None = None
    recalled: bool = False
    closed: bool = False
    receipts: Mapping[str, OfReceipt] = field(default_factory=dict)

    def after(self, event: Event) -> Self:
        match event:
            case NoticePublished():
                return replace(self, published=event)
            case NoticeRecalled():
                return replace(self, recalled=True)
            case NoticeLimitPassed():
                return replace(self, closed=True)
            case OfReceipt():
                return replace(self, receipts={**self.receipts, event.person_id: event})
        return self


def own_notice(command: Any, state: Notice, actor: Actor) -> bool:
    """o: who published the notice, or acts for them."""
    return state.published is not None and state.published.published_by in (actor.person_id, actor.on_behalf_of)


def receipt(row: OfReceipt, **changed: Any) -> dict[str, Any]:
    """What an event says of a receipt, with what is different now."""
    return {name: getattr(row, name) for name in OfReceipt.model_fields} | changed


def notice(row: OfNotice) -> dict[str, Any]:
    """What an event says of a notice."""
    return {name: getattr(row, name) for name in OfNotice.model_fields}


class MarkNoticeRead(Command[Notice]):
    """已阅.  One has read a notice; late is late, and is kept.  Seed: D04."""

    may = dict.fromkeys(ROLES, oneself)
    notice_id: NoticeId
    person_id: PersonId

    def reads(self) -> Sequence[Reads]:
        one = receipt_of(self.notice_id, self.person_id)
        return [Reads(RECEIPT_EVENTS, (one,)), Reads((NoticeRecalled,), (self.notice_id,))]

    def find(self, state: Notice) -> None:
        if self.person_id not in state.receipts:
            raise Unknown("notice_not_addressed", notice=self.notice_id)

    def decide(self, state: Notice, given: Context) -> Iterator[Event]:
        row = state.receipts[self.person_id]
        if row.state in ("read", "read_late"):
            return
        if state.recalled:
            raise Conflict("notice_recalled", notice=self.notice_id)
        # Whichever is recorded first stands: after the recorded lapse a reading is late.
        late = row.state == "lapsed" or (row.due_at is not None and given.second > row.due_at)
        duty = row.duty.done(given.now) if row.duty else None
        if duty and late:
            duty = duty.model_copy(update={"state": "done_late"})
        yield NoticeRead(**receipt(row, state="read_late" if late else "read", read_at=given.now, duty=duty))


class AboutNotice(Command[Notice]):
    """通知.  What the commands on one notice and all its readers share."""

    notice_id: NoticeId

    def reads(self) -> Sequence[Reads]:
        return [Reads((*NOTICE_EVENTS, *RECEIPT_EVENTS), (self.notice_id,))]

    def find(self, state: Notice) -> None:
        if state.published is None:
            raise Unknown("notice_unknown", notice=self.notice_id)

    def unread(self, state: Notice) -> list[OfReceipt]:
        """Those who have not read it yet, and have not lapsed."""
        return [row for _, row in sorted(state.receipts.items()) if row.state == "unread"]


class RecallNotice(AboutNotice):
    """撤回通知.  Takes a notice back; who has not read it owes nothing more.  Seed: D04."""

    may = {role: scope for role, scope in dict.fromkeys(PublishNotice.may, own_notice).items() if role in ROLES} | {
        PRESIDENT: anywhere
    }
    reason: Reason

    def decide(self, state: Notice, given: Context) -> Iterator[Event]:
        if state.recalled:
            return
        assert state.published
        yield NoticeRecalled(**notice(state.published), reason=self.reason, recalled_by=given.actor.person_id)
        for row in self.unread(state):
            duty = row.duty.cancelled(given.now) if row.duty else None
            yield NoticeUnaddressed(**receipt(row, state="cancelled", duty=duty))


class LapseNotice(AboutNotice):
    """通知逾期未阅.  Once the limit is over, puts on record who has not read a notice.  Seed: D04."""

    may = {CLOCK: anywhere}

    def decide(self, state: Notice, given: Context) -> Iterator[Event]:
        said = state.published
        assert said
        if state.recalled or state.closed or said.due_at is None:
            return
        if given.second <= said.due_at:
            raise Conflict("read_limit_not_over", notice=self.notice_id, due_at=said.due_at)
        for row in self.unread(state):
            duty = row.duty.lapsed() if row.duty else None
            yield NoticeUnreadLapsed(**receipt(row, state="lapsed", duty=duty))
        in_time = sum(row.state == "read" for row in state.receipts.values())
        yield NoticeLimitPassed(**notice(said), read_in_time=in_time)
