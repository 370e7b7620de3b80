"""What is asked 检索条件: filters as the address of the page has them, and the address with others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from urllib.parse import urlencode

from dashboards.parts.visit import PREFIX, Visit
from domain import Command
from infra.story.asked import Asked
from infra.story.naming import areas

PATH: Final = "replay"
SOURCES: Final = ("ui", "api", "import", "device", "clock", "reaction")
# The page's own words in an address, in the order in which they are asked.
OWN: Final = ("q", "what", "tag", "actor", "command", "source", "since", "until", "before")
_WHO = re.compile(r"^(person|student):[0-9a-z][0-9a-z-]{0,62}$")
_ID = re.compile(r"^[a-z_]{1,40}:[0-9a-z@:-]{1,100}$")
_KIND = re.compile(r"^[a-z_]{1,40}(\.[a-z_]{1,60})?$")


@dataclass(frozen=True)
class Question:
    """The filters of one look, and those of the address that could not be read."""

    visit: Visit
    told: dict[str, str]
    misread: tuple[str, ...] = ()

    def asked(self, beyond: int | None = None) -> Asked:
        """The question as the log is asked it; only events before a position, and none after the moment replayed to."""
        visit, told = self.visit, self.told
        kind = told.get("what", "")
        ends = [edge for edge in (beyond, visit.as_of + 1 if visit.as_of else None) if edge]
        return Asked(
            tags=(told["tag"],) if "tag" in told else (),
            types=(kind,) if "." in kind else (),
            areas=(kind,) if kind and "." not in kind else (),
            words=told.get("q"),
            person=visit.person,
            department=visit.department,
            actor=told.get("actor"),
            command=told.get("command"),
            source=told.get("source"),
            since=midnight(told["since"]) if "since" in told else None,
            until=midnight(told["until"], last=True) if "until" in told else None,
            before=min(ends, default=None),
        )

    @property
    def beyond(self) -> int | None:
        return int(self.told["before"]) if "before" in self.told else None

    def address(self, **changes: object) -> str:
        """The same question with changes; None leaves a word out.  A page further back is a question of its own."""
        visit = self.visit
        kept: dict[str, object] = {
            "term": visit.term,
            "department": visit.department,
            "person": visit.person,
            "as_of": visit.as_of_text,
            **self.told,
            "before": None,
            **changes,
        }
        said = {name: value for name, value in kept.items() if value is not None and value != ""}
        return PREFIX + PATH + ("?" + urlencode(said, safe=":") if said else "")

    def filters(self) -> Iterator[tuple[str, str]]:
        """(word of the address, what it says) of every filter that is set."""
        if self.visit.department:
            yield "department", self.visit.department
        if self.visit.person:
            yield "person", self.visit.person
        yield from ((name, text) for name, text in self.told.items() if name != "before")


def midnight(text: str, last: bool = False) -> datetime:
    """A day's first moment, or its last."""
    return datetime.combine(date.fromisoformat(text), time.max if last else time.min)


def readable(name: str, text: str) -> bool:
    """Whether a word of the address says something that can be asked."""
    match name:
        case "q":
            return len(text) <= 60
        case "what":
            return bool(_KIND.match(text)) and text.partition(".")[0] in areas()
        case "tag":
            return bool(_ID.match(text))
        case "actor":
            return bool(_WHO.match(text))
        case "command":
            return text in Command.by_name or bool(re.fullmatch(r"[0-9a-f-]{36}", text))
        case "source":
            return text in SOURCES
        case "since" | "until":
            return bool(re.fullmatch(r"[12]\d{3}-\d\d-\d\d", text)) and is_day(text)
    return text.isdigit() and 0 < int(text) < 10**15


def is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def question(visit: Visit) -> Question:
    """The filters of an address; what cannot be read is left out and named."""
    told: dict[str, str] = {}
    misread: list[str] = []
    for name in OWN:
        text = visit.rest.get(name, "").strip()
        if text and readable(name, text):
            told[name] = text
        elif text:
            misread.append(name)
    return Question(visit, told, tuple(misread))
