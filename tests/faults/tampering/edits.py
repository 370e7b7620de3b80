"""What a superuser may type into psql: edits of ten kinds, rollbacks, a history signed again with the stolen key."""

from __future__ import annotations

import random

from infra.campus_verify import Note
from infra.postgres import Institution, connect
from infra.seal.note import COSIGNATURE, Note as Written, Signer
from infra.seal.shelf import Shelf
from infra.seal.tree import consistency
from infra.seal.witness import Inconsistent, cosigned
from tests.db.sealing import SIGNER, put_back, seal, sealed
from tests.faults.tampering.ground import Execute, Tally, found

SHIFT = """
update {event} set position = -position where position >= %(p)s;
update {event} set position = 1 - position where position < 0;
update {event_tag} set position = -position where position >= %(p)s;
update {event_tag} set position = 1 - position where position < 0;
insert into {event} select %(p)s, gen_random_uuid(), type, tags, body, recorded_at from {event} where position = %(q)s;
insert into {event_tag} select unnest(tags), type, position from {event} where position = %(p)s;
update {head} set position = position + 1
"""
GONE = """
delete from {event} where position = %(p)s; delete from {event_tag} where position = %(p)s;
update {event} set position = -position where position > %(p)s;
update {event} set position = -position - 1 where position < 0;
update {event_tag} set position = -position where position > %(p)s;
update {event_tag} set position = -position - 1 where position < 0;
update {head} set position = position - 1
"""
TAIL = """
delete from {event} where position > %(p)s; delete from {event_tag} where position > %(p)s;
update {head} set (position, recorded_at) = (select position, recorded_at from {event} where position = %(p)s)
"""
SWAP = """
update {event} set position = case position when %(p)s then -%(q)s else -%(p)s end where position in (%(p)s, %(q)s);
update {event} set position = -position where position < 0;
update {event_tag} t set position = case position when %(p)s then %(q)s else %(p)s end where position in (%(p)s, %(q)s)
"""
KINDS = {
    "a mark changed": "update {event} set body = replace(body::text, '\"n\": ', '\"n\": 1')::json"
    " where position = %(p)s",
    "another type": "update {event} set type = type || 'x' where position = %(p)s;"
    " update {event_tag} set type = type || 'x' where position = %(p)s",
    "another tag": "update {event} set tags[1] = 'student:other' where position = %(p)s;"
    " delete from {event_tag} where position = %(p)s;"
    " insert into {event_tag} select unnest(tags), type, position from {event} where position = %(p)s",
    "another moment": "update {event} set recorded_at = recorded_at - interval '1 hour' where position = %(p)s",
    "another id": "update {event} set id = gen_random_uuid() where position = %(p)s",
    "an event inserted": SHIFT,
    "an event taken out": GONE,
    "the end cut off": TAIL,
    "two events swapped": SWAP,
    "a tag hidden from the index": "delete from {event_tag} where ctid = (select ctid from {event_tag} "
    "order by md5(tag || position || %(p)s) limit 1)",
}
BACK_TO = """
delete from {event} where position > %(p)s; delete from {event_tag} where position > %(p)s;
update {head} set (position, recorded_at) = (select position, recorded_at from {event} where position = %(p)s);
delete from {seal_checkpoint} where size > %(p)s;
delete from {seal_tile} where (n + 1) * (256 ^ (level + 1)) > %(p)s
"""
SIGNED_AGAIN = """
update {event} set body = '{{"data": {{}}}}' where position = %(p)s;
delete from {seal_checkpoint}; delete from {seal_tile}
"""
WITNESS = Signer.made("archive.example", COSIGNATURE)


async def run(execute: Execute, script: str, **at: int) -> None:
    """Each statement of a script, with its positions put in."""
    for name, position in at.items():
        script = script.replace(f"%({name})s", str(position))
    await execute(script)


async def edits(execute: Execute, institution: Institution, count: int, dice: random.Random, tally: Tally) -> None:
    """`count` edits, the ten kinds by turns."""
    [events] = await (await execute("select count(*) from {event}")).fetchone()
    for number in range(count):
        kind = list(KINDS)[number % len(KINDS)]
        p, q = sorted(dice.sample(range(1, events), 2))
        await run(execute, KINDS[kind], p=p, q=q)
        tally.note(kind, await found(institution) is not None, f"{p}, {q}")
        await put_back(execute)


async def rollbacks(execute: Execute, institution: Institution, count: int, dice: random.Random, tally: Tally) -> int:
    """Back to an older state, seal and all; how often nothing but a kept checkpoint could tell."""
    checkpoints, alone = await sealed(institution), 0
    for _ in range(count):
        old, kept = sorted(dice.sample(checkpoints, 2), key=lambda one: one.size)
        await run(execute, BACK_TO, p=old.size)
        alone += await found(institution) is None
        tally.note("rollback", await found(institution, (kept.note,)) is not None, f"{old.size} of {kept.size}")
        await put_back(execute)
    return alone


async def signed_again(
    execute: Execute, institution: Institution, count: int, dice: random.Random, tally: Tally
) -> int:
    """An event rewritten and all signed anew with the college's own key, while others hold older checkpoints."""
    checkpoints, alone = await sealed(institution), 0
    for _ in range(count):
        kept = dice.choice(checkpoints)
        p = dice.randrange(1, kept.size + 1)
        await run(execute, SIGNED_AGAIN, p=p)
        await seal(institution)
        alone += await found(institution) is None
        tally.note("signed again, auditor", await found(institution, (kept.note,)) is not None, f"{p} in {kept.size}")
        tally.note("signed again, witness", await _refused(institution, kept.note), f"{p} in {kept.size}")
        await put_back(execute)
    return alone


async def _refused(institution: Institution, kept: str) -> bool:
    """Whether a witness that holds a checkpoint refuses the newest one, whatever proof it is given."""
    shelf, newest = Shelf(institution.schema), (await sealed(institution))[-1]
    old = Note(kept).size
    async with await connect(institution, "reader") as line:
        tree = await shelf.tree(line, newest.size, old - 1)
    try:
        cosigned(
            WITNESS, SIGNER.verifier, Written.read(kept), Written.read(newest.note),
            lambda before, after: consistency(tree, before, after), 1_790_000_000,
        )  # fmt: skip
    except Inconsistent:
        return True
    return False
