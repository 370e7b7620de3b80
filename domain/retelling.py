"""Telling again 重述: what would have come of what people did, had the rules been others.  Seed: D02 规则唯一性.

What people did stays as they did it; only what follows from the rules follows anew.  A story is told as it would
stand at one moment, so what would only have stood in between is not put in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from domain import Event
from domain.duties import Duty
from domain.policies import Policy, Rulebook, Value

AnyPolicy = Policy[bool] | Policy[int] | Policy[str]
SETTLED_AFTER = timedelta(seconds=60)


@dataclass(frozen=True)
class Supposed(Rulebook):
    """The rulebook, had some policies other values from a moment on; versions are numbered as they are."""

    instead: Mapping[str, Value] = field(default_factory=dict)
    since: datetime = datetime.min.replace(tzinfo=UTC)

    def in_force(self, key: str, moment: datetime) -> tuple[Value, int]:
        value, number = super().in_force(key, moment)
        return (self.instead[key] if key in self.instead and moment >= self.since else value), number


@dataclass(frozen=True)
class Told:
    """An event where it stands in the log; one that is put in stands where the story is told from."""

    position: int
    received_at: datetime
    event: Event

    def saying(self, **changed: Any) -> Self:
        """The same event with other values; itself if they are no others."""
        new = {name: value for name, value in changed.items() if getattr(self.event, name) != value}
        return replace(self, event=self.event.model_copy(update=new)) if new else self

    def instead(self, event: Event) -> Self:
        """Another event in its place; itself if it is the same."""
        return self if event == self.event else replace(self, event=event)


@dataclass(frozen=True)
class Setting:
    """What is known beside a story: the rules to tell it by, the moment and the position it is told from."""

    rules: Rulebook
    zone: ZoneInfo
    moment: datetime
    position: int
    beside: Mapping[str, Sequence[Told]] = field(default_factory=dict)

    def known(self, kinds: tuple[type[Event], ...], before: int, of: str = "") -> Iterator[Event]:
        """Events beside the story, told before a position: those under an id, or all."""
        for told in self.beside.get(of, ()):
            if told.position < before and isinstance(told.event, kinds):
                yield told.event

    def put_in(self, event: Event) -> Told:
        """An event that did not happen and would have."""
        return Told(self.position, self.moment, event)


def beside(heard: Iterable[Told]) -> dict[str, list[Told]]:
    """Events beside the stories, all and by the ids they name themselves by; see Setting.known."""
    found: dict[str, list[Told]] = {"": []}
    for told in heard:
        ids = (getattr(told.event, name) for name in told.event.TAGS)
        for key in dict.fromkeys(("", *(i for i in ids if isinstance(i, str)))):
            found.setdefault(key, []).append(told)
    return found


@dataclass(frozen=True)
class Retelling:
    """How the stories of an area are told again when some of its policies are supposed to be others.

    A story is the events of `types`, in order, that carry one id of the kind `about` (each carries exactly one);
    `tell` tells it as it would stand.  `beside` are kinds of event that all stories must know, `duties` the kinds of
    duty that may be due or done at another moment.  The policies among `narrow` say what was accepted: what was
    refused is in no log, so a wider value brings nothing back.
    """

    policies: tuple[AnyPolicy, ...]
    about: str
    types: tuple[type[Event], ...]
    tell: Callable[[Sequence[Told], Setting], Iterable[Told]]
    beside: tuple[type[Event], ...] = ()
    duties: tuple[str, ...] = ()
    narrow: tuple[AnyPolicy, ...] = ()

    @property
    def of_a_term(self) -> bool:
        """Whether every event of every story names a term, the story's."""
        named = (kind.model_fields.get("term_id") for kind in self.types)
        return all(name is not None and name.annotation is str for name in named)


def second(moment: datetime) -> datetime:
    """A moment in whole seconds, as deadlines are compared."""
    return moment.replace(microsecond=0)


def moved(duty: Duty, due_at: datetime) -> Duty:
    """The duty with another due moment, and judged by it; one that was not moved stays as it was judged."""
    if duty.due_at == due_at:
        return duty
    changed: dict[str, Any] = {"due_at": due_at}
    if duty.state in ("done", "done_late") and duty.settled_at:
        changed["state"] = "done_late" if second(duty.settled_at) > due_at else "done"
    elif duty.state == "lapsed":
        changed["settled_at"] = due_at
    return duty.model_copy(update=changed)


def missed(due_at: datetime, was: datetime, settled_at: datetime | None, recorded: bool, given: Setting) -> bool:
    """Whether it would be on record by now that nothing was done by the due moment.

    `settled_at`: when it was done or fell away (None: it never was); of a duty that was not moved, what is on record.
    """
    if due_at == was:
        return recorded
    if settled_at is not None:
        return recorded and second(settled_at) > due_at
    return given.moment >= due_at + SETTLED_AFTER
