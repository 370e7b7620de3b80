"""Events as the page tells them: what, who, when and about what, within the viewer's sight."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from dash import html
from dash.development.base_component import Component

from dashboards.parts.event_drawer import OF_THE_SYSTEM
from dashboards.parts.ground import Ground
from dashboards.parts.naming import called
from dashboards.parts.things import Things, about, things
from dashboards.parts.visit import Visit
from dashboards.parts.words import Words
from dashboards.replay.asking import PATH
from domain import person_of
from domain.access import ROLES
from infra.campus import Campus
from infra.log import Row
from infra.sight import Sight
from infra.story.naming import event_titles

# What an event is about: of its ids the one of the kind that stands first here.
KINDS: Final = (
    "session", "slip", "assignment", "task", "weekly_log", "notice", "receipt", "teaching_class",
    "student", "person", "squad", "room", "term", "department",
)  # fmt: skip
NAMED: Final = {"squad": ("squad", "squad_id"), "room": ("room", "room_id"), "term": ("term", "term_id")}
LETTERS: Final = 30


@dataclass(frozen=True)
class Seen:
    """An event with as much of its envelope as the viewer may read."""

    row: Row
    told: Mapping[str, Any]

    @property
    def position(self) -> int:
        return self.row.position

    @property
    def actor(self) -> Mapping[str, Any]:
        actor: Mapping[str, Any] = self.told["actor"]
        return actor

    @property
    def person(self) -> str | None:
        """Who did it, if a person did and the viewer may know."""
        person = self.actor.get("person_id")
        return str(person) if person and self.actor["role"] in ROLES else None

    @property
    def thing(self) -> str | None:
        """The id it is about, among those the viewer may read."""
        ids: list[str] = [tag for tag in self.told["tags"] if tag != self.person]
        for kind in KINDS:
            if found := [tag for tag in ids if tag.startswith(f"{kind}:")]:
                return found[0]
        return next((tag for tag in ids if tag.partition(":")[0] not in ("command", "named", "login")), None)


@dataclass(frozen=True)
class Known:
    """What is known by name on a page: things, rooms, classes, terms, departments."""

    things: Things
    names: Mapping[str, str]
    base: Ground


def ledger(visit: Visit) -> Campus:
    """The institution with its log, which only this page of the board reads itself, and only through Sight."""
    return cast(Campus, visit.campus)


def seen(rows: Sequence[Row], visit: Visit) -> list[Seen]:
    """The rows in the viewer's sight."""
    sight = Sight(visit.viewer)
    return [Seen(row, sight.event(row)) for row in rows if sight.sees(row)]


async def known(events: Sequence[Seen], base: Ground, visit: Visit) -> Known:
    """The names of what the events are about."""
    ids = {event.thing for event in events if event.thing}
    by_kind: dict[str, list[str]] = {}
    for one in sorted(ids):
        by_kind.setdefault(one.partition(":")[0], []).append(one)

    async def named(kind: str) -> dict[str, str]:
        table, key = NAMED[kind]
        rows = await visit.readings.rows(
            table, visit.viewer, where={key: by_kind[kind]}, as_of=visit.as_of, limit=len(by_kind[kind])
        )
        return {row[key]: visit.words.of(row) for row in rows}

    found, names = await asyncio.gather(
        things(visit, ids), asyncio.gather(*(named(kind) for kind in NAMED if kind in by_kind))
    )
    return Known(found, {one: name for told in names for one, name in told.items()}, base)


def story_address(position: int, visit: Visit) -> str:
    """The page of one event."""
    return visit.address(f"{PATH}/{position}")


def title(event: Seen, words: Words) -> str:
    return words.either(*event_titles(event.row.type))


def role_of(event: Seen, words: Words) -> str:
    """In which role it was done, or by what of the system."""
    role = event.actor["role"]
    both = (ROLES | OF_THE_SYSTEM).get(role)
    return words.either(*both) if both else str(role)


def who(event: Seen, words: Words) -> Component:
    """The role, and the name where the viewer may read it."""
    role = role_of(event, words)
    if event.person is None:
        return html.Span(role, className="quiet")
    return html.Span([called(event.person, role), html.Small(role, className="role")], className="about who-did")


def concerns(event: Seen, known_: Known, visit: Visit) -> Component:
    """What it is about, by its name."""
    words, thing = visit.words, event.thing
    if thing is None:
        return html.Span("—", className="quiet")
    kind = thing.partition(":")[0]
    if thing in known_.names:
        return html.Span(known_.names[thing], lang="zh-CN")
    if kind in ("person", "student"):
        person = person_of(thing) if kind == "student" else thing
        return called(person, words("a_student" if kind == "student" else "a_person"))
    if thing in known_.things.sessions or thing in known_.things.others or kind == "department":
        return about(thing, known_.things, known_.base, visit)
    if kind == "task":
        return html.A(words("task"), href=visit.address(f"tasks/{thing}"))
    return html.Code(thing if len(thing) <= LETTERS else thing[: LETTERS - 1] + "…", title=thing)


def length(since: datetime, until: datetime, words: Words) -> str:
    """How long it was from one moment to the next, to the two largest units."""
    seconds = max(int((until - since).total_seconds()), 0)
    if seconds < 1:
        return words("story_at_once")
    units = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))
    told = []
    for name, size in units:
        many, seconds = divmod(seconds, size)
        if many:
            told.append(words(f"length_{name}", **{name: many}))
    return words("story_after", length=" ".join(told[:2]))
