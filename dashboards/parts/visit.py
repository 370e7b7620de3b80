"""A visit 访问: who looks at which page, in which language, through which filters.  The address is the whole state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from dashboards.parts.words import Language, Words
from infra.readings import Readings, Viewer

PREFIX: Final = "/dash/"
KEPT: Final = ("term", "week", "department", "as_of")
MOST_WORDS: Final = 60
MOST_LETTERS: Final = 300
_ID = re.compile(r"^[a-z_]{1,20}:[0-9a-z][0-9a-z-]{0,62}$")
_POSITION = re.compile(r"^#?(\d{1,15})$")


class Campus(Protocol):
    """What the board is given: the read side of one institution, what the institution is called, its clock."""

    readings: Readings
    institution: Any
    clock: Any
    what_if: Any

    async def to_forget(self) -> list[str]: ...


@dataclass(frozen=True)
class Visit:
    """One look at one page.  `week` 0 is the whole term, None the newest week; `misread` names ignored parameters.

    `as_of` is the log position asked for; `as_of_text` what the address says, a position or a time; `at` the moment
    at which that past is judged, where not by when it was recorded.  `rest` is what else the address says, for the
    page that knows its words.
    """

    campus: Campus
    viewer: Viewer
    words: Words
    path: str = "/"
    term: str | None = None
    week: int | None = None
    department: str | None = None
    person: str | None = None
    as_of: int | None = None
    as_of_text: str | None = None
    at: datetime | None = None
    event: int | None = None
    page: int = 1
    short: bool = False
    by: str | None = None
    figure: str | None = None
    now: datetime | None = None
    misread: tuple[str, ...] = field(default=())
    rest: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def readings(self) -> Readings:
        return self.campus.readings

    @property
    def judged_at(self) -> datetime | None:
        """The moment asked for; of now there is no other than the clock's."""
        return self.at if self.as_of is not None else None

    def address(self, path: str | None = None, **changes: object) -> str:
        """The address of another page, or of this one with changes; None leaves a parameter out."""
        asked: dict[str, object] = {
            "term": self.term,
            "week": "all" if self.week == 0 else self.week,
            "department": self.department,
            "as_of": self.as_of_text,
            "at": self.judged_at.isoformat() if self.judged_at and "as_of" not in changes else None,
        }
        if path is None:
            asked |= {"person": self.person, "short": "1" if self.short else None, "figure": self.figure, "by": self.by}
        asked |= changes
        kept = {name: value for name, value in asked.items() if value is not None}
        where = PREFIX + (self.path if path is None else path).lstrip("/")
        return where + ("?" + urlencode(kept, safe=":") if kept else "")


def _whole(text: str, most: int) -> int:
    if not text.isdigit() or int(text) > most:
        raise ValueError("not a whole number in range")
    return int(text)


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a moment without a zone")
    return at


def _id(text: str) -> str:
    if not _ID.match(text):
        raise ValueError("not an id")
    return text


def _key(text: str) -> str:
    if not re.fullmatch(r"[a-z_]{1,60}", text):
        raise ValueError("not a key")
    return text


def _week(text: str) -> int:
    return 0 if text == "all" else _whole(text, 60)


READERS: Final[Mapping[str, Any]] = {
    "term": _id,
    "week": _week,
    "department": _id,
    "person": _id,
    "event": lambda text: _whole(text, 10**15),
    "at": _instant,
    "page": lambda text: max(1, _whole(text, 10**6)),
    "short": lambda text: text == "1",
    "by": lambda text: text if text == "person" else None,
    "figure": _key,
}


async def visit(campus: Campus, viewer: Viewer, language: Language, path: str, search: str) -> Visit:
    """Read an address into a visit; what cannot be understood is left out and named, never an error."""
    words = Words(language, ZoneInfo(campus.institution.zone))
    told: dict[str, Any] = {}
    misread: list[str] = []
    rest: dict[str, str] = {}
    for name, text in parse_qsl(search.lstrip("?"))[:MOST_WORDS]:
        if name in READERS:
            try:
                told[name] = READERS[name](text)
            except ValueError:
                misread.append(name)
        elif name != "as_of" and len(text) <= MOST_LETTERS:
            rest[name] = text
    found = Visit(campus, viewer, words, path, rest=rest, **told)
    asked = dict(parse_qsl(search.lstrip("?"))).get("as_of")
    if asked:
        found = await _back(found, asked) or replace(found, misread=(*misread, "as_of"))
    # What is looked back to is judged by its own moment: which term ran then, what was late.
    then = None if found.as_of is None else await campus.readings.recorded_at(found.as_of)
    return replace(found, now=then or campus.clock.now(), misread=tuple(sorted({*found.misread, *misread})))


async def _back(found: Visit, asked: str) -> Visit | None:
    """The visit as of a position or a time; None if it is neither."""
    position = await position_said(found, asked)
    said = str(position) if _POSITION.match(asked.strip()) else asked.strip()
    return replace(found, as_of=position, as_of_text=said) if position else None


async def position_said(visit: Visit, asked: str) -> int | None:
    """The position a text names, or the last one at the time it names (without a zone: the institution's)."""
    if number := _POSITION.match(asked.strip()):
        head = (await visit.readings.status()).head
        position = int(number[1])
        return position if 1 <= position <= head else None
    try:
        at = datetime.fromisoformat(asked.strip())
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=visit.words.zone)
    return await visit.readings.position_at(at) or None
