"""From an event to OCEL: its attributes, the objects it names, and what it says about its own subject."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from domain.access import SYSTEM
from infra.export.ocel.shape import INTEGER, STRING, TIME, Attribute, moment, shape_of, value, written
from infra.log import Row

COMMON: Final = {
    "position": INTEGER,
    "occurred_at": TIME,
    "command_name": STRING,
    "source": STRING,
    "actor_role": STRING,
}
REQUESTS: Final = frozenset(
    {"waiver", "dispute", "correction", "review", "deferral", "extension", "erasure", "restriction", "proposal"}
)
PEOPLE: Final = ("person", "student")
REGISTERS: Final = ("organisation", "students")
MACHINES: Final = frozenset(actor.person_id for actor in SYSTEM.values())

Related = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Mapped:
    """An event in OCEL.  `related` is (object, qualifier); `links` lead from the subject, `facts` are about it."""

    id: str
    type: str
    time: str
    attributes: dict[str, str]
    related: tuple[Related, ...]
    subject: str | None
    facts: dict[str, str]
    links: tuple[Related, ...]


class Mapping:
    """Maps a log from its first event on, for what an id stands for is said before it is used.

    It remembers which people are students, who teaches, and which course a teaching class is of: as much as the
    college has people and classes, not as it has events.
    """

    def __init__(self, time: str) -> None:
        self._time = time
        self._students: set[str] = set()
        self._courses: dict[str, str] = {}
        self.taught: set[str] = set()

    def object_type(self, object_id: str) -> str:
        """What kind of object an id names."""
        kind, _, _ = object_id.partition(":")
        if kind == "person":
            if object_id in MACHINES:
                return "system"
            return "teacher" if object_id in self.taught else "staff"
        return "request" if kind in REQUESTS else kind

    def _named(self, row: Row, data: dict[str, Any]) -> tuple[list[Related], list[Related]]:
        """Every object that an event names; those to which its subject is linked, which are all but keys of a bulk."""
        tags, everyone, linked = frozenset(row.tags), list[Related](), list[Related]()
        for naming in shape_of(row.type).namings:
            if found := naming.of(data, tags):
                everyone += found
                if not naming.keys:
                    linked += found
                if naming.qualifier == "teacher":
                    self.taught.update(one for one, _ in found)
        self._students.update(one[8:] for one, _ in everyone if one.startswith("student:"))
        if (code := data.get("course_code")) and (teaching_class := data.get("teaching_class_id")):
            self._courses[teaching_class] = f"course:{code}"
        return [self._known(one) for one in everyone], [self._known(one) for one in linked]

    def _known(self, related: Related) -> Related:
        """A student as a person is the student."""
        if related[0].startswith("person:") and related[0][7:] in self._students:
            return f"student:{related[0][7:]}", related[1]
        return related

    def event(self, row: Row, facts_only: bool = False) -> Mapped:
        """An event of the log; with `facts_only`, only what it says about its subject."""
        body = orjson.loads(row.body)
        data = body["data"]
        everyone, linked = self._named(row, data)
        told = [(a, value(a.type, v)) for a in shape_of(row.type).attributes if (v := a.of(data)) is not None]
        subject = self._subject(row, {one for one, _ in everyone})
        facts, links = dict[str, str](), tuple[Related, ...]()
        if subject:
            facts = _facts(subject, data, told)
            links = tuple(dict.fromkeys(one for one in linked if one[0] != subject))
        time = written(row.recorded_at) if self._time == "recorded" else moment(body["occurred_at"])
        if facts_only:
            return Mapped(str(row.id), row.type, time, {}, (), subject, facts, links)
        related = tuple(dict.fromkeys((*everyone, *self._around(body, everyone))))
        attributes = {
            "position": str(row.position),
            "occurred_at": moment(body["occurred_at"]),
            "command_name": body["command_name"],
            "source": body["source"],
            "actor_role": body["actor"]["role"],
            **{attribute.name: text for attribute, text in told},
        }
        return Mapped(str(row.id), row.type, time, attributes, related, subject, facts, links)

    def _around(self, body: dict[str, Any], everyone: list[Related]) -> Iterator[Related]:
        """Who acted, for whom and from where, and the course of a teaching class that is named."""
        actor = body["actor"]
        for name, qualifier in (
            ("person_id", "actor"),
            ("on_behalf_of", "on_behalf_of"),
            ("department_id", "actor_department"),
        ):
            if actor[name]:
                yield self._known((actor[name], qualifier))
        for object_id, _ in everyone:
            if course := self._courses.get(object_id):
                yield course, "course"

    def _subject(self, row: Row, named: set[str]) -> str | None:
        """What an event is about: its first tag, where that is an object and not somebody who is merely named."""
        first = next((tag for tag in row.tags if not tag.startswith("named:")), "")
        subject, _ = self._known((first, ""))
        if subject not in named:
            return None
        return None if subject.startswith(PEOPLE) and row.type.partition(".")[0] not in REGISTERS else subject


def _facts(subject: str, data: dict[str, Any], told: list[tuple[Attribute, str]]) -> dict[str, str]:
    """Attributes of the subject: those beside its id, or those of the nested fact that holds its id."""
    within = "" if any(one == subject for one in data.values()) else _holder(subject, data)
    facts = {attribute.path[-1]: text for attribute, text in told if attribute.within == within}
    kind = subject.partition(":")[0]
    return facts | {"request_kind": kind} if kind in REQUESTS else facts


def _holder(subject: str, data: dict[str, Any]) -> str:
    """The nested fact whose own id the subject is; "" for none."""
    for name, part in data.items():
        if isinstance(part, dict) and any(told == subject and field.endswith("_id") for field, told in part.items()):
            return name
    return ""
