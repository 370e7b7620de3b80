"""The key store 密钥库: where people's keys are kept, who may reach them, and what is checked before it is trusted.

A database of its own, so that a dump of the log holds no key.  It belongs to campus_owner; campus_keeper, the role of
the processes that take commands and show texts, makes keys and destroys them; no other role reads one.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from psycopg import AsyncConnection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from infra.keys import Secrets
from infra.postgres import Institution, UnsafeDatabase
from infra.settings import Settings

Pool = AsyncConnectionPool[AsyncConnection[Any]]
KEYS_DATABASE: Final = "campus_keys"
TABLES: Final = (Path(__file__).parent / "key_store.sql").read_text(encoding="utf-8")
MADE_BY: Final = f"campus keys {sha256(TABLES.encode()).hexdigest()[:16]}"
# Both stand in the way of what the table's own grants do not.
TRIGGERS: Final = frozenset({"subject_key_never_emptied", "subject_key_stays"})
OTHERS: Final = ("campus_writer", "campus_projector", "campus_reader", "campus_sealer")

_ROLES = """
do $$
declare wanted text;
begin
    foreach wanted in array array['campus_owner', 'campus_keeper'] loop
        if not exists (select from pg_roles where rolname = wanted) then
            execute format('create role %I nologin', wanted);
        end if;
        if not pg_has_role(current_user, wanted, 'usage') or not pg_has_role(current_user, wanted, 'member') then
            execute format('grant %I to current_user', wanted);
        end if;
    end loop;
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to campus_keeper', current_database());
    grant usage, create on schema public to campus_owner;
    for wanted in select t.tablename from pg_tables t where t.schemaname = 'public' and t.tablename = 'subject_key'
        and t.tableowner <> 'campus_owner'
    loop
        alter table public.subject_key owner to campus_owner;
    end loop;
    for wanted in select r.rolname from pg_roles r where r.rolname = any ({others}) loop
        if to_regclass('public.subject_key') is not null then
            execute format('revoke all on public.subject_key from %I', wanted);
        end if;
    end loop;
end
$$
"""

_ASK = """
select current_user::text as name,
       (select r.rolsuper or r.rolbypassrls from pg_roles r where r.rolname = current_user) as mighty,
       (select t.tableowner from pg_tables t where t.schemaname = 'public' and t.tablename = 'subject_key') as owner,
       has_database_privilege('public', current_database(), 'CONNECT') as open_door,
       (select coalesce(array_agg(w.who || ' ' || p.what order by 1), '{}')
          from (select r.rolname::text as who from pg_roles r where r.rolname = any (%(others)s)
                union all values ('public')) w
          cross join (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('TRIGGER')) p (what)
         where has_table_privilege(w.who, 'public.subject_key', p.what)
            or (p.what in ('SELECT', 'INSERT', 'UPDATE')
                and has_any_column_privilege(w.who, 'public.subject_key', p.what))) as strangers,
       (select coalesce(array_agg(p.what order by 1), '{}')
          from (values ('DELETE'), ('TRUNCATE'), ('TRIGGER')) p (what)
         where has_table_privilege('campus_keeper', 'public.subject_key', p.what)) as too_much,
       (select coalesce(array_agg(t.tgname::text order by 1), '{}') from pg_trigger t
         where t.tgrelid = 'public.subject_key'::regclass and not t.tgisinternal and t.tgenabled in ('O', 'A')
        ) as triggers
"""


def keys_dsn(institution: Institution, settings: Settings) -> str:
    """Where the keys are kept, as whoever the DSN names."""
    if settings.keys_url:
        return settings.keys_url
    return make_conninfo("", **{**conninfo_to_dict(institution.dsn), "dbname": KEYS_DATABASE})


def keeper(institution: Institution, settings: Settings) -> str:
    """The conninfo that reaches the keys as campus_keeper."""
    given = conninfo_to_dict(keys_dsn(institution, settings))
    options = f"{given.pop('options', '')} -c role=campus_keeper -c search_path= -c timezone=UTC".strip()
    given.setdefault("connect_timeout", "5")
    given.setdefault("application_name", "campus keeper")
    return make_conninfo("", **given, options=options)


def keys_pool(institution: Institution, settings: Settings) -> Pool:
    """A pool of keepers; it opens when entered."""
    return AsyncConnectionPool(keeper(institution, settings), min_size=1, max_size=2, open=False)


async def install_keys(institution: Institution, settings: Settings) -> None:
    """Bring the key database, its roles and its grants to what they must be, and check them; raises UnsafeDatabase."""
    Secrets.kept_in(settings.secret_file)
    if not settings.keys_url:
        async with await AsyncConnection.connect(institution.dsn, autocommit=True) as db:
            found = await db.execute("select 1 from pg_catalog.pg_database where datname = %s", (KEYS_DATABASE,))
            if await found.fetchone() is None:
                await db.execute(sql.SQL("create database {}").format(sql.Identifier(KEYS_DATABASE)))
    async with await AsyncConnection.connect(keys_dsn(institution, settings), autocommit=True) as db:
        if not await _stands(db):
            await _build(db)
    await guard_keys(institution, settings)


async def _stands(db: AsyncConnection[Any]) -> bool:
    """Whether the table is the one this version makes, and nothing about it needs mending."""
    found = await db.execute(
        """select obj_description(to_regclass('public.subject_key'), 'pg_class')
           where to_regrole('campus_keeper') is not null"""
    )
    if await found.fetchone() != (MADE_BY,):
        return False
    return not list(_failures(await _asked(db, as_keeper=False)))


async def _build(db: AsyncConnection[Any]) -> None:
    async with db.transaction():
        # Two that begin on one server at once would trip over each other.
        await db.execute("select pg_advisory_xact_lock(hashtext('campus keys'))")
        await db.execute("set local search_path = ''")
        await db.execute(sql.SQL(_ROLES).format(others=sql.Literal(list(OTHERS))))
        await db.execute("set local role campus_owner")
        await db.execute(TABLES.encode())
        await db.execute(sql.SQL("comment on table public.subject_key is {}").format(sql.Literal(MADE_BY)))


async def guard_keys(institution: Institution, settings: Settings) -> None:
    """Ask the key database, as the keeper, whether a key could leave it or come back; raises UnsafeDatabase."""
    async with await AsyncConnection.connect(keeper(institution, settings), autocommit=True) as db:
        if failures := list(_failures(await _asked(db, as_keeper=True))):
            raise UnsafeDatabase(failures)


async def _asked(db: AsyncConnection[Any], *, as_keeper: bool) -> dict[str, Any]:
    async with db.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_ASK, {"others": list(OTHERS)})
        told = await cursor.fetchone()
    assert told is not None
    return told if as_keeper else told | {"mighty": False, "name": "campus_keeper"}


def _failures(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if told["mighty"] or told["name"] != "campus_keeper":
        yield f"密钥库角色 {told['name']} 权限过大", f"the role {told['name']} of the key store is not the plain keeper"
    if told["owner"] != "campus_owner":
        yield f"密钥表归 {told['owner']} 所有", f"the table of keys belongs to {told['owner']}"
    if told["open_door"]:
        yield "任何角色都能连接密钥库", "every role may connect to the key database"
    for grant in told["strangers"]:
        yield f"密钥库授权过宽：{grant}", f"a grant on the keys that nobody but the keeper may have: {grant}"
    for grant in told["too_much"]:
        yield f"密钥可被移除：campus_keeper {grant}", f"a grant that lets keys be removed: campus_keeper {grant}"
    if set(told["triggers"]) != TRIGGERS:
        yield "密钥表的保护触发器不全", "the triggers that guard the keys are not as they must be"
