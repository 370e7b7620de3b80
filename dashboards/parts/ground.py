"""The ground 底册 a page stands on: terms, departments, targets and owners, read once for one visit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dashboards.parts.reading import Cube, Target, targets
from dashboards.parts.visit import Visit
from projections import Figure

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Ground:
    """`term` is the one asked for, else the one running or the last; None when the college has opened none."""

    terms: Sequence[Row]
    term: Row | None
    departments: Mapping[str, Row]
    targets: Mapping[str, Target]
    columns: Mapping[str, Row]

    def name(self, department: str | None, visit: Visit) -> str:
        """A department's name in the language of the visit."""
        row = self.departments.get(department or "")
        return visit.words.of(row) if row else visit.words("nobody")

    def target(self, figure: Figure) -> Target | None:
        """The target in force for a figure."""
        return self.targets.get(figure.key)

    def office(self, figure: Figure, visit: Visit) -> tuple[str, str]:
        """(label, office): the one confirmed for the column, else the one its declaration proposes."""
        row = self.columns.get(figure.key) or self.columns.get(str(figure.column)) or {}
        assigned = self.departments.get(row.get("department_id") or "") if row.get("confirmed") else None
        if assigned:
            return visit.words("owner"), visit.words.of(assigned)
        return visit.words("owner_proposed"), owner_of(figure, self.departments, visit)

    def owner(self, figure: Figure, visit: Visit) -> str:
        """责任部门 教务处, in one piece."""
        return " ".join(self.office(figure, visit))

    @property
    def term_id(self) -> str:
        return str(self.term["term_id"]) if self.term else ""

    def week_of(self, day: date) -> int:
        """The teaching week of a day, within the term."""
        assert self.term
        starts: date = self.term["starts_on"]
        week = (day - starts).days // 7 + 1
        return min(max(week, 1), int(self.term["weeks"]))

    def end_of(self, week: int) -> date:
        """The Sunday of a teaching week."""
        assert self.term
        starts: date = self.term["starts_on"]
        return starts + timedelta(days=7 * week - 1)


def owner_of(figure: Figure, departments: Mapping[str, Row], visit: Visit) -> str:
    """The name of the office a figure's declaration names, in the language of the visit where it is known."""
    for row in departments.values():
        if row["name"] == figure.owner:
            return visit.words.of(row)
    return visit.words.either(figure.owner, OFFICES.get(figure.owner))


OFFICES = {
    "教务处": "Academic Affairs Office",
    "学生处": "Student Affairs Office",
    "人事处": "Human Resources Office",
    "校长室": "President’s Office",
    "信息化办公室": "Information Office",
}


async def ground(visit: Visit) -> Ground:
    """Read what every page needs; raises what the readings raise."""

    async def rows(table: str) -> list[dict[str, Any]]:
        return await visit.readings.rows(table, visit.viewer, limit=5000, as_of=visit.as_of)

    terms, departments, thresholds, columns = await asyncio.gather(
        rows("term"), rows("department"), rows("threshold"), rows("monitored_column")
    )
    terms.sort(key=lambda row: row["starts_on"])
    return Ground(
        terms,
        _term(terms, visit),
        {row["department_id"]: row for row in departments},
        targets(thresholds),
        {key: row for row in columns for key in (str(row["number"]), *row["figures"])},
    )


def _term(terms: Sequence[Row], visit: Visit) -> Row | None:
    assert visit.now
    today = visit.now.astimezone(visit.words.zone).date()
    if asked := [row for row in terms if row["term_id"] == visit.term]:
        return asked[0]
    begun = [row for row in terms if row["starts_on"] <= today]
    return begun[-1] if begun else (terms[0] if terms else None)


async def cubes(visit: Visit, ground_: Ground, keys: Sequence[str]) -> dict[str, Cube]:
    """The named figures of the term by department and week, read side by side."""
    readings = await asyncio.gather(
        *(
            visit.readings.figure(
                key,
                visit.viewer,
                term=ground_.term_id,
                by=("department", "week"),
                as_of=visit.as_of,
                at=visit.judged_at,
            )
            for key in keys
        )
    )
    return {key: Cube.of(Figure.by_key[key], told) for key, told in zip(keys, readings, strict=True)}
