"""Forgetting 删除的执行: what a recorded erasure does outside the log, followed apart from clock and reactions.

A list of erasures that is damaged, or a key store that is away, stops the forgetting and nothing else: it says so,
tries again after growing pauses, and goes on by itself once that is mended.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from psycopg import AsyncConnection, sql
from psycopg_pool import AsyncConnectionPool

from infra.erasures import ErasuresDamaged
from infra.log import Log, Row
from infra.place import Place

log = logging.getLogger(__name__)
FORGETTING: Final = "forgetting"
ERASURES: Final = ("privacy.person_erased", "privacy.erasure_reapplied")
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
# The reactor wakes it; this is for the time when the reactor itself is behind.
LOOK_SECONDS = 5.0
PAGE = 500
STOPPED: Final = (
    "删除的执行停住了,稍后再试;尚待多少见 campus doctor"
    " · forgetting stands still and will be tried again; campus doctor says how many erasures wait:"
)

_WAITING: Final = """
with place as (select coalesce(max(r.position), 0) as position from {reactor} r where r.name = %(name)s)
select e.body->'data'->>'person_id' from {event} e, place p
where e.type = any (%(types)s) and e.position > p.position order by e.position
"""


class Forgetting:
    """Carries out every recorded erasure, in order; doing one twice is no error."""

    def __init__(
        self,
        log_: Log,
        place: Place,
        forget: Callable[[Row], Awaitable[None]],
        pauses: tuple[float, float] = (FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS),
    ) -> None:
        """`pauses` is the first and the longest time, in seconds, before it tries again what failed."""
        self._log, self._place, self._forget, self._pauses = log_, place, forget, pauses
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is something to forget."""
        self._woken.set()

    async def run(self) -> None:
        """Forget whom the log says to forget, until cancelled; nothing that fails leaves."""
        pause, longest = self._pauses
        while True:
            self._woken.clear()
            try:
                await self._catch_up()
            except Exception as trouble:  # noqa: BLE001 - whatever stops it must stop neither clock nor reactions
                told = not isinstance(trouble, ErasuresDamaged)
                log.critical("%s %s: %s", STOPPED, type(trouble).__name__, trouble, exc_info=told)
                await asyncio.sleep(pause)
                pause = min(pause * 2, longest)
                continue
            pause = self._pauses[0]
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK_SECONDS)

    async def _catch_up(self) -> None:
        position = await self._place.position()
        while rows := await self._log.page(position, types=ERASURES, limit=PAGE):
            for row in rows:
                await self._forget(row)
                await self._place.keep(row.position)
            position = rows[-1].position


async def waiting(pool: AsyncConnectionPool[AsyncConnection[Any]], schema: str) -> list[str]:
    """The persons whose recorded erasures the forgetting has not come to, each once, in order."""
    query = sql.SQL(_WAITING).format(reactor=sql.Identifier(schema, "reactor"), event=sql.Identifier(schema, "event"))
    async with pool.connection() as db:
        found = await db.execute(query, {"name": FORGETTING, "types": list(ERASURES)})
        return list(dict.fromkeys([person async for (person,) in found]))
