"""campus serve, project, keep-time: the processes of a running institution."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
import uvicorn
from psycopg import OperationalError

from infra.campus import Campus, opened
from infra.cli.common import (
    COULD_NOT_RUN,
    UNABLE,
    complain,
    institution_of,
    load_areas,
    prepare,
    run,
)
from infra.postgres import Embedded, ServerDidNotStart
from infra.projector import Projector
from infra.seal.keys import install_seal_key
from infra.seal.sealer import Altered, AnotherKey, Sealer
from infra.settings import Settings

log = logging.getLogger("campus")
GRACE_SECONDS = 20.0
PARTS = ("project", "keep-time", "seal", "prove", "api")
BELOW_COMMANDS = 10
LAST_ROUND_SECONDS = 10.0


def application() -> Any:
    """What uvicorn serves: the API with the dashboards on it, opened inside each worker."""
    from api import create_app
    from dashboards import create_board

    settings = Settings.of()
    load_areas()

    @asynccontextmanager
    async def open_campus() -> AsyncIterator[Campus]:
        assert settings.database_url, "serve tells its children where the database is"
        async with opened(institution_of(settings, settings.database_url), settings, load_areas()) as campus:
            # What is loaded by now stays; searching it for cycles time and again cost a tenth of every command.
            gc.freeze()
            gc.set_threshold(50_000, 20, 100)
            yield campus

    app = create_app(open_campus, settings)
    create_board(app)
    return app


class Children:
    """The processes of one `serve`, started again when one of them ends by itself."""

    def __init__(self, parts: tuple[str, ...], environment: dict[str, str]) -> None:
        self._parts, self._environment = parts, environment
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, float] = {}
        self._stopping = False

    def start(self, part: str) -> None:
        command = [sys.executable, "-m", "infra.cli.child", part]
        self._running[part] = subprocess.Popen(  # noqa: S603  our own module
            command,
            env=self._environment,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509  one prctl call, no locks taken
        )
        self._started[part] = time.monotonic()

    def watch(self, server: Embedded | None = None) -> None:
        """Start all, and start again what ends, the embedded server too, until stopped or a signal comes."""
        for part in self._parts:
            self.start(part)
        while not self._stopping:
            time.sleep(0.2)
            if server is not None:
                _revive(server)
            for part, process in self._running.items():
                if not self._stopping and process.poll() is not None and time.monotonic() - self._started[part] > 1.0:
                    log.warning("%s ended with %s; starting it again", part, process.returncode)
                    self.start(part)

    def stop(self) -> None:
        """End all in order, the sealer last, so that it seals what the others recorded; what lingers is killed."""
        self._stopping = True
        sealer = [part for part in self._running if part == "seal"]
        for parts in ([part for part in self._running if part not in sealer], sealer):
            self._end([self._running[part] for part in parts])

    def _end(self, processes: list[subprocess.Popen[bytes]]) -> None:
        for process in processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for process in processes:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()


def _revive(server: Embedded) -> None:
    try:
        if server.revive():
            log.warning("PostgreSQL had gone; it was started again")
    except ServerDidNotStart as trouble:
        log.warning("PostgreSQL does not start yet: %s", trouble)


def _end_with_parent() -> None:
    # Linux: a child whose parent is killed gets SIGTERM, so nothing is left serving a directory nobody holds.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Stopped(Exception):
    """A signal asked for an orderly end."""


def _stop(*_: object) -> None:
    raise Stopped


def serve_database(settings: Settings, dsn: str, without: tuple[str, ...], server: Embedded | None = None) -> None:
    """Serve the institution in a reachable database until a signal comes; `server` is kept alive meanwhile."""
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    environment = {**os.environ, "CAMPUS_DATABASE_URL": dsn, "CAMPUS_DATA": str(settings.data)}
    children = Children(tuple(p for p in PARTS if p not in without), environment)
    try:
        children.watch(server)
    except Stopped:
        log.info("stopping")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        children.stop()


async def resume(settings: Settings, dsn: str, clock_from: datetime | None = None) -> None:
    """Install, guard, and let an offset clock run on from the last recorded moment.

    `clock_from` gives an institution without events an offset clock that begins there.
    """
    institution = institution_of(settings, dsn)
    await prepare(institution, settings)
    async with opened(institution, settings, load_areas()) as campus:
        _, last = await campus.log.head()
        if campus.clock.offset and last is not None:
            await campus.clock.resume(last)
        elif clock_from is not None and last is None:
            await campus.clock.resume(clock_from)


async def project(settings: Settings, dsn: str) -> None:
    """Fold the log into the read tables, until cancelled."""
    await Projector(institution_of(settings, dsn), load_areas().tables).run()


async def keep_time(settings: Settings, dsn: str) -> None:
    """Give the clock's commands and the reactions, and forget whom the log erased, until cancelled."""
    async with opened(institution_of(settings, dsn), settings, load_areas()) as campus:
        await campus.keep_time()


async def seal(settings: Settings, dsn: str) -> None:
    """Sign what is recorded, until cancelled, and then what came last; commands go before it."""
    os.nice(BELOW_COMMANDS)
    institution = institution_of(settings, dsn)
    sealer = Sealer(institution, install_seal_key(institution, settings))
    try:
        await sealer.run()
    finally:
        with suppress(OperationalError, TimeoutError, Altered, AnotherKey):
            await asyncio.wait_for(sealer.catch_up(), LAST_ROUND_SECONDS)


def serve_api(settings: Settings) -> None:
    """Serve HTTP with the configured number of workers."""
    uvicorn.run(
        "infra.cli.serving:application",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        access_log=False,
        log_level="warning",
        loop="uvloop",
        http="httptools",
        timeout_graceful_shutdown=5,
    )


def add_to(app: typer.Typer) -> None:
    """Add this part's commands."""

    @app.command()
    def serve(
        without: Annotated[
            list[str] | None, typer.Option(help="leave out: project, keep-time, seal, prove, api")
        ] = None,
        clock_from: Annotated[
            datetime | None, typer.Option(help="a new institution for trials: its clock can be set, and begins here")
        ] = None,
    ) -> None:
        """Serve API, OpenAPI and cockpit; one process tree, one port."""
        logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
        log.setLevel(logging.INFO)
        settings = Settings.of()
        begin = clock_from.replace(tzinfo=clock_from.tzinfo or UTC) if clock_from else None
        left_out = tuple(without or ())
        try:
            if settings.database_url:
                asyncio.run(resume(settings, settings.database_url, begin))
                serve_database(settings, settings.database_url, left_out)
                return
            with Embedded.start(settings.data) as server:
                asyncio.run(resume(settings, server.dsn, begin))
                log.info("http://127.0.0.1:%s/", settings.port)
                serve_database(settings, server.dsn, left_out, server)
        except UNABLE as trouble:
            complain(type(trouble).__name__, said=str(trouble))
            raise typer.Exit(COULD_NOT_RUN) from None

    @app.command("project")
    def project_() -> None:
        """Fold the log into the read tables, in a process of its own."""
        settings = reachable()
        run(lambda: project(settings, settings.database_url or ""))

    @app.command("keep-time")
    def keep_time_() -> None:
        """Give the clock's commands and the reactions, in a process of its own."""
        settings = reachable()
        run(lambda: keep_time(settings, settings.database_url or ""))


def reachable() -> Settings:
    """The settings with the database's address, which something else must be serving."""
    settings = Settings.of()
    if settings.database_url:
        return settings
    server = Embedded(settings.data)
    if not server.answers:
        complain("nothing_served", data=settings.data)
        raise typer.Exit(COULD_NOT_RUN)
    return replace(settings, database_url=server.dsn)
