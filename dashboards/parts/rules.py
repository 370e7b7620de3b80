"""Rules 规则: the values of policies in force at the moment a page speaks of, as known at its position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from dashboards.parts.visit import Visit
from domain.policies import Policy

V = TypeVar("V", bool, int, str)
IN_FORCE: Final = """
    select %(moment)s::timestamptz as moment, (
        select json_object_agg(p.policy, p.value) from (
            select distinct on (policy) policy, value from {policy}
            where policy = any(%(policies)s) and effective_from <= %(moment)s order by policy, since desc) p
        ) as told"""


@dataclass(frozen=True)
class Rulebook:
    """The moment a page speaks of, and what was revised of the policies asked for."""

    moment: datetime
    told: Mapping[str, Any]

    def __call__(self, policy: Policy[V]) -> V:
        value: V = self.told.get(policy.key, policy.default)
        return value


async def rulebook(visit: Visit, *policies: Policy[Any], at: datetime | None = None) -> Rulebook:
    """The policies as in force at `at`; without it at the moment the page speaks of."""
    asked = {"policies": [policy.key for policy in policies]}
    rows = await visit.readings.select(IN_FORCE, asked, visit.viewer, as_of=visit.as_of, at=at)
    return Rulebook(rows[0]["moment"], rows[0]["told"] or {})
