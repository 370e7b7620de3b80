"""The database: one opener per data directory, roles that cannot rewrite history, a guard that says what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from infra.postgres import (
    DataDirectoryInUse,
    Embedded,
    Institution,
    ServerDidNotStart,
    UnsafeDatabase,
    connect,
    drop,
    guard,
    install,
    institutions,
    pool,
)
from infra.postgres.installation import LOG_TABLES, VERSIONS
from infra.postgres.institution import address

OPENER = """
import sys, time
from pathlib import Path
from infra.postgres import DataDirectoryInUse, Embedded
try:
    server = Embedded.start(Path(sys.argv[1]))
except DataDirectoryInUse:
    sys.exit(3)
print(server.dsn, flush=True)
time.sleep(60)
"""


def _open_elsewhere(data: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", OPENER, str(data)], stdout=subprocess.PIPE, text=True
    )


def test_a_data_directory_has_one_opener_and_outlives_it(tmp_path: Path) -> None:
    """A second opener is refused; after the first was killed, the next takes the running server over."""
    with _open_elsewhere(tmp_path) as first:
        assert first.stdout is not None
        dsn = first.stdout.readline().strip()
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("create table public.kept (n integer)")
        with pytest.raises(DataDirectoryInUse, match="数据目录"):
            Embedded.start(tmp_path)
        first.kill()
    with Embedded.start(tmp_path) as server, psycopg.connect(dsn) as connection:
        assert server.dsn == dsn
        assert connection.execute("select count(*) from public.kept").fetchone() == (0,)
    assert not Embedded(tmp_path).answers


def test_a_power_cut_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    """The number in a stale postmaster.pid may belong to anybody: here, to ourselves."""
    with Embedded.start(tmp_path) as server:
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute("create table public.kept (n integer)")
        pid = server.files / "postmaster.pid"
        left = pid.read_text()
        server.kill()
        pid.write_text(left.replace(left.split()[0], str(os.getpid()), 1))
        server.launch()
        with psycopg.connect(server.dsn) as connection:
            assert connection.execute("select count(*) from public.kept").fetchone() == (0,)


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with Embedded.start(tmp_path) as server:
        settings = server.files / "postgresql.conf"
    settings.write_text(settings.read_text() + "\nno_such_setting = 1\n")
    with pytest.raises(ServerDidNotStart, match="no_such_setting"):
        Embedded.start(tmp_path)


def test_a_long_path_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    data = tmp_path / ("long" * 25)
    with Embedded.start(data) as server, psycopg.connect(server.dsn) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


async def test_installing_twice_changes_nothing(institution: Institution) -> None:
    await install(institution)
    await guard(institution)
    async with await connect(institution, "reader") as connection:
        versions = sql.SQL("select version from {} order by 1")
        cursor = await connection.execute(versions.format(sql.Identifier(institution.schema, "schema_version")))
        assert await cursor.fetchall() == [(number,) for number, _ in VERSIONS]


@pytest.fixture
async def neighbour(server: str) -> AsyncIterator[Institution]:
    college = Institution(f"n{uuid4().hex[:12]}", server, "Asia/Shanghai", "邻校", "Next Door")
    await install(college)
    yield college
    await drop(college)


@pytest.mark.parametrize("role", ["writer", "projector", "reader"])
@pytest.mark.parametrize("wish", ["update {} set position = 0", "delete from {}", "truncate {}", "drop table {}"])
async def test_no_role_rewrites_the_log(institution: Institution, role, wish) -> None:
    async with await connect(institution, role) as connection:
        for table in ("head", "event", "event_tag"):
            named = sql.SQL(wish).format(sql.Identifier(institution.schema, table))
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(named)


@pytest.mark.parametrize("role", ["projector", "reader"])
async def test_only_the_writer_appends(institution: Institution, role) -> None:
    async with await connect(institution, role) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(
                sql.SQL("select {}({})").format(
                    sql.Identifier(institution.schema, "append_batch"), sql.SQL(", ").join([sql.SQL("null")] * 13)
                )
            )


async def test_the_writer_keeps_working_tables(institution: Institution) -> None:
    async with pool(institution, "writer") as connections, connections.connection() as connection:
        clock = sql.Identifier(institution.schema, "clock")
        await connection.execute(sql.SQL("insert into {} (kind) values ('real')").format(clock))
        await connection.execute(sql.SQL("update {} set kind = 'offset'").format(clock))
        await connection.execute(sql.SQL("delete from {}").format(clock))


async def test_the_search_path_is_empty(institution: Institution) -> None:
    async with await connect(institution, "writer", statement_timeout=1000) as connection:
        cursor = await connection.execute("select current_setting('search_path'), current_setting('statement_timeout')")
        assert await cursor.fetchone() == ("", "1s")


async def test_the_guard_names_every_failure(institution: Institution) -> None:
    async with await psycopg.AsyncConnection.connect(institution.dsn, autocommit=True) as mighty:
        event = sql.Identifier(institution.schema, "event")
        await mighty.execute(sql.SQL("grant update on {} to campus_writer").format(event))
        await mighty.execute(sql.SQL("grant delete on {} to public").format(event))
    unsafe = Institution(
        institution.key,
        psycopg.conninfo.make_conninfo(institution.dsn, options="-c synchronous_commit=off"),
        "Asia/Shanghai",
        "甲",
        "A",
    )
    with pytest.raises(UnsafeDatabase) as no:
        await guard(unsafe)
    told = str(no.value)
    assert "synchronous_commit" in told
    assert "campus_writer UPDATE" in told
    assert "public DELETE" in told
    assert "断电" in told


async def test_a_dsn_cannot_smuggle_a_role_in(institution: Institution) -> None:
    smuggled = psycopg.conninfo.make_conninfo(institution.dsn, options="-c role=campus_owner")
    college = Institution(institution.key, smuggled, "Asia/Shanghai", "甲", "A")
    async with await psycopg.AsyncConnection.connect(address(college, "writer")) as connection:
        assert await (await connection.execute("select current_user::text")).fetchone() == ("campus_writer",)


CATALOG = """
select 'trigger ' || t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
 where c.relnamespace = %(schema)s::regnamespace
