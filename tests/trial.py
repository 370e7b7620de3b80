"""A college really served: `campus serve` as a process of its own, on a data directory that goes away."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from domain import Command, derived
from domain.access import IMPORT, SYSTEM
from domain.identity import GrantRole
from infra.campus import Campus
from infra.cli.common import campus
from infra.postgres import Embedded
from infra.settings import Settings

CAMPUS = (sys.executable, "-c", "from infra.cli import main; main()")
PATIENCE = 90.0


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Trial:
    """One served college."""

    data: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> Settings:
        return Settings(data=self.data, port=self.port)

    @property
    def server(self) -> Embedded:
        """The database of this college, looked at from outside."""
        return Embedded(self.data)

    def start(self, *words: str) -> None:
        """Start serving and wait until the API answers."""
        told = {**os.environ, "CAMPUS_DATA": str(self.data), "PORT": str(self.port), **dict(self.environment)}
        told.pop("CAMPUS_DATABASE_URL", None)
        with (self.data / "serve.log").open("ab") as said:
            self.process = subprocess.Popen(
                [*CAMPUS, "serve", *words], env=told, stdout=said, stderr=said, start_new_session=True
            )
        self.wait_ready()

    def wait_ready(self) -> None:
        """Until the API answers; raises with what was said when it does not."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/health/live", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            assert self.process is not None
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError((self.data / "serve.log").read_text()[-4000:])

    def stop(self) -> int:
        """Ctrl-C; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def part(self, name: str) -> list[psutil.Process]:
        """The living processes of one part: api, project or keep-time, workers included."""
        assert self.process is not None
        found = []
        for child in psutil.Process(self.process.pid).children():
            if child.cmdline()[-1:] == [name]:
                found += [child, *child.children(recursive=True)]
        return found

    def with_campus(self, work: Any) -> Any:
        """Run `async work(campus)` on this college from the test's own process."""

        async def inside() -> Any:
            async with campus(self.settings) as ready:
                return await work(ready)

        return asyncio.run(inside())

    def forgotten(self, http: httpx.Client) -> None:
        """Until somebody is told that every recorded erasure is carried out; raises TimeoutError."""
        deadline = time.monotonic() + PATIENCE
        while http.get("/api/status").json()["forgetting"]["waiting"]:
            if time.monotonic() > deadline:
                raise TimeoutError((self.data / "serve.log").read_text()[-4000:])
            time.sleep(0.05)

    def install(self, commands: Sequence[Command[Any]]) -> None:
        """Give commands as the installation."""

        async def work(ready: Campus) -> None:
            for command in commands:
                key = f"install/{command.NAME}/{command.model_dump_json()}"
                await ready.desk.submit(command, key=key, person_id=SYSTEM[IMPORT].person_id, source=IMPORT)

        self.with_campus(work)

    def token(self, person_id: str, role: str, department_id: str | None = None) -> str:
        """Grant a role for a year around the college's day and mint a token."""
        from api.door import Door

        async def work(ready: Campus) -> str:
            today: date = ready.clock.now().date()
            grant = GrantRole(
                grant_id=derived("grant", person_id, role),
                person_id=person_id,
                role=role,
                department_id=department_id,
                valid_from=today - timedelta(days=30),
                valid_until=today + timedelta(days=300),
            )
            key = f"grant/{person_id}/{role}"
            await ready.desk.submit(grant, key=key, person_id=SYSTEM[IMPORT].person_id, source=IMPORT)
            return await Door(ready.pool, ready.institution, ready.desk).mint(person_id, timedelta(days=2))

        token: str = self.with_campus(work)
        return token


@contextmanager
def trial(*words: str, environment: dict[str, str] | None = None) -> Iterator[Trial]:
    """A fresh college, served until the block ends; `words` are further words for `campus serve`."""
    data = Path(tempfile.mkdtemp(prefix="campus-trial-"))
    made = Trial(data, free_port(), environment=tuple((environment or {}).items()))
    made.start(*words)
    try:
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            made.stop()
        shutil.rmtree(data, ignore_errors=True)
