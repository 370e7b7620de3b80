"""The nightly proof 夜间自证: every table folded cold and compared, the seal verified, and the verdict kept.

A verdict is a row that is only ever inserted; the board shows the newest on every page.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time as TimeOfDay, timedelta
from time import monotonic
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
import psycopg
from psycopg import sql
from psycopg_pool import PoolTimeout

from infra.campus import Campus
from infra.campus_verify import Bad, key_of
from infra.envelope import uuid7
from infra.log import LogUnavailable
from infra.looks import differing, seal_days
from infra.postgres import UnsafeDatabase, guard
from infra.projector import Projector
from infra.readings.integrity import Finding
from infra.seal.keys import public_key
from infra.seal.verifying import Examination

_log = logging.getLogger("campus.nightly")
LOOK_SECONDS: Final = 30.0
AFTER_TROUBLE_SECONDS: Final = 600.0
BELOW_ALL: Final = 15
SEALER_SECONDS: Final = 120.0
AFTER_MIDNIGHT: Final = timedelta(minutes=11)
Watch = Callable[[str], Callable[[int, int], None]]
TROUBLE: Final = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, LogUnavailable, OSError)


@dataclass(frozen=True)
class Proof:
    """What one night found; `findings` are sentences, none of them when everything is as it was recorded.

    `told` counts: tables, rows, differences, events, sealed, checkpoints, and seconds of each part.
    """

    began_at: datetime
    ended_at: datetime
    position: int
    findings: Sequence[Finding]
    told: dict[str, Any]

    @property
    def good(self) -> bool:
        return not self.findings


def _unwatched(part: str) -> Callable[[int, int], None]:
    return lambda done, total: None


async def prove(ready: Campus, watch: Watch = _unwatched) -> Proof:
    """Prove everything now, and keep the verdict; `watch(part)` hears how far each part has come."""
    began, position = datetime.now(UTC), (await ready.log.head())[0]
    findings: list[Finding] = []
    told: dict[str, Any] = {}
    seconds: dict[str, float] = {}
    for part, work in (("grants", _guarded), ("looks", _looks), ("tables", _tables), ("seal", _sealed)):
        since = monotonic()
        try:
            said, found = await work(ready, watch(part))
        except TROUBLE:
            raise
        except Exception as broken:  # noqa: BLE001 - a missing table or a lost grant is what a proof is there to find
            _log.exception("the nightly proof could not ask for %s", part)
            why = f"{part}: {type(broken).__name__}"
            said, found = {}, [Finding(f"无法核验 {why}", f"could not be proven: {why}")]
        seconds[part] = round(monotonic() - since, 1)
        told |= said
        findings += found
    proof = Proof(began, datetime.now(UTC), position, findings, told | {"seconds": seconds})
    await _keep(ready, proof)
    return proof


Found = tuple[dict[str, Any], list[Finding]]


async def _guarded(ready: Campus, progress: Callable[[int, int], None]) -> Found:
    try:
        await guard(ready.institution)
    except UnsafeDatabase as unsafe:
        return {}, [Finding(f"数据库设置或授权不合要求：{unsafe}", f"settings or grants of the database: {unsafe}")]
    return {}, []


async def _looks(ready: Campus, progress: Callable[[int, int], None]) -> Found:
    """The looks at names of past days, put under the log and held against what it says of the days before."""
    sealed = await seal_days(ready)
    findings = [
        Finding(f"{day.day} 的查看记录与封存不符", f"the looks of {day.day} are not as they were sealed")
        for day in await differing(ready)
    ]
    return {"days_of_looks_sealed": sealed}, findings


async def _tables(ready: Campus, progress: Callable[[int, int], None]) -> Found:
    """Every table against a cold fold of the log."""
    compared = await Projector(ready.institution, ready.declared.tables).compare(progress=progress)
    findings = [
        Finding(
            f"读表 {c['table']} 在 #{c['position']} 处有 {c['differences']} 行不同",
            f"table {c['table']}: {c['differences']} rows differ at #{c['position']}",
        )
        for c in compared
        if c["differences"]
    ]
    findings += [
        Finding(f"读表 {t.name} 已停在 #{t.position}：{t.error}", f"table {t.name} stopped at #{t.position}: {t.error}")
        for t in (await ready.readings.status()).tables
        if t.state == "halted"
    ]
    rows, differences = sum(c["rows"] for c in compared), sum(c["differences"] for c in compared)
    return {"tables": len(compared), "rows": rows, "differences": differences}, findings


async def _sealed(ready: Campus, progress: Callable[[int, int], None]) -> Found:
    """The events against the signed checkpoints, the tags and the head against the events."""
    key = key_of(str(public_key(ready.institution, ready.settings)))
    try:
        told = await Examination(ready.institution, [key], progress, patience=SEALER_SECONDS).run()
    except Bad as bad:
        return {}, [Finding(f"封存核验不符：{bad}", f"the seal: {bad}")]
    return told, []


async def _keep(ready: Campus, proof: Proof) -> None:
    insert = sql.SQL("insert into {} values (%s, %s, %s, %s, %s, %s, %s)").format(
        sql.Identifier(ready.institution.schema, "nightly_proof")
    )
    findings, told = (orjson.dumps(said).decode() for said in ([asdict(one) for one in proof.findings], proof.told))
    row = (uuid7(), proof.began_at, proof.ended_at, proof.position, proof.good, findings, told)
    async with ready.pool.connection() as db:
        await db.execute(insert, row)


def due(last: datetime | None, now: datetime, at: TimeOfDay, zone: ZoneInfo) -> bool:
    """Whether a proof is due: none was begun since the last time of day `at` in the institution's zone."""
    here = now.astimezone(zone)
    tonight = here.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    newest = tonight if tonight <= here else tonight - timedelta(days=1)
    return last is None or last < newest


async def nightly(ready: Campus, at: TimeOfDay) -> None:
    """Prove every night, and at once where it was never done, until cancelled; everything else goes before it."""
    with suppress(OSError):
        os.nice(BELOW_ALL)
    zone = ZoneInfo(ready.institution.zone)
    sealed_on = None
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            if (today := (datetime.now(zone) - AFTER_MIDNIGHT).date()) != sealed_on:
                await seal_days(ready)
                sealed_on = today
            integrity = await ready.readings.integrity()
            if not due(integrity.began_at, datetime.now(UTC), at, zone):
                continue
            proof = await prove(ready)
        except TROUBLE as trouble:
            _log.warning("the nightly proof waits: %s", trouble)
            await asyncio.sleep(AFTER_TROUBLE_SECONDS)
            continue
        if proof.good:
            _log.info("proven at #%s: %s", proof.position, proof.told)
        for finding in proof.findings:
            _log.critical("自证不符 · NOT AS RECORDED: %s", finding)
