"""A PostgreSQL for the tests: the embedded server, in a directory that goes away, and fresh schemas for each test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from infra.log.recorder import PostgresLog
from infra.postgres import Embedded, Institution, drop, install
from infra.settings import Settings
from tests.scenario import NOON


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The DSN of an embedded server that lives as long as the test session, or of the one CAMPUS_TEST_URL names."""
    if given := os.environ.get("CAMPUS_TEST_URL"):
        yield given
        return
    data = Path(tempfile.mkdtemp(prefix="campus-test-"))
    with Embedded.start(data) as running:
        yield running.dsn
    shutil.rmtree(data)


@pytest.fixture
async def institution(server: str) -> AsyncIterator[Institution]:
    """A college nobody else uses, installed and empty."""
    college = Institution(f"t{uuid4().hex[:12]}", server, "Asia/Shanghai", "测试学院", "Test College")
    await install(college)
    yield college
    await drop(college)


@pytest.fixture
async def campus(institution: Institution, tmp_path: Path) -> AsyncIterator[object]:
    """The college opened, on an offset clock frozen at noon of Monday 7 September 2026."""
    from infra.campus import install_keys, opened
    from infra.cli.common import load_areas

    settings = Settings(data=tmp_path)
    await install_keys(institution, settings)
    async with opened(institution, settings, load_areas()) as ready:
        await ready.clock.resume(NOON)
        await ready.clock.set(NOON, frozen=True)
        yield ready


@pytest.fixture
async def log(institution: Institution) -> AsyncIterator[PostgresLog]:
    """The institution's log."""
    recorder = PostgresLog(institution)
    yield recorder
    await recorder.close()
    assert recorder.counts.alone == 0, "a batch had to be taken apart"
