"""An inquiry into a log: who judged whose matter, and whether every step was taken.

It reads the stored rows only, as text, and knows nothing of the deciders: what it holds them to is written here anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

ZONE = ZoneInfo("Asia/Shanghai")
SYSTEMS = ("clock", "reaction", "import")
SHOWN = 20


@dataclass(frozen=True)
class Told:
    """One row, opened."""

    position: int
    type: str
    at: datetime
    person: str
    role: str
    department: str | None
    behalf: str | None
    command: str
    command_name: str
    data: dict[str, Any]

    @property
    def hands(self) -> frozenset[str]:
        """Who did it, and for whom."""
        return frozenset({self.person, self.behalf or self.person})

    @property
    def second(self) -> datetime:
        return self.at.replace(microsecond=0)


def opened(row: Any) -> Told:
    body = orjson.loads(row.body)
    actor = body["actor"]
    return Told(
        row.position,
        row.type,
        datetime.fromisoformat(body["received_at"]),
        actor["person_id"],
        actor["role"],
        actor["department_id"],
        actor["on_behalf_of"],
        body["command"],
        body["command_name"],
        body["data"],
    )


@dataclass
class Findings:
    """What was judged how often, and what was wrong, told by position."""

    events: int = 0
    judged: Counter[str] = field(default_factory=Counter)
    borrowed: int = 0
    self_approvals: list[str] = field(default_factory=list)
    skipped_steps: list[str] = field(default_factory=list)
    unauthorised: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> dict[str, object]:
        """What must be nothing."""
        told = {n: getattr(self, n) for n in ("self_approvals", "skipped_steps", "unauthorised")}
        return {name: {"number": len(found), "first": found[:SHOWN]} for name, found in told.items() if found}

    def judge(self, told: Told, kind: str, interested: Iterable[str]) -> None:
        """Somebody decided about a matter in which these persons had a part."""
        self.judged[kind] += 1
        if told.behalf:
            self.borrowed += 1
        if both := told.hands & set(interested):
            self.self_approvals.append(f"{told.position} {told.type}: {sorted(both)}")

    def require(self, holds: object, told: Told, what: str) -> None:
        """A step that must have been taken before."""
        if not holds:
            self.skipped_steps.append(f"{told.position} {told.type}: {what}")


class Authority:
    """Whether everybody held, or had been lent, the role in which they acted."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.grants: dict[str, dict[str, Any]] = {}
        self.lent: dict[str, dict[str, Any]] = {}

    def hear(self, told: Told) -> None:
        data = told.data
        match told.type:
            case "access.role_granted":
                self.grants[data["grant_id"]] = data
            case "access.role_revoked":
                del self.grants[data["grant_id"]]
            case "access.authority_delegated":
                self.lent[data["delegation_id"]] = data
            case "access.delegation_ended":
                del self.lent[data["delegation_id"]]
        if told.role not in SYSTEMS and not told.type.startswith("access."):
            self._check(told)

    def _check(self, told: Told) -> None:
        day = told.at.astimezone(ZONE).date().isoformat()
        holder = told.behalf or told.person
        held = any(
            (g["person_id"], g["role"], g["department_id"]) == (holder, told.role, told.department)
            and g["valid_from"] <= day <= g["valid_until"]
            for g in self.grants.values()
        )
        if told.behalf:
            held = held and any(self._lends(one, told) for one in self.lent.values())
        if not held:
            self.findings.unauthorised.append(f"{told.position} {told.type}: {told.person} as {told.role}")

    def _lends(self, one: dict[str, Any], told: Told) -> bool:
        asked = (told.behalf, told.person, told.role, told.department)
        said = (one["person_id"], one["delegate_id"], one["role"], one["department_id"])
        span = datetime.fromisoformat(one["from_"]) <= told.at <= datetime.fromisoformat(one["until"])
        return said == asked and span and told.command_name in one["commands"]


@dataclass
class Walk:
    """One matter going along a route that was frozen when it was asked for."""

    asked: Told
    interested: set[str]
    steps: list[dict[str, Any]]
    passed: list[frozenset[str]] = field(default_factory=list)
    state: str = "open"

    def agree(self, told: Told, findings: Findings, kind: str, last: bool) -> None:
        """A step agreed to: its own role and department, hands that had no part in it, none twice."""
        findings.judge(told, kind, self.interested)
        findings.require(self.state == "open", told, "decided already")
        number = len(self.passed)
        findings.require(number < len(self.steps), told, "beyond the route")
        if number < len(self.steps):
            self._in_turn(told, findings)
        if any(told.hands & before for before in self.passed):
            findings.self_approvals.append(f"{told.position} {told.type}: agreed to two steps")
        self.passed.append(told.hands)
        findings.require(last == (len(self.passed) == len(self.steps)), told, "steps left out or added")
        self.state = "agreed" if last else "open"

    def refuse(self, told: Told, findings: Findings, kind: str) -> None:
        findings.judge(told, kind, self.interested)
        findings.require(self.state == "open" and len(self.passed) < len(self.steps), told, "decided already")
        self._in_turn(told, findings)
        self.state = "refused"

    def _in_turn(self, told: Told, findings: Findings) -> None:
        step = self.steps[len(self.passed)]
        findings.require(told.role == step["role"], told, f"the step of {step['role']}")
        near = step["department_id"] in (None, told.department) or told.department is None
        findings.require(near, told, f"the step of {step['department_id']}")


class Corrections:
    """Grades and hours: asked for, agreed to step by step, and only then changed."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.walks: dict[str, Walk] = {}
        self.waived: set[str] = set()

    def hear(self, told: Told) -> None:
        area, _, what = told.type.partition(".")
        if area == "grades" and what == "corrected":
            walk = self.walks.get(told.data["correction_id"])
            self.findings.require(walk and walk.state == "agreed", told, "changed without its approval")
        elif area == "grades" and what.startswith("correction_"):
            self._walk(told, told.data["correction_id"], what.removeprefix("correction_"), "grade correction")
        elif area == "roll_call" and what.startswith("waiver_"):
            self._walk(told, told.data["waiver_id"], what.removeprefix("waiver_"), "waiver")
        elif told.type == "teaching_hours.recognised" and told.data["outcome"] == "waived":
            self.findings.require(told.data["session_id"] in self.waived, told, "hours without a waiver")

    def _walk(self, told: Told, key: str, what: str, kind: str) -> None:
        if what == "requested":
            self.findings.require(key not in self.walks, told, "asked for twice")
            interested = {*told.hands, *told.data["teacher_ids"]}
            self.walks[key] = Walk(told, interested, told.data["route"]["steps"])
            return
        walk = self.walks.get(key)
        self.findings.require(walk, told, "never asked for")
        if walk is None:
            return
        if what == "refused":
            walk.refuse(told, self.findings, kind)
        else:
            walk.agree(told, self.findings, kind, last=what != "advanced")
        if what == "granted":
            self.waived.add(told.data["session_id"])
