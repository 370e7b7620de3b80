"""The log that is tampered with: small, sealed in rounds, and put back as it was after every try."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from infra.campus_verify import Bad, Key, Note
from infra.postgres import Institution
from infra.seal import verifying
from infra.seal.shelf import Line
from infra.seal.verifying import Examination
from tests.db.sealing import SIGNER, TABLES, seal, write

Execute = Callable[..., Awaitable[Any]]
KEYS = [Key(str(SIGNER.verifier))]
verifying.PATIENCE_SECONDS = 0.0  # nobody seals meanwhile


class Tally:
    """What was tried, what was found, and what was not."""

    def __init__(self) -> None:
        self.tried: Counter[str] = Counter()
        self.missed: list[str] = []

    def note(self, kind: str, found: bool, told: str) -> None:
        self.tried[kind] += 1
        if not found:
            self.missed.append(f"{kind}: {told}")


async def found(institution: Institution, since: tuple[str, ...] = (), line: Line | None = None) -> str | None:
    """What the live verifier finds, or None."""
    examination, notes = Examination(institution, KEYS), [Note(one) for one in since]
    try:
        await (examination.over(line, None, notes) if line else examination.run(None, notes))
    except Bad as bad:
        return str(bad)
    return None


async def begin_anew(execute: Execute, institution: Institution, events: int, dice: random.Random) -> None:
    """Another log in the same institution: `events` of them, sealed in rounds of some size."""
    await execute("truncate " + ", ".join(f"{{{table}}}" for table in TABLES))
    await execute("insert into {head} (position) values (0)")
    await write(institution, events, seed=dice.getrandbits(32))
    await seal(institution, at_once=dice.choice((1 + events // 7, 100, 256, 16_384)))
