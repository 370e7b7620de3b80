-- The seal over the log: full tiles of 256 hashes, and signed checkpoints.  Rows are only ever inserted.
-- `ledger` stands for the institution's schema.

-- Level 0 holds the leaves of events, level 1 the roots of the tiles of level 0, and so on; `n` counts along a level.
create table ledger.seal_tile (
    level integer not null check (level between 0 and 7),
    n bigint not null check (n >= 0),
    hashes bytea not null check (octet_length(hashes) = 8192),
    root bytea not null check (octet_length(root) = 32),
    primary key (level, n)
);
alter table ledger.seal_tile alter column hashes set storage external;

-- `after` is the fence: a checkpoint follows exactly one other, and no two follow the same.
create table ledger.seal_checkpoint (
    size bigint primary key check (size > after),
    after bigint not null unique check (after >= 0),
    root bytea not null check (octet_length(root) = 32),
    note text not null,
    sealed_at timestamptz not null
);
