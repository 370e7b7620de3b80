"""Sight 可见范围: which events a viewer sees, and how much of each.  Personal texts are never among it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import orjson

from domain import Event
from domain.access import STUDENT
from infra.log import Row
from infra.readings import Viewer

PEOPLE = ("person:", "student:")


@cache
def withheld(event_name: str) -> bool:
    """Whether the student an event is about does not see it."""
    return getattr(Event.by_name.get(event_name), "WITHHELD", False)


@dataclass(frozen=True)
class Sight:
    """What one viewer sees: the college, or what is tagged with themselves or a department they answer for."""

    viewer: Viewer

    @cached_property
    def own(self) -> frozenset[str]:
        """The viewer as a person and as a student."""
        return frozenset({self.viewer.person_id, "student:" + self.viewer.person_id.partition(":")[2]})

    @cached_property
    def tags(self) -> frozenset[str]:
        """Tags of which an event must carry one to be seen."""
        return self.own | set(self.viewer.departments)

    @cached_property
    def narrow(self) -> bool:
        """Whether other people within an event stay hidden: for students, and for people without a role."""
        return all(actor.role == STUDENT for actor in self.viewer.actors)

    @cached_property
    def withheld_tags(self) -> frozenset[str]:
        """The same for events withheld from the student they are about, such as marks before they are published."""
        return self.tags - {tag for tag in self.own if tag.startswith("student:")}

    def sees(self, row: Row) -> bool:
        tags = self.withheld_tags if withheld(row.type) else self.tags
        return self.viewer.college or not tags.isdisjoint(row.tags)

    def event(self, row: Row) -> dict[str, Any]:
        """A stored event as the viewer may read it."""
        body = orjson.loads(row.body)
        data, tags, actor = body.pop("data"), row.tags, body["actor"]
        if self.narrow:
            data = without_others(data, self.own)
            tags = tuple(t for t in tags if not t.startswith(PEOPLE) or t in self.own)
            actor = {"role": actor["role"]} if actor["person_id"] not in self.own else actor
        body.pop("command_digest", None)
        return {
            "position": row.position,
            "id": str(row.id),
            "type": row.type,
            "recorded_at": row.recorded_at,
            **body,
            "actor": actor,
            "tags": tags,
            "data": without_secrets(data),
        }


def without_secrets(value: Any) -> Any:
    """The value with every sealed text replaced by whose it is."""
    if isinstance(value, Mapping):
        if "sealed" in value and "of" in value:
            return {"personal": value["of"]}
        return {k: without_secrets(v) for k, v in value.items()}
    if isinstance(value, list):
        return [without_secrets(v) for v in value]
    return value


def without_others(value: Any, own: Collection[str]) -> Any:
    """The value without other people: their entries are left out, their ids are empty."""
    if isinstance(value, Mapping):
        return {k: without_others(v, own) for k, v in value.items() if not k.startswith(PEOPLE) or k in own}
    if isinstance(value, list):
        return [v for v in (without_others(v, own) for v in value) if v is not None]
    if isinstance(value, str) and value.startswith(PEOPLE) and value not in own:
        return None
    return value
