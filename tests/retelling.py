"""A small college in which wishes are played, the clock and the reactions keeping pace, to be told again."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import count
from typing import Any

import domain
from domain import Actor, Command, Event, Rejected, areas
from domain.access import CLOCK, REACTION, SYSTEM
from domain.duties import Due, Duty
from domain.policies import PolicyRevised, Rulebook, Value
from domain.retelling import Retelling, Setting, Supposed, Told, beside
from tests.college import at
from tests.rolls import revised
from tests.scenario import SHANGHAI, given


@dataclass(frozen=True)
class Wish:
    """What somebody wants at a moment; refused wishes leave nothing behind."""

    at: datetime
    command: Command[Any]
    by: Actor


@cache
def declared() -> tuple[dict[Any, Any], list[dict[Any, Any]]]:
    """Every area's agenda and reactions."""
    agenda: dict[Any, Any] = {}
    reactions = []
    for area in areas(domain):
        agenda |= getattr(area, "AGENDA", {})
        reactions.append(getattr(area, "REACTIONS", {}))
    return agenda, reactions


@cache
def retellings() -> tuple[Retelling, ...]:
    """Every retelling of the college."""
    return tuple(told for area in areas(domain) for told in getattr(area, "RETOLD", ()))


def retelling_of(policy: str) -> Retelling:
    [found] = [told for told in retellings() if policy in {p.key for p in told.policies}]
    return found


class Play:
    """The log that comes of a past and of wishes, until a moment."""

    def __init__(self, past: Iterable[Event], began: datetime) -> None:
        self.log: list[Told] = []
        self._due: list[tuple[datetime, int, str, Due]] = []
        self._numbers = count()
        self._open: dict[str, Due] = {}
        for event in past:
            self._hear(event, began)

    def _hear(self, event: Event, now: datetime) -> None:
        self.log.append(Told(len(self.log) + 1, now, event))
        agenda, reactions = declared()
        for entry in agenda[type(event)](event) if type(event) in agenda else ():
            self._open.pop(entry.key, None)
            if isinstance(entry, Due):
                moment = entry.at if entry.at.tzinfo else entry.at.replace(tzinfo=SHANGHAI)
                self._open[entry.key] = entry
                heapq.heappush(self._due, (moment, next(self._numbers), entry.key, entry))
        for told in reactions:
            for command in told[type(event)](event) if type(event) in told else ():
                self.does(Wish(now, command, SYSTEM[REACTION]))

    def does(self, wish: Wish) -> None:
        try:
            happened = given(*(t.event for t in self.log)).when(wish.command, by=wish.by, now=wish.at).happens()
        except Rejected:
            return
        for event in happened:
            self._hear(event, wish.at)

    def until(self, moment: datetime, wishes: Sequence[Wish]) -> list[Told]:
        """Everything wished and due until a moment, in order."""
        left = sorted((w for w in wishes if w.at <= moment), key=lambda w: w.at)
        while left or self._due:
            if self._due and (not left or self._due[0][0] <= left[0].at):
                due_at, _, key, entry = heapq.heappop(self._due)
                if due_at > moment:
                    continue
                if self._open.get(key) is entry:
                    del self._open[key]
                    self.does(Wish(due_at, entry.command, SYSTEM[CLOCK]))
            else:
                self.does(left.pop(0))
        return self.log


def stories(log: Sequence[Told], told: Retelling) -> Iterator[list[Told]]:
    """The events of each thing, in order."""
    found: dict[str, list[Told]] = {}
    for one in log:
        if isinstance(one.event, told.types):
            [key] = [t for t in one.event.tags() if t.startswith(f"{told.about}:")]
            found.setdefault(key, []).append(one)
    yield from found.values()


def setting(log: Sequence[Told], told: Retelling, moment: datetime, instead: dict[str, Value]) -> Setting:
    """What a retelling is given: of the log, its rules and what lies beside."""
    rules = Supposed(instead=instead, since=at(1, "00:00"))
    for one in log:
        if isinstance(one.event, PolicyRevised):
            rules = rules.after(one.event)
    known = beside(one for one in log if isinstance(one.event, told.beside))
    return Setting(rules, SHANGHAI, moment, log[-1].position, known)


def told_again(log: Sequence[Told], told: Retelling, moment: datetime, instead: dict[str, Value]) -> list[Told]:
    """Every story of a retelling, told again."""
    given_ = setting(log, told, moment, instead)
    return [one for story in stories(log, told) for one in told.tell(story, given_)]


def duties(log: Iterable[Told]) -> dict[str, Duty]:
    """Every duty as its last event says it."""
    found: dict[str, Duty] = {}
    for one in sorted(log, key=lambda t: t.position):
        said = (getattr(one.event, "duty", None), *getattr(one.event, "duties", ()))
        found |= {duty.key: duty for duty in said if duty}
    return found


def in_force(rules: Rulebook, key: str, moment: datetime) -> Value:
    return rules.in_force(key, moment)[0]


def changed(policy: str, value: Value) -> PolicyRevised:
    """The policy revised before anything happens."""
    return revised(policy, value, at(1, "00:00"))
