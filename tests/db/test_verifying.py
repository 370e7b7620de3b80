"""Verifying: nothing stored can be altered unnoticed, live or in an archive; what was not altered raises no alarm."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from infra import campus_verify
from infra.campus_verify import Bad, Key, Note, audit, examine
from infra.postgres import IncompleteDatabase, Institution, connect, install
from infra.seal import archive, verifying
from infra.seal.note import COSIGNATURE, Note as Written, Signer
from infra.seal.tags import Tags
from infra.seal.verifying import Examination
from tests.bench.loads import BINARIES
from tests.db.sealing import SIGNER, keep_aside, mighty, put_back, seal, sealed, write
from tests.faults import second_verifier

LINE = str(SIGNER.verifier)
KEYS = [Key(LINE)]
WITNESS = Signer.made("archive.example", COSIGNATURE)


@pytest.fixture
async def log(institution: Institution, monkeypatch: pytest.MonkeyPatch) -> Institution:
    """Six hundred events under three checkpoints."""
    monkeypatch.setattr(verifying, "PATIENCE_SECONDS", 0.2)
    await write(institution, 600)
    await seal(institution, at_once=250)
    return institution


EDITS = {
    "body": ("update {event} set body = (body::text || ' ')::json where position = 7", 7),
    "type": ("update {event} set type = 'area.kind_9' where position = 8", 8),
    "id": ("update {event} set id = gen_random_uuid() where position = 9", 9),
    "time": ("update {event} set recorded_at = recorded_at + interval '1 microsecond' where position = 10", 10),
    "no time": ("update {event} set recorded_at = 'infinity' where position = 10", 10),
    "tag": ("update {event} set tags = tags || 'student:0'::text where position = 11", 11),
    "no tag": ("update {event} set tags = array[null]::text[] where position = 11", 11),
    "deleted": ("delete from {event} where position = 12", 12),
    "deleted last": ("delete from {event} where position = 600", 600),
    "inserted": ("insert into {event} select 601, gen_random_uuid(), type, tags, body, recorded_at from {event} "
                 "where position = 3", 601),
    "before the first": ("update {event} set position = -1 where position = 1", 1),
    "swapped": ("update {event} set position = case position when 20 then -21 else -20 end where position in (20, 21); "
                "update {event} set position = -position where position < 0", 20),
    "unsealed end": ("update {event} set body = '{{}}' where position = 599", 501),
    "event_tag type": ("update {event_tag} set type = 'x' where position = 30 and tag like 'command:%'", 30),
    "event_tag gone": ("delete from {event_tag} where position = 31", 31),
    "event_tag more": ("insert into {event_tag} values ('student:0', 'x', 32)", 32),
    "tags bent": ("update {event} set tags = ('[0:' || cardinality(tags) - 1 || ']=' || tags::text)::text[] "
                  "where position = 33", 33),
    "head": ("update {head} set position = 599", 600),
    "head time": ("update {head} set recorded_at = recorded_at + interval '1 second'", 600),
    "no head": ("delete from {head}", 600),
    "tile": ("update {seal_tile} set hashes = set_byte(hashes, 32, 255 - get_byte(hashes, 32)) where n = 0", 2),
    "tile root": ("update {seal_tile} set root = sha256(root) where n = 1", 257),
    "tile gone": ("delete from {seal_tile} where n = 1", 257),
    "tile more": ("insert into {seal_tile} select 0, 9, hashes, root from {seal_tile} where n = 0", None),
    "checkpoint root": ("update {seal_checkpoint} set root = sha256(root) where size = 500", None),
    "checkpoint note": ("update {seal_checkpoint} set note = replace(note, '500', '501') where size = 500", None),
    "checkpoint gone": ("delete from {seal_checkpoint} where size = 500", None),
    "last checkpoint gone": ("delete from {seal_checkpoint} where size = 600", None),
    "seal gone": ("delete from {seal_checkpoint}; delete from {seal_tile}", 1),
}  # fmt: skip


async def test_a_log_that_nobody_altered_is_good(log: Institution):
    told = await Examination(log, KEYS).run()
    assert told == {"events": 600, "sealed": 600, "checkpoints": 3}


async def test_an_alteration_is_found_and_its_first_position_named(log: Institution):
    wrong = {}
    async with mighty(log) as execute:
        await keep_aside(execute)
        for edit, (statement, position) in EDITS.items():
            await execute(statement)
            try:
                await Examination(log, KEYS).run()
                wrong[edit] = "not found"
            except Bad as bad:
                if bad.position != position:
                    wrong[edit] = f"{bad.position}: {bad}"
            await put_back(execute)
    assert wrong == {}
    assert (await Examination(log, KEYS).run())["events"] == 600


async def test_tags_are_compared_alike_in_ranges_of_any_size_and_a_table_of_any_order(log: Institution):
    heard: list[tuple[int, int]] = []

    async def told() -> set[tuple[int | None, int, int | None]]:
        sizes = ((40, 1), (250, 3), (600, 10**6), (10**6, 1))
        return {await Tags(line, log, *size).compare(600, lambda *way: heard.append(way)) for size in sizes}

    async with mighty(log) as execute, await connect(log, "reader") as line:
        assert await told() == {(None, 0, None)}
        assert (heard[0], heard[-1], heard == sorted(heard[:16]) + heard[16:]) == ((40, 600), (600, 600), True)
        await execute("cluster {event_tag} using event_tag_pkey")
        assert await told() == {(None, 0, None)}
        await execute("insert into {event_tag} values ('student:0', 'x', 1000000), ('student:0', 'x', -5)")
        await execute(EDITS["event_tag type"][0])
        await execute(EDITS["tags bent"][0])
        assert await told() == {(-5, 4, 33)}


async def test_what_is_recorded_while_the_log_is_verified_raises_no_alarm(log: Institution, monkeypatch):
    settled = Examination._settled

    async def and_then_more(self, line):
        told = await settled(self, line)
        await write(log, 5, seed=2)
        return told

    monkeypatch.setattr(Examination, "_settled", and_then_more)
    assert (await Examination(log, KEYS).run())["events"] == 600


async def test_an_empty_log_is_good_and_a_log_without_seal_is_not(institution: Institution, monkeypatch):
    monkeypatch.setattr(verifying, "PATIENCE_SECONDS", 0.2)
    assert (await Examination(institution, KEYS).run())["events"] == 0
    await write(institution, 1)
    with pytest.raises(Bad, match="nothing is sealed"):
        await Examination(institution, KEYS).run()


async def test_a_history_signed_again_with_the_stolen_key_is_found_by_an_older_checkpoint(log: Institution):
    old = [Note(one.note) for one in await sealed(log)]
    async with mighty(log) as execute:
        await execute("update {event} set body = '{{}}' where position = 100")
        await execute("delete from {seal_checkpoint}")
        await execute("delete from {seal_tile}")
    await seal(log)
    assert (await Examination(log, KEYS).run())["events"] == 600
    for note in old:
        with pytest.raises(Bad):
            await Examination(log, KEYS).run(since=[note])


async def exported(log: Institution, file: Path, *cosigned: str) -> Path:
    await archive.write(log, LINE, file, cosigned)
    return file


async def test_an_archive_is_checked_by_one_file_alone(log: Institution, tmp_path: Path):
    file = await exported(log, tmp_path / "log.zip")
    alone = tmp_path / "campus_verify.py"
    shutil.copy(campus_verify.__file__, alone)
    (tmp_path / "log.vkey").write_text(LINE)

    def verdict(*words: str):
        done = subprocess.run([sys.executable, str(alone), *words], capture_output=True, text=True, cwd=tmp_path)
        return done.returncode, json.loads(done.stdout) if done.stdout else None

    code, told = verdict("log.zip", "--key", "log.vkey")
    assert (code, told["verdict"], told["events"], told["checkpoints"]) == (0, "good", 600, 3)
    assert second_verifier.examine(file, LINE) == 600
    stranger = str(Signer.made(SIGNER.name).verifier)
    assert verdict("log.zip", "--key", stranger)[0] == 1
    assert verdict("log.zip", "--key", LINE, "--witness", str(WITNESS.verifier))[0] == 1
    for words in (["none.zip", "--key", LINE], ["log.zip", "--key", "none"], ["log.zip", "--key", "a+b"], ["log.zip"],
                  ["log.zip", "--key", LINE, "--since", "none"], ["log.zip", "--key", LINE, "--since", "log.vkey"],
                  [".", "--key", LINE]):  # fmt: skip
        assert verdict(*words)[0] == 2, words


async def test_a_witness_must_have_signed_where_one_is_named(log: Institution, tmp_path: Path):
    old = Written.read((await sealed(log))[0].note)
    note = str(old.signed(WITNESS.cosign(old.text, 1_790_000_000)))
    witness = Key(str(WITNESS.verifier))
    bare, borne = await exported(log, tmp_path / "a.zip"), await exported(log, tmp_path / "b.zip", note)
    assert audit(borne, KEYS, witness)["checkpoints"] == 4
    assert audit(bare, KEYS, witness, [Note(note)])["events"] == 600
    assert second_verifier.holds(borne, LINE, str(WITNESS.verifier))
    with pytest.raises(Bad, match=r"archive\.example"):
        audit(bare, KEYS, witness)
    with pytest.raises(Bad, match=r"archive\.example"):
        audit(bare, KEYS, witness, [Note((await sealed(log))[0].note)])


async def test_an_archive_of_an_altered_log_is_bad(log: Institution, tmp_path: Path):
    async with mighty(log) as execute:
        await keep_aside(execute)
        for edit in ("body", "deleted", "deleted last", "swapped", "unsealed end", "tile", "no time"):
            statement, position = EDITS[edit]
            await execute(statement)
            file = await exported(log, tmp_path / "log.zip")
            with pytest.raises(Bad) as bad:
                examine(file, KEYS, None, [])
            assert bad.value.position == position, edit
            assert not second_verifier.holds(file, LINE)
            await put_back(execute)


async def test_an_archive_that_lost_its_end_or_a_member_is_bad(log: Institution, tmp_path: Path):
    file, spoilt = await exported(log, tmp_path / "log.zip"), tmp_path / "spoilt.zip"
    with ZipFile(file) as good:
        members = {name: good.read(name) for name in good.namelist()}
    cases = [{k: v for k, v in members.items() if k != gone} for gone in members]
    cases += [members | {"more": b""}, members | {"checkpoints.ndjson": b""}]
    cases += [members | {"events.ndjson": members["events.ndjson"][:-1000]}, members | {"manifest.json": b"[]"}]
    for case in cases:
        with ZipFile(spoilt, "w", ZIP_DEFLATED) as written:
            for name, content in case.items():
                written.writestr(name, content)
        with pytest.raises(Bad):
            examine(spoilt, KEYS, None, [])
        assert not second_verifier.holds(spoilt, LINE)
    spoilt.write_bytes(file.read_bytes()[:-500])
    with pytest.raises(Bad):
        examine(spoilt, KEYS, None, [])


async def restored(log: Institution, database: str, *words: str) -> Institution:
    """The log dumped as anybody would and restored into another database."""
    told = conninfo_to_dict(log.dsn)
    where = ["-h", str(told["host"]), "-p", str(told["port"]), "-U", "postgres"]
    dump = [str(BINARIES / "pg_dump"), *where, "-n", log.schema, *words, str(told["dbname"])]
    text = (await asyncio.to_thread(subprocess.run, dump, capture_output=True, check=True)).stdout
    async with await psycopg.AsyncConnection.connect(log.dsn, autocommit=True) as connection:
        await connection.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
    fill = [str(BINARIES / "psql"), *where, "-q", "-v", "ON_ERROR_STOP=1", database]
    await asyncio.to_thread(subprocess.run, fill, input=text, capture_output=True, check=True)
    return replace(log, dsn=psycopg.conninfo.make_conninfo(log.dsn, dbname=database))


async def test_a_dump_restores_the_seal_and_one_without_it_is_noticed(log: Institution):
    names = [f"{log.key}_{kind}" for kind in ("whole", "bare")]
    try:
        whole = await restored(log, names[0])
        assert (await Examination(whole, KEYS).run())["sealed"] == 600
        bare = await restored(log, names[1], "-T", f"{log.schema}.seal_*")
        with pytest.raises(IncompleteDatabase, match="seal_checkpoint"):
            await install(bare)
        async with mighty(whole) as execute:
            await execute("truncate {seal_tile}, {seal_checkpoint}")
        with pytest.raises(Bad, match="nothing is sealed"):
            await Examination(whole, KEYS).run()
    finally:
        async with await psycopg.AsyncConnection.connect(log.dsn, autocommit=True) as connection:
            for name in names:
                await connection.execute(
                    sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
                )
