-- What an institution needs to work and does not record as history.  `ledger` stands for its schema.

create table ledger.refusal (
    id uuid primary key,
    at timestamptz not null,
    person_id text not null,
    role text not null,
    command_name text not null,
    command uuid not null,
    code text not null,
    facts json not null
);
create index refusal_at on ledger.refusal (at);

create table ledger.credential (
    person_id text primary key,
    login_hmac text not null unique,
    password_hash text not null,
    must_change boolean not null default false,
    failures integer not null default 0,
    locked_until timestamptz
);

create table ledger.web_session (
    token_sha256 text primary key,
    person_id text not null,
    role text,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    expires_at timestamptz not null,
    csrf text not null
);
create index web_session_person on ledger.web_session (person_id);

create table ledger.token (
    id text primary key,
    sha256 text not null unique,
    person_id text not null,
    role text,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index token_person on ledger.token (person_id);

create table ledger.clock (
    single boolean primary key default true check (single),
    kind text not null check (kind in ('real', 'offset')),
    at timestamptz,
    real_at timestamptz,
    frozen boolean not null default false
);

create table ledger.reactor (
    name text primary key,
    position bigint not null
);

create table ledger.look (
    id uuid primary key,
    at timestamptz not null,
    viewer text not null,
    role text not null,
    figure text not null,
    about json not null
);
create index look_at on ledger.look (at);

create table ledger.login_attempt (
    id uuid primary key,
    subject text not null,
    at timestamptz not null
);
create index login_attempt_subject on ledger.login_attempt (subject, at);
