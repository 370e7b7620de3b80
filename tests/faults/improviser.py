"""Bodies made up on the spot: from a command's schema and from what the college has recorded so far.

A body takes the fields of one recorded event that bears their names, so that what belongs together stays
together; now and then something else of the same name, something new, or something nasty takes a field's place.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from domain import Command, Event
from domain.words import PLAIN
from projections import Figure
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
MISSING: Final = object()
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

    def __init__(self, seed: int, today: date, wishes: Mapping[str, Callable[[Improviser], Mapping[str, Any]]]) -> None:
        self.dice = Random(seed)  # noqa: S311  a campaign that can be repeated, not a secret
        self.today, self.wishes = today, wishes
        self.events: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self.by_field: dict[str, list[Any]] = defaultdict(list)
        self.mine: set[str] = set()
        self._new = 0
        self._shown: Mapping[str, Any] = {}

    def hear(self, kind: str, data: Mapping[str, Any]) -> None:
        """One recorded event; of a fact it carries whole, the fields count as its own."""
        wholes = [v for v in data.values() if isinstance(v, dict) and any(n.endswith("_id") for n in v)]
        data = {name: value for told in (*wholes, data) for name, value in told.items()}
        self.events[kind].append(data)
        for name, value in data.items():
            if value is not None and not (isinstance(value, dict) and "personal" in value):
                self.by_field[name].append(value)

    def roll(self, sides: int) -> int:
        """A number below `sides`."""
        return self.dice.randrange(sides)

    def new(self, kind: str) -> str:
        """An id nobody has used."""
        self._new += 1
        return f"{kind}:f{self._new}"

    def some(self, *kinds: str) -> Mapping[str, Any]:
        """One recorded event of these kinds, mostly a recent one; nothing when there is none yet."""
        told = [event for kind in kinds for event in self.events.get(kind, ())[-12:]]
        newest = self.events[told_of[-1]][-1:] if (told_of := [k for k in kinds if self.events.get(k)]) else []
        self._shown = self.dice.choice(newest if newest and self.roll(5) < 2 else told) if told else {}
        return self._shown

    def told(self, kind: str, name: str) -> Any:
        """A field of some recorded event; MISSING when there is none yet."""
        return self.some(kind).get(name, MISSING)

    def known(self, name: str, head: int) -> Any:
        """What may well be asked for under the name of a parameter; MISSING when nothing comes to mind."""
        dice = self.dice
        match name:
            case "key":
                return dice.choice(sorted(Figure.by_key))
            case "type":
                return [dice.choice(sorted(Event.by_name))]
            case "position" | "as_of" | "after":
                return dice.randint(1, head)
            case "code":
                return dice.choice(("out_of_scope", "weights_total", "roll_already_taken", "nothing"))
            case "by":
                return [dice.choice(("department", "term", "week", "person"))]
            case "format":
                return dice.choice(("json", "csv", "xlsx"))
            case "about" | "tag":
                named = [n for n in self.by_field if n.endswith("_id") and n != "person_id"]
                return dice.choice([v for v in self.by_field[dice.choice(named)] if v] or [MISSING])
            case "person":
                return dice.choice(self.by_field["person_id"])
            case "department" | "term" | "week" | "state":
                return dice.choice(self.by_field[f"{name}_id"] or self.by_field[name] or [MISSING])
            case "command_id":
                return dice.choice(self.by_field[name] or ["0198c7d4-0000-7000-8000-000000000001"])
            case "limit" | "days":
                return dice.choice((1, 7, 50))
        return MISSING

    def body(self, kind: type[Command[Any]]) -> tuple[dict[str, Any], Mapping[str, Any]]:
        """A body and the event it leans on."""
        schema = kind.model_json_schema()
        leaned = self._leaned(schema["properties"].keys())
        wished: dict[str, Any] = {}
        if (wish := self.wishes.get(kind.NAME)) and self.dice.random() < 0.6:
            self._shown = {}
            wished = {name: value for name, value in wish(self).items() if value is not MISSING}
            leaned = self._shown or leaned
        made = {**wished}
        required = schema.get("required", ())
        new = self._new_thing(kind.NAME, schema["properties"])
        for name, of in schema["properties"].items():
            if name not in made and (name in required or (not wished and self.dice.random() < 0.3)):
                made[name] = self._value(name, of, schema.get("$defs", {}), leaned, name == new)
        if self.dice.random() < 0.15:
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
        if choices := of.get("enum") or known.get(str(of.get("$ref")).rpartition("/")[2], {}).get("enum"):
            return self.dice.choice(choices)
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
