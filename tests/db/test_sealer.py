"""The sealer: every event under one root, full tiles kept, one checkpoint after another, never two for a size."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from psycopg import sql

from infra.log.recorder import PostgresLog
from infra.postgres import Institution, connect
from infra.seal.leaf import leaf
from infra.seal.note import Checkpoint, Note, Signer
from infra.seal.sealer import STEPS, Altered, AnotherKey, Sealer
from infra.seal.tiles import WIDTH
from infra.seal.tree import Leaves, root
from tests.db.sealing import SIGNER, Stop, mighty, seal, sealed, stopping_at, write

SEALED = ("seal_tile", "seal_checkpoint", "event")


async def leaves(institution: Institution) -> list[bytes]:
    log = PostgresLog(institution)
    rows = [row for start in range(0, 2000, 500) for row in await log.page(start, limit=500)]
    await log.close()
    return [leaf(row.position, row.id, row.type, row.tags, row.body, row.recorded_at) for row in rows]


async def test_rounds_of_any_size_lead_to_the_roots_of_the_definition(institution: Institution):
    await write(institution, 700)
    assert await seal(institution, at_once=93) == 700
    hashes = await leaves(institution)
    tree = Leaves(hashes)
    checkpoints = await sealed(institution)
    assert [c.size for c in checkpoints] == [93, 186, 279, 372, 465, 558, 651, 700]
    assert [c.after for c in checkpoints] == [0, *(c.size for c in checkpoints[:-1])]
    for one in checkpoints:
        assert one.root == root(tree, one.size)
        note = Note.read(one.note)
        assert SIGNER.verifier.verifies(note)
        assert Checkpoint.read(note.text) == Checkpoint(SIGNER.name, one.size, one.root)
    async with mighty(institution) as execute:
        tiles = await (await execute("select level, n, hashes, root from {seal_tile} order by 1, 2")).fetchall()
    assert tiles == [(0, n, b"".join(hashes[n * WIDTH : (n + 1) * WIDTH]), tree(8, n)) for n in range(2)]


@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_at_any_step_leaves_a_whole_seal(institution: Institution, step):
    await write(institution, 300)
    await seal(institution, at_once=100)
    await write(institution, 300, seed=2)
    async with await connect(institution, "sealer") as line:
        with pytest.raises(Stop):
            await Sealer(institution, SIGNER, step=stopping_at(step)).round(line)
    assert await seal(institution) == (0 if step == "committed" else 300)
    last = (await sealed(institution))[-1]
    assert (last.size, last.root) == (600, root(Leaves(await leaves(institution)), 600))


async def test_of_two_sealers_at_once_one_signs(institution: Institution):
    await write(institution, 600)
    rounds = [seal(institution, at_once=n) for n in (50, 70)]
    await asyncio.gather(*rounds)
    assert await seal(institution) + sum(c.size - c.after for c in await sealed(institution)) >= 600
    checkpoints = await sealed(institution)
    assert [c.after for c in checkpoints] == [0, *(c.size for c in checkpoints[:-1])]
    assert (checkpoints[-1].size, checkpoints[-1].root) == (600, root(Leaves(await leaves(institution)), 600))


@pytest.mark.parametrize(
    "edit",
    [
        "update {event} set body = '{{}}' where position = 290",
        "update {event} set tags = array[null]::text[] where position = 290",
        "update {event} set recorded_at = 'infinity' where position = 290",
        "delete from {event} where position = 290",
        "delete from {event} where position = 305",
        "delete from {seal_tile}",
    ],
)
async def test_nothing_is_signed_over_an_altered_log(institution: Institution, edit):
    await write(institution, 300)
    await seal(institution)
    await write(institution, 10, seed=2)
    async with mighty(institution) as execute:
        await execute(edit)
    with pytest.raises(Altered):
        await seal(institution)
    assert [c.size for c in await sealed(institution)] == [300]


async def test_a_log_sealed_with_another_key_is_left_alone(institution: Institution):
    await write(institution, 3)
    await seal(institution)
    with pytest.raises(AnotherKey):
        await seal(institution, signer=Signer.made(SIGNER.name))


async def test_the_sealer_only_reads_events_and_adds_to_the_seal(institution: Institution):
    await write(institution, 3)
    await seal(institution)
    wishes = {
        "delete from {}": SEALED,
        "truncate {}": SEALED,
        "drop table {}": SEALED,
        "update {} set size = 1": ("seal_checkpoint",),
        "update {} set n = 1": ("seal_tile",),
        "select * from {}": ("head", "event_tag", "credential", "token"),
    }
    for role, wish, table in [
        *(("sealer", wish, table) for wish, tables in wishes.items() for table in tables),
        ("writer", "insert into {} values (9, 3, null, null, now())", "seal_checkpoint"),
    ]:
        async with await connect(institution, role) as line:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await line.execute(sql.SQL(wish).format(sql.Identifier(institution.schema, table)))
