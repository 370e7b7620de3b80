"""Erasures applied again before anything is opened: whom list or log know of is erased, whatever was restored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from psycopg import AsyncConnection, sql

from domain import Command
from domain.access import REACTION, SYSTEM
from infra.campus import Campus, Declared, opened
from infra.erasures import Erasure, erasure_list, listed, take_down
from infra.forgetting import ERASURES
from infra.key_store import keys_pool
from infra.keys import PostgresKeys, Secrets
from infra.postgres import Institution, connect
from infra.settings import Settings

CREDENTIALS: Final = ("credential", "web_session", "token")
AT_ONCE: Final = 64

_LOGGED = """
select e.body->'data'->>'person_id', e.body->'data'->>'request_id',
       coalesce(e.body->'data'->>'lost_event', e.id::text), e.recorded_at
from {event} e where e.type = any (%s) order by e.position
"""


async def reapply(institution: Institution, settings: Settings, declared: Declared) -> dict[str, int]:
    """Make list, log, keys and accounts agree on who is erased.  Raises ErasuresDamaged, FileNotFoundError.

    Returns how many are erased, and how many were new to the list, to the keys and to the log.
    """
    secret = Secrets.kept_in(settings.secret_file)
    erasures = erasure_list(institution, settings, secret)
    known = await listed(erasures)
    async with await connect(institution, "writer") as line:
        logged = await _logged(line, institution)
        taken = await take_down(erasures, logged) if logged else 0
        by_subject = {one.subject: one for one in (*known, *logged)}
        destroyed = await _destroyed(institution, settings, secret, list(by_subject))
        await _locked_out(line, institution, list(by_subject))
    forgotten = by_subject.keys() - {one.subject for one in logged}
    lost = [one for one in known if one.subject in forgotten]
    if lost:
        async with opened(institution, settings, declared) as campus:
            await _recorded(campus, lost)
    return {"erased": len(by_subject), "listed": taken, "destroyed": destroyed, "recorded": len(lost)}


async def _logged(line: AsyncConnection[Any], institution: Institution) -> list[Erasure]:
    query = sql.SQL(_LOGGED).format(event=sql.Identifier(institution.schema, "event"))
    found = await line.execute(query, [list(ERASURES)])
    return [
        Erasure(str(person).partition(":")[2], str(request), str(event), at.astimezone(UTC).isoformat())
        async for person, request, event, at in found
    ]


async def _destroyed(institution: Institution, settings: Settings, secret: Secrets, subjects: Sequence[str]) -> int:
    """Destroy those keys that are there again, or were never destroyed; how many."""
    if not subjects:
        return 0
    async with keys_pool(institution, settings) as pool:
        return await PostgresKeys(pool, institution.key, secret).erase_all(subjects)


async def _locked_out(line: AsyncConnection[Any], institution: Institution, subjects: Sequence[str]) -> None:
    """Delete what an erased person could log in with."""
    persons = [f"person:{subject}" for subject in subjects]
    for table in CREDENTIALS if persons else ():
        query = sql.SQL("delete from {} where person_id = any (%s)")
        await line.execute(query.format(sql.Identifier(institution.schema, table)), [persons])


async def _recorded(campus: Campus, lost: Sequence[Erasure]) -> None:
    """Record in the log what it had lost; an offset clock stays where the log left off."""
    _, last = await campus.log.head()
    now = last if campus.clock.offset else None
    reapply = Command.by_name["reapply-erasure"]

    async def one(erasure: Erasure) -> None:
        said = reapply.model_validate(
            {
                "request_id": erasure.request,
                "person_id": f"person:{erasure.subject}",
                "lost_event": erasure.event,
                "erased_at": datetime.fromisoformat(erasure.at),
            }
        )
        how: dict[str, Any] = {"person_id": SYSTEM[REACTION].person_id, "source": REACTION, "received_at": now}
        await campus.desk.submit(said, key=f"reapply/{erasure.event}", **how)

    for begin in range(0, len(lost), AT_ONCE):
        await asyncio.gather(*(one(erasure) for erasure in lost[begin : begin + AT_ONCE]))
