"""The SQL of a difference: a figure's contributions at two moments side by side, each with what became of it.

A contribution is told apart by what it concerns, whose it is, and where and when it belongs, and by what its figure
says tells it `apart`: an id that is looked up by, and never told.  `then` is what was
known at the first position; `fixed` the same time as known at the second; `last` the second position itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from psycopg.sql import SQL, Composed, Identifier

from infra.readings.query import Figure, Filters, Tables

KEY: Final = ("about", "person_id", "department_id", "term_id", "week", "day")
SIDES: Final = ("then", "fixed", "last")
NUMBERS: Final = tuple(f"{side}_{part}" for side in SIDES for part in ("numerator", "denominator", "count"))
_PARAMETER: Final = re.compile(r"%\((\w+)\)s")
# The id within what a row concerns: a duty's key names it behind its kind, a person's day stands for itself.
ID: Final = SQL(
    "case when about like '%%@%%' then about else coalesce(substring(about from '[a-z_]+:[^/]+'), about) end"
)


def moves(figure: Figure) -> bool:
    """Whether the same rows read otherwise at another moment, or under another rule."""
    return "%(moment)s" in figure.rows or bool(figure.policies)


def parameters(side: str, given: dict[str, Any]) -> dict[str, Any]:
    """A reading's parameters under the names that `_rows` gives them."""
    return {f"{name}_{side}": value for name, value in given.items()}


def _rows(tables: Tables, figure: Figure, position: int, side: str) -> Composed:
    """A figure's rows as of a position, with parameters of its own."""
    return SQL("({}) r").format(tables.written(_PARAMETER.sub(rf"%(\1_{side})s", figure.rows), position))


def _parts(tables: Tables, figure: Figure, before: int, after: int, filters: Filters) -> Iterator[Composed]:
    """Every row of every side; `due`: what was known at the first position and has come due by the second."""
    sides = [(1, before, "then"), (2, after, "fixed")]
    if moves(figure):
        sides += [(3, after, "last"), (4, before, "due")]
    for number, position, side in sides:
        yield SQL("select {} as side, {}, {} as apart, r.numerator, r.denominator, r.position from {} where {}").format(
            number,
            SQL(", ").join(Identifier("r", column) for column in KEY),
            Identifier("r", figure.apart) if figure.apart else SQL("null::text"),
            _rows(tables, figure, position, side),
            filters.condition(),
        )


def _keyed(figure: Figure) -> Composed:
    """One row a contribution, its sides beside each other."""
    numbers = {"then": 1, "fixed": 2, "last": 3 if moves(figure) else 2}
    columns = [
        SQL(
            "coalesce(sum(numerator) filter (where side = {n}), 0)::numeric as {a},"
            " coalesce(sum(denominator) filter (where side = {n}), 0)::numeric as {b},"
            " count(*) filter (where side = {n}) as {c}, max(position) filter (where side = {n}) as {d}"
        ).format(
            n=number,
            a=Identifier(f"{side}_numerator"),
            b=Identifier(f"{side}_denominator"),
            c=Identifier(f"{side}_count"),
            d=Identifier(f"{side}_position"),
        )
        for side, number in numbers.items()
    ]
    key = SQL(", ").join(map(Identifier, KEY))
    return SQL("select {key}, apart, {}, bool_or(side = 4) as due from part group by {key}, apart").format(
        SQL(", ").join(columns), key=key
    )


# The events of a row: those that carry the id it concerns, and the one that tells it apart.
_OF_ROW: Final = SQL(
    "t.tag = {id} and (apart is null or exists (select from {event_tag} o where o.tag = apart"
    " and o.position = t.position)) and t.position > %(before)s and t.position <= %(after)s"
    " and t.type = any (%(heard)s || %(correcting)s)"
)
# Whether anything that happened to the thing between the moments corrects what was known; null: nothing did happen.
_CORRECTED: Final = SQL("(select bool_or(t.type = any (%(correcting)s)) from {event_tag} t where {of_row})")
# What an event made true was so from when it happened: by the first moment only if it had happened before it.
_HAPPENED: Final = SQL(
    "coalesce((select (e.body->>'occurred_at')::timestamptz < %(moment_then)s from {event} e"
    " where e.position = fixed_position), false)"
)
# What a row says of a day before the first moment was true by then, whenever it came to be known.
_BELATED: Final = SQL("case when day is not null then day < %(then_day)s else {happened} end")


def _of_row(schema: str) -> Composed:
    return _OF_ROW.format(id=ID, event_tag=Identifier(schema, "event_tag"))


def _belated(figure: Figure, schema: str) -> Composed:
    """Whether a row that the first position did not know belongs to its time all the same."""
    happened = _HAPPENED.format(event=Identifier(schema, "event"))
    return happened if figure.true_by == "event" else _BELATED.format(happened=happened)


