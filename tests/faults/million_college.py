"""The past of a college of a million events: how long every page and every query takes at random positions of it.

Every position is asked cold: with connections of its own and nothing remembered.  `python -m
tests.faults.million_college [data directory of a played college] [positions]`
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console

from api import create_app
from api.door import Door
from dashboards import create_board
from dashboards.routes import PATTERNS
from domain import derived
from domain.access import IMPORT, SYSTEM as SYSTEM_OF
from domain.identity import GrantRole
from infra.campus import Campus, opened
from infra.cli.common import institution_of, load_areas, prepare
from infra.postgres import Embedded
from infra.projector import Projector
from infra.readings import SYSTEM
from infra.settings import Settings
from projections import Figure
from tests.faults.cloned_terms import grown
from tests.faults.show import keep

EVENTS: Final = 1_000_000
POSITIONS: Final = 20
LIMIT_SECONDS: Final = 1.0
DEMO: Final = (sys.executable, "-c", "from infra.cli import main; main()", "demo", "--no-serve")
# Pages that are always of now.
PRESENT: Final = frozenset({"operations"})
say = Console(stderr=True, soft_wrap=True).print


@contextmanager
def college(data: Path | None, events: int) -> Iterator[Settings]:
    """A data directory with so many events, served by an embedded server; a smaller college given is copied first."""
    with tempfile.TemporaryDirectory(prefix="campus-million-") as place:
        mine = Path(place) / "var"
        if data is not None and (data / "million").exists():
            mine = data
        elif data is not None:
            subprocess.run(("cp", "-a", str(data), str(mine)), check=True)  # owners and all
        else:
            say("playing a term …")
            subprocess.run(DEMO, check=True, env={**os.environ, "CAMPUS_DATA": str(mine)})  # noqa: S603 - our own
        with Embedded.start(mine) as server:
            settings = Settings(data=mine)
            asyncio.run(filled(settings, server.dsn, events))
            (mine / "million").touch()
            yield settings


async def filled(settings: Settings, dsn: str, events: int) -> None:
    """Copies of the term until there are so many events, and every table built over them."""
    institution = institution_of(settings, dsn)
    await prepare(institution, settings)
    async with opened(institution, settings, load_areas()) as campus:
        if (await campus.log.head())[0] >= events:
            return
    began = time.monotonic()
    head = await grown(institution, events, lambda _, __: None)
    say(f"{head:,} events in {time.monotonic() - began:.0f} s; building the tables …")
    began = time.monotonic()
    await Projector(institution, load_areas().tables).rebuild()
    say(f"built in {time.monotonic() - began:.0f} s")
    async with opened(institution, settings, load_areas()) as campus:
        _, last = await campus.log.head()
        assert last is not None
        await campus.clock.resume(last)


async def asked(campus: Campus, position: int, dice: random.Random) -> dict[str, str]:
    """What is asked as of a position: a name for each page and query, and its address."""

    async def one(table: str, column: str, **where: Any) -> str:
        rows = await campus.readings.rows(table, SYSTEM, as_of=position, where=where, limit=500)
        return str(dice.choice(rows)[column])

    told = {
        "key": dice.choice([key for key in Figure.by_key if not key.startswith("trial_")]),
        "position": str(dice.randrange(1, position)),
        "session_id": await one("session", "session_id"),
        "task_id": await one("assignment", "task_id"),
        "log_id": await one("weekly_log", "log_id"),
    }
    then = f"as_of={position}"
    pages = {}
    for pattern, _ in PATTERNS:
        place = re.search(r"\{(\w+)\}", pattern)
        if pattern not in PRESENT:
            path = pattern.replace(place[0], told[place[1]]) if place else pattern
            pages[f"page /{pattern}"] = f"/dash/{path}?{then}"
    for key in sorted(key for key in Figure.by_key if not key.startswith("trial_")):
        pages[f"page /figures/{key}"] = f"/dash/figures/{key}?{then}"
        pages[f"page /compare of {key}"] = f"/dash/compare?{then}&figure={key}"
        pages[f"figure {key}"] = f"/api/figures/{key}?{then}"
        pages[f"figure {key} by department and week"] = f"/api/figures/{key}?{then}&by=department&by=week"
        pages[f"rows {key}"] = f"/api/figures/{key}/rows?{then}"
    department, person = await one("department", "department_id"), await one("person_directory", "person_id")
    return pages | {
        "page / of a department": f"/dash/?{then}&department={department}",
        "query duties": f"/api/duties?{then}",
        "query duties of a department": f"/api/duties?{then}&department={department}&state=open",
        "query events": f"/api/events?{then}&limit=100",
        "query events of a session": f"/api/events?{then}&tag={told['session_id']}",
        "query event": f"/api/events/{told['position']}?{then}",
        "query names": f"/api/people/names?{then}&person={person}&figure=attendance_rate",
        "query rules": f"/api/policies?{then}",
        "query texts": f"/api/texts?{then}&about={told['log_id']}",
    }


@asynccontextmanager
async def door(settings: Settings, dsn: str) -> AsyncIterator[tuple[Any, str]]:
    """The application, and a token of the president; it is started anew for each position."""
    institution = institution_of(settings, dsn)

    @asynccontextmanager
    async def there() -> AsyncIterator[Campus]:
        async with opened(institution, settings, load_areas()) as campus:
            yield campus

    app = create_app(there, settings)
    create_board(app)
    async with opened(institution, settings, load_areas()) as campus:
        # Whoever was president in the first of these terms is so no longer.
        (grant, *_) = await campus.readings.rows("role_grant", SYSTEM, where={"role": "president"})
        boss, today = str(grant["person_id"]), campus.clock.now().date()
        again = GrantRole(
            grant_id=derived("grant", boss, today.isoformat()),
            person_id=boss,
            role="president",
            department_id=None,
            valid_from=today - timedelta(days=1),
            valid_until=today + timedelta(days=300),
        )
        how: dict[str, Any] = {"person_id": SYSTEM_OF[IMPORT].person_id, "source": IMPORT}
        await campus.desk.submit(again, key=f"president/{today}", **how)
        token = await Door(campus.pool, institution, campus.desk).mint(boss, timedelta(hours=6))
    yield app, token


async def timed(app: Any, token: str, position: int, dice: random.Random) -> dict[str, float]:
    """Every page and query once, as of one position, by a process that has just begun."""
    took: dict[str, float] = {}
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://campus.test", headers=headers) as client:
            for name, address in (await asked(app.state.campus, position, dice)).items():
                began = time.perf_counter()
                answer = await client.get(address, timeout=60)
                took[name] = time.perf_counter() - began
                if answer.status_code != 200:
                    raise AssertionError(f"{address} answered {answer.status_code}: {answer.text[:300]}")
    return took


def spread(times: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and maximum, in seconds."""
    ranked = sorted(times)
    return {
        "p50": round(ranked[len(ranked) // 2], 3),
        "p95": round(ranked[min(len(ranked) - 1, int(len(ranked) * 0.95))], 3),
        "max": round(ranked[-1], 3),
    }


async def measured(settings: Settings, dsn: str, positions: int) -> dict[str, Any]:
    """Seconds of every page and query over so many random past positions."""
    dice = random.Random(35)  # noqa: S311 - which positions are asked
    found: dict[str, list[float]] = {}
    async with door(settings, dsn) as (app, token):
        async with opened(institution_of(settings, dsn), settings, load_areas()) as campus:
            head, _ = await campus.log.head()
        await timed(app, token, head - 1, dice)  # code that runs for the first time is not what is measured
        for number in range(positions):
            position = dice.randrange(head // 6, head)
            took = await timed(app, token, position, dice)
            worst = max(took, key=took.__getitem__)
            say(f"{number + 1}/{positions}  #{position:,}  worst {took[worst]:.2f} s ({worst})")
            for name, seconds in took.items():
                found.setdefault(name, []).append(seconds)
    return told(head, positions, found)


def told(head: int, positions: int, found: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """The findings as they are kept."""
    spreads = {name: spread(times) for name, times in sorted(found.items())}
    worst = max(spreads, key=lambda name: spreads[name]["max"])
    return {
        "events": head,
        "positions": positions,
        "limit_seconds": LIMIT_SECONDS,
        "worst": {"what": worst, **spreads[worst]},
        "late": sorted(name for name, times in spreads.items() if times["max"] >= LIMIT_SECONDS),
        "pages": {name: times for name, times in spreads.items() if name.startswith("page")},
        "queries": {name: times for name, times in spreads.items() if not name.startswith("page")},
    }


def page_seconds(data: Path | None = None, *, events: int = EVENTS, positions: int = POSITIONS) -> dict[str, Any]:
    """What `make show-3.5` says of speed: `pages` and `queries` with p50, p95 and max, the `worst`, those `late`."""
    with college(data, events) as settings:
        return asyncio.run(measured(settings, Embedded(settings.data).dsn, positions))


def main() -> int:
    """On a copy of the college given, or on one played now."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    positions = int(sys.argv[2]) if len(sys.argv) > 2 else POSITIONS
    found = page_seconds(data, positions=positions)
    wrong = {name: found["pages"].get(name, found["queries"].get(name)) for name in found["late"]}
    return keep("3.5", "as_of_at_a_million_events", found, wrong)


if __name__ == "__main__":
    sys.exit(main())
