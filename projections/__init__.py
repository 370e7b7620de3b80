"""Read models: temporal tables and figures that can be dropped and rebuilt from the log at any time.

Read models answer people, never deciders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, LiteralString

from domain.policies import Policy


@dataclass(frozen=True)
class Scope:
    """Which rows a viewer who may not see the whole college sees: those of a department held, or about oneself.

    `department` names a column of department ids; `persons` columns of person or student ids (text or text[]).
    `open` rows are seen by anybody who is logged in.
    """

    department: str | None = None
    persons: tuple[str, ...] = ()
    open: bool = False


@dataclass(frozen=True)
class Table:
    """A temporal table: every row version has `since` and `until` log positions.

    `columns` maps every column, the keys included, to its SQL type.  `select` reads only `batch`
    (position bigint, id uuid, type text, recorded_at, occurred_at, received_at timestamptz, actor json, data json)
    and yields the columns and `position` by name (each is cast to its type): at most one row per key and event,
    each version whole from one event.  `batch` holds the events of `types` only.  `ends` yields the keys and
    `position` of rows that end without successor.  With `fixed`, rows never change: `since` only.

    `fields` maps top-level fields of `data` to SQL types: `batch` has them as columns, opened once for all tables that
    hear the event, whatever they name.  `json_to_record(data)` opens it once more for this table; `data->>'week'` once
    a field, and is slow.  `indexes` are kept on the rows of now, `past` on every version, by when it began: for looking
    back at a part of a long history.

    `readers` makes it a table of sealed texts, with at least the columns about, said_in, written_by, written_at and
    text (json, as the log has it): the roles to which these are opened, each for the rows its holder sees; whoever a
    row's scope names as a person reads it without one.
    """

    name: str
    keys: tuple[str, ...]
    columns: Mapping[str, str]
    types: tuple[str, ...]
    select: LiteralString
    ends: LiteralString | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    scope: Scope = field(default_factory=Scope)
    indexes: tuple[tuple[str, ...], ...] = ()
    past: tuple[tuple[str, ...], ...] = ()
    fixed: bool = False
    readers: frozenset[str] = frozenset()
    by_name: ClassVar[dict[str, Table]] = {}

    def __post_init__(self) -> None:
        if self.by_name.setdefault(self.name, self) is not self:
            raise TypeError(f"two tables are named {self.name!r}")


@dataclass(frozen=True)
class Figure:
    """A monitored figure: a declared query over rows that each carry the position that made them true.

    `rows` is SQL with one row per contribution and exactly these columns, in any order: department_id, term_id,
    week (int), day (date), person_id, about (the id it concerns), numerator, denominator (numeric), position
    (bigint, the event that made it true).  It names tables as {table} (read as of the position asked) and may use
    %(moment)s, the institution's %(zone)s and a named policy of `policies`.  The figure is sum(numerator), over
    sum(denominator) when the unit has a scale.

    `true_by` says since when a row recorded later was true: since its "day" (an absence of that day: it was so, and is
    known later) or since its "event" (a decision about that day: before it there was nothing to know).
    `apart` names one more column of `rows`, the id that tells apart those which agree in all else, as the students of
    a class: differences go by it, and it is never shown.
    """

    key: str
    column: int
    zh: str
    en: str
    unit: Literal["percent", "per_mille", "per_hundred", "score", "periods", "count"]
    axis: Literal["A-teach", "A-staff", "A-student", "A-owner"]
    owner: str
    better: Literal["higher", "lower"]
    rows: LiteralString
    definition_zh: str
    definition_en: str
    policies: Mapping[str, Policy[Any]] = field(default_factory=dict)
    true_by: Literal["day", "event"] = "day"
    apart: LiteralString | None = None
    by_key: ClassVar[dict[str, Figure]] = {}

    SCALE: ClassVar[Mapping[str, int]] = {"percent": 100, "per_mille": 1000, "per_hundred": 100, "score": 1}

    @property
    def scale(self) -> int | None:
        """What numerator over denominator is multiplied by; None when the figure is the sum of its numerators."""
        return self.SCALE.get(self.unit)

    def __post_init__(self) -> None:
        if self.by_key.setdefault(self.key, self) is not self:
            raise TypeError(f"two figures have the key {self.key!r}")


def done_in_time(kind: LiteralString) -> LiteralString:
    """Rows of a figure over the duties of a kind that are past due and were not called off: 1 for one done in time."""
    return f"""
        select department_id, term_id, week, day, person_id, about,
            case when state = 'done' then 1 else 0 end::numeric as numerator, 1::numeric as denominator,
            since as position
        from {{duty}} where kind = '{kind}' and due_at < %(moment)s and state <> 'cancelled'
    """  # noqa: S608 - a kind of duty is our own word
