"""What the environment says: every setting, its default, and a clear error for a wrong one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path


class SettingInvalid(Exception):
    """A setting of the environment cannot be used."""


@dataclass(frozen=True)
class Settings:
    """`database_url` None: the embedded server in `data`/pg.  `erasures` None: lists of erasures in `data`/keys."""

    data: Path = Path("./var")
    database_url: str | None = None
    keys_url: str | None = None
    erasures: Path | None = None
    institution: str = "sibo"
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    secure_cookies: bool = False
    commands_per_second: int = 200
    prove_at: time = time(3, 0)

    @property
    def secret_file(self) -> Path:
        return self.data / "keys" / "secret"

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read CAMPUS_DATA, CAMPUS_DATABASE_URL, CAMPUS_KEYS_URL, CAMPUS_INSTITUTION, CAMPUS_HOST, PORT,
        CAMPUS_WORKERS, CAMPUS_SECURE_COOKIES, CAMPUS_COMMANDS_PER_SECOND, CAMPUS_PROVE_AT (the college's time)."""
        told = environment.get
        try:
            prove_at = time.fromisoformat(told("CAMPUS_PROVE_AT", "03:00"))
        except ValueError:
            raise SettingInvalid("CAMPUS_PROVE_AT: a time of day is wanted, as 03:00") from None

        def number(name: str, default: int, least: int, most: int) -> int:
            text = told(name, str(default))
            if not text.isdigit() or not least <= int(text) <= most:
                raise SettingInvalid(f"{name}={text!r}: a whole number from {least} to {most} is wanted")
            return int(text)

        return cls(
            data=Path(told("CAMPUS_DATA", "./var")).absolute(),
            database_url=told("CAMPUS_DATABASE_URL") or None,
            keys_url=told("CAMPUS_KEYS_URL") or None,
            erasures=Path(erasures).absolute() if (erasures := told("CAMPUS_ERASURES")) else None,
            institution=told("CAMPUS_INSTITUTION", "sibo"),
            host=told("CAMPUS_HOST", "127.0.0.1"),
            port=number("PORT", 8000, 1, 65535),
            workers=number("CAMPUS_WORKERS", 1, 1, 64),
            secure_cookies=told("CAMPUS_SECURE_COOKIES", "") in ("1", "true", "yes"),
            commands_per_second=number("CAMPUS_COMMANDS_PER_SECOND", 200, 1, 1_000_000),
            prove_at=prove_at,
        )
