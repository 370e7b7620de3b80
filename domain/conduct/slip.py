"""One slip as its facts tell it, and what the commands on it share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from domain import Command, Conflict, Context, Event, Reads, Unknown
from domain.conduct.events import SLIP_FACTS, OfSlip, OfStudent, SlipId
from domain.conduct.whereabouts import CALENDAR, Whereabouts, cared_for
from domain.duties import Duty


@dataclass(frozen=True)
class Slip:
    """A slip after all that happened to it, and what is owed about it."""

    told: OfSlip | None = None
    confirmation: Duty | None = None
    answer: Duty | None = None
    homes: Whereabouts = field(default_factory=Whereabouts)

    def after(self, event: Event) -> Self:
        if not isinstance(event, OfSlip):
            return replace(self, homes=self.homes.after(event))
        duty: Duty | None = getattr(event, "duty", None)
        if duty is None:
            return replace(self, told=event)
        if duty.kind == "slip_appeal":
            return replace(self, told=event, answer=duty)
        return replace(self, told=event, confirmation=duty)

    @property
    def slip(self) -> OfSlip:
        """The slip, once `find` has seen that it is there."""
        assert self.told
        return self.told

    @property
    def issuers(self) -> set[str]:
        """Who issued the slip, and for whom."""
        return {self.slip.issued_by, self.slip.issued_for or self.slip.issued_by}

    @property
    def confirmers(self) -> set[str]:
        """Who confirmed the slip, and for whom."""
        return {p for p in (self.slip.confirmed_by, self.slip.confirmed_for) if p}

    def row(self, **changed: Any) -> dict[str, Any]:
        """The fields of the next event about the slip."""
        return {name: getattr(self.told, name) for name in OfSlip.model_fields} | changed


class AboutSlip(Command[Slip]):
    """奖罚单.  What the commands on one slip share."""

    slip_id: SlipId

    def reads(self) -> list[Reads]:
        return [Reads(SLIP_FACTS, (self.slip_id,))]

    def find(self, state: Slip) -> None:
        if state.told is None:
            raise Unknown("slip_unknown", slip=self.slip_id)

    def home(self, state: Slip) -> OfStudent:
        """Whom the slip is about."""
        return state.slip

    def check_standing(self, state: Slip) -> None:
        """Raise if the slip was returned, revoked or overturned: nothing more can be done with it."""
        if state.slip.state not in ("issued", "confirmed"):
            raise Conflict("slip_closed", slip=self.slip_id, state=state.slip.state)


class WithCounselor(AboutSlip):
    """奖罚单.  Commands that ask who looks after the student's class."""

    def more(self, state: Slip) -> Sequence[Reads]:
        return [cared_for(state.told.squad_id)] if state.told else []


class WithCalendar(AboutSlip):
    """奖罚单.  Commands whose days pass over holidays."""

    def reads(self) -> list[Reads]:
        return [*super().reads(), CALENDAR]


def dropped(duty: Duty | None, given: Context) -> Duty | None:
    """What becomes of a duty when its slip falls away: lateness that has happened stays."""
    if duty is None or duty.state != "open":
        return None
    return duty.lapsed() if given.second > duty.due_at else duty.cancelled(given.now)
