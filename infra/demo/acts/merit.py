"""Merit awards for counselors: nominated by their heads, awarded, questioned after a third miss.  Seed: D19."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Final

from domain import derived
from domain.access import HEAD, STUDENT_AFFAIRS_HEAD
from domain.counselor_logs import AwardMerit, DecideMeritAward, NominateForMerit
from infra.demo.acts import Act
from infra.demo.acts.logs import QUESTIONED, Diary
from infra.demo.college import WEEKS
from infra.demo.scene import Scene

NOMINATED_WEEK, AWARDED_WEEK, DECIDED_WEEK = 14, 15, WEEKS + 1
TITLE: Final = "优秀辅导员"
SHARE: Final = 4  # one counselor in four, at least one a department
DOCUMENT: Final = "学〔2026〕18号"
REASON: Final = "日志认真,班级学风良好"


class Merit:
    """Who has fewest misses is nominated; one of them misses the last week, and loses the award."""

    title = "评优 · merit"

    def __init__(self, scene: Scene, written: list[Diary]) -> None:
        self._scene, self._written = scene, written

    def acts(self) -> Iterator[Act]:
        for diary in self._nominated():
            concerns = (diary.person_id,)
            for week, weekday, do in (
                (NOMINATED_WEEK, 3, self._nominate),
                (AWARDED_WEEK, 4, self._award),
                (DECIDED_WEEK, 3, self._decide),
            ):
                if do != self._decide or diary.story == QUESTIONED:
                    yield Act(self._scene.moment(self._scene.on(week, weekday), 15), concerns, partial(do, diary))

    def _nominated(self) -> Iterator[Diary]:
        for department in self._scene.departments:
            own = [d for d in self._written if d.department_id == department]
            yield from (d for d in own if d.story == QUESTIONED)
            best = sorted((d for d in own if not d.story), key=lambda d: (d.misses, d.person_id))
            yield from best[: max(len(own) // SHARE, 1)]

    def _id(self, diary: Diary) -> str:
        return derived("nomination", "demo", diary.person_id)

    async def _nominate(self, diary: Diary, at: datetime) -> None:
        command = NominateForMerit(
            person_id=diary.person_id,
            year=self._scene.term.year,
            nomination_id=self._id(diary),
            title=TITLE,
            reason=REASON,
        )
        by = self._scene.holder(HEAD, diary.department_id)
        await self._scene.said(command, at, by, "nominate", diary.person_id)

    async def _award(self, diary: Diary, at: datetime) -> None:
        command = AwardMerit(nomination_id=self._id(diary), document_no=DOCUMENT)
        await self._scene.said(command, at, self._scene.holder(STUDENT_AFFAIRS_HEAD), "award", diary.person_id)

    async def _decide(self, diary: Diary, at: datetime) -> None:
        command = DecideMeritAward(
            nomination_id=self._id(diary),
            upheld=False,
            document_no="学〔2026〕21号",
            reason="一学期累计三次未按时填写周志,按规定取消",
        )
        await self._scene.said(command, at, self._scene.holder(STUDENT_AFFAIRS_HEAD), "award decide", diary.person_id)
