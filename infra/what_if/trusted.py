"""Stored events read without being checked again: they were, when they were recorded.

An event of the log has been valid once and its bytes are sealed; a whole term is read here for one question.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any

import orjson
from pydantic import AwareDatetime, BaseModel, TypeAdapter

from domain import Event, Fact
from infra.envelope import DATA, personal_fields
from infra.keys import SEALED
from infra.log import Row

Read = Callable[[Any], Any]
PLAIN = (str, int, bool, float, type(None))


def trusted(row: Row) -> Event:
    """The event of a row, as `decoded` gives it."""
    kind = Event.by_name[row.type]
    begins = row.body.find(DATA)
    values = orjson.loads(row.body[begins + len(DATA) : -1] if begins > 0 else row.body)
    if begins <= 0:
        values = values["data"]
    for name in personal_fields(kind):
        if values.get(name) is not None:
            values[name] = SEALED
    event: Event = _reader(kind)(values)
    return event


@cache
def _reader(kind: type[BaseModel]) -> Read:
    """What makes a piece of an event from its JSON."""
    hints = typing.get_type_hints(kind)
    changed = {name: other for name in kind.model_fields if (other := _of(hints[name]))}
    optional = {name: field for name, field in kind.model_fields.items() if not field.is_required()}
    defaults = {name: field.get_default(call_default_factory=True) for name, field in optional.items()}
    fields = tuple(kind.model_fields)
    new, put = kind.__new__, object.__setattr__

    def read(values: dict[str, Any]) -> Any:
        told = {name: values[name] if name in values else defaults[name] for name in fields}
        for name, one in changed.items():
            if name in values:
                told[name] = one(told[name])
        made = new(kind)
        put(made, "__dict__", told)
        put(made, "__pydantic_fields_set__", set(values))
        put(made, "__pydantic_extra__", None)
        put(made, "__pydantic_private__", None)
        return made

    return read


def _of(hint: Any) -> Read | None:
    """What reads a value of a type; None for one that JSON has as it is."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if hint in PLAIN or origin is typing.Literal:
        return None
    if hint in (datetime, AwareDatetime):
        return datetime.fromisoformat
    if hint is date:
        return date.fromisoformat
    if isinstance(hint, type) and issubclass(hint, Fact):
        return _reader(hint)
    if origin is tuple and len(parts) == 2 and parts[1] is Ellipsis:
        return _tuple(_of(parts[0]))
    if origin is dict:
        return _dict(_of(parts[1]))
    if origin in (typing.Union, types.UnionType):
        return _either(hint, [part for part in parts if part is not type(None)])
    return TypeAdapter(hint).validate_python


def _tuple(one: Read | None) -> Read:
    return tuple if one is None else lambda values: tuple([one(value) for value in values])


def _dict(one: Read | None) -> Read | None:
    return None if one is None else lambda values: {key: one(value) for key, value in values.items()}


def _either(hint: Any, parts: list[Any]) -> Read | None:
    if all(_of(part) is None for part in parts):
        return None
    if len(parts) > 1:
        return TypeAdapter(hint).validate_python
    one = _of(parts[0])
    assert one
    return lambda value: None if value is None else one(value)
