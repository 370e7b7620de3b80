"""Measuring on a machine that is never quite still: interleave, form ratios within a repetition, take medians.

Every repetition runs all candidates once; a ratio is formed inside it.  Raw figures are kept as they come in
`var/bench/<suite>.jsonl`; what counts is merged into `var/bench.json`.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Candidate = Callable[[], Awaitable[float | Mapping[str, float]]]


def var() -> Path:
    """Where results are kept."""
    return Path(os.environ.get("CAMPUS_DATA", "./var"))


def say(line: str) -> None:
    """Progress, as it comes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@dataclass
class Series:
    """The figures of one suite by name, one per repetition, in the same order for all names."""

    suite: str
    figures: dict[str, list[float]] = field(default_factory=dict)

    def put(self, name: str, figure: float) -> None:
        """One more figure."""
        self.figures.setdefault(name, []).append(figure)

    def ratios(self, above: str, below: str) -> list[float]:
        """One ratio per repetition."""
        return [a / b for a, b in zip(self.figures[above], self.figures[below], strict=True)]


async def interleaved(suite: str, candidates: Mapping[str, Candidate], repetitions: int) -> Series:
    """Run every candidate once per repetition, starting each repetition with another one.

    A candidate answers one figure, or several by name; then they are kept as `candidate.name`.
    """
    series = Series(suite)
    names = list(candidates)
    raw = var() / "bench" / f"{suite}.jsonl"
    raw.parent.mkdir(parents=True, exist_ok=True)
    for repetition in range(repetitions):
        kept: dict[str, float] = {}
        turn = repetition % len(names)
        for name in names[turn:] + names[:turn]:
            gc.collect()
            told = await candidates[name]()
            parts = {name: told} if isinstance(told, (int, float)) else {f"{name}.{k}": v for k, v in told.items()}
            kept |= {key: float(figure) for key, figure in parts.items()}
        for key, figure in kept.items():
            series.put(key, figure)
        load = os.getloadavg()[0]
        line = {"suite": suite, "repetition": repetition + 1, "at": time.time(), "load": load, "figures": kept}
        with raw.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        say(f"{suite} {repetition + 1}/{repetitions} load {load:.2f} " + _short(kept))
    return series


def _short(kept: Mapping[str, float]) -> str:
    return "  ".join(
        f"{name} {figure:,.0f}" if figure >= 100 else f"{name} {figure:.3f}" for name, figure in kept.items()
    )


def record(
    id: str,
    runs: list[float],
    *,
    target: float,
    better: Literal["higher", "lower"],
    unit: str | None = None,
    what: str = "",
) -> bool:
    """Merge one result into var/bench.json: the median of `runs`, a ratio unless it has a unit.  Whether it is met."""
    median = statistics.median(runs)
    met = median >= target if better == "higher" else median <= target
    figure = {"ratio": round(median, 4)} if unit is None else {"value": round(median, 4), "unit": unit}
    file = var() / "bench.json"
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    kept[id] = {
        **figure,
        "target": target,
        "better": better,
        "runs": [round(run, 4) for run in runs],
        "load": round(os.getloadavg()[0], 2),
        "what": what,
    }
    file.write_text(json.dumps(dict(sorted(kept.items())), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    sign = "≥" if better == "higher" else "≤"
    spread = f"({min(runs):.2f}–{max(runs):.2f})"
    say(f"{'met   ' if met else 'MISSED'} {id} {median:.3f} {spread} {sign} {target} {unit or ''}")
    return met


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
