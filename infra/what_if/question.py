"""What may be supposed 假设: policies and other values for them, over a term."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain import Conflict, Unknown
from domain.policies import Policy, Value
from domain.retelling import AnyPolicy, Retelling
from infra.readings.query import MACRO, Figure

DUTY = "duty"  # the read table of everything owed, of all areas
KIND = re.compile(r"\bkind = '(\w+)'")
WORDS = {"true": True, "false": False}


@dataclass(frozen=True)
class Question:
    """Values supposed, by policy; the term's id (None: the one under way) and a position (None: now)."""

    values: tuple[tuple[str, Value], ...]
    term: str | None = None
    as_of: int | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Askable:
    """One policy of the rulebook: whether it may be supposed otherwise, and what that would touch.

    `narrow`: a wider value brings back nothing of what was refused.
    """

    policy: AnyPolicy
    figures: tuple[str, ...] = ()
    narrow: bool = False

    @property
    def retold(self) -> bool:
        return bool(self.figures)


def said_by(told: Retelling) -> frozenset[str]:
    """What the log calls the events of a retelling's stories."""
    return frozenset(kind.NAME for kind in told.types)


def touched(told: Retelling, figures: Mapping[str, Figure], tables: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The figures over tables that hear a retelling's stories; of duties, only those of a kind it moves.

    `tables` maps each read table to the types it hears.
    """
    types = said_by(told)
    heard = {name for name, of in tables.items() if not types.isdisjoint(of)}

    def over(rows: str) -> bool:
        named, kinds = heard & set(MACRO.findall(rows)), set(KIND.findall(rows))
        if not told.duties or (kinds and kinds.isdisjoint(told.duties)):
            named -= {DUTY}
        return bool(named)

    return frozenset(key for key, figure in figures.items() if over(figure.rows))


def askable(
    retellings: Sequence[Retelling], figures: Mapping[str, Figure], tables: Mapping[str, Sequence[str]]
) -> dict[str, Askable]:
    """Every policy of the rulebook, by key; `tables` maps each read table to the types it hears."""
    found: dict[str, Askable] = {}
    for key, policy in sorted(Policy.by_key.items()):
        found_by = {name for name, figure in figures.items() if policy in figure.policies.values()}
        narrow = False
        for told in retellings:
            if policy in told.policies:
                found_by |= touched(told, figures, tables)
                narrow = narrow or policy in told.narrow
        found[key] = Askable(policy, tuple(sorted(found_by)), narrow)
    return found


def value_of(policy: AnyPolicy, text: str) -> Value:
    """A value written as text; raises Conflict("policy_value_invalid")."""
    value: Value = text
    if policy.kind is int and re.fullmatch(r"-?\d{1,15}", text):
        value = int(text)
    elif policy.kind is bool:
        value = WORDS.get(text.lower(), text)
    if not policy.allows(value):
        raise Conflict("policy_value_invalid", policy=policy.key)
    return value


def supposed(texts: Sequence[str], known: Mapping[str, Askable]) -> tuple[tuple[str, Value], ...]:
    """Values from texts as "key:value" (or "key=value").

    Raises Unknown("policy_unknown"), Conflict("policy_not_retold", "policy_value_invalid", "nothing_supposed").
    """
    values: dict[str, Value] = {}
    for text in texts:
        key, _, value = re.sub(r"^([^:=]*)=", r"\1:", text, count=1).partition(":")
        if key not in known:
            raise Unknown("policy_unknown", policy=key[:100])
        if not known[key].retold:
            raise Conflict("policy_not_retold", policy=key)
        values[key] = value_of(known[key].policy, value)
    if not values:
        raise Conflict("nothing_supposed")
    return tuple(sorted(values.items()))
