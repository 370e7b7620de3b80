-- The event log of one institution.  `ledger` stands for its schema; installation puts the real name in.
-- No sequence, trigger, foreign key, lock table or advisory lock: positions come from the head row alone.

create table ledger.head (
    single boolean primary key default true check (single),
    position bigint not null,
    recorded_at timestamptz
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

insert into ledger.head (position) values (0);

create table ledger.event (
    position bigint primary key,
    id uuid not null unique,
    type text collate "C" not null,
    tags text[] collate "C" not null,
    body json not null,
    recorded_at timestamptz not null
);

create index event_type_position on ledger.event (type, position);

create table ledger.event_tag (
    tag text collate "C" not null,
    type text collate "C" not null,
    position bigint not null,
    primary key (tag, position) include (type)
);
