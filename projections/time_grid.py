"""Read model of the time grid: teaching days and periods of each term."""

from __future__ import annotations

from domain.time_grid import TimeGridSet
from projections import Scope, Table

TIME_GRID = Table(
    "time_grid",
    keys=("term_id",),
    columns={"term_id": "text", "days": "int[]", "periods": "json", "no_class": "json"},
    types=(TimeGridSet.NAME,),
    select="""
        select d.*, position
        from batch, json_to_record(data) as d(term_id text, days int[], periods json, no_class json)
    """,
    scope=Scope(open=True),
)
