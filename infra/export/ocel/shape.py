"""The shape of a type of event in OCEL: which of its fields are attributes, and which name objects.

Both are read off the event's own class, so that a new area is exported without a word here.  Attributes are numbers,
moments and words from a closed list; what somebody typed (reasons, remarks, titles) is none, and neither is what is
sealed as personal.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from domain import Event
from infra.envelope import personal_fields

STRING, TIME, INTEGER, BOOLEAN = "string", "time", "integer", "boolean"
PLAIN_TYPES: Final[dict[type, str]] = {bool: BOOLEAN, int: INTEGER, datetime: TIME, date: STRING}
NAMING: Final = ("code", "name", "name_en", "course_code", "course_name", "document_no", "kind", "role", "component")
NAMED: Final = {"course_code": "course", "policy": "policy", "column_key": "column", "figure_key": "figure"}
APART: Final = ("policies", "route")
ID: Final = re.compile(r"[a-z_]{1,40}:[0-9a-z][0-9a-z-]{0,62}")
ID_FIELD: Final = re.compile(r"(.+_)?(id|by|for)|on_behalf_of|off_grid_grant")


@dataclass(frozen=True)
class Attribute:
    """A scalar: its name, where it stands, its OCEL type, and the nested fact it stands in ("" at the top)."""

    name: str
    path: tuple[str, ...]
    type: str

    @property
    def within(self) -> str:
        return self.path[0] if len(self.path) > 1 else ""

    def of(self, data: Any) -> Any:
        """Its value as JSON gives it; None for none."""
        if len(self.path) == 1:
            return data.get(self.name)
        for step in self.path:
            data = data.get(step) if isinstance(data, dict) else None
        return data


@dataclass(frozen=True)
class Naming:
    """A place where ids stand: under which qualifier, and whether only those that are tags count."""

    qualifier: str
    path: tuple[str, ...]
    only_tagged: bool = False
    kind: str = ""
    keys: bool = False

    def of(self, data: Any, tags: Collection[str]) -> list[tuple[str, str]]:
        """(id, qualifier) of everything named here."""
        found: list[tuple[str, str]] = []
        if told := data.get(self.path[0]):
            self._at(told, self.path[1:], tags, found)
        return found

    def _at(self, data: Any, path: tuple[str, ...], tags: Collection[str], found: list[tuple[str, str]]) -> None:
        if isinstance(data, str):
            if self.kind:
                found.append((f"{self.kind}:{data}", self.qualifier))
            elif (not self.only_tagged or data in tags) and ID.fullmatch(data):
                found.append((data, self.qualifier))
        elif isinstance(data, list):
            for one in data:
                self._at(one, path, tags, found)
        elif isinstance(data, dict) and path:
            self._at(data.get(path[0]), path[1:], tags, found)
        elif isinstance(data, dict):
            for key, value in data.items():
                if key in tags and ID.fullmatch(key):
                    word = isinstance(value, str) and ID.fullmatch(value) is None
                    found.append((key, value if word else self.qualifier))


@dataclass(frozen=True)
class Shape:
    """One type of event."""

    attributes: tuple[Attribute, ...]
    namings: tuple[Naming, ...]


def _bare(annotation: Any) -> Any:
    """The type within Annotated and Optional; a union of several stays one."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, UnionType):
            others = [kind for kind in get_args(annotation) if kind is not type(None)]
            if len(others) > 1:
                return tuple(_bare(kind) for kind in others)
            annotation = others[0]
        else:
            return annotation


def _type(name: str, kind: Any) -> str | None:
    """The OCEL type of a scalar field; None for what is no attribute."""
    if isinstance(kind, tuple):
        return STRING if all(_type(NAMING[0], one) for one in kind) else None
    if get_origin(kind) is Literal:
        values = {type(value) for value in get_args(kind)}
        return PLAIN_TYPES.get(values.pop(), STRING) if len(values) == 1 else STRING
    if kind is str:
        return STRING if name in NAMING else None
    if kind is AwareDatetime:
        return TIME
    for plain, told in PLAIN_TYPES.items():
        if isinstance(kind, type) and issubclass(kind, plain):
            return told
    return None


def _fields(fields: dict[str, FieldInfo], before: tuple[str, ...]) -> Iterator[Attribute | Naming]:
    for name, field in fields.items():
        if name in APART:
            continue
        kind, path = _bare(field.annotation), (*before, name)
        if before == ("duty",) and name in ("about", "department_id", "person_id"):
            if name == "person_id":
                yield Naming("duty", path)
            continue
        if name in NAMED:
            yield Naming(NAMED[name], path, kind=NAMED[name])
        if told := _type(name, kind):
            yield Attribute("_".join(path), path, told)
        else:
            yield from _named(name, kind, path)


def _named(name: str, kind: Any, path: tuple[str, ...]) -> Iterator[Attribute | Naming]:
    """The namings of a field that is no scalar attribute."""
    qualifier = re.sub(r"_ids?$", "", name)
    if kind is str and ID_FIELD.fullmatch(name):
        yield Naming(qualifier, path)
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        if len(path) == 1:
            yield from _fields(kind.model_fields, path)
    elif get_origin(kind) is dict:
        yield Naming(name, path, only_tagged=True, keys=True)
    elif get_origin(kind) in (tuple, list):
        item = _bare(get_args(kind)[0])
        if item is str:
            yield Naming(qualifier, path)
        elif isinstance(item, type) and issubclass(item, BaseModel) and name != "duties":
            for inner, field in item.model_fields.items():
                if _bare(field.annotation) is str and ID_FIELD.fullmatch(inner):
                    yield Naming(re.sub(r"_id$", "", inner), (*path, inner), only_tagged=True)


@cache
def shape_of(event_name: str) -> Shape:
    """The shape of a type of event, by the name the log gives it."""
    kind = Event.by_name[event_name]
    sealed = personal_fields(kind)
    parts = list(_fields({name: field for name, field in kind.model_fields.items() if name not in sealed}, ()))
    return Shape(
        tuple(part for part in parts if isinstance(part, Attribute)),
        tuple(part for part in parts if isinstance(part, Naming)),
    )


@cache
def attribute_types() -> dict[str, str]:
    """Attribute of an object → its OCEL type; what is of one type in one event and of another in another is a text."""
    found: dict[str, str] = {}
    for name in Event.by_name:
        for part in shape_of(name).attributes:
            own = part.path[-1]
            found[own] = part.type if found.get(own, part.type) == part.type else STRING
    return found


def moment(text: str) -> str:
    """A moment in UTC with six digits, so that every one is written alike."""
    if text.endswith("Z") and len(text) in (20, 27):
        return text if len(text) == 27 else text[:-1] + ".000000Z"
    return written(datetime.fromisoformat(text))


def written(at: datetime) -> str:
    """The same of a datetime."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def value(attribute_type: str, told: Any) -> str:
    """A value as OCEL's JSON has it: every one is a text, and its type is what was declared for it."""
    if attribute_type == TIME:
        return moment(told)
    if attribute_type == BOOLEAN or isinstance(told, bool):
        return "true" if told else "false"
    return str(told)


def types_of(names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Type of event → attribute → its OCEL type, for those that a log holds."""
    return {name: {part.name: part.type for part in shape_of(name).attributes} for name in names}
