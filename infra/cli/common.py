"""What the commands share: areas gathered, the institution reached, answers printed, exit codes kept."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from functools import cache
from typing import Annotated, Any

import typer
from psycopg import OperationalError

import domain
import domain.policies
import projections
from domain import Rejected, areas
from domain.retelling import Retelling
from infra.campus import Campus, Declared, install_keys, opened
from infra.desk import Busy, KeyReused
from infra.erasures import ErasuresDamaged
from infra.log import LogUnavailable
from infra.postgres import (
    DataDirectoryInUse,
    Embedded,
    IncompleteDatabase,
    Institution,
    ServerDidNotStart,
    UnsafeDatabase,
    guard,
    install,
    institutions,
)
from infra.projector import Projector
from infra.reapplying import reapply
from infra.seal.keys import install_seal_key
from infra.seal.note import Unreadable
from infra.settings import SettingInvalid, Settings

REFUSED, COULD_NOT_RUN = 1, 2


class InstitutionUnknown(LookupError):
    """No institution of the directory has this key."""


Json = Annotated[bool, typer.Option("--json", help="answer in JSON")]
UNABLE = (
    DataDirectoryInUse,
    ServerDidNotStart,
    UnsafeDatabase,
    IncompleteDatabase,
    ErasuresDamaged,
    InstitutionUnknown,
    SettingInvalid,
    Unreadable,
    LogUnavailable,
    OperationalError,
    OSError,
    Busy,
)


@cache
def load_areas() -> Declared:
    """Import every area of domain and projections, and gather what they declare."""
    entries: dict[Any, Any] = {}
    reactions = []
    retellings: list[Retelling] = []
    for area in areas(domain):
        entries.update(getattr(area, "AGENDA", {}))
        retellings += getattr(area, "RETOLD", ())
        if told := getattr(area, "REACTIONS", None):
            reactions.append(told)
    list(areas(projections))
    tables = [table for _, table in sorted(projections.Table.by_name.items())]
    return Declared(entries, reactions, tables, projections.Figure.by_key, retellings)


@contextmanager
def server(settings: Settings, create: bool) -> Iterator[str]:
    """The DSN of the database: the one in CAMPUS_DATABASE_URL, the embedded one that runs, or one started here.

    Without `create`, a data directory that was never begun is refused.
    """
    if settings.database_url:
        yield settings.database_url
        return
    running = Embedded(settings.data)
    if running.answers:
        yield running.dsn
        return
    if not create and not running.files.exists():
        raise FileNotFoundError(
            f"{settings.data}: 没有数据 · no data here yet; start with: campus demo, or campus serve"
        )
    with Embedded.start(settings.data) as started:
        yield started.dsn


def institution_of(settings: Settings, dsn: str) -> Institution:
    """The institution named by CAMPUS_INSTITUTION in the directory."""
    known = institutions(settings.data, dsn)
    if settings.institution not in known:
        raise InstitutionUnknown(f"{settings.institution}: 没有这一院校 · no such institution")
    return known[settings.institution]


async def prepare(institution: Institution, settings: Settings) -> None:
    """Install or bring up to date, check that the database can be trusted, erase again whom a backup brought back.

    Raises UnsafeDatabase, IncompleteDatabase, ErasuresDamaged.
    """
    await install(institution)
    await install_keys(institution, settings)
    install_seal_key(institution, settings)
    await guard(institution)
    await Projector(institution, load_areas().tables).prepare()
    await reapply(institution, settings, load_areas())


@asynccontextmanager
async def campus(settings: Settings | None = None, *, create: bool = False) -> AsyncIterator[Campus]:
    """The institution, for one command; with `create`, begun where there is none."""
    settings = settings or Settings.of()
    with server(settings, create) as dsn:
        institution = institution_of(settings, dsn)
        await prepare(institution, settings)
        async with opened(institution, settings, load_areas()) as ready:
            yield ready


def number(value: Decimal | None) -> str:
    """A value in few places, or that nothing was due."""
    return "无应办" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def run(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run an async command; refusals exit 1 and what could not run exits 2, each with one clear line."""
    try:
        return asyncio.run(work())
    except Rejected as no:
        complain(no.code, **no.facts)
        raise typer.Exit(REFUSED) from None
    except KeyReused as no:
        complain("key_reused", command=str(no))
        raise typer.Exit(REFUSED) from None
    except UNABLE as trouble:
        complain(type(trouble).__name__, said=str(trouble))
        raise typer.Exit(COULD_NOT_RUN) from None
    except KeyboardInterrupt:
        raise typer.Exit(COULD_NOT_RUN) from None


def say(value: Any, as_json: bool, text: str | Callable[[], str] = "") -> None:
    """Print the answer: JSON for scripts, words for people."""
    if as_json:
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")
    else:
        sys.stdout.write((text() if callable(text) else text or str(value)) + "\n")
    sys.stdout.flush()


def complain(code: str, **facts: object) -> None:
    """One line on standard error."""
    told = ", ".join(f"{name}={value}" for name, value in facts.items())
    sys.stderr.write(f"campus: {code}{': ' if told else ''}{told}\n")
