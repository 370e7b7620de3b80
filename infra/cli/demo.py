"""campus demo: a real term imported, a semester played through the desk, then served."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sys
import threading
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.campus import Campus, opened
from infra.cli.common import COULD_NOT_RUN, UNABLE, complain, institution_of, load_areas, prepare
from infra.cli.imports import progress_bar
from infra.cli.serving import Children, serve_database
from infra.postgres import DataDirectoryInUse, Embedded
from infra.settings import Settings

if TYPE_CHECKING:
    from infra.demo import DemoReport

DEMO_MARK = "demo"


def clear(settings: Settings) -> None:
    """Remove a demo's data directory; refuses to touch one that a demo did not make, or that is open."""
    server, mark = Embedded(settings.data), settings.data / DEMO_MARK
    if not server.files.exists():
        return
    if not mark.exists():
        raise PermissionError(f"{settings.data}: 不是演示数据,未删除 · not a demo's data; nothing was removed")
    if server.answers:
        raise DataDirectoryInUse(settings.data)
    for directory in (server.files, settings.secret_file.parent):
        shutil.rmtree(directory, ignore_errors=True)


async def played(settings: Settings, dsn: str, full: bool, seed: int) -> DemoReport:
    """Import and play what is not in the log yet, then let the clock run on from the last event."""
    from infra.demo import play

    institution = institution_of(settings, dsn)
    await prepare(institution, settings)
    async with opened(institution, settings, load_areas()) as campus:
        if not campus.clock.offset:
            await begin_clock(campus)
        with progress_bar() as bar:
            report = await play(campus, full=full, seed=seed, progress=bar)
        _, last = await campus.log.head()
        assert last is not None, "a played term has events"
        await campus.clock.resume(last)
        bar_done = Console(stderr=True)
        bar_done.print("等待统计视图 · waiting for the read tables …")
        head, _ = await campus.log.head()
        await campus.readings.wait_for(head, timeout=300.0)
    return report


async def begin_clock(campus: Campus) -> None:
    """A demo's clock is an offset one from its first moment on."""
    from infra.demo import FIRST_MOMENT

    await campus.clock.resume(FIRST_MOMENT)


def announce(report: DemoReport, settings: Settings, seconds: float, serve: bool) -> None:
    """Print phases, what was done and refused, accounts and the address."""
    console = Console(soft_wrap=True)
    console.print(f"[bold]校园事簿 Campus Ledger[/bold]  {report.events:,} events, {report.sessions:,} sessions")
    for phase, took in report.phases:
        console.print(f"  {phase:<28} {took:6.1f} s")
    console.print(f"  {'total':<28} {seconds:6.1f} s")
    for title, number in report.acts.items():
        console.print(f"  {title:<28} {number:6,} 次 · acts")
    for what, number in report.refused.items():
        console.print(f"  {what:<28} {number:6,} 被拒 · refused")
    for account in report.accounts:
        console.print(f"  {account.title:<26} {account.login:<12} {account.password}")
    if serve:
        console.print(f"[bold]http://127.0.0.1:{settings.port}/[/bold]   Ctrl-C 停止 · stops")
    sys.stdout.flush()


def add_to(app: typer.Typer) -> None:
    """Add this part's command."""

    @app.command()
    def demo(
        fresh: Annotated[bool, typer.Option("--fresh", help="start over")] = False,
        full: Annotated[bool, typer.Option("--full", help="every department of the term")] = False,
        seed: Annotated[int, typer.Option(help="the same seed plays the same semester")] = 2026,
        serve: Annotated[bool, typer.Option(help="serve afterwards")] = True,
    ) -> None:
        """Import a real term, play a semester through the desk, and serve the cockpit."""
        logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
        settings = Settings.of()
        try:
            if fresh:
                clear(settings)
            begun = time.monotonic()
            with Embedded.start(settings.data) as server:
                (settings.data / DEMO_MARK).touch()
                environment = {**os.environ, "CAMPUS_DATABASE_URL": server.dsn, "CAMPUS_DATA": str(settings.data)}
                asyncio.run(prepare(institution_of(settings, server.dsn), settings))
                folding = Children(("project",), environment)
                threading.Thread(target=folding.watch, daemon=True).start()
                try:
                    report = asyncio.run(played(settings, server.dsn, full, seed))
                finally:
                    folding.stop()
                announce(report, settings, time.monotonic() - begun, serve)
                if serve:
                    serve_database(settings, server.dsn, (), server)
        except KeyboardInterrupt:
            raise typer.Exit(COULD_NOT_RUN) from None
        except UNABLE as trouble:
            complain(type(trouble).__name__, said=str(trouble))
            raise typer.Exit(COULD_NOT_RUN) from None
