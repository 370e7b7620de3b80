"""The directory: an institution, its two schemas, and a connection to them in one of four roles.

Every name in SQL is schema-qualified; `search_path` is empty on every connection.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

Role = Literal["owner", "writer", "projector", "reader", "sealer"]
READY_MADE = ("sibo", "思博学院", "Sibo College", "Asia/Shanghai")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,30}")


@dataclass(frozen=True, slots=True)
class Institution:
    """A college and the PostgreSQL database that holds it; nothing is shared between two institutions."""

    key: str
    dsn: str
    zone: str
    name_zh: str
    name_en: str

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key) or self.key.startswith("pg_") or self.key.endswith("_read"):
            raise ValueError(f"{self.key!r} cannot name an institution's schema")
        ZoneInfo(self.zone)

    @property
    def schema(self) -> str:
        """Holds the log and the working tables."""
        return self.key

    @property
    def read_schema(self) -> str:
        """Holds the read models and their checkpoints."""
        return f"{self.key}_read"


def institutions(data: Path, dsn: str) -> dict[str, Institution]:
    """The directory by key: `institutions.json` in the data directory, or the ready-made college alone.

    The file is a list of {key, name_zh, name_en, zone?, dsn?}; without its own dsn an institution lives at `dsn`.
    """
    key, name_zh, name_en, zone = READY_MADE
    written = data / "institutions.json"
    if not written.exists():
        return {key: Institution(key, dsn, zone, name_zh, name_en)}
    listed = [
        Institution(one["key"], one.get("dsn", dsn), one.get("zone", zone), one["name_zh"], one["name_en"])
        for one in json.loads(written.read_text(encoding="utf-8"))
    ]
    found = {one.key: one for one in listed}
    if len(found) != len(listed) or not found:
        raise ValueError(f"{written} names no institution, or one of them twice")
    return found


def address(institution: Institution, role: Role, settings: Mapping[str, object] | None = None) -> str:
    """The conninfo that reaches the institution as `campus_<role>`; `settings` are further server settings."""
    given = conninfo_to_dict(institution.dsn)
    wanted = {"role": f"campus_{role}", "search_path": "", "timezone": "UTC", **(settings or {})}
    options = " ".join([str(given.pop("options", "")), *(f"-c {name}={value}" for name, value in wanted.items())])
    given.setdefault("connect_timeout", "5")
    given.setdefault("application_name", f"campus {role}")
    return make_conninfo("", **given, options=options.strip())


async def connect(institution: Institution, role: Role, **settings: object) -> AsyncConnection[TupleRow]:
    """A connection in autocommit, as `campus_<role>`; keywords are server settings, as plan_cache_mode="auto"."""
    return await AsyncConnection.connect(address(institution, role, settings), autocommit=True)


def pool(
    institution: Institution, role: Role, *, smallest: int = 1, largest: int = 4, **settings: Any
) -> AsyncConnectionPool[AsyncConnection[TupleRow]]:
    """A pool of such connections; it opens when entered with `async with`."""
    return AsyncConnectionPool(
        address(institution, role, settings),
        connection_class=AsyncConnection[TupleRow],
        kwargs={"autocommit": True},
        min_size=smallest,
        max_size=largest,
        timeout=8,
        open=False,
        check=AsyncConnectionPool.check_connection,
        name=f"{institution.key} {role}",
    )
