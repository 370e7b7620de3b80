"""The small term, played once for all tests of what its figures say: they look at it, and leave it as it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest

from infra.campus import Campus, install_keys, opened
from infra.cli.common import load_areas
from infra.postgres import Institution, drop, install
from infra.projector import Projector
from infra.settings import Settings
from tests.browser.term import BEGIN, play


@dataclass
class Played:
    """The small term, played and folded; `head` is its last position."""

    institution: Institution
    settings: Settings
    head: int

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Campus]:
        async with opened(self.institution, self.settings, load_areas(), readers=2) as campus:
            yield campus


@pytest.fixture(scope="session")
def played(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    college = Institution(f"t{uuid4().hex[:12]}", server, "Asia/Shanghai", "测试学院", "Test College")
    settings = Settings(data=tmp_path_factory.mktemp("explaining"))

    async def begin() -> int:
        await install(college)
        await install_keys(college, settings)
        projector = Projector(college, load_areas().tables)
        await projector.prepare()
        async with opened(college, settings, load_areas()) as campus:
            await campus.clock.resume(BEGIN)
            await play(campus)
        return await projector.catch_up()

    yield Played(college, settings, asyncio.run(begin()))
    asyncio.run(drop(college))
