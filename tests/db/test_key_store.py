"""The key store: its own role and grants, keys that never come back, a backup that brings nobody back either."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from infra.campus import Campus
from infra.key_backup import BackupUnreadable, back_up, read, restore
from infra.key_store import OTHERS, guard_keys, install_keys, keeper, keys_dsn
from infra.keys import Secrets
from infra.postgres import UnsafeDatabase


async def as_role(campus: Campus, role: str) -> AsyncConnection:
    dsn = make_conninfo(keys_dsn(campus.institution, campus.settings), options=f"-c role={role}")
    return await AsyncConnection.connect(dsn, autocommit=True)


async def as_keeper(campus: Campus) -> AsyncConnection:
    return await AsyncConnection.connect(keeper(campus.institution, campus.settings), autocommit=True)


@pytest.mark.parametrize("role", OTHERS)
async def test_nobody_but_the_keeper_reaches_a_key(campus: Campus, role):
    await campus.keys.made(["wu"])
    async with await as_role(campus, role) as db:
        for query in ("select * from public.subject_key", "select wrapped from public.subject_key"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await db.execute(query)
        found = await db.execute("select has_database_privilege(current_user, current_database(), 'CONNECT')")
        assert await found.fetchone() == (False,)


MINE = "where institution = %(of)s and subject = 'wu'"
KEEPERS = ("campus_keeper", "postgres")


ROUGH = [
    "delete from public.subject_key {mine}",
    "truncate public.subject_key",
    "update public.subject_key set wrapped = %(key)s {mine}",
    "update public.subject_key set subject = 'xu' {mine}",
    "update public.subject_key set erased_at = now() {mine}",
    "update public.subject_key set wrapped = null {mine}",
]
# What whoever owns the server is not kept from: the guard looks.
ROUGHER = [
    "alter table public.subject_key disable trigger all",
    "drop table public.subject_key",
    "set session_replication_role = replica",
]


@pytest.mark.parametrize(
    ("query", "role"), [(q, "campus_keeper") for q in (*ROUGH, *ROUGHER)] + [(q, "postgres") for q in ROUGH]
)
async def test_a_key_is_destroyed_in_one_way_only(campus: Campus, query, role):
    await campus.keys.made(["wu"])
    async with await as_role(campus, role) as db:
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation)):
            await db.execute(
                query.replace("{mine}", MINE),
                {"of": campus.institution.key, "key": b"0" * 60} if "{mine}" in query else None,
            )


@pytest.mark.parametrize(
    "change", ["wrapped = %(key)s, erased_at = null", "wrapped = %(key)s", "erased_at = now() - interval '1 day'"]
)
@pytest.mark.parametrize("role", KEEPERS)
async def test_an_erased_person_gets_no_key_again(campus: Campus, change, role):
    await campus.keys.made(["wu"])
    assert await campus.keys.erase_all(["wu", "li"]) == 2
    assert await campus.keys.erase_all(["wu", "li", "wu"]) == 0
    async with await as_role(campus, role) as db:
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation)):
            await db.execute(
                f"update public.subject_key set {change} {MINE}",  # noqa: S608  the three above
                {"of": campus.institution.key, "key": b"0" * 60},
            )
    await campus.keys.made(["wu", "li"])
    assert await campus.keys.kept(["wu", "li"]) == {}


@pytest.mark.parametrize(
    ("done", "undone", "said"),
    [
        ("grant select on subject_key to campus_reader", "revoke select on subject_key from campus_reader", "READER"),
        ("grant select (wrapped) on subject_key to public", "revoke select (wrapped) on subject_key from public", ""),
        ("grant delete on subject_key to campus_keeper", "revoke delete on subject_key from campus_keeper", "DELETE"),
        (
            "alter table subject_key disable trigger subject_key_stays",
            "alter table subject_key enable trigger subject_key_stays",
            "triggers",
        ),
        ("alter table subject_key owner to postgres", "alter table subject_key owner to campus_owner", "postgres"),
        ("grant connect on database campus_keys to public", "revoke connect on database campus_keys from public", ""),
    ],
)
async def test_the_guard_sees_what_must_not_be_and_installing_mends_grants(campus: Campus, done, undone, said):
    async with await AsyncConnection.connect(keys_dsn(campus.institution, campus.settings), autocommit=True) as db:
        await guard_keys(campus.institution, campus.settings)
        await db.execute(done)
        try:
            with pytest.raises(UnsafeDatabase) as no:
                await guard_keys(campus.institution, campus.settings)
            assert said.lower() in str(no.value).lower()
        finally:
            await db.execute(undone)
    await install_keys(campus.institution, campus.settings)


async def test_a_backup_brings_back_what_is_missing_and_nobody_who_is_erased(campus: Campus, tmp_path: Path):
    keys, of, file = campus.keys, campus.institution.key, tmp_path / "keys.backup"
    made = await keys.made(["wu", "li", "sun", "tang"])
    await keys.erase("tang")
    now = datetime(2026, 9, 7, 4, tzinfo=UTC)
    async with await as_keeper(campus) as db:
        assert await back_up(db, of, campus.secret, file, now) == 4
    assert file.stat().st_mode & 0o777 == 0o600
    await keys.erase("wu")
    async with await AsyncConnection.connect(keys_dsn(campus.institution, campus.settings), autocommit=True) as db:
        await db.execute("set session_replication_role = replica")
        await db.execute("delete from public.subject_key where institution = %s and subject <> 'wu'", [of])
    assert await keys.kept(["wu", "li", "sun", "tang"]) == {}
    made_at, rows = read(file, of, campus.secret)
    assert made_at == now
    async with await as_keeper(campus) as db:
        assert await restore(db, of, rows, {"sun"}) == (1, ["tang"])
    assert list(await keys.kept(["wu", "li", "sun", "tang"])) == ["li"]
    sealed = made["li"].encrypt(b"0" * 12, b"text", b"")
    assert (await keys.kept(["li"]))["li"].decrypt(b"0" * 12, sealed, b"") == b"text"


async def test_a_backup_that_is_not_whole_or_not_ours_is_refused(campus: Campus, tmp_path: Path):
    file, of = tmp_path / "keys.backup", campus.institution.key
    await campus.keys.made(["wu", "li"])
    async with await as_keeper(campus) as db:
        await back_up(db, of, campus.secret, file, datetime.now(UTC))
    whole = file.read_bytes()
    lines = whole.splitlines(keepends=True)
    assert len(read(file, of, campus.secret)[1]) == 2
    with pytest.raises(BackupUnreadable):
        read(file, of, Secrets(b"2" * 32))
    with pytest.raises(BackupUnreadable):
        read(file, "another", campus.secret)
    for said in (b"", b"{}\n", whole[:-30], b"".join([lines[0], *lines[2:]]), whole.replace(b'"li"', b'"xi"')):
        file.write_bytes(said)
        with pytest.raises(BackupUnreadable):
            read(file, of, campus.secret)
