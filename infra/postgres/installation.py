"""Installing an institution: the five roles, its two schemas, the log, the working tables and who may do what."""

from __future__ import annotations

from pathlib import Path

from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow

from infra.postgres.institution import Institution

_INFRA = Path(__file__).parent.parent
# A version is never edited once released; a change is a further line.
VERSIONS = (
    (1, _INFRA / "log" / "log.sql"),
    (2, _INFRA / "postgres" / "operations.sql"),
    (3, _INFRA / "seal" / "seal.sql"),
    (4, _INFRA / "nightly" / "nightly.sql"),
)
FUNCTIONS = (_INFRA / "log" / "append.sql",)
LOG_TABLES = ("head", "event", "event_tag", "schema_version")
SEAL_TABLES = ("seal_tile", "seal_checkpoint")
KEPT_TABLES = ("nightly_proof",)
WORKING_TABLES = ("refusal", "credential", "web_session", "token", "login_attempt", "clock", "reactor", "look")

_ROLES = """
do $$
declare wanted text;
begin
    foreach wanted in array array[
        'campus_owner', 'campus_writer', 'campus_projector', 'campus_reader', 'campus_sealer'
    ] loop
        if not exists (select from pg_roles where rolname = wanted) then
            execute format('create role %I nologin', wanted);
        end if;
        if not pg_has_role(current_user, wanted, 'usage') or not pg_has_role(current_user, wanted, 'member') then
            execute format('grant %I to current_user', wanted);
        end if;
    end loop;
end
$$
"""

_MISSING = (
    "select w.name from unnest(%s::text[]) w (name) where to_regclass(format('%%I.%%I', %s::text, w.name)) is null"
)

_GRANTS = """
revoke all on all tables in schema ledger from public, campus_writer, campus_projector, campus_reader, campus_sealer;
revoke all on all functions in schema ledger from public, campus_projector, campus_reader, campus_sealer;
grant usage on schema ledger to campus_writer, campus_projector, campus_reader, campus_sealer;
grant usage on schema ledger_read to campus_writer, campus_projector, campus_reader;
grant create on schema ledger_read to campus_projector;
grant select on {log} to campus_writer, campus_projector, campus_reader;
grant select on {seal} to campus_writer, campus_projector, campus_reader;
grant select on ledger.event, {seal} to campus_sealer;
grant insert on {seal} to campus_sealer;
grant select on {kept} to campus_writer, campus_projector, campus_reader;
grant insert on {kept} to campus_writer;
grant execute on all functions in schema ledger to campus_writer;
grant select, insert, update, delete on {working} to campus_writer;
revoke update, delete on ledger.refusal, ledger.look from campus_writer;
grant select on ledger.refusal, ledger.clock, ledger.reactor, ledger.look to campus_projector, campus_reader;
"""


class IncompleteDatabase(Exception):
    """Tables that an earlier installation made are gone: a dump without them was restored."""

    def __init__(self, missing: list[str]) -> None:
        names = ", ".join(missing)
        super().__init__(f"缺少数据表，备份不完整 · tables are missing, the dump was not whole: {names}")


def written_for(institution: Institution, text: str) -> bytes:
    """SQL written for `ledger` and `ledger_read`, with the institution's own schemas in their place."""
    named = text.replace("schema ledger_read", f'schema "{institution.read_schema}"')
    return (
        named.replace("schema ledger ", f'schema "{institution.schema}" ')
        .replace("ledger.", f'"{institution.schema}".')
        .encode()
    )


async def install(institution: Institution) -> None:
    """Bring the institution's schemas to the newest version; what is there already stays.

    Connects as the DSN says, whose user may create schemas in the database and roles on the server.
    """
    async with (
        await AsyncConnection.connect(institution.dsn, autocommit=True, options="-c search_path=") as connection,
    ):
        if connection.info.server_version < 150000:
            raise ValueError("需要 PostgreSQL 15 或更新版本 · PostgreSQL 15 or newer is needed")
        async with connection.transaction():
            # Two installations on one server would trip over the roles they share.
            await connection.execute("select pg_advisory_xact_lock(hashtext('campus installation'))")
            await connection.execute(_ROLES)
            for schema in (institution.schema, institution.read_schema):
                create = sql.SQL("create schema if not exists {} authorization campus_owner")
                await connection.execute(create.format(sql.Identifier(schema)))
            await connection.execute("set local role campus_owner")
            await _bring_up(connection, institution)


async def _bring_up(connection: AsyncConnection[TupleRow], institution: Institution) -> None:
    version = sql.Identifier(institution.schema, "schema_version")
    await connection.execute(
        sql.SQL(
            "create table if not exists {} (version integer primary key, installed_at timestamptz not null)"
        ).format(version)
    )
    cursor = await connection.execute(sql.SQL("select coalesce(max(version), 0) from {}").format(version))
    found = await cursor.fetchone()
    assert found is not None
    if found[0] > VERSIONS[-1][0]:
        raise ValueError(f"{institution.key}: 数据库由更新的版本安装 · a newer Campus Ledger installed this database")
    for number, file in VERSIONS:
        if number > found[0]:
            await connection.execute(written_for(institution, file.read_text(encoding="utf-8")))
            await connection.execute(sql.SQL("insert into {} values (%s, now())").format(version), [number])
    asked = [[*LOG_TABLES, *SEAL_TABLES, *KEPT_TABLES, *WORKING_TABLES], institution.schema]
    gone = await connection.execute(_MISSING, asked)
    if missing := [name for (name,) in await gone.fetchall()]:
        raise IncompleteDatabase(missing)
    for file in FUNCTIONS:
        await connection.execute(written_for(institution, file.read_text(encoding="utf-8")))
    grants = _GRANTS.format(
        log=", ".join(f"ledger.{name}" for name in LOG_TABLES),
        seal=", ".join(f"ledger.{name}" for name in SEAL_TABLES),
        kept=", ".join(f"ledger.{name}" for name in KEPT_TABLES),
        working=", ".join(f"ledger.{name}" for name in WORKING_TABLES),
    )
    await connection.execute(written_for(institution, grants))


async def drop(institution: Institution) -> None:
    """Remove everything of the institution, the log included: for tests and trials."""
    async with await AsyncConnection.connect(institution.dsn, autocommit=True) as connection:
        for schema in (institution.read_schema, institution.schema):
            await connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema)))
