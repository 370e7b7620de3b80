"""given(...).when(...).then(...): a rule told as a story.

`given` feeds a command only the events its own reads cover, so a boundary drawn too narrow fails here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain import Actor, Command, Context, Event, Reads, Rejected
from domain.access import IMPORT, SYSTEM, within_scope
from domain.policies import PolicyRevised, Rulebook

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 9, 7, 4, tzinfo=UTC)


class given:
    """The past.  `PolicyRevised` events among it make the rulebook."""

    def __init__(self, *past: Event) -> None:
        self.past = past

    def when(self, command: Command[Any], by: Actor = SYSTEM[IMPORT], now: datetime = NOON) -> given:
        """The wish, who has it, and the moment it was received."""
        self.command = command
        rules = Rulebook()
        for event in self.past:
            if isinstance(event, PolicyRevised):
                rules = rules.after(event)
        self.context = Context(actor=by, now=now, rules=rules, zone=SHANGHAI)
        return self

    def _state(self) -> Any:
        asked: list[Reads] = list(self.command.reads())
        while True:
            state = self.command.blank()
            for event in self.past:
                if any(r.covers(event) for r in asked):
                    state = state.after(event)
            if not (further := [r for r in self.command.more(state) if r not in asked]):
                return state
            asked += further

    def _decide(self) -> Sequence[Event]:
        state = self._state()
        self.command.find(state)
        actor = self.context.actor
        if actor.role in self.command.may:
            within_scope(self.command, state, [actor])
        return tuple(self.command.decide(state, self.context))

    def then(self, *expected: Event) -> None:
        """Exactly these events happened; none: a no-op."""
        assert self._decide() == expected

    def happens(self) -> Sequence[Event]:
        """Whatever happened, to look at."""
        return self._decide()

    def rejected(self, kind: type[Rejected], code: str) -> None:
        """A rule said no, with this code."""
        with pytest.raises(kind) as no:
            self._decide()
        assert no.value.code == code
