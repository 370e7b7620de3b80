"""Read models of the calendar: terms, and the days nobody teaches."""

from __future__ import annotations

from domain.calendar import HolidayDeclared, HolidayWithdrawn, TermOpened
from projections import Scope, Table

TERM = Table(
    "term",
    keys=("term_id",),
    columns={
        "term_id": "text",
        "name": "text",
        "name_en": "text",
        "year": "int",
        "starts_on": "date",
        "ends_on": "date",  # the Sunday of the last week
        "weeks": "int",
    },
    types=(TermOpened.NAME,),
    select="""
        select d.*, d.starts_on + 7 * d.weeks - 1 as ends_on, position
        from batch, json_to_record(data)
            as d(term_id text, name text, name_en text, year int, starts_on date, weeks int)
    """,
    scope=Scope(open=True),
)

HOLIDAY = Table(
    "holiday",
    keys=("term_id", "day"),
    columns={"term_id": "text", "day": "date", "name": "text"},
    types=(HolidayDeclared.NAME, HolidayWithdrawn.NAME),
    select="""
        select d.*, position from batch, json_to_record(data) as d(term_id text, day date, name text)
        where type = 'calendar.holiday_declared'
    """,
    ends="""
        select d.*, position from batch, json_to_record(data) as d(term_id text, day date)
        where type = 'calendar.holiday_withdrawn'
    """,
    scope=Scope(open=True),
)
