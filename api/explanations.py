"""Explanations 指标说明: why a figure says what it says, as a document for scripts and as lines for people."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from api.sight import Sight
from domain import Event
from infra.readings import Explanation
from infra.readings.explaining import Contribution, Rule, Seal
from projections import Figure

ORIGINS: Final = {
    "seed": ("学校规定", "the college's rule"),
    "practice": ("通行做法，非学校规定", "common practice, not the college's rule"),
    "ours": ("系统建议值，非学校规定", "a proposal of this system, not the college's rule"),
}
SYMBOLS: Final = {"percent": " %", "per_mille": " ‰"}
HOW_TO_VERIFY: Final = (
    "用 campus-verify 核对审计档案与封存点，再执行 {command}，应得出同一数值",
    "Verify the audit archive and the checkpoint with campus-verify, then run {command}: it must tell the same value",
)


class Told(BaseModel):
    """A declared figure, and what was asked of it."""

    figure: str
    title_zh: str
    title_en: str
    definition_zh: str
    definition_en: str
    unit: str
    scale: int | None
    axis: str
    owner: str
    better: str
    asked: dict[str, str | int]


class Check(BaseModel):
    """The sum of all rows, reckoned apart from the figure.  `adds_up` is exact, and true only if no row lacks its
    event in the log."""

    adds_up: bool
    rows: int
    numerator: float
    denominator: float
    value: float | None


class RuleTold(BaseModel):
    """One version of a rule; 0 is the value it began with, which no document of the college has set."""

    key: str
    title_zh: str
    title_en: str
    unit: str
    origin: Literal["seed", "practice", "ours"] | None
    version: int
    value: bool | int | str | None
    effective_from: datetime | None
    document_no: str | None
    proposed_by: str | None
    approved_by: str | None
    approved_at: datetime | None
    position: int | None


class RuleUnder(RuleTold):
    """The same, with how many rows were made true by an event decided by it."""

    rows: int


class EventsTold(BaseModel):
    """What the events of one type brought to the figure."""

    type: str | None
    title_zh: str
    title_en: str
    rows: int
    numerator: float
    denominator: float


class TableTold(BaseModel):
    """A table the figure was read from: its build, the digest of its SQL, and up to which event it was folded."""

    name: str
    generation: int
    digest: str
    position: int
    recorded_at: datetime | None


class CheckpointTold(BaseModel):
    """The first signed checkpoint that covers the position."""

    size: int
    root: str
    sealed_at: datetime
    checkpoint: str


class EventTold(BaseModel):
    """The event that made a row true, as far as the viewer may read it; of one out of sight only the position."""

    position: int
    within_sight: bool
    id: str | None = None
    type: str | None = None
    title_zh: str | None = None
    title_en: str | None = None
    occurred_at: datetime | None = None
    recorded_at: datetime | None = None
    actor: dict[str, str | None] | None = None
    command: str | None = None
    command_name: str | None = None
    policies: list[dict[str, str | int]] | None = None


class RowTold(BaseModel):
    """One contribution."""

    department_id: str | None
    term_id: str | None
    week: int | None
    day: str | None
    person_id: str | None
    about: str | None
    numerator: float
    denominator: float
    position: int
    event_id: str | None
    cursor: str
    event: EventTold


class ExplanationDocument(Told):
    """Everything from one snapshot.  `rules_under` is null where it was not counted; ask with `rules=true`."""

    as_of: int
    recorded_at: datetime | None
    moment: datetime
    state: Literal["ok", "none_due"]
    value: float | None
    numerator: float
    denominator: float
    count: int
    formula: str
    check: Check
    events: list[EventsTold]
    rules: list[RuleTold]
    rules_under: list[RuleUnder] | None
    tables: list[TableTold]
    checkpoint: CheckpointTold | None
    rows: list[RowTold]
    after: str | None


def number(value: Decimal, places: int = 2) -> str:
    """A number as people write it, without needless decimals."""
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def formula(figure: Figure, numerator: Decimal, denominator: Decimal, value: Decimal | None, count: int) -> str:
    """The arithmetic with the numbers in it."""
    if figure.scale is None:
        return f"Σ {count:,} = {number(numerator)}"
    if value is None:
        return f"{number(numerator)} ÷ {number(denominator)} = —"
    times = " × 100" if figure.unit == "per_hundred" else ""
    return f"{number(numerator)} ÷ {number(denominator)}{times} = {number(value, 4)}{SYMBOLS.get(figure.unit, '')}"


def titles(event_type: str | None) -> tuple[str, str]:
    """What an event type says, in both languages."""
    if event_type is None:
        return "日志中没有的事件", "An event the log does not have"
    kind = Event.by_name.get(event_type)
    return kind.titles() if kind else (event_type, event_type)


def document(told: Explanation, figure: Figure, sight: Sight) -> dict[str, Any]:
    """The explanation as ExplanationDocument describes it."""
    reading = told.told
    return {
        **_declared(told, figure),
        "as_of": told.as_of,
        "recorded_at": told.recorded_at,
        "moment": told.moment,
        "state": reading.state,
        "value": reading.value,
        "numerator": reading.numerator,
        "denominator": reading.denominator,
        "count": reading.count,
        "formula": formula(figure, reading.numerator, reading.denominator, reading.value, reading.count),
        "check": check(told, figure),
        "events": [
            dict(zip(("title_zh", "title_en"), titles(kind.type), strict=True))
            | {"type": kind.type, "rows": kind.rows, "numerator": kind.numerator, "denominator": kind.denominator}
            for kind in told.kinds
        ],
        "rules": [_rule(rule) for rule in told.rules],
        "rules_under": None if told.under is None else [_rule(u.rule) | {"rows": u.rows} for u in told.under],
        "tables": [
            {"name": t.name, "generation": t.generation, "digest": t.digest, "position": t.position}
            | {"recorded_at": t.recorded_at}
            for t in told.tables
        ],
        "checkpoint": told.sealed and _checkpoint(told.sealed),
        "rows": [_row(one, sight) for one in told.rows],
        "after": told.after,
    }


def _declared(told: Explanation, figure: Figure) -> dict[str, Any]:
    asked = told.filters.told()
    return {
        "figure": figure.key,
        "title_zh": figure.zh,
        "title_en": figure.en,
        "definition_zh": figure.definition_zh,
        "definition_en": figure.definition_en,
        "unit": figure.unit,
        "scale": figure.scale,
        "axis": figure.axis,
        "owner": figure.owner,
        "better": figure.better,
        "asked": {name.removesuffix("_id"): value for name, value in asked.items()},
    }


def check(told: Explanation, figure: Figure) -> dict[str, Any]:
    """The sum of the rows beside the figure."""
    numerator, denominator, rows = told.summed
    value = numerator if figure.scale is None else None
    if figure.scale is not None and denominator:
        value = numerator * figure.scale / denominator
    return {
        "adds_up": told.adds_up,
        "rows": rows,
        "numerator": numerator,
        "denominator": denominator,
        "value": value,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    policy = rule.policy
    return {
        "key": rule.key,
        "title_zh": policy.zh if policy else rule.key,
        "title_en": policy.en if policy else rule.key,
        "unit": policy.unit if policy else "",
        "origin": policy.origin if policy else None,
        "version": rule.version,
        "value": rule.value,
        "effective_from": rule.effective_from,
        "document_no": rule.document_no,
        "proposed_by": rule.proposed_by,
        "approved_by": rule.approved_by,
        "approved_at": rule.approved_at,
        "position": rule.position,
    }


def _checkpoint(seal: Seal) -> dict[str, Any]:
    root = base64.b64encode(seal.root).decode()
    return {"size": seal.size, "root": root, "sealed_at": seal.sealed_at, "checkpoint": seal.note}


def _row(one: Contribution, sight: Sight) -> dict[str, Any]:
    """A row with its event; the id of an event out of sight is not told."""
    under = event(one, sight)
    return dict(one.row) | {"event": under, "event_id": under.get("id")}


def event(one: Contribution, sight: Sight) -> dict[str, Any]:
    """The event under a row as the viewer may read it, without its data."""
    if one.event is None or not sight.sees(one.event):
        return {"position": one.row["position"], "within_sight": False}
    seen = sight.event(one.event)
    kept = ("position", "id", "type", "occurred_at", "recorded_at", "actor", "command", "command_name", "policies")
    zh, en = titles(one.event.type)
    return {name: seen[name] for name in kept} | {"within_sight": True, "title_zh": zh, "title_en": en}


def lines(told: Explanation, figure: Figure, zone: str) -> Iterator[tuple[str, str]]:
    """The explanation as (what, value), in Chinese and English, for a sheet or a screen of text."""
    stood = f" · {_when(told.recorded_at, zone)}" if told.recorded_at else ""
    reading = told.told
    yield "指标 · Figure", f"{figure.zh} · {figure.en} ({figure.key})"
    yield "口径 · Definition", f"{figure.definition_zh} · {figure.definition_en}"
    yield "责任部门 · Owner", figure.owner
    for name, value in told.filters.told().items():
        yield f"范围 · Within · {name.removesuffix('_id')}", str(value)
    yield "截至事件 · As of event", f"#{told.as_of:,}{stood}"
    yield "判定时刻 · Judged at", _when(told.moment, zone)
    yield "数值 · Value", formula(figure, reading.numerator, reading.denominator, reading.value, reading.count)
    yield "各行之和 = 指标 · Sum of the rows", summed(*told.summed, same=told.adds_up)
    yield from _events(told)
    yield from _rules(told, zone)
    for table in told.tables:
        built = f"第 {table.generation} 代 · build {table.generation} · SQL {table.digest[:16]}… · #{table.position:,}"
        yield f"读表 · Table · {table.name}", built
    yield "封存点 · Checkpoint", _sealed(told.sealed, zone) if told.sealed else "尚未封存 · not sealed yet"
    for how in HOW_TO_VERIFY:
        yield "如何核对 · How to verify", how.format(command=command(told, figure))


def command(told: Explanation, figure: Figure) -> str:
    """The command line that must tell the same."""
    asked = {name.removesuffix("_id"): value for name, value in told.filters.told().items()}
    where = "".join(f" --{name} {value}" for name, value in asked.items())
    return f"campus explain {figure.key} --as-of {told.as_of} --at {told.moment.isoformat()}{where}"


def summed(numerator: Decimal, denominator: Decimal, rows: int, *, same: bool) -> str:
    """1,124 条 rows: Σ 1,099 / Σ 1,124 ✓."""
    mark = "✓" if same else "✗ 不符 · DIFFERS"
    return f"{rows:,} 条 rows: Σ {number(numerator)} / Σ {number(denominator)} {mark}"


def _when(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S} {zone}"


def _sealed(seal: Seal, zone: str) -> str:
    return f"{seal.size:,} · {base64.b64encode(seal.root).decode()} · {_when(seal.sealed_at, zone)}"


def _events(told: Explanation) -> Iterator[tuple[str, str]]:
    for kind in told.kinds:
        brought = f"{kind.rows:,} 条 rows: Σ {number(kind.numerator)} / Σ {number(kind.denominator)}"
        yield f"事件 · Events · {' · '.join(titles(kind.type))} ({kind.type})", brought


def _rules(told: Explanation, zone: str) -> Iterator[tuple[str, str]]:
    for rule in told.rules:
        yield f"现行规则 · Rule in force · {rule.key}", worded(rule, zone)
    for under in told.under or ():
        said = f"{worded(under.rule, zone)} · {under.rows:,} 条 rows"
        yield f"各行所依规则 · Rule under the rows · {under.rule.key}", said
    if told.under is None:
        yield "各行所依规则 · Rules under the rows", "明细过多，未统计 · not counted: too many rows"


def worded(rule: Rule, zone: str) -> str:
    """第 2 版 = 24 小时, since when, by which document, approved by whom; a default says whose it is."""
    policy = rule.policy
    value = "—" if rule.value is None else f"{rule.value}{' ' + policy.unit if policy and policy.unit else ''}"
    if not rule.version:
        return " · ".join((f"出厂值 as shipped = {value}", *ORIGINS.get(policy.origin if policy else "", ())))
    told = [f"第 {rule.version} 版 version {rule.version} = {value}"]
    if rule.effective_from:
        told.append(f"自 since {_when(rule.effective_from, zone)}")
    return " · ".join([*told, *(text for text in (rule.document_no, rule.approved_by) if text)])
