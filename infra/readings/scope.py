"""Who sees which rows: the settings that row-level security on every read table looks at.  Seed: D01."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from domain import Actor
from domain.access import (
    ACADEMIC,
    ACADEMIC_HEAD,
    AUDITOR,
    CLOCK,
    COUNSELOR,
    DEPUTY,
    HEAD,
    HR,
    IMPORT,
    IT,
    LEADER,
    PRESIDENT,
    REACTION,
    SECRETARY,
    STUDENT_AFFAIRS,
    STUDENT_AFFAIRS_HEAD,
)

Breadth = Literal["college", "department", "oneself"]

# A role that is not named here shows its holder the rows about oneself only.
BREADTH: Final[dict[str, Breadth]] = {
    AUDITOR: "college",
    PRESIDENT: "college",
    ACADEMIC: "college",
    ACADEMIC_HEAD: "college",
    STUDENT_AFFAIRS: "college",
    STUDENT_AFFAIRS_HEAD: "college",
    HR: "college",
    IT: "college",
    CLOCK: "college",
    REACTION: "college",
    IMPORT: "college",
    HEAD: "department",
    DEPUTY: "department",
    SECRETARY: "department",
    COUNSELOR: "department",
    LEADER: "department",
}


@dataclass(frozen=True)
class Viewer:
    """A person who looks, and every way in which they stand: what they see is the union of it."""

    person_id: str
    actors: tuple[Actor, ...] = ()

    @property
    def college(self) -> bool:
        """Whether every row is seen: by a role of the whole college, or a leader's grant that names no department."""
        return any(
            BREADTH.get(a.role) == "college" or (a.role == LEADER and a.department_id is None) for a in self.actors
        )

    @property
    def departments(self) -> tuple[str, ...]:
        """The departments whose rows are seen."""
        held = {a.department_id for a in self.actors if BREADTH.get(a.role) == "department" and a.department_id}
        return tuple(sorted(held))

    def settings(self) -> Iterable[tuple[str, str]]:
        """A transaction's settings, as (name, value): those the read tables' policies compare with, and bounds."""
        yield "campus.breadth", "college" if self.college else "oneself"
        yield "campus.departments", " ".join(self.departments)
        yield "campus.person", self.person_id
        yield "campus.student", "student:" + self.person_id.partition(":")[2]
        yield "jit", "off"
        yield "statement_timeout", "20s"
        # A term's rows are sorted and joined in memory; on disk it takes twice as long.
        yield "work_mem", "32MB"


SYSTEM: Final = Viewer("person:reaction", (Actor("person:reaction", REACTION),))
