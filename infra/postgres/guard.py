"""The start-up guard: nothing is recorded in a database that could lose, rewrite or misplace an event."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from psycopg.rows import dict_row

from infra.postgres.installation import LOG_TABLES, SEAL_TABLES, VERSIONS
from infra.postgres.institution import Institution, connect

_log = logging.getLogger(__name__)

_ASK = """
select current_setting('server_version_num')::integer as version,
       current_setting('fsync') as fsync,
       current_setting('full_page_writes') as full_page_writes,
       current_setting('synchronous_commit') as synchronous_commit,
       current_setting('data_sync_retry') as data_sync_retry,
       current_setting('data_checksums') as data_checksums,
       current_setting('server_encoding') as encoding,
       pg_is_in_recovery() as in_recovery,
       current_user::text as name,
       (select r.rolsuper or r.rolbypassrls from pg_roles r where r.rolname = current_user) as mighty,
       (select max(v.version) from {schema}.schema_version v) as schema_version,
       (select coalesce(bool_and(has_function_privilege(p.oid, 'execute')), false) from pg_proc p
         join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = %(schema)s and p.proname = 'append_batch') as may_append,
       (select coalesce(array_agg(t.relname || ': ' || w.who || ' ' || p.what order by 1), '{{}}')
          from unnest(%(tables)s::text[]) t (relname)
          join pg_class c on c.relname = t.relname
          join pg_namespace n on n.oid = c.relnamespace and n.nspname = %(schema)s
          cross join (values ('public'), ('campus_writer'), ('campus_projector'), ('campus_reader'),
                             ('campus_sealer')) w (who)
          cross join (values ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('TRIGGER')) p (what)
         where has_table_privilege(w.who, c.oid, p.what)
           and not (w.who = 'campus_sealer' and p.what = 'INSERT' and t.relname = any (%(seal)s))) as too_much,
       (select coalesce(array_agg(r.rolname order by 1), '{{}}') from pg_class c
          join pg_namespace n on n.oid = c.relnamespace join pg_roles r on r.oid = c.relowner
         where n.nspname = %(schema)s and c.relname = any (%(tables)s) and r.rolname <> 'campus_owner') as owners,
       (select coalesce(array_agg(t.tgname order by 1), '{{}}') from pg_trigger t
          join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = %(schema)s and c.relname = any (%(tables)s)) as triggers
"""


class UnsafeDatabase(Exception):
    """The database cannot be trusted with a log.  `failures` says why, each in Chinese and English."""

    def __init__(self, failures: list[tuple[str, str]]) -> None:
        self.failures = failures
        lines = [f"{zh} · {en}" for zh, en in failures]
        super().__init__("\n".join(["数据库不能用来记账 · The database cannot be trusted with the log:", *lines]))


async def guard(institution: Institution) -> None:
    """Ask the institution's database everything the log relies on, as the role that writes.  Raises UnsafeDatabase."""
    asked = {
        "schema": institution.schema,
        "tables": [*LOG_TABLES, *SEAL_TABLES],
        "seal": list(SEAL_TABLES),
    }
    async with await connect(institution, "writer") as connection, connection.cursor(row_factory=dict_row) as cursor:
        named = _ASK.format(schema=f'"{institution.schema}"').encode()
        await cursor.execute(named, asked)
        told = await cursor.fetchone()
    assert told is not None
    if told["data_checksums"] != "on":
        _log.warning("数据页校验和未启用 · data checksums are off: a silent disk error would go unnoticed")
    if failures := list(_failures(told)):
        raise UnsafeDatabase(failures)


def _failures(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if told["version"] < 150000:
        yield "PostgreSQL 版本低于 15", "PostgreSQL is older than 15"
    for name in ("fsync", "full_page_writes"):
        if told[name] != "on":
            yield f"{name} 未开启，断电会损坏账本", f"{name} is off: a power cut would damage the log"
    if told["synchronous_commit"] == "off":
        yield (
            "synchronous_commit 为 off，断电会丢失已确认的记录",
            "synchronous_commit is off: a power cut would lose receipts",
        )
    if told["data_sync_retry"] != "off":
        yield "data_sync_retry 已开启，写盘失败可能被掩盖", "data_sync_retry is on: a failed write could pass unnoticed"
    if told["encoding"] != "UTF8":
        yield "数据库编码不是 UTF8", "the database's encoding is not UTF8"
    if told["in_recovery"]:
        yield "服务器是只读副本或正在恢复", "the server is a replica or still recovering"
    if told["mighty"] or told["name"] != "campus_writer":
        yield f"写入角色 {told['name']} 权限过大", f"the writing role {told['name']} is not the plain campus_writer"
    if told["schema_version"] != VERSIONS[-1][0]:
        yield "库结构版本不符，请重新安装", f"the schema has version {told['schema_version']}, not {VERSIONS[-1][0]}"
    if not told["may_append"]:
        yield "写入角色不能追加事件", "the writing role may not append"
    for grant in told["too_much"]:
        yield f"授权过宽：{grant}", f"a grant that lets history be rewritten: {grant}"
    for owner in told["owners"]:
        yield f"账本或封存的表归 {owner} 所有", f"tables of the log or its seal belong to {owner}"
    for trigger in told["triggers"]:
        yield f"账本或封存的表上有触发器 {trigger}", f"a trigger stands on the log or its seal: {trigger}"
