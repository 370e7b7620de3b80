"""Bodies made up on the spot: from a command's schema and from what the college has recorded so far.

A body takes the fields of one recorded event that bears their names, so that what belongs together stays
together; now and then something else of the same name, something new, or something nasty takes a field's place.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from domain import Command
from domain.words import PLAIN
from tests.api.samples import sample

KIND: Final = re.compile(r"^\^\(?([a-z_]+):")
BEGINNINGS: Final = frozenset(
    [
        "register",
        "open",
        "form",
        "admit",
        "grant",
        "propose",
        "define",
        "delegate",
        "request",
        "place",
        "dispute",
        "review",
        "annotate",
    ]
)
NASTY: Final[tuple[Any, ...]] = (
    None,
    "",
    "\x00",
    "'; drop table event; --",
    "=cmd|' /C calc'!A0",
    "１２３４５６１９９００１０１１２３Ｘ",
    "\u202e\U0001f3eb李小明",
    "x" * 5000,
    -1,
    2**63,
    1e308,
    "1582-10-10",
    "9999-12-31",
    "0000-00-00T99:99:99Z",
    [],
    {},
    [[[[]]]],
    {"__proto__": {}},
    True,
)


class Improviser:
    """Makes bodies; `hear` tells it what was recorded."""

    def __init__(self, seed: int, today: date) -> None:
        self.dice = Random(seed)  # noqa: S311  a campaign that can be repeated, not a secret
        self.today = today
        self.events: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self.by_field: dict[str, list[Any]] = defaultdict(list)
        self.mine: set[str] = set()
        self._new = 0

    def hear(self, kind: str, data: Mapping[str, Any]) -> None:
        """One recorded event."""
        self.events[kind].append(data)
        for name, value in data.items():
            if not (isinstance(value, dict) and "personal" in value):
                self.by_field[name].append(value)

    def body(self, kind: type[Command[Any]]) -> tuple[dict[str, Any], Mapping[str, Any]]:
        """A body and the event it leans on."""
        schema = kind.model_json_schema()
        leaned = self._leaned(schema["properties"].keys())
        made = {}
        required = schema.get("required", ())
        new = self._new_thing(kind.NAME, schema["properties"])
        for name, of in schema["properties"].items():
            if name in required or self.dice.random() < 0.3:
                made[name] = self._value(name, of, schema.get("$defs", {}), leaned, name == new)
        if self.dice.random() < 0.2:
            made[self.dice.choice([*made, "surplus"])] = self.dice.choice(NASTY)
        return made, leaned

    def _new_thing(self, command: str, properties: Mapping[str, Any]) -> str | None:
        """The field that names something new, if any: often where a command begins something."""
        ids = [name for name, of in properties.items() if KIND.match(of.get("pattern", ""))]
        begins = command.split("-")[0] in BEGINNINGS
        return self.dice.choice(ids) if ids and self.dice.random() < (0.6 if begins else 0.05) else None

    def _leaned(self, names: Any) -> Mapping[str, Any]:
        """An event of a kind that shares field names, the more the likelier; often a recent one."""
        kinds = [(k, len(set(names) & e[-1].keys())) for k, e in self.events.items()]
        kinds = [(k, n) for k, n in kinds if n]
        if not kinds:
            return {}
        (chosen,) = self.dice.choices([k for k, _ in kinds], [n**3 for _, n in kinds])
        told = self.events[chosen]
        mine = [e for e in told if not self.mine.isdisjoint(e.get("teacher_ids") or ())]
        if mine and self.dice.random() < 0.7:
            return self.dice.choice(mine)
        return told[-self.dice.randint(1, min(8, len(told)))] if self.dice.random() < 0.4 else self.dice.choice(told)

    def _value(self, name: str, of: Mapping[str, Any], known: Any, leaned: Mapping[str, Any], own: bool) -> Any:
        if own or (not self.by_field.get(name) and KIND.match(of.get("pattern", ""))):
            return self._fresh(name, of, known)
        told = leaned.get(name)
        if told is not None and not (isinstance(told, dict) and "personal" in told) and self.dice.random() < 0.85:
            return told
        if of.get("format") == "date":
            return (self.today + timedelta(days=self.dice.randint(-20, 60))).isoformat()
        if of.get("format") == "date-time":
            return f"{self.today + timedelta(days=self.dice.randint(0, 60))}T00:00:00Z"
        if self.by_field.get(name) and self.dice.random() < 0.8:
            return self.dice.choice(self.by_field[name])
        return self._fresh(name, of, known)

    def _fresh(self, name: str, of: Mapping[str, Any], known: Any) -> Any:
        self._new += 1
        if self.by_field.get(name) and "properties" in of and self.dice.random() < 0.8:
            return self.dice.choice(self.by_field[name])
        if found := KIND.match(of.get("pattern", "")):
            return f"{found[1]}:f{self._new}"
        if of.get("type") == "string" and of.get("pattern", PLAIN) == PLAIN and "format" not in of and "enum" not in of:
            return f"说明 {name} {self._new}"
        if "enum" in of:
            return self.dice.choice(of["enum"])
        return sample(of, known)
