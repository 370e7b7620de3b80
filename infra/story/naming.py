"""Naming 名称: areas, events and commands of the college as people call them, in Chinese and English."""

from __future__ import annotations

import re
import sys
from functools import cache

from domain import Command, Event

Both = tuple[str, str]
_AREA = re.compile(r"([A-Z][^:,\u4e00-\u9fff]*)[^:\u4e00-\u9fff]*([\u4e00-\u9fff]+)")


def area_of(event_name: str) -> str:
    """The area an event belongs to: what stands before the dot."""
    return event_name.partition(".")[0]


@cache
def area_titles(area: str) -> Both:
    """(zh, en) of an area, as its module's first words say it."""
    module = sys.modules.get(f"domain.{area}")
    said = _AREA.match((module.__doc__ if module else None) or "")
    if not said:
        return area, area.replace("_", " ").capitalize()
    return said[2], said[1].strip().removeprefix("The ").capitalize()


def event_titles(event_name: str) -> Both:
    """(zh, en) of what happened."""
    kind = Event.by_name.get(event_name)
    return kind.titles() if kind else (event_name, event_name)


def command_titles(command_name: str) -> Both:
    """(zh, en) of what was asked for."""
    kind = Command.by_name.get(command_name)
    return kind.titles() if kind else (command_name, command_name.replace("-", " ").capitalize())


def areas() -> list[str]:
    """Areas in which anything can happen, by name."""
    return sorted({area_of(name) for name in Event.by_name})


def types_of(types: tuple[str, ...], areas_: tuple[str, ...], words: str | None) -> tuple[str, ...] | None:
    """The event types meant, () for any; None when the words fit none.

    Types and areas add up; the words narrow them: each must stand in the titles of a type or of its area.
    """
    meant = {name for name in Event.by_name if area_of(name) in areas_} | set(types)
    if not words or not words.strip():
        return tuple(sorted(meant)) if meant or not areas_ else None
    sought = words.casefold().split()
    fitting = {name for name in meant or Event.by_name if all(word in told(name) for word in sought)}
    return tuple(sorted(fitting)) or None


@cache
def told(event_name: str) -> str:
    """Everything an event type is called, to be searched through."""
    names = (*event_titles(event_name), *area_titles(area_of(event_name)), event_name)
    return " ".join(names).casefold()
