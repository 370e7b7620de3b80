"""How far the college is proven: the newest nightly proof, and what of the log is under a signed checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from psycopg.sql import SQL, Composed, Identifier

from infra.postgres import Institution

OVERDUE: Final = timedelta(hours=30)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not as it was recorded, in Chinese and English."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh if self.zh == self.en else f"{self.zh} · {self.en}"


@dataclass(frozen=True, slots=True)
class Night:
    """One proof that was done; `findings` are empty when everything was as recorded."""

    began_at: datetime
    ended_at: datetime
    position: int
    good: bool
    findings: Sequence[Finding]
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Integrity:
    """The nights, newest first, and the newest checkpoint (size 0: nothing is sealed yet)."""

    nights: Sequence[Night]
    sealed: int
    sealed_at: datetime | None
    head: int

    @property
    def began_at(self) -> datetime | None:
        return self.nights[0].began_at if self.nights else None

    def state(self, now: datetime) -> Literal["never", "proven", "overdue", "differs"]:
        """In one word; a proof is overdue 30 hours after it was begun."""
        if not self.nights:
            return "never"
        if not self.nights[0].good:
            return "differs"
        return "overdue" if now - self.nights[0].began_at > OVERDUE else "proven"


NIGHTS: Final = (
    "select n.began_at, n.ended_at, n.position, n.good, n.findings, n.told from {nightly_proof} n"
    " order by n.ended_at desc limit %(nights)s"
)
SEALED: Final = (
    "select h.position, c.size, c.sealed_at from {head} h left join lateral"
    " (select s.size, s.sealed_at from {seal_checkpoint} s order by s.size desc limit 1) c on true"
)


def written(text: str, institution: Institution) -> Composed:
    """One of these queries for an institution."""
    names = ("nightly_proof", "head", "seal_checkpoint")
    return SQL(text).format(**{name: Identifier(institution.schema, name) for name in names})


def integrity_of(nights: Sequence[tuple[Any, ...]], sealed: tuple[Any, ...] | None) -> Integrity:
    """What the two queries answered."""
    head, size, sealed_at = sealed or (0, None, None)
    known = [Night(began, ended, at, good, _findings(kept), told) for began, ended, at, good, kept, told in nights]
    return Integrity(known, size or 0, sealed_at, head)


def _findings(kept: Sequence[Any]) -> list[Finding]:
    """As they were kept; early ones were kept in both languages at once."""
    return [Finding(one, one) if isinstance(one, str) else Finding(**one) for one in kept]