def _judged(figure: Figure, schema: str) -> Composed:
    """What became of each: `correction` where the past is known otherwise since."""
    return SQL(
        "select k.*, case"
        " when then_count = 0 and fixed_count > 0 then case when {belated} then 'added_late' end"
        " when then_count > 0 and (then_numerator, then_denominator, then_count)"
        " is distinct from (fixed_numerator, fixed_denominator, fixed_count) then case"
        " when (fixed_count = 0 or day is null) and {corrected} is false then null"
        " when fixed_count = 0 then 'withdrawn' else 'corrected' end end as correction from keyed k"
    ).format(
        belated=_belated(figure, schema),
        corrected=_CORRECTED.format(event_tag=Identifier(schema, "event_tag"), of_row=_of_row(schema)),
    )


# What was not corrected reads at the first moment as it was known then.
_TOLD: Final = SQL(
    "select {key}, apart, then_numerator, then_denominator, then_count,"
    " case when correction is null then then_numerator else fixed_numerator end as fixed_numerator,"
    " case when correction is null then then_denominator else fixed_denominator end as fixed_denominator,"
    " case when correction is null then then_count else fixed_count end as fixed_count,"
    " last_numerator, last_denominator, last_count, fixed_position, last_position,"
    " coalesce(correction, case"
    " when (then_numerator, then_denominator, then_count)"
    " is not distinct from (last_numerator, last_denominator, last_count) then null"
    " when then_count = 0 then case when due then 'fallen_due' else 'new' end"
    " when last_count = 0 then 'settled' else 'moved_on' end) as kind,"
    " case correction when 'added_late' then 1 when 'corrected' then 0 when 'withdrawn' then 0 else 2 end as rank,"
    " coalesce(greatest(last_position, fixed_position, then_position), 0) as latest,"
    " concat_ws('/', about, person_id, department_id, term_id, week, day, md5(apart)) as key from judged"
).format(key=SQL(", ").join(map(Identifier, KEY)))


_NAMED: Final = SQL(", ").join(map(Identifier, KEY))
_SUMS: Final = SQL(
    "select grouping(department_id, kind) as level, null::text as about, null::text as person_id, department_id,"
    " null::text as term_id, null::int as week, null::date as day, kind, {}, null::bigint as fixed_position,"
    " null::bigint as last_position, 0 as rank, null::bigint as latest, null::text as key, null::text as apart,"
    " count(*) filter (where kind is not null) as many from told group by grouping sets ((department_id), (kind), ())"
).format(SQL(", ").join(SQL("sum({0}) as {0}").format(Identifier(n)) for n in NUMBERS))
_PAGE: Final = SQL(
    "select 0, {named}, kind, {numbers}, fixed_position, last_position, rank, latest, key, apart, 1"
    " from told where {conditions} order by rank, latest desc, key limit %(most)s"
)


def difference(
    tables: Tables, figure: Figure, schema: str, span: tuple[int, int], filters: Filters, only: bool, beyond: bool
) -> Composed:
    """Sums by department, by kind and in all (`level` 1, 2, 3), and one page of the contributions that differ (0).

    Parameters: those of each side, the filters, `before`, `after`, `then_day`, `heard`, `correcting`, `most`; with
    `only`, the `kinds` of the page; `beyond` a page, its last `rank`, `latest` and `key`.
    """
    conditions = [SQL("kind is not null")]
    conditions += [SQL("kind = any (%(kinds)s)")] if only else []
    conditions += [SQL("(rank, -latest, key) > (%(rank)s, -%(latest)s::bigint, %(key)s)")] if beyond else []
    return SQL(
        "with part as not materialized ({parts}), keyed as not materialized ({keyed}),"
        " judged as not materialized ({judged}), told as materialized ({told}) {sums} union all ({page})"
    ).format(
        parts=SQL(" union all ").join(_parts(tables, figure, *span, filters)),
        keyed=_keyed(figure),
        judged=_judged(figure, schema),
        told=_TOLD,
        sums=_SUMS,
        page=_PAGE.format(
            named=_NAMED,
            numbers=SQL(", ").join(map(Identifier, NUMBERS)),
            conditions=SQL(" and ").join(conditions),
        ),
    )


# The events after the first moment, up to the second, that concern each of some rows: correcting ones first.
_CAUSES: Final = SQL(
    "select w.number, e.position, e.id, e.type, e.tags, e.body::text, e.recorded_at"
    " from unnest(%(numbers)s::int[], %(abouts)s::text[], %(apart)s::text[], %(fixed)s::bigint[], %(last)s::bigint[])"
    " as w(number, about, apart, fixed, last) cross join lateral (select c.position from ("
    " select t.position, t.type = any (%(correcting)s) as corrects from {event_tag} t where {of_row}"
    " union select p, false from unnest(array[w.fixed, w.last]) p where p > %(before)s and p <= %(after)s"
    " ) c group by c.position order by bool_or(c.corrects) desc, c.position desc limit %(causes)s) c"
    " join {event} e on e.position = c.position order by w.number, e.position"
)


def causes(schema: str) -> Composed:
    """Parameters: of each row its number, `abouts`, `apart`, `fixed` and `last` position; those of `difference`."""
    names = {name: Identifier(schema, name) for name in ("event", "event_tag")}
    return _CAUSES.format(of_row=_of_row(schema), **names)
