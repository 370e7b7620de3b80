"""Moments 时点: how far back a query looks (`as_of`) and what it waits for (`at_least`), said the same way everywhere.

A past position shows what had been recorded by then, under the rules of now for who may see it: what was erased or
restricted since stays so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from pydantic import Field

from api.office import Office
from api.problems import Problem

PATIENCE_SECONDS: Final = 5.0
MOST: Final = 2**53
MomentOrPosition = Annotated[
    str, Field(pattern=r"^(\d{1,15}|\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?)$")
]


async def position_of(office: Office, said: str | None) -> int | None:
    """A position, or the last one recorded at a moment (without zone: the institution's); `query_invalid`."""
    if said is None or said.isdigit():
        return None if said is None else int(said)
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise Problem("query_invalid", fields=[{"pointer": "/as_of", "error": "datetime_parsing"}]) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(office.campus.institution.zone))
    return await office.campus.readings.position_at(moment)


async def wait_for(office: Office, position: int | None) -> None:
    """Wait until the tables show a position; raises `position_unknown`, `not_projected_yet`."""
    if position is None:
        return
    if position > (await office.campus.log.head())[0]:
        raise Problem("position_unknown", position=position)
    if not await office.campus.readings.wait_for(position, PATIENCE_SECONDS):
        raise Problem("not_projected_yet", position=position)


async def looked_back(office: Office, as_of: str | None, at_least: int | None = None) -> int | None:
    """The position a query is read as of, once it and `at_least` are in the tables; None: now."""
    await wait_for(office, at_least)
    position = await position_of(office, as_of)
    await wait_for(office, position)
    return position


async def past(
    request: Request,
    as_of: Annotated[
        MomentOrPosition | None, Query(description="截至事件编号或时间 · As of a position or a moment")
    ] = None,
    at_least: Annotated[int | None, Query(ge=0, le=MOST)] = None,
) -> int | None:
    """The position a query is read as of, which has been recorded; None: now."""
    return await looked_back(request.app.state.office, as_of, at_least)


Past = Annotated[int | None, Depends(past)]
