"""A folder of the Open University's data set gathered: every row read once, refused, or a repeat of an earlier one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from api.imports.oulad_files import Place, cells_of, files_of, lines, told_name
from api.imports.oulad_rows import (
    RESULTS,
    Assessment,
    Course,
    Enrolled,
    Outcome,
    Presentation,
    Row,
    RowInvalid,
    Score,
    read,
)
from api.imports.refusals import RowRefused

ASSESSMENTS_AT_MOST: Final = 60


@dataclass
class Tally:
    """What became of the rows of one file: rows = accepted + repeated + the refused ones, by code."""

    rows: int = 0
    accepted: int = 0
    repeated: int = 0
    refused: Counter[str] = field(default_factory=Counter)


@dataclass
class Tables:
    """What the rows say, each thing once, in the order read; and what was counted on the way."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    refused: list[RowRefused] = field(default_factory=list)
    presentations: dict[Course, Presentation] = field(default_factory=dict)
    assessments: dict[int, Assessment] = field(default_factory=dict)
    outcomes: dict[tuple[Course, int], Outcome] = field(default_factory=dict)
    enrolled: dict[tuple[Course, int], Enrolled] = field(default_factory=dict)
    scores: list[Score] = field(default_factory=list)
    components: dict[Course, list[Assessment]] = field(default_factory=lambda: defaultdict(list))

    def refuse(self, at: Place, code: str, where: str = "") -> None:
        """One row was not taken."""
        self.tallies[at.file].refused[code] += 1
        self.refused.append(RowRefused(at.number, code, where, cells_of(at), at.file))

    def accept(self, row: Row) -> None:
        """One row was taken."""
        self.tallies[row.at.file].accepted += 1

    def totals(self) -> dict[str, int]:
        """What the rows that can be read say, whether or not a rule then takes them."""
        return {**_of_registrations(self), **_of_scores(self)}


def gathered(folder: Path) -> Tables:
    """Every row of a folder; raises Unknown("table_missing")."""
    found, files = Tables(), files_of(folder)
    for table, paths in files.items():
        for path in paths:
            found.tallies.setdefault(told_name(path), Tally())
        said: dict[Any, Any] = {}
        for row in _read(found, table, paths):
            if code := _unknown(found, row):
                found.refuse(row.at, code)
            elif (known := said.setdefault(row.key, row)) is row:
                _take(found, row)
            elif known.content == row.content:
                found.tallies[row.at.file].repeated += 1
            else:
                found.refuse(row.at, "row_contradicts")
    return found


def _read(found: Tables, table: str, paths: list[Path]) -> Iterator[Row]:
    for path in paths:
        for line in lines(path, table):
            found.tallies[line.at.file].rows += 1
            try:
                yield read(line, table)
            except RowInvalid as no:
                found.refuse(line.at, no.code, no.field)


def _unknown(found: Tables, row: Row) -> str:
    """The code of a row about something no row says there is."""
    if isinstance(row, Score):
        return "" if row.assessment in found.assessments else "assessment_unknown"
    if isinstance(row, Presentation) or row.course in found.presentations:
        return ""
    return "course_unknown"


def _take(found: Tables, row: Row) -> None:
    match row:
        case Score():
            found.scores.append(row)
        case Presentation():
            found.presentations[row.course] = row
        case Outcome():
            found.outcomes[row.key] = row
        case Enrolled():
            found.enrolled[row.key] = row
        case Assessment():
            of_course = found.components[row.course]
            if len(of_course) == ASSESSMENTS_AT_MOST:
                found.refuse(row.at, "too_many_assessments")
            else:
                of_course.append(row)
                found.assessments[row.number] = row


def _of_registrations(found: Tables) -> dict[str, int]:
    enrolled, outcomes = found.enrolled, found.outcomes
    gone = [e.withdrawn for e in enrolled.values() if e.withdrawn is not None]
    results = Counter(o.result for o in outcomes.values())
    return {
        "presentations": len(found.presentations),
        "students": len({student for _, student in (*outcomes, *enrolled)}),
        "registrations": len(enrolled),
        "registration_day_unknown": sum(e.registered is None for e in enrolled.values()),
        "registered_after_start": sum((e.registered or 0) > 0 for e in enrolled.values()),
        "earlier_attempts": sum(o.attempts > 0 for o in outcomes.values()),
        "withdrawals": len(gone),
        "withdrawals_before": sum(day <= 0 for day in gone),
        "withdrawals_after": sum(day > 0 for day in gone),
        **{f"result_{name}": results[name] for name in RESULTS.values()},
        "result_unknown": results[None],
        "result_withdrawn_without_day": sum(
            o.result == "withdrawn" and key in enrolled and enrolled[key].withdrawn is None
            for key, o in outcomes.items()
        ),
        "result_other_with_day": sum(
            o.result not in (None, "withdrawn") and key in enrolled and enrolled[key].withdrawn is not None
            for key, o in outcomes.items()
        ),
    }


def _of_scores(found: Tables) -> dict[str, int]:
    told: Counter[str] = Counter()
    for score in found.scores:
        assessment = found.assessments[score.assessment]
        enrolled = found.enrolled.get((assessment.course, score.student))
        day, gone = score.submitted, enrolled.withdrawn if enrolled else None
        told["zero"] += score.hundredths == 0
        told["empty"] += score.hundredths is None
        told["banked"] += score.banked
        told["late"] += day is not None and assessment.due is not None and day > assessment.due
        after = day is not None and gone is not None and day > gone
        told["after_withdrawal"] += after
        told["after_withdrawal_not_banked"] += after and not score.banked
        told["after_end"] += day is not None and day > found.presentations[assessment.course].length
    return {
        "assessments": len(found.assessments),
        "assessments_without_due_day": sum(a.due is None for a in found.assessments.values()),
        "assessments_in_no_weight": sum(a.weight == 0 for a in found.assessments.values()),
        "assessments_without_score": len(found.assessments) - len({s.assessment for s in found.scores}),
        "scores": len(found.scores),
        **{name: told[name] for name in _TOLD},
    }


_TOLD: Final = (
    "zero",
    "empty",
    "banked",
    "late",
    "after_withdrawal",
    "after_withdrawal_not_banked",
    "after_end",
)
