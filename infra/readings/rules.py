"""The rules a figure is judged by: the policies in force at its moment, as known at its position."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from psycopg import AsyncConnection

from domain.policies import Policy
from infra.readings.query import Tables

Value = bool | int | str
# The read table of every version of every policy; see projections/policies.py.
POLICY: Final = "policy"
_IN_FORCE: Final = (
    "select distinct on (policy) policy, value from {policy} where policy = any (%(policies)s)"
    " and effective_from <= %(moment)s order by policy, since desc"
)


async def in_force(
    db: AsyncConnection[Any],
    tables: Tables,
    as_of: int | None,
    moment: datetime,
    wanted: Mapping[str, Policy[Any]],
) -> dict[str, Value]:
    """The value of each policy wanted; of two versions that have begun, the one recorded later stands."""
    told: dict[str, Value] = {}
    if wanted and POLICY in tables.known:
        asked = {"policies": [p.key for p in wanted.values()], "moment": moment}
        found = await db.execute(tables.written(_IN_FORCE, as_of), asked, prepare=False)
        told = dict(await found.fetchall())
    return {name: told.get(policy.key, policy.default) for name, policy in wanted.items()}