union all
select 'sequence ' || c.relname from pg_class c where c.relkind = 'S' and c.relnamespace = %(schema)s::regnamespace
union all
select 'identity ' || a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
 where a.attidentity <> '' and c.relnamespace = %(schema)s::regnamespace
union all
select 'foreign key ' || k.conname from pg_constraint k
 where k.contype = 'f' and k.connamespace = %(schema)s::regnamespace
union all
select 'in public: ' || c.relname from pg_class c where c.relnamespace = 'public'::regnamespace
union all
select 'function ' || p.proname || ' says ' || w from pg_proc p
 cross join unnest(array['lock table', 'advisory', 'notify', 'nextval', 'ledger.']) w
 where p.pronamespace = %(schema)s::regnamespace and strpos(lower(p.prosrc), w) > 0
union all
select 'search path of ' || p.proname from pg_proc p
 where p.pronamespace = %(schema)s::regnamespace and p.prosecdef
   and not coalesce('search_path=""' = any (p.proconfig), false)
"""


async def test_nothing_in_the_schema_hinders_a_distributed_server(institution: Institution) -> None:
    async with await psycopg.AsyncConnection.connect(institution.dsn) as connection:
        found = await connection.execute(CATALOG, {"schema": institution.schema})
        assert await found.fetchall() == []
        tables = await connection.execute(
            "select count(*) from pg_class where relnamespace = %s::regnamespace and relname = any(%s)",
            [institution.schema, list(LOG_TABLES)],
        )
        assert await tables.fetchone() == (len(LOG_TABLES),)


async def test_two_institutions_do_not_see_each_other(institution: Institution, neighbour: Institution) -> None:
    async with await connect(institution, "writer") as connection:
        token = sql.SQL("insert into {} values ('t', 's', 'person:1', null, now(), now())")
        await connection.execute(token.format(sql.Identifier(institution.schema, "token")))
    async with await connect(neighbour, "writer") as connection:
        count = sql.SQL("select count(*) from {}").format(sql.Identifier(neighbour.schema, "token"))
        assert await (await connection.execute(count)).fetchone() == (0,)


def test_the_directory(tmp_path: Path) -> None:
    assert institutions(tmp_path, "dbname=x")["sibo"].name_zh == "思博学院"
    listed = [
        {"key": "mingde", "name_zh": "明德学院", "name_en": "Mingde College"},
        {"key": "south", "name_zh": "南院", "name_en": "South", "zone": "Asia/Urumqi", "dsn": "dbname=other"},
    ]
    (tmp_path / "institutions.json").write_text(json.dumps(listed), encoding="utf-8")
    found = institutions(tmp_path, "dbname=x")
    assert (found["mingde"].dsn, found["mingde"].zone) == ("dbname=x", "Asia/Shanghai")
    assert (found["south"].dsn, found["south"].read_schema) == ("dbname=other", "south_read")


@pytest.mark.parametrize("key", ["", "Sibo", "1a", "pg_sibo", "sibo_read", "a" * 32, 'a"; drop', "a-b"])
def test_a_key_that_cannot_name_a_schema(key) -> None:
    with pytest.raises(ValueError, match="cannot name"):
        Institution(key, "dbname=x", "Asia/Shanghai", "甲", "A")
