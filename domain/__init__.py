"""The words every area shares.  Pure: no clock, no database, no network.

Every other module here is one area of the college, except the shared ones named in SHARED;
the folder listing is the register of areas.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from types import ModuleType
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar
from zoneinfo import ZoneInfo

from domain.words import (
    Day as Day,
    DepartmentId as DepartmentId,
    Fact as Fact,
    Line as Line,
    Moment as Moment,
    Personal as Personal,
    PersonId as PersonId,
    PolicyUse as PolicyUse,
    Reason as Reason,
    RoomId as RoomId,
    SessionId as SessionId,
    SquadId as SquadId,
    StudentId as StudentId,
    TeachingClassId as TeachingClassId,
    TermId as TermId,
    Text as Text,
    blind as blind,
    derived as derived,
    named as named,
    person_of as person_of,
)

SHARED = frozenset({"access", "approval", "duties", "policies", "retelling", "words"})


class Event(Fact):
    """Something that happened.  Never edited, never deleted.

    NAME is what the log stores, for ever; the class may be renamed or moved.  TITLE says in Chinese what
    happened, as people read it.  TAGS names the fields whose ids a later decision or an audit selects on,
    most selective first.  CORRECTS: it says that something recorded before was, or is to be read, otherwise.
    """

    NAME: ClassVar[str]
    TITLE: ClassVar[str] = ""
    TAGS: ClassVar[tuple[str, ...]] = ()
    CORRECTS: ClassVar[bool] = False
    by_name: ClassVar[dict[str, type[Event]]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        if cls.by_name.setdefault(cls.NAME, cls) is not cls:
            raise TypeError(f"two events are named {cls.NAME!r}")

    @classmethod
    def titles(cls) -> tuple[str, str]:
        """(zh, en): the title, and the class name in words."""
        words = re.sub(r"(?<!^)(?=[A-Z])", " ", cls.__name__).capitalize()
        return cls.TITLE or words, words

    def tags(self) -> tuple[str, ...]:
        """Ids under which this event can be looked up, each once."""
        found: dict[str, None] = {}
        for name in self.TAGS:
            value = getattr(self, name)
            for tag in (value,) if isinstance(value, str) else value or ():
                found[tag] = None
        return tuple(found)


class State(Protocol):
    """What a decision needs to know, folded from events."""

    def after(self, event: Any, /) -> Self: ...


@dataclass(frozen=True)
class Reads:
    """Events of any of `types` carrying all of `tags`: one line of a boundary."""

    types: tuple[type[Event], ...]
    tags: tuple[str, ...] = ()

    def covers(self, event: Event) -> bool:
        return isinstance(event, self.types) and set(self.tags) <= set(event.tags())


@dataclass(frozen=True)
class Actor:
    """Who acts: the person, the role used, the department held with it, and for whom."""

    person_id: str
    role: str
    department_id: str | None = None
    on_behalf_of: str | None = None


class Rules(Protocol):
    """The rulebook as a timeline; see policies.Rulebook."""

    def at(self, moment: datetime, /) -> Any: ...


@dataclass(frozen=True)
class Context:
    """All a decision may ask beside its state.  `now` is the moment of receipt, in UTC."""

    actor: Actor
    now: datetime
    rules: Rules
    zone: ZoneInfo

    @property
    def second(self) -> datetime:
        """`now` truncated to whole seconds: what deadlines are compared with."""
        return self.now.replace(microsecond=0)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


S = TypeVar("S", bound=State)


@cache
def _state_of(kind: type[Any]) -> type[Any]:
    for base in kind.__mro__:
        if args := getattr(base, "__pydantic_generic_metadata__", {}).get("args"):
            state: type[Any] = args[0]
            return state
    raise TypeError(f"{kind.__name__} names no state")


class Command(Fact, Generic[S]):
    """A wish, with the rule that grants or rejects it.

    `may` maps each role to the scope in which it may; the docstring opens with the Chinese title and a
    full stop.  NAME (kebab-case) is said by route, import and log.
    Commands naming the same `lane` queue inside one process before they read.  `retold` maps a type of event to those
    whose whole tale about the same thing it tells again: the state need not hear them if it hears that one later.
    A `live` command is not given in reaction to what an import recorded: history tells nobody.
    """

    may: ClassVar[dict[str, Any]] = {}
    lane: ClassVar[str | None] = None
    live: ClassVar[bool] = False
    retold: ClassVar[Mapping[type[Event], tuple[type[Event], ...]]] = {}
    by_name: ClassVar[dict[str, type[Command[Any]]]] = {}

    NAME: ClassVar[str] = ""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        cls.NAME = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()
        if "[" not in cls.__name__ and cls.may and cls.by_name.setdefault(cls.NAME, cls) is not cls:
            raise TypeError(f"two commands are named {cls.NAME!r}")

    @classmethod
    def titles(cls) -> tuple[str, str]:
        """(zh, en): the docstring's first words, and the class name in words."""
        return (cls.__doc__ or "").partition(".")[0].strip(), cls.NAME.replace("-", " ").capitalize()

    @classmethod
    def blank(cls) -> S:
        """The state before any event: the class named in Command[...], made without arguments."""
        state: S = _state_of(cls)()
        return state

    def reads(self) -> Sequence[Reads]:
        """The consistency boundary: if anything here changes, decide again."""
        raise NotImplementedError

    def more(self, state: S) -> Sequence[Reads]:
        """What else must be read once `state` is known; asked until it names nothing new."""
        return ()

    def find(self, state: S) -> None:
        """Raise Unknown if what the command names is not there."""

    def decide(self, state: S, given: Context) -> Iterable[Event]:
        """Return what happened, or raise Rejected.  An empty answer is a no-op."""
        raise NotImplementedError


class Rejected(Exception):
    """A rule said no.  `code` is stable; `facts` name the things involved (ids, codes, numbers; never texts)."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


class Unknown(Rejected):
    """The thing named does not exist."""


class NotAllowed(Rejected):
    """This person may not do this."""


class Conflict(Rejected):
    """The thing is not in a state that allows this."""


def areas(package: ModuleType) -> Iterator[ModuleType]:
    """Import every area module of a layer, in name order; SHARED modules are loaded but not counted as areas."""
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{found.name}")
        if found.name not in SHARED:
            yield module
