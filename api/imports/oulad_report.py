"""What an import of the Open University's data set tells: every row accounted for, and how fast it went."""

from __future__ import annotations

import time
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from api.imports.oulad_tables import Tables
from api.imports.words import words

REFUSALS_TOLD: Final = 1000
LEAST_TO_TELL: Final = 20


@dataclass
class OuladReport:
    """`files` says of each file rows = accepted + repeated + the refused ones by code; `refused` sums those up.

    `starts` is the day 0 taken for every presentation; `totals` is what the rows say; `recorded` counts the events
    this run added, by type.  `rates` are rows a second of all that was handed in and of the scores alone: overall,
    over the first tenth and over the last.
    """

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    starts: dict[str, str] = field(default_factory=dict)
    recorded: dict[str, int] = field(default_factory=dict)
    events: int = 0
    commands: int = 0
    repeated_commands: int = 0
    rates: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def reckon(self, tables: Tables) -> None:
        """Take up what became of every row."""
        said = words()
        summed: Counter[str] = Counter()
        for name, tally in tables.tallies.items():
            self.files[name] = asdict(tally) | {"refused": dict(sorted(tally.refused.items()))}
            summed.update(tally.refused)
        self.refused = dict(sorted(summed.items()))
        self.totals = tables.totals()
        self.refusals = [
            {"file": r.file, "row": r.number, "code": r.code, "field": r.field, "zh": zh, "en": en}
            for r in tables.refused[:REFUSALS_TOLD]
            for zh, en in (said.get(r.code, (r.code, r.code)),)
        ]


class Pace:
    """When each row was done."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self._done = array("d")

    def __call__(self) -> None:
        self._done.append(time.monotonic())

    def __len__(self) -> int:
        return len(self._done)

    def rates(self) -> dict[str, float | int | None]:
        """Rows a second: of all, of the first tenth, of the last; None where there are too few to tell."""
        return paced(self.begun, self._done)


def paced(begun: float, done: Sequence[float]) -> dict[str, float | int | None]:
    """Rows a second from the moments at which rows were done, in order."""
    rows = len(done)
    if rows < LEAST_TO_TELL:
        return {"rows": rows, "rows_per_second": None, "first_tenth": None, "last_tenth": None, "last_to_first": None}
    tenth = rows // 10
    first = tenth / max(done[tenth - 1] - begun, 1e-9)
    last = tenth / max(done[-1] - done[-1 - tenth], 1e-9)
    return {
        "rows": rows,
        "rows_per_second": round(rows / max(done[-1] - begun, 1e-9), 1),
        "first_tenth": round(first, 1),
        "last_tenth": round(last, 1),
        "last_to_first": round(last / first, 3),
    }
