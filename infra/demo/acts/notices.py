"""Notices: published every week, read in time by most, some recalled.  Seed: D04."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from domain import derived
from domain.access import (
    ACADEMIC,
    COUNSELOR,
    DEPUTY,
    HEAD,
    PRESIDENT,
    SECRETARY,
    STUDENT_AFFAIRS,
)
from domain.notices import PublishNotice, RecallNotice
from infra.demo.acts import Act
from infra.demo.acts.reading import Reading
from infra.demo.acts.texts import NOTICES
from infra.demo.scene import Scene

# Who publishes for whom, and how often a week.
WEEKLY: Final = (
    (PRESIDENT, (HEAD, DEPUTY), 0.7),
    (ACADEMIC, (HEAD, SECRETARY), 1.2),
    (STUDENT_AFFAIRS, (DEPUTY, COUNSELOR), 1.2),
)
TO_ALL_STAFF: Final = (3, 11)  # weeks in which every head writes to the whole department
RECALLED: Final = 0.03
MOST: Final = 500


@dataclass(frozen=True)
class Notice:
    """A notice as it will be published; `roles` empty: to all the staff of the departments."""

    notice_id: str
    publisher: str
    departments: tuple[str, ...]
    roles: tuple[str, ...]
    readers: tuple[tuple[str, str], ...]
    published: datetime


class Notices:
    """The notices of the semester, read by those they speak to."""

    title = "通知 · notices"

    def __init__(self, scene: Scene) -> None:
        self._scene, self._chances, self._reading = scene, scene.chances, Reading(scene)

    def acts(self) -> Iterator[Act]:
        for notice in self._notices():
            dice, concerns = self._chances.dice("notice", notice.notice_id), (notice.notice_id,)
            yield Act(notice.published, concerns, partial(self._publish, notice))
            if dice.random() < RECALLED:
                yield Act(notice.published + timedelta(hours=2), concerns, partial(self._recall, notice))
                continue
            for person, department in notice.readers:
                yield from self._reading.acts(notice.notice_id, person, department, notice.published)

    def _notices(self) -> Iterator[Notice]:
        scene, everywhere = self._scene, tuple(self._scene.departments)
        for week in range(1, scene.weeks + 1):
            for role, roles, often in WEEKLY:
                for number in range(self._chances.number(often, "notices", role, week)):
                    yield self._notice((role, week, number), scene.holder(role), everywhere, roles, week)
            for department in everywhere if week in TO_ALL_STAFF else ():
                yield self._notice((department, week), scene.holder(HEAD, department), (department,), (), week)

    def _notice(
        self, key: tuple[object, ...], publisher: str, departments: tuple[str, ...], roles: tuple[str, ...], week: int
    ) -> Notice:
        dice = self._chances.dice("notice of", *key)
        at = self._scene.moment(self._scene.on(week, dice.randint(1, 5)), dice.uniform(8.2, 15))
        readers = tuple(
            (person, department) for department in departments for person in self._persons(department, roles)
        )
        return Notice(derived("notice", "demo", *key), publisher, departments, roles, readers[:MOST], at)

    def _persons(self, department: str, roles: tuple[str, ...]) -> Iterator[str]:
        """Who is meant: those who hold the roles, or everybody."""
        scene = self._scene
        for role in roles or (HEAD, DEPUTY, SECRETARY, COUNSELOR):
            if role == COUNSELOR:
                yield from scene.counselors[department]
            else:
                yield scene.holder(role, department)
        if not roles:
            yield from scene.staff[department]

    async def _publish(self, notice: Notice, at: datetime) -> None:
        title, body = self._chances.dice("notice text", notice.notice_id).choice(NOTICES)
        command = PublishNotice(
            notice_id=notice.notice_id,
            title=title,
            body=body,
            departments=notice.departments,
            roles=notice.roles,
        )
        await self._scene.said(command, at, notice.publisher, "notice", notice.notice_id)

    async def _recall(self, notice: Notice, at: datetime) -> None:
        command = RecallNotice(notice_id=notice.notice_id, reason="附件有误,更正后重发")
        await self._scene.said(command, at, notice.publisher, "notice recall", notice.notice_id)
