"""The college in which workflows are played: its people, what they hold and lend, and the desk they come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import Any

from domain import Command, Rejected
from domain.access import REACTION, SYSTEM
from domain.identity import DelegateAuthority, EndDelegation
from infra.desk import Desk, Receipt
from infra.envelope import Codec
from infra.log import Log

DEPARTMENTS = ("department:maths", "department:arts", "department:law")
OFFICE = "department:office"
BEGIN = datetime(2026, 9, 1, 1, tzinfo=UTC)
AT_ONCE = 60  # delegations in force
SOURCES = {actor.person_id: role for role, actor in SYSTEM.items()}


@dataclass(frozen=True)
class Post:
    """A role somebody holds."""

    person: str
    role: str
    department: str | None
    grant: str


@dataclass(frozen=True)
class TeachingClass:
    """A class, who teaches it, and its administrative class."""

    id: str
    teacher: str
    department: str
    squad: str


@dataclass(frozen=True, order=True)
class Meeting:
    """A session whose roll nobody will take in time."""

    ends_at: datetime
    session: str
    of: TeachingClass = field(compare=False)


@dataclass(frozen=True)
class Loan:
    """Authority lent by whoever holds a post, for some commands."""

    delegation: str
    post: Post
    to: str
    commands: tuple[str, ...]


@dataclass
class World:
    """Hands commands in, and counts what became of them.

    `refused` counts refusals by code, `hostile` attempts that the rules must mostly refuse, `surprises` refusals of
    what was sure to be allowed.
    """

    desk: Desk
    log: Log
    codec: Codec
    dice: Random
    reactions: Sequence[Any] = ()
    posts: list[Post] = field(default_factory=list)
    students: dict[str, list[str]] = field(default_factory=dict)
    classes: list[TeachingClass] = field(default_factory=list)
    sessions: list[Meeting] = field(default_factory=list)
    lent: list[Loan] = field(default_factory=list)
    over: list[Loan] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    hostile: Counter[str] = field(default_factory=Counter)
    surprises: Counter[str] = field(default_factory=Counter)
    now: datetime = BEGIN
    _keys: Any = field(default_factory=count)

    def new(self, kind: str) -> str:
        """An id nobody has used."""
        return f"{kind}:{next(self._keys)}"

    async def say(
        self,
        command: Command[Any],
        by: str,
        at: datetime,
        *,
        role: str | None = None,
        hostile: bool = False,
        sure: bool = False,
    ) -> Receipt | None:
        """Hand a command in, and what follows from it; None when it was refused."""
        how: dict[str, Any] = {"person_id": by, "key": f"k{next(self._keys)}", "source": SOURCES.get(by, "api")}
        if hostile:
            self.hostile[command.NAME] += 1
        try:
            receipt = await self.desk.submit(command, **how, received_at=at, role=role)
        except Rejected as no:
            self.refused[no.code] += 1
            if sure:
                self.surprises[f"{command.NAME}: {no.code}"] += 1
            return None
        self.done[command.NAME] += 1
        await self._react(receipt, at)
        return receipt

    async def _react(self, receipt: Receipt, at: datetime) -> None:
        kinds = {kind.NAME: (kind, order) for told in self.reactions for kind, order in told.items()}
        if not any(event.type in kinds for event in receipt.events):
            return
        first = receipt.events[0].position
        assert first
        for row in await self.log.page(first - 1, receipt.position):
            if row.type in kinds:
                for command in kinds[row.type][1](self.codec.event(row)):
                    await self.say(command, SYSTEM[REACTION].person_id, at)

    def held(self, *roles: str, department: str | None = None) -> list[Post]:
        """The posts of these roles, of a department if one is named."""
        return [p for p in self.posts if p.role in roles and (department is None or p.department == department)]

    def one(self, *roles: str, department: str | None = None) -> Post:
        return self.dice.choice(self.held(*roles, department=department))

    def staff(self, department: str | None = None) -> list[str]:
        """Everybody who works for the college, or for a department."""
        return sorted({p.person for p in self.posts if department in (None, home_of(p.person))})

    def anybody(self) -> str:
        return self.dice.choice(self.staff())

    def borrowers(self, person: str, command: type[Command[Any]]) -> list[str]:
        """Who may now give a command for somebody."""
        return [one.to for one in self.lent if one.post.person == person and command.NAME in one.commands]

    def hand(self, person: str, command: type[Command[Any]], chance: float = 0.3) -> str:
        """The person, or by chance somebody who borrowed the authority, or once had, to give this command for them."""
        to = self.borrowers(person, command)
        if self.over and self.dice.random() < 0.1:
            to = [one.to for one in self.over if one.post.person == person and command.NAME in one.commands]
        return self.dice.choice(to) if to and self.dice.random() < chance else person

    async def lend(self, post: Post, commands: Iterable[type[Command[Any]]], to: str | None = None) -> None:
        """Somebody lends a role they hold for these commands, to anybody; where much is lent, some of it ends."""
        while len(self.lent) > AT_ONCE:
            await self.take_back()
        names = tuple(sorted(c.NAME for c in commands if post.role in c.may))
        to = to or self.dice.choice([p for p in self.staff() if p != post.person])
        if not names or to == post.person:
            return
        made = self.new("delegation")
        command = DelegateAuthority(
            delegation_id=made,
            delegate_id=to,
            grant_id=post.grant,
            commands=names,
            from_=self.now,
            until=datetime(2027, 7, 1, tzinfo=UTC),
        )
        if await self.say(command, post.person, self.now):
            self.lent.append(Loan(made, post, to, names))

    async def take_back(self) -> None:
        """One delegation ends."""
        loan = self.lent.pop(self.dice.randrange(len(self.lent)))
        await self.say(EndDelegation(delegation_id=loan.delegation), loan.post.person, self.now)
        self.over = [*self.over[-40:], loan]

    async def churn(self, commands: Sequence[type[Command[Any]]]) -> None:
        """Authority lent at random."""
        post = self.dice.choice(self.posts)
        some = [c for c in commands if self.dice.random() < 0.6]
        await self.lend(post, some)


def home_of(person: str) -> str:
    """The department that a made-up person's id tells."""
    return f"department:{person.rpartition('--')[2]}"
