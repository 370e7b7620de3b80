"""The story of a slip told again 重述: by other days for confirming, appealing and answering, or for looking back.

An appeal that would have come too late is left out with its decision, so that the points count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.calendar import HolidayDeclared, HolidayWithdrawn, holidays_after
from domain.conduct.events import (
    SLIP_FACTS,
    Appeal,
    OfSlip,
    SlipAppealDecided,
    SlipAppealed,
    SlipAppealLapsed,
    SlipConfirmationLapsed,
    SlipConfirmed,
    SlipIssued,
    SlipReturned,
    SlipRevoked,
    SlipState,
)
from domain.conduct.rules import APPEAL_DAYS, APPEAL_WORKDAYS, CONFIRM_WORKDAYS, PENALTY_DAYS, end_of_workday
from domain.duties import Duty
from domain.policies import Policy
from domain.retelling import Retelling, Setting, Told, missed, moved, second

HOLIDAYS = (HolidayDeclared, HolidayWithdrawn)
ENDS = (SlipConfirmed, SlipReturned, SlipRevoked)


@dataclass
class Again:
    """One slip's story under other rules, as far as it has been told."""

    story: Sequence[Told]
    given: Setting
    due: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)  # kind → as it was, as it would be
    owed: dict[str, Duty] = field(default_factory=dict)  # kind → the duty, until it is settled
    recorded: set[str] = field(default_factory=set)
    appealed: bool = False
    refused: bool = False
    state: SlipState = "issued"
    appeal: Appeal | None = None

    def told(self) -> Iterator[Told]:
        first = self.story[0]
        if isinstance(first.event, SlipIssued) and self._too_old(first.event):
            return
        last = first
        for told in self.story:
            if (again := self._again(told)) is not None:
                last = again
                yield again
        yield from self._put_in(last)

    def _too_old(self, said: SlipIssued) -> bool:
        days = self.given.rules.at(said.issued_at)(PENALTY_DAYS)
        issued_on = said.issued_at.astimezone(self.given.zone).date()
        return said.kind == "penalty" and issued_on > said.day + timedelta(days=days)

    def _again(self, told: Told) -> Told | None:
        match told.event:
            case SlipIssued() as event:
                return self._opened(told, event.duty, CONFIRM_WORKDAYS)
            case SlipAppealed() as event:
                if self._too_late(told, event):
                    self.refused = True
                    return None
                self.appeal = "open"
                return self._opened(self._row(told), event.duty, APPEAL_WORKDAYS)
            case SlipConfirmationLapsed() | SlipAppealLapsed() as event:
                if not self._missed(event.duty, recorded=True):
                    return None
                self.recorded.add(event.duty.kind)
            case SlipAppealDecided() as event:
                if self.refused:
                    return None
                self.state, self.appeal = event.state, event.appeal
                self.owed.pop("slip_appeal", None)
            case SlipRevoked() as event:
                return self._revoked(told, event)
            case OfSlip() as event:
                if isinstance(event, SlipConfirmed | SlipReturned):
                    self.owed.pop("slip_confirmation", None)
                if not (self.refused and event.state == "overturned"):
                    self.state = event.state
                if not self.refused:
                    self.appeal = event.appeal
        return self._settled(self._row(told))

    def _row(self, told: Told) -> Told:
        return told.saying(state=self.state, appeal=self.appeal)

    def _settled(self, told: Told) -> Told:
        duty: Duty | None = getattr(told.event, "duty", None)
        if duty is None or duty.kind not in self.due:
            return told.saying(duty=None) if duty else told
        return told.saying(duty=moved(duty, self.due[duty.kind][1]))

    def _revoked(self, told: Told, event: SlipRevoked) -> Told:
        """What falls away with the slip: a confirmation or an answer still owed, unless it was late already."""
        kind = "slip_appeal" if self.appeal == "open" else "slip_confirmation"
        self.state, self.appeal = "revoked", "moot" if self.appeal == "open" else self.appeal
        was, due = self.due.get(kind, (None, None))
        if was == due and not self.refused:
            return told
        duty = self.owed.get(kind)
        if duty:
            late = second(told.received_at) > duty.due_at
            duty = duty.lapsed() if late else duty.cancelled(told.received_at)
        return self._row(told).saying(duty=duty)

    def _opened(self, told: Told, duty: Duty | None, days: Policy[int]) -> Told:
        if duty is None:
            return told
        number = self.given.rules.at(duty.opened_at)(days)
        holidays = holidays_after(self.given.known(HOLIDAYS, told.position))
        day = duty.opened_at.astimezone(self.given.zone).date()
        self.due[duty.kind] = duty.due_at, end_of_workday(day, number, holidays, self.given.zone)
        self.owed[duty.kind] = moved(duty, self.due[duty.kind][1])
        return told.saying(duty=self.owed[duty.kind])

    def _too_late(self, told: Told, said: SlipAppealed) -> bool:
        if said.confirmed_at is None:
            return False
        zone, days = self.given.zone, self.given.rules.at(told.received_at)(APPEAL_DAYS)
        last = said.confirmed_at.astimezone(zone).date() + timedelta(days=days)
        return told.received_at.astimezone(zone).date() > last

    def _missed(self, duty: Duty, *, recorded: bool) -> bool:
        if duty.kind not in self.due:
            return False
        was, due = self.due[duty.kind]
        ends = ENDS if duty.kind == "slip_confirmation" else (SlipAppealDecided, SlipRevoked)
        ended_at = next((t.received_at for t in self.story if isinstance(t.event, ends)), None)
        return missed(due, was, ended_at, recorded, self.given)

    def _put_in(self, last: Told) -> Iterator[Told]:
        """What nobody did in time, and the clock had no cause to say yet."""
        assert isinstance(last.event, OfSlip)
        row = {name: getattr(last.event, name) for name in OfSlip.model_fields}
        for told in self.story:
            duty = getattr(told.event, "duty", None)
            if not isinstance(told.event, SlipIssued | SlipAppealed) or duty is None or duty.kind in self.recorded:
                continue
            if duty.kind in self.due and self._missed(duty, recorded=False):
                kind = SlipConfirmationLapsed if isinstance(told.event, SlipIssued) else SlipAppealLapsed
                yield self.given.put_in(kind(**row, duty=moved(duty, self.due[duty.kind][1]).lapsed()))


def told_again(story: Sequence[Told], given: Setting) -> Iterator[Told]:
    """The slip's story by the rules supposed."""
    yield from Again(story, given).told()


RETOLD = (
    Retelling(
        policies=(CONFIRM_WORKDAYS, APPEAL_WORKDAYS, APPEAL_DAYS, PENALTY_DAYS),
        about="slip",
        types=SLIP_FACTS,
        tell=told_again,
        beside=HOLIDAYS,
        duties=("slip_confirmation", "slip_appeal"),
        narrow=(APPEAL_DAYS, PENALTY_DAYS),
    ),
)
