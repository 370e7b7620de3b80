"""The hand that gives the demo's commands: each with its own moment, each under a key that never changes."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from rich.progress import Progress, TaskID

from api.imports.turns import in_turn
from domain import Command, Rejected
from domain.access import IMPORT, SYSTEM
from infra.clock import Clock
from infra.desk import Busy, Desk, Receipt
from infra.keys import Keys

T = TypeVar("T")


@contextmanager
def seldom_collected() -> Iterator[None]:
    """A play makes and keeps many events: looking through them for cycles again and again costs a third of its time."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class KeysAtHand:
    """Keys made a thousand at a time and kept in memory while the college is founded."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._held: dict[str, AESGCM] = {}

    async def made(self, subjects: Iterable[str]) -> Mapping[str, AESGCM]:
        wanted = set(subjects)
        if missing := wanted - self._held.keys():
            self._held.update(await self._keys.made(missing))
        return {subject: self._held[subject] for subject in wanted}

    async def kept(self, subjects: Iterable[str]) -> Mapping[str, AESGCM]:
        return await self._keys.kept(subjects)

    async def erase(self, subject: str) -> None:
        self._held.pop(subject, None)
        await self._keys.erase(subject)


AT_ONCE: Final = 64
PATIENCE: Final = 30
TITLES: Final = {
    "offices": "职能部门",
    "departments": "系部",
    "classes": "行政班",
    "students": "学生",
    "staff": "教职工",
    "roles": "角色",
    "teachers": "任课教师",
    "accounts": "账号",
    "counselors": "辅导员",
    "catalogue": "奖罚目录",
    "rosters": "名单",
    "semester": "学期",
}


@dataclass
class Hand:
    """Gives commands to a desk, and counts what became of them."""

    desk: Desk
    clock: Clock
    seed: int
    progress: Progress | None = None
    given: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    phases: list[tuple[str, float]] = field(default_factory=list)

    async def give(
        self, command: Command[Any], at: datetime, *, by: str = SYSTEM[IMPORT].person_id, key: str, source: str = ""
    ) -> Receipt | None:
        """Hand in one command at its moment; None when a rule said no, which is counted.

        The clock follows in this process only, so that reactions are not received before what they react to.
        """
        if at > self.clock.now():
            await Clock.set(self.clock, at, True)
        source = source or (IMPORT if by == SYSTEM[IMPORT].person_id else "ui")
        for again in range(PATIENCE):
            try:
                receipt = await self.desk.submit(command, person_id=by, key=key, source=source, received_at=at)
            except Rejected as no:
                self.refused[f"{command.NAME} {no.code}"] += 1
                return None
            except Busy:
                await asyncio.sleep(0.005 * 2 ** min(again, 7))
            else:
                self.given += 1
                return receipt
        raise Busy(command.NAME)

    async def all(
        self,
        title: str,
        items: Iterable[T],
        act: Callable[[T], Awaitable[Any]],
        total: int,
        keys: Callable[[T], Iterable[Hashable]] = lambda item: (),
    ) -> None:
        """Act on every item, many at once; those that share a key in their order."""
        bar = self.bar(title, total)
        async for _ in in_turn(items, keys, act, AT_ONCE):
            if self.progress and bar is not None:
                self.progress.advance(bar)

    def bar(self, title: str, total: int) -> TaskID | None:
        """A bar on the screen, if there is one."""
        return self.progress.add_task(f"{TITLES[title]} · {title}", total=total) if self.progress else None

    async def in_order(
        self, items: Iterable[T], keys: Callable[[T], Iterable[Hashable]], act: Callable[[T], Awaitable[Any]]
    ) -> None:
        """Act on every item, many at once; those that share a key in their order."""
        async for _ in in_turn(items, keys, act, AT_ONCE):
            pass
